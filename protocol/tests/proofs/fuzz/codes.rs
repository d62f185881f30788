//! Codes of invites, escapes of addresses and times: texts that a person types or that are part of an address.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::percent::decoded;
use protocol::people::invite::{self, CODE_BYTES};
use protocol::words::iso::{iso_utc, parse_iso, parse_iso_utc};

use super::{fuzz, like};

#[test]
fn codes_of_invites() {
    fuzz("[0-9A-Za-z-]{0,24}|\\PC{0,20}", |text| {
        if let Some(code) = invite::read_code(&text) {
            // A parsed code has its canonical form, and is parsed as itself.
            prop_assert_eq!(invite::read_code(&code), Some(code));
        }
        Ok(())
    });
    // Every spelling of a valid code is parsed as that code.
    fuzz((any::<[u8; CODE_BYTES]>(), vec(0..17_usize, 0..5)), |(random, lines)| {
        let code = invite::code(random);
        let mut written = code.to_lowercase().replace('0', "o").replace('1', "l");
        for at in lines {
            written.insert(at, '-');
        }
        prop_assert_eq!(invite::read_code(&written), Some(code));
        Ok(())
    });
}

#[test]
fn escapes_of_addresses() {
    let text = "(%[0-9a-fA-F]{2}|%[0-9a-fA-F]|%|\\+|[a-z/é])*|\\PC{0,40}";
    fuzz((text, any::<bool>()), |(text, is_query)| {
        if let Some(plain) = decoded(&text, is_query) {
            prop_assert!(plain.len() <= text.len());
            let is_bare = !(text.contains('%') || is_query && text.contains('+'));
            prop_assert!(!is_bare || plain == text);
        }
        Ok(())
    });
    // Every text can be written, with each of its bytes escaped.
    fuzz(("\\PC{0,40}", any::<bool>()), |(text, is_query)| {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        prop_assert_eq!(decoded(&escaped, is_query), Some(text));
        Ok(())
    });
}

#[test]
fn times() {
    const TIMES: &[&str] =
        &["2026-11-20T06:00:00.000Z", "2024-02-29T23:59+14:00", "1970-01-01T00:00:00-00:30", "2000-03-01"];
    assert!(TIMES.iter().all(|sample| parse_iso(sample).is_some()), "the samples themselves must be good");
    fuzz(like(TIMES), |text| {
        if let Some(at) = parse_iso(&text) {
            prop_assert_eq!(parse_iso_utc(&iso_utc(at)), Some(at));
        }
        Ok(())
    });
}
