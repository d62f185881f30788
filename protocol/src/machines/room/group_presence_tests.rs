//! The log of a group reports joins and leaves without revealing blocks (`messenger.md` 4 *Blocking* and 5.4 *joined/left*).

use super::tests::{RoomFixture, principal};
use super::{Actor, GroupChange, NewGroup, Newcomer, Outbound, Visibility};
use crate::log::LogStore;
use crate::people::contacts::{Audience, Privacy};
use crate::words::event::Kind;
use crate::words::ids::UserId;
use crate::words::limits::GROUP_ABSENCE_MS;
use crate::words::principal::UserKind;
use crate::words::socket::ConnKey;
use crate::words::status::Status;

fn actor(user: &str) -> Actor {
    Actor { user: UserId::parse(user).unwrap(), name: user.to_owned() }
}

fn newcomer(user: &str) -> Newcomer {
    Newcomer { user: actor(user).user, name: user.to_owned(), is_asked: false, by_invite: false }
}

/// Makes a private group of user 1 and these others, in which user 1 is present from the beginning.
fn group(others: &[&str]) -> (RoomFixture, ConnKey) {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let people = others.iter().map(|user| newcomer(user)).collect();
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Private, people };
    stage.room.make_group(&mut stage.store, 1, &actor("user_1"), &plan, &mut Outbound::default()).unwrap();
    let one = stage.join("user_1");
    (stage, one)
}

impl RoomFixture {
    fn block(&mut self, user: &str, other: &str, is_blocked: bool) {
        let fresh = || Privacy::of_kind(UserKind::Persona);
        let mut privacy = self.room.privacy_of(user).cloned().unwrap_or_else(fresh);
        privacy.version += 1;
        if is_blocked {
            privacy.hides.block(other, self.now);
        } else {
            privacy.hides.unblock(other, self.now);
        }
        self.room.set_privacy(&mut self.store, self.now, user, privacy, &mut Outbound::default()).unwrap();
    }

    /// Limits the visibility of `user`'s presence to these people, or to everybody.
    fn show_presence(&mut self, user: &str, to: Option<&[&str]>) {
        self.change_privacy(user, |privacy| {
            privacy.settings.who_sees_presence = if to.is_some() { Audience::Contacts } else { Audience::Everyone };
            privacy.contacts = to.unwrap_or_default().iter().map(|other| (*other).to_owned()).collect();
        });
    }

    fn change(&mut self, change: &GroupChange) {
        let mut out = Outbound::default();
        self.room.change_group(&mut self.store, self.now, &actor("user_1"), change, &mut out).unwrap();
    }

    fn wait_out_the_grace(&mut self) {
        self.now += GROUP_ABSENCE_MS;
        self.tick();
    }

    /// Returns the joins and leaves in the log after `after`.
    fn came_and_went(&self, after: u64) -> Vec<(String, &'static str)> {
        let events = self.store.read(after + 1, u64::MAX, u32::MAX).unwrap();
        let codes = ["joined", "left", "member_added", "member_removed", "member_joined"];
        let code = |body: &str| codes.into_iter().find(|code| body.contains(&format!("\"code\":\"{code}\"")));
        let notes = events.into_iter().filter(|event| event.kind == Kind::System);
        notes.filter_map(|event| Some((event.actor?, code(&event.body)?))).collect()
    }
}

fn by(user: &str, code: &'static str) -> (String, &'static str) {
    (user.to_owned(), code)
}

#[test]
fn who_blocks_one_of_the_group_is_gone_for_its_log_until_they_do_not() {
    let (mut stage, _) = group(&["user_2", "user_3"]);
    let head = stage.room.log().head();
    stage.join("user_2");
    stage.block("user_2", "user_1", true);
    assert_eq!(stage.came_and_went(head), [by("user_2", "joined")], "not at once: nobody leaves at once");
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(head), [by("user_2", "joined"), by("user_2", "left")]);
    for conn in stage.room.conns_of("user_2") {
        stage.room.leave(stage.now, conn, &mut Outbound::default());
    }
    stage.wait_out_the_grace();
    stage.join("user_2");
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(head).len(), 2, "nor do they come or go");
    stage.block("user_2", "user_1", false);
    assert_eq!(stage.came_and_went(head)[2..], [by("user_2", "joined")]);
    stage.block("user_2", "user_3", true);
    stage.block("user_2", "user_3", false);
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(head).len(), 3, "who is back in time was not away");
    stage.block("user_2", "user_9", true);
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(head).len(), 3, "whoever is not in the group reads nothing of it");
}

#[test]
fn who_does_not_show_their_presence_to_all_of_the_group_is_gone_for_its_log_until_they_do() {
    let (mut stage, _) = group(&["user_2", "user_3"]);
    let head = stage.room.log().head();
    stage.join("user_2");
    stage.show_presence("user_2", Some(&["user_1", "user_3"]));
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(head), [by("user_2", "joined")], "all of the group see them");
    stage.change(&GroupChange::Add { people: vec![newcomer("user_4")] });
    assert_eq!(stage.came_and_went(head)[1..], [by("user_2", "left"), by("user_1", "member_added")]);
    let floor = stage.room.log().head();
    for conn in stage.room.conns_of("user_2") {
        stage.room.leave(stage.now, conn, &mut Outbound::default());
    }
    stage.wait_out_the_grace();
    stage.join("user_2");
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(floor), [], "nor do they come or go");
    stage.show_presence("user_2", Some(&["user_1", "user_3", "user_4"]));
    assert_eq!(stage.came_and_went(floor), [by("user_2", "joined")]);
    stage.show_presence("user_2", Some(&["user_1", "user_4"]));
    stage.show_presence("user_2", None);
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(floor).len(), 1, "who is back in time was not away");
    stage.show_presence("user_2", Some(&[]));
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(floor)[1..], [by("user_2", "left")]);
}

#[test]
fn the_log_of_a_block_is_that_of_a_departure() {
    let read = |is_block: bool| {
        let (mut stage, one) = group(&["user_2"]);
        let two = stage.join("user_2");
        stage.now += 1;
        if is_block {
            stage.block("user_2", "user_1", true);
        } else {
            stage.room.leave(stage.now, two, &mut Outbound::default());
        }
        stage.wait_out_the_grace();
        stage.chat(one);
        stage.now += 1;
        if is_block {
            stage.block("user_2", "user_1", false);
        } else {
            stage.join("user_2");
        }
        let (late, out) = stage.join_as(principal("user_1"), Status::Online, None).unwrap();
        stage.got(&out, late).into_iter().find(|frame| frame.contains("\"type\":\"history\"")).unwrap()
    };
    assert_eq!(read(true), read(false));
    assert!(!read(true).contains("hidden"));
}

#[test]
fn who_blocks_a_newcomer_has_gone_before_they_come_and_is_back_after_they_left() {
    let (mut stage, _) = group(&["user_2"]);
    stage.join("user_2");
    stage.block("user_2", "user_3", true);
    let head = stage.room.log().head();
    stage.change(&GroupChange::Add { people: vec![newcomer("user_3")] });
    assert_eq!(stage.came_and_went(head), [by("user_2", "left"), by("user_1", "member_added")]);
    let floor = stage.room.group().unwrap().member("user_3").unwrap().floor;
    assert_eq!(stage.came_and_went(floor), [by("user_1", "member_added")], "before that nothing is there for them");
    stage.wait_out_the_grace();
    assert_eq!(stage.came_and_went(floor).len(), 1);
    stage.change(&GroupChange::Remove { user: actor("user_3").user });
    assert_eq!(stage.came_and_went(floor)[1..], [by("user_1", "member_removed"), by("user_2", "joined")]);

    let asked = Newcomer { is_asked: true, ..newcomer("user_3") };
    let head = stage.room.log().head();
    stage.change(&GroupChange::Add { people: vec![asked] });
    assert_eq!(stage.came_and_went(head), [], "who was asked is not in it yet");
    let mut out = Outbound::default();
    stage.room.change_group(&mut stage.store, stage.now, &actor("user_3"), &GroupChange::Enter, &mut out).unwrap();
    assert_eq!(stage.came_and_went(head), [by("user_2", "left"), by("user_3", "member_joined")]);
}

#[test]
fn a_room_that_slept_between_the_block_and_the_grace_tells_of_it_as_well() {
    let (mut stage, one) = group(&["user_2"]);
    let two = stage.join("user_2");
    let attached = [one, two].map(|conn| stage.room.connection(conn).unwrap().clone());
    stage.block("user_2", "user_1", true);
    let head = stage.room.log().head();
    let now = stage.now;
    let mut stage = RoomFixture::on("grp_0123456789abc", stage.store);
    stage.now = now;
    for connection in attached {
        stage.room.restore(connection, now);
    }
    for _ in 0..2 {
        let alive_at = stage.now;
        let mut out = Outbound::default();
        stage.room.sweep(&mut stage.store, stage.now, |_| Some(alive_at), &mut out).unwrap();
        stage.now += GROUP_ABSENCE_MS;
    }
    assert!(stage.room.is_here("user_2"));
    assert_eq!(stage.came_and_went(head), [by("user_2", "left")]);
}
