//! Promises of *Appear offline to single people* (`presence.md` 2.7): the rows, the view that stays, and blocks of the same person.

use protocol::machines::presence::PresenceTies;
use protocol::words::status::{OFFLINE, Status, Visible};

use super::*;
use crate::calls::contacts::BlockCall;
use crate::kit::sql::older::contents;
use crate::kit::trace::Trace;
use crate::objects::person::tests::{NOW, mia, user};

/// A person who is online with these words.
fn here(words: &str) -> PersonMemory {
    let mut memory = mia();
    memory.person.begin(NOW, "Mia", "cat", words, Status::Online);
    memory.person.arrive(NOW, 1, "s1");
    memory
}

/// True if it was a change.
fn hide(memory: &mut PersonMemory, other: &str, is_hidden: bool, now: Millis) -> Result<bool, Refusal> {
    let call = HideFromCall { other: user(other), is_hidden };
    hide_in(memory, &call, now).unwrap().map(|changed| changed.is_some())
}

fn block(memory: &mut PersonMemory, other: &str, is_blocked: bool, now: Millis) {
    let trace = Trace { address: "192.0.2.0/24".to_owned(), request: "r1".to_owned() };
    let call = BlockCall { other: user(other), is_blocked, trace };
    privacy::block_in(memory, &call, now).unwrap().unwrap();
}

fn view(memory: &PersonMemory, viewer: &str) -> Visible {
    memory.views().unwrap().to(viewer)
}

#[test]
fn the_one_concerned_sees_a_departure_and_nothing_later_and_all_others_see_the_status() {
    let mut memory = here("before");
    assert_eq!(hide(&mut memory, "u_eve", true, NOW + 5), Ok(true));
    memory.person.begin(NOW + 9, "Mia", "dog", "after", Status::Busy);
    let (eve, bo) = (view(&memory, "u_eve"), view(&memory, "u_bo"));
    assert_eq!((eve.status.as_str(), eve.avatar_id.as_str(), eve.since), (OFFLINE, "cat", NOW + 5));
    assert_eq!(eve.personal_message, "before");
    assert_eq!((bo.status.as_str(), bo.personal_message.as_str()), ("busy", "after"));
    let ties = PresenceTies { shares_room: true, ..PresenceTies::default() };
    let views = memory.views().unwrap();
    assert!(views.visible_for("u_eve", ties).is_none() && views.visible_for("u_bo", ties).is_some());
}

#[test]
fn the_view_is_that_of_somebody_who_went() {
    let (mut hidden, mut gone) = (here("words"), here("words"));
    hide(&mut hidden, "u_eve", true, NOW + 5).unwrap();
    let _ = gone.person.end_session(NOW + 5, "s1");
    let _ = gone.person.leave_at_once(NOW + 5);
    assert_eq!(view(&hidden, "u_eve"), view(&gone, "u_eve"));
}

#[test]
fn the_time_of_going_is_hidden_of_who_shows_no_last_seen() {
    let mut memory = here("");
    memory.person.show_last_seen(false);
    hide(&mut memory, "u_eve", true, NOW + 5).unwrap();
    assert_eq!((view(&memory, "u_eve").status.as_str(), view(&memory, "u_eve").since), (OFFLINE, 0));
}

#[test]
fn the_list_is_told_to_rooms_and_a_direct_conversation_learns_of_its_person_alone() {
    let mut memory = here("");
    for other in ["u_eve", "u_bo"] {
        hide(&mut memory, other, true, NOW).unwrap();
    }
    assert_eq!(memory.sql.hidden_from(), Ok(vec!["u_eve".to_owned(), "u_bo".to_owned()]));
    let of = |room: &str| privacy::privacy_for(&memory, &user("u_mia"), room).unwrap().hidden_from;
    assert_eq!(of("general").len(), 2);
    assert_eq!(of("dm_u_bo____u_mia").into_iter().collect::<Vec<_>>(), ["u_bo"]);
    let before = memory.person.record().privacy;
    hide(&mut memory, "u_eve", false, NOW + 1).unwrap();
    assert!(memory.person.record().privacy > before, "rooms are behind");
    assert_eq!(memory.sql.blocked_ids(), Ok(Vec::new()));
}

#[test]
fn what_is_so_already_changes_nothing() {
    let mut memory = here("");
    for (is_hidden, is_changed) in [(false, false), (true, true), (true, false), (false, true), (false, false)] {
        let before = contents(&memory.sql.0);
        assert_eq!(hide(&mut memory, "u_eve", is_hidden, NOW), Ok(is_changed));
        assert_eq!(contents(&memory.sql.0) != before, is_changed);
    }
}

#[test]
fn so_many_people_and_no_more() {
    let mut memory = mia();
    for n in 0..HIDDEN_FROM_MAX {
        hide(&mut memory, &format!("u_{n}"), true, NOW).unwrap();
    }
    assert_eq!(hide(&mut memory, "u_more", true, NOW).unwrap_err().field(), Some("userId"));
    assert_eq!(hide(&mut memory, "u_0", true, NOW), Ok(false), "who is on the list is on it");
    hide(&mut memory, "u_0", false, NOW).unwrap();
    assert_eq!(hide(&mut memory, "u_more", true, NOW), Ok(true));
}

#[test]
fn the_end_looks_like_a_coming_and_while_the_person_is_not_here_like_nothing() {
    let mut memory = here("words");
    hide(&mut memory, "u_eve", true, NOW + 5).unwrap();
    hide(&mut memory, "u_eve", false, NOW + 9).unwrap();
    assert_eq!((view(&memory, "u_eve").status.as_str(), view(&memory, "u_eve").since), ("online", NOW + 9));
    hide(&mut memory, "u_eve", true, NOW + 20).unwrap();
    let before = view(&memory, "u_eve");
    let _ = memory.person.end_session(NOW + 30, "s1");
    let _ = memory.person.leave_at_once(NOW + 30);
    memory.store().unwrap();
    hide(&mut memory, "u_eve", false, NOW + 40).unwrap();
    assert_eq!(view(&memory, "u_eve"), before, "the departure at that time is not told");
    hide(&mut memory, "u_eve", true, NOW + 50).unwrap();
    assert_eq!(view(&memory, "u_eve"), before);
}

#[test]
fn a_block_and_this_have_one_view_until_both_have_ended() {
    for is_block_first in [true, false] {
        let mut memory = here("words");
        let set = |memory: &mut PersonMemory, is_block: bool, is_on: bool, now: Millis| match is_block {
            true => block(memory, "u_eve", is_on, now),
            false => drop(hide(memory, "u_eve", is_on, now)),
        };
        set(&mut memory, is_block_first, true, NOW + 5);
        let before = view(&memory, "u_eve");
        set(&mut memory, !is_block_first, true, NOW + 6);
        assert_eq!(view(&memory, "u_eve"), before);
        let listed =
            |memory: &PersonMemory| (memory.sql.blocked_ids().unwrap().len(), memory.sql.hidden_from().unwrap().len());
        assert_eq!(listed(&memory), (1, 1));
        set(&mut memory, is_block_first, false, NOW + 7);
        assert_eq!((view(&memory, "u_eve"), listed(&memory).0 == 1), (before.clone(), !is_block_first));
        set(&mut memory, !is_block_first, false, NOW + 8);
        assert_eq!((view(&memory, "u_eve").since, listed(&memory)), (NOW + 8, (0, 0)));
        assert_eq!(view(&memory, "u_eve").status, "online");
    }
}
