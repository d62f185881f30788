//! Bots in a room (`messenger.md` 7).

use super::tests::{RoomFixture, principal};
use super::{Outbound, RoomStore};
use crate::log::LogStore;
use crate::machines::bots::{BotLine, answer_body, line_body};
use crate::words::bot_cast;
use crate::words::event::Kind;
use crate::words::refusal::{Denied, Refusal};

const DIRECT: &str = "dm_bot_nova____user_1";

fn called(out: &Outbound) -> Vec<&'static str> {
    out.called.iter().map(|called| called.bot).collect()
}

fn says(stage: &mut RoomFixture, id: &str, kind: Kind, body: String) -> Result<Outbound, Denied> {
    let (mut out, nova) = (Outbound::default(), bot_cast::find("bot_nova").unwrap());
    stage.room.bot_says(&mut stage.store, stage.now, nova, (id.into(), kind, body), &mut out)?;
    Ok(out)
}

#[test]
fn a_message_calls_once_and_its_repetition_edit_or_reaction_does_not() {
    let mut stage = RoomFixture::new(DIRECT);
    let conn = stage.join("user_1");
    let said =
        |words: &str| format!(r#"{{"type":"chat","id":"00000000-0000-7000-8000-00000000000a","content":"{words}"}}"#);
    assert_eq!(called(&stage.frame(conn, &said("hello"))), ["bot_nova"]);
    assert_eq!(called(&stage.frame(conn, &said("hello"))), [""; 0]);
    let change = r#""messageId":"00000000-0000-7000-8000-00000000000a""#;
    assert_eq!(called(&stage.write(conn, &format!(r#""type":"edit",{change},"content":"@nova""#))), [""; 0]);
    assert_eq!(
        called(&stage.write(conn, &format!(r#""type":"reaction",{change},"reaction":"like","op":"add""#))),
        [""; 0]
    );
    assert_eq!(called(&stage.nudge(conn)), [""; 0]);
}

#[test]
fn an_answer_is_said_once_calls_nobody_and_waits_in_no_inbox() {
    let mut stage = RoomFixture::new(DIRECT);
    let conn = stage.join("user_1");
    stage.chat(conn);
    assert!(stage.store.outbox().unwrap().is_empty(), "a bot is always there");
    let body = answer_body("yes, @pip", "t", "script");
    assert_eq!(called(&says(&mut stage, "answer", Kind::Chat, body.clone()).unwrap()), [""; 0]);
    let again = says(&mut stage, "answer", Kind::Chat, body).unwrap();
    assert!(again.counters.sent.is_empty() && stage.room.log().head() == 2);
    says(&mut stage, "line", Kind::System, line_body(BotLine::Sleeping)).unwrap();
    assert_eq!(stage.store.read(3, 3, 1).unwrap()[0].kind, Kind::System);
    stage.room.set_maintained(true);
    let refused = says(&mut stage, "later", Kind::Chat, answer_body("x", "t", "ai")).unwrap_err();
    assert!(matches!(refused, Denied::Refused(Refusal::Overloaded { .. })));
}

#[test]
fn a_bot_that_writes_is_shown_until_it_has_spoken() {
    let mut stage = RoomFixture::new(DIRECT);
    stage.join("user_1");
    let (mut out, nova) = (Outbound::default(), bot_cast::find("bot_nova").unwrap());
    stage.room.bot_writes(stage.now, nova, &mut out);
    assert!(!out.is_silent() && stage.room.timer_at().is_some());
    let mut again = Outbound::default();
    stage.room.bot_writes(stage.now, nova, &mut again);
    assert!(again.is_silent(), "once in a second, as people");
    says(&mut stage, "answer", Kind::Chat, answer_body("hi", "t", "ai")).unwrap();
    assert_eq!(stage.room.timer_at(), None);
}

#[test]
fn a_bot_is_shown_what_its_caller_may_read_and_nothing_of_an_earlier_player() {
    let mut stage = RoomFixture::new(DIRECT);
    let conn = stage.join("user_1");
    stage.chat(conn);
    says(&mut stage, "a", Kind::Chat, answer_body("hi", "t", "ai")).unwrap();
    stage.now += 10;
    stage.chat(conn);
    stage.chat(conn);
    let seen = |stage: &RoomFixture, visible_from, seq| {
        let caller = crate::words::principal::Principal { visible_from, ..principal("user_1") };
        let shown = stage.room.shown_to_bot(&stage.store, &caller, None, seq).unwrap();
        shown.iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(seen(&stage, 0, 3), [1, 2, 3], "what came after the message is not shown");
    assert_eq!(seen(&stage, stage.now - 5, 4), [3, 4]);
    stage.write(conn, r#""type":"delete","messageId":"00000000-0000-7000-8000-000000000003","for":"all""#);
    assert_eq!(seen(&stage, 0, 4), [0; 0], "the message that called is gone");
    assert_eq!(seen(&stage, 0, 3), [1, 2, 3]);
}
