//! Conversation: the same room machine as on the server, over rows in memory, with its connections.

use protocol::codec::json::json_text;
use protocol::log::{Cursor, LogStore};
use protocol::machines::presence::Card;
use protocol::machines::room::{
    Change, ChangeKind, ChangeStore, Join, MemoryRoomStore, Outbound, ReactionOp, Receipt, Room, RoomSettings, Wire,
    Write,
};
use protocol::wire::messenger::{apply_frames, frame_json, incoming_frames};
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::ids::{RoomId, RoomRules};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Refusal};
use protocol::words::socket::ConnKey;

use crate::browser::local_server::LocalSocketEvent;

/// Other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TalkEnd {
    /// A socket of the page.
    Page(u32),
    /// Persona, by index in the cast.
    Actor(usize),
}

/// Conversation, see the module's description.
pub(super) struct Talk {
    pub(super) id: RoomId,
    pub(super) room: Room,
    pub(super) store: MemoryRoomStore,
    ends: Vec<(ConnKey, TalkEnd)>,
    /// Position in the log up to which the world has handled the events.
    pub(super) seen: u64,
}

pub(super) fn parse_room(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text, &RoomRules::default())
}

pub(super) fn text_body(text: &str, reply_to: Option<&str>, is_scripted: bool) -> String {
    let client = if is_scripted { ",\"bot\":true,\"client\":\"script\"" } else { "" };
    let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(id))).unwrap_or_default();
    format!("{{\"content\":{}{reply_to}{client}}}", json_text(text))
}

impl Talk {
    /// Makes a conversation with an empty log.
    pub(super) fn open(id: RoomId, epoch: u32) -> Result<Self, Refusal> {
        let mut store = MemoryRoomStore::default();
        let room = Room::open(id.clone(), RoomSettings::default(), &mut store, epoch).map_err(|_| Refusal::Internal)?;
        Ok(Self { id, room, store, ends: Vec::new(), seen: 0 })
    }

    /// Runs one step of the machine, and delivers its notices to the connections.
    pub(super) fn step<T>(
        &mut self,
        socket_events: &mut Vec<LocalSocketEvent>,
        now: Millis,
        work: impl FnOnce(&mut Room, &mut MemoryRoomStore, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Refusal> {
        let mut out = Outbound::default();
        let done = work(&mut self.room, &mut self.store, &mut out);
        self.deliver(socket_events, now, out);
        refused(done)
    }

    /// Connects a person.
    pub(super) fn join(
        &mut self,
        socket_events: &mut Vec<LocalSocketEvent>,
        now: Millis,
        (end, principal, card): (TalkEnd, Principal, Card),
        cursor: Option<Cursor>,
    ) -> Result<(), Refusal> {
        let mut out = Outbound::default();
        let id = format!("{end:?}");
        let join = Join { id, principal, card, wire: Wire::Batch, device: None, is_paged: false, cursor };
        let conn = refused(self.room.join(&mut self.store, now, join, &mut out))?;
        self.ends.push((conn, end));
        self.deliver(socket_events, now, out);
        Ok(())
    }

    /// Ends a connection; `is_lost` means without a close frame.
    pub(super) fn part(&mut self, socket_events: &mut Vec<LocalSocketEvent>, now: Millis, end: TalkEnd, is_lost: bool) {
        let Some(conn) = self.conn_of(end) else { return };
        self.ends.retain(|(_, other)| *other != end);
        let parted = self.step(socket_events, now, |room, store, out| {
            if is_lost {
                room.lose(store, now, conn, out)?;
            } else {
                room.leave(now, conn, out);
            }
            Ok(())
        });
        debug_assert!(parted.is_ok(), "rows in memory do not fail");
    }

    /// Handles the frame of a connection.
    pub(super) fn receive(&mut self, socket_events: &mut Vec<LocalSocketEvent>, now: Millis, end: TalkEnd, text: &str) {
        let Some(conn) = self.conn_of(end) else { return };
        let frames = incoming_frames(Wire::Batch, text);
        let done =
            self.step(socket_events, now, |room, store, out| Ok(apply_frames(room, store, now, conn, frames, out)?));
        debug_assert!(done.is_ok(), "rows in memory do not fail");
    }

    /// Writes a scripted message of a persona directly, because no frame can mark a message as scripted.
    pub(super) fn post(
        &mut self,
        socket_events: &mut Vec<LocalSocketEvent>,
        now: Millis,
        principal: &Principal,
        (id, kind, body): (String, Kind, String),
    ) {
        let write = Write { id, kind, body };
        // A message over a limit is dropped; scenes stay below all limits.
        let _ = self.step(socket_events, now, |room, store, out| room.post(store, now, principal, write, out));
    }

    pub(super) fn react(
        &mut self,
        socket_events: &mut Vec<LocalSocketEvent>,
        now: Millis,
        by: &Principal,
        (id, message, reaction): (String, String, String),
    ) {
        let change = Change { id, message, what: ChangeKind::React { reaction, op: ReactionOp::Add } };
        // A message that was deleted in between gets no reaction.
        let _ = self.step(socket_events, now, |room, store, out| room.change(store, now, by, change, out).map(drop));
    }

    /// Marks all messages as read, because they are old.
    pub(super) fn is_read_by(&mut self, user: &str) {
        let (delivered, read) = (self.seen, self.seen);
        let receipt = Receipt { delivered, read, shown_delivered: delivered, shown_read: read };
        let saved = self.store.save_receipt(user, &receipt);
        debug_assert!(saved.is_ok(), "rows in memory do not fail");
    }

    pub(super) fn has(&self, end: TalkEnd) -> bool {
        self.conn_of(end).is_some()
    }

    /// Returns `true` if the page has a socket in this conversation.
    pub(super) fn is_open(&self) -> bool {
        self.ends.iter().any(|(_, end)| matches!(end, TalkEnd::Page(_)))
    }

    /// Returns the connected personas.
    pub(super) fn actors(&self) -> Vec<usize> {
        let actor = |(_, end): &(ConnKey, TalkEnd)| match end {
            TalkEnd::Actor(at) => Some(*at),
            TalkEnd::Page(_) => None,
        };
        self.ends.iter().filter_map(actor).collect()
    }

    /// Returns the events since the last call.
    pub(super) fn take_new_events(&mut self) -> Vec<Event> {
        let head = self.room.log().head();
        let events = self.store.read(self.seen + 1, head, u32::MAX).unwrap_or_default();
        self.seen = head;
        events
    }

    fn conn_of(&self, end: TalkEnd) -> Option<ConnKey> {
        self.ends.iter().find(|(_, other)| *other == end).map(|(conn, _)| *conn)
    }

    fn deliver(&mut self, socket_events: &mut Vec<LocalSocketEvent>, now: Millis, mut out: Outbound) {
        self.room.end_turn(&mut out);
        let socket_of = |ends: &[(ConnKey, TalkEnd)], conn: ConnKey| match ends.iter().find(|(other, _)| *other == conn)
        {
            Some((_, TalkEnd::Page(socket))) => Some(*socket),
            _ => None,
        };
        for delivery in out.deliveries(&self.room.targets(), |notification| frame_json(self.id.as_str(), notification))
        {
            for socket in delivery.conns.iter().filter_map(|conn| socket_of(&self.ends, *conn)) {
                socket_events.extend(delivery.frames.iter().map(|frame| LocalSocketEvent::text(socket, frame)));
            }
        }
        for close in out.closes {
            if let Some(socket) = socket_of(&self.ends, close.conn) {
                socket_events.push(LocalSocketEvent::closed(socket, close.code, &close.reason));
            }
            // The real runtime would report the closing, so the connection leaves here.
            self.ends.retain(|(conn, _)| *conn != close.conn);
            let mut last = Outbound::default();
            self.room.leave(now, close.conn, &mut last);
            self.deliver(socket_events, now, last);
        }
    }
}

/// Turns a machine's failure into a refusal. A store in memory does not fail.
fn refused<T>(done: Result<T, Denied>) -> Result<T, Refusal> {
    done.map_err(|denied| match denied {
        Denied::Refused(refusal) => refusal,
        Denied::Broken(_) => Refusal::Internal,
    })
}
