//! Promises of every [`GroupStore`] (`people.md` 2, `core.md` 1.1).

use super::{ODD_TEXTS, member, record};
use crate::machines::room::{
    DIRECTORY, Group, GroupNotification, GroupRecord, GroupStore, Member, Membership, Role, Visibility,
};
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("group.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! group_promises {
    ($new:expr) => {
        $crate::promises!(
            group,
            $new,
            [
                a_room_is_no_group_until_it_is_made_one,
                a_record_is_the_last_that_was_saved,
                names_and_topics_are_kept_to_the_letter,
                a_member_is_kept_whatever_their_role_and_standing,
                a_member_is_the_last_that_was_saved,
                whoever_is_removed_is_not_in_it_and_may_be_removed_again,
                a_record_changes_without_its_people,
                an_erased_group_has_no_people_and_still_has_its_record_and_news,
                the_last_news_about_somebody_counts_and_begins_anew,
                news_goes_once_it_was_told_unless_something_newer_came,
                news_that_could_not_be_told_is_tried_again_later,
            ]
        );
    };
}

fn group_of<S: GroupStore>(mut store: S, people: &[&str]) -> S {
    store.save_group(&record()).unwrap();
    for user in people {
        store.save_member(&member(user)).unwrap();
    }
    store
}

fn people(store: &impl GroupStore) -> Vec<String> {
    store.group().unwrap().unwrap().members.into_keys().collect()
}

fn notifications(store: &impl GroupStore) -> Vec<(String, u64, u64, u32)> {
    let found = store.notifications().unwrap().into_iter();
    let mut found: Vec<_> =
        found.map(|GroupNotification { about, version, due_at, tries }| (about, version, due_at, tries)).collect();
    found.sort();
    found
}

/// And has no news.
pub fn a_room_is_no_group_until_it_is_made_one<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!((store.group(), store.notifications()), (Ok(None), Ok(vec![])));
    store.save_group(&record()).unwrap();
    assert_eq!(store.group(), Ok(Some(Group { record: record(), members: Default::default() })));
}

/// In every part of it.
pub fn a_record_is_the_last_that_was_saved<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    for record in [
        record(),
        GroupRecord { visibility: Visibility::Public, version: SEQ_MAX, ..record() },
        GroupRecord { topic: String::new(), is_deleted: true, made_of: "a digest".to_owned(), ..record() },
    ] {
        store.save_group(&record).unwrap();
        assert_eq!(store.group().unwrap().unwrap().record, record);
    }
}

/// So are the names of people.
pub fn names_and_topics_are_kept_to_the_letter<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    for text in ODD_TEXTS.map(str::to_owned) {
        let record = GroupRecord { name: text.clone(), topic: text.clone(), made_of: text.clone(), ..record() };
        store.save_group(&record).unwrap();
        let member = Member { name: text.clone(), by: text, ..member("user_1") };
        store.save_member(&member).unwrap();
        let group = store.group().unwrap().unwrap();
        assert_eq!((&group.record, group.find("user_1")), (&record, Some(&member)));
    }
}

/// With all that is known of them.
pub fn a_member_is_kept_whatever_their_role_and_standing<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = group_of(new(), &[]);
    let roles = [Role::Owner, Role::Admin, Role::Member].into_iter();
    let standings = [Membership::Member, Membership::Invited, Membership::Barred];
    let both = roles.flat_map(|role| standings.map(|standing| (role, standing)));
    let members = (1..).zip(both).map(|(n, (role, standing))| Member {
        role,
        standing,
        floor: SEQ_MAX - n,
        order: n,
        is_shown: n % 2 == 0,
        ..member(&format!("user_{n}"))
    });
    let members: Vec<Member> = members.collect();
    for member in &members {
        store.save_member(member).unwrap();
    }
    assert_eq!(store.group().unwrap().unwrap().members.into_values().collect::<Vec<Member>>(), members);
}

/// And all others are as before.
pub fn a_member_is_the_last_that_was_saved<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = group_of(new(), &["user_1", "user_2"]);
    let admin = Member { role: Role::Admin, name: "New".to_owned(), ..member("user_2") };
    store.save_member(&admin).unwrap();
    let group = store.group().unwrap().unwrap();
    assert_eq!((group.find("user_1"), group.find("user_2")), (Some(&member("user_1")), Some(&admin)));
    assert_eq!(group.members.len(), 2);
}

/// Others stay.
pub fn whoever_is_removed_is_not_in_it_and_may_be_removed_again<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = group_of(new(), &["user_1", "user_2"]);
    for user in ["user_2", "user_2", "nobody"] {
        store.remove_member(user).unwrap();
        assert_eq!(people(&store), ["user_1"]);
    }
}

/// Whatever becomes of it.
pub fn a_record_changes_without_its_people<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = group_of(new(), &["user_1", "user_2"]);
    store.save_group(&GroupRecord { is_deleted: true, version: 2, ..record() }).unwrap();
    assert_eq!(people(&store), ["user_1", "user_2"]);
}

/// Its id says that it is gone, until everybody was told.
pub fn an_erased_group_has_no_people_and_still_has_its_record_and_news<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = group_of(new(), &["user_1", "user_2"]);
    store.notification_add("user_1", 3, 40).unwrap();
    for _ in 0..2 {
        store.erase().unwrap();
        assert_eq!(store.group(), Ok(Some(Group { record: record(), members: Default::default() })));
        assert_eq!(notifications(&store), [("user_1".to_owned(), 3, 40, 0)]);
    }
}

/// Earlier failures do not count for the new duty.
pub fn the_last_news_about_somebody_counts_and_begins_anew<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.notification_add("user_1", 1, 10).unwrap();
    store.notification_add(DIRECTORY, 2, 20).unwrap();
    store.notification_retry("user_1", 99).unwrap();
    store.notification_add("user_1", SEQ_MAX, SEQ_MAX).unwrap();
    assert_eq!(notifications(&store), [(String::new(), 2, 20, 0), ("user_1".to_owned(), SEQ_MAX, SEQ_MAX, 0)]);
}

/// Telling again what was told is safe.
pub fn news_goes_once_it_was_told_unless_something_newer_came<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.notification_add("user_1", 5, 10).unwrap();
    store.notification_add("user_2", 5, 10).unwrap();
    store.notification_done("user_1", 4).unwrap();
    assert_eq!(notifications(&store).len(), 2, "it is newer than what was told");
    for _ in 0..2 {
        store.notification_done("user_1", 5).unwrap();
        assert_eq!(notifications(&store), [("user_2".to_owned(), 5, 10, 0)]);
    }
    store.notification_done("user_2", 9).unwrap();
    assert!(notifications(&store).is_empty());
}

/// Each failure is counted.
pub fn news_that_could_not_be_told_is_tried_again_later<S: GroupStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.notification_add("user_1", 5, 10).unwrap();
    store.notification_add("user_2", 6, 11).unwrap();
    for tries in 1..=3 {
        store.notification_retry("user_1", 100 * u64::from(tries)).unwrap();
        let own = ("user_1".to_owned(), 5, 100 * u64::from(tries), tries);
        assert_eq!(notifications(&store), [own, ("user_2".to_owned(), 6, 11, 0)]);
    }
    store.notification_retry("nobody", 1).unwrap();
    assert_eq!(notifications(&store).len(), 2);
}
