//! Room for the laws: turns by hand, frames as every socket gets them, sleep on request.
#![allow(dead_code, reason = "every test uses its own part of the stage")]

use std::collections::BTreeMap;

use protocol::client::{EventFrame, ServerFrame, read_server_text};
use protocol::log::Cursor;
use protocol::machines::presence::Card;
use protocol::machines::room::{Connection, Join, MemoryRoomStore, Outbound, Room, RoomSettings, Wire, Write};
use protocol::people::contacts::Privacy;
use protocol::wire::messenger::{deliveries, receive};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, RoomRules, UserId};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::rate::Rule;
use protocol::words::refusal::{Denied, Refusal};
use protocol::words::socket::ConnKey;

pub struct LawFixture {
    pub room: Room,
    pub store: MemoryRoomStore,
    pub now: Millis,
    pub settings: RoomSettings,
    /// Texts of each socket, in order. The keys are the test's own, and survive the room's sleep.
    pub got: BTreeMap<usize, Vec<String>>,
    /// Sockets that the room closed, with the code.
    pub closed: Vec<(usize, u16)>,
    keys: BTreeMap<usize, ConnKey>,
    sockets: usize,
}

/// Id of a message with its ack (position and time), or the code of its refusal.
pub type Answer = (String, Result<(u64, Millis), String>);

pub fn principal(user: &str) -> Principal {
    Principal {
        user: UserId::parse(user).unwrap(),
        kind: UserKind::User,
        session: format!("0-{user}"),
        name: user.to_owned(),
        avatar: "av_01".to_owned(),
        visible_from: 0,
        player_session: None,
        room: None,
        has_second_factor: false,
        expires_at: 1_200_000,
    }
}

/// Returns the `n`th id, in UUID form.
pub fn id(n: u64) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

pub fn chat(n: u64, content: &str) -> String {
    format!("{{\"type\":\"chat\",\"id\":\"{}\",\"content\":{}}}", id(n), serde_json::Value::from(content))
}

impl LawFixture {
    /// Makes a public room without any limit.
    pub fn unlimited() -> Self {
        let mut settings = RoomSettings::default();
        for rule in ["CHAT", "NUDGE", "WINK", "TYPING", "HISTORY", "FRAME"] {
            *settings.rules.named(rule).unwrap() = Rule::default();
        }
        Self::with("general", settings)
    }

    pub fn with(room: &str, settings: RoomSettings) -> Self {
        let rules = RoomRules { public: vec!["general".into()], open: false };
        let id = RoomId::parse(room, &rules).unwrap();
        let mut store = MemoryRoomStore::default();
        let room = Room::open(id, settings.clone(), &mut store, 0x9f31_c0aa).unwrap();
        let (got, keys) = (BTreeMap::new(), BTreeMap::new());
        Self { room, store, now: 1_000_000, settings, got, closed: Vec::new(), keys, sockets: 0 }
    }

    /// Runs one turn: `work` may do several things, and its frames are delivered afterwards.
    pub fn turn<T>(&mut self, work: impl FnOnce(&mut Self, &mut Outbound) -> T) -> T {
        let mut out = Outbound::default();
        let done = work(self, &mut out);
        self.room.end_turn(&mut out);
        let deliveries = deliveries("general", &out, &self.room.targets());
        for (socket, key) in &self.keys {
            for delivery in deliveries.iter().filter(|delivery| delivery.conns.contains(key)) {
                let frames = delivery.frames.iter().map(|frame| frame.to_string());
                self.got.entry(*socket).or_default().extend(frames);
            }
            let closes = out.closes.iter().filter(|close| close.conn == *key);
            self.closed.extend(closes.map(|close| (*socket, close.code)));
        }
        done
    }

    pub fn join_in(&mut self, out: &mut Outbound, user: &str, wire: Wire, since: Option<u64>) -> Result<usize, Denied> {
        let card = Card { name: user.to_owned(), avatar: "av_01".into(), version: 1, ..Card::default() };
        let cursor = since.map(|seq| Cursor { seq, epoch: Some("9f31c0aa".into()) });
        let join =
            Join { id: "c".into(), principal: principal(user), card, wire, device: None, is_paged: false, cursor };
        let key = self.room.join(&mut self.store, self.now, join, out)?;
        self.sockets += 1;
        self.keys.insert(self.sockets, key);
        self.got.insert(self.sockets, Vec::new());
        Ok(self.sockets)
    }

    pub fn join(&mut self, user: &str, wire: Wire, since: Option<u64>) -> usize {
        self.turn(|stage, out| stage.join_in(out, user, wire, since)).unwrap()
    }

    pub fn leave(&mut self, socket: usize) {
        self.turn(|stage, out| {
            let key = stage.keys.remove(&socket).unwrap();
            stage.room.leave(stage.now, key, out);
        });
    }

    /// Applies a block of a person, as the person's own object reports it.
    pub fn block_in(&mut self, out: &mut Outbound, user: &str, other: &str, is_blocked: bool) {
        let fresh = || Privacy::of_kind(UserKind::Persona);
        let mut privacy = self.room.privacy_of(user).cloned().unwrap_or_else(fresh);
        if is_blocked {
            privacy.hides.block(other, self.now);
        } else {
            privacy.hides.unblock(other, self.now);
        }
        privacy.version += 1;
        self.room.set_privacy(&mut self.store, self.now, user, privacy, out).unwrap();
    }

    pub fn send_in(&mut self, out: &mut Outbound, socket: usize, text: &str) {
        let key = self.keys[&socket];
        receive(&mut self.room, &mut self.store, self.now, key, text, out).unwrap();
    }

    pub fn send(&mut self, socket: usize, text: &str) {
        self.turn(|stage, out| stage.send_in(out, socket, text));
    }

    /// Carries out all due work.
    pub fn tick(&mut self) {
        self.turn(|stage, out| stage.room.tick(&mut stage.store, stage.now, out)).unwrap();
    }

    /// Returns the codes of the refusals to a socket, and the number of its typing frames.
    pub fn refused_and_typed(&self, socket: usize) -> (Vec<String>, usize) {
        let codes = self.answers(socket).into_iter().filter_map(|(_, answer)| answer.err());
        let typed = self.got[&socket].iter().map(|text| text.matches("\"isTyping\":true").count());
        (codes.collect(), typed.sum())
    }

    /// Writes without a socket, and returns the result.
    pub fn post(&mut self, user: &str, write: Write) -> Result<(u64, Millis, bool), Refusal> {
        let posted = self.turn(|stage, out| stage.room.post(&mut stage.store, stage.now, &principal(user), write, out));
        match posted {
            Ok(posted) => Ok((posted.event.seq, posted.event.ts, posted.duplicate)),
            Err(Denied::Refused(refusal)) => Err(refusal),
            Err(Denied::Broken(fault)) => panic!("{fault}"),
        }
    }

    /// Sleeps and wakes: only the rows and the sockets' attachments remain.
    pub fn sleep(&mut self) {
        let attached: Vec<(usize, String)> = self
            .keys
            .iter()
            .map(|(socket, key)| (*socket, serde_json::to_string(self.room.connection(*key).unwrap()).unwrap()))
            .collect();
        self.room = Room::open(self.room.id().clone(), self.settings.clone(), &mut self.store, 0xdead_beef).unwrap();
        for (socket, attachment) in attached {
            let connection: Connection = serde_json::from_str(&attachment).unwrap();
            self.keys.insert(socket, self.room.restore(connection, self.now));
        }
    }

    /// Removes closed sockets, as the runtime does.
    pub fn forget_closed(&mut self) {
        self.keys.retain(|_, key| self.room.connection(*key).is_some());
    }

    /// Returns `true` while the socket is open.
    pub fn is_open(&self, socket: usize) -> bool {
        self.keys.contains_key(&socket)
    }

    /// Returns all frames of a socket.
    pub fn frames(&self, socket: usize) -> Vec<ServerFrame> {
        self.got[&socket].iter().flat_map(|text| read_server_text(text)).collect()
    }

    /// Returns the events of a socket, live and in pages, in order of arrival.
    pub fn events(&self, socket: usize) -> Vec<EventFrame> {
        let events = self.frames(socket).into_iter().flat_map(|frame| match frame {
            ServerFrame::History { events, .. } => events,
            ServerFrame::Event(event) => vec![event],
            _ => Vec::new(),
        });
        events.collect()
    }

    pub fn seqs(&self, socket: usize) -> Vec<u64> {
        self.events(socket).iter().map(|event| event.seq).collect()
    }

    /// Returns acks and refusals of a socket: id with position and time, or with the refusal's code.
    pub fn answers(&self, socket: usize) -> Vec<Answer> {
        let answers = self.frames(socket).into_iter().filter_map(|frame| match frame {
            ServerFrame::Ack { id, seq, timestamp } => Some((id, Ok((seq, timestamp)))),
            ServerFrame::Error { id, code, .. } => Some((id.unwrap_or_default(), Err(code))),
            _ => None,
        });
        answers.collect()
    }
}
