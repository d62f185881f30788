//! Sealed texts and files: key rings as operators could write them, and rows and files as a broken disk could contain them.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::trust::sealing::{AssociatedData, ContentKeys, NONCE_BYTES, PLAIN, SEED_BYTES};

use super::fuzz;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const WORDS: &[u8] = br#"{"content":"hi"}"#;
const PLACE: AssociatedData<'static> = AssociatedData { log: "rm:general", table: "events", column: "body", row: "1" };

fn ring() -> impl Strategy<Value = String> {
    let id = prop_oneof!["[a-z0-9_-]{0,17}", Just(PLAIN.to_owned()), ".{0,3}"];
    let key = prop_oneof![4 => Just(KEY.to_owned()), 1 => "[A-Za-z0-9+/_=-]{40,46}", 1 => ".{0,50}"];
    let entry =
        (id, prop_oneof![8 => Just(":"), 1 => Just("")], key).prop_map(|(id, colon, key)| format!("{id}{colon}{key}"));
    vec(prop_oneof![8 => entry, 1 => Just(PLAIN.to_owned())], 0..19).prop_map(|entries| entries.join(","))
}

#[test]
fn rings_of_keys() {
    fuzz(prop_oneof![4 => ring(), 1 => ".{0,80}"], |text| {
        let Ok(keys) = ContentKeys::parse(&text) else { return Ok(()) };
        let Some(id) = keys.current() else { return Err(TestCaseError::fail("a ring without a first key")) };
        prop_assert!(id == PLAIN || text.trim_start().starts_with(id));
        let sealed = keys.seal(PLACE, &text, &[1; NONCE_BYTES]).unwrap();
        prop_assert_eq!(sealed == text, !keys.is_on(), "a ring that is on seals");
        let shown = format!("{keys:?}");
        prop_assert!(!shown.contains(KEY));
        prop_assert_eq!(keys.open(PLACE, sealed).unwrap(), text);
        Ok(())
    });
}

/// Returns these bytes with a few others in one place.
fn bent(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    (any::<prop::sample::Index>(), vec(any::<u8>(), 0..4), 0..4_usize).prop_map(move |(at, put, gone)| {
        let mut bytes = good.clone();
        let at = at.index(bytes.len() + 1);
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, put);
        bytes
    })
}

#[test]
fn sealed_rows() {
    let keys = ContentKeys::parse(&format!("a:{KEY}")).unwrap();
    let good = keys.seal_bytes(PLACE, WORDS, &[1; NONCE_BYTES]).unwrap();
    assert!(keys.open_bytes(PLACE, good.clone()).is_ok(), "the sample itself must be good");
    let bent = bent(good);
    fuzz(prop_oneof![3 => bent, 1 => vec(any::<u8>(), 0..80)], move |bytes| {
        // Every opened value was sealed, or never was: no value is invented.
        if let Ok(opened) = keys.open_bytes(PLACE, bytes.clone()) {
            prop_assert!(opened == WORDS || bytes.ends_with(&opened));
        }
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = keys.open(PLACE, text);
        }
        Ok(())
    });
}

#[test]
fn sealed_files() {
    let keys = ContentKeys::parse(&format!("a:{KEY}")).unwrap();
    let cipher = keys.file_sealer("files/ann/1", &[1; SEED_BYTES]).unwrap().unwrap();
    let good = cipher.seal_part(0, WORDS, true).unwrap();
    assert_eq!(keys.open_file("files/ann/1", &good).unwrap(), WORDS, "the sample itself must be good");
    fuzz(prop_oneof![3 => bent(good), 1 => vec(any::<u8>(), 0..200)], move |bytes| {
        if let Ok(opened) = keys.open_file("files/ann/1", &bytes) {
            prop_assert_eq!(opened, WORDS);
        }
        Ok(())
    });
}
