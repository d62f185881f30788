//! What may be in the graph of crates (`docs/STYLE.md`): the licences, bans and sources of `deny.toml`, held against `cargo metadata`,
//! which the lock file answers without a network. `cargo deny` reads the same file, but takes minutes to be installed: it runs every
//! night (`advisories.rs`).

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{files, paths, process};

/// Where the rules are.
const RULES: &str = "deny.toml";

/// What of `deny.toml` is held against the graph.
struct Rules {
    /// An expression holds when one of its alternatives has nothing else.
    licences: Vec<String>,
    /// Must not be there.
    banned: Vec<String>,
    /// Must not be there in two versions.
    single: Vec<String>,
    /// Where crates may come from.
    registries: Vec<String>,
}

/// Asks Cargo and judges.
pub fn check() -> Result<()> {
    let rules = Rules::read(&files::read_text(&paths::root().join(RULES))?)?;
    let output = process::cargo().args(["metadata", "--format-version", "1", "--locked"]).output();
    let output = output.context("cargo metadata cannot be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata wrote no JSON")?;
    let findings = rules.findings(&metadata);
    if !findings.is_empty() {
        bail!("crates that must not be here:\n  {}", findings.join("\n  "));
    }
    Ok(())
}

impl Rules {
    fn read(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse().context(RULES)?;
        let list = |section: &str, key: &str| {
            let list = table.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
            list.with_context(|| format!("{RULES} has no list {section}.{key}"))
        };
        let words = |list: &[toml::Value]| list.iter().filter_map(|word| Some(word.as_str()?.to_owned())).collect();
        let (mut banned, mut single) = (Vec::new(), Vec::new());
        for entry in list("bans", "deny")? {
            let name = entry.get("crate").and_then(toml::Value::as_str);
            let name = name.with_context(|| format!("{RULES}: a ban without a crate"))?.to_owned();
            let is_single = entry.get("deny-multiple-versions").and_then(toml::Value::as_bool) == Some(true);
            if is_single { single.push(name) } else { banned.push(name) }
        }
        let (licences, registries) = (list("licenses", "allow")?, list("sources", "allow-registry")?);
        Ok(Self { licences: words(licences), banned, single, registries: words(registries) })
    }

    fn findings(&self, metadata: &Value) -> Vec<String> {
        let mut findings = Vec::new();
        let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
        let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        for package in packages {
            let word = |key: &str| package[key].as_str().unwrap_or_default();
            let name = word("name");
            *versions.entry(name).or_default() += 1;
            // Ours come from no registry.
            if !package["source"].is_null() && !self.is_known(word("source")) {
                findings.push(format!("{name} comes from {}", word("source")));
            }
            if !self.is_allowed(word("license")) {
                findings.push(format!("{name} {} has the licence `{}`", word("version"), word("license")));
            }
            if self.banned.iter().any(|banned| banned == name) {
                findings.push(format!("{name} is banned"));
            }
        }
        let is_twice = |name: &&String| versions.get(name.as_str()).is_some_and(|count| *count > 1);
        findings.extend(self.single.iter().filter(is_twice).map(|name| format!("{name} is there in several versions")));
        findings
    }

    fn is_known(&self, source: &str) -> bool {
        let registry = source.strip_prefix("registry+");
        registry.is_some_and(|registry| self.registries.iter().any(|known| known == registry))
    }

    /// `OR` offers, `AND` demands, `/` is the old way of offering. No expression in the registry nests deeper than one bracket.
    fn is_allowed(&self, expression: &str) -> bool {
        let flat = expression.replace('/', " OR ");
        let is_ours = |one: &str| self.licences.iter().any(|licence| licence == one.trim_matches(['(', ')', ' ']));
        let demands = |part: &str| part.split(" AND ").all(is_ours);
        // `(A OR B) AND C`: everything in brackets is a demand of its own.
        if let Some((bracket, rest)) = flat.strip_prefix('(').and_then(|inner| inner.split_once(") AND ")) {
            return bracket.split(" OR ").any(demands) && demands(rest);
        }
        flat.split(" OR ").any(demands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ours() -> Rules {
        Rules::read(include_str!("../../deny.toml")).unwrap()
    }

    #[test]
    fn licences_are_read_as_expressions() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ] {
            assert!(ours().is_allowed(good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
            assert!(!ours().is_allowed(bad), "{bad}");
        }
    }

    #[test]
    fn a_second_version_a_foreign_source_and_a_banned_crate_are_found() {
        let package =
            |name: &str, source: &str| json!({ "name": name, "source": source, "license": "MIT", "version": "1" });
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        let found = ours().findings(&json!({ "packages": [
            package("serde", registry),
            package("serde", registry),
            package("a", "git+https://example"),
            package("c", "registry+https://example"),
            package("ring", registry),
            package("b", registry),
            { "name": "protocol", "source": null, "license": "MIT OR Apache-2.0", "version": "0.1.0" },
        ] }));
        let expected = [
            "a comes from git+https://example",
            "c comes from registry+https://example",
            "ring is banned",
            "serde is there in several versions",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn rules_without_a_list_are_no_rules() {
        assert!(Rules::read("[bans]\ndeny = []\n").is_err());
    }
}
