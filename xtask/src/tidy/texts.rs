//! Every text of the page is shown somewhere: a name that no code uses is a text that nobody reads and everybody loads.

use serde_json::Value;

use super::Finding;
use super::source::Repository;

const TEXTS: &str = "app/locales/en.json";
/// The plural forms of a text (`app/build.rs`): a group of these is one text.
const FORM_NAMES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// Names of texts that no `t_string!` has.
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
    let is_used = |name: &String| [',', ')'].iter().any(|end| code.contains(&format!(",{name}{end}")));
    let unused = names.into_iter().filter(|name| !is_used(name));
    unused.map(|name| Finding::of(TEXTS, format!("`{name}` is used nowhere: take it out"))).collect()
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
}
