//! Checks of the texts in `app/locales`: the page shows every text, because all browsers load an unused one for nothing; no text has a
//! phrase that a native writer would not use; and the marks of punctuation are those of the language. README, guides and the English privacy
//! page are checked for such phrases, too.

use std::collections::HashSet;

use serde_json::Value;

use super::Finding;
use super::source::Repository;

const TEXTS: &str = "app/locales/en.json";
/// Plural forms of a text (`app/build.rs`): a group of these is one text.
const FORM_NAMES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
/// File of settings: the label of each row is the text of the group `privacy` with its field's name.
const SETTINGS: &str = "protocol/src/people/contacts/settings.rs";

/// Static files that name texts, which the build inserts (`xtask/src/build/words.rs`).
const STATIC: [&str; 2] = ["public/manifest.webmanifest", "public/sw.js"];

/// Phrases in small letters that a native writer would not use, by language. Each of them, or its pattern, was in texts that were replaced.
const FOREIGN: [(&str, &[&str]); 3] = [
    (
        "en",
        &[
            "nobody",
            "somebody",
            "whoever",
            "is told",
            "good any more",
            "not to be had",
            "present password",
            "this look stands",
        ],
    ),
    (
        "de",
        &[
            "hat begonnen",
            "ging nicht raus",
            "wurde nicht genommen",
            "lässt dich",
            "jetziges passwort",
            "passwort ist neu",
        ],
    ),
    ("fr", &["n’est pas parti", "te laisse", "est nouveau", "ne dit ça", "est en route vers", "t’avoir dans"]),
];

/// Documents that people read besides the texts: single files, and the folder of the guides.
const DOCUMENTS: [&str; 2] = ["README.md", "app/src/pages/privacy/en.html"];
const GUIDES: &str = "docs/guides/";

/// Phrases in small letters that a native writer would not use in a document, or whose place the glossary gives to another word
/// (`ux.md` 4.13), beside the English ones of [`FOREIGN`]. Each of them was in sentences that were replaced.
const FOREIGN_IN_DOCUMENTS: [&str; 33] = [
    "everybody",
    "anybody",
    "tells what",
    "tells people",
    "is no json",
    "no text came",
    "is no single",
    "that are no",
    "a persona",
    "the persona",
    "personas",
    "a mail",
    "sends mail",
    "without mail",
    "no mail",
    "for a trial",
    "good for this",
    "still good",
    "wins over",
    "begun anew",
    "begin anew",
    "goes on in the log",
    "heals by itself",
    "waits for no",
    "wait for no",
    "stand at a time",
    "stands in the path",
    "the other way round",
    "makes them itself",
    "as far as that person",
    "whose session it is",
    "doubled",
    "what it has said",
];

/// Finds names of texts that no `t_string!`, `said!`, searched group, row of settings or static file uses.
pub fn unused(repository: &Repository) -> Vec<Finding> {
    let Some(texts) = repository.text(TEXTS) else { return Vec::new() };
    let Ok(texts) = serde_json::from_str(texts) else {
        return vec![Finding::of(TEXTS, "is no JSON")];
    };
    let mut names = Vec::new();
    collect(&texts, "", &mut names);
    let code: String = repository
        .below("app/src/", ".rs")
        .flat_map(|(_, text)| text.chars().filter(|character| !character.is_whitespace()).chain([' ']))
        .collect();
    let labels = labels(repository);
    let first = code.split("said!(").skip(1).filter_map(|after| after.split([',', ')']).next());
    let second = code.split(',').skip(1).filter_map(|after| after.split(')').next());
    let arguments: HashSet<&str> = first.chain(second).collect();
    let is_named = |name: &String| arguments.contains(name.as_str());
    // In a group that is keyed by an id, the code finds a text by its name (`app/build.rs`).
    let is_found = |name: &String| {
        let group = name.rsplit_once('.').map(|(group, _)| group.replace('.', "::"));
        group.is_some_and(|group| code.contains(&format!("names::{group}::find(")))
    };
    let files: String = STATIC.iter().filter_map(|path| repository.text(path)).collect();
    let is_written = |name: &String| {
        let group = name.rsplit_once('.').map_or("", |(group, _)| group);
        [name.as_str(), group].iter().any(|way| files.contains(&format!("{{{{ {way} }}}}")))
    };
    let is_used = |name: &String| labels.contains(name) || is_named(name) || is_found(name) || is_written(name);
    let unused = names.into_iter().filter(|name| !is_used(name));
    unused.map(|name| Finding::of(TEXTS, format!("`{name}` is used nowhere: take it out"))).collect()
}

/// Finds texts with a phrase that a native writer would not use.
pub fn foreign_phrases(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (tag, phrases) in FOREIGN {
        for (name, text) in texts_of(repository, tag) {
            let found = phrases.iter().filter(|phrase| has_phrase(&text, phrase));
            findings.extend(found.map(|phrase| {
                let advice =
                    format!("`{name}` has the phrase `{phrase}`, which is not idiomatic in `{tag}`: reword it");
                Finding::of(&path_of(tag), advice)
            }));
        }
    }
    findings
}

/// Finds documents with a phrase that a native writer would not use. Code is left out: it has identifiers and words of the wire.
pub fn foreign_phrases_of_documents(repository: &Repository) -> Vec<Finding> {
    let of_texts = FOREIGN.into_iter().filter(|(tag, _)| *tag == "en").flat_map(|(_, phrases)| phrases);
    let phrases: Vec<&str> = of_texts.copied().chain(FOREIGN_IN_DOCUMENTS).collect();
    let single = DOCUMENTS.into_iter().filter_map(|path| Some((path, repository.text(path)?)));
    let mut findings = Vec::new();
    for (path, text) in single.chain(repository.below(GUIDES, ".md")) {
        let prose = prose_of(text);
        let found = phrases.iter().filter(|phrase| has_phrase(&prose, phrase));
        findings.extend(found.map(|phrase| {
            Finding::of(path, format!("the phrase `{phrase}` is not idiomatic in a document: reword it"))
        }));
    }
    findings
}

/// Returns the words of a document with single blanks between them, without blocks of code and without code in a line.
fn prose_of(text: &str) -> String {
    let mut prose = String::new();
    let mut is_code = false;
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    // Between a pair of backticks is code; the blank in its place keeps the words around it apart.
    let outside = prose.split('`').step_by(2).collect::<Vec<&str>>().join(" ` ");
    outside.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Finds straight quotes in English texts, and marks of French texts without a no-break space.
pub fn punctuation(repository: &Repository) -> Vec<Finding> {
    let wrong = |tag: &'static str, is_wrong: fn(&str) -> bool, what: &'static str| {
        let wrong = texts_of(repository, tag).into_iter().filter(move |(_, text)| is_wrong(text));
        wrong.map(move |(name, text)| Finding::of(&path_of(tag), format!("`{name}` has {what}: {text}")))
    };
    let quotes = wrong("en", has_straight_quote, "a straight quote: write ’ or “ ”");
    quotes.chain(wrong("fr", lacks_space, "a mark without its no-break space")).collect()
}

/// Returns `true` if the text has the phrase as whole words. The phrase is in small letters.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + phrase.len()..]);
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

fn has_straight_quote(text: &str) -> bool {
    text.contains(['\'', '"'])
}

/// Returns `true` if a mark of a French text lacks its no-break space. The colon of an address or a filter (`in:salon`) has none.
fn lacks_space(text: &str) -> bool {
    let is_space = |letter: char| matches!(letter, '\u{a0}' | '\u{202f}');
    text.char_indices().any(|(at, mark)| {
        let (before, after) = (&text[..at], &text[at + mark.len_utf8()..]);
        match mark {
            ';' | '!' | '?' | '»' => !before.ends_with(is_space),
            ':' => !before.ends_with(is_space) && (after.is_empty() || after.starts_with(char::is_whitespace)),
            '«' => !after.starts_with(is_space),
            _ => false,
        }
    })
}

fn path_of(tag: &str) -> String {
    format!("app/locales/{tag}.json")
}

/// Returns all texts of a language by their names, each plural form by itself; none if the file is no JSON, which the build refuses.
fn texts_of(repository: &Repository, tag: &str) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let parsed: Option<Value> = repository.text(&path_of(tag)).and_then(|text| serde_json::from_str(text).ok());
    if let Some(value) = parsed {
        collect_texts(&value, "", &mut texts);
    }
    texts
}

fn collect_texts(value: &Value, way: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect_texts(value, &if way.is_empty() { name.clone() } else { format!("{way}.{name}") }, texts);
            }
        }
        Value::String(text) => texts.push((way.to_owned(), text.clone())),
        _ => {}
    }
}

/// Returns the labels of settings: `receipts: bool as "receipts" = …` has `privacy.receipts`.
fn labels(repository: &Repository) -> Vec<String> {
    let rows = repository.text(SETTINGS).unwrap_or_default().lines();
    let label = |line: &str| {
        let (field, rest) = line.trim_start().split_once(": ")?;
        rest.contains(" as \"").then(|| format!("privacy.{field}"))
    };
    rows.filter_map(label).collect()
}

fn collect(value: &Value, way: &str, names: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.keys().all(|name| FORM_NAMES.contains(&name.as_str())) => {
            for (name, value) in members {
                collect(value, &if way.is_empty() { name.clone() } else { format!("{way}.{name}") }, names);
            }
        }
        _ => names.push(way.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_no_code_names_is_found() {
        let texts = r#"{"a":{"b":"x","c":{"one":"1","other":"n"},"e":"w","f":"v","other":"y"},"d":"z"}"#;
        let code =
            "t_string!(i18n, a.b)\nt_string!(\n    i18n,\n    a.c,\n    count = 1)\nsaid!(a.e)said!(a.f, name = name)";
        let repository = Repository::of(&[(TEXTS, texts), ("app/src/x.rs", code)]);
        let found: Vec<String> = unused(&repository).into_iter().map(|finding| finding.text).collect();
        assert_eq!(found, ["`a.other` is used nowhere: take it out", "`d` is used nowhere: take it out"]);
    }

    #[test]
    fn a_row_of_settings_names_its_label() {
        let texts = r#"{"privacy":{"seen":"x","gone":"y"}}"#;
        let rows = "/// Note: it is seen.\n    seen: bool as \"seen\" = [true, true];\n";
        let repository = Repository::of(&[(TEXTS, texts), (SETTINGS, rows)]);
        let found: Vec<String> = unused(&repository).into_iter().map(|finding| finding.text).collect();
        assert_eq!(found, ["`privacy.gone` is used nowhere: take it out"]);
    }

    #[test]
    fn a_text_that_a_static_file_names_is_used() {
        let texts = r#"{"a":{"b":"x","c":"y"},"d":{"e":"z"}}"#;
        let files = [(TEXTS, texts), (STATIC[0], r#"{"x":"{{ a.b }}"}"#), (STATIC[1], r#"w = "{{ d }}""#)];
        let found: Vec<String> = unused(&Repository::of(&files)).into_iter().map(|finding| finding.text).collect();
        assert_eq!(found, ["`a.c` is used nowhere: take it out"]);
    }

    fn found_in(tag: &str, texts: &str, rule: fn(&Repository) -> Vec<Finding>) -> Vec<Finding> {
        rule(&Repository::of(&[(path_of(tag).as_str(), texts)]))
    }

    #[test]
    fn a_foreign_phrase_is_found_as_whole_words() {
        let texts =
            r#"{"a":{"b":"Nobody is here.","c":{"one":"fine","other":"Not whoever’s."},"d":"Busybody, nobodys"}}"#;
        let found = found_in("en", texts, foreign_phrases);
        let advice = |name: &str, phrase: &str| {
            format!("`{name}` has the phrase `{phrase}`, which is not idiomatic in `en`: reword it")
        };
        let words: Vec<String> = found.iter().map(|finding| finding.text.clone()).collect();
        assert_eq!(words, [advice("a.b", "nobody"), advice("a.c.other", "whoever")]);
        assert!(found.iter().all(|finding| finding.place == TEXTS));
        assert_eq!(found_in("de", r#"{"a":"Ein Passkey LÄSST DICH herein."}"#, foreign_phrases).len(), 1);
        assert_eq!(found_in("fr", r#"{"a":"x n’est pas parti : …"}"#, foreign_phrases).len(), 1);
    }

    #[test]
    fn a_foreign_phrase_is_found_in_a_document() {
        let found = |path: &str, text: &str| {
            let findings = foreign_phrases_of_documents(&Repository::of(&[(path, text)]));
            findings.into_iter().map(|finding| (finding.place, finding.text)).collect::<Vec<_>>()
        };
        let advice = |phrase: &str| format!("the phrase `{phrase}` is not idiomatic in a document: reword it");
        let guide = "docs/guides/a.md";
        assert_eq!(found(guide, "A frame tells\n  people so."), [(guide.to_owned(), advice("tells people"))]);
        assert_eq!(found(guide, "It reaches Nobody."), [(guide.to_owned(), advice("nobody"))]);
        let code = "Set `PERSONAS`, or `everybody`:\n```sh\necho nobody\n```\nIt is `no` longer.";
        assert!(found(guide, code).is_empty());
        for path in DOCUMENTS {
            assert_eq!(found(path, "<p>Everybody.</p>").len(), 1, "{path}");
        }
        assert!(found("docs/spec/a.md", "Everybody.").is_empty());
    }

    #[test]
    fn phrases_are_in_small_letters() {
        let mut phrases = FOREIGN.iter().flat_map(|(_, phrases)| *phrases).chain(&FOREIGN_IN_DOCUMENTS);
        assert!(phrases.all(|phrase| phrase.to_lowercase() == **phrase));
    }

    #[test]
    fn wrong_marks_are_found() {
        let found =
            |tag: &str, text: &str| found_in(tag, &serde_json::json!({ "a": text }).to_string(), punctuation).len();
        for text in ["It's here.", "a \"b\""] {
            assert_eq!(found("en", text), 1, "{text}");
        }
        assert_eq!(found("en", "It’s “here”."), 0);
        for text in ["Qui ?", "Qui?", "«\u{a0}a »", "« a\u{202f}»", "À :", "a : b"] {
            assert_eq!(found("fr", text), 1, "{text}");
        }
        for text in ["Qui\u{202f}?", "«\u{202f}a\u{202f}»\u{a0}: b", "in:salon https://a.example", "a\u{a0}:"] {
            assert_eq!(found("fr", text), 0, "{text}");
        }
    }

    #[test]
    fn a_group_that_is_searched_is_used() {
        let texts = r#"{"a":{"b":{"c":"x","d":"y"}}}"#;
        let found = |code: &str| unused(&Repository::of(&[(TEXTS, texts), ("app/src/x.rs", code)])).len();
        assert_eq!(found("names::a::b::find(key)"), 0);
        assert_eq!(found("names::a::find(key)"), 2);
    }
}
