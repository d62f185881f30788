//! Exact versions: every tool of npm, crates whose output another crate reads, and actions of a workflow. Lock files pin the rest; here an
//! update is an explicit line.

use serde_json::Value;
use toml::Table;

use super::Finding;
use super::source::Repository;
use crate::paths::{CLIENTS, SOCKET_IO};

const CARGO: &str = "Cargo.toml";
/// Crates whose output others read. `wasm-bindgen-cli-support` reads that of the first, `xtask/wasm/worker.mjs` wraps the exports of the
/// second, and `wasm_split_cli_support` parses the linker's output of `leptos_macro`'s marks.
const READ_BY_OTHERS: [&str; 4] = ["wasm-bindgen", "worker", "wasm-bindgen-cli-support", "wasm_split_cli_support"];
const WORKFLOWS: &str = ".github/workflows/";

/// Finds versions that are not exact.
pub fn versions(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in npm_files("package.json") {
        let Some(text) = repository.text(&path) else { continue };
        let Ok(package) = serde_json::from_str::<Value>(text) else {
            findings.push(Finding::of(&path, "is no JSON"));
            continue;
        };
        for group in ["dependencies", "devDependencies", "optionalDependencies"] {
            for (name, version) in package[group].as_object().into_iter().flatten() {
                let version = version.as_str().unwrap_or_default();
                if !is_exact(version) {
                    findings.push(Finding::of(&path, format!("{name} `{version}`: name one version")));
                }
            }
        }
    }
    findings.extend(crates(repository));
    findings.extend(actions(repository));
    findings
}

/// Returns the paths of a file that every folder with npm packages has.
pub fn npm_files(name: &str) -> Vec<String> {
    let below = CLIENTS.iter().chain(&[SOCKET_IO]).map(|folder| format!("{folder}/{name}"));
    std::iter::once(name.to_owned()).chain(below).collect()
}

fn crates(repository: &Repository) -> Vec<Finding> {
    let Some(manifest) = repository.text(CARGO).and_then(|text| text.parse::<Table>().ok()) else { return Vec::new() };
    let dependencies = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let version = |name: &str| {
        let entry = dependencies?.get(name)?;
        entry.as_str().or_else(|| entry.get("version")?.as_str())
    };
    let loose = READ_BY_OTHERS.iter().filter_map(|name| Some((name, version(name)?)));
    let loose = loose.filter(|(_, version)| !version.strip_prefix('=').is_some_and(is_exact));
    loose
        .map(|(name, version)| {
            Finding::of(CARGO, format!("{name} `{version}`: others read its output, write `=x.y.z`"))
        })
        .collect()
}

/// Finds actions without a commit: a tag can be moved, but a commit cannot.
fn actions(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.all().filter(|(path, _)| path.starts_with(WORKFLOWS)) {
        for (index, line) in text.lines().enumerate() {
            let Some(action) = line.trim_start().trim_start_matches("- ").strip_prefix("uses:") else { continue };
            let action = action.split('#').next().unwrap_or_default().trim();
            let commit = action.split_once('@').map_or("", |(_, commit)| commit);
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_commit && !action.starts_with("./") {
                findings.push(Finding::at(path, index + 1, format!("`{action}`: name the commit, 40 digits")));
            }
        }
    }
    findings
}

/// Returns true for three numbers, with at most a name behind them.
fn is_exact(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        versions(&Repository::of(&[(path, text)])).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn a_range_of_npm_is_found() {
        let text =
            r#"{"dependencies":{"a":"1.2.3"},"devDependencies":{"b":"^1.2.3","c":"1.2","d":"*","e":"1.0.0-rc.1"}}"#;
        assert_eq!(
            found("package.json", text),
            ["b `^1.2.3`: name one version", "c `1.2`: name one version", "d `*`: name one version"]
        );
        for folder in CLIENTS.into_iter().chain([SOCKET_IO]) {
            assert_eq!(found(&format!("{folder}/package.json"), text).len(), 3);
        }
    }

    #[test]
    fn what_others_read_is_exact_and_the_rest_may_move() {
        let text =
            "[workspace.dependencies]\nwasm-bindgen = \"=0.2.130\"\nworker = { version = \"0.8.7\" }\nhttp = \"1\"\n";
        assert_eq!(found(CARGO, text), ["worker `0.8.7`: others read its output, write `=x.y.z`"]);
    }

    #[test]
    fn an_action_is_a_commit() {
        let commit = "a".repeat(40);
        let text = format!(
            "steps:\n  - uses: actions/checkout@v4\n  - uses: actions/checkout@{commit} # v4\n  - uses: ./own\n"
        );
        assert_eq!(found(".github/workflows/a.yml", &text), ["`actions/checkout@v4`: name the commit, 40 digits"]);
    }
}
