//! Promises of every [`FamilyStore`] (`sign-in.md` 2), and one in memory.

use std::collections::BTreeMap;

use super::{ODD_TEXTS, family_of};
use crate::people::account::family::{Family, FamilyStore, StoredToken, TokenStatus, look, remember, rotate};
use crate::words::event::Millis;
use crate::words::limits::SEQ_MAX;
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::Fault;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("families.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! families_promises {
    ($new:expr) => {
        $crate::promises!(
            families,
            $new,
            [
                a_token_is_found_by_its_hash_with_its_family_and_its_end,
                a_token_is_found_by_its_whole_hash,
                a_token_is_stored_once,
                a_token_that_was_used_stays_used_and_others_do_not_become_it,
                a_use_of_an_unknown_token_is_none,
                a_family_is_as_it_was_saved_last,
                families_keep_apart,
                texts_of_a_family_are_kept_to_the_letter,
                the_largest_times_are_kept,
                a_remembered_browser_has_one_token_that_is_worth_a_session,
                of_two_who_show_one_token_the_second_has_stolen_it,
                a_token_dies_by_its_time_used_or_not,
                what_is_rotated_is_the_same_browser_with_another_session,
                a_token_whose_family_is_gone_is_a_fault,
            ]
        );
    };
}

/// Families in memory.
#[derive(Debug, Default)]
pub struct Memory {
    tokens: BTreeMap<String, (String, StoredToken)>,
    families: BTreeMap<String, Family>,
}

impl FamilyStore for Memory {
    fn token(&self, hash: &str) -> Result<Option<(String, StoredToken)>, Fault> {
        Ok(self.tokens.get(hash).cloned())
    }
    fn add_token(&mut self, hash: &str, family: &str, expires_at: Millis) -> Result<(), Fault> {
        if self.tokens.contains_key(hash) {
            return Err(Fault("a token is stored once".into()));
        }
        self.tokens.insert(hash.to_owned(), (family.to_owned(), StoredToken { was_used: false, expires_at }));
        Ok(())
    }
    fn use_token(&mut self, hash: &str) -> Result<(), Fault> {
        if let Some((_, stored)) = self.tokens.get_mut(hash) {
            stored.was_used = true;
        }
        Ok(())
    }
    fn family(&self, id: &str) -> Result<Option<Family>, Fault> {
        Ok(self.families.get(id).cloned())
    }
    fn save_family(&mut self, family: &Family) -> Result<(), Fault> {
        self.families.insert(family.id.clone(), family.clone());
        Ok(())
    }
}

/// The same browser after it was used at a time for a new session.
fn used(family: Family, session: &str, at: Millis) -> Family {
    let principal = Principal { session: session.to_owned(), ..family.principal.clone() };
    Family { principal, used_at: at, expires_at: at + 1_000, ..family }
}

fn worth(store: &impl FamilyStore, hash: &str, now: Millis) -> Option<TokenStatus> {
    look(store, hash, now).unwrap().map(|(_, worth)| worth)
}

// ---- rows

/// Unused, and whether or not its family is known.
pub fn a_token_is_found_by_its_hash_with_its_family_and_its_end<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.add_token("t1", "f1", 7).unwrap();
    store.add_token("t2", "f1", 8).unwrap();
    let stored = |expires_at| Ok(Some(("f1".to_owned(), StoredToken { was_used: false, expires_at })));
    assert_eq!((store.token("t1"), store.token("t2")), (stored(7), stored(8)));
}

/// Neither a part of it nor another case is one.
pub fn a_token_is_found_by_its_whole_hash<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.add_token("0123abc", "f1", 7).unwrap();
    for other in ["0123ab", "0123abcd", "0123ABC", "%", "", "f1"] {
        assert_eq!(store.token(other), Ok(None), "{other}");
    }
}

/// Also for another family: the one that it is of stays.
pub fn a_token_is_stored_once<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.add_token("t1", "f1", 7).unwrap();
    store.use_token("t1").unwrap();
    let before = store.token("t1");
    assert!(store.add_token("t1", "f2", 99).is_err());
    assert_eq!(store.token("t1"), before);
}

/// Use of a token that was rotated.
pub fn a_token_that_was_used_stays_used_and_others_do_not_become_it<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.add_token("t1", "f1", 7).unwrap();
    store.add_token("t2", "f1", 7).unwrap();
    for _ in 0..2 {
        store.use_token("t1").unwrap();
        let was_used = ["t1", "t2"].map(|hash| store.token(hash).unwrap().unwrap().1.was_used);
        assert_eq!(was_used, [true, false]);
    }
}

/// Nothing comes of it.
pub fn a_use_of_an_unknown_token_is_none<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.use_token("t1").unwrap();
    assert_eq!((store.token("t1"), look(&store, "t1", 0)), (Ok(None), Ok(None)));
}

/// All of it.
pub fn a_family_is_as_it_was_saved_last<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.family("f1"), Ok(None));
    let mut family = family_of("f1", "s1");
    store.save_family(&family).unwrap();
    assert_eq!(store.family("f1"), Ok(Some(family.clone())));
    family = Family { agent: "Safari".to_owned(), created_at: 4, ..used(family, "s2", 5) };
    family.principal.kind = UserKind::Persona;
    for _ in 0..2 {
        store.save_family(&family).unwrap();
        assert_eq!(store.family("f1"), Ok(Some(family.clone())));
    }
}

/// Also where they have one session.
pub fn families_keep_apart<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let families = [family_of("f1", "s1"), family_of("f2", "s1"), family_of("F1", "s2")];
    for family in &families {
        store.save_family(family).unwrap();
    }
    store.save_family(&used(families[0].clone(), "s3", 9)).unwrap();
    for family in &families[1..] {
        assert_eq!(store.family(&family.id), Ok(Some(family.clone())));
    }
}

/// Its id, its device, and the names of its person.
pub fn texts_of_a_family_are_kept_to_the_letter<S: FamilyStore>(new: impl Fn() -> S) {
    for text in ODD_TEXTS {
        let mut store = new();
        let mut family = Family { agent: text.to_owned(), ..family_of(text, text) };
        (family.principal.name, family.principal.avatar) = (text.to_owned(), text.to_owned());
        remember(&mut store, &family, text).unwrap();
        assert_eq!(look(&store, text, 0), Ok(Some((family, TokenStatus::Next))));
    }
}

/// Up to 2^53 - 1 (`core.md` 10).
pub fn the_largest_times_are_kept<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let mut family =
        Family { created_at: SEQ_MAX - 2, used_at: SEQ_MAX - 1, expires_at: SEQ_MAX, ..family_of("f1", "s1") };
    (family.principal.visible_from, family.principal.expires_at) = (SEQ_MAX, SEQ_MAX - 1);
    remember(&mut store, &family, "t1").unwrap();
    assert_eq!(store.family("f1"), Ok(Some(family)));
    assert_eq!(store.token("t1").unwrap().map(|(_, stored)| stored.expires_at), Some(SEQ_MAX));
}

// ---- families over them

/// No other text is worth anything.
pub fn a_remembered_browser_has_one_token_that_is_worth_a_session<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let family = family_of("f1", "s1");
    remember(&mut store, &family, "t1").unwrap();
    assert_eq!(look(&store, "t1", 1_000), Ok(Some((family, TokenStatus::Next))));
    assert_eq!((worth(&store, "t2", 1_000), worth(&store, "f1", 1_000)), (None, None));
}

/// Its successor is worth something meanwhile.
pub fn of_two_who_show_one_token_the_second_has_stolen_it<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let family = family_of("f1", "s1");
    remember(&mut store, &family, "t1").unwrap();
    rotate(&mut store, "t1", "t2", &used(family, "s2", 1_500)).unwrap();
    assert_eq!(
        (worth(&store, "t1", 1_501), worth(&store, "t2", 1_501)),
        (Some(TokenStatus::Stolen), Some(TokenStatus::Next))
    );
}

/// Each by its own.
pub fn a_token_dies_by_its_time_used_or_not<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let family = family_of("f1", "s1");
    remember(&mut store, &family, "t1").unwrap();
    rotate(&mut store, "t1", "t2", &used(family, "s2", 1_500)).unwrap();
    let worths = |now| (worth(&store, "t1", now).unwrap(), worth(&store, "t2", now).unwrap());
    assert_eq!(worths(1_999), (TokenStatus::Stolen, TokenStatus::Next));
    assert_eq!(worths(2_000), (TokenStatus::Nothing, TokenStatus::Next));
    assert_eq!(worths(2_500), (TokenStatus::Nothing, TokenStatus::Nothing));
}

/// When it was remembered first stays.
pub fn what_is_rotated_is_the_same_browser_with_another_session<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    let (mut family, mut token) = (family_of("f1", "s0"), "t0".to_owned());
    remember(&mut store, &family, &token).unwrap();
    for n in 1..=5 {
        let next = format!("t{n}");
        family = used(family, &format!("s{n}"), 1_000 + n);
        rotate(&mut store, &token, &next, &family).unwrap();
        token = next;
    }
    let (known, worth) = look(&store, &token, 1_006).unwrap().unwrap();
    assert_eq!((known.created_at, known.principal.session.as_str(), worth), (1_000, "s5", TokenStatus::Next));
    assert_eq!(known, family);
}

/// It is ours, and nobody's.
pub fn a_token_whose_family_is_gone_is_a_fault<S: FamilyStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.add_token("t1", "f1", 7).unwrap();
    assert!(look(&store, "t1", 0).is_err());
}
