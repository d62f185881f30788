//! Open conversation of one person: the machine, its socket, the rows of the page, and the storage that survives a reload.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::client::{
    ConnectionState, Effect, Input, OutboxEntry, RoomClient, Row, Saved, SavedCursor, ServerFrame, Show,
    read_server_text,
};

use crate::clock::Nanos;
use crate::marker::Marker;
use crate::net::{Listener, Socket};
use crate::server::Server;

/// Returns the milliseconds since 1970.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Outcome of a conversation on one device, for the verdict.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Number of the person.
    pub sender: u16,
    /// Number of messages that the person wrote.
    pub written: u32,
    /// Acknowledgements in order: message and position.
    pub acks: Vec<(Marker, u64)>,
    /// Rows by position.
    pub rows: BTreeMap<u64, Marker>,
    /// Number of rows that appeared twice, or moved.
    pub moved: u64,
}

/// Conversation, see the module's description.
pub struct Chat {
    server: Rc<Server>,
    room: String,
    person: usize,
    state: RefCell<State>,
    /// Number of the socket, by which events of earlier sockets are ignored.
    generation: Cell<u32>,
    socket: RefCell<Option<Rc<Socket>>>,
    wanted_head: Cell<Option<u64>>,
}

struct State {
    client: RoomClient,
    next: Marker,
    /// Storage that survives a reload.
    outbox: Vec<OutboxEntry>,
    cursor: Option<SavedCursor>,
    cached: BTreeMap<u64, String>,
    /// Rows on the page, which end with it.
    rows: BTreeMap<u64, String>,
    has_more: bool,
    is_asking: bool,
    /// Acknowledgements for the verdict.
    acks: Vec<(String, u64)>,
    moved: u64,
}

struct ChatListener {
    chat: Weak<Chat>,
    generation: u32,
}

impl Chat {
    /// Makes a closed conversation without stored data.
    pub fn new(server: &Rc<Server>, room: &str, person: usize, next: Marker) -> Rc<Self> {
        let client = RoomClient::new(room, &server.user_of(person), Saved::default(), person as u64);
        let (outbox, cursor, cached, rows, acks) = Default::default();
        let state =
            State { client, next, outbox, cursor, cached, rows, has_more: true, is_asking: false, acks, moved: 0 };
        Rc::new(Self {
            server: Rc::clone(server),
            room: room.to_owned(),
            person,
            state: RefCell::new(state),
            generation: Cell::new(0),
            socket: RefCell::default(),
            wanted_head: Cell::new(None),
        })
    }

    // ---- Events

    /// Connects.
    pub fn open(self: &Rc<Self>) {
        self.feed(Input::Open);
    }

    /// Writes a message.
    pub fn write(self: &Rc<Self>) {
        let marker = {
            let mut state = self.state.borrow_mut();
            let marker = state.next;
            state.next.number += 1;
            marker
        };
        let (mut id, mut text) = Default::default();
        marker.push_id(&mut id);
        marker.push_text(&mut text);
        self.feed(Input::Post(OutboxEntry::chat(&id, &text, None, "chaos", now_ms())));
    }

    /// Cuts the socket; the page notices it like any page.
    pub fn cut(self: &Rc<Self>) {
        if let Some(socket) = self.drop_socket() {
            socket.cut();
            self.feed(Input::SocketClosed { code: 1006, reason: String::new() });
        }
    }

    /// Reloads the page: memory is lost, and the storage is loaded.
    pub fn reload(self: &Rc<Self>) {
        if let Some(socket) = self.drop_socket() {
            socket.cut();
        }
        {
            let mut state = self.state.borrow_mut();
            let saved = Saved { cursor: state.cursor.clone(), outbox: state.outbox.clone() };
            state.client = RoomClient::new(&self.room, &self.server.user_of(self.person), saved, now_ms());
            state.rows = state.cached.clone();
            (state.has_more, state.is_asking) = (true, false);
        }
        self.open();
    }

    /// Carries out all due work.
    pub fn pass_time(self: &Rc<Self>) {
        let is_due = self.state.borrow().client.wake_at().is_some_and(|at| at <= now_ms());
        if is_due {
            self.feed(Input::Time);
        }
        let asks = {
            let mut state = self.state.borrow_mut();
            let begins_late = state.rows.first_key_value().is_none_or(|(seq, _)| *seq > 1);
            let asks = self.wanted_head.get().is_some_and(|head| head > 0)
                && begins_late
                && state.has_more
                && !state.is_asking
                && state.client.connection() == ConnectionState::Live;
            state.is_asking |= asks;
            asks
        };
        if asks {
            self.feed(Input::LoadOlder);
        }
    }

    // ---- State

    /// Returns true if the page is connected and joined.
    pub fn is_live(&self) -> bool {
        self.state.borrow().client.connection() == ConnectionState::Live
    }

    /// Returns the number of unsent messages.
    pub fn unsent(&self) -> usize {
        self.state.borrow().outbox.len()
    }

    /// Requires the page to show everything up to `head`.
    pub fn wants_all_until(&self, head: u64) {
        self.wanted_head.set(Some(head));
    }

    /// Returns true if the page shows all of that, or cannot get more.
    pub fn has_all(&self) -> bool {
        let (state, head) = (self.state.borrow(), self.wanted_head.get().unwrap_or(0));
        let begins = head == 0 || !state.has_more || state.rows.first_key_value().is_some_and(|(seq, _)| *seq == 1);
        begins && state.client.seq() >= head
    }

    /// Describes the state, for a wait that failed.
    pub fn describe(&self) -> String {
        let state = self.state.borrow();
        format!(
            "{} of {}: {:?}, {} unsent, at {} of {:?}, rows from {:?}",
            self.person,
            self.room,
            state.client.connection(),
            state.outbox.len(),
            state.client.seq(),
            self.wanted_head.get(),
            state.rows.first_key_value().map(|(seq, _)| *seq)
        )
    }

    /// Returns the outcome of the conversation.
    pub fn page(&self) -> Page {
        let state = self.state.borrow();
        let marker = |id: &String| Marker::from_id(id.as_bytes());
        Page {
            sender: state.next.sender,
            written: state.next.number,
            acks: state.acks.iter().filter_map(|(id, seq)| Some((marker(id)?, *seq))).collect(),
            rows: state.rows.iter().filter_map(|(seq, id)| Some((*seq, marker(id)?))).collect(),
            moved: state.moved,
        }
    }

    // ---- Machine

    fn feed(self: &Rc<Self>, input: Input) {
        let effects = self.state.borrow_mut().client.handle(now_ms(), input);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Connect { url_query } => self.connect(url_query),
            Effect::Send(text) => {
                if let Some(socket) = self.socket.borrow().as_ref() {
                    socket.send(&text);
                }
            }
            Effect::Disconnect { .. } => {
                if let Some(socket) = self.drop_socket() {
                    tokio::task::spawn_local(async move { socket.close().await });
                }
            }
            Effect::Save(entry) => self.state.borrow_mut().save(entry),
            Effect::Forget { id } => self.state.borrow_mut().outbox.retain(|entry| entry.id != id),
            Effect::SaveCursor(cursor) => self.state.borrow_mut().save_cursor(cursor),
            Effect::Show(show) => self.state.borrow_mut().show(*show),
        }
    }

    fn drop_socket(&self) -> Option<Rc<Socket>> {
        self.generation.set(self.generation.get() + 1);
        self.socket.take()
    }

    fn connect(self: &Rc<Self>, url_query: String) {
        drop(self.drop_socket());
        let generation = self.generation.get();
        let chat = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let path = format!("{}?{url_query}", chat.server.door().room_path(&chat.room));
            let headers = chat.server.socket_headers(chat.person);
            let ear: Rc<dyn Listener> = Rc::new(ChatListener { chat: Rc::downgrade(&chat), generation });
            let opened = Socket::open(chat.server.address(), &path, &headers, ear).await;
            if chat.generation.get() != generation {
                if let Ok(socket) = opened {
                    socket.cut();
                }
                return;
            }
            match opened {
                Ok(socket) => {
                    chat.socket.replace(Some(socket));
                    chat.feed(Input::SocketOpened);
                }
                Err(_) => chat.feed(Input::SocketClosed { code: 1006, reason: String::new() }),
            }
        });
    }
}

impl Listener for ChatListener {
    fn on_frame(&self, _: &Rc<Socket>, text: &[u8], _: Nanos) {
        let Some(chat) = self.chat.upgrade().filter(|chat| chat.generation.get() == self.generation) else { return };
        let text = String::from_utf8_lossy(text).into_owned();
        for frame in read_server_text(&text) {
            if let ServerFrame::Ack { id, seq, .. } = frame {
                chat.state.borrow_mut().acks.push((id, seq));
            }
        }
        chat.feed(Input::Text(text));
    }

    fn ended(&self, socket: &Rc<Socket>) {
        let Some(chat) = self.chat.upgrade().filter(|chat| chat.generation.get() == self.generation) else { return };
        drop(chat.drop_socket());
        let code = socket.close_code().unwrap_or(1006);
        chat.feed(Input::SocketClosed { code, reason: String::new() });
    }
}

impl State {
    fn save(&mut self, entry: OutboxEntry) {
        match self.outbox.iter_mut().find(|cached| cached.id == entry.id) {
            Some(cached) => *cached = entry,
            None => self.outbox.push(entry),
        }
    }

    /// Stores the cursor together with its rows.
    fn save_cursor(&mut self, cursor: SavedCursor) {
        let goes_on = self.cursor.as_ref().filter(|cached| cached.epoch == cursor.epoch && cached.seq <= cursor.seq);
        let from = goes_on.map_or(0, |cached| cached.seq + 1);
        if goes_on.is_none_or(|cached| cached.oldest != cursor.oldest) {
            self.cached = self.rows.range(cursor.oldest..).map(|(seq, id)| (*seq, id.clone())).collect();
        } else {
            self.cached.extend(self.rows.range(from..).map(|(seq, id)| (*seq, id.clone())));
        }
        let beyond: BTreeSet<u64> = self.cached.range(cursor.seq + 1..).map(|(seq, _)| *seq).collect();
        self.cached.retain(|seq, _| !beyond.contains(seq));
        self.cursor = Some(cursor);
    }

    fn show(&mut self, show: Show) {
        match show {
            Show::Row(row) => self.put(row),
            Show::Older { rows, more } => {
                (self.has_more, self.is_asking) = (more, false);
                rows.into_iter().for_each(|row| self.put(row));
            }
            Show::Reset => self.rows.clear(),
            Show::Connection(_) => self.is_asking = false,
            _ => {}
        }
    }

    fn put(&mut self, row: Row) {
        let Some(seq) = row.seq else { return };
        let before = self.rows.insert(seq, row.id.clone());
        self.moved += u64::from(before.is_some_and(|id| id != row.id));
    }
}
