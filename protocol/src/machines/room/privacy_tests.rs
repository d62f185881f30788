//! Promises of a room to blockers, and secrets that it keeps from blocked people (`messenger.md` 4 *Blocking* and 5.4).

use std::collections::BTreeSet;

use super::tests::{RoomFixture, kinds, principal};
use super::{Outbound, PeopleStore, Receipts};
use crate::log::{Cursor, Range};
use crate::machines::presence::Card;
use crate::people::contacts::{Audience, Hides, Privacy, Settings};
use crate::wire::messenger::frame_json;
use crate::words::event::Millis;
use crate::words::principal::UserKind;
use crate::words::refusal::Refusal;
use crate::words::status::Status;

fn privacy_at(version: u64) -> Privacy {
    Privacy { version, ..Privacy::of_kind(UserKind::Persona) }
}

fn blocking(version: u64, user: &str, from: Millis) -> Privacy {
    let mut hides = Hides::default();
    hides.block(user, from);
    Privacy { hides, ..privacy_at(version) }
}

impl RoomFixture {
    fn set_privacy(&mut self, user: &str, privacy: Privacy) -> Outbound {
        let mut out = Outbound::default();
        self.room.set_privacy(&mut self.store, self.now, user, privacy, &mut out).unwrap();
        out
    }
}

#[test]
fn a_blocked_sender_is_acked_and_seen_by_all_but_the_blocker_who_gets_the_place() {
    let mut stage = RoomFixture::new("general");
    let [a, b, c] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    let out = stage.chat(a);
    assert_eq!(kinds(&stage.got(&out, a)), ["ack", "chat"]);
    let place = format!(r#"{{"type":"hidden","seq":1,"blockedAt":{}}}"#, stage.now);
    assert_eq!(stage.got(&out, b), [place]);
    assert_eq!(kinds(&stage.got(&out, c)), ["chat"]);
    for write in [r#""type":"nudge""#, r#""type":"wink","winkId":"toast""#] {
        let out = stage.write(a, write);
        assert_eq!(kinds(&stage.got(&out, b)), ["hidden"]);
        assert_eq!(stage.got(&out, c).len(), 1);
    }
    let out = stage.chat(c);
    assert_eq!(kinds(&stage.got(&out, b)), ["chat"], "others are heard as ever");
}

#[test]
fn the_blocked_hear_the_blocker_in_rooms_as_ever_but_do_not_see_them() {
    let mut stage = RoomFixture::new("general");
    let [a, b] = ["user_1", "user_2"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    let out = stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    assert_eq!(stage.got(&out, a), [r#"{"type":"participants","roomId":"general","joined":[],"left":["user_2"]}"#]);
    let out = stage.chat(b);
    assert_eq!(kinds(&stage.got(&out, a)), ["chat"]);
    let (late, out) = stage.join_as(principal("user_1"), Status::Online, None).unwrap();
    let list = stage.got(&out, late).into_iter().find(|frame| frame.contains("participants")).unwrap();
    assert!(!list.contains("user_2") && list.contains("user_1"), "{list}");
    let out = stage.set_privacy("user_2", privacy_at(2));
    let frames = stage.got(&out, a);
    assert!(frames[0].contains(r#""joined":[{"id":"user_2""#), "{frames:?}");
}

#[test]
fn coming_and_going_of_the_blocker_is_not_told_to_the_blocked() {
    let mut stage = RoomFixture::new("general");
    let [a, c] = ["user_1", "user_3"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    stage.join("user_2");
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, a).is_empty());
    assert!(stage.got(&out, c)[0].contains("user_2"));
}

#[test]
fn pages_and_replays_keep_the_places_and_an_unblock_does_not_bring_them_back() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    stage.chat(a);
    stage.now += 10;
    stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    stage.chat(a);
    stage.now += 10;
    let mut after = blocking(2, "user_1", stage.now - 10);
    after.hides.unblock("user_1", stage.now);
    stage.set_privacy("user_2", after);
    stage.chat(a);
    let cursor = Some(Cursor { seq: 0, epoch: None });
    let (b, out) = stage.join_as(principal("user_2"), Status::Online, cursor).unwrap();
    let history = stage.got(&out, b).into_iter().find(|frame| frame.contains("history")).unwrap();
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let seen: Vec<(u64, &str)> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["seq"].as_u64().unwrap(), event["type"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [(1, "chat"), (2, "hidden"), (3, "chat")]);
    assert_eq!(history["messages"][1].get("blockedAt"), None, "between two it needs no telling");
    let hidden = |user: &str| {
        let privacy = stage.room.privacy_of(user);
        stage.room.page(&stage.store, &principal(user), privacy, Range::Newest, 10).unwrap().hidden
    };
    assert_eq!(hidden("user_2"), [2]);
    assert_eq!(hidden("user_1"), [0; 0], "the sender sees what they wrote");
}

#[test]
fn the_blocker_must_unblock_to_write_and_a_known_id_is_answered_all_the_same() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let b = stage.join("user_2");
    let first = r#"{"type":"chat","id":"00000000-0000-7000-8000-00000000000f","content":"before"}"#;
    stage.frame(b, first);
    stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    let out = stage.chat(b);
    assert!(stage.got(&out, b)[0].contains("FORBIDDEN"));
    let out = stage.frame(b, first);
    assert!(stage.got(&out, b)[0].contains(r#""duplicate":true"#));
    assert_eq!(stage.room.log().head(), 1);
}

#[test]
fn typing_passes_in_neither_direction_between_people_of_whom_one_blocks_and_is_not_shown_of_who_does_not_share_it() {
    let typing = r#"{"type":"typing","isTyping":true}"#;
    let mut stage = RoomFixture::new("general");
    let [a, b, c] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    let out = stage.frame(a, typing);
    assert!(stage.got(&out, b).is_empty() && stage.got(&out, c).len() == 1);
    let out = stage.frame(b, typing);
    assert!(stage.got(&out, a).is_empty() && stage.got(&out, c).len() == 1);
    let settings = Settings { typing: false, ..privacy_at(1).settings };
    stage.set_privacy("user_3", Privacy { settings, ..privacy_at(1) });
    stage.now += 2_000;
    let out = stage.frame(c, typing);
    assert!(stage.got(&out, a).is_empty(), "it is not shown of those who do not share it");
    let out = stage.frame(a, typing);
    assert_eq!(stage.got(&out, c).len(), 1, "and hides nobody's from them");
}

/// Privacy of a person who appears offline to these people.
fn offline_to(version: u64, people: &[&str]) -> Privacy {
    Privacy { hidden_from: people.iter().map(|user| (*user).to_owned()).collect(), ..privacy_at(version) }
}

#[test]
fn who_appears_offline_to_one_person_is_not_here_for_them_and_here_for_all_others() {
    let mut stage = RoomFixture::new("general");
    let [a, b, c] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    let out = stage.set_privacy("user_2", offline_to(1, &["user_1"]));
    assert_eq!(stage.got(&out, a), [r#"{"type":"participants","roomId":"general","joined":[],"left":["user_2"]}"#]);
    assert!(stage.got(&out, c).is_empty() && stage.got(&out, b).is_empty());
    assert_eq!((stage.room.here_for("user_1"), stage.room.here_for("user_3").len()), (vec!["user_1", "user_3"], 3));
    let out = stage.chat(b);
    assert_eq!(kinds(&stage.got(&out, a)), ["chat"], "messages arrive");
    let out = stage.chat(a);
    assert_eq!(kinds(&stage.got(&out, b)), ["chat"], "both ways");
    let out = stage.set_privacy("user_2", offline_to(2, &[]));
    assert!(stage.got(&out, a)[0].contains(r#""joined":[{"id":"user_2""#));
}

#[test]
fn typing_does_not_reach_those_to_whom_a_person_appears_offline_and_what_they_saw_of_it_ends() {
    let typing = r#"{"type":"typing","isTyping":true}"#;
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let [a, b] = ["user_1", "user_2"].map(|user| stage.join(user));
    let out = stage.frame(b, typing);
    assert_eq!(kinds(&stage.got(&out, a)), ["typing"]);
    let out = stage.set_privacy("user_2", offline_to(1, &["user_1"]));
    assert!(stage.got(&out, a).iter().any(|frame| frame.contains(r#""isTyping":false"#)));
    stage.now += 2_000;
    let out = stage.frame(b, typing);
    assert!(stage.got(&out, a).is_empty());
    let out = stage.frame(a, typing);
    assert_eq!(kinds(&stage.got(&out, b)), ["typing"], "the other direction is open");
}

#[test]
fn a_direct_conversation_learns_only_of_its_other_person() {
    let privacy = offline_to(3, &["user_1", "user_4"]);
    assert_eq!(privacy.about("user_1"), offline_to(3, &["user_1"]));
    assert_eq!(privacy.about("user_5"), offline_to(3, &[]));
    let text = serde_json::to_string(&offline_to(3, &[])).unwrap();
    assert!(!text.contains("hidden_from"), "{text}");
}

#[test]
fn what_is_shown_of_typing_ends_with_the_block() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let [a, b] = ["user_1", "user_2"].map(|user| stage.join(user));
    stage.frame(a, r#"{"type":"typing","isTyping":true}"#);
    let out = stage.set_privacy("user_2", blocking(1, "user_1", stage.now));
    assert!(stage.got(&out, b)[0].contains(r#""isTyping":false"#));
}

#[test]
fn nudges_and_winks_that_are_not_taken_are_lines() {
    let mut stage = RoomFixture::new("general");
    let [a, b, c] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    let settings = Settings { nudges: Audience::Contacts, winks: Audience::Nobody, ..privacy_at(1).settings };
    stage.set_privacy("user_2", Privacy { settings, ..privacy_at(1) });
    let out = stage.nudge(a);
    assert!(stage.got(&out, b)[0].contains(r#""effect":"line""#));
    assert!(stage.got(&out, c)[0].contains(r#""effect":"shake""#));
    let out = stage.write(a, r#""type":"wink","winkId":"toast""#);
    assert!(stage.got(&out, b)[0].contains(r#""replay":true"#), "every client shows it and plays nothing");
    assert!(!stage.got(&out, c)[0].contains("replay"));
    let contacts = BTreeSet::from(["user_1".to_owned()]);
    stage.set_privacy("user_2", Privacy { settings, contacts, ..privacy_at(2) });
    let out = stage.nudge(a);
    assert!(stage.got(&out, b)[0].contains(r#""effect":"shake""#), "a contact's nudge is taken");
}

#[test]
fn whoever_hears_of_contacts_only_is_written_to_by_them_and_by_those_they_turned_to() {
    let mut stage = RoomFixture::new("dm_u_aaaaaaaaaaaaa____user_1");
    let a = stage.join("user_1");
    let out = stage.chat(a);
    assert!(stage.got(&out, a)[0].contains("FORBIDDEN"), "accounts begin with contacts");
    let account = Privacy::of_kind(UserKind::User);
    let contacts = BTreeSet::from(["user_1".to_owned()]);
    stage.set_privacy("u_aaaaaaaaaaaaa", Privacy { version: 1, contacts, ..account.clone() });
    let out = stage.chat(a);
    assert!(stage.got(&out, a)[0].contains("ack"));
    stage.set_privacy("u_aaaaaaaaaaaaa", Privacy { version: 2, ..account });
    let out = stage.chat(a);
    assert!(stage.got(&out, a)[0].contains("FORBIDDEN"), "no contact any more");
    let u = stage.join("u_aaaaaaaaaaaaa");
    stage.chat(u);
    let out = stage.chat(a);
    assert!(stage.got(&out, a)[0].contains("ack"), "one may answer");
    assert_eq!(stage.room.may_write(&principal("user_1").user), Ok(()));
}

#[test]
fn what_was_said_before_they_parted_and_what_becomes_of_it_turns_to_nobody() {
    let mut stage = RoomFixture::new("dm_u_aaaaaaaaaaaaa____user_1");
    let account = Privacy::of_kind(UserKind::User);
    let contacts = BTreeSet::from(["user_1".to_owned()]);
    stage.set_privacy("u_aaaaaaaaaaaaa", Privacy { version: 1, contacts, ..account.clone() });
    let (a, u) = (stage.join("user_1"), stage.join("u_aaaaaaaaaaaaa"));
    let said = r#"{"type":"chat","id":"00000000-0000-7000-8000-00000000000f","content":"hi"}"#;
    stage.frame(u, said);
    stage.set_privacy("u_aaaaaaaaaaaaa", Privacy { version: 2, ..account });
    let out = stage.frame(u, said);
    assert!(stage.got(&out, u)[0].contains(r#""duplicate":true"#));
    for change in [
        r#""type":"edit","content":"ho""#,
        r#""type":"reaction","reaction":"heart","op":"add""#,
        r#""type":"reaction","reaction":"heart","op":"remove""#,
        r#""type":"delete","for":"all""#,
    ] {
        let out = stage.write(u, &format!(r#"{change},"messageId":"00000000-0000-7000-8000-00000000000f""#));
        assert_eq!(kinds(&stage.got(&out, u))[0], "ack", "{change}");
    }
    let out = stage.chat(a);
    assert!(stage.got(&out, a)[0].contains("FORBIDDEN"), "nothing new was said to them");
}

#[test]
fn receipts_are_mutual_and_never_pass_a_block() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    assert_eq!(stage.room.receipts_between("user_1", "user_2"), Receipts::Read);
    let settings = Settings { receipts: false, ..privacy_at(1).settings };
    stage.set_privacy("user_2", Privacy { settings, ..privacy_at(1) });
    for (from, viewer) in [("user_1", "user_2"), ("user_2", "user_1")] {
        assert_eq!(stage.room.receipts_between(from, viewer), Receipts::Delivered);
    }
    stage.set_privacy("user_2", blocking(2, "user_1", stage.now));
    for (from, viewer) in [("user_1", "user_2"), ("user_2", "user_1")] {
        assert_eq!(stage.room.receipts_between(from, viewer), Receipts::Nothing);
    }
    assert_eq!(RoomFixture::new("general").room.receipts_between("user_1", "user_2"), Receipts::Delivered);
}

#[test]
fn wishes_outlive_the_room_and_late_news_changes_nothing() {
    let mut stage = RoomFixture::new("general");
    stage.join("user_2");
    stage.set_privacy("user_2", blocking(5, "user_1", 0));
    stage.set_privacy("user_2", privacy_at(4));
    assert!(stage.room.privacy_of("user_2").is_some_and(|privacy| privacy.hides.blocks("user_1")));
    let stored = stage.store.known().unwrap();
    assert!(stored[0].1.privacy.hides.blocks("user_1") && stored[0].1.is_told);
    stage.room.forget_strangers(&mut stage.store, &mut Outbound::default()).unwrap();
    assert_eq!(stage.store.known().unwrap().len(), 1, "they are here");
    let conn = stage.room.conns_of("user_2")[0];
    stage.room.leave(stage.now, conn, &mut Outbound::default());
    stage.room.forget_strangers(&mut stage.store, &mut Outbound::default()).unwrap();
    assert!(stage.store.known().unwrap().is_empty() && stage.room.privacy_of("user_2").is_none());
}

#[test]
fn nobody_is_told_that_they_may_not_write_because_of_a_block() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    stage.set_privacy("user_2", blocking(1, "user_1", 0));
    assert_eq!(stage.room.may_write(&principal("user_1").user), Ok(()));
    assert_eq!(stage.room.may_write(&principal("user_2").user), Err(Refusal::Forbidden));
}

fn showing(version: u64, presence: Audience, picture: Audience) -> Privacy {
    let contacts = ["user_1".to_owned()].into_iter().collect();
    let settings = Settings { who_sees_presence: presence, who_sees_picture: picture, ..privacy_at(version).settings };
    Privacy { settings, contacts, ..privacy_at(version) }
}

fn changed(joined: &[(&str, &str)], left: &[&str]) -> String {
    let row = |(user, avatar): &(&str, &str)| {
        format!(r#"{{"id":"{user}","displayName":"{user}","status":"online","avatarId":"{avatar}"}}"#)
    };
    let joined: Vec<String> = joined.iter().map(row).collect();
    let left: Vec<String> = left.iter().map(|user| format!("\"{user}\"")).collect();
    let (joined, left) = (joined.join(","), left.join(","));
    format!(r#"{{"type":"participants","roomId":"general","joined":[{joined}],"left":[{left}]}}"#)
}

#[test]
fn who_shows_their_presence_to_contacts_alone_is_here_for_them_alone() {
    let mut stage = RoomFixture::new("general");
    let [friend, stranger, _] = ["user_1", "user_3", "user_2"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    let out = stage.set_privacy("user_2", showing(1, Audience::Contacts, Audience::Everyone));
    assert_eq!(stage.got(&out, stranger), [changed(&[], &["user_2"])]);
    assert!(stage.got(&out, friend).is_empty(), "nothing is different for a contact");
    let here = |stage: &RoomFixture, viewer: &str| stage.room.here_for(viewer).len();
    assert_eq!([here(&stage, "user_1"), here(&stage, "user_2"), here(&stage, "user_3")], [3, 3, 2]);
    let users = |stage: &RoomFixture, viewer: &str| -> Vec<String> {
        stage.room.people_seen_by(viewer).into_iter().map(|one| one.user).collect()
    };
    assert_eq!(users(&stage, "user_3"), ["user_1", "user_3"]);
    assert_eq!(users(&stage, "user_1"), ["user_1", "user_2", "user_3"]);
    // Changes of these people are sent to those who see them; changes of other people are sent to all.
    for (user, status) in [("user_2", Status::Busy), ("user_1", Status::Away)] {
        let card = Card { status, name: user.to_owned(), avatar: "av_01".to_owned(), version: 2, ..Card::default() };
        stage.room.set_card(&mut stage.store, stage.now, user, &card, &mut Outbound::default()).unwrap();
    }
    stage.now += 500;
    let out = stage.tick();
    let received = |conn| stage.got(&out, conn).concat();
    assert!(received(friend).contains("user_2") && received(friend).contains("user_1"));
    assert!(!received(stranger).contains("user_2") && received(stranger).contains("user_1"));
    // A former contact is notified that the person went offline, and no other person is notified.
    let nobody = Privacy { contacts: BTreeSet::new(), ..showing(2, Audience::Contacts, Audience::Everyone) };
    let out = stage.set_privacy("user_2", nobody);
    assert_eq!(stage.got(&out, friend), [changed(&[], &["user_2"])]);
    assert!(stage.got(&out, stranger).is_empty());
    let out = stage.set_privacy("user_2", privacy_at(3));
    for conn in [friend, stranger] {
        assert!(stage.got(&out, conn).concat().contains(r#""joined":[{"id":"user_2""#), "there again");
    }
}

#[test]
fn who_shows_their_picture_to_nobody_is_here_without_it_but_for_themselves() {
    let mut stage = RoomFixture::new("general");
    let [viewer, shy] = ["user_1", "user_2"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    let out = stage.set_privacy("user_2", showing(1, Audience::Everyone, Audience::Nobody));
    assert_eq!(stage.got(&out, viewer), [changed(&[("user_2", "av_guest")], &[])]);
    assert!(stage.got(&out, shy).is_empty());
    let pictures = |stage: &RoomFixture, viewer: &str| -> Vec<String> {
        stage.room.people_seen_by(viewer).into_iter().map(|one| one.avatar).collect()
    };
    assert_eq!(pictures(&stage, "user_1"), ["av_01", "av_guest"]);
    assert_eq!(pictures(&stage, "user_2"), ["av_01", "av_01"]);
    // A joining person gets all of them at once, each as visible to that person.
    stage.join("user_3");
    stage.now += 500;
    let out = stage.tick();
    assert_eq!(
        stage.got(&out, viewer),
        [changed(&[("user_3", "av_01")], &[])],
        "one who hides nothing is told to all alike"
    );
    let out = stage.set_privacy("user_2", showing(2, Audience::Nobody, Audience::Nobody));
    assert_eq!(stage.got(&out, viewer), [changed(&[], &["user_2"])]);
    // A person who is invisible to somebody stays so after a change of the picture.
    let out = stage.set_privacy("user_2", showing(3, Audience::Nobody, Audience::Everyone));
    assert!(stage.got(&out, viewer).is_empty());
}

#[test]
fn who_comes_with_somebody_who_hides_something_is_told_to_each_with_what_they_see() {
    let mut stage = RoomFixture::new("general");
    let [friend, one, other] = ["user_1", "user_3", "user_4"].map(|user| stage.join(user));
    let more = ["user_7", "user_8", "user_9"].map(|user| stage.join(user));
    stage.now += 500;
    stage.tick();
    stage.set_privacy("user_2", showing(1, Audience::Contacts, Audience::Everyone));
    stage.set_privacy("user_5", showing(1, Audience::Everyone, Audience::Contacts));
    stage.set_privacy("user_6", blocking(1, "user_4", stage.now));
    let here = ["user_2", "user_5", "user_6"].map(|user| stage.join(user));
    stage.now += 500;
    let out = stage.tick();
    let all = [("user_2", "av_01"), ("user_5", "av_01"), ("user_6", "av_01")];
    assert_eq!(stage.got(&out, friend), [changed(&all, &[])]);
    let without = [("user_5", "av_guest"), ("user_6", "av_01")];
    assert_eq!(stage.got(&out, one), [changed(&without, &[])]);
    assert_eq!(stage.got(&out, other), [changed(&without[..1], &[])], "blocked by one of them");
    for conn in here {
        stage.room.leave(stage.now, conn, &mut Outbound::default());
    }
    stage.now += 500;
    let out = stage.tick();
    assert_eq!(stage.got(&out, friend), [changed(&[], &["user_2", "user_5", "user_6"])]);
    assert_eq!(stage.got(&out, one), [changed(&[], &["user_5", "user_6"])]);
    assert_eq!(stage.got(&out, other), [changed(&[], &["user_5"])]);
    let received = out.deliveries(&stage.room.targets(), |notification| frame_json("general", notification));
    let apart: Vec<usize> = received.iter().map(|delivery| delivery.conns.len()).collect();
    assert_eq!(apart.iter().sum::<usize>(), 3 + more.len());
    assert_eq!(received.len(), 3, "whoever is told the same is told it together: {apart:?}");
}

#[test]
fn that_somebody_went_is_told_by_the_wishes_that_held_when_they_went() {
    // A person who was invisible to all leaves without a notice, although the room has forgotten the reason.
    let mut stage = RoomFixture::new("general");
    let viewer = stage.join("user_1");
    stage.now += 500;
    stage.tick();
    stage.set_privacy("user_2", showing(1, Audience::Nobody, Audience::Everyone));
    let hidden = stage.join("user_2");
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, viewer).is_empty());
    let mut out = Outbound::default();
    stage.room.leave(stage.now, hidden, &mut out);
    stage.room.forget_strangers(&mut stage.store, &mut out).unwrap();
    assert!(stage.room.privacy_of("user_2").is_none());
    assert!(stage.got(&out, viewer).is_empty(), "{:?}", stage.got(&out, viewer));
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, viewer).is_empty());

    // Becoming visible to everyone from now on makes no difference.
    stage.set_privacy("user_2", showing(2, Audience::Nobody, Audience::Everyone));
    let hidden = stage.join("user_2");
    stage.now += 500;
    stage.tick();
    stage.room.leave(stage.now, hidden, &mut Outbound::default());
    let out = stage.set_privacy("user_2", privacy_at(3));
    assert!(stage.got(&out, viewer).is_empty());
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, viewer).is_empty());

    // A visible person leaves for the people who saw them, although they hide from now on.
    let seen = stage.join("user_2");
    stage.now += 500;
    stage.tick();
    stage.room.leave(stage.now, seen, &mut Outbound::default());
    let out = stage.set_privacy("user_2", showing(4, Audience::Nobody, Audience::Everyone));
    assert_eq!(stage.got(&out, viewer), [changed(&[], &["user_2"])]);
}

#[test]
fn who_hides_before_anybody_was_told_of_them_was_never_there() {
    let mut stage = RoomFixture::new("general");
    let viewer = stage.join("user_1");
    stage.now += 500;
    stage.tick();
    stage.set_privacy("user_2", privacy_at(1));
    let shy = stage.join("user_2");
    let out = stage.set_privacy("user_2", showing(2, Audience::Nobody, Audience::Everyone));
    assert!(stage.got(&out, viewer).is_empty());
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, viewer).is_empty());
    let out = stage.set_privacy("user_2", privacy_at(3));
    assert_eq!(stage.got(&out, viewer), [changed(&[("user_2", "av_01")], &[])]);
    stage.room.leave(stage.now, shy, &mut Outbound::default());
    stage.now += 500;
    let out = stage.tick();
    assert_eq!(stage.got(&out, viewer), [changed(&[], &["user_2"])]);
}
