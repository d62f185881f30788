//! Promises of the deletion of a person (`leaving.md` 2): it can be cancelled, removes them from one room after the other, and leaves
//! nothing.

use protocol::content::kinds::NotificationKind;
use protocol::machines::push::PushDecision;
use protocol::people::contacts::Relation;
use protocol::words::limits::SEQ_MAX;
use protocol::words::retry::retry_delay_ms;

use super::*;
use crate::kit::sql::older::tables as names_of_tables;
use crate::objects::person::tables::leaving_tables::{due_at, is_forgotten};
use crate::objects::person::tests::{
    DIRECT, GROUP, NOW, full_tables, is_safe_to_repeat, leaves_no_trace, message, relate, remembered, stored, tables,
};

const UNDO_MS: Millis = 1_000;

fn call(keeps_words: bool) -> LeaveCall {
    let trace = Trace { address: "192.0.2.0/24".to_owned(), request: "r1".to_owned() };
    LeaveCall { keeps_words, undo_ms: UNDO_MS, trace }
}

/// Tables of a person who has requested deletion.
fn wishing(keeps_words: bool) -> PersonSql {
    let sql = tables();
    wish(&sql.0, "u_mia", &call(keeps_words), NOW, NOW + UNDO_MS).unwrap();
    sql
}

fn steps_done(sql: &PersonSql, step: u64) {
    exec(&sql.0, "UPDATE leaving SET step = ?, tries = 0", &[step.into()]).unwrap();
}

fn rooms_left(sql: &PersonSql) -> Vec<String> {
    rows(&sql.0, "SELECT room FROM leaving_rooms ORDER BY room", &[], text).unwrap()
}

// ---- the wish

#[test]
fn whoever_wished_nothing_stays() {
    let sql = tables().0;
    assert_eq!((is_leaving(&sql), is_forgotten(&sql), due_at(&sql)), (Ok(false), Ok(false), Ok(None)));
}

#[test]
fn a_wish_is_due_when_it_can_be_taken_back_no_more() {
    for keeps_words in [true, false] {
        let sql = wishing(keeps_words).0;
        let known = leaving(&sql).unwrap().unwrap();
        assert_eq!((known.keeps_words, known.at, known.step, known.tries), (keeps_words, NOW + UNDO_MS, 0, 0));
        assert_eq!((known.trace.address.as_str(), known.trace.request.as_str()), ("192.0.2.0/24", "r1"));
        assert_eq!(
            (is_leaving(&sql), is_forgotten(&sql), due_at(&sql)),
            (Ok(true), Ok(false), Ok(Some(NOW + UNDO_MS)))
        );
    }
}

#[test]
fn there_is_one_wish() {
    let sql = wishing(true);
    assert!(wish(&sql.0, "u_mia", &call(false), NOW + 5, SEQ_MAX).is_err());
    assert_eq!(leaving(&sql.0).unwrap().map(|known| (known.keeps_words, known.at)), Some((true, NOW + UNDO_MS)));
}

#[test]
fn a_wish_may_be_for_a_time_as_late_as_numbers_go() {
    let sql = tables();
    wish(&sql.0, "u_mia", &call(true), NOW, SEQ_MAX).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(SEQ_MAX)));
}

#[test]
fn a_wish_that_was_taken_back_is_as_if_it_had_not_been_and_both_are_acts() {
    let sql = wishing(true);
    unwish(&sql.0, "u_mia", NOW + 5).unwrap();
    assert_eq!((is_leaving(&sql.0), due_at(&sql.0)), (Ok(false), Ok(None)));
    let acts = [
        format!("1, {NOW}, 'u_mia', 'delete_request', 'u_mia', '192.0.2.0/24', 'r1', 'ok', 0"),
        format!("2, {}, 'u_mia', 'delete_cancel', 'u_mia', '', '', 'ok', 0", NOW + 5),
    ];
    assert_eq!(stored(&sql.0, "audit"), acts);
    wish(&sql.0, "u_mia", &call(false), NOW + 9, SEQ_MAX).unwrap();
    assert_eq!(leaving(&sql.0).unwrap().map(|known| known.keeps_words), Some(false), "and can be wished again");
}

#[test]
fn rooms_that_ask_are_told_nothing_of_the_person_from_when_they_forget_them() {
    let sql = wishing(true);
    let forgotten = [0, 1, 2, 5].map(|step| {
        steps_done(&sql, step);
        is_forgotten(&sql.0).unwrap()
    });
    assert_eq!(forgotten, [false, false, true, true]);
}

#[test]
fn a_step_that_failed_is_tried_again_later_and_later() {
    let sql = wishing(true);
    let mut waits = Vec::new();
    for _ in 0..3 {
        postpone(&sql.0, NOW + UNDO_MS).unwrap();
        waits.push(due_at(&sql.0).unwrap().unwrap() - NOW - UNDO_MS);
    }
    assert_eq!(waits, [0, 1, 2].map(retry_delay_ms));
    steps_done(&sql, 1);
    assert_eq!(leaving(&sql.0).unwrap().map(|known| known.tries), Some(0), "with the next step tries are counted anew");
}

#[test]
fn a_step_that_failed_early_is_not_tried_before_the_wish_is_due() {
    let sql = wishing(true);
    postpone(&sql.0, 0).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(NOW + UNDO_MS)));
}

#[test]
fn to_put_off_what_nobody_wished_is_nothing() {
    let sql = tables();
    postpone(&sql.0, NOW).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None));
}

// ---- rooms

/// A person who was in every kind of room.
fn been_everywhere() -> PersonSql {
    let sql = wishing(true);
    sql.add_direct(DIRECT, NOW).unwrap();
    sql.add_unseen_direct("dm_u_eve____u_mia", NOW).unwrap();
    sql.note_activity("was-here", NOW).unwrap();
    sql.add_live("s1", "is-here").unwrap();
    sql.save_room_version("looked-at", 1).unwrap();
    for (room, standing) in [(GROUP, "member"), ("grp_left", "gone"), ("grp_asked", "invited")] {
        let query = "INSERT INTO groups VALUES (?, 1, ?, '', '', '', 5, 0, 0, 1)";
        exec(&sql.0, query, &[room.into(), standing.into()]).unwrap();
    }
    sql
}

fn rules() -> RoomRules {
    RoomRules { public: vec!["general".to_owned()], open: false }
}

#[test]
fn every_room_where_they_ever_were_or_are_known_forgets_them() {
    let sql = been_everywhere();
    is_safe_to_repeat(&sql.0, || note_rooms(&sql.0, &rules()).unwrap());
    let mut wanted =
        [DIRECT, "dm_u_eve____u_mia", "was-here", "is-here", "looked-at", GROUP, "grp_left", "grp_asked", "general"];
    wanted.sort_unstable();
    assert_eq!(rooms_left(&sql), wanted);
}

#[test]
fn an_archive_has_no_conversation_that_was_not_there_for_the_person() {
    let sql = been_everywhere();
    let ever = rooms_ever(&sql.0, &rules()).unwrap();
    assert!(ever.iter().all(|(room, _)| room != "dm_u_eve____u_mia" && room != "looked-at"));
    let whole: Vec<&str> = ever.iter().filter(|(_, is_in)| *is_in).map(|(room, _)| room.as_str()).collect();
    assert_eq!(whole, [DIRECT, GROUP], "theirs to read as a whole");
}

#[test]
fn rooms_are_asked_one_after_the_other_and_each_goes_on_where_it_was() {
    let sql = been_everywhere();
    for room in ["b", "a"] {
        exec(&sql.0, "INSERT INTO leaving_rooms (room) VALUES (?)", &[room.into()]).unwrap();
    }
    assert_eq!(next_room(&sql.0), Ok(Some(("a".to_owned(), 0, false))));
    is_safe_to_repeat(&sql.0, || note_portion(&sql.0, "a", SEQ_MAX, true).unwrap());
    assert_eq!(next_room(&sql.0), Ok(Some(("a".to_owned(), SEQ_MAX, true))));
    exec(&sql.0, "DELETE FROM leaving_rooms WHERE room = 'a'", &[]).unwrap();
    assert_eq!(next_room(&sql.0), Ok(Some(("b".to_owned(), 0, false))));
}

#[test]
fn where_no_room_is_left_none_is_asked() {
    assert_eq!(next_room(&tables().0), Ok(None));
}

#[test]
fn rooms_that_are_noted_again_keep_how_far_they_have_come() {
    let sql = been_everywhere();
    note_rooms(&sql.0, &rules()).unwrap();
    note_portion(&sql.0, GROUP, 7, true).unwrap();
    note_rooms(&sql.0, &rules()).unwrap();
    let after = rows(&sql.0, "SELECT after FROM leaving_rooms WHERE room = ?", &[GROUP.into()], |row| row.number(0));
    assert_eq!(after, Ok(vec![7]));
}

// ---- others who are gone

#[test]
fn of_somebody_else_who_is_gone_nothing_waits_in_that_room_and_no_name_is_kept() {
    let sql = tables();
    let query = "INSERT INTO push_subscriptions VALUES ('s1', 'e', '', '', 'o', '', '', 1, NULL, 0, '')";
    exec(&sql.0, query, &[]).unwrap();
    for (seq, sender) in [(1, "u_bo"), (2, "u_kai")] {
        sql.add_entry(DIRECT, &message(seq, sender, "hello")).unwrap();
        let (title, words, what) = ("Bo", "hello", NotificationKind::Message);
        let about = if sender == "u_bo" { DIRECT } else { GROUP };
        let added = push_tables::NewNotification {
            about,
            seq,
            message: "m",
            sender,
            what,
            title,
            words,
            is_called: false,
            unread: 1,
        };
        push_tables::put(&sql.0, &added, NOW, PushDecision::Now).unwrap();
        let query = "INSERT INTO groups VALUES (?, 1, 'invited', 'Crew', ?, 'a name', 5, 0, 0, 1)";
        exec(&sql.0, query, &[format!("grp_{seq}").as_str().into(), sender.into()]).unwrap();
    }
    is_safe_to_repeat(&sql.0, || forget_sender(&sql, DIRECT, "u_bo", 0).unwrap());
    assert_eq!(sql.inbox().unwrap().into_iter().map(|row| (row.from_seq, row.count)).collect::<Vec<_>>(), [(2, 1)]);
    assert_eq!(stored(&sql.0, "push_outbox").len(), 1);
    let names: Vec<String> = sql.groups().unwrap().into_iter().map(|row| row.by_name).collect();
    assert_eq!(names, [GONE_NAME, "a name"]);
}

// ---- the end

#[test]
fn at_the_end_nothing_is_left_but_rows_of_operation() {
    let sql = full_tables();
    let known = leaving(&sql.0).unwrap().unwrap();
    wipe_tables(&sql.0, "u_mia", &known, NOW).unwrap();
    let left: Vec<String> =
        names_of_tables(&sql.0).into_iter().filter(|table| !stored(&sql.0, table).is_empty()).collect();
    assert_eq!(left, ["audit", "schema"]);
    assert_eq!(stored(&sql.0, "audit").last(), Some(&format!("2, {NOW}, 'u_mia', 'delete', 'u_mia', '', '', 'ok', 0")));
}

#[test]
fn after_the_end_the_same_object_can_begin_anew() {
    let sql = full_tables();
    let known = leaving(&sql.0).unwrap().unwrap();
    wipe_tables(&sql.0, "u_mia", &known, NOW).unwrap();
    assert_eq!((sql.record(), is_leaving(&sql.0)), (Ok(None), Ok(false)));
    assert_eq!(sql.add_entry(DIRECT, &message(1, "u_bo", "hello")), Ok(true));
}

#[test]
fn a_persona_whose_account_is_gone_begins_empty_and_goes_on_counting() {
    let sql = remembered(tables(), "user_7").sql;
    relate(&sql, "u_bo", Relation::Contact);
    let files = "INSERT INTO files (key, id, name, at, free_at) VALUES ('files/1', 'f1', '', 5, NULL), ('files/2', 'f2', '', 6, NULL), \
                 ('files/3', 'f3', '', 7, 8)";
    exec(&sql.0, files, &[]).unwrap();
    exec(&sql.0, "INSERT INTO file_rooms VALUES ('f1', 'general'), ('f9', 'general')", &[]).unwrap();
    wish(&sql.0, "user_7", &call(false), NOW, NOW).unwrap();
    let known = leaving(&sql.0).unwrap().unwrap();
    wipe_tables(&sql.0, "user_7", &known, NOW + 1).unwrap();
    let record = sql.record().unwrap().unwrap();
    let cast = protocol::words::personas::find("user_7").unwrap();
    assert_eq!((record.kind, record.version, record.name.as_str()), (UserKind::Persona, 2, cast.name));
    assert_eq!((sql.fact(Fact::VisibleFrom), is_leaving(&sql.0)), (Ok(NOW + 1), Ok(false)));
    let contact = sql.contact("u_bo").unwrap();
    assert_eq!((contact.pair.relation(), contact.pair.mine.rev), (Relation::Stranger, 2), "others have the first half");
    assert_eq!(
        (contact.name.as_str(), contact.pair.mine.note.as_str(), contact.pair.theirs.note.as_str()),
        ("", "", "")
    );
    let free = rows(&sql.0, "SELECT free_at FROM files ORDER BY key", &[], |row| row.number_or_null(0));
    assert_eq!(
        free,
        Ok(vec![None, Some(NOW + 1), Some(8)]),
        "what a room shows stays, the rest goes no later than before"
    );
    assert_eq!(stored(&sql.0, "file_rooms").len(), 1);
}

#[test]
fn what_earlier_players_of_a_persona_wrote_waits_for_others_as_before() {
    let sql = tables();
    for seq in [1, 2, 3] {
        sql.add_entry(DIRECT, &message(seq, "u_bo", "hello")).unwrap();
    }
    is_safe_to_repeat(&sql.0, || forget_sender(&sql, DIRECT, "u_bo", 2).unwrap());
    assert_eq!(sql.inbox().unwrap().into_iter().map(|row| (row.to_seq, row.count)).collect::<Vec<_>>(), [(2, 2)]);
}

#[test]
fn an_end_that_does_not_commit_leaves_everything_as_it_was() {
    let sql = full_tables();
    let known = leaving(&sql.0).unwrap().unwrap();
    leaves_no_trace(&sql.0, || wipe_tables(&sql.0, "u_mia", &known, NOW).unwrap());
}

#[test]
fn a_wish_that_does_not_commit_leaves_no_trace() {
    let sql = tables();
    leaves_no_trace(&sql.0, || wish(&sql.0, "u_mia", &call(true), NOW, NOW).unwrap());
}
