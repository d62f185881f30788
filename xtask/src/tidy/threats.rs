//! `docs/threat-model.md` and `docs/asvs.md`: every abuse case and every group of requirements needs a test. Every test that a table names must
//! exist, with a title that begins as named.

use super::Finding;
use super::source::Repository;

const PATHS: [&str; 2] = ["docs/threat-model.md", "docs/asvs.md"];
/// Head of the column that names tests.
const COLUMN: &str = "Test";

/// Finds missing files and titles of tests, and rows that name no test without a reason.
pub fn tests_exist(repository: &Repository) -> Vec<Finding> {
    PATHS.iter().flat_map(|path| tests_of(repository, path)).collect()
}

fn tests_of(repository: &Repository, document: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_abuse = false;
    for (index, line) in repository.text(document).unwrap_or_default().lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(last) = cells.last().filter(|_| line.starts_with('|')) else {
            is_abuse = false;
            continue;
        };
        if *last == COLUMN || !is_abuse || last.starts_with("---") {
            is_abuse |= *last == COLUMN;
            continue;
        }
        let named = named(last);
        if named.is_empty() && !last.starts_with("none: ") {
            findings.push(Finding::at(document, index + 1, "names no test: write `none: ` and why"));
        }
        for (name, titles) in named {
            let path = path_of(&name);
            let Some(text) = repository.text(&path) else {
                findings.push(Finding::at(document, index + 1, format!("there is no {path}")));
                continue;
            };
            let is_missing = |title: &&String| !has_title(text, title);
            for title in titles.iter().filter(is_missing) {
                findings.push(Finding::at(
                    document,
                    index + 1,
                    format!("{path} has no test that begins with `{title}`"),
                ));
            }
        }
    }
    findings
}

/// Returns names in quotes with the titles behind them: `` `name`: title …; another. ``
fn named(cell: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (index, part) in cell.split('`').enumerate() {
        if index % 2 == 1 {
            // A text with a blank is a command, not a name.
            if !part.contains(' ') {
                found.push((part.to_owned(), Vec::new()));
            }
        } else if let (Some((_, titles)), Some(listed)) = (found.last_mut(), part.strip_prefix(": ")) {
            let listed = listed.split(';').map(|title| title.trim().trim_end_matches(['.', ',', '…', ' ']));
            titles.extend(listed.filter(|title| !title.is_empty() && *title != "all").map(str::to_owned));
        }
    }
    found
}

fn path_of(name: &str) -> String {
    match name {
        _ if name.contains('/') => name.to_owned(),
        _ if name.ends_with(".spec.ts") => format!("end2end/stories/{name}"),
        _ => format!("end2end/sockets/{name}.test.ts"),
    }
}

/// Returns true if a test has this title. Titles of TypeScript are strings, those of Rust names of functions.
fn has_title(text: &str, title: &str) -> bool {
    ["'", "\"", "`", "fn "].iter().any(|begin| text.contains(&format!("{begin}{title}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cell: &str) -> Vec<String> {
        let table = format!("| Attempt | What happens | Test |\n|---|---|---|\n| a | b | {cell} |\n");
        let sockets = "test('one thing holds', f);\ntest(`another`, f);";
        let files = [(PATHS[1], table.as_str()), ("end2end/sockets/auth.test.ts", sockets), ("a/b.rs", "fn it_is()")];
        tests_exist(&Repository::of(&files)).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_is_there_passes() {
        for good in
            ["`auth`: one thing …; another", "`auth`: all. `a/b.rs`: it_is", "`cargo xtask chaos`, `auth`", "none: why"]
        {
            assert_eq!(found(good), [""; 0], "{good}");
        }
    }

    #[test]
    fn a_missing_file_a_missing_title_and_a_row_without_a_test_are_found() {
        assert_eq!(found("`gone`: one"), ["there is no end2end/sockets/gone.test.ts"]);
        assert_eq!(
            found("`auth`: one thing …; a thing …"),
            ["end2end/sockets/auth.test.ts has no test that begins with `a thing`"]
        );
        assert_eq!(found("by hand"), ["names no test: write `none: ` and why"]);
    }

    #[test]
    fn other_tables_name_what_they_like() {
        let text = "| Asset | Where |\n|---|---|\n| a | `b` |\n";
        assert_eq!(tests_exist(&Repository::of(&[(PATHS[0], text)])), []);
    }
}
