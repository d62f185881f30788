//! Promises of blocks and settings (`settings.md` 1, `messenger.md` 4): their rows, the recipients of changes, and the effect for others.

use protocol::people::contacts::{Audience, Writers};
use protocol::words::limits::SEQ_MAX;
use protocol::words::status::{OFFLINE, Status};

use super::*;
use crate::kit::sql::older::contents;
use crate::kit::trace::Trace;
use crate::objects::person::tables::ListenerKind;
use crate::objects::person::tests::{DIRECT, GROUP, NOW, leaves_no_trace, mia, relate, stored, user};

fn blocks(other: &str, is_blocked: bool) -> BlockCall {
    let trace = Trace { address: "192.0.2.0/24".to_owned(), request: "r1".to_owned() };
    BlockCall { other: user(other), is_blocked, trace }
}

/// True if it was a change.
fn block(memory: &mut PersonMemory, other: &str, is_blocked: bool, now: Millis) -> Result<bool, Refusal> {
    block_in(memory, &blocks(other, is_blocked), now).unwrap().map(|changed| changed.is_some())
}

fn change(field: impl FnOnce(&mut SettingsChange)) -> SettingsChange {
    let mut change = SettingsChange::default();
    field(&mut change);
    change
}

/// Acts in the rows of operation.
fn acts(memory: &PersonMemory) -> Vec<String> {
    stored(&memory.sql.0, "audit")
}

/// A person who is visible with this status text.
fn seen(words: &str) -> PersonMemory {
    let mut memory = mia();
    memory.person.begin(NOW, "Mia", "cat", words, Status::Online);
    memory.person.arrive(NOW, 1, "s1");
    memory
}

/// The person goes offline visibly.
fn leave(memory: &mut PersonMemory, now: Millis) {
    let _ = memory.person.end_session(now, "s1");
    let _ = memory.person.leave_at_once(now);
    memory.store().unwrap();
}

fn behind(memory: &PersonMemory) -> Vec<String> {
    let version = memory.person.record().privacy;
    memory.sql.rooms_behind(version, NOW).unwrap().into_iter().map(|room| room.name).collect()
}

// ---- blocks

#[test]
fn whoever_is_blocked_sees_that_the_person_went_and_nothing_later() {
    let mut memory = seen("before");
    assert_eq!(block(&mut memory, "u_eve", true, NOW + 5), Ok(true));
    memory.person.begin(NOW + 9, "Mia", "dog", "after", Status::Busy);
    let (eve, bo) = (memory.views().unwrap().to("u_eve"), memory.views().unwrap().to("u_bo"));
    assert_eq!((eve.status.as_str(), eve.avatar_id.as_str(), eve.since), (OFFLINE, "cat", NOW + 5));
    assert_eq!((bo.status.as_str(), bo.personal_message.as_str()), ("busy", "after"));
}

#[test]
fn a_block_that_is_there_already_changes_nothing() {
    let mut memory = seen("");
    for (is_blocked, is_changed) in [(false, false), (true, true), (true, false), (false, true), (false, false)] {
        let before = contents(&memory.sql.0);
        assert_eq!(block(&mut memory, "u_eve", is_blocked, NOW), Ok(is_changed));
        assert_eq!(contents(&memory.sql.0) != before, is_changed);
    }
}

#[test]
fn blocks_and_their_ends_are_acts_with_where_they_came_from() {
    let mut memory = seen("");
    block(&mut memory, "u_eve", true, NOW).unwrap();
    block(&mut memory, "u_eve", false, NOW + 5).unwrap();
    let row = |place: u64, ts: u64, action: &str| {
        format!("{place}, {ts}, 'u_mia', '{action}', 'u_eve', '192.0.2.0/24', 'r1', 'ok', 0")
    };
    assert_eq!(acts(&memory), [row(1, NOW, "block"), row(2, NOW + 5, "unblock")]);
}

#[test]
fn so_many_people_can_be_blocked_and_more_when_somebody_no_longer_is() {
    let mut memory = mia();
    for n in 0..BLOCKS_MAX {
        block(&mut memory, &format!("u_{n}"), true, NOW).unwrap();
    }
    let before = contents(&memory.sql.0);
    assert_eq!(block(&mut memory, "u_more", true, NOW).unwrap_err().field(), Some("userId"));
    assert_eq!(block(&mut memory, "u_0", true, NOW), Ok(false), "who is blocked is blocked");
    assert_eq!(contents(&memory.sql.0), before);
    block(&mut memory, "u_0", false, NOW).unwrap();
    assert_eq!(block(&mut memory, "u_more", true, NOW), Ok(true));
}

#[test]
fn what_was_written_in_a_block_is_hidden_for_good() {
    let mut memory = mia();
    block(&mut memory, "u_eve", true, NOW).unwrap();
    block(&mut memory, "u_eve", false, NOW + 9).unwrap();
    let hides = memory.sql.hides().unwrap();
    let hidden = [NOW - 1, NOW, NOW + 8, NOW + 9].map(|ts| hides.covers("u_eve", ts));
    assert_eq!((hidden, hides.blocks("u_eve")), ([false, true, true, false], false));
}

#[test]
fn a_request_of_somebody_who_is_blocked_is_declined_unseen() {
    let mut memory = mia();
    relate(&memory.sql, "u_eve", Relation::Request);
    block(&mut memory, "u_eve", true, NOW).unwrap();
    assert_eq!(memory.sql.relation("u_eve"), Ok(Relation::Stranger));
    assert!(memory.sql.contacts().unwrap().is_empty());
}

#[test]
fn a_contact_who_is_blocked_stays_one() {
    let mut memory = mia();
    relate(&memory.sql, "u_eve", Relation::Contact);
    block(&mut memory, "u_eve", true, NOW).unwrap();
    assert_eq!(memory.sql.relation("u_eve"), Ok(Relation::Contact));
}

#[test]
fn whoever_is_blocked_again_while_nobody_is_there_goes_on_to_see_what_they_saw() {
    let mut memory = seen("then");
    block(&mut memory, "u_eve", true, NOW).unwrap();
    leave(&mut memory, NOW + 1);
    block(&mut memory, "u_eve", false, NOW + 2).unwrap();
    let between = memory.views().unwrap().to("u_eve");
    block(&mut memory, "u_eve", true, NOW + 3).unwrap();
    assert_eq!((memory.views().unwrap().to("u_eve"), between.since), (between, NOW));
}

#[test]
fn the_end_of_a_block_is_not_seen_before_the_person_is() {
    let mut memory = seen("then");
    block(&mut memory, "u_eve", true, NOW).unwrap();
    leave(&mut memory, NOW + 1);
    memory.store().unwrap();
    let blocked = memory.views().unwrap().to("u_eve");
    block(&mut memory, "u_eve", false, NOW + 2).unwrap();
    assert_eq!(memory.views().unwrap().to("u_eve"), blocked);
    memory.person.arrive(NOW + 9, 2, "s2");
    memory.store().unwrap();
    assert_eq!(memory.views().unwrap().to("u_eve").status, "online");
    assert_eq!(memory.sql.lifted_views().map(|views| views.len()), Ok(0), "with another status it is done with");
}

#[test]
fn a_block_that_does_not_commit_leaves_no_trace() {
    let mut memory = seen("words");
    let sql = memory.sql.clone();
    leaves_no_trace(&sql.0, || {
        block(&mut memory, "u_eve", true, NOW).unwrap();
    });
}

// ---- settings

#[test]
fn until_the_person_says_otherwise_the_settings_of_their_kind_hold() {
    let memory = mia();
    assert_eq!(settings_in(&memory), Ok(Settings::default()));
    assert_eq!(stored(&memory.sql.0, "kept"), Vec::<String>::new());
}

#[test]
fn a_change_touches_what_it_names_and_is_news_once() {
    let mut memory = mia();
    let off = change(|change| change.receipts = Some(false));
    assert!(change_in(&mut memory, &off).unwrap().is_some());
    assert!(change_in(&mut memory, &off).unwrap().is_none());
    assert!(change_in(&mut memory, &SettingsChange::default()).unwrap().is_none());
    assert_eq!(settings_in(&memory), Ok(Settings { receipts: false, ..Settings::default() }));
}

#[test]
fn every_change_has_a_version_of_its_own() {
    let mut memory = mia();
    let before = memory.person.record().privacy;
    change_in(&mut memory, &change(|change| change.typing = Some(false))).unwrap();
    block(&mut memory, "u_eve", true, NOW).unwrap();
    block(&mut memory, "u_eve", true, NOW).unwrap();
    assert_eq!(memory.person.record().privacy, before + 2);
}

#[test]
fn those_who_watch_are_told_where_others_see_the_person_otherwise() {
    let mut memory = seen("");
    let has_new_view =
        |memory: &mut PersonMemory, asked: &SettingsChange| change_in(memory, asked).unwrap().unwrap().card;
    assert!(!has_new_view(&mut memory, &change(|change| change.typing = Some(false))));
    assert!(has_new_view(&mut memory, &change(|change| change.who_sees_picture = Some(Audience::Nobody))));
}

#[test]
fn rooms_where_the_person_is_are_behind_from_the_first_change_on() {
    let mut memory = mia();
    memory.sql.listen(ListenerKind::Room, "general", SEQ_MAX, 0).unwrap();
    assert_eq!(behind(&memory), Vec::<String>::new());
    change_in(&mut memory, &change(|change| change.receipts = Some(false))).unwrap();
    assert_eq!(behind(&memory), ["general"]);
}

// ---- what others learn

#[test]
fn a_direct_conversation_knows_of_its_two_people_alone_and_a_group_of_all() {
    let mut memory = mia();
    for other in ["u_bo", "u_kai"] {
        relate(&memory.sql, other, Relation::Contact);
        block(&mut memory, other, true, NOW).unwrap();
    }
    let of = |room: &str| privacy_for(&memory, &user("u_mia"), room).unwrap();
    let blocked = |privacy: &Privacy| ["u_bo", "u_kai"].map(|other| privacy.hides.blocks(other));
    assert_eq!((of(DIRECT).contacts.len(), blocked(&of(DIRECT))), (1, [true, false]));
    assert_eq!((of(GROUP).contacts.len(), blocked(&of(GROUP))), (2, [true, true]));
    assert_eq!(of(GROUP).version, memory.person.record().privacy);
}

#[test]
fn others_stand_to_the_person_as_they_are_known() {
    let mut memory = mia();
    relate(&memory.sql, "u_bo", Relation::Contact);
    relate(&memory.sql, "u_kai", Relation::Request);
    block(&mut memory, "u_eve", true, NOW).unwrap();
    let others = ["u_bo", "u_kai", "u_eve"].map(user);
    let standing = |memory: &PersonMemory| standing_in(memory, &others).unwrap();
    let of = |is_contact, is_blocked, may_write| ContactStanding { is_contact, is_blocked, may_write };
    assert_eq!(standing(&memory), [of(true, false, true), of(false, false, false), of(false, true, false)]);
    change_in(&mut memory, &change(|change| change.who_can_write = Some(Writers::Everyone))).unwrap();
    assert_eq!(standing(&memory), [of(true, false, true), of(false, false, true), of(false, true, true)]);
}

#[test]
fn a_time_zone_is_told_to_those_who_may_write() {
    let memory = mia();
    memory.sql.save_zone("Europe/Berlin").unwrap();
    relate(&memory.sql, "u_bo", Relation::Contact);
    assert_eq!(["u_bo", "u_kai"].map(|by| zone_for(&memory, by).unwrap()), ["Europe/Berlin", ""]);
}

#[test]
fn whoever_is_blocked_is_told_the_time_zone_of_then_as_long_as_any_is_told() {
    let mut memory = mia();
    memory.sql.save_zone("Europe/Berlin").unwrap();
    relate(&memory.sql, "u_eve", Relation::Contact);
    block(&mut memory, "u_eve", true, NOW).unwrap();
    memory.sql.save_zone("Asia/Tokyo").unwrap();
    assert_eq!(zone_for(&memory, "u_eve").as_deref(), Ok("Europe/Berlin"));
    memory.sql.save_zone("").unwrap();
    assert_eq!(zone_for(&memory, "u_eve").as_deref(), Ok(""));
}
