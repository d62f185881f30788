//! Laws of key rings, of sealed texts, and of rows that are sealed again with the newest key.

use proptest::prelude::*;

use super::*;
use crate::words::limits::SWEEP_LOOK_MS;

const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const B: &str = "b:HxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn keys(text: &str) -> ContentKeys {
    ContentKeys::parse(text).unwrap()
}

fn place(row: &str) -> AssociatedData<'_> {
    AssociatedData { log: "rm:general", table: "events", column: "body", row }
}

#[test]
fn a_ring_is_what_its_owner_wrote_or_nothing() {
    assert_eq!(keys(A).current(), Some("a"));
    assert_eq!(keys(&format!(" {B} , {A}")).current(), Some("b"));
    assert_eq!(keys(&format!("{PLAIN},{A}")).current(), Some(PLAIN));
    assert!(!keys(&format!("{PLAIN},{A}")).is_on() && keys(A).is_on() && !ContentKeys::default().is_on());
    assert!(keys(A).seals() && !keys(&format!("{PLAIN},{A}")).seals() && !ContentKeys::unusable().seals());
    assert!(ContentKeys::unusable().is_on(), "there is no index where nobody knows whether there may be one");
    // Standard alphabet, with padding.
    assert_eq!(keys("a://////////////////////////////////////////8=").current(), Some("a"));
    let wrong = [
        ("", KeyRingError::Form),
        ("a", KeyRingError::Form),
        (&format!("{A},"), KeyRingError::Form),
        (&format!("{A},{PLAIN}"), KeyRingError::Form),
        (&A.replace("a:", ":"), KeyRingError::Id),
        (&A.replace("a:", "ä:"), KeyRingError::Id),
        (&A.replace("a:", "plain:"), KeyRingError::Id),
        (&A.replace("a:", "a2345678901234567:"), KeyRingError::Id),
        (&format!("{A},{A}"), KeyRingError::Twice),
        ("a:", KeyRingError::Key),
        ("a:AAEC", KeyRingError::Key),
        (&format!("{A}AA"), KeyRingError::Key),
        (&A.replace("AAEC", "A EC"), KeyRingError::Key),
    ];
    for (text, error) in wrong {
        assert_eq!(ContentKeys::parse(text).map(|_| ()), Err(error), "{text}");
    }
    let many: Vec<String> = (0..17).map(|n| A.replace("a:", &format!("k{n}:"))).collect();
    assert_eq!(ContentKeys::parse(&many.join(",")).map(|_| ()), Err(KeyRingError::Many));
    assert_eq!(format!("{:?}", keys(&format!("{A},{B}"))), "[\"a\", \"b\"]", "no key in a line");
}

#[test]
fn a_sealed_text_looks_like_this() {
    // The bytes are fixed: every later version must open stored texts.
    let sealed = keys(A).seal(place("1"), "{\"content\":\"hi\"}", &[7; NONCE_BYTES]).unwrap();
    assert_eq!(sealed, "\u{1}cfm:a:BwcHBwcHBwcHBwcHdEjFMwF7spqyvymi6DjW5t-7Dv6yfpvFTy7EdCOYYzc");
    assert_eq!(keys(A).open(place("1"), sealed).unwrap(), "{\"content\":\"hi\"}");
}

#[test]
fn what_was_sealed_before_columns_were_bound_opens_in_its_row() {
    let former = "\u{1}cfm:a:BwcHBwcHBwcHBwcHdEjFMwF7spqyvymi6DjW5mfQnbRalirf10dZ8O8N6cc";
    for column in ["body", "view"] {
        let place = AssociatedData { column, ..place("1") };
        assert_eq!(keys(A).open(place, former.to_owned()).unwrap(), "{\"content\":\"hi\"}");
    }
    assert_eq!(keys(A).open(place("2"), former.to_owned()), Err(SealError::Broken("a".into())));
}

#[test]
fn without_keys_nothing_is_stored_that_might_have_to_be_sealed() {
    let unusable = ContentKeys::unusable();
    assert_eq!(unusable.seal(place("1"), "x", &[0; NONCE_BYTES]), Err(SealError::Unusable));
    assert_eq!(unusable.seal_bytes(place("1"), b"x", &[0; NONCE_BYTES]), Err(SealError::Unusable));
    let sealed = keys(A).seal(place("1"), "x", &[0; NONCE_BYTES]).unwrap();
    assert_eq!(unusable.open(place("1"), sealed.clone()), Err(SealError::Unusable));
    assert_eq!(ContentKeys::default().open(place("1"), sealed.clone()), Err(SealError::UnknownKey("a".into())));
    assert_eq!(keys(B).open(place("1"), sealed.clone()), Err(SealError::UnknownKey("a".into())));
    let other = keys(&B.replace("b:", "a:"));
    assert_eq!(other.open(place("1"), sealed.clone()), Err(SealError::Broken("a".into())));
    for error in [SealError::Unusable, SealError::UnknownKey("a".into()), SealError::Broken("a".into())] {
        assert!(is_about_keys(&error.into()));
    }
    assert!(!is_about_keys(&crate::words::refusal::Fault("D1: no".into())));
}

#[test]
fn everything_comes_under_the_newest_key_and_nothing_is_forgotten_without_one() {
    const PARTS: u64 = 2;
    const NOW: u64 = 1_000;
    let (off, a, b) = (ContentKeys::default(), keys(A), keys(&format!("{B},{A}")));
    let new = Sweep::woken(None, &off, PARTS, NOW);
    assert!(new.is_plain(PARTS), "an object without keys has nothing to do");
    let old = Sweep::woken(None, &a, PARTS, NOW);
    let begun = Sweep { key: "a".into(), ring: "a".into(), began_at: NOW, ..Sweep::default() };
    assert_eq!(old, begun, "what was there before the keys is sealed");
    let half = old.after(SweepPortion { after: Some("7".into()), left: 1 });
    assert_eq!((half.part, half.after.as_str(), half.left), (0, "7", 1));
    for keys in [&a, &off, &ContentKeys::unusable()] {
        assert_eq!(Sweep::woken(Some(&half), keys, PARTS, NOW + 1), half, "it goes on where it was");
    }
    assert!(!half.is_plain(PARTS));
    let done = half.after(SweepPortion::default()).after(SweepPortion::default());
    assert!(done.is_done(PARTS));
    let done = Sweep { left: 0, ..done };
    assert_eq!(Sweep::woken(Some(&done), &a, PARTS, NOW + SWEEP_LOOK_MS), done);
    assert_eq!(Sweep::woken(Some(&done), &b, PARTS, NOW).key, "b");
    let opened = Sweep::woken(Some(&done), &keys(&format!("{PLAIN},{A}")), PARTS, NOW);
    assert!(opened.key == PLAIN && !opened.is_plain(PARTS));
    assert!(opened.after(SweepPortion::default()).after(SweepPortion::default()).is_plain(PARTS));
}

#[test]
fn what_nobody_could_open_is_tried_again_with_other_keys_or_after_days_and_not_at_every_waking() {
    const PARTS: u64 = 2;
    const NOW: u64 = 1_000;
    let a = keys(A);
    let swept =
        Sweep::woken(None, &a, PARTS, NOW).after(SweepPortion { after: None, left: 3 }).after(SweepPortion::default());
    assert!(swept.is_done(PARTS) && swept.left == 3);
    for now in [NOW, NOW + 1, NOW + SWEEP_LOOK_MS - 1] {
        assert_eq!(Sweep::woken(Some(&swept), &a, PARTS, now), swept, "the same keys open the same rows");
    }
    let later = NOW + SWEEP_LOOK_MS;
    let begun = Sweep { key: "a".into(), ring: "a".into(), began_at: later, ..Sweep::default() };
    assert_eq!(Sweep::woken(Some(&swept), &a, PARTS, later), begun);
    let with_former = keys(&format!("{A},{B}"));
    let again = Sweep::woken(Some(&swept), &with_former, PARTS, NOW + 1);
    assert_eq!((again.ring.as_str(), again.is_done(PARTS)), ("a,b", false), "a former key is back");
    let again = again.after(SweepPortion { after: None, left: 1 }).after(SweepPortion::default());
    assert_eq!(Sweep::woken(Some(&again), &with_former, PARTS, NOW + 2), again);
}

proptest! {
    #[test]
    fn what_is_sealed_opens_where_it_stands_and_nowhere_else(
        text in prop_oneof![".*", "\u{1}cfm:.*"], bytes in proptest::collection::vec(any::<u8>(), 0..300),
        nonce: [u8; NONCE_BYTES], (row, other) in ("[a-z0-9]{0,4}", "[a-z0-9]{0,4}"),
    ) {
        let now = keys(&format!("{A},{B}"));
        let after = keys(&format!("{B},{A}"));
        let plain = keys(&format!("{PLAIN},{A}"));
        let sealed = now.seal(place(&row), &text, &nonce).unwrap();
        prop_assert!(text.is_empty() || text.len() < 8 || !sealed.contains(&text));
        prop_assert_eq!(after.open(place(&row), sealed.clone()).unwrap(), text.clone());
        prop_assert!(now.is_current(sealed.as_bytes()) && !after.is_current(sealed.as_bytes()) && !plain.is_current(sealed.as_bytes()));
        for elsewhere in [
            AssociatedData { log: "rm:music", ..place(&row) }, AssociatedData { table: "drafts", ..place(&row) },
            AssociatedData { column: "view", ..place(&row) }, AssociatedData { log: "rm:generale", table: "vents", ..place(&row) },
            AssociatedData { table: "eventsb", column: "ody", ..place(&row) },
        ] {
            prop_assert_eq!(now.open(elsewhere, sealed.clone()), Err(SealError::Broken("a".into())));
        }
        if row != other {
            prop_assert_eq!(now.open(place(&other), sealed), Err(SealError::Broken("a".into())));
        }
        let raw = now.seal_bytes(place(&row), &bytes, &nonce).unwrap();
        prop_assert_eq!(raw.len(), bytes.len() + now.around_bytes());
        prop_assert_eq!(after.open_bytes(place(&row), raw.clone()).unwrap(), bytes.clone());
        // Any changed byte behind the mark is noticed.
        let at = nonce.iter().map(|byte| usize::from(*byte)).sum::<usize>() % (raw.len() - 7) + 7;
        let mut bent = raw;
        bent[at] ^= 1;
        prop_assert!(now.open_bytes(place(&row), bent).is_err());
        for keys in [ContentKeys::default(), plain] {
            let stored = keys.seal(place(&row), &text, &nonce).unwrap();
            prop_assert!(text.starts_with('\u{1}') || stored == text, "what nobody seals is stored as it is");
            prop_assert!(keys.is_current(stored.as_bytes()));
            prop_assert_eq!(now.open(place(&other), stored).unwrap(), text.clone(), "and read with any keys");
            let stored = keys.seal_bytes(place(&row), &bytes, &nonce).unwrap();
            prop_assert_eq!(now.open_bytes(place(&other), stored).unwrap(), bytes.clone());
        }
    }
}
