//! Texts that name filters of the search (`messenger.md` 3.5).

use protocol::content::search::{Has, Query};
use protocol::words::language;
use serde_json::Value;

use crate::documents::{are_said, read};

#[test]
fn the_specification_names_every_filter() {
    let words = Has::ALL.map(|has| format!("`{}`", has.as_str())).join(", ");
    are_said(&[("docs/spec/messenger.md", format!("`has:` ({words})"))]);
}

#[test]
fn the_hint_of_every_language_names_filters_that_there_are() {
    for tag in language::tags() {
        let file: Value = serde_json::from_str(&read(&format!("app/locales/{tag}.json"))).unwrap();
        let hint = file["dialogs"]["narrower"].as_str().unwrap_or_else(|| panic!("{tag}.json has no dialogs.narrower"));
        let words = hint.split_whitespace().map(|word| word.trim_end_matches([',', '.']));
        let queries: Vec<Query> = words
            .filter(|word| ["has:", "hat:", "avec:"].iter().any(|begin| word.starts_with(begin)))
            .map(|word| word.parse().unwrap_or_else(|_| panic!("{tag}.json, dialogs.narrower: there is no {word}")))
            .collect();
        assert!(queries.iter().any(|query| !query.has.is_empty()), "{tag}.json, dialogs.narrower, names no filter");
    }
}
