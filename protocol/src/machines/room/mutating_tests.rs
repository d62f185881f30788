//! Promises of changed messages, one test per promise (`messenger.md` 5.3, `core.md` 1.2 and 3).

use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{
    Actor, Change, ChangeKind, ChangeStore, NewGroup, Newcomer, Outbound, ReactionOp, StoredReaction, Visibility,
};
use crate::log::{LogStore, Range};
use crate::words::event::TOMBSTONE;
use crate::words::ids::{RoomId, UserId};
use crate::words::limits::{OperatorLimits, REACTION_KINDS_MAX};
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

const MESSAGE: &str = "00000000-0000-7000-8000-000000000001";

/// Makes a direct room in which the first person has written [`MESSAGE`].
fn begun() -> (RoomFixture, ConnKey, ConnKey) {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    (stage, a, b)
}

fn edit(content: &str) -> String {
    format!("\"type\":\"edit\",\"messageId\":\"{MESSAGE}\",\"content\":\"{content}\"")
}

fn react(reaction: &str, op: &str) -> String {
    format!("\"type\":\"reaction\",\"messageId\":\"{MESSAGE}\",\"reaction\":\"{reaction}\",\"op\":\"{op}\"")
}

fn delete(whom: &str) -> String {
    format!("\"type\":\"delete\",\"messageId\":\"{MESSAGE}\",\"for\":\"{whom}\"")
}

fn code(stage: &RoomFixture, out: &Outbound, conn: ConnKey) -> Option<String> {
    let frame: Value = serde_json::from_str(stage.got(out, conn).first()?).unwrap();
    frame["code"].as_str().map(str::to_owned)
}

fn shown(stage: &RoomFixture, user: &str) -> Vec<Value> {
    let page =
        stage.room.page(&stage.store, &principal(user), stage.room.privacy_of(user), Range::Newest, 100).unwrap();
    let text = crate::wire::messenger::history_json("r", "e", &page, None, false);
    serde_json::from_str::<Value>(&text).unwrap()["messages"].as_array().unwrap().clone()
}

#[test]
fn an_edit_is_a_new_event_and_the_message_reads_anew() {
    let (mut stage, a, b) = begun();
    stage.now += 10;
    let out = stage.write(a, &edit("new"));
    assert_eq!(kinds(&stage.got(&out, a)), ["ack", "edit"]);
    let frame: Value = serde_json::from_str(&stage.got(&out, b)[0]).unwrap();
    assert_eq!((frame["seq"].as_u64(), frame["content"].as_str()), (Some(2), Some("new")));
    assert_eq!(frame["editedAt"].as_u64(), Some(stage.now));
    let messages = shown(&stage, "user_2");
    assert_eq!((messages[0]["content"].as_str(), messages[0]["editedAt"].as_u64()), (Some("new"), Some(stage.now)));
    assert_eq!(messages[1]["type"], "edit");
    let first = stage.store.find(MESSAGE).unwrap().unwrap();
    assert_eq!(first.body, r#"{"content":"hi"}"#, "a resend of the first words is still known");
}

#[test]
fn only_the_author_edits_and_only_for_a_while() {
    let (mut stage, a, b) = begun();
    let (by_other, by_other_deleted) = (stage.write(b, &edit("x")), stage.write(b, &delete("all")));
    assert_eq!(code(&stage, &by_other, b).as_deref(), Some("FORBIDDEN"));
    assert_eq!(code(&stage, &by_other_deleted, b).as_deref(), Some("FORBIDDEN"));
    let OperatorLimits { edit_window_ms, delete_window_ms, .. } = OperatorLimits::DEFAULT;
    stage.now += edit_window_ms;
    let in_time = stage.write(a, &edit("x"));
    assert_eq!(code(&stage, &in_time, a), None);
    stage.now += 1;
    let late = stage.write(a, &edit("y"));
    assert_eq!(code(&stage, &late, a).as_deref(), Some("EDIT_WINDOW"));
    stage.now += delete_window_ms - edit_window_ms;
    let late = stage.write(a, &delete("all"));
    assert_eq!(code(&stage, &late, a).as_deref(), Some("EDIT_WINDOW"));
    assert_eq!(stage.room.log().head(), 2, "refused changes leave no trace");
}

#[test]
fn who_leads_a_group_deletes_what_others_wrote_in_time_and_edits_none_of_it() {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let id = |user: &str| UserId::parse(user).unwrap();
    let newcomer = |user: &str| Newcomer { user: id(user), name: user.to_owned(), is_asked: false, by_invite: false };
    let people = vec![newcomer("user_2"), newcomer("user_3")];
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Private, people };
    let actor = Actor { user: id("user_1"), name: "user_1".to_owned() };
    stage.room.make_group(&mut stage.store, 1, &actor, &plan, &mut Outbound::default()).unwrap();
    let [owner, author, member] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    stage.chat(author);
    stage.chat(author);
    let (by_owner, by_member) = (stage.write(owner, &edit("x")), stage.write(member, &delete("all")));
    assert_eq!(code(&stage, &by_owner, owner).as_deref(), Some("FORBIDDEN"));
    assert_eq!(code(&stage, &by_member, member).as_deref(), Some("FORBIDDEN"));
    stage.now += OperatorLimits::DEFAULT.delete_window_ms;
    let in_time = stage.write(owner, &delete("all"));
    assert!(kinds(&stage.got(&in_time, author)).contains(&"delete".to_owned()));
    assert_eq!(in_time.acts.iter().map(|act| act.what).collect::<Vec<_>>(), ["message_delete"]);
    stage.now += 1;
    let second = |whom: &str| delete(whom).replace(MESSAGE, "00000000-0000-7000-8000-000000000002");
    let late = stage.write(owner, &second("all"));
    assert_eq!(code(&stage, &late, owner).as_deref(), Some("EDIT_WINDOW"));
    let hidden = stage.write(owner, &second("me"));
    assert_eq!(code(&stage, &hidden, owner), None, "for oneself at any time");
}

#[test]
fn what_is_deleted_keeps_its_place_and_loses_every_word() {
    let (mut stage, a, b) = begun();
    stage.write(a, &edit("secret"));
    stage.write(b, &react("heart", "add"));
    let out = stage.write(a, &delete("all"));
    assert_eq!(kinds(&stage.got(&out, b)), ["delete"]);
    let messages = shown(&stage, "user_2");
    let members: Vec<&String> = messages[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["deleted", "displayName", "id", "roomId", "senderId", "seq", "timestamp", "type"]);
    assert_eq!(messages[1].get("content"), None, "its edits say nothing any more");
    assert!(messages.iter().all(|message| !message.to_string().contains("secret")));
    assert!(stage.store.log.events().len() == 4 && stage.store.reactions(1).unwrap().is_empty());
    for change in [edit("z"), react("like", "add"), delete("all")] {
        let out = stage.write(a, &change);
        assert_eq!(code(&stage, &out, a).as_deref(), Some("CONFLICT"), "{change}");
    }
}

#[test]
fn the_same_id_is_answered_as_the_first_time_even_after_the_message_is_gone() {
    let (mut stage, a, b) = begun();
    let frame = |id: u32, members: &str| format!("{{\"id\":\"00000000-0000-7000-8000-{id:012}\",{members}}}");
    stage.frame(a, &frame(50, &edit("new")));
    stage.frame(b, &frame(51, &react("heart", "toggle")));
    for (conn, text) in [(a, frame(50, &edit("new"))), (b, frame(51, &react("heart", "toggle")))] {
        let out = stage.frame(conn, &text);
        let answer: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
        assert_eq!((answer["type"].as_str(), answer["duplicate"].as_bool()), (Some("ack"), Some(true)));
        assert_eq!(stage.got(&out, if conn == a { b } else { a }), [""; 0], "no broadcast");
    }
    let other = stage.frame(a, &frame(50, &edit("other")));
    assert_eq!(code(&stage, &other, a).as_deref(), Some("ID_REUSED"));
    let foreign = stage.frame(b, &frame(50, &edit("new")));
    assert_eq!(code(&stage, &foreign, b).as_deref(), Some("ID_TAKEN"));
    stage.frame(a, &frame(52, &delete("all")));
    let chat = stage.frame(a, &frame(1, r#""type":"chat","content":"hi""#));
    let late = stage.frame(a, &frame(50, &edit("new")));
    for out in [chat, late] {
        assert_eq!(kinds(&stage.got(&out, a)), ["ack"]);
    }
    assert_eq!(stage.room.log().head(), 4);
}

#[test]
fn reactions_are_sets_with_bounds() {
    let (mut stage, a, b) = begun();
    for (conn, op, count) in [(a, "add", 1), (a, "add", 1), (b, "toggle", 2), (b, "toggle", 1), (a, "remove", 0)] {
        let out = stage.write(conn, &react("heart", op));
        let frame: Value = serde_json::from_str(stage.got(&out, conn).last().unwrap()).unwrap();
        assert_eq!(frame["count"].as_u64(), Some(count), "{op}");
    }
    assert_eq!(shown(&stage, "user_1")[0].get("reactions"), None);
    for reaction in ["like", "star", "heart", "dislike", "☕"] {
        let out = stage.write(a, &react(reaction, "add"));
        assert_eq!(code(&stage, &out, a), None);
    }
    let sixth = stage.write(a, &react("🎉", "add"));
    assert_eq!(code(&stage, &sixth, a).as_deref(), Some("VALIDATION"));
    let reactions = shown(&stage, "user_2")[0]["reactions"].clone();
    assert_eq!(reactions.as_array().unwrap().len(), 5);
    assert_eq!(reactions[0]["users"][0], "user_1");
}

#[test]
fn an_emoji_is_one_reaction_however_it_is_written() {
    let (mut stage, a, b) = begun();
    stage.write(a, &react("👍", "add"));
    let out = stage.write(b, &react("👍\u{fe0f}", "add"));
    let frame: Value = serde_json::from_str(&stage.got(&out, a)[0]).unwrap();
    assert_eq!((frame["reaction"].as_str(), frame["count"].as_u64()), (Some("👍"), Some(2)));
    stage.write(a, &react("❤", "add"));
    let reactions = &shown(&stage, "user_2")[0]["reactions"];
    assert_eq!((reactions[0]["count"].as_u64(), reactions[1]["reaction"].as_str()), (Some(2), Some("❤\u{fe0f}")));
    stage.write(a, &react("👍\u{fe0e}", "toggle"));
    stage.write(a, &react("❤\u{fe0f}", "remove"));
    let reactions = &shown(&stage, "user_2")[0]["reactions"];
    assert_eq!((reactions[0]["users"][0].as_str(), reactions[1].is_null()), (Some("user_2"), true));
}

#[test]
fn what_was_stored_in_an_earlier_spelling_is_the_same_reaction() {
    let (mut stage, a, b) = begun();
    let seq = stage.store.find(MESSAGE).unwrap().unwrap().seq;
    let stored = [("user_1", "👍\u{fe0f}", 90), ("user_1", "👍", 91), ("user_2", "❤", 92)];
    for (user, reaction, at) in stored {
        let row = StoredReaction { user: user.to_owned(), reaction: reaction.to_owned() };
        stage.store.add_reaction(seq, &row, at).unwrap();
    }
    let kinds = |stage: &RoomFixture| {
        stage.store.reactions(seq).unwrap().into_iter().map(|one| one.reaction).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&stage), ["👍", "❤\u{fe0f}"]);
    let out = stage.write(b, &react("❤\u{fe0f}", "toggle"));
    let frame: Value = serde_json::from_str(&stage.got(&out, a)[0]).unwrap();
    assert_eq!((frame["op"].as_str(), frame["count"].as_u64()), (Some("remove"), Some(0)));
    stage.write(a, &react("👍", "remove"));
    assert!(kinds(&stage).is_empty(), "both spellings are gone");
}

#[test]
fn a_message_has_at_most_twelve_kinds_of_reactions_and_each_of_them_may_grow() {
    let mut stage = RoomFixture::new("general");
    let people = ["user_1", "user_2", "user_3", "user_4"].map(|user| stage.join(user));
    stage.chat(people[0]);
    let kinds = ["like", "dislike", "heart", "star", "☕", "🎉", "🌊", "🍏", "🚲", "🎈", "📮", "🔭"];
    assert_eq!(kinds.len(), REACTION_KINDS_MAX);
    for (n, kind) in kinds.iter().enumerate() {
        let out = stage.write(people[n / 4], &react(kind, "add"));
        assert_eq!(code(&stage, &out, people[n / 4]), None, "{kind}");
    }
    let out = stage.write(people[3], &react("🪁", "add"));
    assert_eq!(code(&stage, &out, people[3]).as_deref(), Some("VALIDATION"), "a thirteenth");
    let out = stage.write(people[3], &react("🔭", "add"));
    assert_eq!(code(&stage, &out, people[3]), None, "one that is there");
    let out = stage.write(people[0], &react("like", "remove"));
    assert_eq!(code(&stage, &out, people[0]), None);
    let out = stage.write(people[3], &react("🪁", "add"));
    assert_eq!(code(&stage, &out, people[3]), None, "there is room again");
    assert_eq!(shown(&stage, "user_1")[0]["reactions"].as_array().unwrap().len(), REACTION_KINDS_MAX);
}

#[test]
fn what_is_hidden_for_one_stays_for_the_other() {
    let (mut stage, a, b) = begun();
    let out = stage.write(b, &delete("me"));
    let ack: Value = serde_json::from_str(&stage.got(&out, b)[0]).unwrap();
    assert_eq!((ack["type"].as_str(), ack["seq"].as_u64()), (Some("ack"), Some(1)));
    assert_eq!(stage.got(&out, a), [""; 0]);
    assert_eq!(out.hidden_for, [("user_2".to_owned(), MESSAGE.to_owned())]);
    assert_eq!(stage.room.log().head(), 1);
    assert_eq!(shown(&stage, "user_2"), [serde_json::json!({ "type": "hidden", "seq": 1 })]);
    assert_eq!(shown(&stage, "user_1")[0]["content"], "hi");
    let out = stage.write(b, &react("heart", "add"));
    assert_eq!(code(&stage, &out, b).as_deref(), Some("NOT_FOUND"));
}

#[test]
fn changes_share_one_limit_that_survives_sleep() {
    let mut stage = RoomFixture::new("general");
    stage.room.settings.rules.mutate = crate::words::rate::Rule::parse("3/10").unwrap();
    let a = stage.join("user_1");
    stage.chat(a);
    stage.write(a, &edit("x"));
    stage.write(a, &react("heart", "add"));
    stage.room.rate_allowance = crate::machines::room::rate_allowance::RateAllowance::default();
    stage.write(a, &react("heart", "remove"));
    let refused = stage.write(a, &delete("all"));
    assert_eq!(code(&stage, &refused, a).as_deref(), Some("RATE_LIMITED"));
    assert!(!stage.store.read(1, 1, 1).unwrap()[0].body.contains("deleted"));
}

#[test]
fn nothing_of_an_earlier_player_is_told_to_the_next() {
    let (mut stage, a, _) = begun();
    stage.now += 100;
    let mut next = principal("user_2");
    (next.session, next.visible_from) = ("1-user_2".into(), stage.now);
    stage.now += 100;
    let (c, _) = stage.join_as(next.clone(), Status::Online, None).unwrap();
    let out = stage.write(a, &edit("still secret"));
    assert_eq!(stage.got(&out, c), [r#"{"type":"hidden","seq":2}"#]);
    let page = stage.room.page(&stage.store, &next, None, Range::Newest, 100).unwrap();
    assert_eq!((page.events.len(), page.hidden), (1, vec![2]));
    let mut own = principal("user_1");
    (own.session, own.visible_from) = ("1-user_1".into(), stage.now);
    let change = Change { id: "x".into(), message: MESSAGE.into(), what: ChangeKind::Delete };
    let mut out = Outbound::default();
    let refused = stage.room.change(&mut stage.store, stage.now, &own, change, &mut out);
    assert!(matches!(refused, Err(Denied::Refused(Refusal::NotFound | Refusal::Forbidden))), "{refused:?}");
}

#[test]
fn without_a_socket_the_message_comes_back_as_it_reads_now() {
    let (mut stage, ..) = begun();
    let mut out = Outbound::default();
    let what = ChangeKind::React { reaction: "star".into(), op: ReactionOp::Toggle };
    let change = Change { id: "r".into(), message: MESSAGE.into(), what };
    let changed =
        stage.room.change(&mut stage.store, stage.now, &principal("user_2"), change.clone(), &mut out).unwrap();
    assert!(!changed.duplicate && changed.message.body.contains("star"));
    let again = stage.room.change(&mut stage.store, stage.now, &principal("user_2"), change, &mut out).unwrap();
    assert!(again.duplicate && again.message.body.contains("star"), "a repeated toggle does not go back");
    assert!(RoomId::parse(stage.room.id().as_str(), &Default::default()).is_ok());
    let gone = Change { id: "d".into(), message: MESSAGE.into(), what: ChangeKind::Delete };
    let gone = stage.room.change(&mut stage.store, stage.now, &principal("user_1"), gone, &mut out).unwrap();
    assert_eq!(gone.message.body, TOMBSTONE);
}

#[test]
fn only_what_others_take_away_is_written_down() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    stage.chat(a);
    assert_eq!(stage.write(a, &delete("all")).acts, [], "one's own message is one's own affair");
}
