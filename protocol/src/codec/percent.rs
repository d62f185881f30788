//! Percent-encoding. A text is decoded once, and refused if it is malformed: a repair could give two spellings the same meaning.

/// Returns `text` with escapes for all but the unreserved characters of RFC 3986, 2.3.
pub fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Decodes `text`; in a query `+` is a space. `None` for a broken escape, or if the result is not UTF-8.
pub fn decoded(text: &str, is_query: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                out.push((digit()? * 16 + digit()?) as u8);
            }
            b'+' if is_query => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_has_two_hexadecimal_digits() {
        assert_eq!(decoded("a%2Fb%c3%A9+", false).as_deref(), Some("a/bé+"));
        assert_eq!(decoded("a+b", true).as_deref(), Some("a b"));
        for broken in ["%", "%4", "%+1", "%-1", "% 1", "%g0", "%%41", "%ff", "%c3"] {
            assert_eq!(decoded(broken, false), None, "{broken}");
        }
    }
}
