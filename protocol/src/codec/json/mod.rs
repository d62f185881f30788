//! JSON as the client reads and writes it: a tree for every text (`value`), and records read from it member by member (`record`).
//!
//! The server reads frames of strangers with serde, which refuses early and says why. A page reads only its own server's frames and its own
//! storage, and every visitor downloads the code: a [`record!`](crate::record) is much smaller than a derived reader.

mod record;
mod value;

pub use record::{Read, Write, member, push_member, read, write};
pub use value::Value;

/// Returns `text` as a JSON string, quotes included.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_json_text(&mut out, text);
    out
}

/// Appends `text` as a JSON string.
pub fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        // The escaped character has one byte, so `at` and `at + 1` are character borders.
        let (before, after) = rest.split_at(at);
        let (special, after) = after.split_at(1);
        out.push_str(before);
        push_escape(out, special.as_bytes()[0]);
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

/// Returns the number of bytes that `text` has as a JSON string, quotes included.
pub fn json_text_bytes(text: &str) -> usize {
    let bytes = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        ..b' ' => 6,
        _ => 1,
    };
    2 + text.bytes().map(bytes).sum::<usize>()
}

fn push_escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' => '"',
        b'\\' => '\\',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        0x08 => 'b',
        0x0c => 'f',
        _ => {
            out.push_str("\\u00");
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            return out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    };
    out.push('\\');
    out.push(short);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_written_as_serde_writes_it_and_reads_back(text in "\\PC*|[\\x00-\\x7f]*") {
            let json = json_text(&text);
            prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
            prop_assert_eq!(json.len(), json_text_bytes(&text));
            prop_assert_eq!(Value::parse(&json), Some(Value::Text(text)));
        }

        #[test]
        fn what_serde_refuses_is_refused(text in "[\\[\\]{}\",:0-9.eE+\\-tfn u\\\\a]{0,12}") {
            let by_serde = serde_json::from_str::<serde_json::Value>(&text);
            // A number out of range is the only text that serde refuses by its meaning.
            let is_number = by_serde.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
            prop_assert!(is_number || by_serde.is_ok() == Value::parse(&text).is_some(), "{}", text);
        }
    }
}
