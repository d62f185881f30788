//! `docs/checklist.md`, and the tables of complaints and features. Every file of tests that a line names must exist, and so must a test
//! with each title behind it.

use super::Finding;
use super::source::Repository;

const PATHS: [&str; 3] = ["docs/checklist.md", "docs/complaints.md", "docs/features.md"];

/// Finds missing files and titles of tests.
pub fn tests_exist(repository: &Repository) -> Vec<Finding> {
    PATHS.into_iter().flat_map(|path| missing_in(path, repository)).collect()
}

fn missing_in(path: &str, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in repository.text(path).unwrap_or_default().lines().enumerate() {
        let Some((_, cell)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) else {
            continue;
        };
        let mut files: Vec<(&str, &str)> = Vec::new();
        for (part, text) in cell.split('`').enumerate() {
            if part % 2 == 1 {
                let named = files_of(repository, text);
                if named.is_empty() && is_of_tests(text) {
                    findings.push(Finding::at(path, index + 1, format!("there is no {text}")));
                }
                files = if named.is_empty() { files } else { named };
                continue;
            }
            let titles = text.split('*').skip(1).step_by(2).map(|title| title.trim_matches(['…', ' ']));
            for title in titles.filter(|title| !title.is_empty()) {
                if !files.iter().any(|(file, text)| has_test(file, text, title)) {
                    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
                    findings.push(Finding::at(path, index + 1, format!("no test `{title}` in {}", names.join(", "))));
                }
            }
        }
    }
    findings
}

fn is_of_tests(name: &str) -> bool {
    name.ends_with(".ts") || name.ends_with(".rs")
}

/// Returns the files that a name stands for: an end of a path, a pattern with one star, or a module of `protocol`.
fn files_of<'a>(repository: &'a Repository, name: &str) -> Vec<(&'a str, &'a str)> {
    let module = name.contains("::").then(|| {
        let path = name.strip_prefix("protocol::").unwrap_or(name).replace("::", "/");
        (format!("protocol/src/{path}.rs"), format!("protocol/src/{path}/"))
    });
    let is_meant = |path: &str| match (&module, name.split_once('*')) {
        (Some((file, folder)), _) => path == file || path.starts_with(folder),
        (None, Some((begin, end))) => {
            let file = path.rsplit('/').next().unwrap_or(path);
            path.starts_with("end2end/") && file.starts_with(begin) && file.ends_with(end)
        }
        (None, None) => path == name || path.ends_with(&format!("/{name}")),
    };
    repository.all().filter(|(path, _)| is_of_tests(path) && is_meant(path)).collect()
}

/// Returns true if a test has this title. Titles of TypeScript stand behind `test(` or `describe(`, those of Rust are names of functions.
fn has_test(path: &str, text: &str, title: &str) -> bool {
    let begins: &[&str] = if path.ends_with(".rs") { &["fn "] } else { &["test(", "describe("] };
    text.lines().any(|line| line.contains(title) && begins.iter().any(|begin| line.contains(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cell: &str) -> Vec<String> {
        let table = format!("| Line | Test |\n|---|---|\n| `a.ts` | {cell} |\n");
        let sockets = "test('one thing holds', f);\nsend('two');";
        let files = [
            (PATHS[0], table.as_str()),
            ("end2end/sockets/auth-age.test.ts", sockets),
            ("protocol/src/words/rate.rs", "fn it_is_counted() {}"),
        ];
        tests_exist(&Repository::of(&files)).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_is_there_passes() {
        let good = [
            "`auth-age.test.ts` *one thing*, *… holds*",
            "`auth-*.test.ts` *thing*; `protocol::words::rate` *it_is*; `cargo xtask chaos` (`rate`)",
            "**–** nothing yet",
        ];
        for cell in good {
            assert_eq!(found(cell), [""; 0], "{cell}");
        }
    }

    #[test]
    fn tables_with_more_columns_and_links_are_read_as_well() {
        for path in PATHS {
            let row = "| 1 | What | [`a.spec.ts`](../a.spec.ts) *one thing*; **waits** |\n| 2 | What | [`a.spec.ts`](../a.spec.ts) *two* |";
            let files = [(path, row), ("end2end/stories/a.spec.ts", "test('one thing holds', f);")];
            let places: Vec<String> =
                tests_exist(&Repository::of(&files)).into_iter().map(|finding| finding.place).collect();
            assert_eq!(places, [format!("{path}:2")]);
        }
    }

    #[test]
    fn a_missing_file_and_a_missing_title_are_found() {
        assert_eq!(found("`gone.test.ts`"), ["there is no gone.test.ts"]);
        assert_eq!(found("`auth-age.test.ts` *two*"), ["no test `two` in end2end/sockets/auth-age.test.ts"]);
        assert_eq!(found("`rate.rs` *it_was*"), ["no test `it_was` in protocol/src/words/rate.rs"]);
    }
}
