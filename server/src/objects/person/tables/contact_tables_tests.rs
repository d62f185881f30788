//! Promises of the rows of contacts, blocks and settings, and of the list of recipients that are behind.

use std::collections::BTreeMap;

use protocol::client::Dice;
use protocol::people::contacts::{Audience, Writers};
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sql::exec;
use crate::objects::person::tables::ListenerKind;
use crate::objects::person::tests::{
    NOW, TEXTS, full_tables, is_safe_to_repeat, leaves_no_trace, pair, relate, stored, tables, visible_as,
};

const RELATIONS: [Relation; 4] = [Relation::Stranger, Relation::Requested, Relation::Request, Relation::Contact];

fn said(rev: u64, note: &str) -> Contact {
    let mine = ContactIntent { wants: true, rev, reset: 0, note: note.to_owned() };
    Contact { name: "Bo".to_owned(), pair: Pair { mine, ..Pair::default() }, since: NOW, is_account: false }
}

/// People who are behind, each with the half and the number of attempts.
fn unsent(sql: &PersonSql, now: Millis) -> Vec<(String, u64, u32)> {
    sql.load_unsent_halves(now).unwrap().into_iter().map(|word| (word.user, word.half.rev, word.tries)).collect()
}

fn behind(sql: &PersonSql, version: u64, now: Millis) -> Vec<(String, u32)> {
    sql.rooms_behind(version, now).unwrap().into_iter().map(|room| (room.name, room.tries)).collect()
}

/// Blocks a person who sees this status text from now on.
fn block(sql: &PersonSql, user: &str, words: &str, now: Millis) {
    let view = visible_as("u_mia", "offline", words);
    sql.save_block(user, &view, &view, now).unwrap();
}

fn blocked(sql: &PersonSql) -> Vec<String> {
    sql.blocked_ids().unwrap().into_iter().map(|(user, _)| user).collect()
}

// ---- contacts

#[test]
fn nothing_is_between_two_who_never_met() {
    let sql = tables();
    let contact = sql.contact("u_bo").unwrap();
    assert_eq!((contact.name.as_str(), contact.pair, contact.since), ("", Pair::default(), 0));
    assert_eq!(sql.relation("u_bo"), Ok(Relation::Stranger));
}

#[test]
fn what_two_have_said_to_each_other_reads_back() {
    let sql = tables();
    for text in TEXTS {
        let mut contact = said(SEQ_MAX, text);
        (contact.name, contact.since) = (text.to_owned(), SEQ_MAX);
        contact.pair.theirs = ContactIntent { wants: true, rev: SEQ_MAX, reset: SEQ_MAX, note: text.to_owned() };
        contact.pair.declined = true;
        sql.save_contact("u_bo", &contact, NOW).unwrap();
        let saved = sql.contact("u_bo").unwrap();
        assert_eq!((saved.name, saved.pair, saved.since), (contact.name, contact.pair, contact.since));
    }
}

#[test]
fn everybody_is_counted_by_what_they_are_to_the_person() {
    let sql = tables();
    for (relation, count) in RELATIONS.into_iter().zip(1..) {
        for n in 0..count {
            relate(&sql, &format!("u_{relation:?}{n}").to_lowercase(), relation);
        }
    }
    assert_eq!(RELATIONS.map(|relation| sql.count_related(relation).unwrap()), [1, 2, 3, 4]);
    relate(&sql, "u_contact0", Relation::Stranger);
    assert_eq!(RELATIONS.map(|relation| sql.count_related(relation).unwrap()), [2, 2, 3, 3]);
}

#[test]
fn contacts_alone_are_listed_by_their_ids() {
    let sql = tables();
    for (user, relation) in [("u_c", Relation::Contact), ("u_b", Relation::Request), ("u_a", Relation::Contact)] {
        relate(&sql, user, relation);
    }
    assert_eq!(sql.contact_ids(), Ok(vec!["u_a".to_owned(), "u_c".to_owned()]));
}

#[test]
fn the_list_has_everybody_with_whom_there_is_something_in_the_order_in_which_it_began() {
    let sql = tables();
    let people = [
        ("u_d", Relation::Contact, 5),
        ("u_c", Relation::Request, 5),
        ("u_b", Relation::Stranger, 1),
        ("u_a", Relation::Requested, 9),
    ];
    for (user, relation, since) in people {
        sql.save_contact(user, &Contact { pair: pair(relation), since, ..Contact::default() }, NOW).unwrap();
    }
    let users: Vec<(String, Relation)> =
        sql.contacts().unwrap().into_iter().map(|row| (row.user, row.relation)).collect();
    let wanted = [("u_c", Relation::Request), ("u_d", Relation::Contact), ("u_a", Relation::Requested)];
    assert_eq!(users, wanted.map(|(user, relation)| (user.to_owned(), relation)));
}

#[test]
fn a_request_shows_the_note_of_whoever_asks_and_a_contact_none() {
    let sql = tables();
    for (relation, note) in
        [(Relation::Request, "from them"), (Relation::Requested, "from me"), (Relation::Contact, "")]
    {
        relate(&sql, "u_bo", relation);
        assert_eq!(sql.contacts().unwrap()[0].note, note);
    }
}

#[test]
fn everybody_of_whom_anything_is_kept_was_met() {
    let sql = tables();
    for relation in RELATIONS {
        relate(&sql, &format!("u_{relation:?}").to_lowercase(), relation);
    }
    assert_eq!(sql.everybody_met().map(|people| people.len()), Ok(4));
}

#[test]
fn somebody_who_is_forgotten_is_a_stranger() {
    let sql = tables();
    relate(&sql, "u_bo", Relation::Contact);
    is_safe_to_repeat(&sql.0, || sql.forget_contact("u_bo").unwrap());
    assert_eq!((sql.relation("u_bo"), sql.everybody_met()), (Ok(Relation::Stranger), Ok(Vec::new())));
}

#[test]
fn a_contact_goes_by_the_name_that_was_heard_last() {
    let sql = tables();
    relate(&sql, "u_bo", Relation::Contact);
    for text in TEXTS {
        sql.rename_contact("u_bo", text, false).unwrap();
        assert_eq!(sql.contact("u_bo").unwrap().name, text);
    }
    let name = sql.contact("u_bo").unwrap().name;
    sql.rename_contact("u_bo", &name, true).unwrap();
    assert!(sql.contact("u_bo").unwrap().is_account, "who becomes an account under the same name is one");
    sql.rename_contact("u_kai", "Kai", false).unwrap();
    assert_eq!(sql.everybody_met().map(|people| people.len()), Ok(1), "a name makes nobody");
}

// ---- telling each other

#[test]
fn a_word_is_told_at_once_and_until_it_was_heard() {
    let sql = tables();
    sql.save_contact("u_bo", &said(1, ""), NOW).unwrap();
    assert_eq!((unsent(&sql, NOW - 1), unsent(&sql, NOW)), (vec![], vec![("u_bo".to_owned(), 1, 0)]));
    is_safe_to_repeat(&sql.0, || sql.mark_contact_sent("u_bo", 1).unwrap());
    assert_eq!(unsent(&sql, SEQ_MAX - 1), []);
}

#[test]
fn what_was_only_heard_need_not_be_told() {
    let sql = tables();
    relate(&sql, "u_bo", Relation::Request);
    assert_eq!((unsent(&sql, SEQ_MAX - 1), sql.next_social_send_at(0)), (vec![], Ok(None)));
}

#[test]
fn a_word_that_came_while_another_was_told_is_still_due() {
    let sql = tables();
    sql.save_contact("u_bo", &said(1, ""), NOW).unwrap();
    sql.save_contact("u_bo", &said(2, ""), NOW + 5).unwrap();
    sql.mark_contact_sent("u_bo", 1).unwrap();
    assert_eq!(unsent(&sql, NOW + 5), [("u_bo".to_owned(), 2, 0)]);
    sql.mark_contact_sent("u_bo", 2).unwrap();
    assert_eq!(unsent(&sql, SEQ_MAX - 1), []);
}

#[test]
fn an_answer_to_an_older_word_takes_nothing_back() {
    let sql = tables();
    sql.save_contact("u_bo", &said(2, ""), NOW).unwrap();
    sql.mark_contact_sent("u_bo", 2).unwrap();
    sql.mark_contact_sent("u_bo", 1).unwrap();
    assert_eq!(unsent(&sql, SEQ_MAX - 1), []);
}

#[test]
fn a_contact_who_has_heard_is_not_told_again_because_they_said_something() {
    let sql = tables();
    relate(&sql, "u_bo", Relation::Requested);
    sql.mark_contact_sent("u_bo", 1).unwrap();
    relate(&sql, "u_bo", Relation::Contact);
    assert_eq!(unsent(&sql, SEQ_MAX - 1), []);
}

#[test]
fn a_word_that_could_not_be_told_is_tried_later() {
    let sql = tables();
    sql.save_contact("u_bo", &said(1, ""), NOW).unwrap();
    for wait in [5, 9] {
        sql.delay_contact("u_bo", NOW + wait).unwrap();
    }
    assert_eq!((unsent(&sql, NOW + 8), unsent(&sql, NOW + 9)), (vec![], vec![("u_bo".to_owned(), 1, 2)]));
    sql.save_contact("u_bo", &said(2, ""), NOW).unwrap();
    assert_eq!(unsent(&sql, NOW), [("u_bo".to_owned(), 2, 0)], "a new word is tried at once");
}

#[test]
fn whatever_is_said_and_heard_a_word_is_due_as_long_as_less_was_heard() {
    for seed in 0..30 {
        let (sql, mut dice) = (tables(), Dice::new(seed));
        let mut model: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for _ in 0..60 {
            let user = ["u_a", "u_b", "u_c"][dice.up_to(2) as usize];
            let (said_rev, sent_rev) = model.get(user).copied().unwrap_or_default();
            match dice.up_to(3) {
                0 => {
                    let rev = said_rev + dice.up_to(1);
                    sql.save_contact(user, &said(rev, ""), NOW).unwrap();
                    model.insert(user.to_owned(), (rev, sent_rev));
                }
                1 => {
                    let rev = dice.up_to(said_rev);
                    sql.mark_contact_sent(user, rev).unwrap();
                    model.entry(user.to_owned()).and_modify(|(_, sent_rev)| *sent_rev = rev.max(*sent_rev));
                }
                2 if said_rev > sent_rev => sql.delay_contact(user, SEQ_MAX - 1).unwrap(),
                _ => {
                    sql.forget_contact(user).unwrap();
                    model.remove(user);
                }
            }
            let due: Vec<String> =
                model.iter().filter(|(_, (said, sent_rev))| said > sent_rev).map(|(user, _)| user.clone()).collect();
            let mut found: Vec<String> = unsent(&sql, SEQ_MAX - 1).into_iter().map(|(user, ..)| user).collect();
            found.sort();
            assert_eq!(found, due, "seed {seed}");
        }
    }
}

// ---- blocks

#[test]
fn whoever_is_blocked_goes_on_to_see_what_was_kept_for_them() {
    let sql = tables();
    sql.save_zone("Europe/Berlin").unwrap();
    for text in TEXTS {
        block(&sql, "u_eve", text, NOW);
        let view = visible_as("u_mia", "offline", text);
        assert_eq!(sql.view_of_blocked("u_eve"), Ok(Some((view.clone(), "Europe/Berlin".to_owned()))));
        assert_eq!(sql.hidden_views(), Ok(BTreeMap::from([("u_eve".to_owned(), view)])));
    }
    assert_eq!(sql.view_of_blocked("u_bo"), Ok(None));
}

#[test]
fn blocked_people_are_listed_in_the_order_in_which_they_were_blocked() {
    let sql = tables();
    for (user, since) in [("u_b", 9), ("u_c", 5), ("u_a", 9), ("u_d", SEQ_MAX)] {
        block(&sql, user, "", since);
    }
    let wanted = [("u_c", 5), ("u_a", 9), ("u_b", 9), ("u_d", SEQ_MAX)];
    assert_eq!(sql.blocked_ids(), Ok(wanted.map(|(user, since)| (user.to_owned(), since)).to_vec()));
}

#[test]
fn a_block_that_ends_is_none_any_more_and_its_view_stays_for_a_while() {
    let sql = tables();
    block(&sql, "u_eve", "then", NOW);
    is_safe_to_repeat(&sql.0, || sql.lift_block("u_eve", NOW + 5).unwrap());
    assert!(blocked(&sql).is_empty() && sql.hidden_views().unwrap().is_empty());
    assert_eq!(sql.view_of_blocked("u_eve"), Ok(None));
    let lifted = LiftedBlock { view: visible_as("u_mia", "offline", "then"), at: NOW + 5 };
    assert_eq!(sql.lifted_views(), Ok(BTreeMap::from([("u_eve".to_owned(), lifted)])));
}

#[test]
fn views_of_blocks_that_have_ended_are_forgotten_and_those_of_others_are_not() {
    let sql = tables();
    block(&sql, "u_eve", "", NOW);
    block(&sql, "u_kai", "", NOW);
    sql.lift_block("u_eve", NOW).unwrap();
    is_safe_to_repeat(&sql.0, || sql.forget_lifted().unwrap());
    assert_eq!((sql.lifted_views().map(|views| views.len()), blocked(&sql)), (Ok(0), vec!["u_kai".to_owned()]));
}

#[test]
fn a_block_that_is_renewed_keeps_the_view_of_the_one_before() {
    let sql = tables();
    sql.save_zone("Europe/Berlin").unwrap();
    block(&sql, "u_eve", "then", NOW);
    sql.lift_block("u_eve", NOW + 1).unwrap();
    sql.save_zone("Asia/Tokyo").unwrap();
    is_safe_to_repeat(&sql.0, || sql.renew_block("u_eve", NOW + 2).unwrap());
    let (view, zone) = sql.view_of_blocked("u_eve").unwrap().unwrap();
    assert_eq!((view.personal_message.as_str(), zone.as_str()), ("then", "Asia/Tokyo"));
    assert_eq!(
        (sql.blocked_ids(), sql.lifted_views().map(|views| views.len())),
        (Ok(vec![("u_eve".to_owned(), NOW + 2)]), Ok(0))
    );
}

#[test]
fn a_block_anew_takes_the_place_of_one_that_had_ended() {
    let sql = tables();
    block(&sql, "u_eve", "then", NOW);
    sql.lift_block("u_eve", NOW + 1).unwrap();
    block(&sql, "u_eve", "now", NOW + 2);
    assert_eq!((stored(&sql.0, "blocks").len(), sql.lifted_views().map(|views| views.len())), (1, Ok(0)));
    assert_eq!(sql.view_of_blocked("u_eve").unwrap().unwrap().0.personal_message, "now");
}

#[test]
fn somebody_who_is_no_contact_any_more_sees_what_a_stranger_saw_then() {
    let sql = tables();
    let (friend, stranger) = (visible_as("u_mia", "offline", "for friends"), visible_as("u_mia", "offline", ""));
    sql.save_block("u_eve", &friend, &stranger, NOW).unwrap();
    assert_eq!(sql.view_of_blocked("u_eve").unwrap().unwrap().0, friend);
    is_safe_to_repeat(&sql.0, || sql.narrow_block("u_eve").unwrap());
    assert_eq!(sql.view_of_blocked("u_eve").unwrap().unwrap().0, stranger);
}

#[test]
fn a_view_is_narrowed_also_when_the_block_has_ended() {
    let sql = tables();
    let (friend, stranger) = (visible_as("u_mia", "offline", "for friends"), visible_as("u_mia", "offline", ""));
    sql.save_block("u_eve", &friend, &stranger, NOW).unwrap();
    sql.lift_block("u_eve", NOW).unwrap();
    sql.narrow_block("u_eve").unwrap();
    assert_eq!(sql.lifted_views().unwrap()["u_eve"].view, stranger);
}

#[test]
fn where_a_stranger_sees_the_same_there_is_nothing_to_narrow() {
    let sql = tables();
    block(&sql, "u_eve", "for all", NOW);
    let before = stored(&sql.0, "blocks");
    assert!(!before.concat().contains("as_stranger"));
    sql.narrow_block("u_eve").unwrap();
    sql.narrow_block("u_nobody").unwrap();
    assert_eq!(stored(&sql.0, "blocks"), before);
}

#[test]
fn of_blocks_that_have_ended_the_newest_are_kept_and_living_ones_do_not_count() {
    let sql = tables();
    block(&sql, "u_still", "", NOW);
    for n in 0..BLOCKS_MAX as u64 + 2 {
        let user = format!("u_{n:03}");
        block(&sql, &user, "", NOW);
        sql.lift_block(&user, NOW + n).unwrap();
    }
    let saved = sql.lifted_views().unwrap();
    assert_eq!((saved.len(), blocked(&sql)), (BLOCKS_MAX, vec!["u_still".to_owned()]));
    assert!(!saved.contains_key("u_000") && !saved.contains_key("u_001") && saved.contains_key("u_002"));
}

/// Appears offline to a person who sees this status text from now on.
fn hide_from(sql: &PersonSql, user: &str, words: &str, now: Millis) {
    let view = visible_as("u_mia", "offline", words);
    sql.save_hidden_from(user, &view, &view, now).unwrap();
}

#[test]
fn whoever_one_appears_offline_to_is_not_blocked() {
    let sql = tables();
    hide_from(&sql, "u_eve", "then", NOW);
    assert_eq!((blocked(&sql), sql.view_of_blocked("u_eve")), (vec![], Ok(None)));
    assert_eq!((sql.hidden_from(), sql.has_stored_view("u_eve")), (Ok(vec!["u_eve".to_owned()]), Ok(true)));
}

#[test]
fn a_stored_view_lasts_as_long_as_a_block_or_the_hiding() {
    let sql = tables();
    block(&sql, "u_eve", "then", NOW);
    assert_eq!(sql.has_stored_view("u_eve"), Ok(true));
    sql.lift_block("u_eve", NOW + 1).unwrap();
    assert_eq!(sql.has_stored_view("u_eve"), Ok(false));
    sql.lift_hidden_from("u_eve", NOW + 9).unwrap();
    assert_eq!(sql.lifted_views().unwrap()["u_eve"].at, NOW + 1, "what was not hidden does not end now");
    sql.renew_hidden_from("u_eve", NOW + 10).unwrap();
    assert_eq!((blocked(&sql), sql.has_stored_view("u_eve")), (vec![], Ok(true)), "the block stays lifted");
}

#[test]
fn a_persona_s_next_player_appears_offline_to_nobody() {
    let sql = tables();
    hide_from(&sql, "u_eve", "then", NOW);
    block(&sql, "u_bo", "then", NOW);
    assert_eq!(sql.forget_wishes_of_player(NOW + 1), Ok(true));
    assert_eq!((sql.hidden_from(), sql.lifted_views().unwrap()["u_eve"].at), (Ok(vec![]), NOW + 1));
    sql.renew_hidden_from("u_bo", NOW + 2).unwrap();
    assert_eq!(sql.hidden_from(), Ok(vec!["u_bo".to_owned()]));
    assert_eq!(blocked(&sql), [""; 0], "to appear offline brings no block of the player before back");
}

#[test]
fn a_block_that_fails_leaves_no_trace() {
    let sql = full_tables();
    leaves_no_trace(&sql.0, || {
        block(&sql, "u_kai", "words", NOW);
        sql.lift_block("u_eve", NOW).unwrap();
    });
}

// ---- settings

#[test]
fn what_was_never_chosen_is_nothing() {
    let sql = tables();
    assert_eq!(
        (sql.settings(), sql.zone(), sql.hides().map(|hides| hides.is_empty())),
        (Ok(None), Ok(String::new()), Ok(true))
    );
}

#[test]
fn settings_read_back_as_they_were_chosen_last() {
    let sql = tables();
    let settings = Settings { who_can_add: Audience::Nobody, receipts: false, ..Settings::default() };
    for settings in [Settings::default(), settings] {
        is_safe_to_repeat(&sql.0, || sql.save_settings(&settings).unwrap());
        assert_eq!(sql.settings(), Ok(Some(settings)));
    }
}

#[test]
fn settings_that_were_stored_before_there_was_one_more_have_its_default() {
    let sql = tables();
    exec(&sql.0, "INSERT INTO kept VALUES ('settings', '{\"whoCanWrite\":\"everyone\"}')", &[]).unwrap();
    let settings = sql.settings().unwrap().unwrap();
    assert_eq!(settings, Settings { who_can_write: Writers::Everyone, ..Settings::default() });
}

#[test]
fn blocks_over_time_read_back() {
    let sql = tables();
    let mut hides = Hides::default();
    hides.block("u_eve", 5);
    hides.unblock("u_eve", 9);
    hides.block("u_kai", SEQ_MAX);
    sql.save_hides(&hides).unwrap();
    assert_eq!(sql.hides(), Ok(hides));
}

#[test]
fn a_time_zone_is_the_name_that_was_told_last() {
    let sql = tables();
    for text in TEXTS {
        sql.save_zone(text).unwrap();
        assert_eq!(sql.zone().as_deref(), Ok(text));
    }
}

#[test]
fn a_persona_s_next_player_begins_without_blocks_settings_and_invites() {
    let sql = full_tables();
    assert_eq!(sql.forget_wishes_of_player(NOW), Ok(true));
    assert_eq!(sql.forget_wishes_of_player(NOW + 5), Ok(false));
    assert!(blocked(&sql).is_empty() && sql.settings().unwrap().is_none());
    for table in ["kept", "invites", "invite_uses"] {
        assert_eq!(stored(&sql.0, table), Vec::<String>::new(), "{table}");
    }
    assert_eq!(sql.lifted_views().unwrap()["u_eve"].at, NOW, "whoever was blocked sees what they saw");
    assert_eq!(sql.contact_ids().map(|contacts| contacts.len()), Ok(1), "contacts are the persona's");
}

#[test]
fn blocks_that_ended_before_keep_their_end_when_a_player_goes() {
    let sql = tables();
    block(&sql, "u_eve", "", NOW);
    sql.lift_block("u_eve", NOW + 1).unwrap();
    assert_eq!(sql.forget_wishes_of_player(NOW + 9), Ok(false));
    assert_eq!(sql.lifted_views().unwrap()["u_eve"].at, NOW + 1);
}

// ---- rooms that are told

#[test]
fn a_room_is_behind_until_it_was_told_the_version() {
    let sql = tables();
    sql.save_room_version("general", 3).unwrap();
    assert_eq!((behind(&sql, 3, NOW), behind(&sql, 4, NOW)), (vec![], vec![("general".to_owned(), 0)]));
    is_safe_to_repeat(&sql.0, || sql.mark_room_sent("general", 4).unwrap());
    assert_eq!(behind(&sql, 4, NOW), []);
    sql.forget_room_version("general").unwrap();
    assert_eq!(behind(&sql, SEQ_MAX, NOW), []);
}

#[test]
fn a_room_that_could_not_be_told_is_tried_later() {
    let sql = tables();
    sql.save_room_version("general", 0).unwrap();
    for wait in [5, 9] {
        sql.delay_room("general", NOW + wait).unwrap();
    }
    assert_eq!((behind(&sql, 1, NOW + 8), behind(&sql, 1, NOW + 9)), (vec![], vec![("general".to_owned(), 2)]));
    sql.mark_room_sent("general", 1).unwrap();
    assert_eq!(behind(&sql, 2, 0), [("general".to_owned(), 0)], "tries are counted anew");
}

#[test]
fn rooms_in_which_the_person_is_are_told_from_the_first_change_on() {
    let sql = tables();
    for kind in [ListenerKind::Room, ListenerKind::Watcher, ListenerKind::Session] {
        sql.listen(kind, &format!("{kind:?}"), SEQ_MAX, 0).unwrap();
    }
    sql.listen(ListenerKind::Room, "general", SEQ_MAX, 0).unwrap();
    sql.save_room_version("general", 7).unwrap();
    is_safe_to_repeat(&sql.0, || sql.add_live_rooms().unwrap());
    assert_eq!(behind(&sql, 7, NOW), [("Room".to_owned(), 0)], "what a room has heard is not forgotten");
}

#[test]
fn the_next_telling_is_that_of_whoever_is_due_first() {
    let sql = tables();
    assert_eq!(sql.next_social_send_at(1), Ok(None));
    sql.save_room_version("general", 0).unwrap();
    sql.delay_room("general", NOW + 9).unwrap();
    assert_eq!((sql.next_social_send_at(0), sql.next_social_send_at(1)), (Ok(None), Ok(Some(NOW + 9))));
    sql.save_contact("u_bo", &said(1, ""), NOW + 5).unwrap();
    assert_eq!(sql.next_social_send_at(1), Ok(Some(NOW + 5)));
    sql.mark_contact_sent("u_bo", 1).unwrap();
    assert_eq!(sql.next_social_send_at(1), Ok(Some(NOW + 9)));
}
