//! Many seeds through the simulator: `core.md` 11, first to third and seventh line.
//!
//! `SIM_RUNS=n` sets the number of seeds, `SIM_FROM=n` skips earlier seeds, `SIM_SEED=n` replays one of them and prints its events. A
//! deliberate mistake is replayed with its recorded seed; `SIM_SEARCH=1` searches the first seed that catches each mistake and prints it.

// A failed `unwrap` is a failed test.
#![allow(clippy::unwrap_used)]

use simulator::{Broken, Mutant, RunCounters, Setup, run, run_browsers, run_drafts, run_people};

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

/// Number of seeds of one run; the nightly run uses more.
const RUNS: u64 = 500;

fn runs() -> u64 {
    number_in("SIM_RUNS").unwrap_or(RUNS)
}

#[test]
fn storms_leave_every_message_once_in_order_for_everybody() {
    if let Some(seed) = number_in("SIM_SEED") {
        let counters = run(seed, Setup { is_verbose: true, ..Setup::default() });
        println!("{counters:#?}");
        counters.unwrap();
        return;
    }
    let runs = runs();
    match run_all(number_in("SIM_FROM").unwrap_or(0), runs) {
        Ok(total) => {
            println!("{total:#?}");
            let is_stormy = total.crashes > runs && total.cuts > runs && total.refusals > runs;
            let is_stormy = is_stormy && total.blocks > runs / 10 && total.players > runs / 10;
            let is_stormy = is_stormy && total.followed > runs / 4 && total.replies > runs;
            let is_stormy = is_stormy && total.forbidden > runs / 10 && total.ends > runs / 100;
            let is_stormy = is_stormy && total.seen > runs / 10 && total.settings > runs / 2;
            let is_stormy = is_stormy && total.left > runs / 20;
            let is_stormy = is_stormy && total.found_by.iter().all(|found| *found > 0);
            assert!(runs < 100 || number_in("SIM_FROM").is_some() || is_stormy, "no storm: {total:?}");
        }
        Err((seed, broken)) => panic!("SIM_SEED={seed}: after {} ms: {}", broken.at, broken.promise),
    }
}

/// Runs the seeds from `from` to below `runs` on all cores. Returns the smallest failing seed, if one fails.
fn run_all(from: u64, runs: u64) -> Result<RunCounters, (u64, Broken)> {
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let one_share = |first: u64| {
        let mut total = RunCounters::default();
        for seed in (from + first..runs).step_by(workers as usize) {
            total += run(seed, Setup::default()).map_err(|broken| (seed, broken))?;
        }
        Ok(total)
    };
    let shares: Vec<Result<RunCounters, (u64, Broken)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|first| scope.spawn(move || one_share(first))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut total = RunCounters::default();
    let failures = shares.into_iter().filter_map(|share| share.map(|counters| total += counters).err());
    match failures.min_by_key(|(seed, _)| *seed) {
        Some(failure) => Err(failure),
        None => Ok(total),
    }
}

/// Number of seeds within which a search must find each mistake.
const SEEDS_TO_CATCH: u64 = 4_000;

/// Deliberate mistake, and the seed that catches it.
struct Mistake {
    mutant: Mutant,
    /// First seed of its world that breaks a promise with the mistake and none without it.
    seed: u64,
    /// Effect of the mistake on people.
    what: &'static str,
}

/// Replays the recorded seed of every mistake, or searches for the first that catches it (`SIM_SEARCH`).
fn assert_caught(mistakes: &[Mistake], is_broken: impl Fn(u64, Mutant) -> bool + Sync) {
    let catches = |seed: u64, mutant: Mutant| is_broken(seed, mutant) && !is_broken(seed, Mutant::Faithful);
    if number_in("SIM_SEARCH").is_some_and(|answer| answer > 0) {
        let search = |mistake: &Mistake| (0..SEEDS_TO_CATCH).find(|seed| catches(*seed, mistake.mutant));
        for mistake in mistakes {
            match search(mistake) {
                Some(seed) => println!("seed: {seed} catches {:?}, recorded is {}", mistake.mutant, mistake.seed),
                None => panic!("no seed below {SEEDS_TO_CATCH} catches what {}: {:?}", mistake.what, mistake.mutant),
            }
        }
        return;
    }
    let escaped = mistakes.iter().filter(|mistake| !catches(mistake.seed, mistake.mutant));
    let escaped: Vec<String> = escaped
        .map(|mistake| format!("seed {} for {:?}: what {}", mistake.seed, mistake.mutant, mistake.what))
        .collect();
    assert!(
        escaped.is_empty(),
        "recorded seeds that catch their mistake no more:\n{}\nRecord new ones: `SIM_SEARCH=1 cargo nextest run --cargo-profile simulation \
         -p simulator --test simulation --no-capture` prints the first seed for each mistake; it belongs beside the mistake in {}.",
        escaped.join("\n"),
        file!(),
    );
}

/// Mistakes of a room, with their effects on people.
const MISTAKES: [Mistake; 32] = [
    Mistake { mutant: Mutant::SendBeforeCommit, seed: 1, what: "sends before it commits" },
    Mistake { mutant: Mutant::ForgetIds, seed: 1, what: "forgets ids" },
    Mistake { mutant: Mutant::SkipInReplay, seed: 0, what: "leaves an event out of a page" },
    Mistake { mutant: Mutant::ForgetFloors, seed: 17, what: "forgets where reading begins" },
    Mistake { mutant: Mutant::ForgetRoles, seed: 16, what: "forgets who has which role" },
    Mistake { mutant: Mutant::KeepGone, seed: 0, what: "keeps what was said in a group that is gone" },
    Mistake { mutant: Mutant::ForgetBarred, seed: 4, what: "lets whoever was sent away for good in again" },
    Mistake { mutant: Mutant::ForgetNotifications, seed: 0, what: "does not tell people of their groups" },
    Mistake { mutant: Mutant::ForgetBlocks, seed: 5, what: "forgets blocks" },
    Mistake { mutant: Mutant::ForgetSettings, seed: 1, what: "forgets what people take from others" },
    Mistake { mutant: Mutant::AcceptOldPrivacy, seed: 2, what: "lets older settings undo newer ones" },
    Mistake { mutant: Mutant::ForgetParting, seed: 41, what: "lets whoever was turned to once write for ever" },
    Mistake { mutant: Mutant::ForgetPlayers, seed: 2, what: "shows a persona what its former player saw" },
    Mistake { mutant: Mutant::ForgetOutbox, seed: 0, what: "keeps nothing for those who are away" },
    Mistake { mutant: Mutant::GiveUpOutbox, seed: 1, what: "gives up after one failed call" },
    Mistake { mutant: Mutant::NotifyAsIfPresent, seed: 0, what: "tells those who are away and keeps nothing for them" },
    Mistake { mutant: Mutant::ForgetSeen, seed: 30, what: "tells people again what they have seen" },
    Mistake { mutant: Mutant::SeeAhead, seed: 0, what: "takes for seen what nobody has written yet" },
    Mistake { mutant: Mutant::SeeBelow, seed: 1574, what: "takes for seen what is told late" },
    Mistake { mutant: Mutant::KeepNames, seed: 0, what: "keeps the name of whoever is gone" },
    Mistake { mutant: Mutant::StopHalfway, seed: 0, what: "takes away half of what whoever is gone said" },
    Mistake { mutant: Mutant::KeepInInboxes, seed: 7, what: "lets wait what whoever is gone said" },
    Mistake {
        mutant: Mutant::KeepLooseEdits,
        seed: 8,
        what: "keeps edits of whoever is gone whose messages were let go before",
    },
    Mistake { mutant: Mutant::KeepCached, seed: 0, what: "has pages that keep what whoever is gone said" },
    Mistake { mutant: Mutant::ForgetReceipts, seed: 0, what: "forgets how far people have come" },
    Mistake { mutant: Mutant::ForgetEdits, seed: 1, what: "forgets edits" },
    Mistake { mutant: Mutant::ForgetReplies, seed: 2, what: "forgets what an edited message answers" },
    Mistake { mutant: Mutant::KeepDeleted, seed: 0, what: "keeps what was deleted" },
    Mistake { mutant: Mutant::KeepEarlierWords, seed: 2, what: "keeps the earlier words of what was deleted" },
    Mistake { mutant: Mutant::IndexOnce, seed: 1, what: "finds what messages said first" },
    Mistake { mutant: Mutant::KeepIndexed, seed: 20, what: "finds what is gone" },
    Mistake { mutant: Mutant::ForgetDevices, seed: 1, what: "gives a machine that comes back a second socket" },
];

#[test]
fn a_room_that_makes_a_mistake_is_caught() {
    assert_caught(&MISTAKES, |seed, mutant| run(seed, Setup { mutant, ..Setup::default() }).is_err());
}

/// Runs all seeds of the smaller worlds, and returns the total counts.
fn run_small<T: Default + std::ops::AddAssign>(run: impl Fn(u64) -> Result<T, Broken>) -> T {
    if let Some(seed) = number_in("SIM_SEED") {
        return run(seed).unwrap();
    }
    let mut total = T::default();
    for seed in number_in("SIM_FROM").unwrap_or(0)..runs() {
        match run(seed) {
            Ok(counters) => total += counters,
            Err(broken) => panic!("SIM_SEED={seed}: after {} ms: {}", broken.at, broken.promise),
        }
    }
    total
}

fn setup() -> Setup {
    Setup { is_verbose: number_in("SIM_SEED").is_some(), ..Setup::default() }
}

#[test]
fn requests_are_answered_once_and_declined_in_silence() {
    let total = run_small(|seed| run_people(seed, setup()));
    println!("{total:#?}");
    let runs = runs();
    let is_lively = total.accepted > runs && total.declined > runs && total.lost > runs;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    let mistakes = [
        Mistake { mutant: Mutant::SendDeclines, seed: 2, what: "tells that somebody declined" },
        Mistake { mutant: Mutant::ForgetWords, seed: 0, what: "says no second time a word that did not arrive" },
        Mistake { mutant: Mutant::AcceptOldIntents, seed: 0, what: "accepts an old intent like the newest" },
    ];
    assert_caught(&mistakes, |seed, mutant| run_people(seed, Setup { mutant, ..Setup::default() }).is_err());
}

#[test]
fn what_one_person_begins_to_write_is_the_same_everywhere_and_never_comes_back() {
    let total = run_small(|seed| run_drafts(seed, setup()));
    println!("{total:#?}");
    let runs = runs();
    let is_lively = total.written > runs && total.sent > runs && total.lost > runs && total.stale > runs / 10;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    let mistakes = [
        Mistake { mutant: Mutant::TrustClocks, seed: 249, what: "takes the time of a device whatever it is" },
        Mistake { mutant: Mutant::ForgetAnswers, seed: 2, what: "does not tell devices the time that counts" },
    ];
    assert_caught(&mistakes, |seed, mutant| run_drafts(seed, Setup { mutant, ..Setup::default() }).is_err());
}

#[test]
fn a_token_that_is_used_twice_ends_its_own_browser_and_no_other() {
    let total = run_small(|seed| run_browsers(seed, setup()));
    println!("{total:#?}");
    let runs = runs();
    let is_lively = total.reuses > runs && total.lost > runs && total.left > runs && total.refreshes > runs;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    let mistakes = [
        Mistake { mutant: Mutant::ForgetUses, seed: 1, what: "takes a refresh token twice" },
        Mistake { mutant: Mutant::KeepStolenSessions, seed: 1, what: "lets the session of a stolen browser live" },
        Mistake { mutant: Mutant::EndAllBrowsers, seed: 1, what: "ends all browsers of a person whose one was stolen" },
    ];
    assert_caught(&mistakes, |seed, mutant| run_browsers(seed, Setup { mutant, ..Setup::default() }).is_err());
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(4_711, Setup::default()), run(4_711, Setup::default()));
}
