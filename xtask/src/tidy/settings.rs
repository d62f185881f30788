//! Settings of a person about other people (`settings.md` 1): the server or the page reads each of them. A switch that nothing reads does
//! nothing.

use super::Finding;
use super::source::{Repository, product_code};

const TABLE: &str = "protocol/src/people/contacts/settings.rs";
/// Macros in the table: the rows stand in the first one.
const BEGIN: &str = "macro_rules! person_settings";
const END: &str = "macro_rules! declare";
/// Folders with the code that obeys.
const READERS: [&str; 3] = ["app/src/session/", "protocol/src/", "server/src/"];

/// Finds rows of the table whose field no other product code reads. A read is `settings.<field>` or `settings_of(…).<field>`, with any name
/// that begins with `settings`.
pub fn are_obeyed(repository: &Repository) -> Vec<Finding> {
    let Some(table) = repository.text(TABLE) else { return vec![Finding::of(TABLE, "is missing")] };
    let readers: Vec<String> = READERS
        .into_iter()
        .flat_map(|folder| repository.below(folder, ".rs"))
        .filter(|(path, _)| *path != TABLE && !path.ends_with("tests.rs"))
        .map(|(_, text)| product_code(text))
        .collect();
    let mut findings = Vec::new();
    for (line, field) in rows(table) {
        if !readers.iter().any(|code| reads(code, field)) {
            let text = format!("nothing reads `settings.{field}`: nobody obeys this setting");
            findings.push(Finding::at(TABLE, line, text));
        }
    }
    findings
}

/// Returns line and field of each row.
fn rows(table: &str) -> Vec<(usize, &str)> {
    let lines = table.lines().enumerate().skip_while(|(_, line)| !line.starts_with(BEGIN));
    let mut found = Vec::new();
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with(END)) {
        let row = line.trim_start().split_once(": ").filter(|(_, rest)| rest.contains(" as \""));
        if let Some((field, _)) = row.filter(|(field, _)| !field.starts_with("//")) {
            found.push((index + 1, field));
        }
    }
    found
}

/// Returns true if code reads the field of a value of settings; an assignment is no read.
fn reads(code: &str, field: &str) -> bool {
    let needle = format!(".{field}");
    code.match_indices(&needle).any(|(at, _)| {
        let behind = &code[at + needle.len()..];
        let is_whole = !behind.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let set = behind.trim_start();
        let is_set = set.starts_with('=') && !set.starts_with("==");
        is_whole && !is_set && owner(&code[..at]).starts_with("settings")
    })
}

/// Returns the last name of an expression that ends here; for a call the name of the function.
fn owner(before: &str) -> &str {
    let mut before = before.trim_end().trim_end_matches('?');
    if before.ends_with(')') {
        let mut depth = 0;
        let open = before.char_indices().rev().find(|(_, letter)| {
            match *letter {
                ')' => depth += 1,
                '(' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        before = match open {
            Some((at, _)) => &before[..at],
            None => "",
        };
    }
    before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "macro_rules! person_settings {\n    /// Others see: a text as \"b\".\n    \
                        typing: bool as \"typing\" = [true, true];\n    winks: Audience as \"winks\" = [A, B];\n}\nmacro_rules! declare {\n    other: bool as \"other\";\n}\n";

    fn found(code: &str) -> Vec<String> {
        let files =
            [(TABLE, ROWS), ("server/src/a.rs", code), ("server/src/a_tests.rs", "settings.typing; settings.winks;")];
        are_obeyed(&Repository::of(&files)).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_setting_that_nobody_reads_is_found() {
        let (typing, winks) = (format!("{TABLE}:3"), format!("{TABLE}:4"));
        assert_eq!(found(""), [typing.clone(), winks.clone()]);
        assert_eq!(found("fn a() { if settings.typing && settings_of(&user(1))?.winks.holds(true) {} }"), [""; 0]);
        assert_eq!(found("fn a() { rules.typing; settings.typings; settings.winks }"), std::slice::from_ref(&typing));
        assert_eq!(found("fn a() { settings.typing = true; settings.winks == b }"), [typing]);
        let tests = "fn a() { settings.typing }\n#[cfg(test)]\nmod tests { fn b() { settings.winks } }\n";
        assert_eq!(found(tests), [winks]);
    }
}
