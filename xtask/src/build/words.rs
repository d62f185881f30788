//! Texts in static files. The manifest and the service worker are static, so the build puts the texts of `app/locales` into them. There is
//! a manifest for each language, and the worker has the texts of all languages for notifications without a text.

#[allow(dead_code, reason = "the build needs the list alone")]
#[path = "../../../protocol/src/words/language.rs"]
mod language;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::{files, paths};

/// Manifest of the first language; in `public` it contains names of texts.
const MANIFEST: &str = "manifest.webmanifest";
const WORKER: &str = "sw.js";
/// Place of the texts in the worker.
const NOTIFICATION: &str = "\"{{ notification }}\"";

/// Writes the texts into a folder that is a copy of `public`.
pub fn write(made: &Path) -> Result<()> {
    let manifest: Value = serde_json::from_str(&files::read_text(&made.join(MANIFEST))?).context(MANIFEST)?;
    let mut notifications = Map::new();
    for tag in language::tags() {
        let (texts, mut manifest) = (texts(tag)?, manifest.clone());
        fill(&mut manifest, &texts)?;
        let name = if tag == language::FIRST.tag { MANIFEST.to_owned() } else { format!("manifest.{tag}.webmanifest") };
        files::write_if_changed(&made.join(name), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
        notifications.insert(tag.to_owned(), texts["notification"].clone());
    }
    let worker = files::read_text(&made.join(WORKER))?;
    ensure!(worker.contains(NOTIFICATION), "{WORKER} has no place for its words");
    let worker = worker.replace(NOTIFICATION, &Value::Object(notifications).to_string());
    files::write_if_changed(&made.join(WORKER), worker.as_bytes())
}

/// Returns the texts of a language, with its tag as `lang`.
fn texts(tag: &str) -> Result<Value> {
    let path = paths::root().join(format!("app/locales/{tag}.json"));
    let mut texts: Value = serde_json::from_str(&files::read_text(&path)?).with_context(|| format!("{tag}.json"))?;
    texts["lang"] = tag.into();
    Ok(texts)
}

/// Replaces names in double braces by their texts.
fn fill(value: &mut Value, texts: &Value) -> Result<()> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}")) {
                let found = texts.pointer(&format!("/{}", name.replace('.', "/"))).and_then(Value::as_str);
                *text = found.with_context(|| format!("there is no text {name}"))?.to_owned();
            }
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| fill(value, texts)),
        Value::Object(members) => members.values_mut().try_for_each(|value| fill(value, texts)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_in_braces_become_texts_and_a_name_without_a_text_is_an_error() {
        let texts = json!({ "a": { "b": "\"x\"" } });
        let mut file = json!({ "one": ["{{ a.b }}", 1], "two": "a.b" });
        fill(&mut file, &texts).unwrap();
        assert_eq!(file, json!({ "one": ["\"x\"", 1], "two": "a.b" }));
        assert!(fill(&mut json!("{{ a.c }}"), &texts).is_err());
    }

    #[test]
    fn every_language_has_the_words_of_the_static_files() {
        let public = paths::root().join("public");
        let manifest: Value = serde_json::from_str(&files::read_text(&public.join(MANIFEST)).unwrap()).unwrap();
        for tag in language::tags() {
            let (texts, mut manifest) = (texts(tag).unwrap(), manifest.clone());
            fill(&mut manifest, &texts).unwrap();
            assert_eq!(manifest["lang"], tag);
            assert!(!manifest.to_string().contains("{{"), "{tag}");
            assert!(texts["notification"]["message"].is_string(), "{tag}");
        }
        assert!(files::read_text(&public.join(WORKER)).unwrap().contains(NOTIFICATION));
    }
}
