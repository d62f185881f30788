//! Players of a persona: the events that each may see, and the change from one to the next (`sign-in.md` 1).

use protocol::client::{Input, RoomClient, Saved};
use protocol::words::event::{Event, Millis};
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};

use super::broken::Broken;
use super::device::Storage;
use super::disk::Disk;
use super::net::{End, Packet};
use super::player::{PERSONA, Player};
use super::view::View;
use super::world::World;

const DEVICE: usize = 0;

impl World {
    /// Returns the principal of a person who joins now.
    pub(super) fn principal(&self, user: &str) -> Principal {
        let played = self.player.filter(|_| user == PERSONA);
        let player = played.unwrap_or_default();
        let user_id = UserId::parse(user).expect("users of the simulator have good ids");
        let kind = if played.is_some() { UserKind::Persona } else { UserKind::User };
        Principal {
            name: user.to_owned(),
            avatar: "av_01".to_owned(),
            visible_from: player.visible_from,
            expires_at: Millis::MAX / 4,
            ..Principal::new(user_id, kind, format!("{}-{user}", player.turn))
        }
    }

    /// Returns `true` if the event is from before the present player.
    pub(super) fn is_of_before(&self, event: &Event) -> bool {
        let Some(Player { turn: 1.., visible_from }) = self.player else {
            return false;
        };
        let session = self.principal(PERSONA).session;
        let is_another = event.session.as_ref().is_some_and(|other| *other != session);
        let is_formers = event.actor.as_deref() == Some(PERSONA) && is_another;
        event.ts <= visible_from || is_formers
    }

    /// Returns the position up to which events do not exist for the present player of `user`.
    pub(super) fn floor(&self, user: &str) -> u64 {
        let joined = if self.is_public_group { 0 } else { self.joined_at(user) };
        joined.max(self.floor_of_player(user))
    }

    /// Returns the same position, as far as it depends on the player.
    pub(super) fn floor_of_player(&self, user: &str) -> u64 {
        if user != PERSONA || self.player.is_none() {
            return 0;
        }
        let events = self.archive.iter().map(|stored| &stored.event);
        events.filter(|event| self.is_of_before(event)).map(|event| event.seq).max().unwrap_or(0)
    }

    /// Returns `true` if the present player of `user` may see the event.
    pub fn is_for(&self, seq: u64, user: &str) -> bool {
        self.is_readable(seq, user) && seq > self.floor_of_player(user)
    }

    /// Ends the session of the persona's player, and begins the next one.
    pub(super) fn change_player(&mut self) -> Result<(), Broken> {
        if self.devices[DEVICE].is_asleep() {
            return Ok(());
        }
        self.end_turn()?;
        let session = self.principal(PERSONA).session;
        let ended = |room: &mut protocol::machines::room::Room,
                     disk: &mut Disk,
                     now,
                     out: &mut protocol::machines::room::Outbound| {
            Ok(room.end_session(disk, now, &session, 4401, "expired", out)?)
        };
        self.step(false, ended, None)?;
        let (now, seed, room) = (self.now, self.dice.throw(), self.object.id.as_str().to_owned());
        if let Some(player) = &mut self.player {
            *player = Player { turn: player.turn + 1, visible_from: now };
        }
        self.counters.players += 1;
        self.forbid_what_was();
        self.trace.say(now, || format!("somebody else plays {PERSONA}"));
        let page = &mut self.devices[DEVICE];
        let socket = page.socket.take();
        (page.view, page.storage) = (View::default(), Storage::default());
        page.client = RoomClient::new(&room, PERSONA, Saved::default(), seed);
        page.owed.clear();
        page.typing_received.clear();
        page.receipts_received.clear();
        if let Some(socket) = socket {
            self.net.shut(socket, End::Device);
            self.send(socket, End::Object, Packet::Close { code: 1001, reason: String::new() });
        }
        self.feed(DEVICE, Input::Open)
    }
}
