//! `cargo xtask try`: the one-minute loop. It builds only the changed half, in the development profile, and runs the named tests. `try
//! changed` chooses the tests by the paths of files that differ from the last commit.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::build::{self, Place};
use crate::cli::Arguments;
use crate::suites::{Selection, Suite, Tier};
use crate::{files, native, paths, process, setup, tidy};

const USAGE: &str =
    "cargo xtask try protocol|app|bench|xtask [FILTER] · try worker|socket|story|picture FILE [-g TITLE] · try changed";

/// Sets up, builds the necessary halves and runs the tests.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let title = arguments.value("-g")?;
    let mut words = arguments.rest().into_iter();
    let Some(kind) = words.next() else { bail!("{USAGE}") };
    let files: Vec<String> = words.collect();
    match kind.as_str() {
        "protocol" => natively(&native::PROTOCOL, &files),
        "bench" | "xtask" => natively(&["-p", &kind], &files),
        "app" => natively(&native::APP, &files),
        "changed" => changed(),
        suite => {
            let Some(suite) = suite_of(suite) else { bail!("{USAGE}") };
            end_to_end(suite, Selection { files, title })
        }
    }
}

fn suite_of(word: &str) -> Option<Suite> {
    Some(match word {
        "worker" => Suite::Worker,
        "socket" | "sockets" => Suite::Sockets,
        "story" | "stories" => Suite::Stories,
        "picture" | "pictures" => Suite::Pictures,
        _ => return None,
    })
}

fn natively(packages: &[&str], filters: &[String]) -> Result<()> {
    let mut runner = native::runner(packages);
    native::choose(&mut runner, &filters.iter().map(String::as_str).collect::<Vec<_>>());
    process::run(&mut runner)
}

fn end_to_end(suite: Suite, selection: Selection) -> Result<()> {
    let has_pages = matches!(suite, Suite::Stories | Suite::Pictures);
    if has_pages {
        setup::chromium()?;
    }
    setup::run()?;
    if suite == Suite::Sockets {
        setup::clients()?;
    }
    let place = Place::dev();
    if has_pages {
        build::for_edit_loop()?
    } else {
        build::worker_for_edit_loop()?
    }
    suite.prepare()?;
    let mut command = suite.command(Tier::All, &selection);
    process::run(command.env("CFM_SITE", &place.site).env("CFM_WORKER", &place.worker))
}

/// Runs the tests of files that differ from the last commit.
fn changed() -> Result<()> {
    let mut git = process::command("git");
    let output = git.args(["status", "--porcelain", "--untracked-files=all", "--no-renames"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let changed: Vec<&str> = text.lines().filter_map(|line| line.get(3..)).collect();
    let tests = Tests::of(&changed);
    println!("{tests:#?}");
    tidy::run(&mut Arguments::new(std::iter::empty()))?;
    for (package, filters) in [(&native::PROTOCOL, &tests.protocol), (&native::APP, &tests.app)] {
        if !filters.is_empty() {
            let is_all = filters.contains("");
            let filters: Vec<String> = if is_all { Vec::new() } else { filters.iter().cloned().collect() };
            natively(package, &filters)?;
        }
    }
    if tests.is_simulator {
        natively(&["-p", "simulator"], &[])?;
    }
    if tests.is_xtask {
        natively(&["-p", "xtask"], &[])?;
    }
    for (suite, files) in
        [(Suite::Worker, tests.worker), (Suite::Sockets, tests.sockets), (Suite::Stories, tests.stories)]
    {
        if !files.is_empty() {
            end_to_end(suite, Selection { files: files.into_iter().collect(), title: None })?;
        }
    }
    Ok(())
}

/// Tests of changed files.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tests {
    /// Filters of names of native tests; an empty one means all.
    protocol: BTreeSet<String>,
    app: BTreeSet<String>,
    is_simulator: bool,
    is_xtask: bool,
    /// Files of suites.
    worker: BTreeSet<String>,
    sockets: BTreeSet<String>,
    stories: BTreeSet<String>,
}

impl Tests {
    fn of(changed: &[&str]) -> Self {
        let mut tests = Self::default();
        for path in changed {
            tests.add(path);
        }
        tests
    }

    fn add(&mut self, path: &str) {
        let (top, rest) = path.split_once('/').unwrap_or((path, ""));
        match top {
            "protocol" => drop(self.protocol.insert(module_of(rest))),
            "app" => {
                self.app.insert(module_of(rest));
                self.stories.extend(named_like(rest, "end2end/stories", ".spec.ts"));
            }
            "simulator" => self.is_simulator = true,
            "server" => {
                self.sockets.extend(named_like(rest, "end2end/sockets", ".test.ts"));
                self.worker.extend(named_like(rest, "end2end/worker", ".test.ts"));
            }
            "xtask" => self.is_xtask = true,
            "examples" => drop(self.sockets.insert("examples.test.ts".to_owned())),
            "end2end" => {
                let file = rest.rsplit('/').next().unwrap_or_default().to_owned();
                match rest.split('/').next() {
                    Some("sockets") => drop(self.sockets.insert(file)),
                    Some("worker") if file.ends_with(".test.ts") => drop(self.worker.insert(file)),
                    Some("stories") if file.ends_with(".spec.ts") => drop(self.stories.insert(file)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Returns the module of a source file, which is the prefix of its tests' names: `src/room/log.rs` is `room::log`.
fn module_of(path: &str) -> String {
    let module = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")).unwrap_or_default();
    module.trim_end_matches("/mod").trim_end_matches("lib").replace('/', "::")
}

/// Returns the files of a suite whose name has a word of the path: `src/doors/hopeflow/mod.rs` has `hopeflow-publish.test.ts`.
fn named_like(path: &str, folder: &str, end: &str) -> Vec<String> {
    // Folders give the place; the rest of the path gives the subject.
    const FOLDERS: [&str; 10] =
        ["objects", "features", "session", "browser", "calls", "machines", "people", "content", "words", "operation"];
    let is_word = |word: &&str| word.len() > 3 && !FOLDERS.contains(word);
    let words: Vec<&str> = path.split(['/', '_', '.']).filter(is_word).collect();
    let files = files::walk(&paths::root().join(folder)).into_iter();
    let names =
        files.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned())).filter(|name| name.ends_with(end));
    names.filter(|name| words.iter().any(|word| name.contains(word.trim_end_matches('s')))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_belong_to_files_by_their_names() {
        let tests = Tests::of(&[
            "protocol/src/machines/room/log.rs",
            "server/src/doors/hopeflow/mod.rs",
            "end2end/sockets/wink.test.ts",
        ]);
        assert!(tests.protocol.contains("machines::room::log"));
        assert!(tests.sockets.contains("wink.test.ts") && tests.sockets.contains("hopeflow-publish.test.ts"));
        assert!(tests.stories.is_empty() && !tests.sockets.contains("turnstile.test.ts"));
    }
}
