//! Many seeds through the simulator: `core.md` 11, first to third and seventh line.
//!
//! `SIM_RUNS=n` changes how many seeds are run, `SIM_SEED=n` replays one of them and prints what happens.

// Tests from the first line to the last: what cannot be unwrapped is a failure.
#![allow(clippy::unwrap_used)]

use protocol::sim::{Mutant, Setup, Tally, run};

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
    let mut total = Tally::default();
    for seed in 0..runs {
        match run(seed, Setup::default()) {
            Ok(tally) => total += tally,
            Err(broken) => panic!("SIM_SEED={seed}: after {} ms: {}", broken.at, broken.promise),
        }
    }
    println!("{total:#?}");
    assert!(runs < 100 || total.crashes > runs && total.cuts > runs && total.refusals > runs, "no storm: {total:?}");
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
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(4_711, Setup::default()), run(4_711, Setup::default()));
}
