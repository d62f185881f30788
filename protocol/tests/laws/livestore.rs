//! The promises of `livestore.md` 15 under storms: clients push, pull, conflict, are cut and lose acknowledgements.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::chain::{Chain, ChainEvent, ChainNotification, ChainStore, Effect, Frame, MemoryChainStore};
use protocol::words::socket::ConnKey;

use crate::room::config;

#[derive(Clone, Debug)]
enum Turn {
    /// A client pushes new events on top of its head; with `is_cut` its connection dies before the answer.
    Push { client: usize, count: i64, is_cut: bool },
    /// A client connects (again) and pulls.
    Return { client: usize },
    /// A client reconnects without a pull if it received everything that was sent to it; else it pulls.
    Resume { client: usize },
    /// A second passes.
    Wait,
    /// Runs one turn of deliveries.
    Serve,
    /// The object sleeps and wakes.
    Sleep,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        5 => (0..3_usize, 1..130_i64, prop::bool::weighted(0.2)).prop_map(|(client, count, is_cut)| Turn::Push { client, count, is_cut }),
        2 => (0..3_usize).prop_map(|client| Turn::Return { client }),
        2 => (0..3_usize).prop_map(|client| Turn::Resume { client }),
        1 => Just(Turn::Wait),
        4 => Just(Turn::Serve),
        1 => Just(Turn::Sleep),
    ]
}

/// Client with its known head, and its unconfirmed events.
#[derive(Default)]
struct Client {
    conn: Option<ConnKey>,
    known: Vec<ChainEvent>,
    pending: Vec<ChainEvent>,
    /// No live event may arrive before the answer to the pull has begun.
    has_answer: bool,
    /// An event was sent to a connection that was already dead.
    has_lost: bool,
}

struct LivestoreFixture {
    chain: Chain,
    store: MemoryChainStore,
    clients: Vec<Client>,
    made: i64,
    now: u64,
}

impl LivestoreFixture {
    fn receive(&mut self, effects: Vec<Effect>) -> Result<(), TestCaseError> {
        for effect in effects {
            let Effect::Send { conns, notification: ChainNotification::Events { events, is_push, .. } } = effect else {
                continue;
            };
            for client in self.clients.iter_mut().filter(|client| client.conn.is_some_and(|conn| conns.contains(&conn)))
            {
                client.has_answer |= !is_push;
                if !client.has_answer {
                    continue;
                }
                for stored in events.iter() {
                    let head = client.known.len() as i64;
                    prop_assert_eq!(stored.event.seq, head + 1, "a gap or a double kills the client's stream");
                    if client.pending.first() == Some(&stored.event) {
                        client.pending.remove(0);
                    } else {
                        client.pending.clear();
                    }
                    client.known.push(stored.event.clone());
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self, conn: ConnKey, frame: Frame) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.chain.frame(&mut self.store, self.now, conn, frame, &mut effects).unwrap();
        effects
    }

    fn cut(&mut self, client: usize) {
        if let Some(conn) = self.clients[client].conn.take() {
            self.chain.closed(conn);
        }
    }

    fn connect(&mut self, client: usize) -> ConnKey {
        self.cut(client);
        let conn = self.chain.connect(&self.store, self.now, "p", Some(&client.to_string())).unwrap();
        self.clients[client].conn = Some(conn);
        conn
    }

    fn resume(&mut self, client: usize) {
        let one = &self.clients[client];
        if one.has_answer && !one.has_lost {
            self.connect(client);
        } else {
            self.come_back(client);
        }
    }

    fn come_back(&mut self, client: usize) {
        let conn = self.connect(client);
        self.clients[client].has_answer = false;
        self.clients[client].has_lost = false;
        let after = self.clients[client].known.len() as u64;
        self.frame(conn, Frame::Pull { request_id: "q".into(), after });
    }

    fn serve(&mut self) -> Result<(), TestCaseError> {
        let mut effects = Vec::new();
        self.chain.serve(&mut self.store, self.now, &mut effects).unwrap();
        self.receive(effects)
    }

    fn push(&mut self, client: usize, count: i64, is_cut: bool) -> Result<(), TestCaseError> {
        let Some(conn) = self.clients[client].conn else { return Ok(()) };
        let head = (self.clients[client].known.len() + self.clients[client].pending.len()) as i64;
        for parent in head..head + count {
            self.made += 1;
            let args = Some(self.made.to_string());
            let (name, session) = ("n".into(), "s".into());
            let event = ChainEvent { name, args, seq: parent + 1, parent, client: client.to_string(), session };
            self.clients[client].pending.push(event);
        }
        let batch = self.clients[client].pending.clone();
        let before = self.store.head().unwrap();
        let effects = self.frame(conn, Frame::Push { request_id: "p".into(), batch: batch.clone() });
        let answers = effects.iter().filter(|effect| match effect {
            Effect::Send {
                notification: ChainNotification::PushAck { .. } | ChainNotification::Error { .. },
                conns,
            } => conns == &[conn],
            _ => false,
        });
        prop_assert_eq!(answers.count(), 1, "never both, never none");
        let is_acked = matches!(&effects[0], Effect::Send { notification: ChainNotification::PushAck { .. }, .. });
        let after = self.store.head().unwrap();
        if is_acked {
            let from = (batch[0].seq - 1) as u64;
            let stored = self.store.read(from, batch.len() as u32, usize::MAX).unwrap();
            prop_assert!(stored.iter().map(|stored| &stored.event).eq(&batch), "acknowledged is stored");
        } else {
            prop_assert_eq!(before, after, "refused is nothing");
        }
        if is_cut {
            self.cut(client);
            self.clients[client].has_lost = true;
        }
        self.receive(effects)
    }
}

fn play(turns: Vec<Turn>) -> Result<(), TestCaseError> {
    let clients = (0..3).map(|_| Client::default()).collect();
    let mut world =
        LivestoreFixture { chain: Chain::default(), store: MemoryChainStore::default(), clients, made: 0, now: 1_000 };
    for turn in turns {
        match turn {
            Turn::Push { client, count, is_cut } => world.push(client, count, is_cut)?,
            Turn::Return { client } => world.come_back(client),
            Turn::Resume { client } => world.resume(client),
            Turn::Wait => {
                world.now += 1_000;
                world.chain.tick(&world.store, world.now, &mut Vec::new()).unwrap();
            }
            Turn::Serve => world.serve()?,
            Turn::Sleep if !world.chain.has_work() => {
                let links: Vec<_> = world
                    .clients
                    .iter()
                    .map(|client| client.conn.and_then(|conn| world.chain.link(conn).cloned()))
                    .collect();
                world.chain = Chain::default();
                for (client, link) in world.clients.iter_mut().zip(links) {
                    client.conn = link.map(|link| world.chain.restore(link));
                }
            }
            Turn::Sleep => {}
        }
    }
    (0..3).for_each(|client| world.come_back(client));
    while world.chain.has_work() {
        world.serve()?;
    }
    let all = world.store.read(0, u32::MAX, usize::MAX).unwrap();
    prop_assert!((1..).zip(&all).all(|(seq, stored)| stored.event.seq == seq && stored.event.parent == seq - 1));
    for client in &world.clients {
        prop_assert!(client.known.iter().eq(all.iter().map(|stored| &stored.event)), "everybody has the same chain");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn storms_leave_one_chain_that_everybody_has(turns in vec(turn(), 0..60)) {
        play(turns)?;
    }
}
