//! Slack's shape (`integrations.md` 3): `text`, `blocks` with rich text, and `attachments`.

use super::{lines, linked, named, scalar, text, texts};
use crate::codec::json::Value;

const DIVIDER: &str = "---";

/// Returns the text of a message. With `blocks`, the member `text` is only for notifications and is ignored.
pub(super) fn text_of(message: &Value) -> String {
    let blocks = lines(texts(message.get("blocks"), block));
    let head = if blocks.is_empty() { plain(text(message, "text")) } else { blocks };
    lines([head].into_iter().chain(texts(message.get("attachments"), attachment)))
}

fn attachment(attachment: &Value) -> String {
    let title = linked(&plain(text(attachment, "title")), text(attachment, "title_link"));
    let fields =
        texts(attachment.get("fields"), |field| named(&plain(text(field, "title")), &plain(text(field, "value"))));
    let [pretext, body] = ["pretext", "text"].map(|name| plain(text(attachment, name)));
    let blocks = texts(attachment.get("blocks"), block);
    let all = lines([pretext, title, body].into_iter().chain(fields).chain(blocks));
    if all.is_empty() { plain(text(attachment, "fallback")) } else { all }
}

fn block(block: &Value) -> String {
    match text(block, "type") {
        "divider" => DIVIDER.to_owned(),
        "context" => texts(block.get("elements"), element).join(" "),
        "image" => image(block),
        "rich_text" => lines(texts(block.get("elements"), rich_part)),
        // A header, a section, or an unknown block with a text.
        _ => {
            let own = block.get("text").map(element).unwrap_or_default();
            lines([own].into_iter().chain(texts(block.get("fields"), element)))
        }
    }
}

/// Returns the text of a text object, or of an image among texts.
fn element(element: &Value) -> String {
    if let Some(said) = scalar(element) {
        return plain(said);
    }
    match text(element, "type") {
        "image" => image(element),
        "plain_text" => unescaped(text(element, "text")),
        _ => plain(text(element, "text")),
    }
}

fn image(image: &Value) -> String {
    let title = image.get("title").map(element).unwrap_or_default();
    if title.is_empty() { unescaped(text(image, "alt_text")) } else { title }
}

// ---- Rich text

fn rich_part(part: &Value) -> String {
    match text(part, "type") {
        "rich_text_list" => rich_list(part),
        "rich_text_quote" => {
            let said = inline(part);
            lines(said.lines().map(|line| format!("> {line}")))
        }
        _ => inline(part),
    }
}

fn rich_list(list: &Value) -> String {
    let is_numbered = text(list, "style") == "ordered";
    let items = texts(list.get("elements"), inline);
    let item =
        |(at, item): (usize, String)| if is_numbered { format!("{}. {item}", at + 1) } else { format!("• {item}") };
    lines(items.into_iter().enumerate().map(item))
}

fn inline(part: &Value) -> String {
    let elements = part.get("elements").and_then(Value::as_array).into_iter().flatten();
    elements.map(inline_element).collect()
}

fn inline_element(element: &Value) -> String {
    let own = |name| text(element, name);
    match own("type") {
        "link" => linked(own("text"), own("url")),
        "user" => format!("@{}", own("user_id")),
        "usergroup" => format!("@{}", own("usergroup_id")),
        "broadcast" => format!("@{}", own("range")),
        "channel" => format!("#{}", own("channel_id")),
        "emoji" => emoji(own("unicode"), own("name")),
        "color" => own("value").to_owned(),
        "date" => own("fallback").to_owned(),
        _ => own("text").to_owned(),
    }
}

fn emoji(points: &str, name: &str) -> String {
    let point = |hex| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    let drawn: Option<String> = points.split('-').map(point).collect();
    drawn.unwrap_or_else(|| format!(":{name}:"))
}

// ---- Texts with references

/// Returns a text without Slack's references and escapes. A reference stands in angle brackets; other text in brackets stays.
fn plain(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    // Splitting at the closing bracket keeps the time linear in the length, however many opening brackets there are.
    while let Some((before, after)) = rest.split_once('>') {
        match before.rsplit_once('<') {
            Some((words, inside)) => {
                out.push_str(words);
                out.push_str(&reference(inside));
            }
            None => {
                out.push_str(before);
                out.push('>');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    unescaped(&out)
}

fn reference(inside: &str) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    let is_address = target.contains("://") || target.starts_with("mailto:") || target.starts_with("tel:");
    match target.get(..1) {
        Some("!") if label.is_empty() => format!("@{}", target.trim_start_matches('!')),
        Some("!") => label.to_owned(),
        Some("@" | "#") if label.is_empty() => target.to_owned(),
        Some(sign @ ("@" | "#")) => format!("{sign}{label}"),
        _ if is_address => linked(label, target),
        _ => format!("<{inside}>"),
    }
}

/// Decodes the three escapes of Slack.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        text_of(&Value::parse(body).unwrap())
    }

    #[test]
    fn references_and_escapes_read_as_they_are_meant() {
        for (text, read) in [
            ("see <https://ci.example/7?a=1&amp;b=2|build 7>", "see build 7 (https://ci.example/7?a=1&b=2)"),
            ("<https://ci.example>", "https://ci.example"),
            ("<https://ci.example|https://ci.example>", "https://ci.example"),
            ("<!here> <@U1|mia> <@U2> <#C1|ops> <!date^1^{date}|today>", "@here @mia @U2 #ops today"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
            ("a <b> c > d < e", "a <b> c > d < e"),
            ("<<<https://ci.example>", "<<https://ci.example"),
            ("*bold* _thin_ `code`", "*bold* _thin_ `code`"),
        ] {
            assert_eq!(plain(text), read);
        }
    }

    #[test]
    fn blocks_take_the_place_of_the_text_and_attachments_follow() {
        let body = r#"{"text":"for notifications","blocks":[{"type":"header","text":{"type":"plain_text","text":"Release"}},
            {"type":"section","text":{"type":"mrkdwn","text":"<https://a.example|notes>"},"fields":[{"type":"mrkdwn","text":"*By* mia"}]},
            {"type":"divider"},{"type":"context","elements":[{"type":"image","alt_text":"logo"},{"type":"mrkdwn","text":"at 9"}]}],
            "attachments":[{"pretext":"Also","title":"Log","title_link":"https://l.example","text":"3 lines","fields":[{"title":"Env","value":"prod"}]},
            {"fallback":"only this"}]}"#;
        let text = "Release\nnotes (https://a.example)\n*By* mia\n---\nlogo at 9\nAlso\nLog (https://l.example)\n3 lines\nEnv: prod\nonly this";
        assert_eq!(said(body), text);
        assert_eq!(said(r#"{"text":"a","blocks":[{"type":"actions"}]}"#), "a");
    }

    #[test]
    fn rich_text_keeps_its_lines() {
        let body = r#"{"blocks":[{"type":"rich_text","elements":[
            {"type":"rich_text_section","elements":[{"type":"text","text":"Hi "},{"type":"user","user_id":"U1"},{"type":"text","text":" "},
              {"type":"emoji","name":"wave","unicode":"1f44b"},{"type":"emoji","name":"own"},{"type":"link","url":"https://a.example","text":"a"}]},
            {"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},
              {"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]},
            {"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"three"}]}]},
            {"type":"rich_text_quote","elements":[{"type":"text","text":"so\nit is"}]},
            {"type":"rich_text_preformatted","elements":[{"type":"text","text":"x = 1"}]}]}]}"#;
        let text = "Hi @U1 \u{1f44b}:own:a (https://a.example)\n1. one\n2. two\n• three\n> so\n> it is\nx = 1";
        assert_eq!(said(body), text);
    }

    #[test]
    fn members_of_another_form_are_nothing() {
        assert_eq!(said(r#"{"text":[7],"blocks":"x","attachments":[null,[],{"fields":{}}]}"#), "");
        assert_eq!(
            said(r#"{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[7]}]}]}"#),
            ""
        );
    }
}
