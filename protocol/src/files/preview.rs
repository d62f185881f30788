//! What a page says of itself, for the preview of a link: title, description and picture out of its head, as plain text.

use crate::limits::{LINK_DESCRIPTION_UNITS_MAX, LINK_TITLE_UNITS_MAX};
use crate::text::without_misleading;

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Its title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Address of a picture, which may be relative to the page's own.
    pub image: Option<String>,
}

/// Reads a page, of which the end may be missing. Open Graph says it better than the rest.
pub fn preview_of(html: &str) -> Preview {
    let (mut page, mut graph) = (Preview::default(), Preview::default());
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        let name_end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let (name, after) = tag.split_at(name_end);
        let name = name.to_ascii_lowercase();
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (attributes, behind) = attributes_of(after);
        rest = behind;
        match name.as_str() {
            "body" => break,
            "script" | "style" | "title" | "noscript" => {
                let end = end_of(rest, &name);
                let (inner, behind) = rest.split_at(end);
                rest = behind;
                if name == "title" && page.title.is_none() {
                    page.title = plain(inner, LINK_TITLE_UNITS_MAX);
                }
            }
            "meta" => {
                let of =
                    |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
                let about = of("property").or(of("name")).unwrap_or_default().to_ascii_lowercase();
                let content = of("content").unwrap_or_default();
                let (place, units_max) = match about.as_str() {
                    "og:title" => (&mut graph.title, LINK_TITLE_UNITS_MAX),
                    "og:description" => (&mut graph.description, LINK_DESCRIPTION_UNITS_MAX),
                    "og:image" => (&mut graph.image, usize::MAX),
                    "description" => (&mut page.description, LINK_DESCRIPTION_UNITS_MAX),
                    _ => continue,
                };
                if place.is_none() {
                    *place = plain(content, units_max);
                }
            }
            _ => {}
        }
    }
    Preview {
        title: graph.title.or(page.title),
        description: graph.description.or(page.description),
        image: graph.image,
    }
}

/// Where the element `name` ends.
fn end_of(text: &str, name: &str) -> usize {
    let ends = text.match_indices("</").map(|(at, _)| at);
    let is_it = |at: &usize| text.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name));
    ends.into_iter().find(is_it).unwrap_or(text.len())
}

/// Attributes of a tag behind its name, and what follows the tag.
fn attributes_of(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return (attributes, behind);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A sign that nothing stands before is a name of its own.
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
        if end == 0 {
            return (attributes, "");
        }
        let (name, behind) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        rest = behind.trim_start();
        let mut value = "";
        if let Some(behind) = rest.strip_prefix('=') {
            let behind = behind.trim_start();
            (value, rest) = match behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                Some(quote) => behind.get(1..).and_then(|inner| inner.split_once(quote)).unwrap_or(("", "")),
                None => {
                    behind.split_at(behind.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(behind.len()))
                }
            };
        }
        attributes.push((name, value.to_owned()));
    }
}

/// A text of a page as plain text of at most so many units; `None` when nothing is left.
fn plain(html: &str, units_max: usize) -> Option<String> {
    let text = without_misleading(&decoded(html).replace(char::is_whitespace, " "));
    let mut out = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    let (mut units, mut end) = (0, out.len());
    for (at, c) in out.char_indices() {
        units += c.len_utf16();
        if units > units_max {
            end = at;
            break;
        }
    }
    out.truncate(end);
    (!out.is_empty()).then_some(out)
}

/// Text with its references resolved, as far as anybody writes them by hand.
fn decoded(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        // The end of a name is looked for no further than names go: a page may be nothing but beginnings.
        let end = behind.bytes().take(9).position(|byte| byte == b';');
        let named = end.and_then(|end| Some((reference(behind.get(..end)?)?, behind.get(end + 1..)?)));
        (rest, _) = match named {
            Some((character, behind)) => (behind, out.push(character)),
            None => (behind, out.push('&')),
        };
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let digits = name.strip_prefix('#')?;
            digits.strip_prefix(['x', 'X']).map_or_else(|| number(digits, 10), |digits| number(digits, 16))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> [String; 3] {
        let Preview { title, description, image } = preview_of(html);
        [title, description, image].map(Option::unwrap_or_default)
    }

    #[test]
    fn a_page_of_nothing_but_beginnings_is_read_once() {
        // Half a megabyte: looking from each beginning to the end would take minutes.
        let page = format!("<title>{}</title>", "&".repeat(512 * 1024));
        assert_eq!(read(&page)[0].len(), LINK_TITLE_UNITS_MAX);
    }

    #[test]
    fn a_page_says_what_it_is() {
        let head = "<!doctype html><html><head><!-- <title>no</title> --><script>'<title>no</title>'</script>\
                    <TITLE lang=en>\n Tom &amp; Jerry&#39;s &lt;b&gt; &#x1f600; &unknown; </TITLE>\
                    <meta name=description content='About\u{202e} it'><meta name=\"viewport\" content=\"x\"/></head><body><title>no</title>";
        assert_eq!(read(head), ["Tom & Jerry's <b> 😀 &unknown;", "About it", ""]);
        let graph = "<title>t</title><meta property=og:title content=Graph><meta content=\"/p.png?a=1&amp;b=2\" property='og:image'>\
                     <meta property=\"og:title\" content=\"second\"><meta property=\"og:description\" content=\"\">";
        assert_eq!(read(graph), ["Graph", "", "/p.png?a=1&b=2"]);
    }

    #[test]
    fn what_is_broken_or_long_ends_somewhere() {
        for html in [
            "",
            "<",
            "<title",
            "<title>",
            "<meta",
            "<meta content=\"",
            "<meta = = =>",
            "<!--",
            "a<b",
            "&",
            "<meta content='x' property>",
        ] {
            assert_eq!(read(html), ["", "", ""], "{html}");
        }
        assert_eq!(read("<title>cut")[0], "cut");
        assert_eq!(read(&format!("<title>{}</title>", "😀".repeat(300)))[0].chars().count(), 100);
        assert_eq!(read("<title>a\0b\u{7}c</title>")[0], "abc");
    }
}
