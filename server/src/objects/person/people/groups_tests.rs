//! Promises of the copy of a person's groups (`people.md` 2): late notifications change nothing, an open invitation stays, and places are
//! counted.

use protocol::codec::json::Value;
use protocol::machines::room::Role;
use protocol::people::contacts::{Audience, Hides, Settings};
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::jobs::all;
use crate::kit::sql;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tables::group_tables::PLACE_RESERVED_MS;
use crate::objects::person::tables::push_tables::{self, count};
use crate::objects::person::tests::{
    DIRECT, GROUP, NOW, TEXTS, is_safe_to_repeat, leaves_no_trace, message, mia, owned, relate, remembered, stored,
    tables, user,
};

fn membership_call(version: u64, standing: Option<Membership>) -> MembershipCall {
    MembershipCall {
        room: GROUP.to_owned(),
        version,
        standing,
        role: Role::Member,
        name: "Crew".to_owned(),
        by: "u_bo".to_owned(),
        by_name: "Bo".to_owned(),
        room_json: "{}".to_owned(),
        is_private: false,
    }
}

/// Type of the frame for the person's devices; an invitation is marked.
fn frame_for(memory: &PersonMemory, call: &MembershipCall, now: Millis) -> Option<String> {
    let frame = Value::parse(&take(memory, call, now).unwrap()?).unwrap();
    let kind = frame.get("type").unwrap().as_str().unwrap();
    Some(if frame.get("pending").is_some() { format!("{kind} pending") } else { kind.to_owned() })
}

fn asks(by: &str, room: &str) -> AdmitCall {
    AdmitCall { by: user(by), room: room.to_owned() }
}

/// `Some(true)` where the person is asked, `Some(false)` where they are let in, `None` where there is no place.
fn admission(memory: &PersonMemory, by: &str, room: &str, now: Millis) -> Option<bool> {
    admitted(memory, &asks(by, room), now).unwrap().map(|admitted| admitted.is_asked)
}

/// Adds groups of this standing.
fn fill(sql: &PersonSql, standing: &str, count: usize) {
    for n in 0..count {
        let query = "INSERT INTO groups VALUES (?, 1, ?, '', '', '', 5, 0, 0, 0)";
        sql::exec(&sql.0, query, &[format!("grp_{standing}{n}").as_str().into(), standing.into()]).unwrap();
    }
}

/// A person with a contact, who may add them to groups.
/// Groups that the person declines, or leaves.
fn declined(memory: &PersonMemory) -> Vec<String> {
    all::<group_calls::GroupCall>(&memory.sql.0).unwrap().into_iter().map(|(room, _)| room).collect()
}

fn with_contact() -> PersonMemory {
    let memory = mia();
    relate(&memory.sql, "u_bo", Relation::Contact);
    memory
}

fn block(memory: &PersonMemory, other: &str) {
    let mut hides = Hides::default();
    hides.block(other, NOW);
    memory.sql.save_hides(&hides).unwrap();
}

fn listed(sql: &PersonSql) -> Vec<(String, bool)> {
    sql.groups().unwrap().into_iter().map(|row| (row.room, row.is_pending)).collect()
}

// ---- news of a group

#[test]
fn a_group_that_the_person_is_in_reads_back_as_it_was_told() {
    let memory = mia();
    for (version, text) in (1..).zip(TEXTS) {
        let call = MembershipCall {
            name: text.to_owned(),
            by_name: text.to_owned(),
            ..membership_call(version, Some(Membership::Member))
        };
        take(&memory, &call, SEQ_MAX).unwrap();
        let GroupRow { room, is_pending, name, by, by_name, .. } = memory.sql.groups().unwrap().pop().unwrap();
        assert_eq!(
            (room.as_str(), is_pending, name.as_str(), by.as_str(), by_name.as_str()),
            (GROUP, false, text, "u_bo", text)
        );
        assert_eq!(memory.sql.group_name(GROUP), Ok(Some(text.to_owned())));
    }
}

#[test]
fn devices_learn_of_each_change_once() {
    let memory = mia();
    let member = Some(Membership::Member);
    for (version, standing, frame) in [
        (1, Some(Membership::Invited), Some("room_added pending")),
        (2, Some(Membership::Invited), None),
        (3, member, Some("room_added")),
        (4, member, None),
        (5, None, Some("room_removed")),
        (6, None, None),
        (7, member, Some("room_added")),
    ] {
        assert_eq!(frame_for(&memory, &membership_call(version, standing), NOW).as_deref(), frame, "version {version}");
    }
}

#[test]
fn news_that_come_again_or_late_change_nothing() {
    let memory = mia();
    take(&memory, &membership_call(SEQ_MAX, None), NOW).unwrap();
    let before = stored(&memory.sql.0, "groups");
    for version in [SEQ_MAX, SEQ_MAX - 1, 1] {
        assert_eq!(frame_for(&memory, &membership_call(version, Some(Membership::Member)), NOW + 5), None);
    }
    assert_eq!(stored(&memory.sql.0, "groups"), before);
}

#[test]
fn of_a_group_of_which_nothing_was_known_nobody_is_told_that_they_are_not_in_it() {
    let memory = mia();
    assert_eq!(frame_for(&memory, &membership_call(3, None), NOW), None);
    assert_eq!(
        frame_for(&memory, &membership_call(2, Some(Membership::Member)), NOW),
        None,
        "and late news do not bring them in"
    );
    assert_eq!(listed(&memory.sql), []);
}

#[test]
fn groups_and_invitations_are_listed_in_the_order_of_their_last_change() {
    let memory = mia();
    let states = [
        ("grp_b", Some(Membership::Member), 9),
        ("grp_c", Some(Membership::Invited), 5),
        ("grp_a", Some(Membership::Member), 9),
        ("grp_d", None, 1),
    ];
    for (room, standing, now) in states {
        take(&memory, &MembershipCall { room: room.to_owned(), ..membership_call(1, standing) }, now).unwrap();
    }
    assert_eq!(
        listed(&memory.sql),
        [("grp_c".to_owned(), true), ("grp_a".to_owned(), false), ("grp_b".to_owned(), false)]
    );
}

#[test]
fn a_name_is_that_of_a_group_that_the_person_is_in() {
    let memory = mia();
    for (version, standing, name) in
        [(1, Some(Membership::Invited), None), (2, Some(Membership::Member), Some("Crew")), (3, None, None)]
    {
        take(&memory, &membership_call(version, standing), NOW).unwrap();
        assert_eq!(memory.sql.group_name(GROUP).unwrap().as_deref(), name);
    }
}

#[test]
fn members_of_private_groups_see_each_other_and_those_of_others_do_not() {
    let memory = mia();
    for (room, is_private, standing) in [
        ("grp_a", true, Membership::Member),
        ("grp_b", false, Membership::Member),
        ("grp_c", true, Membership::Invited),
    ] {
        let call = MembershipCall { room: room.to_owned(), is_private, ..membership_call(1, Some(standing)) };
        take(&memory, &call, NOW).unwrap();
    }
    assert_eq!(memory.sql.private_groups(), Ok(vec!["grp_a".to_owned()]));
}

#[test]
fn of_a_group_that_was_left_nothing_waits_any_more() {
    let memory = mia();
    let sql = &memory.sql;
    take(&memory, &membership_call(1, Some(Membership::Member)), NOW).unwrap();
    let query = "INSERT INTO push_subscriptions VALUES ('s1', 'e', '', '', 'o', '', '', 1, NULL, 0, '')";
    sql::exec(&sql.0, query, &[]).unwrap();
    for room in [GROUP, DIRECT] {
        sql.add_entry(room, &message(3, "u_bo", "hello")).unwrap();
        sql.read_to(room, 1).unwrap();
        let (message, sender, title, words) = ("m", "u_bo", "Bo", "hello");
        let what = protocol::content::kinds::NotificationKind::Message;
        let added = push_tables::NewNotification {
            about: room,
            seq: 3,
            message,
            sender,
            what,
            title,
            words,
            is_called: false,
            unread: 1,
        };
        push_tables::put(&sql.0, &added, NOW, protocol::machines::push::PushDecision::Now).unwrap();
    }
    take(&memory, &membership_call(2, None), NOW).unwrap();
    for table in ["inbox", "read_marks", "push_outbox"] {
        assert_eq!(stored(&sql.0, table).len(), 1, "{table}: that of the other conversation");
    }
    assert_eq!((sql.inbox().unwrap()[0].room.as_str(), count(&sql.0)), (DIRECT, Ok(1)));
}

#[test]
fn an_invitation_of_somebody_who_is_blocked_is_never_seen() {
    let memory = mia();
    block(&memory, "u_bo");
    assert_eq!(frame_for(&memory, &membership_call(1, Some(Membership::Invited)), NOW), None);
    assert_eq!(listed(&memory.sql), []);
}

#[test]
fn an_invitation_is_seen_by_whoever_takes_those_of_its_sender() {
    for (audience, relation, is_seen) in [
        (Audience::Everyone, Relation::Stranger, true),
        (Audience::Contacts, Relation::Stranger, false),
        (Audience::Contacts, Relation::Contact, true),
        (Audience::Nobody, Relation::Contact, false),
    ] {
        let memory = mia();
        memory.sql.save_settings(&Settings { who_can_add: audience, ..Settings::default() }).unwrap();
        relate(&memory.sql, "u_bo", relation);
        take(&memory, &membership_call(1, Some(Membership::Invited)), NOW).unwrap();
        assert_eq!(listed(&memory.sql).len(), usize::from(is_seen), "{audience:?} {relation:?}");
    }
}

#[test]
fn an_invitation_that_was_not_taken_does_not_keep_a_member_out() {
    let memory = mia();
    block(&memory, "u_bo");
    take(&memory, &membership_call(1, Some(Membership::Invited)), NOW).unwrap();
    assert_eq!(frame_for(&memory, &membership_call(2, Some(Membership::Member)), NOW).as_deref(), Some("room_added"));
}

// ---- coming in

#[test]
fn a_contact_brings_the_person_in_and_a_stranger_asks() {
    let memory = with_contact();
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(false));
    assert_eq!(admission(&memory, "u_kai", GROUP, NOW), Some(true));
    assert_eq!(admission(&memory, "u_mia", GROUP, NOW), Some(false), "nobody asks themselves");
}

#[test]
fn a_persona_comes_at_once_whoever_brings_them() {
    let memory = remembered(tables(), "user_1");
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(false));
}

#[test]
fn whoever_is_blocked_or_not_taken_learns_no_more_than_a_stranger_who_asks() {
    let memory = with_contact();
    block(&memory, "u_bo");
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(true));
    let memory = with_contact();
    memory.sql.save_settings(&Settings { who_can_add: Audience::Nobody, ..Settings::default() }).unwrap();
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(true));
    assert_eq!(stored(&memory.sql.0, "groups"), Vec::<String>::new(), "no place is kept");
}

#[test]
fn a_place_is_kept_for_whoever_is_let_in_and_is_in_no_list() {
    let memory = with_contact();
    admission(&memory, "u_bo", GROUP, NOW);
    assert_eq!((memory.sql.count_others("another", NOW), listed(&memory.sql)), (Ok(1), vec![]));
    assert_eq!(frame_for(&memory, &membership_call(1, Some(Membership::Member)), NOW).as_deref(), Some("room_added"));
    assert_eq!((memory.sql.count_others("another", NOW), listed(&memory.sql).len()), (Ok(1), 1));
}

#[test]
fn a_place_that_was_kept_and_not_taken_is_told_to_devices_as_a_removal() {
    let memory = with_contact();
    admission(&memory, "u_bo", GROUP, NOW);
    assert_eq!(frame_for(&memory, &membership_call(1, None), NOW).as_deref(), Some("room_removed"));
}

#[test]
fn a_place_that_was_kept_and_never_taken_is_free_again_after_a_minute() {
    let memory = with_contact();
    admission(&memory, "u_bo", GROUP, NOW);
    let counts = [PLACE_RESERVED_MS - 1, PLACE_RESERVED_MS]
        .map(|later| memory.sql.count_others("another", NOW + later).unwrap());
    assert_eq!(counts, [1, 0]);
    admission(&memory, "u_bo", "grp_other", NOW + PLACE_RESERVED_MS);
    assert_eq!(stored(&memory.sql.0, "groups").len(), 1, "its row goes with the next one");
}

#[test]
fn a_place_is_kept_anew_with_every_try() {
    let memory = with_contact();
    for later in [0, 50] {
        admission(&memory, "u_bo", GROUP, NOW + later);
    }
    assert_eq!(memory.sql.count_others("another", NOW + PLACE_RESERVED_MS + 49), Ok(1));
}

#[test]
fn whoever_is_asked_stays_asked_while_a_place_is_kept_for_them() {
    let memory = with_contact();
    take(&memory, &membership_call(1, Some(Membership::Invited)), NOW).unwrap();
    admission(&memory, "u_bo", GROUP, NOW);
    assert_eq!((listed(&memory.sql), memory.sql.count_others("another", NOW)), (vec![(GROUP.to_owned(), true)], Ok(1)));
    assert_eq!(frame_for(&memory, &membership_call(2, Some(Membership::Member)), NOW).as_deref(), Some("room_added"));
    assert_eq!(memory.sql.count_others("another", NOW), Ok(1));
}

#[test]
fn whoever_is_gone_and_comes_back_is_told_what_came_of_it() {
    for (standing, frame) in [(Some(Membership::Member), "room_added"), (None, "room_removed")] {
        let memory = with_contact();
        take(&memory, &membership_call(1, None), NOW).unwrap();
        admission(&memory, "u_bo", GROUP, NOW);
        assert_eq!(frame_for(&memory, &membership_call(2, standing), NOW).as_deref(), Some(frame));
    }
}

#[test]
fn whoever_left_a_group_and_is_not_coming_back_is_told_nothing_of_it() {
    let memory = with_contact();
    assert_eq!(memory.sql.has_left_group(GROUP, NOW), Ok(false), "of an unknown group nobody knows");
    take(&memory, &membership_call(1, None), NOW).unwrap();
    assert_eq!(memory.sql.has_left_group(GROUP, NOW), Ok(true));
    admission(&memory, "u_bo", GROUP, NOW);
    let left = [0, PLACE_RESERVED_MS - 1, PLACE_RESERVED_MS]
        .map(|later| memory.sql.has_left_group(GROUP, NOW + later).unwrap());
    assert_eq!(left, [false, false, true]);
}

#[test]
fn nobody_is_brought_into_more_groups_than_the_limit_says() {
    let memory = with_contact();
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX - 1);
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(false));
    assert_eq!(admission(&memory, "u_bo", "grp_other", NOW), None);
    assert_eq!(
        admission(&memory, "u_bo", "grp_other", NOW + PLACE_RESERVED_MS),
        Some(false),
        "the place was never taken"
    );
}

#[test]
fn the_last_place_is_not_taken_by_an_earlier_try_for_the_same_group() {
    let memory = with_contact();
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX - 1);
    assert_eq!([0, 5].map(|later| admission(&memory, "u_bo", GROUP, NOW + later)), [Some(false); 2]);
    let memory = with_contact();
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX - 1);
    take(&memory, &membership_call(1, None), NOW).unwrap();
    assert_eq!(
        [0, 5].map(|later| admission(&memory, "u_bo", GROUP, NOW + later)),
        [Some(false); 2],
        "nor when they come back"
    );
}

#[test]
fn a_member_has_their_place_however_full_the_list_is() {
    let memory = with_contact();
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX);
    assert_eq!(admission(&memory, "u_bo", "grp_member0", NOW), Some(false));
}

#[test]
fn a_list_full_of_invitations_keeps_nobody_out_and_the_oldest_one_is_declined() {
    let memory = with_contact();
    fill(&memory.sql, "invited", GROUPS_PER_USER_MAX);
    sql::exec(&memory.sql.0, "UPDATE groups SET changed_at = 4 WHERE room = 'grp_invited7'", &[]).unwrap();
    assert_eq!(surplus(&memory, NOW), Ok(vec![]), "as many are allowed");
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(false));
    assert_eq!(admission(&memory, "u_kai", GROUP, NOW), Some(true));
    take(&memory, &membership_call(1, Some(Membership::Invited)), NOW).unwrap();
    assert_eq!(surplus(&memory, NOW), Ok(vec!["grp_invited7".to_owned()]));
    assert_eq!((listed(&memory.sql).len(), declined(&memory)), (GROUPS_PER_USER_MAX, owned(&["grp_invited7"])));
    let answer = MembershipCall { room: "grp_invited7".to_owned(), ..membership_call(2, None) };
    assert_eq!(frame_for(&memory, &answer, NOW), None, "devices know it already");
}

#[test]
fn a_persona_whom_strangers_bring_into_groups_comes_into_one_more_and_leaves_the_oldest() {
    let memory = remembered(tables(), "user_1");
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX);
    sql::exec(&memory.sql.0, "UPDATE groups SET changed_at = 4 WHERE room = 'grp_member7'", &[]).unwrap();
    for by in ["u_bo", "user_1"] {
        assert_eq!(admission(&memory, by, GROUP, NOW), Some(false), "{by}");
    }
    assert_eq!(surplus(&memory, NOW), Ok(vec![]));
    take(&memory, &membership_call(1, Some(Membership::Member)), NOW).unwrap();
    assert_eq!(surplus(&memory, NOW), Ok(vec!["grp_member7".to_owned()]));
    assert_eq!((listed(&memory.sql).len(), declined(&memory)), (GROUPS_PER_USER_MAX, owned(&["grp_member7"])));
    let account = mia();
    fill(&account.sql, "member", GROUPS_PER_USER_MAX + 1);
    assert_eq!(surplus(&account, NOW), Ok(vec![]), "nobody else leaves a group");
}

#[test]
fn groups_of_a_bot_take_no_place_and_are_in_no_list() {
    let memory = remembered(tables(), "bot_nova");
    fill(&memory.sql, "member", GROUPS_PER_USER_MAX);
    let before = stored(&memory.sql.0, "groups");
    assert_eq!(admission(&memory, "u_bo", GROUP, NOW), Some(false));
    assert_eq!(stored(&memory.sql.0, "groups"), before);
}

#[test]
fn an_invitation_keeps_its_age_when_its_group_is_renamed_and_a_member_declines_nothing() {
    let memory = mia();
    for (version, later, standing, at) in
        [(1, 0, Membership::Invited, NOW), (2, 5, Membership::Invited, NOW), (3, 9, Membership::Member, NOW + 9)]
    {
        group_calls::enqueue_decline(&memory, GROUP, NOW).unwrap();
        take(&memory, &membership_call(version, Some(standing)), NOW + later).unwrap();
        assert_eq!(memory.sql.groups().unwrap()[0].at, at, "version {version}");
    }
    assert_eq!(declined(&memory), [""; 0]);
}

#[test]
fn groups_that_were_left_keep_no_place() {
    let memory = with_contact();
    fill(&memory.sql, "gone", GROUPS_PER_USER_MAX);
    assert_eq!(memory.sql.count_others(GROUP, NOW), Ok(0));
}

#[test]
fn a_place_that_is_kept_twice_is_one_place() {
    let sql = tables();
    is_safe_to_repeat(&sql.0, || sql.reserve_place(GROUP, NOW).unwrap());
}

#[test]
fn a_membership_that_does_not_commit_leaves_no_trace() {
    let memory = mia();
    memory.sql.add_entry(GROUP, &message(1, "u_bo", "hello")).unwrap();
    leaves_no_trace(&memory.sql.0, || {
        take(&memory, &membership_call(1, None), NOW).unwrap();
    });
}
