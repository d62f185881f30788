//! `cargo xtask weight`: lines that a stranger must read, counted by crate, beside the record in `docs/weight.md`. There is no cap: the
//! check fails only while nobody has written down what a larger growth gives. Bytes of the build have budgets of their own (`size.rs`).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::cli::Arguments;
use crate::tidy::source::{Repository, code, lines_before_tests};
use crate::{files, paths, process};

const DIARY: &str = "docs/weight.md";
/// Lines by which production may grow until the next record.
const GROWTH_LINES_MAX: i64 = 300;
/// Head of the recorded parts, which stand at the end of the diary.
const PARTS_HEAD: &str = "\n## By part\n\n| Part | Production | Tests | Files |\n|---|---:|---:|---:|\n";
/// Folder of the tests in TypeScript.
const END_TO_END: &str = "end2end/";

/// Number of lines that are not blank, and of files. Comments count, because they are read as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    production: i64,
    tests: i64,
    files: i64,
}

impl Weight {
    /// Returns the cells of a table.
    fn cells(self) -> String {
        format!("{} | {} | {}", self.production, self.tests, self.files)
    }
}

/// Weights by the name of the part: a crate, or a folder of the tests in TypeScript.
type Parts = BTreeMap<String, Weight>;

/// Prints today's weight beside the recorded one, and fails if production has grown much. `--record` writes it down instead.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let sentence = arguments.value("--record")?;
    arguments.finish()?;
    let path = paths::root().join(DIARY);
    let diary = files::read_text(&path)?;
    let (now, then) = (count(&Repository::read(&paths::root())?), recorded(&diary));
    println!("{}", table(&now, &then));
    let Some(sentence) = sentence else { return judge(total(&now), total(&then)) };
    let date = process::run_unseen("Date of the record", process::command("date").arg("+%F"))?;
    files::write_if_changed(&path, with_record(&diary, date.trim(), &sentence, &now).as_bytes())
}

fn judge(now: Weight, then: Weight) -> Result<()> {
    let growth = now.production - then.production;
    if growth > GROWTH_LINES_MAX {
        bail!("production has {growth} lines more than in {DIARY}: `cargo xtask weight --record \"What they give.\"`");
    }
    Ok(())
}

fn count(repository: &Repository) -> Parts {
    let crates: Vec<&str> = repository.all().filter_map(|(path, _)| path.strip_suffix("/Cargo.toml")).collect();
    let mut parts = Parts::new();
    for (path, text) in repository.all() {
        let Some(part) = part_of(path, &crates) else { continue };
        let product = if path.starts_with(END_TO_END) || is_test(path) { 0 } else { lines_before_tests(&code(text)) };
        let weight = parts.entry(part.to_owned()).or_default();
        weight.files += 1;
        for (index, _) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let lines = if index < product { &mut weight.production } else { &mut weight.tests };
            *lines += 1;
        }
    }
    parts
}

/// Returns the part of a file that counts. A crate may stand in the folder of another one, so the longest name is the nearest.
fn part_of<'a>(path: &'a str, crates: &[&'a str]) -> Option<&'a str> {
    if let Some(rest) = path.strip_prefix(END_TO_END).filter(|rest| rest.ends_with(".ts")) {
        let end = rest.find('/').map_or(END_TO_END.len() - 1, |at| END_TO_END.len() + at);
        return Some(&path[..end]);
    }
    let around = crates.iter().filter(|name| path.strip_prefix(**name).is_some_and(|rest| rest.starts_with('/')));
    around.max_by_key(|name| name.len()).copied().filter(|_| path.ends_with(".rs"))
}

/// Returns true for a file that nothing but tests uses.
fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_named = ["tests.rs", "testing.rs"].contains(&name) || name.ends_with("_tests.rs");
    is_named || ["/tests/", "/testing/"].iter().any(|folder| path.contains(folder))
}

fn total(parts: &Parts) -> Weight {
    parts.values().fold(Weight::default(), |sum, part| Weight {
        production: sum.production + part.production,
        tests: sum.tests + part.tests,
        files: sum.files + part.files,
    })
}

/// Returns the table that is printed. It also shows parts that exist only today or only in the record.
fn table(now: &Parts, then: &Parts) -> String {
    let of = |parts: &Parts, name: &str| parts.get(name).copied().unwrap_or_default();
    let names: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let mut rows = vec![row("today / recorded", ["production", "tests", "files"].map(str::to_owned))];
    rows.extend(names.into_iter().map(|name| row(name, beside(of(now, name), of(then, name)))));
    rows.push(row("all", beside(total(now), total(then))));
    rows.join("\n")
}

fn beside(now: Weight, then: Weight) -> [String; 3] {
    [(now.production, then.production), (now.tests, then.tests), (now.files, then.files)]
        .map(|(now, then)| format!("{now} / {then} ({:+})", now - then))
}

fn row(name: &str, cells: [String; 3]) -> String {
    let [production, tests, files] = cells;
    format!("  {name:<20} {production:>25} {tests:>25} {files:>20}")
}

/// Reads the recorded parts. A diary without them has recorded nothing.
fn recorded(diary: &str) -> Parts {
    let rows = diary.split_once(PARTS_HEAD).map_or("", |(_, rows)| rows);
    rows.lines().filter_map(recorded_part).collect()
}

fn recorded_part(row: &str) -> Option<(String, Weight)> {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [name, production, tests, files] = cells[..] else { return None };
    let (production, tests, files) = (production.parse().ok()?, tests.parse().ok()?, files.parse().ok()?);
    Some((name.to_owned(), Weight { production, tests, files }))
}

/// Returns the diary with a new row and the parts of today. A row with the same sentence is replaced, so that a merge is recorded once.
fn with_record(diary: &str, date: &str, sentence: &str, now: &Parts) -> String {
    let end = format!("| {sentence} |");
    let text = diary.split(PARTS_HEAD).next().unwrap_or_default();
    let kept = text.lines().filter(|line| !line.ends_with(end.as_str())).map(|line| format!("{line}\n"));
    let record = format!("| {date} | {} {end}\n", total(now).cells());
    let parts = now.iter().map(|(name, weight)| format!("| {name} | {} |\n", weight.cells()));
    kept.chain([record, PARTS_HEAD.to_owned()]).chain(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(rows: &[(&str, [i64; 3])]) -> Parts {
        let weight = |[production, tests, files]: [i64; 3]| Weight { production, tests, files };
        rows.iter().map(|(name, numbers)| ((*name).to_owned(), weight(*numbers))).collect()
    }

    #[test]
    fn lines_are_counted_by_part_and_tests_apart() {
        let repository = Repository::of(&[
            ("bench/Cargo.toml", "[package]\n"),
            ("bench/empty/Cargo.toml", "[package]\n"),
            ("bench/empty/src/lib.rs", "fn a() {}\n"),
            ("bench/src/a.rs", "//! A.\n\nmod b;\n#[cfg(test)]\nmod tests {\n\n}\n"),
            ("bench/src/b_tests.rs", "fn b() {}\n"),
            ("bench/tests/laws/a.rs", "fn c() {}\n \nfn d() {}\n"),
            ("end2end/a.config.ts", "a();\n"),
            ("end2end/sockets/deep/a.test.ts", "a();\n\nb();\n"),
            ("end2end/sockets/a.json", "{}\n"),
            ("scenes/a.rs", "fn e() {}\n"),
        ]);
        let expected = parts(&[
            ("bench", [2, 6, 3]),
            ("bench/empty", [1, 0, 1]),
            ("end2end", [0, 1, 1]),
            ("end2end/sockets", [0, 2, 1]),
        ]);
        assert_eq!(count(&repository), expected);
    }

    #[test]
    fn only_a_large_growth_of_production_fails() {
        let weight = |production, tests| Weight { production, tests, files: 1 };
        assert!(judge(weight(GROWTH_LINES_MAX + 10, 5_000), weight(10, 0)).is_ok());
        assert!(judge(weight(GROWTH_LINES_MAX + 11, 0), weight(10, 0)).is_err());
        assert!(judge(weight(0, 0), weight(5_000, 0)).is_ok());
    }

    #[test]
    fn a_record_is_read_again_and_the_same_sentence_replaces_its_row() {
        let (first, second) = (parts(&[("app", [7, 2, 1]), ("gone", [1, 0, 1])]), parts(&[("app", [9, 2, 1])]));
        let one = with_record("# Weight\n\n|---|\n", "2026-12-02", "It begins.", &first);
        assert!(one.starts_with("# Weight\n\n|---|\n| 2026-12-02 | 8 | 2 | 2 | It begins. |\n\n## By part\n"), "{one}");
        assert_eq!(recorded(&one), first);
        let two = with_record(&one, "2026-12-03", "Winks.", &first);
        let again = with_record(&two, "2026-12-04", "Winks.", &second);
        assert_eq!(recorded(&again), second);
        assert!(again.contains("| It begins. |\n| 2026-12-04 | 9 | 2 | 1 | Winks. |\n\n"), "{again}");
        assert!(table(&second, &first).contains("9 / 8 (+1)"));
    }
}
