//! Known vulnerabilities of our dependencies: `cargo deny` for crates, `npm audit` for tools and clients. Both use the network. If a list
//! cannot be fetched, the check prints a sentence and passes, because that says nothing about the list. Before a deploy, the same case is a
//! failure.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{paths, process, setup};

/// Longest wait for a registry.
const AUDIT: Duration = Duration::from_secs(30);
/// Longest wait for the list of vulnerabilities.
const FETCH: Duration = Duration::from_secs(120);
/// Levels of npm's findings that fail. Lower levels are only counted.
const SERIOUS: [&str; 2] = ["critical", "high"];

/// Runs both checks after the tool is installed, and fails if a list is unreachable: before a deploy.
pub fn check_surely() -> Result<()> {
    setup::install_cargo_deny()?;
    both(&|unknown| bail!("nobody knows whether this may be deployed: {unknown}"))
}

/// Checks licences, bans and sources of all crates, and known vulnerabilities as far as the lists are reachable: for the nightly run.
pub fn thorough() -> Result<()> {
    setup::install_cargo_deny()?;
    process::run(deny(&["check", "licenses", "bans", "sources"], &mut process::command(setup::cargo_deny())))?;
    both(&|unknown| {
        println!("  {unknown}");
        Ok(())
    })
}

/// Handler of the sentence about an unreachable list.
type Unknown<'a> = &'a dyn Fn(String) -> Result<()>;

fn both(unknown: Unknown<'_>) -> Result<()> {
    crates()?.settle("crates", unknown)?;
    packages(&paths::root())?.settle("npm packages of the tools", unknown)?;
    paths::CLIENTS.iter().try_for_each(|folder| {
        packages(&paths::root().join(folder))?
            .settle(&format!("npm packages of the clients of the tests ({folder})"), unknown)
    })
}

fn deny<'a>(what: &[&str], tool: &'a mut std::process::Command) -> &'a mut std::process::Command {
    process::forget_outer_cargo(tool);
    tool.args(["--color", "never", "--log-level", "error"]).args(what)
}

fn crates() -> Result<Judgement> {
    let program = setup::cargo_deny();
    if !program.is_file() {
        let why =
            "nobody asked for known weaknesses, cargo-deny is not installed (`cargo xtask check --deploy` installs it)";
        return Ok(Judgement::Unknown(why.into()));
    }
    let mut tool = process::command(program);
    let Some(output) = process::within(FETCH, deny(&["check", "advisories"], &mut tool))? else {
        return Ok(Judgement::Unknown(format!("known weaknesses were not fetched within {} s", FETCH.as_secs())));
    };
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok(Judgement::of_crates(output.status.success(), &text))
}

fn packages(folder: &Path) -> Result<Judgement> {
    let mut audit = process::command("npm");
    audit.current_dir(folder).args(["audit", "--json", "--package-lock-only", "--fetch-retries=0"]);
    let Some(output) = process::within(AUDIT, audit.arg("--fetch-timeout=20000"))? else {
        return Ok(Judgement::Unknown(format!("the registry did not answer within {} s", AUDIT.as_secs())));
    };
    Ok(Judgement::of_packages(&String::from_utf8_lossy(&output.stdout)))
}

/// Result of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    Clean,
    /// No failure; a sentence.
    Slight(String),
    /// Unknown; a sentence.
    Unknown(String),
    Bad(String),
}

impl Judgement {
    fn settle(self, of_what: &str, unknown: Unknown<'_>) -> Result<()> {
        match self {
            Self::Clean => Ok(()),
            Self::Slight(what) => {
                println!("  {of_what}: {what}");
                Ok(())
            }
            Self::Unknown(why) => unknown(format!("{of_what}: {why}")),
            Self::Bad(what) => bail!("{of_what} with known weaknesses:\n{what}"),
        }
    }

    fn of_crates(is_clean: bool, text: &str) -> Self {
        if is_clean {
            return Self::Clean;
        }
        // `cargo deny` prints this if it cannot fetch its list, which is a git repository.
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
            (0, total) => Self::Slight(format!("{total} weaknesses, none of them high or critical")),
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
        assert!(matches!(Judgement::of_packages(&answer(0, 2)), Judgement::Slight(_)));
        assert_eq!(Judgement::of_packages(&answer(1, 2)), Judgement::Bad("1 high or critical (a)".into()));
        let refused = r#"{"message":"405 Method Not Allowed - POST https://example","statusCode":405}"#;
        let Judgement::Unknown(why) = Judgement::of_packages(refused) else { panic!("nobody knows") };
        assert!(why.contains("405") && why.lines().count() == 1, "{why}");
        assert!(matches!(Judgement::of_packages(""), Judgement::Unknown(_)));
    }

    #[test]
    fn before_a_deploy_what_nobody_knows_fails_and_what_is_slight_does_not() {
        let goes_on = |judgement: Judgement| judgement.settle("crates", &|_| Ok(())).is_ok();
        let surely = |judgement: Judgement| judgement.settle("crates", &|why| bail!("{why}")).is_ok();
        let unknown = || Judgement::Unknown("no list".into());
        assert!(goes_on(unknown()) && !surely(unknown()));
        assert!(surely(Judgement::Slight("2 weaknesses".into())) && surely(Judgement::Clean));
        assert!(!goes_on(Judgement::Bad("1".into())) && !surely(Judgement::Bad("1".into())));
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
