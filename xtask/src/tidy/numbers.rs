//! Numbers that a client can feel have one place, `protocol/src/words/limits/mod.rs` with the files of its folder (and `rate.rs` for what is counted per time): a bound
//! anywhere else is found, unless it is named here as one that nobody outside feels.

use super::Finding;
use super::source::{Repository, product_code};

/// Bounds of the inside: of memory, of a platform, of a format, of how long a service is waited for.
const INSIDE: [&str; 27] = [
    // memory
    "COUNTERS_MAX",
    "GRANTS_MAX",
    "KEYS_BYTES_MAX",
    "PLACES_MAX",
    "PUBLISHERS_MAX",
    "RESOLVED_BYTES_MAX",
    "STREAM_REPLAY_BYTES_MAX",
    "STUCK_MAX",
    // the platform
    "ALARM_AT_MAX",
    "ARCHIVE_PAGES_MAX",
    "PART_BYTES_MAX",
    "TIMER_MS_MAX",
    "TTL_S_MIN",
    // formats and their standards
    "DEPTH_MAX",
    "FRACTION_DIGITS_MAX",
    "FREE_PORT_MIN",
    "GROWTH_MAX",
    "HOST_BYTES_MAX",
    "KEY_BYTES_MIN",
    "MATCH_BYTES_MIN",
    "VERSION_MAX",
    "VERSION_MIN",
    // other services, and what a line of the log keeps
    "CLIENT_CHARS_MAX",
    "DRAINED_BYTES_MAX",
    "DRAWS_MAX",
    "KEYS_MS_MAX",
    "RESOLVE_MS_MAX",
];

/// No bound outside its place.
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

fn is_exempt(path: &str) -> bool {
    const PLACES: [&str; 2] = ["protocol/src/words/limits/mod.rs", "protocol/src/words/rate.rs"];
    let is_place = PLACES.contains(&path) || path.starts_with("protocol/src/words/limits/");
    is_place || path.ends_with("tests.rs")
}

/// Name of the constant that a line makes, if it is a bound and its value a number.
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
}
