//! Discord's shape (`integrations.md` 3): `content` and `embeds`.

use super::{lines, linked, named, text, texts};
use crate::codec::json::Value;

/// Returns the text of a message.
pub(super) fn text_of(message: &Value) -> String {
    let content = text(message, "content").to_owned();
    lines([content].into_iter().chain(texts(message.get("embeds"), embed)))
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
    fn members_of_another_form_are_nothing() {
        assert_eq!(said(r#"{"content":null,"embeds":{"title":"x"}}"#), "");
        assert_eq!(said(r#"{"content":"a","embeds":[7,null,{"title":[]},{"fields":[7]}]}"#), "a");
    }
}
