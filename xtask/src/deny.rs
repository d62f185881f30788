//! What may be in the graph of crates (`docs/STYLE.md`): licences that fit ours, crates that must be one, nothing from elsewhere than
//! the registry. Read from `cargo metadata`, which the lock file answers without a network.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// Licences that allow what ours allows. An expression holds when one of its alternatives has nothing else.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
/// One version each: two of them are two runtimes, two reactive systems, or a CLI that cannot read what the library wrote.
const SINGLE: [&str; 8] =
    ["js-sys", "leptos", "reactive_graph", "serde", "wasm-bindgen", "web-sys", "worker", "worker-sys"];
/// Native code for what the platforms do themselves: nothing of it runs in a Worker or in a page.
const BANNED: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "ring"];
const REGISTRY: &str = "registry+";

/// Asks Cargo and judges.
pub fn check() -> Result<()> {
    let output = process::cargo().args(["metadata", "--format-version", "1", "--locked"]).output();
    let output = output.context("cargo metadata cannot be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata wrote no JSON")?;
    let findings = findings(&metadata);
    if !findings.is_empty() {
        bail!("crates that must not be here:\n  {}", findings.join("\n  "));
    }
    Ok(())
}

fn findings(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for package in packages {
        let word = |key: &str| package[key].as_str().unwrap_or_default();
        let name = word("name");
        *versions.entry(name).or_default() += 1;
        // Ours come from no registry.
        if !package["source"].is_null() && !word("source").starts_with(REGISTRY) {
            findings.push(format!("{name} comes from {}", word("source")));
        }
        if !is_allowed(word("license")) {
            findings.push(format!("{name} {} has the licence `{}`", word("version"), word("license")));
        }
        if BANNED.contains(&name) {
            findings.push(format!("{name} is banned"));
        }
    }
    for name in SINGLE.iter().filter(|name| versions.get(*name).is_some_and(|count| *count > 1)) {
        findings.push(format!("{name} is there in several versions"));
    }
    findings
}

/// `OR` offers, `AND` demands, `/` is the old way of offering. No expression in the registry nests deeper than one bracket.
fn is_allowed(expression: &str) -> bool {
    let flat = expression.replace('/', " OR ");
    let demands = |part: &str| part.split(" AND ").all(|one| LICENCES.contains(&one.trim_matches(['(', ')', ' '])));
    // `(A OR B) AND C`: everything in brackets is a demand of its own.
    if let Some((bracket, rest)) = flat.strip_prefix('(').and_then(|inner| inner.split_once(") AND ")) {
        return bracket.split(" OR ").any(demands) && demands(rest);
    }
    flat.split(" OR ").any(demands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            assert!(is_allowed(good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }

    #[test]
    fn a_second_version_a_foreign_source_and_a_banned_crate_are_found() {
        let package =
            |name: &str, source: &str| json!({ "name": name, "source": source, "license": "MIT", "version": "1" });
        let registry = "registry+https://example";
        let found = findings(&json!({ "packages": [
            package("serde", registry),
            package("serde", registry),
            package("a", "git+https://example"),
            package("ring", registry),
            package("b", registry),
            { "name": "protocol", "source": null, "license": "MIT OR Apache-2.0", "version": "0.1.0" },
        ] }));
        assert_eq!(found, ["a comes from git+https://example", "ring is banned", "serde is there in several versions"]);
    }
}
