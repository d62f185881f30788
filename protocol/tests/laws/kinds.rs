//! Texts that name the kinds of events (`core.md` 1.2). In Rust a new kind does not compile without its facts (`content::kinds`), from which
//! everything else follows. This law is for the texts that the compiler cannot read.

use protocol::content::kinds::NotificationKind;
use protocol::wire::openapi::document;
use protocol::words::event::Kind;
use protocol::words::limits::OperatorLimits;
use serde_json::json;

use crate::documents::{Sentence, are_said, files_below, read};

const CORE: &str = "docs/spec/core.md";
const MESSENGER: &str = "docs/spec/messenger.md";
const PUSH: &str = "docs/spec/push.md";
const WASMCHANNEL: &str = "docs/spec/wasmchannel.md";

/// The file of scenes: its actions have words of their own, which are read here.
const SCENES: &str = "protocol/src/machines/scene/read.rs";

/// Returns the words of the kinds that `is_meant` selects, in the order of their declaration.
fn words(is_meant: impl Fn(Kind) -> bool) -> Vec<&'static str> {
    Kind::ALL.into_iter().filter(|kind| is_meant(*kind)).map(Kind::as_str).collect()
}

/// Returns a list in words: "`a`, `b` or `c`".
fn listed(words: &[&str], last: &str) -> String {
    let (end, others) = words.split_last().expect("words");
    format!("`{}` {last} `{end}`", others.join("`, `"))
}

fn sentences(all: &[&str], messages: &[&str]) -> Vec<Sentence> {
    vec![
        (CORE, format!("| `kind` | string | `{}`, `bytes`", all.join("`, `"))),
        (CORE, format!("The kinds {} are *messages*", listed(messages, "and"))),
        (PUSH, format!("| `type` | {} |", listed(&NotificationKind::ALL.map(NotificationKind::as_str), "or"))),
    ]
}

/// Checks that the table below a heading has a row for each word: the first column names it.
fn have_rows(file: &str, heading: &str, words: &[&str]) {
    let text = read(file);
    let (_, section) = text.split_once(heading).unwrap_or_else(|| panic!("{file} has no heading {heading}"));
    let section = section.split("\n#").next().unwrap_or_default();
    let names: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next()).collect();
    for word in words {
        let quoted = format!("`{word}`");
        assert!(names.iter().any(|name| name.contains(&quoted)), "{file}, {heading}: no row for {word}");
    }
}

/// Returns the lines of product code that compare texts with these words, in SQL (`'chat'`) or as the pattern of a `match` (`"chat" =>`).
/// They take the words from `Kind` instead.
fn repetitions(words: &[&str]) -> Vec<String> {
    let files = ["app/src", "protocol/src", "server/src"].into_iter().flat_map(files_below);
    let sources = files.filter(|name| name.ends_with(".rs") && !name.ends_with("tests.rs") && name != SCENES);
    let mut found = Vec::new();
    for name in sources {
        let text = read(&name);
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (index, line) in product.lines().enumerate() {
            let pattern = line.split_once("=>").map_or("", |(pattern, _)| pattern);
            let is_named =
                |word: &&str| line.contains(&format!("'{word}'")) || pattern.contains(&format!("\"{word}\""));
            if words.iter().any(is_named) {
                found.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn no_text_forgets_a_kind() {
    let (all, messages) = (words(|_| true), words(Kind::is_message));
    let frames = words(|kind| kind.is_message() || kind.is_change());
    are_said(&sentences(&all, &messages));
    have_rows(MESSENGER, "### 5.3 Client frames", &frames);
    // Of messages with words, packets have the words. One row of the table says so.
    let packets = words(|kind| kind == Kind::Chat || kind.effect().is_some() || kind.is_change());
    have_rows(WASMCHANNEL, "### 3.4 Mapping to the room log", &packets);

    let types: Vec<&str> = all.iter().copied().chain(["hidden"]).collect();
    let document = document(&OperatorLimits::DEFAULT);
    assert_eq!(document["components"]["schemas"]["Message"]["properties"]["type"]["enum"], json!(types));

    let repetitions = repetitions(&messages);
    assert!(repetitions.is_empty(), "texts that repeat words of `Kind`: {repetitions:#?}");
}
