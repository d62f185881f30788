//! Storm and calm: start of a world, its events, and its end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use protocol::client::{Dice, Input, RoomClient, Saved};
use protocol::log::{Log, Retention};
use protocol::machines::room::Wire;
use protocol::words::event::{Draft, Kind, Millis};
use protocol::words::ids::{RoomId, RoomRules, uuid_v7};
use protocol::words::limits::TYPING_CLIENT_MS;

use super::broken::Broken;
use super::committed_privacy::CommittedPrivacy;
use super::counters::RunCounters;
use super::device::{Device, Storage};
use super::disk::Mutant;
use super::known_privacy::KnownPrivacy;
use super::library::{LIBRARY, Library};
use super::message_extras::ExtrasById;
use super::net::{End, Net, SocketId};
use super::object::{Crash, Object};
use super::player::Player;
use super::setup::Setup;
use super::view::View;
use super::world::{ArchivedEvent, BEGIN, Roles, ScheduledEvent, Trace, World};

/// Time after the storm in which everything must settle: silent sockets, limits and backoffs end.
const CALM_MS: Millis = 400_000;

/// More steps than any world needs: an object or device wakes again and again without work.
const STEPS_MAX: u32 = 200_000;
/// Steps after the storm within which the deletion of an account must end.
const LEAVING_STEPS_MAX: u32 = 10_000;

impl World {
    /// Makes the world of `seed`: three people and four devices in a public room or a group, or two people in a direct room.
    pub fn new(seed: u64, setup: Setup) -> Self {
        let mut dice = Dice::new(seed);
        let is_direct = dice.chance(25);
        let users: &[&str] =
            if is_direct { &["user_1", "user_2", "user_2"] } else { &["user_1", "user_2", "user_3", "user_3"] };
        let is_group = !is_direct && dice.chance(35);
        // This choice has its own random numbers, so that all other worlds stay unchanged.
        let is_public_group = is_group && (Dice::new(!seed).chance(30) || setup.mutant == Mutant::ForgetBarred);
        let name = match (is_direct, is_group) {
            (true, _) => "dm_user_1____user_2",
            (_, true) => "grp_0123456789abc",
            _ => "general",
        };
        let rules = RoomRules { public: vec!["general".to_owned()], open: false };
        let id = RoomId::parse(name, &rules).expect("rooms of the simulator have good ids");
        let devices = users.iter().map(|user| new_device(&mut dice, name, user)).collect();
        let storm_ms = 15_000 + dice.up_to(60_000);
        let mut world = Self {
            now: BEGIN,
            net: Net::default(),
            object: Object::new(id, setup.mutant),
            devices,
            library: (!is_group && dice.chance(50)).then(Library::default),
            known_privacy: KnownPrivacy::new(dice.chance(40)),
            committed_privacy: CommittedPrivacy::default(),
            leaver: None,
            player: ((is_direct || is_group) && dice.chance(40) && !is_public_group).then(Player::default),
            besides: ExtrasById::new(),
            roles: Roles::new(),
            barred: BTreeSet::new(),
            is_public_group,
            archive: Vec::new(),
            earlier_archive: Vec::new(),
            is_single_turn: false,
            counters: RunCounters::default(),
            trace: Trace { is_on: setup.is_verbose },
            heap: BinaryHeap::new(),
            pushed: 0,
            storm_until: BEGIN + storm_ms,
            end_at: (is_group && (dice.chance(15) || setup.mutant == Mutant::KeepGone))
                .then(|| BEGIN + dice.up_to(storm_ms)),
            // A lost group does not exist any more, and is not made again.
            wipe_at: (dice.chance(6) && !is_group).then(|| BEGIN + dice.up_to(storm_ms)),
            dice,
        };
        let has_retention = world.dice.chance(20) || setup.mutant == Mutant::KeepLooseEdits;
        // Ids must outlive every outbox: no device is absent for longer than that, as in production.
        world.object.retention = has_retention.then_some(Retention { keep_ms: 8_000, events_min: 12, ids_ms: 600_000 });
        let must_be_searched = matches!(setup.mutant, Mutant::IndexOnce | Mutant::KeepIndexed);
        world.object.disk.is_searched = world.dice.chance(15) || must_be_searched;
        if is_group {
            world.found_group();
        }
        world.fill(setup.mutant);
        let must_be_set =
            matches!(setup.mutant, Mutant::ForgetSettings | Mutant::AcceptOldPrivacy | Mutant::ForgetParting);
        world.known_privacy.has_settings = world.dice.chance(25) || must_be_set;
        if world.known_privacy.has_settings {
            world.begin_settings();
        }
        if (world.dice.chance(15) || needs_leaver(setup.mutant)) && world.wipe_at.is_none() {
            world.begin_leaving(storm_ms);
        }
        world
    }

    /// Fills the room with earlier messages.
    fn fill(&mut self, mutant: Mutant) {
        let count = if mutant == Mutant::SkipInReplay { 20 } else { 0 } + self.dice.up_to(3) * self.dice.up_to(80);
        let Ok(mut log) = Log::open(&mut self.object.disk, 0x1000_0000) else {
            return;
        };
        for n in 0..count {
            let user = if n % 2 == 0 { "user_1" } else { "user_2" };
            let draft = Draft {
                id: uuid_v7(BEGIN - 1_000_000 + n, [7; 16]),
                actor: Some(user.to_owned()),
                session: Some(format!("0-{user}")),
                name: user.to_owned(),
                kind: Kind::Chat,
                body: format!("{{\"content\":\"old {n}\"}}"),
            };
            let _ = log.append(&mut self.object.disk, BEGIN - 1_000_000 + n, draft, |_| Ok(()));
        }
        let readers = self.only_readers();
        let events = self.object.disk.rows.log.events().to_vec();
        events.iter().for_each(|event| self.note_role(event));
        self.archive.extend(events.into_iter().map(|event| ArchivedEvent::new(event, readers.clone())));
    }

    pub fn run(mut self) -> Result<RunCounters, Broken> {
        for device in 0..self.devices.len() {
            let at = self.now + self.dice.up_to(3_000);
            self.after(at, ScheduledEvent::Act { device });
            self.feed(device, Input::Open)?;
        }
        self.after(self.now + 500, ScheduledEvent::Chaos);
        if self.library.is_some() {
            self.after(self.now + 700, ScheduledEvent::Library);
        }
        let mut is_calm = false;
        let mut steps = 0;
        while let Some(Reverse((at, _, due))) = self.heap.pop() {
            if at >= self.storm_until && !is_calm {
                is_calm = true;
                self.now = self.storm_until;
                self.calm_down()?;
            }
            if at > self.storm_until + CALM_MS {
                break;
            }
            self.now = at;
            steps += 1;
            if steps > STEPS_MAX {
                return Err(self.broken("somebody does the same thing again and again"));
            }
            self.happen(due)?;
        }
        self.search()?;
        self.check_end()?;
        self.counters.events = self.object.disk.head();
        self.counters.sockets = self.net.count();
        Ok(self.counters)
    }

    fn happen(&mut self, due: ScheduledEvent) -> Result<(), Broken> {
        match due {
            ScheduledEvent::Packet { socket, to } => self.packet(socket, to),
            ScheduledEvent::Turn => self.end_turn(),
            ScheduledEvent::Timer => self.timer(),
            ScheduledEvent::Alarm => self.alarm(),
            ScheduledEvent::Outbox => self.outbox_rings(),
            ScheduledEvent::Library => self.library_acts(),
            ScheduledEvent::PrivacyChange { number } => self.privacy_arrives(number),
            ScheduledEvent::Leave => self.leaving_goes_on(),
            ScheduledEvent::Rejoin { device } => self.rejoin(device),
            ScheduledEvent::Wake { device, arm } => {
                let page = &mut self.devices[device];
                if page.arms != arm || page.is_asleep() {
                    return Ok(());
                }
                page.armed = None;
                self.feed(device, Input::Time)
            }
            ScheduledEvent::Rouse { device } => self.rouse(device),
            ScheduledEvent::Network { device } => self.feed(device, Input::NetworkUp),
            ScheduledEvent::Act { device } => {
                if !self.is_stormy() {
                    return Ok(());
                }
                let at = self.now + 100 + self.dice.up_to(3_500);
                self.after(at, ScheduledEvent::Act { device });
                let is_there = !self.devices[device].is_asleep() && !self.has_left(&self.devices[device].user);
                if is_there { self.act(device) } else { Ok(()) }
            }
            ScheduledEvent::GiveUp { device } => self.give_up(device),
            ScheduledEvent::Chaos => {
                if !self.is_stormy() {
                    return Ok(());
                }
                let at = self.now + 100 + self.dice.up_to(2_500);
                self.after(at, ScheduledEvent::Chaos);
                self.chaos()
            }
        }
    }

    fn packet(&mut self, socket: SocketId, to: End) -> Result<(), Broken> {
        let is_library = self.net.device_of(socket) == LIBRARY;
        if to == End::Device
            && !is_library
            && let Some(until) = self.devices[self.net.device_of(socket)].asleep_until
        {
            // A sleeping device reads nothing; its packets wait.
            self.after(until + 1, ScheduledEvent::Packet { socket, to });
            return Ok(());
        }
        match (self.net.take(self.now, socket, to), to) {
            (None, _) => Ok(()),
            (Some(packet), End::Device) if is_library => self.library_got(socket, packet),
            (Some(packet), End::Device) => self.arrived(socket, packet),
            (Some(packet), End::Object) => self.object_got(socket, packet),
        }
    }

    // ---- Storm and calm

    fn chaos(&mut self) -> Result<(), Broken> {
        if self.wipe_at.take_if(|at| *at <= self.now).is_some() {
            self.wipe();
        }
        if self.end_at.is_some_and(|at| at <= self.now) && !self.is_gone() {
            return self.end_group();
        }
        if self.stored_group().is_some() && self.dice.chance(30) {
            return self.stir_group();
        }
        if !self.object.waiting.is_empty() && self.dice.chance(10) {
            self.ack_inbox();
            return Ok(());
        }
        if self.known_privacy.is_on && self.dice.chance(30) {
            return self.change_privacy();
        }
        if self.known_privacy.has_settings && self.dice.chance(25) {
            self.stir_settings();
            return Ok(());
        }
        if self.player.is_some() && self.dice.chance(12) {
            return self.change_player();
        }
        if self.object.disk.is_searched && self.dice.chance(20) {
            return if self.dice.chance(60) { self.index_some().map(drop) } else { self.search() };
        }
        let device = self.dice.up_to(self.devices.len() as u64 - 1) as usize;
        let socket = self.devices[device].socket;
        match self.dice.up_to(99) {
            0..=17 => socket.into_iter().for_each(|socket| self.cut(socket)),
            18..=25 => {
                if let Some(socket) = socket {
                    self.counters.cuts += 1;
                    self.net.silence(&mut self.dice, socket);
                }
            }
            26..=37 => {
                let crashes = [Crash::BeforeCommit, Crash::BeforeSend, Crash::AfterSend];
                self.object.crash = Some(crashes[self.dice.up_to(2) as usize]);
            }
            38..=41 => self.die("between turns"),
            42..=57 => self.sleep_object(),
            58..=65 => return self.reload(device),
            66..=72 => self.sleep_device(device),
            73..=77 => {
                let (jump_ms, is_back) = (1_200 + self.dice.up_to(7_200_000) as i64, self.dice.chance(25));
                self.devices[device].ahead_ms += if is_back { -jump_ms } else { jump_ms };
                if is_back {
                    // The indicator is invisible until the clock has passed the last typing frame: at the next input, four seconds away.
                    let excused = self.now + TYPING_CLIENT_MS;
                    self.devices[device].typing_received.values_mut().for_each(|received_at| *received_at = excused);
                }
            }
            78..=82 if !self.devices[device].is_asleep() => return self.feed(device, Input::Woke),
            83..=87 if !self.devices[device].is_asleep() => {
                // Some devices misreport the network, or never report its return.
                if self.dice.chance(50) {
                    let at = self.now + 500 + self.dice.up_to(15_000);
                    self.after(at, ScheduledEvent::Network { device });
                }
                return self.feed(device, Input::NetworkDown);
            }
            88..=94 => self.send_again(device),
            _ => return self.trim(),
        }
        Ok(())
    }

    fn sleep_device(&mut self, device: usize) {
        if self.devices[device].is_asleep() {
            return;
        }
        let until = self.now + 500 + self.dice.up_to(60_000);
        self.devices[device].asleep_until = Some(until);
        self.trace.say(self.now, || format!("device {device} sleeps until {}", until - BEGIN));
        self.after(until, ScheduledEvent::Rouse { device });
        if self.dice.chance(50)
            && let Some(socket) = self.devices[device].socket
        {
            self.net.silence(&mut self.dice, socket);
        }
    }

    fn rouse(&mut self, device: usize) -> Result<(), Broken> {
        self.devices[device].asleep_until = None;
        self.devices[device].armed = None;
        let input = if self.dice.chance(80) { Input::Woke } else { Input::Time };
        self.feed(device, input)
    }

    /// Ends the storm: from here on everything works, and the state must recover by itself.
    fn calm_down(&mut self) -> Result<(), Broken> {
        self.trace.say(self.now, || "calm".to_owned());
        self.object.crash = None;
        let mut steps = 0;
        while self.is_leaving() {
            self.leaving_goes_on()?;
            steps += 1;
            if steps > LEAVING_STEPS_MAX {
                return Err(self.broken("the deletion of an account comes to no end"));
            }
        }
        self.gather_group()?;
        for device in 0..self.devices.len() {
            if self.devices[device].is_asleep() {
                self.rouse(device)?;
            }
        }
        Ok(())
    }
}

/// Returns `true` for a mistake that shows only where a person is deleted.
fn needs_leaver(mutant: Mutant) -> bool {
    matches!(
        mutant,
        Mutant::KeepNames | Mutant::StopHalfway | Mutant::KeepInInboxes | Mutant::KeepLooseEdits | Mutant::KeepCached
    )
}

fn new_device(dice: &mut Dice, room: &str, user: &str) -> Device {
    let machine = dice.chance(30).then(|| format!("{:016x}", dice.throw()));
    let wire = match (dice.chance(75), &machine) {
        (true, None) => Wire::Columns,
        (true, Some(_)) => Wire::Batch,
        (false, _) => Wire::Single,
    };
    Device {
        user: user.to_owned(),
        machine,
        wire,
        client: RoomClient::new(room, user, Saved::default(), dice.throw()),
        view: View::default(),
        storage: Storage::default(),
        socket: None,
        ahead_ms: dice.up_to(20_000) as i64 - 10_000,
        asleep_until: None,
        armed: None,
        arms: 0,
        owed: Vec::new(),
        sent_again: BTreeSet::new(),
        typing_received: BTreeMap::new(),
        receipts_received: BTreeMap::new(),
        asked_since: false,
        written: 0,
    }
}
