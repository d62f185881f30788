//! `wrangler.toml`: an environment inherits no binding, so each repeats the whole list (core.md 1.6); values may differ, names may not.
//! `ENV` is in none of them, because a plain deploy must be production. An environment does inherit `workers_dev`, whose address no rule of
//! a zone protects: each sets it to false and has its own domain.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Finding;
use super::source::Repository;

const PATH: &str = "wrangler.toml";

/// Compares the bindings of every environment with the top level.
pub fn environments(repository: &Repository) -> Vec<Finding> {
    let Some(text) = repository.text(PATH) else { return vec![Finding::of(PATH, "is missing")] };
    let config: Table = match text.parse() {
        Ok(config) => config,
        Err(error) => return vec![Finding::of(PATH, format!("is no TOML: {error}"))],
    };
    let expected = bindings(&config);
    let mut findings = Vec::new();
    let mut owned: Vec<(String, String)> =
        stores(&config).into_iter().map(|store| (store, "top level".into())).collect();
    if has_env_variable(&config) {
        findings.push(Finding::of(PATH, "ENV must not be set here: a plain deploy is production"));
    }
    for (name, environment) in config.get("env").and_then(Value::as_table).into_iter().flatten() {
        let Some(environment) = environment.as_table() else { continue };
        let found = bindings(environment);
        for store in stores(environment) {
            match owned.iter().find(|(known, _)| *known == store) {
                Some((_, other)) => {
                    findings.push(Finding::of(PATH, format!("[env.{name}] has {store}, which is that of {other}")))
                }
                None => owned.push((store, format!("[env.{name}]"))),
            }
        }
        for missing in expected.difference(&found) {
            findings.push(Finding::of(PATH, format!("[env.{name}] lacks {missing}")));
        }
        for extra in found.difference(&expected).filter(|extra| !extra.starts_with("ai ")) {
            findings.push(Finding::of(PATH, format!("[env.{name}] has {extra}, the top level has not")));
        }
        let is_off = |key: &str| environment.get(key).and_then(Value::as_bool) == Some(false);
        for key in ["workers_dev", "preview_urls"].into_iter().filter(|key| !is_off(key)) {
            findings.push(Finding::of(
                PATH,
                format!("[env.{name}] answers past the rules of its zone: {key} = false is missing"),
            ));
        }
        let routes = list(environment.get("routes"));
        if routes.is_empty() || !routes.iter().all(|route| route.get("pattern").is_some_and(Value::is_str)) {
            findings.push(Finding::of(PATH, format!("[env.{name}] has no domain: nobody could reach it")));
        }
        if has_env_variable(environment) {
            findings.push(Finding::of(PATH, format!("[env.{name}.vars] must not set ENV")));
        }
    }
    findings
}

/// Returns the visible parts of an environment: kind and name of every binding, crons, consumed queues, observability.
fn bindings(config: &Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for key in ["kv_namespaces", "d1_databases", "r2_buckets", "analytics_engine_datasets", "services", "ai"] {
        for entry in list(config.get(key)) {
            found.insert(format!("{key} {}", word(entry, "binding")));
        }
    }
    for entry in list(config.get("durable_objects").and_then(|objects| objects.get("bindings"))) {
        found.insert(format!("durable object {} = {}", word(entry, "name"), word(entry, "class_name")));
    }
    let queues = config.get("queues");
    for entry in list(queues.and_then(|queues| queues.get("producers"))) {
        found.insert(format!("queue {}", word(entry, "binding")));
    }
    for entry in list(queues.and_then(|queues| queues.get("consumers"))) {
        // The queue's name ends with the environment; its retries are the same everywhere.
        let queue = word(entry, "queue").trim_end_matches("-staging").trim_end_matches("-production");
        let settings = ["max_batch_size", "max_batch_timeout", "max_retries", "max_concurrency"];
        let settings = settings.map(|key| entry.get(key).map_or_else(|| "-".to_owned(), Value::to_string)).join(" ");
        let dead = if entry.get("dead_letter_queue").is_some() { "a dead-letter queue" } else { "none" };
        found.insert(format!("consumer of {queue}: {settings}, {dead}"));
    }
    for cron in list(config.get("triggers").and_then(|triggers| triggers.get("crons"))) {
        found.insert(format!("cron {cron}"));
    }
    let observability = config.get("observability").and_then(|table| table.get("enabled")).and_then(Value::as_bool);
    found.insert(format!("observability {}", observability.unwrap_or(false)));
    found
}

/// Returns the stores of an environment, which no other one may share.
fn stores(config: &Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let stores = [("kv_namespaces", "id"), ("d1_databases", "database_id"), ("r2_buckets", "bucket_name")];
    for (key, id) in stores.into_iter().chain([("analytics_engine_datasets", "dataset")]) {
        found.extend(
            list(config.get(key)).into_iter().filter_map(|entry| entry.get(id)).map(|id| format!("{key} {id}")),
        );
    }
    let queues = list(config.get("queues").and_then(|queues| queues.get("producers")));
    found.extend(queues.into_iter().filter_map(|entry| entry.get("queue")).map(|queue| format!("queue {queue}")));
    found
}

fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(table @ Value::Table(_)) => vec![table],
        _ => Vec::new(),
    }
}

fn word<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or("(unnamed)")
}

fn has_env_variable(config: &Table) -> bool {
    config.get("vars").and_then(|vars| vars.get("ENV")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str =
        "[env.production]\nworkers_dev = false\npreview_urls = false\nroutes = [{ pattern = \"a.example\" }]\n";
    const BASE: &str = "[[kv_namespaces]]\nbinding = \"SESSION_KV\"\n[triggers]\ncrons = [\"1 * * * *\"]\n";

    fn findings(rest: &str) -> Vec<Finding> {
        environments(&Repository::of(&[(PATH, &format!("{BASE}{rest}"))]))
    }

    #[test]
    fn an_environment_that_forgets_a_binding_is_found() {
        let found = findings(&format!("{OWN}[env.production.triggers]\ncrons = [\"1 * * * *\"]\n"));
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("lacks kv_namespaces SESSION_KV"));
    }

    #[test]
    fn an_equal_environment_passes_and_may_have_ai() {
        let equal = format!(
            "{OWN}[env.production.triggers]\ncrons = [\"1 * * * *\"]\n[[env.production.kv_namespaces]]\nbinding = \"SESSION_KV\"\n"
        );
        assert_eq!(findings(&format!("{equal}[env.production.ai]\nbinding = \"AI\"\n")), []);
        let extra = format!("{equal}[[env.production.r2_buckets]]\nbinding = \"FILES\"\n");
        assert_eq!(findings(&extra).len(), 1);
    }

    #[test]
    fn an_environment_that_answers_past_its_zone_or_nowhere_is_found() {
        let rest = "[env.production.triggers]\ncrons = [\"1 * * * *\"]\n[[env.production.kv_namespaces]]\nbinding = \"SESSION_KV\"\n";
        let found = |own: &str| findings(&format!("{own}{rest}")).len();
        assert_eq!(found(OWN), 0);
        assert_eq!(found(""), 3);
        assert_eq!(found(&OWN.replace("workers_dev = false\n", "")), 1);
        assert_eq!(found(&OWN.replace("preview_urls = false", "preview_urls = true")), 1);
        assert_eq!(found(&OWN.replace("[{ pattern = \"a.example\" }]", "[]")), 1);
    }

    #[test]
    fn an_environment_that_writes_into_another_or_forgets_its_dead_letters_is_found() {
        let of = |id: &str, dead: &str| {
            format!(
                "[[kv_namespaces]]\nbinding = \"KV\"\nid = \"a\"\n[[queues.consumers]]\nqueue = \"q\"\nmax_retries = 5\ndead_letter_queue = \"d\"\n\
                 {OWN}[[env.production.kv_namespaces]]\nbinding = \"KV\"\nid = \"{id}\"\n\
                 [[env.production.queues.consumers]]\nqueue = \"q-production\"\nmax_retries = 5\n{dead}"
            )
        };
        let found = |text: &str| environments(&Repository::of(&[(PATH, text)])).len();
        let dead = "dead_letter_queue = \"d-production\"\n";
        assert_eq!(found(&of("b", dead)), 0);
        assert_eq!(found(&of("a", dead)), 1);
        assert_eq!(found(&of("b", "")), 2, "one is missing, another is too much");
    }

    #[test]
    fn env_is_never_set() {
        assert_eq!(findings("[vars]\nENV = \"dev\"\n").len(), 1);
    }
}
