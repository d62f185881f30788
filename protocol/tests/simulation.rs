//! Many seeds through the simulator: `core.md` 11, first to third and seventh line.
//!
//! `SIM_RUNS=n` changes how many seeds are run, `SIM_FROM=n` leaves out those before, `SIM_SEED=n` replays one of them and prints what happens.

// Tests from the first line to the last: what cannot be unwrapped is a failure.
#![allow(clippy::unwrap_used)]

use protocol::sim::{Broken, Mutant, Setup, Tally, run, run_browsers, run_drafts, run_people};

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

#[test]
fn storms_leave_every_message_once_in_order_for_everybody() {
    if let Some(seed) = number_in("SIM_SEED") {
        let tally = run(seed, Setup { is_verbose: true, ..Setup::default() });
        println!("{tally:#?}");
        tally.unwrap();
        return;
    }
    let runs = number_in("SIM_RUNS").unwrap_or(10_000);
    match run_all(number_in("SIM_FROM").unwrap_or(0), runs) {
        Ok(total) => {
            println!("{total:#?}");
            let is_stormy = total.crashes > runs && total.cuts > runs && total.refusals > runs;
            let is_stormy = is_stormy && total.blocks > runs / 10 && total.players > runs / 10;
            let is_stormy = is_stormy && total.followed > runs / 4 && total.replies > runs;
            let is_stormy = is_stormy && total.forbidden > runs / 10 && total.ends > runs / 100;
            let is_stormy = is_stormy && total.seen > runs / 10 && total.settings > runs / 2;
            let is_stormy = is_stormy && total.left > runs / 20;
            assert!(runs < 100 || number_in("SIM_FROM").is_some() || is_stormy, "no storm: {total:?}");
        }
        Err((seed, broken)) => panic!("SIM_SEED={seed}: after {} ms: {}", broken.at, broken.promise),
    }
}

/// Runs the seeds from `from` to below `runs` on all cores; the smallest that fails, if one does.
fn run_all(from: u64, runs: u64) -> Result<Tally, (u64, Broken)> {
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let one_share = |first: u64| {
        let mut total = Tally::default();
        for seed in (from + first..runs).step_by(workers as usize) {
            total += run(seed, Setup::default()).map_err(|broken| (seed, broken))?;
        }
        Ok(total)
    };
    let shares: Vec<Result<Tally, (u64, Broken)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|first| scope.spawn(move || one_share(first))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut total = Tally::default();
    let failures = shares.into_iter().filter_map(|share| share.map(|tally| total += tally).err());
    match failures.min_by_key(|(seed, _)| *seed) {
        Some(failure) => Err(failure),
        None => Ok(total),
    }
}

/// Seeds within which each mistake must be found.
const SEEDS_TO_CATCH: u64 = 4_000;

fn is_caught(mutant: Mutant) -> bool {
    (0..SEEDS_TO_CATCH).any(|seed| run(seed, Setup { mutant, ..Setup::default() }).is_err())
}

/// Mistakes that a room can make, with what they would do to people.
const MISTAKES: [(Mutant, &str); 32] = [
    (Mutant::SendBeforeCommit, "sends before it commits"),
    (Mutant::ForgetIds, "forgets ids"),
    (Mutant::SkipInReplay, "leaves an event out of a page"),
    (Mutant::ForgetFloors, "forgets where reading begins"),
    (Mutant::ForgetRoles, "forgets who has which role"),
    (Mutant::KeepGone, "keeps what was said in a group that is gone"),
    (Mutant::ForgetBarred, "lets whoever was sent away for good in again"),
    (Mutant::ForgetNews, "does not tell people of their groups"),
    (Mutant::ForgetBlocks, "forgets blocks"),
    (Mutant::ForgetSettings, "forgets what people take from others"),
    (Mutant::HearOldWishes, "lets older wishes undo newer ones"),
    (Mutant::ForgetParting, "lets whoever was turned to once write for ever"),
    (Mutant::ForgetPlayers, "shows a persona what its former player saw"),
    (Mutant::ForgetOutbox, "keeps nothing for those who are away"),
    (Mutant::GiveUpOutbox, "gives up after one failed call"),
    (Mutant::TellInPassing, "tells those who are away and keeps nothing for them"),
    (Mutant::ForgetSeen, "tells people again what they have seen"),
    (Mutant::SeeAhead, "takes for seen what nobody has written yet"),
    (Mutant::SeeBelow, "takes for seen what is told late"),
    (Mutant::KeepNames, "keeps the name of whoever is gone"),
    (Mutant::StopHalfway, "takes away half of what whoever is gone said"),
    (Mutant::KeepInInboxes, "lets wait what whoever is gone said"),
    (Mutant::KeepLooseEdits, "keeps edits of whoever is gone whose messages were let go before"),
    (Mutant::KeepKept, "has pages that keep what whoever is gone said"),
    (Mutant::ForgetReceipts, "forgets how far people have come"),
    (Mutant::ForgetEdits, "forgets edits"),
    (Mutant::ForgetReplies, "forgets what an edited message answers"),
    (Mutant::KeepDeleted, "keeps what was deleted"),
    (Mutant::KeepEarlierWords, "keeps the earlier words of what was deleted"),
    (Mutant::IndexOnce, "finds what messages said first"),
    (Mutant::KeepIndexed, "finds what is gone"),
    (Mutant::ForgetDevices, "gives a machine that comes back a second socket"),
];

#[test]
fn a_room_that_makes_a_mistake_is_caught() {
    let escaped: Vec<&str> = MISTAKES.iter().filter(|(mutant, _)| !is_caught(*mutant)).map(|(_, what)| *what).collect();
    assert!(escaped.is_empty(), "a room that {} is not caught", escaped.join("; one that "));
}

/// Runs every seed of the smaller worlds, and the total of what happened.
fn run_small<T: Default + std::ops::AddAssign>(run: impl Fn(u64) -> Result<T, Broken>) -> T {
    if let Some(seed) = number_in("SIM_SEED") {
        return run(seed).unwrap();
    }
    let mut total = T::default();
    for seed in number_in("SIM_FROM").unwrap_or(0)..number_in("SIM_RUNS").unwrap_or(10_000) {
        match run(seed) {
            Ok(tally) => total += tally,
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
    let runs = number_in("SIM_RUNS").unwrap_or(10_000);
    let is_lively = total.accepted > runs && total.declined > runs && total.lost > runs;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    for mutant in [Mutant::TellDeclines, Mutant::ForgetWords, Mutant::HearOldWords] {
        let is_caught = (0..SEEDS_TO_CATCH).any(|seed| run_people(seed, Setup { mutant, ..Setup::default() }).is_err());
        assert!(is_caught, "{mutant:?}");
    }
}

#[test]
fn what_one_person_begins_to_write_is_the_same_everywhere_and_never_comes_back() {
    let total = run_small(|seed| run_drafts(seed, setup()));
    println!("{total:#?}");
    let runs = number_in("SIM_RUNS").unwrap_or(10_000);
    let is_lively = total.written > runs && total.sent > runs && total.lost > runs && total.stale > runs / 10;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    for mutant in [Mutant::TrustClocks, Mutant::ForgetAnswers] {
        let is_caught = (0..SEEDS_TO_CATCH).any(|seed| run_drafts(seed, Setup { mutant, ..Setup::default() }).is_err());
        assert!(is_caught, "{mutant:?}");
    }
}

#[test]
fn a_token_that_is_used_twice_ends_its_own_browser_and_no_other() {
    let total = run_small(|seed| run_browsers(seed, setup()));
    println!("{total:#?}");
    let runs = number_in("SIM_RUNS").unwrap_or(10_000);
    let is_lively = total.reuses > runs && total.lost > runs && total.left > runs && total.refreshes > runs;
    assert!(runs < 100 || number_in("SIM_FROM").is_some() || number_in("SIM_SEED").is_some() || is_lively, "{total:?}");
    for mutant in [Mutant::ForgetUses, Mutant::KeepStolenSessions, Mutant::EndAllBrowsers] {
        let is_caught =
            (0..SEEDS_TO_CATCH).any(|seed| run_browsers(seed, Setup { mutant, ..Setup::default() }).is_err());
        assert!(is_caught, "{mutant:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(4_711, Setup::default()), run(4_711, Setup::default()));
}
