//! Bots and integrations end with the right of their maker, and members know the bots that read (`integrations.md` 1 and 7.1).

use super::integrating_tests::{actor, group, integration};
use super::own_bots_tests::{BOT, bot, hooked};
use super::tests::{RoomFixture, principal};
use super::{
    BotDelivery, BotScope, BotWebhook, GroupChange, Integration, IntegrationStore, Maker, Outbound, OwnBot,
    OwnBotChange, OwnBotStore, ProgramsEnd, Role,
};
use crate::log::Range;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::refusal::{Denied, Refusal};

fn set_role(user: &str, role: Role) -> GroupChange {
    GroupChange::SetRole { user: actor(user).user, role }
}

fn removal(user: &str) -> GroupChange {
    GroupChange::Remove { user: actor(user).user }
}

/// Makes a group in which the owner (user 1) and an admin (user 2) each made a bot and an integration.
fn group_with_programs() -> RoomFixture {
    let mut stage = group();
    stage.do_as("user_1", &set_role("user_2", Role::Admin));
    for (user, id, hook) in [("user_1", "hook_owner", "hook_c"), ("user_2", BOT, "hook_d")] {
        stage.add_bot(user, bot(id)).unwrap();
        let maker = Maker { user: user.to_owned(), visible_from: 0 };
        let made = Integration { maker, ..integration(hook) };
        stage.room.add_integration(&mut stage.store, user, &made, &mut Outbound::default()).unwrap();
    }
    stage
}

impl RoomFixture {
    fn do_as(&mut self, by: &str, change: &GroupChange) -> Outbound {
        let mut out = Outbound::default();
        self.room.change_group(&mut self.store, self.now, &actor(by), change, &mut out).unwrap();
        out
    }

    fn end_programs(&mut self, user: &str, before: Millis) {
        self.end(&ProgramsEnd { before, ..ProgramsEnd::of_all(user) });
    }

    fn end(&mut self, end: &ProgramsEnd<'_>) -> Outbound {
        let mut out = Outbound::default();
        self.room.end_programs(&mut self.store, self.now, end, &mut out).unwrap();
        out
    }

    /// Returns the ids of all bots and integrations.
    fn programs(&self) -> Vec<String> {
        let bots = self.store.own_bots().unwrap().into_iter().map(|bot| bot.id);
        bots.chain(self.store.integrations().unwrap().into_iter().map(|one| one.id)).collect()
    }

    /// Returns the bodies of the lines about bots, as `user` reads them.
    fn bot_lines(&self, user: &str) -> Vec<String> {
        let page = self.room.page(&self.store, &principal(user), None, Range::Newest, 50).unwrap();
        page.events.into_iter().map(|event| event.body).filter(|body| body.contains("bot_added")).collect()
    }
}

#[test]
fn what_an_admin_made_ends_when_they_leave_are_removed_or_lose_the_role() {
    for (by, change) in
        [("user_1", set_role("user_2", Role::Member)), ("user_1", removal("user_2")), ("user_2", removal("user_2"))]
    {
        let mut stage = group_with_programs();
        stage.join_bot();
        let out = stage.do_as(by, &change);
        assert_eq!(stage.programs(), ["hook_owner", "hook_c"], "{change:?}");
        assert_eq!(stage.room.open_bot(BOT, "5e"), Err(Refusal::Unauthenticated));
        assert!(out.closes.iter().any(|close| close.code == CloseCode::Unauthenticated.code()), "{change:?}");
        let ended: Vec<_> = out.acts.iter().filter(|act| act.actor.is_empty()).map(|act| act.what).collect();
        assert_eq!(ended, ["bot_remove", "integration_remove"]);
    }
}

#[test]
fn what_an_owner_made_ends_when_they_leave_and_the_rest_stays() {
    let mut stage = group_with_programs();
    stage.do_as("user_1", &removal("user_1"));
    assert_eq!(stage.programs(), [BOT, "hook_d"]);
}

#[test]
fn another_role_that_may_make_programs_ends_nothing() {
    let mut stage = group_with_programs();
    stage.do_as("user_1", &set_role("user_3", Role::Admin));
    stage.do_as("user_3", &removal("user_3"));
    assert_eq!(stage.programs().len(), 4);
}

#[test]
fn the_next_player_of_a_persona_keeps_nothing_of_the_last_one() {
    let mut stage = group();
    let of_player = |visible_from| OwnBot { maker: Maker { visible_from, ..Maker::default() }, ..bot(BOT) };
    stage.add_bot("user_1", of_player(10)).unwrap();
    stage.end_programs("user_2", 30);
    stage.end_programs("user_1", 10);
    assert_eq!(stage.programs(), [BOT], "the end of an earlier player comes late");
    stage.end_programs("user_1", 20);
    assert_eq!(stage.programs(), [""; 0]);
    stage.add_bot("user_1", of_player(20)).unwrap();
    stage.end_programs("user_1", 20);
    assert_eq!(stage.programs(), [BOT]);
}

#[test]
fn what_was_made_since_a_time_ends_and_the_rest_of_the_person_and_all_of_others_stays() {
    let mut stage = group();
    stage.do_as("user_1", &set_role("user_2", Role::Admin));
    let made = |id: &str, made_at| OwnBot { made_at, ..bot(id) };
    for (user, one) in [
        ("user_1", made("hook_old", 6)),
        ("user_1", made("hook_same", 7)),
        ("user_1", made(BOT, 8)),
        ("user_2", made("hook_others", 8)),
    ] {
        stage.add_bot(user, one).unwrap();
    }
    for (id, made_at) in [("hook_c", 6), ("hook_d", 7)] {
        stage.store.save_integration(&Integration { made_at, ..integration(id) }).unwrap();
    }
    stage.join_bot();
    let out = stage.end(&ProgramsEnd { before: 1, made_since: 7, user: "user_1" });
    assert_eq!(stage.programs(), ["hook_old", "hook_others", "hook_c"]);
    assert_eq!(stage.room.open_bot(BOT, "5e"), Err(Refusal::Unauthenticated));
    assert!(out.closes.iter().any(|close| close.code == CloseCode::Unauthenticated.code()));
    stage.end(&ProgramsEnd { before: 1, made_since: 0, user: "user_1" });
    assert_eq!(stage.programs(), ["hook_others"], "since the beginning is all");
}

#[test]
fn a_bot_that_stays_loses_an_address_that_it_got_since_and_what_waits_for_it() {
    let mut stage = group();
    let at =
        |made_at| OwnBot { webhook: hooked().webhook.map(|webhook| BotWebhook { made_at, ..webhook }), ..hooked() };
    stage.add_bot("user_1", OwnBot { id: "hook_a".to_owned(), ..at(6) }).unwrap();
    stage.add_bot("user_1", at(7)).unwrap();
    for bot in ["hook_a", BOT] {
        let bot = bot.to_owned();
        stage.store.save_bot_delivery(&BotDelivery { bot, seq: 1, due_at: 7, attempts: 0, busy_until: 0 }).unwrap();
    }
    for _ in 0..2 {
        stage.end(&ProgramsEnd { before: 1, made_since: 7, user: "user_1" });
        let known = stage.store.own_bots().unwrap();
        let hooks: Vec<(&str, bool)> = known.iter().map(|bot| (bot.id.as_str(), bot.webhook.is_some())).collect();
        assert_eq!(hooks, [("hook_a", true), (BOT, false)]);
        let waiting: Vec<String> = stage.store.bot_deliveries().unwrap().into_iter().map(|one| one.bot).collect();
        assert_eq!(waiting, ["hook_a"]);
    }
    assert!(stage.room.open_bot(BOT, "5e").is_ok());
}

#[test]
fn what_has_no_maker_is_the_owners() {
    let mut stage = group();
    stage.store.save_integration(&Integration { maker: Maker::default(), ..integration("hook_a") }).unwrap();
    stage.do_as("user_1", &set_role("user_2", Role::Admin));
    stage.do_as("user_1", &removal("user_2"));
    assert_eq!((stage.programs().len(), stage.room.maker_of(&Maker::default())), (1, "user_1"));
    stage.do_as("user_1", &removal("user_1"));
    assert_eq!(stage.programs(), [""; 0]);
}

#[test]
fn members_are_told_of_a_bot_that_reads_and_see_which_ones_do() {
    let mut stage = group();
    let write_only = OwnBot { scopes: vec![BotScope::Write], ..bot(BOT) };
    stage.add_bot("user_1", write_only).unwrap();
    assert_eq!((stage.bot_lines("user_3"), stage.room.reading_bots("user_3").unwrap()), (vec![], vec![]));
    let reads = OwnBotChange { scopes: Some(BotScope::ALL.to_vec()), ..OwnBotChange::default() };
    stage.change_bot("user_1", reads.clone()).unwrap();
    stage.change_bot("user_1", reads).unwrap();
    assert_eq!(stage.bot_lines("user_3"), [r#"{"code":"bot_added","userId":"hook_b","userName":"Ops"}"#]);
    stage.add_bot("user_1", bot("hook_c")).unwrap();
    assert_eq!(stage.bot_lines("user_3").len(), 2);
    let ids: Vec<String> = stage.room.reading_bots("user_3").unwrap().into_iter().map(|bot| bot.id).collect();
    assert_eq!(ids, [BOT, "hook_c"]);
    assert_eq!(stage.room.reading_bots("user_9"), Err(Denied::Refused(Refusal::NotFound)));
}
