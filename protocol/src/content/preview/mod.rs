//! Statements of a page about itself, for the preview of a link (`files.md` 2): title, description and picture out of its head, as
//! plain text.
//!
//! | File | Part |
//! |---|---|
//! | `charset` | bytes of a page as text |
//! | `tags` | tags of a page's head, one after the other |

mod charset;
mod tags;

use htmlize::{unescape, unescape_attribute};

use super::text::{first_graphemes, without_misleading};
use super::unseen::is_unseen;
use crate::words::limits::{LINK_DESCRIPTION_UNITS_MAX, LINK_TITLE_UNITS_MAX};
use charset::{charset_of, decoded};
use tags::{Tag, Tags};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub title: Option<String>,
    pub description: Option<String>,
    /// Address of a picture, which may be relative to the page's own.
    pub image: Option<String>,
}

/// Reads an answer whose body may be incomplete. Returns `None` if its `Content-Type` is not that of a page.
pub fn preview_of(content_type: &str, body: &[u8]) -> Option<Preview> {
    // Types and names of parameters are case-insensitive (RFC 9110 8.3.1).
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_page = matches!(essence.as_str(), "text/html" | "application/xhtml+xml");
    is_page.then(|| preview_of_html(&decoded(charset_of(content_type).as_deref(), body)))
}

/// Open Graph takes precedence over other tags.
fn preview_of_html(html: &str) -> Preview {
    let (mut page, mut graph) = (Preview::default(), Preview::default());
    for tag in Tags::of(html) {
        match tag.name.as_str() {
            "title" if page.title.is_none() => page.title = plain(&unescape(tag.inner), LINK_TITLE_UNITS_MAX),
            "meta" => read_meta(&tag, &mut page, &mut graph),
            _ => {}
        }
    }
    Preview {
        title: graph.title.or(page.title),
        description: graph.description.or(page.description),
        image: graph.image,
    }
}

fn read_meta(tag: &Tag<'_>, page: &mut Preview, graph: &mut Preview) {
    let about = tag.attribute("property").or(tag.attribute("name")).unwrap_or_default().to_ascii_lowercase();
    let (place, units_max) = match about.as_str() {
        "og:title" => (&mut graph.title, LINK_TITLE_UNITS_MAX),
        "og:description" => (&mut graph.description, LINK_DESCRIPTION_UNITS_MAX),
        "og:image" => (&mut graph.image, usize::MAX),
        "description" => (&mut page.description, LINK_DESCRIPTION_UNITS_MAX),
        _ => return,
    };
    if place.is_none() {
        *place = plain(&unescape_attribute(tag.attribute("content").unwrap_or_default()), units_max);
    }
}

/// Returns plain text of at most this many units; `None` if nothing is left.
fn plain(text: &str, units_max: usize) -> Option<String> {
    let text = without_misleading(&text.replace(char::is_whitespace, " "));
    let mut out = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    let begin = first_graphemes(&out, units_max, |grapheme| grapheme.encode_utf16().count());
    (!is_unseen(begin)).then(|| begin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> [String; 3] {
        answered("text/html", html.as_bytes())
    }

    fn answered(content_type: &str, body: &[u8]) -> [String; 3] {
        let Preview { title, description, image } = preview_of(content_type, body).expect("a page");
        [title, description, image].map(Option::unwrap_or_default)
    }

    #[test]
    fn a_page_is_one_in_capitals_and_nothing_else_is() {
        let page = Preview { title: Some("t".to_owned()), ..Preview::default() };
        for kind in ["text/html", "Text/HTML", "TEXT/HTML;CHARSET=UTF-8", " text/html ; a=b", "Application/XHTML+xml"] {
            assert_eq!(preview_of(kind, b"<title>t</title>"), Some(page.clone()), "{kind}");
        }
        for kind in ["", "text/plain", "text/htmlx", "text/html+xml", "image/png; a=text/html"] {
            assert_eq!(preview_of(kind, b"<title>t</title>"), None, "{kind}");
        }
    }

    #[test]
    fn every_named_character_is_one() {
        for (html, text) in [
            ("Caf&eacute; &ndash; &laquo;&mldr;&raquo; &hearts;", "Caf\u{e9} \u{2013} \u{ab}\u{2026}\u{bb} \u{2665}"),
            ("&CounterClockwiseContourIntegral;&NotEqualTilde;", "\u{2233}\u{2242}\u{338}"),
            // Old pages omit the semicolon, and use windows-1252 numbers.
            (
                "&copy 2026 AT&ampT &#146;s &#x93;q&#x94; &#8364",
                "\u{a9} 2026 AT&T \u{2019}s \u{201c}q\u{201d} \u{20ac}",
            ),
            ("a&nbsp;&nbsp;b &zwj; &#0; &#xd800; &#1114112;", "a b \u{200d} \u{fffd} \u{fffd} \u{fffd}"),
            ("&amp;eacute; &unknown; & &; &#; &#x;", "&eacute; &unknown; & &; &#; &#x;"),
        ] {
            assert_eq!(read(&format!("<title>{html}</title>"))[0], text, "{html}");
        }
        // In an address a name without its semicolon is a parameter.
        let image = "<meta property=og:image content='/p?a=1&copy=2&amp;b=&eacute;'>";
        assert_eq!(read(image)[2], "/p?a=1&copy=2&b=\u{e9}");
    }

    #[test]
    fn a_page_is_read_in_the_characters_it_was_written_in() {
        let privet = b"\xcf\xf0\xe8\xe2\xe5\xf2";
        let page = |head: &str, title: &[u8]| [head.as_bytes(), b"<title>", title, b"</title>"].concat();
        let long = format!("<html><head><!--{}--><META Charset=CP1251>", "x".repeat(2_000));
        for (content_type, body, title) in [
            ("text/html; charset=windows-1251", page("", privet), "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}"),
            ("Text/HTML;x=\"a;b\"; CharSet=\"Windows-1251\"", page("", b"\xcf"), "\u{41f}"),
            ("text/html", page("<meta charset='windows-1251'>", b"\xcf"), "\u{41f}"),
            (
                "text/html",
                page("<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", b"\xd0"),
                "\u{43f}",
            ),
            ("text/html", page(&long, b"\xcf"), "\u{41f}"),
            ("application/xhtml+xml", page("<?xml version='1.0' encoding='windows-1251'?>", b"\xcf"), "\u{41f}"),
            ("text/html", page("<meta charset=shift_jis>", b"\x93\xfa\x96\x7b"), "\u{65e5}\u{672c}"),
            ("text/html; charset=gb2312", page("", b"\xc4\xe3"), "\u{4f60}"),
            // The header takes precedence over the page, if it names a known encoding.
            ("text/html; charset=iso-8859-2", page("<meta charset=windows-1251>", b"\xb1"), "\u{105}"),
            ("text/html; charset=unknown", page("<meta charset=windows-1251>", b"\xcf"), "\u{41f}"),
            // ISO-8859-1 means windows-1252, and so does a missing charset.
            ("text/html; charset=iso-8859-1", page("", b"caf\xe9 \x93q\x94"), "caf\u{e9} \u{201c}q\u{201d}"),
            ("text/html", page("", b"caf\xe9"), "caf\u{e9}"),
            ("text/html", page("", "caf\u{e9}".as_bytes()), "caf\u{e9}"),
            // The page is cut within a letter.
            ("text/html", page("", "caf\u{e9}".as_bytes())[..11].to_vec(), "caf"),
            // A byte order mark takes precedence; a declaration of UTF-16 inside a page does not count.
            ("text/html; charset=windows-1251", page("\u{feff}", "\u{e9}".as_bytes()), "\u{e9}"),
            ("text/html", page("<meta charset=utf-16>", "\u{e9}".as_bytes()), "\u{e9}"),
            ("text/html", page("<meta charset=x-user-defined>", b"\xe9"), "\u{e9}"),
        ] {
            assert_eq!(answered(content_type, &body)[0], title, "{content_type} {}", String::from_utf8_lossy(&body));
        }
        let units: Vec<u8> = "\u{feff}<title>\u{43f}</title>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(answered("text/html", &units)[0], "\u{43f}");
        assert_eq!(answered("text/html; charset=utf-16be", &units[2..])[0], "\u{43f}");
    }

    #[test]
    fn a_page_of_nothing_but_beginnings_is_read_once() {
        // Half a megabyte: a search from each tag to the end would take minutes.
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
