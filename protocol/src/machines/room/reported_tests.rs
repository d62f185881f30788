//! Promises of a reported message (`moderation.md` 7.3): a public room shows it between its neighbours, a private conversation only to the
//! eyes of the person who reported.

use super::ReportedMessage;
use super::tests::{RoomFixture, principal};
use crate::codec::json;
use crate::people::contacts::Privacy;
use crate::words::principal::UserKind;
use crate::words::refusal::{Denied, Refusal};

const DIRECT: &str = "dm_u_aaaaaaaaaaaaa____user_1";
const REPORTER: &str = "u_aaaaaaaaaaaaa";

fn id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

/// Returns the messages that are shown, by the end of their ids.
fn shown(stage: &RoomFixture, reporter: &str, message: u32) -> Result<Vec<u32>, Denied> {
    let privacy = stage.room.privacy_of(reporter);
    let events = stage.room.reported_events(&stage.store, &principal(reporter), privacy, &id(message))?;
    Ok(events.iter().map(|event| event.id.rsplit('-').next().unwrap().parse().unwrap()).collect())
}

/// Makes a direct conversation in which a persona has written so many messages to an account.
fn direct(messages: u32) -> RoomFixture {
    let mut stage = RoomFixture::new(DIRECT);
    stage.change_privacy(REPORTER, |privacy| {
        *privacy = Privacy { version: privacy.version, ..Privacy::of_kind(UserKind::Persona) }
    });
    let writer = stage.join("user_1");
    for _ in 0..messages {
        stage.now += 10_000;
        stage.chat(writer);
    }
    stage
}

#[test]
fn a_message_of_a_public_room_stands_between_two_before_it_and_two_after_it() {
    let mut stage = RoomFixture::new("general");
    let mia = stage.join("user_1");
    for _ in 0..7 {
        stage.now += 10_000;
        stage.chat(mia);
    }
    stage
        .write(mia, &format!("\"type\":\"reaction\",\"messageId\":\"{}\",\"reaction\":\"like\",\"op\":\"add\"", id(7)));
    stage.now += 10_000;
    stage.chat(mia);
    assert_eq!(shown(&stage, "user_9", 4), Ok(vec![2, 3, 4, 5, 6]));
    assert_eq!(shown(&stage, "user_9", 1), Ok(vec![1, 2, 3]));
    assert_eq!(shown(&stage, "user_9", 7), Ok(vec![5, 6, 7, 9]), "a reaction is no neighbour");
    assert_eq!(shown(&stage, "user_9", 8), Err(Refusal::NotFound.into()), "nor a message");
    assert_eq!(shown(&stage, "user_9", 99), Err(Refusal::NotFound.into()));
}

#[test]
fn a_message_that_is_deleted_is_shown_as_deleted() {
    let mut stage = RoomFixture::new("general");
    let mia = stage.join("user_1");
    stage.chat(mia);
    stage.write(mia, &format!("\"type\":\"delete\",\"messageId\":\"{}\",\"for\":\"all\"", id(1)));
    let shown = stage.room.reported_message(&stage.store, &principal("user_9"), None, &id(1)).unwrap();
    let seen: Vec<_> = shown.iter().map(|one| (one.text.as_str(), one.is_deleted, one.is_reported)).collect();
    assert_eq!(seen, [("", true, true)]);
    assert_eq!(json::read::<Vec<ReportedMessage>>(&json::write(&shown)), Some(shown));
}

#[test]
fn a_private_conversation_shows_nothing_to_somebody_who_is_not_in_it() {
    let stage = direct(3);
    assert_eq!(shown(&stage, REPORTER, 2), Ok(vec![1, 2, 3]));
    assert_eq!(shown(&stage, "user_9", 2), Err(Refusal::Forbidden.into()));
}

#[test]
fn what_the_reporter_had_blocked_is_not_there() {
    let mut stage = direct(2);
    stage.blocks(REPORTER, "user_1", true);
    let writer = stage.join("user_1");
    stage.now += 10_000;
    stage.chat(writer);
    assert_eq!(shown(&stage, REPORTER, 2), Ok(vec![1, 2]), "what came after the block is no neighbour");
    assert_eq!(shown(&stage, REPORTER, 3), Err(Refusal::NotFound.into()));
}

#[test]
fn a_persona_reports_a_private_message_without_neighbours() {
    let stage = direct(3);
    assert_eq!(shown(&stage, "user_1", 2), Ok(vec![2]), "another player may have read the others");
}
