//! Shape of files: length of files and functions, the comment on top, no unfinished parts, no paths of one machine.

use super::Finding;
use super::pinned::npm_files;
use super::source::{Repository, functions, product_code};

const LINES_WARN: usize = 500;
const LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// Finds long files: a file has one subject. Tests do not count.
pub fn length(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("", ".rs").filter(|(path, _)| !is_test(path)) {
        let lines = product_code(text).lines().count();
        if lines > LINES_MAX {
            findings.push(Finding::of(path, format!("{lines} lines, {LINES_MAX} are allowed: split it by subject")));
        } else if lines > LINES_WARN {
            findings.push(Finding::warning(path, format!("{lines} lines: aim at 300")));
        }
    }
    findings
}

/// Finds long functions: a function fits a screen. Tests do not count.
pub fn function_length(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("", ".rs").filter(|(path, _)| !is_test(path)) {
        let code = product_code(text);
        for long in functions(&code).into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
            let text = format!(
                "`{}` has {} lines, {FUNCTION_LINES_MAX} are allowed: cut it by subject",
                long.name, long.lines
            );
            findings.push(Finding::at(path, long.line, text));
        }
    }
    findings
}

/// Finds files that do not begin with a comment about their responsibility.
pub fn header(repository: &Repository) -> Vec<Finding> {
    let is_missing = |(_, text): &(&str, &str)| !text.trim_start().starts_with("//!");
    let texts = repository.below("", ".rs").filter(is_missing);
    texts.map(|(path, _)| Finding::at(path, 1, "begins without a `//!` comment about its subject")).collect()
}

/// Finds marks of unfinished work.
pub fn unfinished(repository: &Repository) -> Vec<Finding> {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut findings = Vec::new();
    for extension in [".rs", ".ts", ".js", ".mjs", ".css", ".toml", ".sql"] {
        for (path, text) in repository.below("", extension) {
            for (index, line) in
                text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)))
            {
                let word = words.iter().find(|word| line.contains(**word)).unwrap_or(&words[0]);
                findings.push(Finding::at(path, index + 1, format!("`{word}`: finish it, or open an issue")));
            }
        }
    }
    findings
}

/// Finds paths that exist on one machine only.
pub fn machine_paths(repository: &Repository) -> Vec<Finding> {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    let mut findings = Vec::new();
    for (path, text) in repository.all() {
        for (index, line) in text.lines().enumerate() {
            if let Some(machine) = paths.iter().find(|machine| names_folder(line, machine)) {
                findings.push(Finding::at(path, index + 1, format!("`{machine}` is a path of one machine")));
            }
        }
    }
    findings
}

/// Returns true if the folder begins a path and is not a part of an address.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "./_-*:]}".contains(character))
    })
}

/// Checks that the npm locks name packages by version and hash, without the registry of their writer.
pub fn lock_file(repository: &Repository) -> Vec<Finding> {
    let text = "names a registry: write the file again with the option omit-lockfile-registry-resolved (.npmrc)";
    let of_lock = |path: String| {
        let lock = repository.text(&path).unwrap_or_default();
        let resolved = lock.lines().position(|line| line.contains("\"resolved\""));
        resolved.map(|index| Finding::at(&path, index + 1, text))
    };
    npm_files("package-lock.json").into_iter().filter_map(of_lock).collect()
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/fuzz/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_warn_and_then_fail_and_tests_do_not_count() {
        let lines = |count: usize| "fn a() {}\n".repeat(count);
        let long = Repository::of(&[("app/src/a.rs", lines(801).as_str())]);
        assert!(!length(&long)[0].is_warning);
        let middle = Repository::of(&[("app/src/a.rs", lines(501).as_str())]);
        assert!(length(&middle)[0].is_warning);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(10), lines(900));
        assert_eq!(
            length(&Repository::of(&[
                ("app/src/a.rs", tested.as_str()),
                ("protocol/tests/laws.rs", lines(900).as_str())
            ])),
            []
        );
    }

    #[test]
    fn a_function_longer_than_a_screen_is_found_and_a_test_is_not() {
        let function = |lines: usize| format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines - 2));
        let found = |path: &str, text: &str| function_length(&Repository::of(&[(path, text)]));
        assert_eq!(found("app/src/a.rs", &function(FUNCTION_LINES_MAX)), []);
        let long = format!("//! A.\n\n{}", function(FUNCTION_LINES_MAX + 1));
        assert_eq!(found("app/src/a.rs", &long)[0].place, "app/src/a.rs:3");
        assert_eq!(found("protocol/tests/laws.rs", &long), []);
        assert_eq!(found("app/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{long}}}\n")), []);
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        assert_eq!(header(&Repository::of(&[("app/src/a.rs", "fn a() {}\n")])).len(), 1);
        assert_eq!(header(&Repository::of(&[("app/src/a.rs", "//! A.\n")])), []);
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = format!("// {}: later\n", concat!("TO", "DO"));
        assert_eq!(unfinished(&Repository::of(&[("app/src/a.rs", text.as_str())]))[0].place, "app/src/a.rs:1");
    }

    #[test]
    fn machine_paths_are_found_and_addresses_are_not() {
        let found = |text: &str| machine_paths(&Repository::of(&[("README.md", text)])).len();
        assert_eq!(found(&format!("see {}someone/x", concat!("/ho", "me/"))), 1);
        assert_eq!(found("https://example.org/home/x and ./home/x"), 0);
    }

    #[test]
    fn a_lock_with_a_registry_is_found() {
        assert_eq!(lock_file(&Repository::of(&[("package-lock.json", "\"resolved\": \"x\"")])).len(), 1);
        assert_eq!(lock_file(&Repository::of(&[("package-lock.json", "{}")])), []);
    }
}
