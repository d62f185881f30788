//! Short ids: a UUID as base64url of its bytes, any other id behind a sign that base64url does not have (`messenger.md` 5.6).

/// Prefix of an id that is not a UUID in its usual form.
const WHOLE: char = '=';
const UUID_CHARS: usize = 36;
/// Characters of a short UUID: 21 with six bits each, and one with the last two.
const SHORT_CHARS: usize = 22;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns the short form of an id. Only a UUID in lower case becomes shorter, because the long form has to come back exactly.
pub fn short_id(id: &str) -> String {
    let Some(number) = uuid_number(id) else {
        return format!("{WHOLE}{id}");
    };
    let digit = |bits: u128| char::from(DIGITS[bits as usize & 63]);
    let mut short: String = (2..128).step_by(6).rev().map(|shift| digit(number >> shift)).collect();
    short.push(digit(number << 4));
    short
}

/// Returns the id of a short form; `None` for another text.
pub fn long_id(short: &str) -> Option<String> {
    if let Some(id) = short.strip_prefix(WHOLE) {
        return Some(id.to_owned());
    }
    if short.len() != SHORT_CHARS {
        return None;
    }
    let mut bits = short.bytes().map(digit_bits);
    let number = bits.by_ref().take(SHORT_CHARS - 1).try_fold(0, |number: u128, bits| Some(number << 6 | bits?))?;
    // Any other last character would be a second form of the same id.
    let last = bits.next()?.filter(|last| last & 15 == 0)?;
    Some(uuid_text(number << 2 | last >> 4))
}

fn uuid_number(id: &str) -> Option<u128> {
    if id.len() != UUID_CHARS {
        return None;
    }
    id.bytes().enumerate().try_fold(0, |number: u128, (at, byte)| match (at, byte) {
        (8 | 13 | 18 | 23, byte) => (byte == b'-').then_some(number),
        (_, b'0'..=b'9') => Some(number << 4 | u128::from(byte - b'0')),
        (_, b'a'..=b'f') => Some(number << 4 | u128::from(byte - b'a' + 10)),
        _ => None,
    })
}

fn uuid_text(number: u128) -> String {
    let mut text = String::with_capacity(UUID_CHARS);
    for (at, shift) in (0..128).step_by(4).rev().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(char::from(HEX[(number >> shift) as usize & 15]));
    }
    text
}

fn digit_bits(byte: u8) -> Option<u128> {
    Some(u128::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_uuid_is_base64url_of_its_bytes_and_comes_back(bytes: [u8; 16]) {
            let uuid = uuid_text(u128::from_be_bytes(bytes));
            let short = short_id(&uuid);
            prop_assert_eq!(&short, &BASE64_URL_SAFE_NO_PAD.encode(bytes));
            prop_assert_eq!(long_id(&short), Some(uuid));
        }

        #[test]
        fn every_id_comes_back(id in "\\PC{0,40}|[0-9A-Fa-f-]{36}|[A-Za-z0-9_-]{22}|=.{0,3}") {
            prop_assert_eq!(long_id(&short_id(&id)), Some(id));
        }

        #[test]
        fn an_id_has_one_short_form(short in "[A-Za-z0-9_-]{22}|=.{0,40}|\\PC{0,24}") {
            if let Some(id) = long_id(&short) {
                prop_assert!(short_id(&id) == short || short.starts_with(WHOLE));
            }
        }
    }
}
