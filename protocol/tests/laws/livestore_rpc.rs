//! The order of `livestore-0.4.md` 3 under storms: pulls of version 0.4 begin, are acknowledged, given up and restored while clients of both
//! versions push. No pull gets an event twice, out of order, or after a gap, and the last page alone says that it is the last.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::chain::{
    Chain, ChainEvent, ChainNotification, ChainStore, Effect, Frame, MemoryChainStore, RpcCursor, RpcFrame,
    RpcNotification, RpcPush, StoredLink,
};
use protocol::words::socket::ConnKey;

use crate::room::config;

/// Sockets of version 0.4 in a storm.
const SOCKETS: usize = 3;

#[derive(Clone, Debug)]
enum Turn {
    /// Pushes new events: by a socket of version 0.4, by HTTP, or by a socket of version 0.3.1.
    Push { by: usize, count: i64 },
    /// Opens a pull after this part of the log.
    Pull { socket: usize, percent: u64, is_live: bool },
    /// Acknowledges the oldest page of a socket.
    Ack { socket: usize },
    /// Gives up a pull.
    Interrupt { socket: usize, which: usize },
    /// The connection is lost; the client comes back and asks from where it is.
    Return { socket: usize },
    /// Runs one turn of deliveries.
    Serve,
    /// The object sleeps and wakes.
    Sleep,
}

fn turn() -> impl Strategy<Value = Turn> {
    let socket = 0..SOCKETS;
    prop_oneof![
        4 => (0..5_usize, 1..130_i64).prop_map(|(by, count)| Turn::Push { by, count }),
        3 => (socket.clone(), 0..120_u64, any::<bool>())
            .prop_map(|(socket, percent, is_live)| Turn::Pull { socket, percent, is_live }),
        6 => socket.clone().prop_map(|socket| Turn::Ack { socket }),
        1 => (socket.clone(), 0..4_usize).prop_map(|(socket, which)| Turn::Interrupt { socket, which }),
        1 => socket.prop_map(|socket| Turn::Return { socket }),
        4 => Just(Turn::Serve),
        2 => Just(Turn::Sleep),
    ]
}

/// Pull as its client sees it.
#[derive(Clone, Debug)]
struct Seen {
    /// The last event that came.
    after: u64,
    is_live: bool,
    /// Pages that it did not acknowledge.
    pages: usize,
    is_answered: bool,
    /// Events that the newest page promised behind it.
    promised: u64,
}

#[derive(Default)]
struct RpcClient {
    conn: ConnKey,
    next_id: u32,
    pulls: BTreeMap<String, Seen>,
    /// Pages that were not acknowledged, oldest first.
    unacknowledged: Vec<String>,
}

struct Storm {
    chain: Chain,
    store: MemoryChainStore,
    clients: Vec<RpcClient>,
    old: ConnKey,
    /// Events that the socket of version 0.3.1 got.
    old_seen: u64,
    /// State of each socket as it was stored last.
    saved: BTreeMap<ConnKey, StoredLink>,
}

impl Storm {
    fn new() -> Self {
        let (mut chain, store) = (Chain::default(), MemoryChainStore::default());
        let connect = |chain: &mut Chain| chain.connect_rpc(&store, 0).unwrap();
        let clients = (0..SOCKETS).map(|_| RpcClient { conn: connect(&mut chain), ..RpcClient::default() }).collect();
        let old = chain.connect(&store, 0, "p", None).unwrap();
        let mut storm = Self { chain, store, clients, old, old_seen: 0, saved: BTreeMap::new() };
        storm.conns().into_iter().for_each(|conn| storm.save(conn));
        storm
    }

    fn conns(&self) -> Vec<ConnKey> {
        self.clients.iter().map(|client| client.conn).chain([self.old]).collect()
    }

    fn save(&mut self, conn: ConnKey) {
        self.saved.extend(self.chain.stored_link(conn).map(|link| (conn, link)));
    }

    fn frame(&mut self, socket: usize, frame: RpcFrame) -> Result<(), TestCaseError> {
        let mut effects = Vec::new();
        self.chain.rpc_frame(&mut self.store, 0, self.clients[socket].conn, frame, &mut effects).unwrap();
        self.receive(effects)
    }

    fn receive(&mut self, effects: Vec<Effect>) -> Result<(), TestCaseError> {
        for effect in effects {
            match effect {
                Effect::Rpc { conn, notification } => self.receive_rpc(conn, notification)?,
                Effect::Send { conns, notification: ChainNotification::Events { events, .. } } => {
                    prop_assert_eq!(&conns, &[self.old]);
                    for stored in events.iter() {
                        prop_assert_eq!(stored.event.seq, self.old_seen as i64 + 1);
                        self.old_seen += 1;
                    }
                }
                Effect::Close { .. } => prop_assert!(false, "nobody does anything wrong"),
                Effect::Save(conn) => self.save(conn),
                Effect::Send { .. } => {}
            }
        }
        Ok(())
    }

    fn receive_rpc(&mut self, conn: ConnKey, notification: RpcNotification) -> Result<(), TestCaseError> {
        let head = self.store.head().unwrap();
        let client = self.clients.iter_mut().find(|client| client.conn == conn).expect("a living socket");
        match notification {
            RpcNotification::Page { request_id, page } => {
                let Some(seen) = client.pulls.get_mut(&request_id) else {
                    prop_assert!(false, "a page of a pull that is over");
                    return Ok(());
                };
                prop_assert_eq!(seen.pages, 0, "one page is on its way");
                prop_assert!(!page.events.is_empty() || !seen.is_answered, "an empty page is the first");
                for stored in &page.events {
                    prop_assert_eq!(stored.event.seq, seen.after as i64 + 1, "no gap, and nothing twice");
                    seen.after += 1;
                }
                prop_assert_eq!(page.remaining, head.saturating_sub(seen.after), "the last page alone says so");
                prop_assert!(page.events.len() as u64 >= seen.promised.min(100), "what was promised comes");
                (seen.promised, seen.is_answered, seen.pages) = (page.remaining, true, 1);
                client.unacknowledged.push(request_id);
            }
            RpcNotification::Pulled { request_id } => {
                let ended = client.pulls.remove(&request_id);
                prop_assert!(ended.is_some_and(|seen| !seen.is_live && seen.promised == 0));
            }
            RpcNotification::Pushed { .. } => {}
            other => prop_assert!(false, "{other:?}"),
        }
        Ok(())
    }

    fn push(&mut self, by: usize, count: i64) -> Result<(), TestCaseError> {
        let head = self.store.head().unwrap() as i64;
        let event = |seq: i64| {
            let (name, client, session) = ("n".into(), "c".into(), "s".into());
            ChainEvent { name, args: Some(seq.to_string()), seq, parent: seq - 1, client, session }
        };
        let batch: Vec<ChainEvent> = (head + 1..=head + count).map(event).collect();
        let request = RpcPush { request_id: "p".into(), batch: batch.clone(), backend_id: None };
        if by < SOCKETS {
            self.frame(by, RpcFrame::Push(request))?;
        } else {
            let mut effects = Vec::new();
            if by == SOCKETS {
                let pushed = self.chain.push_rpc(&mut self.store, 0, request, &mut effects).unwrap();
                prop_assert_eq!(pushed, Ok(()));
            } else {
                let frame = Frame::Push { request_id: "p".into(), batch };
                self.chain.frame(&mut self.store, 0, self.old, frame, &mut effects).unwrap();
            }
            self.receive(effects)?;
        }
        prop_assert_eq!(self.store.head().unwrap() as i64, head + count);
        Ok(())
    }

    fn pull(&mut self, socket: usize, after: u64, is_live: bool) -> Result<(), TestCaseError> {
        let client = &mut self.clients[socket];
        if client.pulls.len() >= 8 {
            return Ok(());
        }
        let request_id = client.next_id.to_string();
        client.next_id += 1;
        let seen = Seen { after, is_live, pages: 0, is_answered: false, promised: 0 };
        client.pulls.insert(request_id.clone(), seen);
        let cursor = (after > 0).then(|| RpcCursor { backend_id: self.store.backend_id(), after });
        self.frame(socket, RpcFrame::Pull { request_id, cursor, is_live })
    }

    fn acknowledge(&mut self, socket: usize) -> Result<(), TestCaseError> {
        let client = &mut self.clients[socket];
        if client.unacknowledged.is_empty() {
            return Ok(());
        }
        let request_id = client.unacknowledged.remove(0);
        if let Some(seen) = client.pulls.get_mut(&request_id) {
            seen.pages = 0;
        }
        self.frame(socket, RpcFrame::Ack { request_id })
    }

    fn interrupt(&mut self, socket: usize, which: usize) -> Result<(), TestCaseError> {
        let client = &mut self.clients[socket];
        let Some(request_id) = client.pulls.keys().nth(which).cloned() else { return Ok(()) };
        client.pulls.remove(&request_id);
        self.frame(socket, RpcFrame::Interrupt { request_id })
    }

    fn come_back(&mut self, socket: usize) -> Result<(), TestCaseError> {
        self.chain.closed(self.clients[socket].conn);
        let conn = self.chain.connect_rpc(&self.store, 0).unwrap();
        let client = &mut self.clients[socket];
        client.conn = conn;
        client.unacknowledged.clear();
        self.save(conn);
        let client = &mut self.clients[socket];
        let pulls = std::mem::take(&mut client.pulls);
        pulls.into_values().try_for_each(|seen| self.pull(socket, seen.after, seen.is_live))
    }

    fn serve(&mut self) -> Result<(), TestCaseError> {
        let mut effects = Vec::new();
        self.chain.serve(&mut self.store, 0, &mut effects).unwrap();
        self.receive(effects)
    }

    /// Begins anew with what was stored.
    fn sleep(&mut self) {
        self.chain = Chain::default();
        let saved = std::mem::take(&mut self.saved);
        let link = |conn: ConnKey| saved.get(&conn).cloned().expect("a stored socket");
        for client in &mut self.clients {
            client.conn = self.chain.restore_stored(&self.store, link(client.conn)).unwrap();
        }
        self.old = self.chain.restore_stored(&self.store, link(self.old)).unwrap();
        self.conns().into_iter().for_each(|conn| self.save(conn));
    }

    fn settle(&mut self) -> Result<(), TestCaseError> {
        loop {
            while self.chain.has_work() {
                self.serve()?;
            }
            if self.clients.iter().all(|client| client.unacknowledged.is_empty()) {
                return Ok(());
            }
            (0..SOCKETS).try_for_each(|socket| self.acknowledge(socket))?;
        }
    }
}

fn play(turns: Vec<Turn>) -> Result<(), TestCaseError> {
    let mut storm = Storm::new();
    for turn in turns {
        match turn {
            Turn::Push { by, count } => storm.push(by, count)?,
            Turn::Pull { socket, percent, is_live } => {
                let after = storm.store.head().unwrap() * percent / 100;
                storm.pull(socket, after, is_live)?;
            }
            Turn::Ack { socket } => storm.acknowledge(socket)?,
            Turn::Interrupt { socket, which } => storm.interrupt(socket, which)?,
            Turn::Return { socket } => storm.come_back(socket)?,
            Turn::Serve => storm.serve()?,
            Turn::Sleep => storm.sleep(),
        }
    }
    storm.settle()?;
    let head = storm.store.head().unwrap();
    prop_assert_eq!(storm.old_seen, head, "the socket of version 0.3.1 got everything");
    for client in &storm.clients {
        for seen in client.pulls.values() {
            prop_assert!(seen.is_live && seen.is_answered, "{seen:?}");
            prop_assert!(seen.after >= head, "a live pull has everything: {seen:?} of {head}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pulls_are_ordered_whole_and_without_doubles(turns in vec(turn(), 0..60)) {
        play(turns)?;
    }
}
