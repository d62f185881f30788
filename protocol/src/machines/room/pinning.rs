//! The pinned message (`messenger.md` 3.4): one for each conversation, as state of the room beside its log. It has no position there, the
//! last one wins, and it is removed with its message.
//!
//! The viewers are determined anew each time. The row contains all data for that, so the log is not read. A block changes the blocker's view
//! alone: the frames and answers for a blocked person are the same without it.

use super::notification::Notification;
use super::outbound::Outbound;
use super::pin::{Pin, PinStore, PinnedMessage};
use super::redaction::read_by;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use crate::people::contacts::Privacy;
use crate::words::event::{Kind, Millis, TOMBSTONE};
use crate::words::ids::RoomForm;
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    /// Pins a message and replaces the one before. A repetition gets the first answer again, without a notification.
    pub fn pin(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        message: &str,
        out: &mut Outbound,
    ) -> Result<Pin, Denied> {
        let floor = self.floor_of(store, principal)?;
        let user = principal.user.as_str();
        self.may_pin(user)?;
        let target = self.target(store, principal, floor, message)?;
        if target.kind != Kind::Chat || target.body == TOMBSTONE {
            return Err(Refusal::NotFound.into());
        }
        if let Some(pin) = self.pin_seen_by(store, user, self.privacy_of(user), floor)?
            && pin.seq == target.seq
        {
            return Ok(pin.clone());
        }
        self.rate_allowance.charge(store, &self.settings.rules, user, Kind::Edit, now)?;
        if self.pin.as_ref().is_some_and(|pin| pin.seq == target.seq) {
            // A person whom they have blocked pinned it. Without the block, they would have to unpin it before they can pin it again.
            self.take_pin_down(&mut Step { store, now, out }, user)?;
        }
        let pin = Pin {
            seq: target.seq,
            message: target.id,
            author: target.actor.unwrap_or_default(),
            said_at: target.ts,
            by: user.to_owned(),
            at: now,
        };
        store.save_pin(Some(&pin))?;
        self.pin = Some(pin.clone());
        let seers = self.pin_seers(store)?;
        let others = self.conns_where(receives_pins).into_iter().filter(|conn| !seers.contains(conn)).collect();
        self.send_pin(seers, out);
        out.only(others, Notification::Pin { message: None, by: String::new(), at: now });
        Ok(pin)
    }

    /// Unpins the message, if the person may see the pin; otherwise there is nothing to unpin.
    pub fn unpin(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let floor = self.floor_of(store, principal)?;
        let user = principal.user.as_str();
        self.may_pin(user)?;
        if self.pin_seen_by(store, user, self.privacy_of(user), floor)?.is_none() {
            return Ok(());
        }
        self.rate_allowance.charge(store, &self.settings.rules, user, Kind::Edit, now)?;
        Ok(self.take_pin_down(&mut Step { store, now, out }, user)?)
    }

    /// Returns the pinned message for a person with these privacy settings, for whom nothing up to `floor` exists.
    pub fn pinned_for(
        &self,
        store: &impl RoomStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
    ) -> Result<Option<PinnedMessage>, Fault> {
        let Some(pin) = self.pin_seen_by(store, user, privacy, floor)? else {
            return Ok(None);
        };
        let Some(mut message) = store.read(pin.seq, pin.seq, 1)?.pop() else {
            return Ok(None);
        };
        read_by(store, privacy, &mut message)?;
        Ok(Some(PinnedMessage { by: pin.by.clone(), at: pin.at, message }))
    }

    /// Both people of a direct conversation may pin, and owner and admins of a group; nobody in a public room.
    fn may_pin(&self, user: &str) -> Result<(), Refusal> {
        match (self.id.form(), &self.group) {
            (RoomForm::Direct(..), _) => Ok(()),
            (RoomForm::Group, Some(group)) => group.check_describes(user),
            _ => Err(Refusal::Forbidden),
        }
    }

    // ---- who sees it

    fn pin_seen_by(
        &self,
        store: &impl RoomStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
    ) -> Result<Option<&Pin>, Fault> {
        let Some(pin) = self.pin.as_ref().filter(|pin| self.is_open(pin, privacy, floor)) else {
            return Ok(None);
        };
        Ok(store.hidden(user, pin.seq, pin.seq)?.is_empty().then_some(pin))
    }

    /// Returns `true` if a person with these privacy settings may see the pin, unless they deleted the message for themselves.
    fn is_open(&self, pin: &Pin, privacy: Option<&Privacy>, floor: u64) -> bool {
        let hides = privacy.map(|privacy| &privacy.hides);
        let is_hidden = hides.is_some_and(|hides| hides.covers(&pin.author, pin.said_at) || hides.blocks(&pin.by));
        pin.seq > floor && pin.seq >= self.log.oldest() && !is_hidden
    }

    /// Returns the sockets of people who may see the pin.
    pub(super) fn pin_seers(&self, store: &impl RoomStore) -> Result<Vec<ConnKey>, Fault> {
        let Some(pin) = &self.pin else {
            return Ok(Vec::new());
        };
        let hidden_by = store.hidden_by(pin.seq)?;
        Ok(self.conns_where(|live| {
            let user = live.state.principal.user.as_str();
            let is_hidden = hidden_by.iter().any(|other| other == user);
            receives_pins(live) && !is_hidden && self.is_open(pin, self.privacy_of(user), live.state.floor)
        }))
    }

    // ---- telling

    /// Sends the pin. It has no position in the log, so a subscriber that is behind would not receive it later.
    fn send_pin(&self, conns: Vec<ConnKey>, out: &mut Outbound) {
        if let Some(Pin { message, by, at, .. }) = self.pin.clone() {
            out.only(conns, Notification::Pin { message: Some(message), by, at });
        }
    }

    /// Sends the pin again after a person's settings or visible messages have changed; `before` are the sockets that saw it.
    pub(super) fn send_pin_again(&self, step: &mut Step<'_, impl RoomStore>, before: &[ConnKey]) -> Result<(), Fault> {
        let after = self.pin_seers(step.store)?;
        let lost = before.iter().filter(|conn| !after.contains(conn)).copied().collect();
        step.out.only(lost, Notification::Pin { message: None, by: String::new(), at: step.now });
        self.send_pin(after.into_iter().filter(|conn| !before.contains(conn)).collect(), step.out);
        Ok(())
    }

    /// Removes the pin. `by` is the person who did it, or empty. People who have blocked them are not told who it was.
    pub(super) fn take_pin_down(&mut self, step: &mut Step<'_, impl PinStore>, by: &str) -> Result<(), Fault> {
        step.store.save_pin(None)?;
        self.pin = None;
        let knows = |live: &Live| !by.is_empty() && !self.blocks(live.state.principal.user.as_str(), by);
        let at = step.now;
        let notification = |by: &str| Notification::Pin { message: None, by: by.to_owned(), at };
        step.out.only(self.conns_where(|live| receives_pins(live) && knows(live)), notification(by));
        step.out.only(self.conns_where(|live| receives_pins(live) && !knows(live)), notification(""));
        Ok(())
    }

    /// Removes the pin of a deleted message.
    pub(super) fn message_is_gone(
        &mut self,
        step: &mut Step<'_, impl PinStore>,
        seq: u64,
        by: &str,
    ) -> Result<(), Fault> {
        if self.pin.as_ref().is_some_and(|pin| pin.seq == seq) { self.take_pin_down(step, by) } else { Ok(()) }
    }

    /// Removes the pins of a deleted person, and the pin of their own message unless their texts stay.
    pub(super) fn person_is_gone(
        &mut self,
        step: &mut Step<'_, impl PinStore>,
        user: &str,
        keeps_words: bool,
    ) -> Result<(), Fault> {
        let is_theirs = |pin: &Pin| pin.by == user || pin.author == user && !keeps_words;
        if self.pin.as_ref().is_some_and(is_theirs) { self.take_pin_down(step, "") } else { Ok(()) }
    }
}

fn receives_pins(live: &Live) -> bool {
    !live.is_expelled
}
