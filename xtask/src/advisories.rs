//! Known weaknesses of what we use: `cargo deny` for crates, `npm audit` for the tools and clients. Both ask somebody over the network
//! who is not always there. Then a sentence says so, and the check goes on: an unreachable list says nothing about what is on it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{paths, process, setup};

/// How long a registry may take to answer.
const AUDIT: Duration = Duration::from_secs(30);
/// How long the list of weaknesses may take to be fetched.
const FETCH: Duration = Duration::from_secs(120);
/// What npm finds that fails. What it thinks less of is named.
const SERIOUS: [&str; 2] = ["critical", "high"];

/// Asks for both.
pub fn check() -> Result<()> {
    crates()?;
    packages(&paths::root(), "the tools")?;
    packages(&paths::root().join("end2end"), "the clients of the tests")
}

/// Everything that `cargo deny` knows, with the tool installed first: for the night.
pub fn thorough() -> Result<()> {
    setup::cargo_deny()?;
    process::run(deny(&["check", "licenses", "bans", "sources"], &mut process::command(paths::tool("cargo-deny"))))?;
    check()
}

fn deny<'a>(what: &[&str], tool: &'a mut std::process::Command) -> &'a mut std::process::Command {
    process::forget_outer_cargo(tool);
    tool.args(["--color", "never", "--log-level", "error"]).args(what)
}

fn crates() -> Result<()> {
    let program = paths::tool("cargo-deny");
    if !program.is_file() {
        println!(
            "  crates: nobody asked for known weaknesses, cargo-deny is not installed (`cargo xtask nightly` installs it)"
        );
        return Ok(());
    }
    let mut tool = process::command(program);
    let Some(output) = process::within(FETCH, deny(&["check", "advisories"], &mut tool))? else {
        println!("  crates: known weaknesses were not fetched within {} s", FETCH.as_secs());
        return Ok(());
    };
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match Judgement::of_crates(output.status.success(), &text) {
        Judgement::Clean => Ok(()),
        Judgement::Unknown(why) => {
            println!("  crates: {why}");
            Ok(())
        }
        Judgement::Bad(what) => bail!("crates with known weaknesses:\n{what}"),
    }
}

fn packages(folder: &Path, of_whom: &str) -> Result<()> {
    let mut audit = process::command("npm");
    audit.current_dir(folder).args(["audit", "--json", "--package-lock-only", "--fetch-retries=0"]);
    let Some(output) = process::within(AUDIT, audit.arg("--fetch-timeout=20000"))? else {
        println!("  npm packages of {of_whom}: the registry did not answer within {} s", AUDIT.as_secs());
        return Ok(());
    };
    match Judgement::of_packages(&String::from_utf8_lossy(&output.stdout)) {
        Judgement::Clean => Ok(()),
        Judgement::Unknown(why) => {
            println!("  npm packages of {of_whom}: {why}");
            Ok(())
        }
        Judgement::Bad(what) => bail!("npm packages of {of_whom} with known weaknesses: {what}"),
    }
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    Clean,
    /// Nobody knows, or it is not serious; a sentence.
    Unknown(String),
    Bad(String),
}

impl Judgement {
    fn of_crates(is_clean: bool, text: &str) -> Self {
        if is_clean {
            return Self::Clean;
        }
        // What `cargo deny` says when its list, a repository of git, cannot be had.
        if text.contains("advisory database") && !text.contains("RUSTSEC-") {
            return Self::Unknown("the list of known weaknesses cannot be fetched from here".into());
        }
        Self::Bad(text.trim_end().to_owned())
    }

    fn of_packages(text: &str) -> Self {
        let answer: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let Some(counts) = answer["metadata"]["vulnerabilities"].as_object() else {
            let why = answer["message"].as_str().unwrap_or("npm said nothing that can be read");
            return Self::Unknown(format!("the registry has no list of known weaknesses ({why})"));
        };
        let is_serious = |found: &&Value| SERIOUS.iter().any(|level| found["severity"] == *level);
        let found = answer["vulnerabilities"].as_object().into_iter().flat_map(|found| found.values());
        let names: Vec<&str> = found.filter(is_serious).filter_map(|found| found["name"].as_str()).collect();
        let count = |level: &str| counts.get(level).and_then(Value::as_u64).unwrap_or(0);
        let serious: u64 = SERIOUS.iter().map(|level| count(level)).sum();
        match (serious, count("total")) {
            (0, 0) => Self::Clean,
            (0, total) => Self::Unknown(format!("{total} weaknesses, none of them high or critical")),
            (serious, _) => Self::Bad(format!("{serious} high or critical ({})", names.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_without_a_list_is_a_sentence_and_a_serious_finding_fails() {
        let answer = |high: u32, low: u32| {
            let total = high + low;
            format!(
                r#"{{"auditReportVersion":2,"vulnerabilities":{{"a":{{"name":"a","severity":"high"}},"b":{{"name":"b","severity":"low"}}}},
                "metadata":{{"vulnerabilities":{{"info":0,"low":{low},"moderate":0,"high":{high},"critical":0,"total":{total}}}}}}}"#
            )
        };
        assert_eq!(Judgement::of_packages(&answer(0, 0)), Judgement::Clean);
        assert!(matches!(Judgement::of_packages(&answer(0, 2)), Judgement::Unknown(_)));
        assert_eq!(Judgement::of_packages(&answer(1, 2)), Judgement::Bad("1 high or critical (a)".into()));
        let refused = r#"{"message":"405 Method Not Allowed - POST https://example","statusCode":405}"#;
        let Judgement::Unknown(why) = Judgement::of_packages(refused) else { panic!("nobody knows") };
        assert!(why.contains("405") && why.lines().count() == 1, "{why}");
        assert!(matches!(Judgement::of_packages(""), Judgement::Unknown(_)));
    }

    #[test]
    fn a_list_that_cannot_be_fetched_is_no_finding() {
        let unreachable =
            "error: failed to fetch advisory database https://github.com/RustSec/advisory-db\nCaused by: no route";
        assert!(matches!(Judgement::of_crates(false, unreachable), Judgement::Unknown(_)));
        assert!(matches!(Judgement::of_crates(false, "error[vulnerability]: RUSTSEC-2026-0001"), Judgement::Bad(_)));
        assert_eq!(Judgement::of_crates(true, ""), Judgement::Clean);
    }
}
