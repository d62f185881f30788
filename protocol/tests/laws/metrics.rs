//! Names of metrics: those that the Worker counts, those of `/metrics` and those of the specification (`messagehub.md` 9). Texts and runbooks of
//! alarms.

use std::collections::BTreeMap;

use protocol::operation::alarms::Alarm;
use protocol::operation::metrics;

use crate::documents::{files_below, read};

/// Returns the names in `text` that stand behind `before`.
fn names<'a>(text: &'a str, before: &'static str) -> impl Iterator<Item = &'a str> {
    let name = |rest: &'a str| rest.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_').next();
    text.split(before).skip(1).filter_map(name)
}

#[test]
fn every_metric_that_is_counted_is_in_the_list_and_in_the_specification() {
    let list = metrics::text(&BTreeMap::new());
    let listed: Vec<&str> = names(&list, "# TYPE cfm_").collect();
    let specification = read("docs/spec/messagehub.md");
    let specified: Vec<&str> = names(&specification, "`cfm_").collect();
    for name in &listed {
        assert!(specified.contains(name), "messagehub.md 9 does not name cfm_{name}");
    }
    let files =
        files_below("server/src").into_iter().filter(|file| file.ends_with(".rs") && !file.ends_with("tests.rs"));
    let mut counted = 0;
    for file in files {
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for name in names(code, "\"cfm_") {
            assert!(listed.contains(&name), "{file} counts cfm_{name}, which `METRICS` does not list");
            counted += 1;
        }
    }
    assert!(counted > listed.len(), "the names were not found");
}

#[test]
fn every_alarm_has_a_text_a_runbook_and_a_row_in_the_list_of_runbooks() {
    let (list, texts) = (read("docs/runbooks/README.md"), read("app/locales/en.json"));
    let rows: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rows, Alarm::ALL.map(Alarm::as_str));
    for alarm in Alarm::ALL {
        let (name, words) = (alarm.as_str(), alarm.words());
        assert!(list.contains(&format!("[{name}.md]({name}.md)")), "the row of {name} has no link to its page");
        assert!(read(&format!("docs/runbooks/{name}.md")).starts_with("# "), "docs/runbooks/{name}.md has no heading");
        assert!(texts.contains(&format!(": \"{words}\"")), "app/locales/en.json has no text \"{words}\" for {name}");
    }
}
