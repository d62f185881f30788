//! Many seeds through the simulator: `core.md` 11, first to third and seventh line.
//!
//! `SIM_RUNS=n` changes how many seeds are run, `SIM_FROM=n` leaves out those before, `SIM_SEED=n` replays one of them and prints what happens.

// Tests from the first line to the last: what cannot be unwrapped is a failure.
#![allow(clippy::unwrap_used)]

use protocol::sim::{Broken, Mutant, Setup, Tally, run};

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
const SEEDS_TO_CATCH: u64 = 60;

fn is_caught(mutant: Mutant) -> bool {
    (0..SEEDS_TO_CATCH).any(|seed| run(seed, Setup { mutant, ..Setup::default() }).is_err())
}

#[test]
fn a_server_that_sends_before_it_commits_is_caught() {
    assert!(is_caught(Mutant::SendBeforeCommit));
}

#[test]
fn a_server_that_forgets_ids_is_caught() {
    assert!(is_caught(Mutant::ForgetIds));
}

#[test]
fn a_server_that_leaves_an_event_out_of_a_page_is_caught() {
    assert!(is_caught(Mutant::SkipInReplay));
}

#[test]
fn a_server_that_forgets_where_reading_begins_is_caught() {
    assert!(is_caught(Mutant::ForgetFloors));
}

#[test]
fn a_server_that_does_not_tell_people_of_their_groups_is_caught() {
    assert!(is_caught(Mutant::ForgetNews));
}

#[test]
fn a_server_that_forgets_blocks_is_caught() {
    assert!(is_caught(Mutant::ForgetBlocks));
}

#[test]
fn a_server_that_shows_a_persona_what_its_former_player_saw_is_caught() {
    assert!(is_caught(Mutant::ForgetPlayers));
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(4_711, Setup::default()), run(4_711, Setup::default()));
}
