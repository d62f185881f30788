//! One turn's notifications, put together so that every socket gets one frame and nothing is encoded twice (`core.md` 5.1).
//!
//! Sockets that get exactly the same are one [`Delivery`]: in a busy room that is everybody but the senders.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::connection::Wire;
use super::counters::RoomCounters;
use super::notification::Notification;
use crate::words::event::{Event, Millis};
use crate::words::limits::BATCH_OUT_BYTES_MAX;
use crate::words::principal::{Principal, UserKind};
use crate::words::socket::{Close, ConnKey};

/// Something that is written down for operators (`leaving.md` 4), in the transaction of the turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomAuditEntry {
    /// User id; empty if there is no person.
    pub actor: String,
    /// Word for what was done.
    pub what: &'static str,
    /// Person or thing that it concerns.
    pub target: String,
}

#[derive(Clone, Debug)]
enum Audience {
    /// Every socket of the room that is live.
    Everybody,
    /// Every live socket but these, which are sorted.
    Except(Vec<ConnKey>),
    /// These sockets, sorted.
    Only(Vec<ConnKey>),
}

/// A socket as the end of a turn sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub conn: ConnKey,
    pub wire: Wire,
    /// False while it is behind: it only gets what names it (`core.md` 5).
    pub is_live: bool,
}

/// Frames for a set of sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The sockets; all have the same wire.
    pub conns: Vec<ConnKey>,
    /// Frames that each of them gets, in order.
    pub frames: Vec<Rc<str>>,
}

/// Packets for a set of sockets of the packet door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketDelivery {
    pub conns: Vec<ConnKey>,
    /// Packets that each of them gets, in order.
    pub packets: Vec<Rc<[u8]>>,
}

/// Call of a bot by a message (`messenger.md` 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotCall {
    pub bot: &'static str,
    pub event: Rc<Event>,
    /// Time before which everything is closed to the message's writer, and so to the bot (see `Principal::visible_from`).
    pub visible_from: Millis,
    /// Session whose events are the writer's own (see `Principal::player`).
    pub session: String,
}

/// Output of a turn: notifications to send and things to do. Nothing of it may leave before the turn's writes are committed.
#[derive(Clone, Debug, Default)]
pub struct Outbound {
    items: Vec<(Audience, Notification)>,
    /// Sockets that became live in this turn: earlier notifications to everybody reached them as history.
    begins: BTreeMap<ConnKey, u32>,
    /// Sockets to close after the frames have left.
    pub closes: Vec<Close>,
    /// Connections whose attachment changed.
    pub changed: Vec<ConnKey>,
    /// Sessions that did something durable: their expiry slides. Of each, whether a persona is played in it.
    pub active_sessions: Vec<(String, bool)>,
    /// Presence changes to hand to the person's own object.
    pub presence: Vec<(ConnKey, crate::machines::presence::PresenceChange)>,
    /// Places up to which people have read, for what waits elsewhere until it is read.
    pub read_to: Vec<(String, u64)>,
    /// Messages that people deleted for themselves alone, user and message, for their other devices.
    pub hidden_for: Vec<(String, String)>,
    /// Held messages that gave their places to others, user and message, for the devices of their writers.
    pub displaced: Vec<(String, String)>,
    /// Acts of this turn that are to be written down.
    pub acts: Vec<RoomAuditEntry>,
    /// The outbox got a row, due at once.
    pub outbox_filled: bool,
    /// Something waits for the webhook of a bot, due at once.
    pub webhooks_filled: bool,
    /// Dead letters may have gone with their bot or with the group, and the directory still counts them.
    pub dead_letters_gone: bool,
    /// Bots that were called, to be written down with the messages that called them.
    pub called: Vec<BotCall>,
    pub counters: RoomCounters,
}

impl Outbound {
    pub fn act(&mut self, actor: &str, what: &'static str, target: &str) {
        self.acts.push(RoomAuditEntry { actor: actor.to_owned(), what, target: target.to_owned() });
    }

    pub fn everybody(&mut self, notification: Notification) {
        self.items.push((Audience::Everybody, notification));
    }

    /// Sends to every live socket except `conns`.
    pub fn except(&mut self, mut conns: Vec<ConnKey>, notification: Notification) {
        conns.sort_unstable();
        self.items.push((Audience::Except(conns), notification));
    }

    pub fn only(&mut self, mut conns: Vec<ConnKey>, notification: Notification) {
        if !conns.is_empty() {
            conns.sort_unstable();
            self.items.push((Audience::Only(conns), notification));
        }
    }

    pub fn one(&mut self, conn: ConnKey, notification: Notification) {
        self.items.push((Audience::Only(vec![conn]), notification));
    }

    /// Notes that `conn` is live from here on: of earlier notifications it only receives those that name it.
    pub fn begin(&mut self, conn: ConnKey) {
        self.begins.insert(conn, self.items.len() as u32);
    }

    /// Closes a socket after its pending notifications.
    pub fn close(&mut self, conn: ConnKey, code: u16, reason: impl Into<String>) {
        self.closes.push(Close { conn, code, reason: reason.into() });
    }

    /// The person's session slides.
    pub fn slide(&mut self, principal: &Principal) {
        // A token of a bot does not slide.
        if principal.kind != UserKind::Bot && !self.active_sessions.iter().any(|(known, _)| *known == principal.session)
        {
            self.active_sessions.push((principal.session.clone(), principal.kind == UserKind::Persona));
        }
    }

    /// Returns `true` if there is nothing to send.
    pub fn is_silent(&self) -> bool {
        self.items.is_empty()
    }

    /// Puts the frames together for the sockets in `targets` that speak JSON without columns; `encode` is called once per notification.
    pub fn deliveries(&self, targets: &[Target], mut encode: impl FnMut(&Notification) -> String) -> Vec<Delivery> {
        let speaks_json = |target: &&Target| matches!(target.wire, Wire::Single | Wire::Batch);
        if self.items.is_empty() || !targets.iter().any(|target| speaks_json(&target)) {
            return Vec::new();
        }
        let text_of = |notification: &Notification| {
            (!matches!(notification, Notification::Packet(_))).then(|| Rc::from(encode(notification)))
        };
        let texts: Vec<Option<Rc<str>>> =
            self.items.iter().map(|(_, notification)| notification).map(text_of).collect();
        let is_said: Vec<bool> = texts.iter().map(Option::is_some).collect();
        let targets = targets.iter().filter(speaks_json);
        let deliveries = self.grouped(targets, &is_said).into_iter().map(|((wire, items), conns)| {
            let texts = items.iter().filter_map(|at| texts.get(*at as usize)?.as_ref());
            let frames = if wire == Wire::Batch { joined(texts) } else { texts.cloned().collect() };
            Delivery { conns, frames }
        });
        deliveries.collect()
    }

    /// Puts the frames together for the sockets in `targets` that take columns (`messenger.md` 5.6). `prepare` is called once per
    /// notification, and `encode` once per frame, however many sockets get it; `bytes_max` bounds what a part adds to a frame.
    pub fn column_deliveries<'a, P>(
        &'a self,
        targets: &[Target],
        prepare: impl Fn(&'a Notification) -> P,
        bytes_max: impl Fn(&P) -> usize,
        mut encode: impl FnMut(&[&P]) -> Rc<str>,
    ) -> Vec<Delivery> {
        if self.items.is_empty() || targets.iter().all(|target| target.wire != Wire::Columns) {
            return Vec::new();
        }
        let part_of = |notification: &'a Notification| {
            (!matches!(notification, Notification::Packet(_))).then(|| prepare(notification))
        };
        let parts: Vec<Option<P>> = self.items.iter().map(|(_, notification)| part_of(notification)).collect();
        let is_said: Vec<bool> = parts.iter().map(Option::is_some).collect();
        let targets = targets.iter().filter(|target| target.wire == Wire::Columns);
        let deliveries = self.grouped(targets, &is_said).into_iter().map(|((_, items), conns)| {
            let parts = items.iter().filter_map(|at| parts.get(*at as usize)?.as_ref());
            let frames = runs(parts, COLUMNS_HEAD_BYTES, &bytes_max);
            Delivery { conns, frames: frames.iter().map(|run| encode(run)).collect() }
        });
        deliveries.collect()
    }

    /// Assembles the packets for the sockets of the packet door. `encode` is called once for each notification, and never if no socket uses
    /// packets.
    pub fn packet_deliveries(
        &self,
        targets: &[Target],
        encode: impl FnMut(&Notification) -> Vec<Vec<u8>>,
    ) -> Vec<PacketDelivery> {
        if self.items.is_empty() || targets.iter().all(|target| target.wire != Wire::Packets) {
            return Vec::new();
        }
        let packets = self.items.iter().map(|(_, notification)| notification).map(encode);
        let packets: Vec<Vec<Rc<[u8]>>> = packets.map(|packets| packets.into_iter().map(Rc::from).collect()).collect();
        let is_said: Vec<bool> = packets.iter().map(|packets| !packets.is_empty()).collect();
        let targets = targets.iter().filter(|target| target.wire == Wire::Packets);
        let deliveries = self.grouped(targets, &is_said).into_iter().map(|((_, items), conns)| {
            let packets = items.iter().filter_map(|at| packets.get(*at as usize)).flatten().cloned().collect();
            PacketDelivery { conns, packets }
        });
        deliveries.collect()
    }

    /// Groups sockets that receive exactly the same, with indices of the notifications that this door sends.
    fn grouped<'a>(
        &self,
        targets: impl Iterator<Item = &'a Target>,
        is_said: &[bool],
    ) -> BTreeMap<(Wire, Vec<u32>), Vec<ConnKey>> {
        let mut groups: BTreeMap<(Wire, Vec<u32>), Vec<ConnKey>> = BTreeMap::new();
        let common = self.items_of(None, is_said);
        let special = self.special_conns(is_said);
        // Most sockets get what everybody gets: they are collected without looking at their notifications.
        let mut ordinary: BTreeMap<Wire, Vec<ConnKey>> = BTreeMap::new();
        for &Target { conn, wire, is_live } in targets {
            if is_live && special.binary_search(&conn).is_err() {
                ordinary.entry(wire).or_default().push(conn);
                continue;
            }
            let items = self.items_of(Some((conn, is_live)), is_said);
            if !items.is_empty() {
                groups.entry((wire, items)).or_default().push(conn);
            }
        }
        for (wire, conns) in ordinary.into_iter().filter(|_| !common.is_empty()) {
            groups.entry((wire, common.clone())).or_default().extend(conns);
        }
        groups
    }

    /// Sockets that some notification names, sorted: all others get the same.
    fn special_conns(&self, is_said: &[bool]) -> Vec<ConnKey> {
        let said = self.items.iter().zip(is_said).filter(|(_, is_said)| **is_said).map(|(item, _)| item);
        let named = said.flat_map(|(audience, _)| match audience {
            Audience::Everybody => [].as_slice(),
            Audience::Except(conns) | Audience::Only(conns) => conns.as_slice(),
        });
        named.chain(self.begins.keys()).copied().collect::<BTreeSet<ConnKey>>().into_iter().collect()
    }

    /// Indices of the notifications for one socket (and whether it is live); `None` stands for a live one that no notification names.
    fn items_of(&self, conn: Option<(ConnKey, bool)>, is_said: &[bool]) -> Vec<u32> {
        let begin = conn.and_then(|(conn, _)| self.begins.get(&conn)).copied().unwrap_or(0);
        let is_for = |at: u32, audience: &Audience| match audience {
            Audience::Everybody => conn.is_none_or(|(_, is_live)| is_live && at >= begin),
            Audience::Except(conns) => {
                conn.is_none_or(|(conn, is_live)| is_live && at >= begin && conns.binary_search(&conn).is_err())
            }
            Audience::Only(conns) => conn.is_some_and(|(conn, _)| conns.binary_search(&conn).is_ok()),
        };
        let said = (0_u32..).zip(&self.items).zip(is_said).filter(|(_, is_said)| **is_said).map(|(item, _)| item);
        said.filter(|(at, (audience, _))| is_for(*at, audience)).map(|(at, _)| at).collect()
    }
}

/// Largest number of bytes of a frame with columns that belong to no part of it: the names of the columns, and a room's id.
const COLUMNS_HEAD_BYTES: usize = 1_024;

/// Joins frames into arrays of at most [`BATCH_OUT_BYTES_MAX`]; a single frame stays a bare object.
fn joined<'a>(texts: impl Iterator<Item = &'a Rc<str>>) -> Vec<Rc<str>> {
    runs(texts, "[]".len(), |text| text.len() + ",".len()).iter().map(|run| array_of(run)).collect()
}

/// Splits parts into runs, each with at most [`BATCH_OUT_BYTES_MAX`] or one part; `head` bytes of a run belong to none of its parts.
fn runs<'a, P>(parts: impl Iterator<Item = &'a P>, head: usize, bytes_of: impl Fn(&P) -> usize) -> Vec<Vec<&'a P>> {
    let mut runs: Vec<Vec<&'a P>> = Vec::new();
    let mut bytes = 0;
    for part in parts {
        let more = bytes_of(part);
        match runs.last_mut().filter(|_| bytes + more <= BATCH_OUT_BYTES_MAX) {
            Some(run) => run.push(part),
            None => {
                bytes = head;
                runs.push(vec![part]);
            }
        }
        bytes += more;
    }
    runs
}

fn array_of(run: &[&Rc<str>]) -> Rc<str> {
    if let [single] = run {
        return Rc::clone(single);
    }
    let mut array = String::with_capacity(run.iter().map(|text| text.len() + 1).sum::<usize>() + 2);
    for text in run {
        array.push(if array.is_empty() { '[' } else { ',' });
        array.push_str(text);
    }
    array.push(']');
    Rc::from(array)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::words::event::Millis;

    fn pong(now: Millis) -> Notification {
        Notification::Pong { t: None, now }
    }

    fn encode(notification: &Notification) -> String {
        match notification {
            Notification::Pong { now, .. } => now.to_string(),
            other => panic!("{other:?}"),
        }
    }

    fn frames_of(deliveries: &[Delivery], conn: ConnKey) -> Vec<String> {
        let own: Vec<&Delivery> = deliveries.iter().filter(|delivery| delivery.conns.contains(&conn)).collect();
        assert!(own.len() <= 1, "one delivery per socket");
        own.iter().flat_map(|delivery| &delivery.frames).map(|frame| frame.to_string()).collect()
    }

    #[test]
    fn order_is_kept_across_audiences_and_equals_share_a_delivery() {
        let mut out = Outbound::default();
        out.one(1, pong(10));
        out.everybody(pong(11));
        out.except(vec![2], pong(12));
        let target = |conn, wire| Target { conn, wire, is_live: conn != 5 };
        let wires = [(1, Wire::Batch), (2, Wire::Single), (3, Wire::Single), (4, Wire::Single), (5, Wire::Single)];
        let targets = wires.map(|(conn, wire)| target(conn, wire));
        let deliveries = out.deliveries(&targets, encode);
        assert_eq!(frames_of(&deliveries, 1), ["[10,11,12]"]);
        assert_eq!(frames_of(&deliveries, 2), ["11"]);
        assert_eq!(frames_of(&deliveries, 3), ["11", "12"]);
        assert_eq!(frames_of(&deliveries, 5), [""; 0], "5 is behind");
        assert_eq!(deliveries.len(), 3, "3 and 4 share one");
    }

    #[test]
    fn who_becomes_live_in_a_turn_gets_nothing_that_was_said_before() {
        let mut out = Outbound::default();
        out.everybody(pong(10));
        out.one(1, pong(11));
        out.begin(1);
        out.everybody(pong(12));
        let targets = [1, 2].map(|conn| Target { conn, wire: Wire::Single, is_live: true });
        let deliveries = out.deliveries(&targets, encode);
        assert_eq!(frames_of(&deliveries, 1), ["11", "12"]);
        assert_eq!(frames_of(&deliveries, 2), ["10", "12"]);
    }

    #[test]
    fn sockets_with_columns_get_the_same_parts_once_encoded() {
        let mut out = Outbound::default();
        out.one(1, pong(10));
        out.everybody(pong(11));
        out.everybody(pong(12));
        let wires = [(1, Wire::Columns), (2, Wire::Columns), (3, Wire::Columns), (4, Wire::Batch)];
        let targets = wires.map(|(conn, wire)| Target { conn, wire, is_live: true });
        let size = Cell::new(1);
        let columns = || {
            let join = |parts: &[&String]| -> Rc<str> {
                Rc::from(parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("+"))
            };
            out.column_deliveries(&targets, encode, |_| size.get(), join)
        };
        let deliveries = columns();
        assert_eq!(frames_of(&deliveries, 1), ["10+11+12"]);
        assert_eq!(frames_of(&deliveries, 2), ["11+12"]);
        assert_eq!(deliveries.len(), 2, "2 and 3 share one");
        assert_eq!(out.deliveries(&targets, encode).len(), 1, "the one without columns");
        size.set(BATCH_OUT_BYTES_MAX / 2);
        assert_eq!(frames_of(&columns(), 3), ["11", "12"], "together they would be too large");
    }

    #[test]
    fn arrays_stay_below_their_limit_and_single_frames_bare() {
        let long = "x".repeat(BATCH_OUT_BYTES_MAX / 2);
        let texts: Vec<Rc<str>> = (0..3).map(|_| Rc::from(long.as_str())).collect();
        let frames = joined(texts.iter());
        assert!(frames.iter().all(|frame| frame.len() <= BATCH_OUT_BYTES_MAX));
        assert_eq!(frames.iter().map(|frame| frame.matches("x").count()).sum::<usize>(), 3 * long.len());
        assert_eq!(&*joined(texts.iter().take(1))[0], long);
    }
}
