//! Integrations of a group (`integrations.md`): who arranges them, and what comes of their messages.

use super::tests::{RoomFixture, principal};
use super::{
    Actor, GroupChange, Integration, IntegrationMessage, IntegrationStore, Maker, NewGroup, Newcomer, Outbound, Role,
    RoomStore, Visibility, WriteOutcome,
};
use crate::log::{LogStore, Range};
use crate::words::ids::UserId;
use crate::words::limits::INTEGRATIONS_MAX;
use crate::words::principal::UserKind;
use crate::words::refusal::{Denied, Refusal};

const HOOK: &str = "hook_a";
const HASH: &str = "5e";

pub(super) fn actor(user: &str) -> Actor {
    Actor { user: UserId::parse(user).unwrap(), name: user.to_owned() }
}

/// Makes a private group of user 1, who owns it, and of users 2 and 3.
pub(super) fn group() -> RoomFixture {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let newcomer = |user: &str| {
        let Actor { user, name } = actor(user);
        Newcomer { user, name, is_asked: false, by_invite: false }
    };
    let people = ["user_2", "user_3"].map(newcomer).into();
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Private, people };
    stage.room.make_group(&mut stage.store, 1, &actor("user_1"), &plan, &mut Outbound::default()).unwrap();
    stage
}

pub(super) fn integration(id: &str) -> Integration {
    Integration {
        id: id.to_owned(),
        name: "Builds".to_owned(),
        secret_hash: HASH.to_owned(),
        maker: Maker { user: "user_1".to_owned(), visible_from: 0 },
        made_at: 5,
        used_at: None,
    }
}

impl RoomFixture {
    fn change_group(&mut self, change: &GroupChange) {
        let mut out = Outbound::default();
        self.room.change_group(&mut self.store, self.now, &actor("user_1"), change, &mut out).unwrap();
    }

    fn add(&mut self, by: &str, id: &str) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        self.room.add_integration(&mut self.store, by, &integration(id), &mut out)?;
        Ok(out)
    }

    fn remove(&mut self, by: &str, id: &str) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        self.room.remove_integration(&mut self.store, by, id, &mut out)?;
        Ok(out)
    }

    fn hear(&mut self, secret: &str, id: &str, content: &str) -> Result<(WriteOutcome, Outbound), Denied> {
        self.hear_from(None, secret, id, content)
    }

    fn hear_from(
        &mut self,
        name: Option<&str>,
        secret: &str,
        id: &str,
        content: &str,
    ) -> Result<(WriteOutcome, Outbound), Denied> {
        let [integration, secret_hash, id, content] = [HOOK, secret, id, content].map(str::to_owned);
        let message = IntegrationMessage { integration, secret_hash, id, name: name.map(str::to_owned), content };
        let mut out = Outbound::default();
        let said = self.room.integration_says(&mut self.store, self.now, &message, &mut out)?;
        Ok((said, out))
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Denied>) -> Refusal {
    match result.unwrap_err() {
        Denied::Refused(refusal) => refusal,
        Denied::Broken(fault) => panic!("{fault:?}"),
    }
}

#[test]
fn the_owner_and_admins_arrange_integrations_and_nobody_else() {
    let mut stage = group();
    let out = stage.add("user_1", HOOK).unwrap();
    assert_eq!((out.acts[0].what, out.acts[0].target.as_str()), ("integration_add", "grp_0123456789abc/hook_a"));
    for (user, refusal) in [("user_2", Refusal::Forbidden), ("user_9", Refusal::NotFound)] {
        assert_eq!(refused(stage.add(user, "hook_b")), refusal);
        assert_eq!(refused(stage.remove(user, HOOK)), refusal);
        assert_eq!(refused(stage.room.integrations(&stage.store, user)), refusal);
    }
    stage.change_group(&GroupChange::SetRole { user: actor("user_2").user, role: Role::Admin });
    assert_eq!(stage.room.integrations(&stage.store, "user_2").unwrap(), [integration(HOOK)]);
    assert_eq!(stage.remove("user_2", HOOK).unwrap().acts[0].what, "integration_remove");
    assert_eq!(refused(stage.remove("user_2", HOOK)), Refusal::NotFound);
}

#[test]
fn a_group_has_so_many_integrations() {
    let mut stage = group();
    for n in 0..INTEGRATIONS_MAX {
        stage.add("user_1", &format!("hook_{n}")).unwrap();
    }
    assert_eq!(refused(stage.add("user_1", "hook_z")).limit(), Some(INTEGRATIONS_MAX as u64));
    stage.remove("user_1", "hook_0").unwrap();
    stage.add("user_1", "hook_z").unwrap();
}

#[test]
fn a_message_is_marked_and_waits_for_absent_people() {
    let mut stage = group();
    stage.add("user_1", HOOK).unwrap();
    let (said, out) = stage.hear(HASH, "m1", "say \"done\" to @pip").unwrap();
    let event = said.event;
    assert_eq!((event.actor.as_deref(), event.name.as_str(), event.session.as_deref()), (Some(HOOK), "Builds", None));
    assert_eq!(event.body, r#"{"content":"say \"done\" to @pip","bot":true,"client":"integration"}"#);
    assert_eq!(UserKind::of_id(HOOK), UserKind::Bot);
    assert!(out.called.is_empty(), "no bot is called");
    let waiting: Vec<String> = stage.store.outbox().unwrap().into_iter().map(|entry| entry.user).collect();
    assert_eq!(waiting, ["user_1", "user_2", "user_3"]);
    assert_eq!(stage.store.integrations().unwrap()[0].used_at, Some(stage.now));
}

#[test]
fn a_name_that_is_borne_by_somebody_is_told_apart_in_the_log_and_not_to_the_sender() {
    let mut stage = group();
    stage.add("user_1", HOOK).unwrap();
    let names = [
        (Some("Watchdog"), "Watchdog", "Watchdog"),
        (Some("USER_2"), "USER_2", "USER_2 (ok_a)"),
        (Some("Міа"), "Міа", "Міа (ok_a)"),
        (None, "Builds", "Builds"),
    ];
    for (name, told, stored) in names {
        let event = stage.hear_from(name, HASH, told, "hi").unwrap().0.event;
        let first = stage.store.read(event.seq, event.seq, 1).unwrap().remove(0);
        assert_eq!((event.name.as_str(), first.name.as_str()), (told, stored));
        assert_eq!(stage.hear_from(name, HASH, told, "hi").unwrap().0.event, event);
    }
}

#[test]
fn a_known_id_gets_its_first_answer_and_costs_nothing() {
    let mut stage = group();
    stage.add("user_1", HOOK).unwrap();
    let first = stage.hear(HASH, "m1", "one").unwrap().0;
    let again = stage.hear(HASH, "m1", "one").unwrap().0;
    assert_eq!((again.duplicate, again.event), (true, first.event));
    assert_eq!(refused(stage.hear(HASH, "m1", "two")), Refusal::IdReused);
}

#[test]
fn an_address_that_opens_nothing_is_refused_in_one_way() {
    let mut stage = group();
    assert_eq!(refused(stage.hear(HASH, "m1", "hi")), Refusal::NotFound);
    stage.add("user_1", HOOK).unwrap();
    assert_eq!(refused(stage.hear("other", "m1", "hi")), Refusal::NotFound);
    stage.remove("user_1", HOOK).unwrap();
    assert_eq!(refused(stage.hear(HASH, "m1", "hi")), Refusal::NotFound);
    stage.add("user_1", HOOK).unwrap();
    stage.change_group(&GroupChange::Delete);
    assert_eq!(refused(stage.hear(HASH, "m1", "hi")), Refusal::NotFound);
    assert!(stage.store.integrations().unwrap().is_empty());
    assert_eq!(refused(RoomFixture::new("general").hear(HASH, "m1", "hi")), Refusal::NotFound);
}

#[test]
fn an_integration_has_a_rate_of_its_own_that_outlasts_a_sleep() {
    let mut stage = group();
    stage.add("user_1", HOOK).unwrap();
    let mut times = 0;
    let wait_ms = loop {
        // Slower than the limit on messages of anybody, so that the rate of integrations is the one that ends this.
        stage.now += 1_000;
        match stage.hear(HASH, &format!("m{times}"), "hi") {
            Ok(_) => times += 1,
            Err(denied) => break refused::<()>(Err(denied)).retry_after_ms(),
        }
    };
    assert_eq!((times, wait_ms), (30, Some(30_000)));
    stage.add("user_1", "hook_b").unwrap();
    let [integration, secret_hash, id, content] = ["hook_b", HASH, "other", "hi"].map(str::to_owned);
    let message = IntegrationMessage { integration, secret_hash, id, name: None, content };
    let said = stage.room.integration_says(&mut stage.store, stage.now, &message, &mut Outbound::default());
    assert!(said.is_ok(), "another integration has its own");
    let now = stage.now;
    let mut woken = RoomFixture::on("grp_0123456789abc", stage.store);
    woken.now = now;
    assert!(matches!(refused(woken.hear(HASH, "later", "hi")), Refusal::RateLimited { .. }));
    woken.now += 30_000;
    woken.hear(HASH, "later", "hi").unwrap();
}

#[test]
fn an_integration_takes_no_writes_in_maintenance_and_ends_with_its_maker() {
    let mut stage = group();
    stage.add("user_1", HOOK).unwrap();
    stage.room.set_maintained(true);
    assert!(matches!(refused(stage.hear(HASH, "m1", "hi")), Refusal::Overloaded { .. }));
    stage.room.set_maintained(false);
    stage.hear(HASH, "m1", "hi").unwrap();
    stage.change_group(&GroupChange::Remove { user: actor("user_1").user });
    assert_eq!(refused(stage.hear(HASH, "m2", "hi")), Refusal::NotFound);
    let page = stage.room.page(&stage.store, &principal("user_2"), None, Range::Newest, 10).unwrap();
    assert!(page.events.iter().any(|event| event.actor.as_deref() == Some(HOOK)));
}
