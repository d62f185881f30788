//! One turn's frames of a hub room, put together per socket (`core.md` 5.1): nothing is encoded twice, and sockets that get the
//! same share it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::connection::HubWire;
use super::item::{Body, Item};
use super::words::HubNotification;
use crate::words::limits::BATCH_OUT_BYTES_MAX;
use crate::words::socket::{Close, ConnKey};

/// Item of a turn's output, before it is a frame.
#[derive(Clone, Debug)]
enum Said {
    /// A message, to both kinds of sockets.
    Item(Rc<Item>),
    /// Frames that raw sockets do not receive.
    Notification(HubNotification),
    /// A frame for one raw socket.
    Text(&'static str),
}

/// Receivers of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Every live socket except the sender's.
    Others(Option<ConnKey>),
    One(ConnKey),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubFrame {
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
}

/// Frames for a set of sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubDelivery {
    pub conns: Vec<ConnKey>,
    /// Frames that each of them gets, in order.
    pub frames: Vec<HubFrame>,
}

/// Numbers that a turn adds to the metrics of the deployment (`messagehub.md` 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubCounters {
    pub rate_limited: u64,
    /// Writes that were known already.
    pub replayed: u64,
    /// Readers that fell too far behind.
    pub lagging: u64,
    pub too_large: u64,
    /// Sockets that came with a position, because their client came back.
    pub resumed: u64,
}

/// Output of a turn: frames to send and things to do. Nothing of it may leave before the turn's writes are committed.
#[derive(Clone, Debug, Default)]
pub struct HubOut {
    said: Vec<(Audience, Said)>,
    /// Sockets that became live in this turn: earlier messages reached them as history.
    begins: BTreeMap<ConnKey, usize>,
    /// Sockets that were live until now.
    ends: BTreeMap<ConnKey, usize>,
    /// Sockets to close after the frames have left.
    pub closes: Vec<Close>,
    /// Connections whose attachment changed.
    pub changed: Vec<ConnKey>,
    /// Messages that were stored, for streams and waiting pages.
    pub stored: Vec<Rc<Item>>,
    /// Something waits for a receiver.
    pub outbox_filled: bool,
    pub counters: HubCounters,
}

impl HubOut {
    /// A message to every live socket but its sender's.
    pub fn message(&mut self, sender: Option<ConnKey>, item: Rc<Item>) {
        self.stored.push(Rc::clone(&item));
        self.said.push((Audience::Others(sender), Said::Item(item)));
    }

    /// A stored message to one socket.
    pub fn replay(&mut self, conn: ConnKey, item: Item) {
        self.said.push((Audience::One(conn), Said::Item(Rc::new(item))));
    }

    /// Words to one enveloped socket.
    pub fn one(&mut self, conn: ConnKey, notification: HubNotification) {
        self.said.push((Audience::One(conn), Said::Notification(notification)));
    }

    /// Words to every live enveloped socket but one.
    pub fn others(&mut self, conn: ConnKey, notification: HubNotification) {
        self.said.push((Audience::Others(Some(conn)), Said::Notification(notification)));
    }

    /// A word to one raw socket.
    pub fn text(&mut self, conn: ConnKey, text: &'static str) {
        self.said.push((Audience::One(conn), Said::Text(text)));
    }

    /// Notes that `conn` is live from here on: of earlier frames it only receives those that name it.
    pub fn begin(&mut self, conn: ConnKey) {
        self.begins.insert(conn, self.said.len());
    }

    /// Notes that `conn` was live until here.
    pub fn end(&mut self, conn: ConnKey) {
        self.ends.insert(conn, self.said.len());
    }

    /// Closes a socket after its pending frames.
    pub fn close(&mut self, conn: ConnKey, code: u16, reason: impl Into<String>) {
        self.closes.push(Close { conn, code, reason: reason.into() });
    }

    /// Assembles the frames for these sockets; the flag says whether one is live.
    pub fn deliveries(&self, targets: impl Iterator<Item = (ConnKey, HubWire, bool)>) -> Vec<HubDelivery> {
        if self.said.is_empty() {
            return Vec::new();
        }
        let mut groups: BTreeMap<(HubWire, Vec<usize>), Vec<ConnKey>> = BTreeMap::new();
        for (conn, wire, is_live) in targets {
            let received = self.items_for(conn, wire, is_live);
            if !received.is_empty() {
                groups.entry((wire, received)).or_default().push(conn);
            }
        }
        let mut texts: BTreeMap<(usize, bool), HubFrame> = BTreeMap::new();
        let mut frame = |at: usize, is_raw: bool| {
            let encode = || self.said.get(at).map_or_else(|| HubFrame::Text("".into()), |(_, said)| said.frame(is_raw));
            texts.entry((at, is_raw)).or_insert_with(encode).clone()
        };
        let delivery = |((wire, received), conns): ((HubWire, Vec<usize>), Vec<ConnKey>)| {
            let frames: Vec<HubFrame> = received.into_iter().map(|at| frame(at, wire == HubWire::Raw)).collect();
            HubDelivery { conns, frames: if wire == HubWire::Batch { joined(frames) } else { frames } }
        };
        groups.into_iter().map(delivery).collect()
    }

    fn items_for(&self, conn: ConnKey, wire: HubWire, is_live: bool) -> Vec<usize> {
        let begin = self.begins.get(&conn).copied().unwrap_or(0);
        let end = if is_live { usize::MAX } else { self.ends.get(&conn).copied().unwrap_or(0) };
        let reaches = |at: usize, audience: Audience, said: &Said| {
            let is_meant = match audience {
                Audience::Others(but) => (begin..end).contains(&at) && but != Some(conn),
                Audience::One(one) => one == conn,
            };
            is_meant && (wire != HubWire::Raw || !matches!(said, Said::Notification(_)))
        };
        let received = self.said.iter().enumerate().filter(|(at, (audience, said))| reaches(*at, *audience, said));
        received.map(|(at, _)| at).collect()
    }
}

impl Said {
    fn frame(&self, is_raw: bool) -> HubFrame {
        match self {
            Self::Item(item) if is_raw => match &item.body {
                Body::Text(text) => HubFrame::Text(text.as_str().into()),
                Body::Bytes(bytes) => HubFrame::Bytes(bytes.as_slice().into()),
            },
            Self::Item(item) => HubFrame::Text(item.frame().into()),
            Self::Notification(notification) => HubFrame::Text(notification.json().into()),
            Self::Text(text) => HubFrame::Text((*text).into()),
        }
    }
}

/// Joins frames into arrays of at most [`BATCH_OUT_BYTES_MAX`]; a single one stays bare.
fn joined(frames: Vec<HubFrame>) -> Vec<HubFrame> {
    let texts = frames.iter().filter_map(|frame| match frame {
        HubFrame::Text(text) => Some(text),
        HubFrame::Bytes(_) => None,
    });
    let mut arrays = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut bytes = 2;
    let close = |run: &mut Vec<&str>, arrays: &mut Vec<HubFrame>| {
        let text = match run.as_slice() {
            [] => return,
            [single] => (*single).to_owned(),
            several => format!("[{}]", several.join(",")),
        };
        run.clear();
        arrays.push(HubFrame::Text(text.into()));
    };
    for text in texts {
        if bytes + text.len() + 1 > BATCH_OUT_BYTES_MAX {
            close(&mut run, &mut arrays);
            bytes = 2;
        }
        bytes += text.len() + 1;
        run.push(text);
    }
    close(&mut run, &mut arrays);
    arrays
}
