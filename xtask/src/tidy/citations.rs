//! Citations of the specification: "`presence.md` 3.1" must lead to an existing section of `docs/spec/presence.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::Repository;

const FOLDER: &str = "docs/spec/";
/// Folder of the specification in links and paths.
const LINKED: &str = "spec/";
/// Texts between two numbers of one citation.
const BETWEEN: [&str; 4] = [" and ", " to ", ", ", "–"];

/// Finds citations of missing texts and sections.
pub fn lead_somewhere(repository: &Repository) -> Vec<Finding> {
    let sections: BTreeMap<&str, BTreeSet<&str>> = repository
        .below(FOLDER, ".md")
        .map(|(path, text)| (path.trim_start_matches(FOLDER), text.lines().filter_map(number_of).collect()))
        .collect();
    let mut findings = Vec::new();
    for (path, text) in repository.all() {
        for (index, line) in text.lines().enumerate() {
            for (file, number) in cited(line) {
                let fault = match sections.get(file) {
                    Some(known) if known.contains(number) => continue,
                    Some(_) => format!("{FOLDER}{file} has no section {number}"),
                    None => format!("section {number} is cited of {file}, which is not in {FOLDER}"),
                };
                findings.push(Finding::at(path, index + 1, fault));
            }
        }
    }
    findings
}

/// Returns the number of a heading.
fn number_of(line: &str) -> Option<&str> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim_start();
    let (number, _) = leading_number(title)?;
    Some(number)
}

/// Returns the cited files of a line with the numbers of their sections.
fn cited(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices(".md") {
        let begin = line[..at].trim_end_matches(is_of_name).len();
        let is_elsewhere = line[..begin].ends_with('/') && !line[..begin].ends_with(LINKED);
        let file = &line[begin..at + ".md".len()];
        let rest = &line[at + ".md".len()..];
        let rest = rest.trim_start_matches(['`', ')']).strip_prefix(' ');
        let Some(mut rest) = rest.filter(|_| !is_elsewhere) else { continue };
        while let Some((number, after)) = leading_number(rest) {
            found.push((file, number));
            let next = BETWEEN.iter().find_map(|between| after.strip_prefix(between));
            let Some(next) = next else { break };
            rest = next;
        }
    }
    found
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-' || character == '.'
}

/// Returns a number at the beginning (`3`, `3.1` or `3.2a`), and the text that follows.
fn leading_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let letter = text[end..].starts_with(|character: char| character.is_ascii_lowercase());
    let is_word = letter && text[end + 1..].starts_with(|character: char| character.is_alphanumeric());
    let end = end + usize::from(letter);
    let number = text[..end].trim_end_matches('.');
    // Close codes have four digits.
    let has_few = number.split('.').next().is_some_and(|first| (1..=2).contains(&first.len()));
    let is_number = number.starts_with(|character: char| character.is_ascii_digit()) && has_few && !is_word;
    is_number.then(|| (number, &text[number.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text with the cited file of the test. This source has another name for it, because the rule reads this source as well.
    fn of_log(text: &str) -> String {
        text.replace("LOG", "log.md")
    }

    #[test]
    fn citations_are_read() {
        assert_eq!(
            cited(&of_log("(`LOG` 1.7, 2 and 3.2a *Names*, `push.md`).")),
            [("log.md", "1.7"), ("log.md", "2"), ("log.md", "3.2a")]
        );
        assert_eq!(
            cited(&of_log("// LOG 1.7, messenger.md 10: docs/spec/push.md 2")),
            [("log.md", "1.7"), ("messenger.md", "10"), ("push.md", "2")]
        );
        assert_eq!(cited(&of_log("…[log.md](../spec/LOG) 4")), [("log.md", "4")]);
        assert_eq!(cited(&of_log("docs/guides/LOG 1, LOG 2nd, LOG: 3, `LOG` 7, 4409")), [("log.md", "7")]);
    }

    #[test]
    fn a_text_or_section_that_is_not_there_is_found() {
        let spec = ("docs/spec/log.md", "# Core\n\n## 1. Log\n\n### 1.1 Names [ours]\n\n### 3.2a Files\n");
        let found = |text: &str| lead_somewhere(&Repository::of(&[spec, ("a.rs", of_log(text).as_str())]));
        let absent = |text: &str| [Finding::at("a.rs", 1, text)];
        assert_eq!(found("//! `LOG` 1, 1.1 and 3.2a."), []);
        assert_eq!(found("//! `LOG` 1.2.\n"), absent("docs/spec/log.md has no section 1.2"));
        assert_eq!(
            found("//! `other-LOG` 9."),
            absent("section 9 is cited of other-log.md, which is not in docs/spec/")
        );
    }
}
