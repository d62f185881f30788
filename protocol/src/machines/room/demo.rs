//! Functions of demo rooms alone (`demo.md`): the log begins with prepared messages, begins anew when the presenter resets it, and has
//! characters of a scene.
//!
//! Rules are in `crate::machines::demo`; every function here is a part of one synchronous step.

use std::rc::Rc;

use super::change::{Change, ChangeKind, ReactionOp};
use super::group::{Group, GroupRecord, Member, Role, Visibility};
use super::group_change::Actor;
use super::group_presence::broken_only;
use super::notification::Participant;
use super::outbound::Outbound;
use super::receipt::Receipt;
use super::slow::SlowMode;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::write::Write;
use crate::codec::json::json_text;
use crate::log::Appended;
use crate::machines::demo::{CastAction, CastActionKind, SeedLine, scripted_id};
use crate::words::closing::CloseCode;
use crate::words::event::{Draft, Event, Kind, Millis};
use crate::words::ids::{RoomForm, UserId};
use crate::words::personas::Persona;
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::status::Status;

impl Room {
    /// Creates the demo room: a private group of its presenter and of the characters with prepared messages. The log begins with these
    /// messages.
    /// Errors: `CONFLICT`: the room exists already.
    pub fn make_demo(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        presenter: &Actor,
        name: &str,
        seed: &[SeedLine],
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        if *self.id.form() != RoomForm::Group || self.group.is_some() {
            return Err(Refusal::Conflict.into());
        }
        let record = GroupRecord {
            name: name.to_owned(),
            topic: String::new(),
            visibility: Visibility::Private,
            is_deleted: false,
            version: 1,
            made_of: String::new(),
        };
        store.save_group(&record)?;
        self.group = Some(Group { record, members: Default::default() });
        self.put_in(store, presenter, Role::Owner)?;
        self.sow(store, seed)?;
        self.miss_nothing(store, &presenter.user)?;
        self.notify_person(&mut Step { store, now, out }, presenter.user.as_str())
    }

    /// Adds a person to a demo room. The earlier messages are visible to them.
    pub fn let_into_demo(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        newcomer: &Actor,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let step = &mut Step { store, now, out };
        self.put_in(step.store, newcomer, Role::Member)?;
        self.miss_nothing(step.store, &newcomer.user)?;
        self.notify_person(step, newcomer.user.as_str())?;
        self.say(step, newcomer, "member_joined", &[])
    }

    /// Removes a person from the demo room, at their own wish or the presenter's.
    pub fn part_from_demo(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        user: &UserId,
        by: Option<&Actor>,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let step = &mut Step { store, now, out };
        let Some(member) = self.group.as_ref().and_then(|group| group.find(user.as_str())).cloned() else {
            return Ok(());
        };
        self.forget_member(step, user.as_str())?;
        self.show_out(now, user.as_str(), step.out);
        match by {
            Some(by) => {
                let about = [("userId", user.as_str()), ("userName", member.name.as_str())];
                self.say(step, by, "member_removed", &about)
            }
            None => {
                let own = Actor { user: member.user.clone(), name: member.name.clone() };
                self.say(step, &own, "member_left", &[])
            }
        }
    }

    /// Ends a demo room: its people are notified, and only these notifications are left.
    pub fn end_demo(&mut self, store: &mut impl RoomStore, now: Millis, out: &mut Outbound) -> Result<(), Denied> {
        self.delete_group(&mut Step { store, now, out })
    }

    /// Resets the room (`core.md` 1.3): another epoch, the prepared messages, and a line that says so. All sockets are closed and come back
    /// at once.
    pub fn reset_demo(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        fresh_epoch: u32,
        (presenter, seed): (&Actor, &[SeedLine]),
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let members: Vec<Member> = self.group.iter().flat_map(|group| group.members.values().cloned()).collect();
        store.erase()?;
        store.begin_anew(fresh_epoch)?;
        self.reload_log(store)?;
        for member in members {
            self.put_member(store, Member { floor: 0, is_shown: false, ..member })?;
        }
        self.pin = None;
        self.absent.clear();
        self.people = Default::default();
        (self.typing, self.receipt_schedule) = Default::default();
        (self.rate_allowance, self.shakes) = Default::default();
        self.sow(store, seed)?;
        let people: Vec<UserId> =
            self.group.iter().flat_map(|group| group.members.values()).map(|one| one.user.clone()).collect();
        people.iter().filter(|user| user.is_demo()).try_for_each(|user| self.miss_nothing(store, user))?;
        self.note(&mut Step { store, now, out }, presenter, "demo_reset", &[])?;
        for conn in self.conns_where(|_| true) {
            out.close(conn, CloseCode::Going.code(), "the room begins anew");
            self.leave(now, conn, out);
        }
        Ok(())
    }

    /// From now on people are held back like this.
    pub fn set_slow(&mut self, slow: SlowMode) {
        self.slow = slow;
    }

    fn put_in(&mut self, store: &mut impl RoomStore, who: &Actor, role: Role) -> Result<(), Fault> {
        let member = self.new_member(&who.user, &who.name, role, who.user.as_str(), 0);
        self.put_member(store, member)
    }

    /// Marks all earlier messages as delivered and read: a new person has missed nothing.
    fn miss_nothing(&self, store: &mut impl RoomStore, user: &UserId) -> Result<(), Fault> {
        let head = self.log.head();
        store.save_receipt(user.as_str(), &Receipt { delivered: head, read: head, ..Receipt::default() })
    }

    /// Stores the prepared messages, with times in the past. There are no notifications, because nobody has been here yet.
    fn sow(&mut self, store: &mut impl RoomStore, seed: &[SeedLine]) -> Result<(), Denied> {
        for SeedLine { at, deed: CastAction { persona, done } } in seed {
            let actor = actor(persona)?;
            self.bring(store, persona)?;
            match wanted(done) {
                Some(Wanted::Write(write)) => {
                    let _: Option<Event> = self.write_down(store, *at, &actor, write)?;
                }
                // There is no notification, and a reaction above the limit is left out.
                Some(Wanted::Change(change)) => {
                    broken_only(self.change(store, *at, &principal_of(&actor), change, &mut Outbound::default()))?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn write_down(
        &mut self,
        store: &mut impl RoomStore,
        at: Millis,
        actor: &Actor,
        write: Write,
    ) -> Result<Option<Event>, Denied> {
        let Write { id, kind, body } = write;
        let who = Some(actor.user.as_str().to_owned());
        let draft = Draft { id, actor: who, session: None, name: actor.name.clone(), kind, body };
        match self.log.append(store, at, draft, |_| Ok(()))? {
            Appended::New(event) => Ok(Some(event)),
            Appended::Duplicate { .. } => Ok(None),
        }
    }

    // ---- characters

    /// The character is one of the group, if it was not.
    fn bring(&mut self, store: &mut impl RoomStore, persona: &'static Persona) -> Result<(), Fault> {
        let actor = actor(persona)?;
        let is_in = self.group.as_ref().is_some_and(|group| group.member(actor.user.as_str()).is_some());
        if is_in { Ok(()) } else { self.put_in(store, &actor, Role::Member) }
    }

    /// Carries out the actions of characters. A known id means that the action was done before.
    /// Errors: Faults only: a refused action of a character is skipped.
    pub fn perform(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        deeds: &[CastAction],
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let step = &mut Step { store, now, out };
        deeds.iter().try_for_each(|deed| broken_only(self.perform_one(step, deed)))
    }

    fn perform_one(&mut self, step: &mut Step<'_, impl RoomStore>, deed: &CastAction) -> Result<(), Denied> {
        let (persona, actor) = (deed.persona, actor(deed.persona)?);
        let user = actor.user.as_str();
        match &deed.done {
            CastActionKind::Comes => {
                self.bring(step.store, persona)?;
                self.show_scripted(persona, Some(Status::Online), step.now);
                self.note(step, &actor, "joined", &[])?;
            }
            CastActionKind::Shows(status) => {
                if status.is_none() {
                    self.stop_typing(user, step.out);
                }
                self.show_scripted(persona, *status, step.now);
            }
            CastActionKind::Types => {
                self.send_typing(step.now, user.to_owned(), actor.name.clone(), None, step.out);
            }
            CastActionKind::Rests => self.stop_typing(user, step.out),
            CastActionKind::Says(..)
            | CastActionKind::Nudges(_)
            | CastActionKind::Winks(..)
            | CastActionKind::Reacts(..) => match wanted(&deed.done) {
                Some(Wanted::Write(write)) => self.act_out(step, &actor, write)?,
                Some(Wanted::Change(change)) => {
                    self.change(step.store, step.now, &principal_of(&actor), change, step.out)?;
                }
                None => {}
            },
        }
        Ok(())
    }

    fn act_out(&mut self, step: &mut Step<'_, impl RoomStore>, actor: &Actor, write: Write) -> Result<(), Denied> {
        match self.write_down(step.store, step.now, actor, write)? {
            Some(event) => Ok(self.announce(step, &Rc::new(event))?),
            None => Ok(()),
        }
    }

    fn show_scripted(&mut self, persona: &'static Persona, status: Option<Status>, now: Millis) {
        let participant = status.and_then(|status| seen(persona, status));
        self.roster.set(&scripted_id(persona.id), participant, now);
    }

    /// Restores a character who was here before the room slept.
    pub fn restore_scripted(&mut self, persona: &'static Persona, status: Status) {
        if let Some(participant) = seen(persona, status) {
            self.roster.restore(participant);
        }
    }
}

fn seen(persona: &Persona, status: Status) -> Option<Participant> {
    let status = status.seen();
    (status != crate::words::status::OFFLINE).then(|| Participant {
        user: scripted_id(persona.id),
        name: persona.name.to_owned(),
        avatar: persona.avatar.to_owned(),
        status,
        is_guest: false,
    })
}

fn actor(persona: &Persona) -> Result<Actor, Fault> {
    let user = UserId::parse(&scripted_id(persona.id)).map_err(|_| Fault("a character has no user id".into()))?;
    Ok(Actor { user, name: persona.name.to_owned() })
}

fn principal_of(actor: &Actor) -> Principal {
    Principal { name: actor.name.clone(), ..Principal::new(actor.user.clone(), UserKind::Bot, String::new()) }
}

/// Rows that a deed becomes: an event of its own, or a change of an earlier one.
enum Wanted {
    Write(Write),
    Change(Change),
}

/// The event that a deed becomes; nothing where it leaves none.
fn wanted(done: &CastActionKind) -> Option<Wanted> {
    let (id, kind, body) = match done {
        CastActionKind::Says(id, text, about) => {
            let about = about.as_ref().map(|about| format!(",\"replyTo\":{}", json_text(about))).unwrap_or_default();
            (id, Kind::Chat, format!("{{\"content\":{}{about},\"bot\":true,\"client\":\"script\"}}", json_text(text)))
        }
        CastActionKind::Nudges(id) => (id, Kind::Nudge, "{}".to_owned()),
        CastActionKind::Winks(id, wink) => (id, Kind::Wink, wink.body()),
        CastActionKind::Reacts(id, message, reaction) => {
            let what = ChangeKind::React { reaction: reaction.clone(), op: ReactionOp::Add };
            return Some(Wanted::Change(Change { id: id.clone(), message: message.clone(), what }));
        }
        CastActionKind::Comes | CastActionKind::Shows(_) | CastActionKind::Types | CastActionKind::Rests => {
            return None;
        }
    };
    Some(Wanted::Write(Write { id: id.clone(), kind, body }))
}
