//! Checks that the page shows every text: an unused text is loaded by all browsers for nothing.

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

/// Finds names of texts that no `t_string!`, searched group, row of settings or static file uses.
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
    let arguments: HashSet<&str> = code.split(',').skip(1).filter_map(|after| after.split(')').next()).collect();
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
        let texts = r#"{"a":{"b":"x","c":{"one":"1","other":"n"},"other":"y"},"d":"z"}"#;
        let code = "t_string!(i18n, a.b)\nt_string!(\n    i18n,\n    a.c,\n    count = 1)";
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

    #[test]
    fn a_group_that_is_searched_is_used() {
        let texts = r#"{"a":{"b":{"c":"x","d":"y"}}}"#;
        let found = |code: &str| unused(&Repository::of(&[(TEXTS, texts), ("app/src/x.rs", code)])).len();
        assert_eq!(found("names::a::b::find(key)"), 0);
        assert_eq!(found("names::a::find(key)"), 2);
    }
}
