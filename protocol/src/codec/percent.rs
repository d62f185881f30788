//! Percent-encoding, read once. What cannot be decoded is nothing: two spellings must never become one name by repair.

/// `text` without its escapes; in a query `+` is a blank. `None` for a broken escape or for what is not UTF-8 then.
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
