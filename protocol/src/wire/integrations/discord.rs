//! Discord's shape (`integrations.md` 3): `username`, `content` and `embeds`.

use super::{lines, linked, named, text, texts};
use crate::codec::json::Value;
use crate::content::text::display_name;

pub(super) fn text_of(message: &Value) -> String {
    let content = text(message, "content").to_owned();
    lines([content].into_iter().chain(texts(message.get("embeds"), embed)))
}

/// Returns the name that the sender gives itself, if it is one by the rules of display names (`text.md` 1).
pub(super) fn name_of(message: &Value) -> Option<String> {
    display_name(text(message, "username")).ok()
}

fn embed(embed: &Value) -> String {
    let inner = |outer: &str, name: &str| embed.get(outer).map_or("", |value| text(value, name)).to_owned();
    let title = linked(text(embed, "title"), text(embed, "url"));
    let fields = texts(embed.get("fields"), |field| named(text(field, "name"), text(field, "value")));
    let head = [inner("author", "name"), title, text(embed, "description").to_owned()];
    lines(head.into_iter().chain(fields).chain([inner("footer", "text")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        text_of(&Value::parse(body).unwrap())
    }

    #[test]
    fn content_comes_before_embeds() {
        let body = r#"{"content":"Look:","embeds":[{"title":"Build 7","url":"https://ci.example/7","description":"It is green.",
            "author":{"name":"CI"},"fields":[{"name":"Branch","value":"main"},{"name":"Only a name"}],"footer":{"text":"3 min"}},
            {"description":"And more."}]}"#;
        let text =
            "Look:\nCI\nBuild 7 (https://ci.example/7)\nIt is green.\nBranch: main\nOnly a name\n3 min\nAnd more.";
        assert_eq!(said(body), text);
    }

    #[test]
    fn a_name_is_one_by_the_rules_of_names_or_none() {
        let name = |username: &str| name_of(&Value::parse(&format!(r#"{{"username":{username}}}"#)).unwrap());
        assert_eq!(name(r#"" Watch\u202edog\n ""#).as_deref(), Some("Watchdog"));
        assert_eq!(name(&format!(r#""{}""#, "x".repeat(64))).map(|name| name.len()), Some(64));
        assert_eq!(name("7").as_deref(), Some("7"));
        for none in [r#""""#, r#"" \u200b""#, "null", &format!(r#""{}""#, "x".repeat(65))] {
            assert_eq!(name(none), None, "{none}");
        }
        assert_eq!(name_of(&Value::parse("{}").unwrap()), None);
    }

    #[test]
    fn members_of_another_form_are_nothing() {
        assert_eq!(said(r#"{"content":null,"embeds":{"title":"x"}}"#), "");
        assert_eq!(said(r#"{"content":"a","embeds":[7,null,{"title":[]},{"fields":[7]}]}"#), "a");
    }
}
