//! Promises of the privacy settings that a room stores.

use std::collections::BTreeMap;

use protocol::people::contacts::{Audience, Hides};
use protocol::testing::{ODD_TEXTS, known};

use super::*;
use crate::objects::room::tests::{count, room, slept};

#[test]
fn wishes_outlive_a_sleep_with_all_that_is_in_them() {
    let mut store = room();
    let mut one = PrivacyRecord { is_told: true, invites: true, opened: true, ..known(7) };
    one.privacy.settings.who_can_add = Audience::Nobody;
    one.privacy.contacts = ODD_TEXTS.map(str::to_owned).into();
    one.privacy.hides = Hides::default();
    one.privacy.hides.block("user_2", 5);
    one.privacy.hides.unblock("user_2", 9);
    one.frozen = BTreeMap::from([("user_2".to_owned(), (3, 1))]);
    store.save_known("user_1", &one).unwrap();
    store.save_known("user_3", &known(0)).unwrap();
    let saved = slept(&store).known().unwrap();
    assert_eq!(saved, [("user_1".to_owned(), one), ("user_3".to_owned(), known(0))]);
}

#[test]
fn everybody_has_one_row_whatever_they_are_called() {
    let mut store = room();
    for user in ODD_TEXTS.into_iter().chain(ODD_TEXTS) {
        store.save_known(user, &known(1)).unwrap();
    }
    assert_eq!(count(&store, "people"), ODD_TEXTS.len() as u64);
    for user in ODD_TEXTS {
        store.forget_known(user).unwrap();
    }
    assert_eq!(count(&store, "people"), 0);
}

#[test]
fn a_row_that_cannot_be_read_is_a_fault_that_tells_nothing_of_it() {
    let store = room();
    exec(&store.sql, "INSERT INTO people VALUES ('user_1', '[\"secret\"]')", &[]).unwrap();
    let fault = store.known().unwrap_err();
    assert!(fault.0.starts_with("unreadable") && !fault.0.contains("secret"), "{fault}");
}

#[test]
fn a_row_of_before_there_were_all_settings_has_their_defaults() {
    let store = room();
    let old = r#"INSERT INTO people VALUES ('user_1', '{"privacy":{"version":3,"settings":{"receipts":false}},"is_told":true}')"#;
    exec(&store.sql, old, &[]).unwrap();
    let mut wanted = PrivacyRecord { is_told: true, ..known(3) };
    wanted.privacy.settings.receipts = false;
    assert_eq!(store.known(), Ok(vec![("user_1".to_owned(), wanted)]));
}
