//! Bots in a room (`messenger.md` 7): their view of the log, their typing, and their messages. `writing` notes which messages call one.

use std::rc::Rc;

use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::log::{Appended, Range};
use crate::people::contacts::Privacy;
use crate::words::bot_cast::Bot;
use crate::words::event::{Draft, Event, Kind, Millis, TOMBSTONE};
use crate::words::ids::RoomForm;
use crate::words::limits::BOT_CONTEXT_EVENTS_MAX;
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Refusal};

impl Room {
    /// Returns the events for a bot: those up to the message at `seq` that its caller may read, and nothing else. Empty if that message was
    /// deleted. `privacy`: the people whom the caller has blocked, as for [`Room::page`].
    /// Errors: The caller may read nothing here any more.
    pub fn shown_to_bot(
        &self,
        store: &impl RoomStore,
        caller: &Principal,
        privacy: Option<&Privacy>,
        seq: u64,
    ) -> Result<Vec<Event>, Denied> {
        let page = self.page(store, caller, privacy, Range::Before(seq + 1), BOT_CONTEXT_EVENTS_MAX)?;
        let is_readable = |event: &Event| page.hidden.binary_search(&event.seq).is_err() && event.body != TOMBSTONE;
        let events: Vec<Event> = page.events.into_iter().filter(is_readable).collect();
        let is_there = events.last().is_some_and(|event| event.seq == seq);
        Ok(if is_there { events } else { Vec::new() })
    }

    /// Shows that a bot writes, or still does.
    pub fn bot_writes(&mut self, now: Millis, bot: &Bot, out: &mut Outbound) {
        self.send_typing(now, bot.id.to_owned(), bot.name.to_owned(), None, out);
    }

    /// Ends the typing of a bot that has no answer after all.
    pub fn bot_rests(&mut self, bot: &Bot, out: &mut Outbound) {
        self.stop_typing(bot.id, out);
    }

    /// Stores the message of a bot. A known id means that it was stored before.
    /// Errors: `OVERLOADED` during maintenance, `NOT_FOUND` if the group was deleted.
    pub fn bot_says(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        bot: &Bot,
        (id, kind, body): (String, Kind, String),
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        self.check_maintenance()?;
        let is_group = matches!(self.id.form(), RoomForm::Group);
        if is_group && self.group.as_ref().is_none_or(|group| group.record.is_deleted) {
            return Err(Refusal::NotFound.into());
        }
        let (actor, name) = (Some(bot.id.to_owned()), bot.name.to_owned());
        let draft = Draft { id, actor, session: None, name, kind, body };
        match self.log.append(store, now, draft, |_| Ok(()))? {
            Appended::New(event) => Ok(self.announce(&mut Step { store, now, out }, &Rc::new(event))?),
            Appended::Duplicate { .. } => {
                self.bot_rests(bot, out);
                Ok(())
            }
        }
    }
}
