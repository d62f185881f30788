//! Bots of a group (`integrations.md` 7): who arranges them, what their tokens open, their commands, and what waits for their webhooks.

use super::integrating_tests::{actor, group};
use super::tests::{RoomFixture, kinds};
use super::{
    BotCommand, BotDelivery, BotScope, BotWebhook, GroupChange, Maker, Outbound, OwnBot, OwnBotChange, OwnBotStore,
    Role, WebhookChange,
};
use crate::log::Range;
use crate::machines::webhook::{DeadLetter, DeadLetterStore, HookDisposition};
use crate::words::closing::CloseCode;
use crate::words::limits::{DEAD_LETTER_MS, HOOK_DEAD_MAX, OWN_BOTS_MAX};
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

pub(super) const BOT: &str = "hook_b";
const HASH: &str = "5e";

pub(super) fn bot(id: &str) -> OwnBot {
    let command = BotCommand { name: "deploy".to_owned(), description: "Deploys main".to_owned() };
    OwnBot {
        id: id.to_owned(),
        name: "Ops".to_owned(),
        secret_hash: HASH.to_owned(),
        scopes: BotScope::ALL.to_vec(),
        commands: vec![command],
        webhook: None,
        maker: Maker::default(),
        made_at: 5,
        floor: 0,
    }
}

pub(super) fn hooked() -> OwnBot {
    let (url, secret) = ("https://a.com".to_owned(), "whsec_x".to_owned());
    let webhook = BotWebhook { url, secret, made_at: 5, given_up_in_a_row: 0 };
    OwnBot { webhook: Some(webhook), ..bot(BOT) }
}

impl RoomFixture {
    pub(super) fn add_bot(&mut self, by: &str, bot: OwnBot) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        let maker = Maker { user: by.to_owned(), ..bot.maker.clone() };
        self.room.add_own_bot(&mut self.store, self.now, &actor(by), OwnBot { maker, ..bot }, &mut out)?;
        Ok(out)
    }

    pub(super) fn change_bot(&mut self, by: &str, change: OwnBotChange) -> Result<(OwnBot, bool, Outbound), Denied> {
        let mut out = Outbound::default();
        let change = OwnBotChange { id: BOT.to_owned(), ..change };
        let (bot, is_other) = self.room.change_own_bot(&mut self.store, self.now, &actor(by), &change, &mut out)?;
        Ok((bot, is_other, out))
    }

    fn remove_bot(&mut self, by: &str) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        self.room.remove_own_bot(&mut self.store, self.now, by, BOT, &mut out)?;
        Ok(out)
    }

    pub(super) fn join_bot(&mut self) -> ConnKey {
        let (principal, _) = self.room.open_bot(BOT, HASH).unwrap();
        self.join_as(principal, Status::Online, None).unwrap().0
    }

    fn speak(&mut self, conn: ConnKey, content: &str) -> Outbound {
        self.write(conn, &format!("\"type\":\"chat\",\"content\":\"{content}\""))
    }

    fn settle(&mut self, seq: u64, attempt: u32, after: HookDisposition) -> bool {
        let mut out = Outbound::default();
        let answer = (500, "it failed");
        self.room.settle_webhook(&mut self.store, self.now, (BOT, seq, attempt), after, answer, &mut out).unwrap()
    }

    fn revive(&mut self, seq: u64) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        self.room.revive_webhook(&mut self.store, self.now, (BOT, seq), &mut out)?;
        Ok(out)
    }

    fn dead(&self) -> Vec<DeadLetter> {
        self.store.dead_letters().dead_after(("", 0), 100).unwrap()
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Denied>) -> Refusal {
    match result.unwrap_err() {
        Denied::Refused(refusal) => refusal,
        Denied::Broken(fault) => panic!("{fault:?}"),
    }
}

fn has_error(frames: &[String], code: &str) -> bool {
    frames.iter().any(|frame| frame.contains(&format!("\"code\":\"{code}\"")))
}

#[test]
fn the_owner_and_admins_arrange_bots_and_nobody_else() {
    let mut stage = group();
    let out = stage.add_bot("user_1", bot(BOT)).unwrap();
    assert_eq!((out.acts[0].what, out.acts[0].target.as_str()), ("bot_add", "grp_0123456789abc/hook_b"));
    for (user, refusal) in [("user_2", Refusal::Forbidden), ("user_9", Refusal::NotFound)] {
        assert_eq!(refused(stage.add_bot(user, bot("hook_c"))), refusal);
        assert_eq!(refused(stage.change_bot(user, OwnBotChange::default())), refusal);
        assert_eq!(refused(stage.remove_bot(user)), refusal);
        assert_eq!(refused(stage.room.own_bots(user).map(<[OwnBot]>::to_vec)), refusal);
    }
    let change = GroupChange::SetRole { user: actor("user_2").user, role: Role::Admin };
    let mut out = Outbound::default();
    stage.room.change_group(&mut stage.store, stage.now, &actor("user_1"), &change, &mut out).unwrap();
    let named = OwnBotChange { name: Some("Builds".to_owned()), ..OwnBotChange::default() };
    let (changed, is_other, out) = stage.change_bot("user_2", named).unwrap();
    assert_eq!((changed.name.as_str(), is_other, out.acts[0].what), ("Builds", false, "bot_change"));
    assert_eq!(stage.remove_bot("user_2").unwrap().acts[0].what, "bot_remove");
    assert_eq!(refused(stage.remove_bot("user_2")), Refusal::NotFound);
    assert_eq!(stage.store.own_bots(), Ok(vec![]));
}

#[test]
fn a_webhook_is_set_by_the_maker_of_its_bot_alone() {
    let mut stage = group();
    stage.add_bot("user_1", bot(BOT)).unwrap();
    let change = GroupChange::SetRole { user: actor("user_2").user, role: Role::Admin };
    stage.room.change_group(&mut stage.store, stage.now, &actor("user_1"), &change, &mut Outbound::default()).unwrap();
    let set = |url: &str| {
        let webhook = BotWebhook { url: url.to_owned(), ..hooked().webhook.unwrap() };
        OwnBotChange { webhook: WebhookChange::Set(webhook), ..OwnBotChange::default() }
    };
    assert_eq!(refused(stage.change_bot("user_2", set("https://a.com"))), Refusal::Forbidden);
    assert_eq!(stage.store.own_bots().unwrap()[0].webhook, None);
    assert!(stage.change_bot("user_1", set("https://a.com")).unwrap().1);
    assert!(!stage.change_bot("user_2", set("https://a.com")).unwrap().1, "it is the one that the bot has");
    let removed = OwnBotChange { webhook: WebhookChange::Remove, ..OwnBotChange::default() };
    assert!(stage.change_bot("user_2", removed).unwrap().1, "whoever leads the group takes it off");
}

#[test]
fn a_group_has_so_many_bots() {
    let mut stage = group();
    for n in 0..OWN_BOTS_MAX {
        stage.add_bot("user_1", bot(&format!("hook_{n}"))).unwrap();
    }
    assert_eq!(refused(stage.add_bot("user_1", bot(BOT))).limit(), Some(OWN_BOTS_MAX as u64));
}

#[test]
fn a_token_opens_the_group_from_then_on_and_nothing_else() {
    let mut stage = group();
    let a = stage.join("user_1");
    stage.speak(a, "before");
    stage.add_bot("user_1", bot(BOT)).unwrap();
    stage.speak(a, "after");
    let (principal, card) = stage.room.open_bot(BOT, HASH).unwrap();
    assert_eq!((principal.user.as_str(), principal.session.as_str()), (BOT, "grp_0123456789abc"));
    assert_eq!(card.name, "Ops");
    let page = stage.room.page(&stage.store, &principal, None, Range::Newest, 50).unwrap();
    assert!(page.events.iter().any(|event| event.body.contains("after")));
    assert!(page.events.iter().all(|event| !event.body.contains("before")));
    for (id, hash) in [(BOT, "5f"), ("hook_c", HASH), ("user_1", HASH)] {
        assert_eq!(stage.room.open_bot(id, hash), Err(Refusal::Unauthenticated));
    }
    stage.remove_bot("user_1").unwrap();
    assert_eq!(stage.room.open_bot(BOT, HASH), Err(Refusal::Unauthenticated));
    let page = stage.room.page(&stage.store, &principal, None, Range::Newest, 50).map(|_| ());
    assert_eq!(page, Err(Denied::Refused(Refusal::Unauthenticated)), "it was revoked after it was asked for");
}

#[test]
fn a_bot_does_what_its_scopes_say() {
    let mut stage = group();
    stage.add_bot("user_1", OwnBot { scopes: vec![BotScope::Read], ..bot(BOT) }).unwrap();
    let (a, conn) = (stage.join("user_1"), stage.join_bot());
    for frame in [r#""type":"chat","content":"hi""#, r#""type":"typing","isTyping":true"#] {
        let out = stage.write(conn, frame);
        assert!(has_error(&stage.got(&out, conn), "FORBIDDEN"), "{frame}");
        assert_eq!(stage.got(&out, a), [""; 0]);
    }
    let both = OwnBotChange { scopes: Some(BotScope::ALL.to_vec()), ..OwnBotChange::default() };
    stage.change_bot("user_1", both).unwrap();
    let out = stage.speak(conn, "hi");
    let [_, said] = &stage.got(&out, conn)[..] else { panic!("an ack and the message") };
    for mark in [r#""senderId":"hook_b""#, r#""bot":true"#, r#""client":"integration""#] {
        assert!(said.contains(mark), "{said}");
    }
    for frame in [r#""type":"nudge""#, r#""type":"wink","winkId":"toast""#, r#""type":"presence","status":"away""#] {
        let out = stage.write(conn, frame);
        assert!(has_error(&stage.got(&out, conn), "FORBIDDEN"), "{frame}");
    }
    let write = OwnBotChange { scopes: Some(vec![BotScope::Write]), ..OwnBotChange::default() };
    let (_, _, out) = stage.change_bot("user_1", write).unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [CloseCode::Forbidden.code()]);
    let (principal, _) = stage.room.open_bot(BOT, HASH).unwrap();
    assert_eq!(refused(stage.join_as(principal, Status::Online, None)), Refusal::Forbidden);
}

#[test]
fn a_bot_that_is_revoked_goes_at_once() {
    let mut stage = group();
    stage.add_bot("user_1", bot(BOT)).unwrap();
    stage.join_bot();
    let out = stage.remove_bot("user_1").unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [CloseCode::Unauthenticated.code()]);
    assert!(!stage.room.is_here(BOT));
    assert_eq!(stage.room.take_report(u64::MAX), None, "nobody's object is told of it");
}

#[test]
fn commands_are_listed_to_people_and_told_to_the_bot_that_has_them() {
    let mut stage = group();
    stage.add_bot("user_1", bot(BOT)).unwrap();
    let conn = stage.join_bot();
    let (a, out) = stage.join_as(super::tests::principal("user_1"), Status::Online, None).unwrap();
    let listed = r#""commands":[{"bot":"hook_b","name":"deploy","description":"Deploys main"}]"#;
    assert!(stage.got(&out, a)[0].contains(listed));
    let out = stage.speak(a, "/Deploy  now ");
    let command = r#""command":{"name":"deploy","args":"now"}"#;
    assert!(stage.got(&out, conn)[0].contains(command));
    assert!(stage.got(&out, a).iter().all(|frame| !frame.contains("\"command\"")));
    let (principal, _) = stage.room.open_bot(BOT, HASH).unwrap();
    let page = stage.room.page(&stage.store, &principal, None, Range::Newest, 50).unwrap();
    assert!(page.events.iter().any(|event| event.body.contains(command)), "also in a history");
    for plain in ["/deployed", "deploy", "/ deploy"] {
        let out = stage.speak(a, plain);
        assert!(stage.got(&out, conn).iter().all(|frame| !frame.contains("\"command\"")), "{plain}");
    }
    let out = stage.speak(conn, "/deploy");
    assert!(stage.got(&out, conn).iter().all(|frame| !frame.contains("\"command\"")), "bots command nobody");

    let none = OwnBotChange { commands: Some(vec![]), ..OwnBotChange::default() };
    let (_, _, out) = stage.change_bot("user_1", none).unwrap();
    assert_eq!(stage.got(&out, a), [r#"{"type":"commands","roomId":"grp_0123456789abc","commands":[]}"#]);
    assert_eq!(kinds(&stage.got(&out, conn)), [""; 0]);
}

#[test]
fn a_bot_has_a_rate_of_its_own() {
    let mut stage = group();
    stage.add_bot("user_1", bot(BOT)).unwrap();
    let conn = stage.join_bot();
    for _ in 0..10 {
        let out = stage.speak(conn, "hi");
        assert!(!has_error(&stage.got(&out, conn), "RATE_LIMITED"));
    }
    let out = stage.speak(conn, "hi");
    assert!(has_error(&stage.got(&out, conn), "RATE_LIMITED"));
    stage.add_bot("user_1", bot("hook_c")).unwrap();
    let (principal, _) = stage.room.open_bot("hook_c", HASH).unwrap();
    let (other, _) = stage.join_as(principal, Status::Online, None).unwrap();
    let out = stage.speak(other, "hi");
    assert!(!has_error(&stage.got(&out, other), "RATE_LIMITED"), "another bot has its own");
}

#[test]
fn messages_wait_for_a_webhook_in_their_order_but_not_those_of_its_bot() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let (a, conn) = (stage.join("user_1"), stage.join_bot());
    assert!(!stage.speak(conn, "mine").webhooks_filled);
    assert!(stage.speak(a, "one").webhooks_filled);
    stage.speak(a, "/deploy two");
    let due = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    let [first] = &due[..] else { panic!("one at a time") };
    assert!(first.event.body.contains("one") && first.attempt == 1);
    assert_eq!(stage.room.take_due_webhooks(&mut stage.store, stage.now), Ok(vec![]), "it is under way");
    let seq = first.event.seq;
    assert!(stage.settle(seq, 1, HookDisposition::Retry { wait_ms: 800 }));
    assert_eq!(stage.room.webhooks_at(&stage.store, stage.now), Ok(Some(stage.now + 800)));
    stage.now += 800;
    let again = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert_eq!((again[0].event.seq, again[0].attempt), (seq, 2));
    assert!(!stage.settle(seq, 1, HookDisposition::Done), "that one is over");
    assert!(stage.settle(seq, 2, HookDisposition::Done));
    let next = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert!(next[0].event.body.contains(r#""command":{"name":"deploy","args":"two"}"#));
}

#[test]
fn an_attempt_that_was_not_made_is_the_same_one_later() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let a = stage.join("user_1");
    stage.speak(a, "one");
    let first = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert_eq!((first[0].attempt, first[0].maker.as_str()), (1, "user_1"));
    assert!(stage.settle(first[0].event.seq, 1, HookDisposition::Postponed { wait_ms: 300 }));
    assert_eq!(stage.room.take_due_webhooks(&mut stage.store, stage.now), Ok(vec![]));
    stage.now += 300;
    assert_eq!(stage.room.take_due_webhooks(&mut stage.store, stage.now), Ok(first));
}

#[test]
fn an_address_gets_a_message_once_however_many_bots_have_it() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    stage.add_bot("user_1", OwnBot { id: "hook_c".to_owned(), ..hooked() }).unwrap();
    let other = BotWebhook { url: "https://b.com".to_owned(), ..hooked().webhook.unwrap() };
    stage.add_bot("user_1", OwnBot { id: "hook_d".to_owned(), webhook: Some(other), ..bot(BOT) }).unwrap();
    let a = stage.join("user_1");
    stage.speak(a, "one");
    let due = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert_eq!(due.iter().map(|one| one.bot.as_str()).collect::<Vec<_>>(), [BOT, "hook_d"]);
}

#[test]
fn an_attempt_that_ended_with_its_process_is_made_again_at_once() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let a = stage.join("user_1");
    stage.speak(a, "one");
    let first = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert_eq!(stage.room.take_due_webhooks(&mut stage.store, stage.now), Ok(vec![]), "it is under way");
    stage.room.free_webhooks(&mut stage.store).unwrap();
    let again = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    let seq = first[0].event.seq;
    assert_eq!((again.len(), again[0].event.seq, again[0].attempt), (1, seq, 2));
    assert!(!stage.settle(seq, 1, HookDisposition::Done), "nobody waits for the end of the first");
    assert!(stage.settle(seq, 2, HookDisposition::Done));
}

#[test]
fn a_webhook_ends_with_its_address_and_with_too_many_failures() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let same = OwnBotChange { webhook: WebhookChange::Set(hooked().webhook.unwrap()), ..OwnBotChange::default() };
    assert!(!stage.change_bot("user_1", same).unwrap().1, "the same address keeps its secret");
    let delivery = |seq| BotDelivery { bot: BOT.to_owned(), seq, due_at: 0, attempts: 9, busy_until: u64::MAX };
    for seq in 1..=u64::from(HOOK_DEAD_MAX) {
        stage.store.save_bot_delivery(&delivery(seq)).unwrap();
        assert!(stage.settle(seq, 9, HookDisposition::Dead));
    }
    assert_eq!(stage.room.own_bots("user_1").unwrap()[0].webhook, None);
    let set = OwnBotChange { webhook: WebhookChange::Set(hooked().webhook.unwrap()), ..OwnBotChange::default() };
    assert!(stage.change_bot("user_1", set).unwrap().1);
    stage.store.save_bot_delivery(&delivery(1)).unwrap();
    let none = OwnBotChange { webhook: WebhookChange::Remove, ..OwnBotChange::default() };
    assert!(stage.change_bot("user_1", none).unwrap().1);
    assert_eq!(stage.store.bot_deliveries(), Ok(vec![]), "nobody waits for it any more");
}

#[test]
fn a_message_that_a_webhook_did_not_take_is_tried_again_by_hand_as_long_as_it_is_kept() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let a = stage.join("user_1");
    stage.speak(a, "one");
    let seq = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap()[0].event.seq;
    assert!(stage.settle(seq, 1, HookDisposition::Dead));
    let (hook, error, died_at) = (BOT.to_owned(), "it failed".to_owned(), stage.now);
    assert_eq!(stage.dead(), [DeadLetter { hook, seq, status: 500, error, attempts: 1, died_at }]);
    assert_eq!(stage.room.webhooks_at(&stage.store, stage.now), Ok(Some(died_at + DEAD_LETTER_MS)));
    assert!(stage.revive(seq).unwrap().webhooks_filled);
    assert_eq!(refused(stage.revive(seq)), Refusal::NotFound, "it waits already");
    let again = stage.room.take_due_webhooks(&mut stage.store, stage.now).unwrap();
    assert_eq!((again[0].event.seq, again[0].attempt), (seq, 1));
    let mut out = Outbound::default();
    let attempt = (BOT, seq, 1);
    stage
        .room
        .settle_webhook(&mut stage.store, stage.now, attempt, HookDisposition::Gone, (410, ""), &mut out)
        .unwrap();
    assert_eq!((out.acts[0].what, out.acts[0].target.as_str()), ("bot_webhook_off", "grp_0123456789abc/hook_b"));
    assert_eq!(stage.room.own_bots("user_1").unwrap()[0].webhook, None);
    assert_eq!(refused(stage.revive(seq)), Refusal::NotFound, "the bot has no webhook any more");
    let set = OwnBotChange { webhook: WebhookChange::Set(hooked().webhook.unwrap()), ..OwnBotChange::default() };
    stage.change_bot("user_1", set).unwrap();
    let unsaid = DeadLetter { seq: seq + 99, ..stage.dead()[0].clone() };
    stage.store.dead_letters_mut().dead_add(&unsaid).unwrap();
    assert_eq!(refused(stage.revive(unsaid.seq)), Refusal::NotFound, "the log does not have it");
    stage.revive(seq).unwrap();
    assert_eq!(stage.dead(), [unsaid]);
}

#[test]
fn what_a_webhook_did_not_take_ends_with_its_time_and_with_its_bot() {
    let mut stage = group();
    stage.add_bot("user_1", hooked()).unwrap();
    let letter =
        |seq, died_at| DeadLetter { hook: BOT.to_owned(), seq, status: 0, error: String::new(), attempts: 9, died_at };
    for (seq, died_at) in [(1, stage.now), (2, stage.now + 1)] {
        stage.store.dead_letters_mut().dead_add(&letter(seq, died_at)).unwrap();
    }
    let now = stage.now + DEAD_LETTER_MS;
    assert_eq!(stage.room.forget_dead_letters(&mut stage.store, now), Ok(true));
    assert_eq!(stage.room.forget_dead_letters(&mut stage.store, now), Ok(false));
    assert_eq!(stage.dead(), [letter(2, stage.now + 1)]);
    assert!(stage.remove_bot("user_1").unwrap().dead_letters_gone);
    assert_eq!(stage.dead(), []);
}

#[test]
fn the_end_of_a_group_takes_what_webhooks_did_not_take_and_says_so() {
    for has_bot in [false, true] {
        let mut stage = group();
        if has_bot {
            stage.add_bot("user_1", hooked()).unwrap();
        }
        let mut out = Outbound::default();
        let by = actor("user_1");
        stage.room.change_group(&mut stage.store, stage.now, &by, &GroupChange::Delete, &mut out).unwrap();
        assert_eq!((out.dead_letters_gone, stage.dead()), (has_bot, vec![]));
    }
}
