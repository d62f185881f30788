//! `cargo xtask tidy`: the architecture rules that code can check (`ARCHITECTURE.md`, "Eight invariants"). One file per subject. Each rule
//! is a function from the repository's texts to findings, with a test in which it fails.

mod arrows;
mod art;
mod bindings;
mod calls;
mod checklist;
mod citations;
mod crates;
mod directions;
mod numbers;
mod pinned;
mod purity;
mod requests;
mod scripts;
mod sealed;
mod settings;
mod shape;
pub mod source;
mod styles;
mod texts;
mod themes;
mod threats;
mod words;

use anyhow::{Result, bail};

use crate::cli::Arguments;
use crate::paths;
use source::Repository;

/// Broken rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// File and line, `path:line`, or the path alone.
    pub place: String,
    /// Rule, and its remedy.
    pub text: String,
    /// The finding is advice, and does not fail.
    pub is_warning: bool,
}

impl Finding {
    fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { place: format!("{path}:{line}"), text: text.into(), is_warning: false }
    }

    fn of(path: &str, text: impl Into<String>) -> Self {
        Self { place: path.to_owned(), text: text.into(), is_warning: false }
    }

    fn warning(path: &str, text: impl Into<String>) -> Self {
        Self { place: path.to_owned(), text: text.into(), is_warning: true }
    }
}

type Rule = fn(&Repository) -> Vec<Finding>;

const RULES: &[Rule] = &[
    arrows::arrows,
    crates::dependencies,
    crates::kinds,
    crates::unused,
    crates::purity_of_graph,
    purity::protocol,
    purity::browser_only,
    purity::features,
    purity::doors_and_components,
    purity::objects_and_json,
    numbers::bounds,
    numbers::names,
    styles::raw_colours,
    styles::raw_colours_in_code,
    styles::style_attributes,
    styles::themes_set_values,
    themes::sheets,
    art::drawings,
    art::winks,
    art::sounds,
    scripts::own_javascript,
    sealed::statements,
    settings::are_obeyed,
    shape::length,
    shape::function_length,
    shape::header,
    shape::unfinished,
    shape::machine_paths,
    shape::lock_file,
    bindings::environments,
    citations::lead_somewhere,
    words::doc_lines,
    words::old_names,
    directions::fields,
    directions::names,
    calls::server_functions,
    requests::are_answered,
    texts::unused,
    texts::foreign_phrases,
    texts::foreign_phrases_of_documents,
    texts::punctuation,
    pinned::versions,
    threats::tests_exist,
    checklist::tests_exist,
];

/// Applies every rule; prints warnings and failures.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    let repository = Repository::read(&paths::root())?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&repository)).collect();
    for finding in &findings {
        let kind = if finding.is_warning { "warning" } else { "tidy" };
        println!("{kind}: {}: {}", finding.place, finding.text);
    }
    let failures = findings.iter().filter(|finding| !finding.is_warning).count();
    if failures > 0 {
        bail!("tidy found {failures} broken rule(s)");
    }
    println!("  {} rules hold for {} files", RULES.len(), repository.all().count());
    Ok(())
}
