//! Arrangement of an account (`home.md`): two or three devices that say words, lose answers, repeat and reorder calls end with the same.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::json::{self, Value};
use protocol::people::home::{HomeDevice, HomeEntry, HomePage, HomeWord};
use protocol::words::event::Millis;
use protocol::words::limits::HOME_AHEAD_MS;

const DEVICES: usize = 3;
const FIELDS: [&str; 3] = ["favourite/u_bo", "nickname/u_bo", "kept/general/m1"];
/// Words of a page; fewer than in the product, so that pages follow each other.
const PAGE_WORDS: usize = 2;

/// The server as its object stores words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    words: BTreeMap<String, (HomeWord, u64)>,
    version: u64,
}

impl Server {
    fn put(&mut self, sent: &[HomeEntry], now: Millis) -> HomePage {
        let before = self.version;
        let mut fields = Vec::new();
        for HomeEntry { name, word } in sent {
            let stored = self.words.get(name).map(|(word, _)| word.clone());
            if let Some(word) = word.clone().over(stored.as_ref(), now) {
                self.version += 1;
                self.words.insert(name.clone(), (word, self.version));
            }
            let counts = self.words.get(name).map(|(word, _)| word.clone()).unwrap();
            if counts != *word {
                fields.push(HomeEntry { name: name.clone(), word: counts });
            }
        }
        HomePage { version: self.version, before: Some(before), fields, more: false }
    }

    fn get(&self, since: u64) -> HomePage {
        let mut later: Vec<_> = self.words.iter().filter(|(_, (_, version))| *version > since).collect();
        later.sort_by_key(|(_, (_, version))| *version);
        let more = later.len() > PAGE_WORDS;
        later.truncate(PAGE_WORDS);
        let last = later.last().filter(|_| more).map(|(_, (_, version))| *version);
        let entry =
            |(name, (word, _)): (&String, &(HomeWord, u64))| HomeEntry { name: name.clone(), word: word.clone() };
        let fields = later.into_iter().map(entry).collect();
        HomePage { version: last.unwrap_or(self.version), before: None, fields, more }
    }

    fn values(&self) -> BTreeMap<String, Value> {
        let there = self.words.iter().filter(|(_, (word, _))| !word.is_removal());
        there.map(|(name, (word, _))| (name.clone(), word.value.clone())).collect()
    }
}

/// Call on its way.
#[derive(Clone, Debug)]
enum Call {
    Put(Vec<HomeEntry>),
    Get(u64),
}

/// Device with what its page shows.
struct Page {
    device: HomeDevice,
    shown: BTreeMap<String, Value>,
    calls: Vec<Call>,
    answers: Vec<(Call, HomePage)>,
}

impl Page {
    fn new(number: usize) -> Self {
        let device = HomeDevice::new(number.to_string().repeat(16));
        Self { device, shown: BTreeMap::new(), calls: Vec::new(), answers: Vec::new() }
    }

    fn show(&mut self, news: Vec<(String, Value)>) {
        for (name, value) in news {
            if value == Value::Null { drop(self.shown.remove(&name)) } else { drop(self.shown.insert(name, value)) }
        }
    }

    fn say(&mut self, name: &str, value: Value, now: Millis) {
        self.device.say(name, value.clone(), now);
        self.show(vec![(name.to_owned(), value)]);
    }

    fn hear(&mut self, call: &Call, page: HomePage) {
        let news = match call {
            Call::Put(sent) => self.device.answered(sent, page),
            Call::Get(_) => self.device.receive(page),
        };
        self.show(news);
    }

    /// Sends and loads until nothing is left, without losses.
    fn catch_up(&mut self, server: &mut Server, now: Millis) {
        while self.device.has_pending() {
            let sent = self.device.to_send();
            let answer = server.put(&sent, now);
            self.hear(&Call::Put(sent), answer);
        }
        loop {
            let page = server.get(self.device.version());
            let more = page.more;
            self.hear(&Call::Get(0), page);
            if !more {
                return;
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// The person says a word; `None` removes.
    Say { field: usize, value: Option<u8> },
    /// The device sends what is pending.
    Send,
    /// The device asks for what is new.
    Load,
    /// A call arrives; it may arrive again later.
    Arrive { which: usize, again: bool },
    /// An answer arrives, or is lost.
    Answer { which: usize, is_lost: bool },
    /// The page is closed and opened again: what was under way is lost.
    Reload,
    /// Time passes.
    Wait { ms: Millis },
}

fn step() -> impl Strategy<Value = Step> {
    let field = 0..FIELDS.len();
    prop_oneof![
        4 => (field, proptest::option::of(0..4_u8)).prop_map(|(field, value)| Step::Say { field, value }),
        3 => Just(Step::Send),
        2 => Just(Step::Load),
        4 => (0..4_usize, any::<bool>()).prop_map(|(which, again)| Step::Arrive { which, again }),
        4 => (0..4_usize, any::<bool>()).prop_map(|(which, is_lost)| Step::Answer { which, is_lost }),
        1 => Just(Step::Reload),
        2 => (1..90_000_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

fn run(server: &mut Server, page: &mut Page, step: &Step, now: Millis, clock: Millis) {
    match step {
        Step::Say { field, value } => {
            let value = value.map_or(Value::Null, |value| Value::Number(value.to_string()));
            page.say(FIELDS[*field], value, clock);
        }
        Step::Send if page.device.has_pending() => page.calls.push(Call::Put(page.device.to_send())),
        Step::Load => page.calls.push(Call::Get(page.device.version())),
        Step::Arrive { which, again } if !page.calls.is_empty() => {
            let at = which % page.calls.len();
            let call = if *again { page.calls[at].clone() } else { page.calls.remove(at) };
            let answer = match &call {
                Call::Put(sent) => server.put(sent, now),
                Call::Get(since) => server.get(*since),
            };
            page.answers.push((call, answer));
        }
        Step::Answer { which, is_lost } if !page.answers.is_empty() => {
            let (call, answer) = page.answers.remove(which % page.answers.len());
            if !is_lost {
                page.hear(&call, answer);
            }
        }
        Step::Reload => {
            page.device = json::read(&json::write(&page.device)).unwrap();
            page.answers.clear();
        }
        _ => {}
    }
}

/// Runs the steps, then lets all devices catch up. `ahead_ms` is the lead of each clock.
fn end(steps: &[(usize, Step)], ahead_ms: [Millis; DEVICES]) -> (Server, Vec<Page>, Millis) {
    let (mut server, mut now) = (Server::default(), 1_000_000);
    let mut pages: Vec<Page> = (0..DEVICES).map(Page::new).collect();
    for (device, step) in steps {
        if let Step::Wait { ms } = step {
            now += ms;
        }
        run(&mut server, &mut pages[*device], step, now, now + ahead_ms[*device]);
    }
    for _ in 0..2 {
        pages.iter_mut().for_each(|page| page.catch_up(&mut server, now));
    }
    (server, pages, now)
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    vec((0..DEVICES, step()), 0..60)
}

proptest! {
    /// All devices show what the server stores, however wrong their clocks are.
    #[test]
    fn all_devices_end_with_the_same(steps in steps(), ahead_ms in [0..4_000_000_u64, 0..90_000, 0..10]) {
        let (server, pages, _) = end(&steps, ahead_ms);
        for page in &pages {
            prop_assert_eq!(&page.shown, &server.values());
            prop_assert!(!page.device.has_pending());
            prop_assert_eq!(page.device.version(), server.version);
        }
    }

    /// A call that arrives again changes nothing, whether or not its answer was lost, as long as clocks are about right.
    #[test]
    fn a_repeated_call_changes_nothing(steps in steps(), ahead_ms in [0..HOME_AHEAD_MS, 0..HOME_AHEAD_MS, 0..10_u64]) {
        let (mut server, _, now) = end(&steps, ahead_ms);
        let mut sent: Vec<HomeEntry> = Vec::new();
        for (device, step) in &steps {
            if let Step::Say { field, value } = step {
                let value = value.map_or(Value::Null, |value| Value::Number(value.to_string()));
                let word = HomeWord { value, at: 1_000_000, by: device.to_string().repeat(16) };
                sent.push(HomeEntry { name: FIELDS[*field].to_owned(), word });
            }
        }
        let stored = server.words.iter().map(|(name, (word, _))| HomeEntry { name: name.clone(), word: word.clone() });
        let stored: Vec<HomeEntry> = stored.collect();
        let before = server.clone();
        server.put(&stored, now);
        server.put(&stored, now + 1);
        prop_assert_eq!(&server, &before);
        // Words from the beginning are older than all that was said since, or the same.
        let is_older = |entry: &HomeEntry| before.words.get(&entry.name).is_some_and(|(word, _)| !entry.word.is_later(word));
        sent.retain(is_older);
        server.put(&sent, now);
        prop_assert_eq!(&server, &before);
    }

    /// Of words that were said with right clocks, the last one of each field is there in the end.
    #[test]
    fn the_last_word_of_each_field_counts(said in vec((0..DEVICES, 0..FIELDS.len(), proptest::option::of(0..9_u8)), 1..30)) {
        let (mut server, mut pages) = (Server::default(), (0..DEVICES).map(Page::new).collect::<Vec<Page>>());
        let (mut last, mut now) = (BTreeMap::new(), 1_000_000);
        for (device, field, value) in said {
            now += 5;
            let value = value.map_or(Value::Null, |value| Value::Number(value.to_string()));
            pages[device].say(FIELDS[field], value.clone(), now);
            last.insert(FIELDS[field].to_owned(), value);
        }
        last.retain(|_, value| *value != Value::Null);
        // Devices come back to the network in the reverse order.
        for _ in 0..2 {
            pages.iter_mut().rev().for_each(|page| page.catch_up(&mut server, now));
        }
        for page in &pages {
            prop_assert_eq!(&page.shown, &last);
        }
    }
}
