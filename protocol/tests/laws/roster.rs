//! Roster of a room: a joining person gets the present participants. Rows of the list are written once, and never sent after they are
//! outdated.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::json::json_text;
use protocol::content::look_alikes::skeleton;
use protocol::machines::presence::Card;
use protocol::machines::room::{Connection, Join, MemoryRoomStore, Outbound, Participant, Room, RoomSettings, Wire};
use protocol::people::contacts::Privacy;
use protocol::people::names::{is_reserved_for, with_end_of_id};
use protocol::wire::messenger::{frame_json, participant_json};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, RoomRules, UserId};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Denied, Refusal};
use protocol::words::socket::ConnKey;
use protocol::words::status::Status;

use crate::room::config;

/// A persona with a fixed name, a person with an account, and guests.
const USERS: [&str; 5] = ["user_7", "u_0000000000001", "g_aaaaaaaaaaaa1", "g_aaaaaaaaaaaa2", "g_bbbbbbbbbbbb3"];
/// Some names count as equal, and some must be escaped.
const NAMES: [&str; 5] = ["Mia", "m i a", "Max", "MAX", "Ada \"\\ \u{7}"];
const AVATARS: [&str; 2] = ["av_guest", "dt_kite"];
const STATUSES: [Status; 3] = [Status::Online, Status::Away, Status::AppearOffline];

/// Event of a room; the steps follow each other.
#[derive(Clone, Debug)]
enum Step {
    /// A person joins, with a device that replaces its older socket or without.
    Join { user: usize, has_device: bool },
    /// A socket is cut.
    Leave { socket: usize },
    /// A person, present or not, changes the profile.
    Look { user: usize, name: usize, avatar: usize, status: usize },
    /// A person blocks or unblocks another one.
    Block { user: usize, other: usize, is_blocked: bool },
    /// A session of a person ends.
    End { user: usize },
    /// Time passes, and due work is done.
    Wait { ms: Millis },
    /// The room sleeps and wakes.
    Sleep,
}

fn step() -> impl Strategy<Value = Step> {
    let user = || 0..USERS.len();
    prop_oneof![
        6 => (user(), any::<bool>()).prop_map(|(user, has_device)| Step::Join { user, has_device }),
        3 => (0..16_usize).prop_map(|socket| Step::Leave { socket }),
        4 => (user(), 0..NAMES.len(), 0..AVATARS.len(), 0..STATUSES.len())
            .prop_map(|(user, name, avatar, status)| Step::Look { user, name, avatar, status }),
        2 => (user(), user(), any::<bool>())
            .prop_map(|(user, other, is_blocked)| Step::Block { user, other, is_blocked }),
        1 => user().prop_map(|user| Step::End { user }),
        2 => (0..2_000_u64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Sleep),
    ]
}

/// Room, and the true state of the people around it.
struct Scene {
    room: Room,
    store: MemoryRoomStore,
    now: Millis,
    cards: Vec<Card>,
    sockets: Vec<(ConnKey, usize)>,
}

fn opened(store: &mut MemoryRoomStore) -> Room {
    let rules = RoomRules { public: vec!["general".into()], open: false };
    Room::open(RoomId::parse("general", &rules).unwrap(), RoomSettings::default(), store, 0x9f31_c0aa).unwrap()
}

fn principal(user: &str) -> Principal {
    Principal {
        user: UserId::parse(user).unwrap(),
        kind: UserKind::of_id(user),
        session: format!("0-{user}"),
        name: user.to_owned(),
        avatar: "av_guest".to_owned(),
        visible_from: 0,
        player_session: None,
        room: None,
        has_second_factor: false,
        expires_at: 1_200_000,
    }
}

impl Scene {
    fn new() -> Self {
        let mut store = MemoryRoomStore::default();
        let room = opened(&mut store);
        let card = Card { name: "Max".into(), avatar: "av_guest".into(), version: 1, ..Card::default() };
        Self { room, store, now: 1_000_000, cards: vec![card; USERS.len()], sockets: Vec::new() }
    }

    /// Lets a person join, and returns the list in the answer.
    fn join(&mut self, user: usize, has_device: bool) -> Option<String> {
        let mut out = Outbound::default();
        let join = Join {
            id: "c".into(),
            principal: principal(USERS[user]),
            card: self.cards[user].clone(),
            wire: Wire::Single,
            device: has_device.then(|| "laptop".to_owned()),
            is_paged: false,
            cursor: None,
        };
        let conn = match self.room.join(&mut self.store, self.now, join, &mut out) {
            Ok(conn) => conn,
            Err(Denied::Refused(Refusal::TooManySockets)) => return None,
            Err(denied) => panic!("{denied:?}"),
        };
        self.sockets.push((conn, user));
        self.room.end_turn(&mut out);
        let deliveries = out.deliveries(&self.room.targets(), |notification| frame_json("general", notification));
        let own = deliveries.iter().filter(|delivery| delivery.conns.contains(&conn));
        let mut lists = own.flat_map(|delivery| &delivery.frames).filter(|frame| frame.contains("\"participants\":["));
        let list = lists.next().map(|frame| frame.to_string());
        assert!(list.is_some() && lists.next().is_none(), "everybody who comes is told one list");
        list
    }

    /// Builds the same list from the true state. Equal names are made distinct if the viewer sees both.
    fn anew(&self, viewer: &str) -> String {
        let is_here = |user: usize| self.sockets.iter().any(|(_, other)| *other == user);
        let is_blocked = |user: &str| self.room.privacy_of(user).is_some_and(|privacy| privacy.hides.blocks(viewer));
        let is_shown = |user: &usize| {
            is_here(*user) && self.cards[*user].status != Status::AppearOffline && !is_blocked(USERS[*user])
        };
        let mut shown: Vec<usize> = (0..USERS.len()).filter(is_shown).collect();
        shown.sort_by_key(|user| USERS[*user]);
        let rows = shown.iter().map(|user| {
            let (id, card) = (USERS[*user], &self.cards[*user]);
            let is_same = |other: &&usize| skeleton(&self.cards[**other].name) == skeleton(&card.name);
            let is_ambiguous = shown.iter().filter(is_same).count() > 1 && !is_reserved_for(id, &card.name);
            participant_json(&Participant {
                user: id.to_owned(),
                name: if is_ambiguous { with_end_of_id(id, &card.name) } else { card.name.clone() },
                avatar: card.avatar.clone(),
                status: card.status.seen(),
                is_guest: id.starts_with("g_"),
            })
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "{{\"type\":\"participants\",\"roomId\":{},\"participants\":[{}]}}",
            json_text("general"),
            rows.join(",")
        )
    }

    /// Performs any step except a join.
    fn take(&mut self, step: &Step) {
        let mut out = Outbound::default();
        match *step {
            Step::Join { .. } => {}
            Step::Leave { socket } => {
                if let Some((conn, _)) = self.sockets.get(socket).copied() {
                    self.room.leave(self.now, conn, &mut out);
                }
            }
            Step::Look { user, name, avatar, status } => {
                let card = &mut self.cards[user];
                card.version += 1;
                (card.name, card.avatar) = (NAMES[name].to_owned(), AVATARS[avatar].to_owned());
                card.status = STATUSES[status];
                let card = card.clone();
                self.room.set_card(&mut self.store, self.now, USERS[user], &card, &mut out).unwrap();
            }
            Step::Block { user, other, is_blocked } => {
                let fresh = || Privacy::of_kind(UserKind::of_id(USERS[user]));
                let mut privacy = self.room.privacy_of(USERS[user]).cloned().unwrap_or_else(fresh);
                if is_blocked {
                    privacy.hides.block(USERS[other], self.now);
                } else {
                    privacy.hides.unblock(USERS[other], self.now);
                }
                privacy.version += 1;
                self.room.set_privacy(&mut self.store, self.now, USERS[user], privacy, &mut out).unwrap();
            }
            Step::End { user } => {
                let session = principal(USERS[user]).session;
                self.room.end_session(&mut self.store, self.now, &session, 4401, "over", &mut out).unwrap();
            }
            Step::Wait { ms } => {
                self.now += ms;
                self.room.tick(&mut self.store, self.now, &mut out).unwrap();
            }
            Step::Sleep => self.sleep(),
        }
        self.room.end_turn(&mut out);
    }

    fn sleep(&mut self) {
        let attached: Vec<(Connection, usize)> = self
            .sockets
            .iter()
            .filter_map(|(conn, user)| Some((self.room.connection(*conn)?.clone(), *user)))
            .collect();
        self.room = opened(&mut self.store);
        self.sockets.clear();
        for (connection, user) in attached {
            let conn = self.room.restore(connection, self.now);
            self.sockets.push((conn, user));
        }
    }
}

proptest! {
    #![proptest_config(config())]

    /// In every state, the list for a joining person is the list that would be written now.
    #[test]
    fn nobody_is_told_a_stale_list(steps in vec(step(), 1..60)) {
        let mut scene = Scene::new();
        for step in &steps {
            let received = match step {
                Step::Join { user, has_device } => scene.join(*user, *has_device).map(|list| (USERS[*user], list)),
                other => {
                    scene.take(other);
                    None
                }
            };
            scene.sockets.retain(|(conn, _)| scene.room.connection(*conn).is_some());
            if let Some((viewer, list)) = received {
                prop_assert_eq!(list, scene.anew(viewer));
            }
        }
    }
}
