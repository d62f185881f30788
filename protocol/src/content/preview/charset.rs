//! Text of a page's bytes, in the encoding that browsers use (<https://html.spec.whatwg.org/#determining-the-character-encoding>).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::tags::{Tag, Tags, attributes_of};

/// Decodes a page: by its byte order mark, the header's `charset`, or its own declaration; else as UTF-8 if it is valid, or as windows-1252.
pub fn decoded(charset: Option<&str>, body: &[u8]) -> String {
    let of_label = |label: &str| Encoding::for_label(label.as_bytes());
    let encoding = charset.and_then(of_label).or_else(|| declared(body)).unwrap_or_else(|| guess(body));
    // The decoder handles the byte order mark. It does not learn that this is the end: if a page is cut within a letter, the letter is left
    // out.
    let mut decoder = encoding.new_decoder();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(body.len()).unwrap_or_default());
    let (_, _, _) = decoder.decode_to_string(body, &mut text, false);
    text
}

/// Returns the parameter `charset` of a `Content-Type`.
pub fn charset_of(content_type: &str) -> Option<String> {
    // A quoted value may contain the separator, so parameters are parsed one by one.
    let (_, mut rest) = content_type.split_once(';')?;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, next) = match behind.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => behind.split_at(behind.find(';').unwrap_or(behind.len())),
        };
        let name = name.rsplit(';').next().unwrap_or_default();
        if name.trim().eq_ignore_ascii_case("charset") {
            return Some(value.trim().to_owned());
        }
        rest = next;
    }
}

/// Returns the encoding that the page declares. Every encoding that can be declared like this has ASCII tags.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(body);
    let label = text.strip_prefix("<?xml").and_then(of_xml).or_else(|| Tags::of(&text).find_map(|tag| of_meta(&tag)));
    let encoding = Encoding::for_label(label?.as_bytes())?;
    // A page whose declaration is readable is not in UTF-16. `x-user-defined` means windows-1252.
    Some(if [UTF_16BE, UTF_16LE].contains(&encoding) {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    })
}

fn of_xml(declaration: &str) -> Option<String> {
    attributes_of(declaration).0.into_iter().find(|(name, _)| name == "encoding").map(|(_, value)| value)
}

fn of_meta(tag: &Tag<'_>) -> Option<String> {
    if tag.name != "meta" {
        return None;
    }
    let is_type = || tag.attribute("http-equiv").is_some_and(|about| about.eq_ignore_ascii_case("content-type"));
    let own = tag.attribute("charset").map(str::to_owned);
    own.or_else(|| charset_of(tag.attribute("content").filter(|_| is_type())?))
}

/// The end may be missing, even within a letter.
fn guess(body: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(body) {
        Err(error) if error.error_len().is_some() => WINDOWS_1252,
        _ => UTF_8,
    }
}
