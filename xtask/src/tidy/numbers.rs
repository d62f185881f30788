//! Numbers that a client can observe have one place: the files of `protocol/src/words/limits` (and `rate.rs` for counts per time). A bound
//! in another file is a finding, unless this file lists it as internal.

use std::collections::BTreeSet;

use super::Finding;
use super::source::{Repository, product_code};

/// Folder of the limits.
const LIMITS: &str = "protocol/src/words/limits/";

/// Internal bounds: of memory, the platform, formats, and waits for services.
const INSIDE: [&str; 27] = [
    // Memory
    "BACKLOGS_MAX",
    "COUNTERS_MAX",
    "GRANTS_MAX",
    "KEYS_BYTES_MAX",
    "PLACES_MAX",
    "PUBLISHERS_MAX",
    "RESOLVED_BYTES_MAX",
    "STREAM_REPLAY_BYTES_MAX",
    // Platform
    "ALARM_AT_MAX",
    "ARCHIVE_PAGES_MAX",
    "PART_BYTES_MAX",
    "TIMER_MS_MAX",
    "TTL_S_MIN",
    // Formats and their standards
    "DEPTH_MAX",
    "FRACTION_DIGITS_MAX",
    "FREE_PORT_MIN",
    "GROWTH_MAX",
    "HOST_BYTES_MAX",
    "KEY_BYTES_MIN",
    "MATCH_BYTES_MIN",
    "VERSION_MAX",
    "VERSION_MIN",
    // Other services, and lines of the log
    "CLIENT_CHARS_MAX",
    "DRAINED_BYTES_MAX",
    "DRAWS_MAX",
    "KEYS_MS_MAX",
    "RESOLVE_MS_MAX",
];

/// Finds bounds outside of their place.
pub fn bounds(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in ["protocol/src/", "server/src/"] {
        for (path, text) in repository.below(folder, ".rs").filter(|(path, _)| !is_exempt(path)) {
            for (index, line) in product_code(text).lines().enumerate() {
                if let Some(name) = bound_in(line).filter(|name| !INSIDE.contains(name)) {
                    let text = format!(
                        "`{name}`: a number that a client can feel belongs into protocol/src/words/limits/mod.rs"
                    );
                    findings.push(Finding::at(path, index + 1, text));
                }
            }
        }
    }
    findings
}

/// Finds a second constant with the name of a limit, because readers would confuse the two.
pub fn names(repository: &Repository) -> Vec<Finding> {
    let limits: BTreeSet<&str> = repository
        .below(LIMITS, ".rs")
        .flat_map(|(_, text)| text.lines().filter_map(|line| name_in(line.strip_prefix("pub const ")?)))
        .collect();
    let mut findings = Vec::new();
    for (path, text) in repository.below("", ".rs").filter(|(path, _)| !path.starts_with(LIMITS)) {
        for (index, line) in product_code(text).lines().enumerate() {
            let name = line.split_once("const ").and_then(|(_, rest)| name_in(rest));
            if let Some(name) = name.filter(|name| limits.contains(name)) {
                let text = format!("`{name}` is the name of a limit in {LIMITS}: use that one, or another name");
                findings.push(Finding::at(path, index + 1, text));
            }
        }
    }
    findings
}

/// Returns the name of a constant, which its type follows.
fn name_in(rest: &str) -> Option<&str> {
    rest.split_once(':').map(|(name, _)| name.trim())
}

fn is_exempt(path: &str) -> bool {
    path == "protocol/src/words/rate.rs" || path.starts_with(LIMITS) || path.ends_with("tests.rs")
}

/// Returns the name of a constant in a line, if it is a bound and its value a number.
fn bound_in(line: &str) -> Option<&str> {
    let (head, value) = line.split_once('=')?;
    let (before, rest) = head.split_once("const ")?;
    let name = rest.split(':').next()?.trim();
    let is_bound = name.ends_with("_MAX") || name.ends_with("_MIN");
    let is_item = before.trim().is_empty() || before.trim_start().starts_with("pub");
    (is_item && is_bound && value.trim_start().starts_with(|first: char| first.is_ascii_digit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_outside_its_place_is_found() {
        let text = "const A_MAX: usize = 5;\nconst DEPTH_MAX: u32 = 100;\npub(super) const B_MIN: u8 = 1;\nconst C_MAX: u32 = A_MAX;\n";
        let found = bounds(&Repository::of(&[
            ("protocol/src/machines/chain/a.rs", text),
            ("protocol/src/words/limits/mod.rs", text),
        ]));
        assert_eq!(
            found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(),
            ["protocol/src/machines/chain/a.rs:1", "protocol/src/machines/chain/a.rs:3"]
        );
    }

    #[test]
    fn a_second_constant_of_the_name_of_a_limit_is_found() {
        let found = names(&Repository::of(&[
            ("protocol/src/words/limits/mod.rs", "pub const A_MAX: usize = 64;\n"),
            ("app/src/store/a.rs", "const B_MAX: usize = 64;\npub const A_MAX: usize = 61;\nuse c::A_MAX;\n"),
        ]));
        assert_eq!(found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(), ["app/src/store/a.rs:2"]);
    }
}
