//! Promises of the rows about watched people and watchers (`presence.md`).

use std::collections::{BTreeMap, BTreeSet};

use protocol::client::Dice;
use protocol::words::event::Millis;
use protocol::words::limits::SEQ_MAX;

use super::tables::{ListenerKind, PersonSql};
use super::tests::{NOW, TEXTS, full_tables, is_safe_to_repeat, owned, set, stored, tables, visible_as};
use crate::calls::person::VersionedView;

const KINDS: [ListenerKind; 3] = [ListenerKind::Watcher, ListenerKind::Room, ListenerKind::Session];

fn seen(version: u64, words: &str) -> VersionedView {
    VersionedView { visible: visible_as("u_bo", "busy", words), version }
}

/// Listeners that are behind, each with the number of attempts.
fn behind(sql: &PersonSql, kind: ListenerKind, version: u64, now: Millis) -> Vec<(String, u32)> {
    let behind = sql.behind(kind, version, now).unwrap();
    behind.into_iter().map(|one| (one.name, one.tries)).collect()
}

// ---- watching others

#[test]
fn somebody_is_watched_until_neither_a_wish_nor_being_contacts_asks_for_it() {
    for is_wish_first in [true, false] {
        let sql = tables();
        sql.set_wishes("device", &owned(&["u_bo"])).unwrap();
        sql.add_wishes("device", &owned(&["u_bo"]), true).unwrap();
        let end_wish = || sql.set_wishes("device", &[]).unwrap();
        let end_contact = || sql.forget_contact_wishes("u_bo").unwrap();
        if is_wish_first {
            end_wish()
        } else {
            end_contact()
        }
        assert_eq!(sql.connections_watching("u_bo"), Ok(owned(&["device"])));
        if is_wish_first {
            end_contact()
        } else {
            end_wish()
        }
        assert_eq!(sql.connections_watching("u_bo"), Ok(Vec::new()));
    }
}

#[test]
fn wishes_that_are_added_again_are_the_same_wishes() {
    let sql = tables();
    is_safe_to_repeat(&sql.0, || sql.add_wishes("device", &owned(&["u_bo", "u_kai"]), true).unwrap());
    is_safe_to_repeat(&sql.0, || sql.add_wishes("device", &owned(&["u_bo"]), false).unwrap());
}

#[test]
fn a_look_of_somebody_whom_no_device_watches_is_forgotten() {
    let sql = tables();
    for device in ["one", "two"] {
        sql.set_wishes(device, &owned(&["u_bo"])).unwrap();
    }
    sql.save_seen("u_bo", &seen(1, ""), NOW, true).unwrap();
    sql.forget_wishes("one").unwrap();
    assert!(sql.seen("u_bo").unwrap().is_some());
    sql.forget_wishes("two").unwrap();
    assert!(sql.seen("u_bo").unwrap().is_none());
}

#[test]
fn wishes_of_sockets_that_are_gone_are_found_out() {
    let sql = tables();
    for (device, wished) in [("one", "u_bo"), ("two", "u_kai")] {
        sql.set_wishes(device, &owned(&[wished])).unwrap();
        sql.save_seen(wished, &seen(1, ""), NOW, true).unwrap();
    }
    assert_eq!(sql.retain_wishes_of(&owned(&["two", "three"])), Ok(true));
    assert_eq!(sql.retain_wishes_of(&owned(&["two", "three"])), Ok(false));
    assert!(sql.seen("u_bo").unwrap().is_none() && sql.seen("u_kai").unwrap().is_some());
}

/// Model of the table of wishes: for each device and person, if the device asked, and if they are contacts.
#[derive(Default)]
struct Wishes(BTreeMap<(String, String), (bool, bool)>);

impl Wishes {
    fn add(&mut self, device: &str, user: &str, is_contact: bool) {
        let reasons = self.0.entry((device.to_owned(), user.to_owned())).or_default();
        *(if is_contact { &mut reasons.1 } else { &mut reasons.0 }) = true;
    }

    fn retain(&mut self, mut is_retained: impl FnMut(&str, &str, &mut (bool, bool))) {
        self.0.iter_mut().for_each(|((device, user), reasons)| is_retained(device, user, reasons));
        self.0.retain(|_, (asked, are_contacts)| *asked || *are_contacts);
    }
}

#[test]
fn whatever_devices_wish_and_whoever_becomes_a_contact_the_right_people_are_watched() {
    let (devices, people) = (owned(&["one", "two", "three"]), owned(&["u_a", "u_b", "u_c", "u_d"]));
    for seed in 0..20 {
        let (sql, mut dice, mut model) = (tables(), Dice::new(seed), Wishes::default());
        for _ in 0..60 {
            let device = devices[dice.up_to(2) as usize].as_str();
            let person = people[dice.up_to(3) as usize].as_str();
            let some: Vec<String> = people.iter().filter(|_| dice.chance(50)).cloned().collect();
            match dice.up_to(4) {
                0 => {
                    sql.set_wishes(device, &some).unwrap();
                    model.retain(|known, _, reasons| reasons.0 &= known != device);
                    some.iter().for_each(|user| model.add(device, user, false));
                }
                1 => {
                    sql.add_wishes(device, &some, true).unwrap();
                    some.iter().for_each(|user| model.add(device, user, true));
                }
                2 => {
                    sql.forget_wishes(device).unwrap();
                    model
                        .retain(|known, _, reasons| *reasons = if known == device { (false, false) } else { *reasons });
                }
                3 => {
                    sql.forget_contact_wishes(person).unwrap();
                    model.retain(|_, user, reasons| reasons.1 &= user != person);
                }
                _ => sql.save_seen(person, &seen(1, ""), NOW, true).unwrap(),
            }
            for user in &people {
                let watching = model.0.keys().filter(|(_, other)| other == user).map(|(device, _)| device.clone());
                assert_eq!(set(sql.connections_watching(user).unwrap()), set(watching), "seed {seed}");
            }
        }
        sql.retain_wishes_of(&devices).unwrap();
        let watched = sql.to_renew(NOW).unwrap();
        let wished: BTreeSet<&String> = model.0.keys().map(|(_, user)| user).collect();
        assert!(watched.iter().all(|user| wished.contains(user)), "seed {seed}: nobody is kept who is not wished for");
    }
}

#[test]
fn how_somebody_looks_is_the_last_that_was_heard() {
    let sql = tables();
    sql.set_wishes("device", &owned(&["u_bo"])).unwrap();
    for (version, text) in (1..).zip(TEXTS) {
        sql.save_seen("u_bo", &seen(version, text), NOW, true).unwrap();
        let saved = sql.seen("u_bo").unwrap().unwrap();
        assert_eq!((saved.version, saved.visible), (version, visible_as("u_bo", "busy", text)));
    }
    sql.forget_watched("u_bo").unwrap();
    assert!(sql.seen("u_bo").unwrap().is_none());
}

#[test]
fn what_somebody_tells_by_themselves_renews_no_lease() {
    let sql = tables();
    sql.save_seen("u_bo", &seen(1, ""), NOW, true).unwrap();
    sql.save_seen("u_bo", &seen(2, ""), NOW + 5, false).unwrap();
    assert_eq!((sql.oldest_renewal(), sql.seen("u_bo").unwrap().unwrap().version), (Ok(Some(NOW)), 2));
    sql.save_seen("u_bo", &seen(2, ""), NOW + 9, true).unwrap();
    assert_eq!(sql.oldest_renewal(), Ok(Some(NOW + 9)));
}

#[test]
fn leases_are_due_for_renewal_by_their_age() {
    let sql = tables();
    assert_eq!((sql.oldest_renewal(), sql.to_renew(SEQ_MAX)), (Ok(None), Ok(Vec::new())));
    for (user, renewed_at) in [("u_a", 10), ("u_b", 20), ("u_c", SEQ_MAX)] {
        sql.save_seen(user, &seen(1, ""), renewed_at, true).unwrap();
    }
    assert_eq!(sql.to_renew(9), Ok(Vec::new()));
    assert_eq!(set(sql.to_renew(20).unwrap()), set(owned(&["u_a", "u_b"])));
    sql.set_renewed_at("u_a", 30).unwrap();
    assert_eq!((sql.to_renew(20), sql.oldest_renewal()), (Ok(owned(&["u_b"])), Ok(Some(20))));
}

// ---- being watched

#[test]
fn a_listener_is_behind_until_it_was_told_the_version() {
    let sql = tables();
    for kind in KINDS {
        sql.listen(kind, "x", SEQ_MAX, 3).unwrap();
        assert_eq!(behind(&sql, kind, 3, NOW), []);
        assert_eq!(behind(&sql, kind, 4, NOW), [("x".to_owned(), 0)]);
        sql.mark_listener_sent(kind, "x", 4).unwrap();
        assert_eq!(behind(&sql, kind, 4, NOW), []);
    }
}

#[test]
fn a_listener_that_could_not_be_told_is_tried_later() {
    let sql = tables();
    sql.listen(ListenerKind::Watcher, "u_bo", SEQ_MAX, 0).unwrap();
    sql.delay_listener(ListenerKind::Watcher, "u_bo", NOW + 5).unwrap();
    sql.delay_listener(ListenerKind::Watcher, "u_bo", NOW + 9).unwrap();
    assert_eq!(behind(&sql, ListenerKind::Watcher, 1, NOW + 8), []);
    assert_eq!(behind(&sql, ListenerKind::Watcher, 1, NOW + 9), [("u_bo".to_owned(), 2)]);
    sql.mark_listener_sent(ListenerKind::Watcher, "u_bo", 1).unwrap();
    assert_eq!(behind(&sql, ListenerKind::Watcher, 2, NOW), [("u_bo".to_owned(), 0)], "tries are counted anew");
}

#[test]
fn a_listener_whose_lease_is_over_is_forgotten() {
    let sql = tables();
    sql.listen(ListenerKind::Watcher, "u_bo", NOW, 0).unwrap();
    sql.listen(ListenerKind::Watcher, "u_kai", NOW + 1, 0).unwrap();
    assert_eq!(behind(&sql, ListenerKind::Watcher, 1, NOW), [("u_kai".to_owned(), 0)]);
    assert_eq!(stored(&sql.0, "listeners").len(), 1);
}

#[test]
fn whoever_listens_again_begins_anew() {
    let sql = tables();
    sql.listen(ListenerKind::Watcher, "u_bo", NOW + 1, 0).unwrap();
    sql.delay_listener(ListenerKind::Watcher, "u_bo", NOW + 100).unwrap();
    is_safe_to_repeat(&sql.0, || sql.listen(ListenerKind::Watcher, "u_bo", NOW + 50, 2).unwrap());
    assert_eq!(behind(&sql, ListenerKind::Watcher, 3, NOW + 2), [("u_bo".to_owned(), 0)]);
}

#[test]
fn watchers_are_told_every_version_and_others_only_another_card() {
    let sql = tables();
    for (kind, due_at) in KINDS.into_iter().zip([30, 20, 10]) {
        sql.listen(kind, "x", SEQ_MAX, 5).unwrap();
        sql.delay_listener(kind, "x", due_at).unwrap();
    }
    assert_eq!(sql.next_listener_send_at(5, 5), Ok(None));
    assert_eq!(sql.next_listener_send_at(6, 5), Ok(Some(30)));
    assert_eq!(sql.next_listener_send_at(6, 6), Ok(Some(10)));
}

#[test]
fn rooms_in_doubt_are_told_again_and_nobody_else() {
    let sql = tables();
    for kind in KINDS {
        sql.listen(kind, "x", SEQ_MAX, SEQ_MAX).unwrap();
    }
    sql.doubt_rooms().unwrap();
    assert_eq!(KINDS.map(|kind| behind(&sql, kind, 1, 0).len()), [0, 1, 0]);
}

#[test]
fn whoever_could_not_be_told_at_the_first_try_is_counted() {
    let sql = full_tables();
    // A watcher and a room that asked for settings are behind; the contact received them at once.
    assert_eq!(sql.count_backlog(), Ok(2));
    sql.delay_contact("u_bo", NOW).unwrap();
    assert_eq!(sql.count_backlog(), Ok(3));
    sql.mark_listener_sent(ListenerKind::Watcher, "u_bo", 9).unwrap();
    sql.mark_room_sent("general", 9).unwrap();
    sql.mark_contact_sent("u_bo", 9).unwrap();
    assert_eq!(sql.count_backlog(), Ok(0));
}
