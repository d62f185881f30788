//! Drafts of one person on several devices, in the storm (`settings.md` 3): wrong clocks, lost or late calls and answers, absent devices,
//! and reloaded pages.
//!
//! There is one person, who writes on one device at a time. A text that is being written is never overwritten, and a sent text does not
//! return. In the end all devices show the same draft. It is the text that was written last if only one clock was wrong and went ahead: the
//! order of arrival at the person's object decides, not a late clock.
//!
//! The rest of a page, which `session/drafts` implements in the app, is simulated here.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use protocol::client::{Dice, Drafts};
use protocol::people::draft::{Draft, DraftOutcome};
use protocol::words::event::Millis;

use super::broken::Broken;
use super::disk::Mutant;
use super::setup::Setup;

const BEGIN: Millis = 1_700_000_000_000;
const STORM_MS: Millis = 60_000;
const CALM_MS: Millis = 60_000;
const DEVICES: usize = 3;
const ROOM: &str = "general";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DraftsCounters {
    pub written: u64,
    pub sent: u64,
    pub lost: u64,
    /// Texts that came too late to count.
    pub stale: u64,
}

impl std::ops::AddAssign for DraftsCounters {
    fn add_assign(&mut self, other: Self) {
        self.written += other.written;
        self.sent += other.sent;
        self.lost += other.lost;
        self.stale += other.stale;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DraftEvent {
    Act,
    Time { device: usize },
    Put { device: usize, content: String, at: Millis },
    Answered { device: usize, at: Millis, counts: Option<(Millis, bool)> },
    Changed { device: usize, content: String, at: Millis },
    Listed { device: usize, found: Option<(String, Millis)> },
    Back { device: usize },
}

/// Page, and its storage for the next page.
#[derive(Debug, Default)]
struct DraftPage {
    drafts: Drafts,
    /// Text in the field, and the stored text with its time.
    field: String,
    saved: (String, Millis),
    /// Text that was written here and is not sent, left or replaced.
    own: Option<String>,
    ahead_ms: i64,
    is_away: bool,
    /// Arrival of the last call. A real page makes the next call after the answer to the one before (`Drafts::take`), so that none
    /// overtakes another. Here it does not wait for the answer.
    put_at: Millis,
}

struct Person {
    now: Millis,
    dice: Dice,
    mutant: Mutant,
    pages: Vec<DraftPage>,
    stored: Option<Draft>,
    heap: BinaryHeap<Reverse<(Millis, u64, DraftEvent)>>,
    pushed: u64,
    sent: BTreeSet<String>,
    /// Last written text on any device; empty after it was sent.
    last: String,
    /// No call is lost, no device is absent, and clocks are right or ahead: then the last written text counts.
    is_quiet: bool,
    counters: DraftsCounters,
    is_verbose: bool,
}

/// Runs the devices of `seed` to their end.
pub fn run_drafts(seed: u64, setup: Setup) -> Result<DraftsCounters, Broken> {
    let mut dice = Dice::new(seed);
    let is_quiet = dice.chance(50);
    let pages = (0..DEVICES).map(|_| {
        // The answer tells a page that its clock is ahead: if the answer is lost, the repeated call counts as written later.
        let far_ms = if is_quiet && dice.chance(40) { 30_000_000 } else { 4_000 };
        let skew_ms = dice.up_to(far_ms) as i64;
        DraftPage { ahead_ms: if is_quiet { skew_ms } else { -skew_ms }, ..DraftPage::default() }
    });
    let pages = pages.collect();
    let person = Person {
        now: BEGIN,
        dice,
        mutant: setup.mutant,
        pages,
        stored: None,
        heap: BinaryHeap::new(),
        pushed: 0,
        sent: BTreeSet::new(),
        last: String::new(),
        is_quiet,
        counters: DraftsCounters::default(),
        is_verbose: setup.is_verbose,
    };
    person.run()
}

impl Person {
    fn run(mut self) -> Result<DraftsCounters, Broken> {
        self.after(100, DraftEvent::Act);
        let end = BEGIN + STORM_MS + CALM_MS;
        let mut is_calm = false;
        while let Some(Reverse((at, _, due))) = self.heap.pop().filter(|next| next.0.0 < end) {
            if at >= BEGIN + STORM_MS && !is_calm {
                is_calm = true;
                self.now = BEGIN + STORM_MS;
                self.calm_down();
                self.after(at - self.now, due);
                continue;
            }
            self.now = at;
            if self.is_verbose {
                println!("{:>7} {due:?}", at - BEGIN);
            }
            self.happen(due)?;
        }
        self.check_end()?;
        Ok(self.counters)
    }

    fn after(&mut self, ms: Millis, due: DraftEvent) {
        self.pushed += 1;
        self.heap.push(Reverse((self.now + ms, self.pushed, due)));
    }

    fn broken(&self, promise: impl Into<String>) -> Broken {
        Broken { at: self.now - BEGIN, promise: promise.into() }
    }

    fn is_stormy(&self) -> bool {
        self.now < BEGIN + STORM_MS
    }

    /// Returns the time of a transfer; `None` if it is lost.
    fn way(&mut self) -> Option<Millis> {
        if self.is_quiet || !self.is_stormy() {
            return Some(5 + self.dice.up_to(60));
        }
        let (is_lost, is_late) = (self.dice.chance(15), self.dice.chance(20));
        self.counters.lost += u64::from(is_lost);
        let wait_ms = 5 + self.dice.up_to(if is_late { 6_000 } else { 100 });
        (!is_lost).then_some(wait_ms)
    }

    fn local(&self, device: usize) -> Millis {
        self.now.saturating_add_signed(self.pages[device].ahead_ms)
    }

    fn happen(&mut self, due: DraftEvent) -> Result<(), Broken> {
        match due {
            DraftEvent::Act => self.act(),
            DraftEvent::Time { device } => {
                let local = self.local(device);
                let due = self.pages[device].drafts.take_due(local);
                self.put(device, due);
                self.arm(device);
                Ok(())
            }
            DraftEvent::Put { device, content, at } => {
                self.stored_or_not(device, content, at);
                Ok(())
            }
            DraftEvent::Answered { device, at, counts } => {
                self.answered(device, at, counts);
                Ok(())
            }
            DraftEvent::Changed { device, content, at } => {
                if !self.pages[device].is_away {
                    self.receive(device, &content, at)?;
                }
                Ok(())
            }
            DraftEvent::Listed { device, found } => self.listed(device, found),
            DraftEvent::Back { device } => {
                self.come_back(device);
                Ok(())
            }
        }
    }

    // ---- The person

    fn act(&mut self) -> Result<(), Broken> {
        if !self.is_stormy() {
            return Ok(());
        }
        // A quiet person waits until the text has reached the other devices, before writing there.
        let wait_ms = if self.is_quiet { 4_000 + self.dice.up_to(2_000) } else { 100 + self.dice.up_to(3_000) };
        self.after(wait_ms, DraftEvent::Act);
        let device = self.dice.up_to(DEVICES as u64 - 1) as usize;
        match self.dice.up_to(99) {
            0..=54 => self.write(device),
            55..=69 => self.send(device),
            70..=79 => self.leave(device),
            80..=89 => self.load_again(device),
            _ if self.is_quiet => {}
            _ => {
                self.pages[device].is_away = true;
                let wait_ms = 1_000 + self.dice.up_to(15_000);
                self.after(wait_ms, DraftEvent::Back { device });
            }
        }
        Ok(())
    }

    fn write(&mut self, device: usize) {
        self.counters.written += 1;
        let local = self.local(device);
        let word = format!("w{} ", self.counters.written);
        let page = &mut self.pages[device];
        page.field.push_str(&word);
        let at = page.drafts.wrote(ROOM, false, local);
        page.saved = (page.field.clone(), at);
        page.own = Some(page.field.clone());
        self.last.clone_from(&page.field);
        self.arm(device);
    }

    fn send(&mut self, device: usize) {
        let local = self.local(device);
        let page = &mut self.pages[device];
        if page.field.is_empty() {
            return;
        }
        self.counters.sent += 1;
        self.sent.insert(std::mem::take(&mut page.field));
        let at = page.drafts.wrote(ROOM, true, local);
        (page.saved, page.own) = ((String::new(), at), None);
        self.last.clear();
        let all = page.drafts.take(|_| true);
        self.put(device, all);
    }

    /// Hides the page: it sends its draft, and nothing more is written there.
    fn leave(&mut self, device: usize) {
        let all = self.pages[device].drafts.take(|_| true);
        self.put(device, all);
        self.pages[device].drafts.leave();
        self.pages[device].own = None;
    }

    fn load_again(&mut self, device: usize) {
        self.leave(device);
        let page = &mut self.pages[device];
        page.drafts = Drafts::default();
        page.field.clone_from(&page.saved.0);
        page.drafts.restore(ROOM, !page.saved.0.is_empty(), page.saved.1);
        self.come_back(device);
    }

    /// Reconnects the page, which requests all drafts.
    fn come_back(&mut self, device: usize) {
        self.pages[device].is_away = false;
        let found = self.stored.clone().filter(|draft| !draft.content.is_empty());
        if let Some(wait_ms) = self.way() {
            self.after(wait_ms, DraftEvent::Listed { device, found: found.map(|draft| (draft.content, draft.at)) });
        }
    }

    fn calm_down(&mut self) {
        for device in 0..DEVICES {
            self.leave(device);
            self.come_back(device);
        }
        // Drafts that are sent again after that still arrive in time.
        for device in 0..DEVICES {
            self.after(20_000 + device as u64, DraftEvent::Back { device });
            self.after(40_000 + device as u64, DraftEvent::Back { device });
        }
    }

    // ---- The page

    fn arm(&mut self, device: usize) {
        let local = self.local(device);
        if let Some(at) = self.pages[device].drafts.due_at() {
            self.after(at.saturating_sub(local).max(1), DraftEvent::Time { device });
        }
    }

    fn put(&mut self, device: usize, all: Vec<(String, Millis)>) {
        for (room, at) in all {
            let content = self.pages[device].field.clone();
            let is_away = self.pages[device].is_away && self.is_stormy();
            match self.way().filter(|_| !is_away) {
                Some(wait_ms) => {
                    let arrives_at = (self.now + wait_ms).max(self.pages[device].put_at + 1);
                    self.pages[device].put_at = arrives_at;
                    self.after(arrives_at - self.now, DraftEvent::Put { device, content, at });
                }
                None => self.pages[device].drafts.mark_unsent(&room),
            }
        }
    }

    fn answered(&mut self, device: usize, at: Millis, counts: Option<(Millis, bool)>) {
        let local = self.local(device);
        let page = &mut self.pages[device];
        let Some((counts, is_stale)) = counts else {
            page.drafts.mark_unsent(ROOM);
            page.drafts.again(local);
            return self.arm(device);
        };
        if self.mutant != Mutant::ForgetAnswers {
            for (_, at) in page.drafts.answered(ROOM, at, counts, is_stale) {
                page.saved.1 = at;
            }
        }
        if is_stale && page.drafts.was_stale(ROOM, at) && !page.saved.0.is_empty() {
            self.show(device, "", at);
            self.come_back(device);
        }
    }

    fn listed(&mut self, device: usize, found: Option<(String, Millis)>) -> Result<(), Broken> {
        let local = self.local(device);
        let page = &mut self.pages[device];
        let is_newer = match &found {
            Some((_, at)) => *at < page.saved.1,
            None => !page.saved.0.is_empty(),
        };
        if is_newer && page.saved.1 > 0 {
            page.drafts.is_newer(ROOM, local);
        }
        if let Some((content, at)) = found {
            self.receive(device, &content, at)?;
        }
        self.pages[device].drafts.again(local);
        self.arm(device);
        Ok(())
    }

    fn receive(&mut self, device: usize, content: &str, at: Millis) -> Result<(), Broken> {
        let page = &mut self.pages[device];
        if !page.saved.0.is_empty() && content.starts_with(&*page.saved.0) && page.drafts.goes_on(ROOM, at) {
            return Ok(());
        }
        if page.drafts.receive(ROOM, content.is_empty(), at) {
            if page.own.is_some() && !content.is_empty() {
                return Err(self.broken(format!("device {device} loses what is being written to {content}")));
            }
            self.show(device, content, at);
        }
        Ok(())
    }

    fn show(&mut self, device: usize, content: &str, at: Millis) {
        let page = &mut self.pages[device];
        (page.saved, page.own) = ((content.to_owned(), at), None);
        content.clone_into(&mut page.field);
    }

    // ---- The person's object

    fn stored_or_not(&mut self, device: usize, content: String, at: Millis) {
        let time = if self.mutant == Mutant::TrustClocks { at } else { Draft::time(at, self.now) };
        let mut draft = Draft { room: ROOM.to_owned(), content, reply_to: None, at: time };
        let verdict = draft.over(self.stored.as_ref());
        let is_stale = verdict == DraftOutcome::Stale;
        self.counters.stale += u64::from(is_stale);
        if !is_stale {
            draft = draft.replacing(self.stored.as_ref());
            self.stored = Some(draft.clone());
        }
        let counts = self.stored.as_ref().map_or(draft.at, |stored| stored.at);
        let answer = self.way().map(|wait_ms| (wait_ms, Some((counts, is_stale))));
        let (wait_ms, counts) = answer.unwrap_or((3_000, None));
        self.after(wait_ms, DraftEvent::Answered { device, at, counts });
        if verdict != DraftOutcome::New {
            return;
        }
        for other in (0..DEVICES).filter(|other| *other != device) {
            if let Some(wait_ms) = self.way() {
                self.after(
                    wait_ms,
                    DraftEvent::Changed { device: other, content: draft.content.clone(), at: draft.at },
                );
            }
        }
    }

    // ---- Checks

    fn check_end(&self) -> Result<(), Broken> {
        let stored = self.stored.as_ref().map_or("", |draft| draft.content.as_str());
        if !stored.is_empty() && self.sent.iter().any(|sent| sent.starts_with(stored)) {
            return Err(self.broken(format!("{stored} was sent, and is a draft again")));
        }
        if let Some(device) = (0..DEVICES).find(|device| self.pages[*device].field != stored) {
            let shown = &self.pages[device].field;
            return Err(self.broken(format!("device {device} shows {shown:?}, and {stored:?} is stored")));
        }
        if self.is_quiet && stored != self.last {
            return Err(self.broken(format!("{:?} was written last, and {stored:?} is stored", self.last)));
        }
        Ok(())
    }
}
