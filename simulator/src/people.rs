//! Contact requests in the storm (`people.md` 1): people's objects notify each other over calls that are lost, repeated and late, and die
//! between any two steps.
//!
//! Checks: two people who stop acting agree. A request is shown and answered once, however often it arrives. From the notifications, a
//! person cannot tell a declined request from an unanswered one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use protocol::client::Dice;
use protocol::people::contacts::{ContactAct, ContactCounts, ContactIntent, Pair, PairEvent, Relation};
use protocol::words::event::Millis;
use protocol::words::retry::retry_delay_ms;

use super::broken::Broken;
use super::disk::Mutant;
use super::setup::Setup;

/// Number of people; the last is a persona, who accepts all requests.
const PEOPLE: usize = 3;
const STORM_MS: Millis = 40_000;
const CALM_MS: Millis = 400_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeopleCounters {
    pub acts: u64,
    /// Requests that were declined, directly or by a block.
    pub declined: u64,
    pub accepted: u64,
    /// Calls that were lost, or whose answer was.
    pub lost: u64,
}

impl std::ops::AddAssign for PeopleCounters {
    fn add_assign(&mut self, other: Self) {
        self.acts += other.acts;
        self.declined += other.declined;
        self.accepted += other.accepted;
        self.lost += other.lost;
    }
}

/// Relation of two people, as one of them stores it.
#[derive(Clone, Debug, Default)]
struct ContactState {
    pair: Pair,
    /// Revision up to which the other one has been notified.
    acknowledged: u64,
    tries: u32,
    is_blocked: bool,
    /// The request is ignored instead of declined, in a world without declines.
    is_ignored: bool,
    /// Requests of the other that own devices were shown, and pairs of requests by which the two became contacts.
    asked: BTreeSet<u64>,
    met: BTreeSet<(u64, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PeopleEvent {
    Act,
    Retry { by: usize, to: usize },
    Received { by: usize, from: usize, half: Words },
    Answered { by: usize, from: usize, said: u64, half: Words },
}

/// Content of a call, in a form that can be sorted.
type Words = (bool, u64, u64, String);

/// Time, receiver, sender and content of a call.
type TraceEntry = (Millis, usize, usize, Words);

fn words(half: &ContactIntent) -> Words {
    (half.wants, half.rev, half.reset, half.note.clone())
}

fn half((wants, rev, reset, note): Words) -> ContactIntent {
    ContactIntent { wants, rev, reset, note }
}

struct People {
    now: Millis,
    dice: Dice,
    mutant: Mutant,
    /// People ignore requests instead of declining them.
    ignores: bool,
    contacts: BTreeMap<(usize, usize), ContactState>,
    heap: BinaryHeap<Reverse<(Millis, u64, PeopleEvent)>>,
    pushed: u64,
    /// All received calls.
    trace: Vec<TraceEntry>,
    counters: PeopleCounters,
    is_verbose: bool,
}

/// Runs the people of `seed` to their end, and once more with people who ignore requests instead of declining them.
pub fn run_people(seed: u64, setup: Setup) -> Result<PeopleCounters, Broken> {
    let (declining, counters) = People::new(seed, setup, false).run()?;
    let (ignoring, _) = People::new(seed, setup, true).run()?;
    let same = declining.iter().zip(&ignoring).take_while(|(one, other)| one == other).count();
    if declining.len() != ignoring.len() || same < declining.len() {
        let promise = format!("a decline can be told: {:?} instead of {:?}", declining.get(same), ignoring.get(same));
        return Err(Broken { at: declining.get(same).map_or(0, |entry| entry.0), promise });
    }
    Ok(counters)
}

impl People {
    fn new(seed: u64, setup: Setup, ignores: bool) -> Self {
        let others = |by| (0..PEOPLE).filter(move |to| *to != by).map(move |to| ((by, to), ContactState::default()));
        Self {
            now: 0,
            dice: Dice::new(seed),
            mutant: setup.mutant,
            ignores,
            contacts: (0..PEOPLE).flat_map(others).collect(),
            heap: BinaryHeap::new(),
            pushed: 0,
            trace: Vec::new(),
            counters: PeopleCounters::default(),
            is_verbose: setup.is_verbose,
        }
    }

    fn run(mut self) -> Result<(Vec<TraceEntry>, PeopleCounters), Broken> {
        self.after(100, PeopleEvent::Act);
        while let Some(Reverse((at, _, due))) = self.heap.pop().filter(|next| next.0.0 < STORM_MS + CALM_MS) {
            self.now = at;
            if self.is_verbose {
                println!("{at:>9} {due:?}");
            }
            match due {
                PeopleEvent::Act => self.act()?,
                PeopleEvent::Retry { by, to } => self.send(by, to),
                PeopleEvent::Received { by, from, half } => self.receive(by, from, half)?,
                PeopleEvent::Answered { by, from, said, half } => self.answered(by, from, said, half)?,
            }
        }
        self.check_end()?;
        Ok((self.trace, self.counters))
    }

    fn after(&mut self, ms: Millis, due: PeopleEvent) {
        self.pushed += 1;
        self.heap.push(Reverse((self.now + ms, self.pushed, due)));
    }

    fn broken(&self, promise: impl Into<String>) -> Broken {
        Broken { at: self.now, promise: promise.into() }
    }

    fn is_stormy(&self) -> bool {
        self.now < STORM_MS
    }

    fn contact(&mut self, by: usize, to: usize) -> &mut ContactState {
        self.contacts.entry((by, to)).or_default()
    }

    /// Performs a random action. The random numbers do not depend on its result.
    fn act(&mut self) -> Result<(), Broken> {
        let by = self.dice.up_to(PEOPLE as u64 - 2) as usize;
        let to = (by + 1 + self.dice.up_to(PEOPLE as u64 - 2) as usize) % PEOPLE;
        let (what, wait_ms) = (self.dice.up_to(99), 50 + self.dice.up_to(1_500));
        if self.now + wait_ms < STORM_MS {
            self.after(wait_ms, PeopleEvent::Act);
        }
        self.counters.acts += 1;
        let note = format!("{by} at {}", self.now);
        match what {
            0..=34 => self.change(by, to, |contact| contact.does(&ContactAct::Request { note, name: String::new() })),
            35..=54 => self.change(by, to, |contact| contact.does(&ContactAct::Accept)),
            55..=69 => self.change(by, to, |contact| contact.does(&ContactAct::Decline)),
            70..=87 => self.change(by, to, |contact| contact.does(&ContactAct::Remove)),
            _ => self.change(by, to, |contact| {
                contact.is_blocked = !contact.is_blocked;
                // Requests of a blocked person are declined, earlier ones too.
                if contact.is_blocked && !contact.is_ignored {
                    contact.pair.decline();
                }
            }),
        }
    }

    /// Changes a relation in one step, and carries out the effects.
    fn change(&mut self, by: usize, to: usize, work: impl FnOnce(&mut ContactState)) -> Result<(), Broken> {
        let (ignores, mutant) = (self.ignores, self.mutant);
        let contact = self.contact(by, to);
        let before = contact.pair.relation();
        let rev = contact.pair.mine.rev;
        let was_declined = contact.pair.declined;
        work(contact);
        let declines = contact.pair.declined && !was_declined;
        if declines && mutant == Mutant::SendDeclines {
            contact.pair.mine.rev += 1;
        }
        if ignores && contact.pair.declined {
            (contact.pair.declined, contact.is_ignored) = (false, true);
        }
        if contact.pair.mine.rev > rev && contact.pair.mine.wants {
            contact.is_ignored = false;
        }
        let (event, pair) = (contact.pair.event_since(before), contact.pair.clone());
        let is_shown = match event {
            Some(PairEvent::Request) => {
                contact.is_ignored || contact.is_blocked || contact.asked.insert(pair.theirs.rev)
            }
            Some(PairEvent::Accepted) => contact.met.insert((pair.mine.rev, pair.theirs.rev)),
            _ => true,
        };
        self.counters.declined += u64::from(declines);
        self.counters.accepted += u64::from(event == Some(PairEvent::Accepted));
        if !is_shown {
            return Err(self.broken(format!("{by} is notified twice of {event:?} by the same words of {to}: {pair:?}")));
        }
        if pair.mine.rev > rev {
            self.send(by, to);
        }
        Ok(())
    }

    /// Notifies the other person of a change. The call may be lost, arrive twice and late, or lose its answer.
    fn send(&mut self, by: usize, to: usize) {
        let mutant = self.mutant;
        let contact = self.contact(by, to);
        if contact.acknowledged >= contact.pair.mine.rev {
            return;
        }
        let half = words(&contact.pair.mine);
        let retry_ms = retry_delay_ms(contact.tries);
        contact.tries += 1;
        if mutant == Mutant::ForgetWords {
            contact.acknowledged = contact.pair.mine.rev;
        }
        let arrivals = if self.is_stormy() { [1, 1, 0, 2][self.dice.up_to(3) as usize] } else { 1 };
        self.counters.lost += u64::from(arrivals == 0);
        for _ in 0..arrivals {
            let wait_ms = 5 + self.dice.up_to(if self.is_stormy() { 4_000 } else { 50 });
            self.after(wait_ms, PeopleEvent::Received { by: to, from: by, half: half.clone() });
        }
        self.after(retry_ms, PeopleEvent::Retry { by, to });
    }

    fn receive(&mut self, by: usize, from: usize, said: Words) -> Result<(), Broken> {
        // The object dies before it has done anything, so nothing was received.
        if self.is_stormy() && self.dice.chance(10) {
            self.counters.lost += 1;
            return Ok(());
        }
        self.trace.push((self.now, by, from, said.clone()));
        let rev = said.1;
        self.take(by, from, said, by == PEOPLE - 1)?;
        let half = words(&self.contact(by, from).pair.mine);
        if self.is_stormy() && self.dice.chance(25) {
            self.counters.lost += 1;
            return Ok(());
        }
        let wait_ms = 5 + self.dice.up_to(if self.is_stormy() { 4_000 } else { 50 });
        self.after(wait_ms, PeopleEvent::Answered { by: from, from: by, said: rev, half });
        Ok(())
    }

    fn answered(&mut self, by: usize, from: usize, said: u64, answer: Words) -> Result<(), Broken> {
        self.trace.push((self.now, by, from, answer.clone()));
        let contact = self.contact(by, from);
        contact.acknowledged = contact.acknowledged.max(said);
        contact.tries = 0;
        self.take(by, from, answer, false)
    }

    fn take(&mut self, by: usize, from: usize, said: Words, accepts_all: bool) -> Result<(), Broken> {
        let mutant = self.mutant;
        self.change(by, from, |contact| {
            let is_blocked = contact.is_blocked;
            if mutant == Mutant::AcceptOldIntents {
                contact.pair.theirs.rev = 0;
            }
            contact.pair.take(&half(said), is_blocked, accepts_all);
        })
    }

    /// Checks that everybody is notified of everything, and that two people agree.
    fn check_end(&self) -> Result<(), Broken> {
        for ((by, to), contact) in &self.contacts {
            let Some(other) = self.contacts.get(&(*to, *by)) else { continue };
            if contact.pair.theirs != other.pair.mine {
                return Err(
                    self.broken(format!("{by} never received the newest intent of {to}: {contact:?}, {other:?}"))
                );
            }
            let mirrored = match contact.pair.relation() {
                Relation::Request => Relation::Requested,
                Relation::Requested if other.pair.declined => Relation::Stranger,
                Relation::Requested => Relation::Request,
                Relation::Stranger if contact.pair.declined && other.pair.relation() == Relation::Requested => {
                    Relation::Requested
                }
                relation => relation,
            };
            if other.pair.relation() != mirrored {
                return Err(
                    self.broken(format!("{by} and {to} are not the same to each other: {contact:?}, {other:?}"))
                );
            }
        }
        Ok(())
    }
}

impl ContactState {
    /// Performs the action of a person. A refusal changes nothing.
    fn does(&mut self, act: &ContactAct) {
        let is_there = !self.is_ignored || matches!(self.pair.relation(), Relation::Contact | Relation::Requested);
        if is_there || matches!(act, ContactAct::Request { .. }) {
            let _ = act.apply(&mut self.pair, ContactCounts::default());
        }
    }
}
