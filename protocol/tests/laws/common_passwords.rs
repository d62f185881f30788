//! Filter of common passwords: it is written from the list, refuses each text of the list, and hardly any other (`account.md` 7).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::people::account::common::{filter_of, is_listed};
use protocol::people::account::password::{PasswordInput, check_chosen};
use protocol::words::limits::PASSWORD_GRAPHEMES_MIN;

/// The list: comments, then one text a line.
const LIST: &str = include_str!("../data/common_passwords.txt");
/// Number of other texts that are looked up, drawn from a seed.
const OTHERS: u64 = 300_000;
/// Number of spellings in which a password is looked up at most.
const SPELLINGS_MAX: f64 = 10.0;

fn texts() -> Vec<&'static str> {
    LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn path_of_filter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/people/account/common.bloom")
}

/// Returns the next number of a sequence (`splitmix64`).
fn drawn(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn the_filter_is_that_of_the_list() {
    let (path, expected) = (path_of_filter(), filter_of(texts()));
    if fs::read(&path).unwrap() != expected {
        // The test passes the next time.
        fs::write(&path, expected).unwrap();
        panic!("{} was not the filter of the list; now it is", path.display());
    }
}

#[test]
fn more_than_ten_thousand_common_passwords_of_allowed_length_are_refused() {
    let texts = texts();
    assert!(texts.iter().all(|text| text.to_lowercase() == **text && !text.contains(' ')));
    assert!(texts.is_sorted());
    // A text that is too short is chosen with digits behind it.
    let chosen = |text: &&str| {
        if text.chars().count() < PASSWORD_GRAPHEMES_MIN { format!("{text}4829605713") } else { (*text).to_owned() }
    };
    let passwords: BTreeSet<String> = texts.iter().map(chosen).collect();
    assert!(passwords.len() > 10_000, "{}", passwords.len());
    for password in passwords {
        let refused = check_chosen(&PasswordInput::of(&password), "mia.lind@example.org", "Mia Lind");
        assert!(refused.is_err(), "{password}");
    }
}

#[test]
fn fewer_than_one_of_a_hundred_thousand_other_passwords_is_taken_for_a_common_one() {
    let mut state = 1;
    let found = (0..OTHERS).filter(|_| is_listed(&format!("{:016x}", drawn(&mut state)))).count() as u64;
    assert!(found * 100_000 < OTHERS, "{found} of {OTHERS}");
    // The share of the bits that are set says the same of all texts.
    let filter = fs::read(path_of_filter()).unwrap();
    let set: u32 = filter.iter().map(|byte| byte.count_ones()).sum();
    let share = f64::from(set) / (filter.len() as f64 * 8.0);
    let rate = share.powi(16) * SPELLINGS_MAX;
    assert!(rate < 1e-5, "{rate}");
}
