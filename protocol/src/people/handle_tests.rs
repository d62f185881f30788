//! Tests that a handle has one owner or is free, wherever the two objects fail.

use crate::codec::json::{read, write};
use crate::people::handle::{HandleEntry, PersonHandles, given_up, is_handle, is_reserved, taken, typed_handle};
use crate::words::event::Millis;
use crate::words::limits::{HANDLE_CLAIM_MS, HANDLE_CLAIMS_MAX};
use crate::words::personas::PERSONAS;
use crate::words::refusal::Refusal;
use crate::words::retry::retry_delay_ms;

const WEEK: Millis = 604_800_000;
const MONTH: Millis = 2_592_000_000;
const NOW: Millis = 1_795_000_000_000;

#[test]
fn a_handle_is_as_it_is_written() {
    for good in ["mia", "mia_k", "m0_1", "abcdefghijklmnopqrst", "a_b_c"] {
        assert!(is_handle(good), "{good}");
    }
    let long = "a".repeat(21);
    for bad in ["", "mi", "Mia", "1mia", "_mia", "mia__k", "mia k", "mia-k", "@mia", "mía", "mia\0", long.as_str()] {
        assert!(!is_handle(bad), "{bad}");
    }
}

#[test]
fn a_handle_is_found_as_people_type_it() {
    for typed in ["mia_k", "@mia_k", " Mia_K ", "ｍｉａ＿ｋ", "@mia_\u{200b}k\u{feff}", "MIA_K\n"] {
        assert_eq!(typed_handle(typed), "mia_k", "{typed:?}");
    }
    for other in ["mia-k", "miak", "міа_k", "mia__k", "mia@k"] {
        assert_ne!(typed_handle(other), "mia_k", "{other}");
    }
}

#[test]
fn names_of_the_cast_and_of_the_place_are_nobodys() {
    for stored in [
        "jonas",
        "j_onas",
        "aylin",
        "user_7",
        "user7",
        "nova",
        "bot_nova",
        "bot_anything",
        "admin",
        "ad_min",
        "system",
        "support",
        "support_team",
        "operator",
        "moderatorin",
        "guest",
    ] {
        assert!(is_reserved(stored), "{stored}");
    }
    for free in ["mia_k", "jonas_k", "botanik", "administration_fan"] {
        assert!(!is_reserved(free), "{free}");
    }
    assert!(PERSONAS.iter().all(|persona| is_reserved(persona.id)));
}

#[test]
fn one_shard_gives_a_handle_to_one_person() {
    let mia = taken(None, "u_mia", 1, NOW);
    assert_eq!(mia, Some(HandleEntry { user: "u_mia".into(), rev: 1, free_at: None }));
    assert_eq!(taken(mia.clone(), "u_bo", 9, NOW), None);
    assert_eq!(taken(mia.clone(), "u_mia", 1, NOW), mia, "the same word twice");
    assert_eq!(given_up(mia.clone(), "u_bo", 9, NOW), None, "nobody gives up what is another's");
}

#[test]
fn what_was_given_up_is_its_owners_for_a_while_and_then_anybodys() {
    let given = given_up(taken(None, "u_mia", 1, NOW), "u_mia", 2, NOW + MONTH);
    assert_eq!(taken(given.clone(), "u_bo", 1, NOW + MONTH - 1), None);
    assert!(taken(given.clone(), "u_bo", 1, NOW + MONTH).is_some());
    assert!(taken(given.clone(), "u_mia", 3, NOW + 1).is_some(), "whoever gave it up may have it back");
    // The entry of a deleted person has no user id.
    let gone = given.map(|entry| HandleEntry { user: String::new(), ..entry });
    assert_eq!(taken(gone.clone(), "u_mia", 4, NOW + 1), None);
    assert!(taken(gone, "u_bo", 1, NOW + MONTH).is_some());
}

#[test]
fn a_wish_that_comes_later_than_its_end_takes_nothing() {
    let ended = given_up(None, "u_mia", 2, NOW);
    assert_eq!(taken(ended.clone(), "u_mia", 1, NOW), None);
    assert!(taken(ended, "u_bo", 1, NOW).is_some(), "it was never theirs: nobody waits");
    let again = taken(given_up(None, "u_mia", 2, NOW), "u_mia", 3, NOW);
    assert_eq!(given_up(again, "u_mia", 2, NOW), None, "and an end that comes late ends no later wish");
}

#[test]
fn it_can_be_changed_once_in_seven_days() {
    let mut own = PersonHandles::default();
    assert_eq!(own.changeable_at(WEEK), 0);
    let rev = own.claim("mia", NOW, WEEK).unwrap().unwrap();
    own.got("mia", rev, NOW, WEEK).unwrap();
    assert_eq!((own.handle.as_deref(), own.changeable_at(WEEK)), (Some("mia"), NOW + WEEK));
    assert_eq!(own.claim("mia", NOW + 5, WEEK), Ok(None), "the same is no change");
    assert_eq!(own.claim("mila", NOW + 5, WEEK), Err(Refusal::RateLimited { retry_after_ms: WEEK - 5 }));
    own.give_up(NOW + 6);
    assert_eq!(own.handle, None);
    let claim = own.claim("mila", NOW + 7, WEEK);
    assert_eq!(claim, Err(Refusal::RateLimited { retry_after_ms: WEEK - 7 }), "giving it up saves no time");
    assert!(own.claim("mila", NOW + WEEK, WEEK).unwrap().is_some());
}

#[test]
fn of_two_wishes_at_once_one_is_kept_and_the_other_given_back() {
    let mut own = PersonHandles::default();
    let one = own.claim("mia", NOW, WEEK).unwrap().unwrap();
    let other = own.claim("mila", NOW, WEEK).unwrap().unwrap();
    own.got("mila", other, NOW + 1, WEEK).unwrap();
    assert!(matches!(own.got("mia", one, NOW + 1, WEEK), Err(Refusal::RateLimited { .. })));
    assert_eq!(own.due_at(NOW), Some(NOW + HANDLE_CLAIM_MS));
    let due = own.due(NOW + HANDLE_CLAIM_MS);
    assert_eq!(due.iter().map(|loose| (loose.handle.as_str(), loose.was_own)).collect::<Vec<_>>(), [("mia", false)]);
    assert!(due[0].rev > one);
    own.mark_released("mia", due[0].rev);
    assert_eq!(own.due_at(NOW), None);
}

#[test]
fn the_same_wish_twice_at_once_is_one() {
    let mut own = PersonHandles::default();
    let one = own.claim("mia", NOW, WEEK).unwrap();
    assert_eq!(own.claim("mia", NOW + 1, WEEK).unwrap(), one);
    own.got("mia", one.unwrap(), NOW + 2, WEEK).unwrap();
    own.got("mia", one.unwrap(), NOW + 3, WEEK).unwrap();
    assert_eq!((own.set_at, own.due_at(NOW)), (NOW + 2, None));
}

#[test]
fn whoever_goes_keeps_nothing() {
    let mut own = PersonHandles::default();
    let rev = own.claim("mia", NOW, WEEK).unwrap().unwrap();
    own.got("mia", rev, NOW, WEEK).unwrap();
    let later = NOW + WEEK;
    own.claim("mila", later, WEEK).unwrap();
    own.let_go(later);
    let due = own.due(later);
    let what: Vec<(&str, bool)> = due.iter().map(|loose| (loose.handle.as_str(), loose.was_own)).collect();
    assert_eq!(what, [("mila", false), ("mia", true)]);
    assert_eq!(own.handle, None);
}

#[test]
fn wishes_that_nobody_answers_do_not_pile_up() {
    let mut own = PersonHandles::default();
    for number in 0..HANDLE_CLAIMS_MAX {
        own.claim(&format!("mia_{number}"), NOW, WEEK).unwrap();
    }
    assert!(matches!(own.claim("one_more", NOW, WEEK), Err(Refusal::RateLimited { .. })));
}

#[test]
fn a_wish_that_took_too_long_is_over() {
    let mut own = PersonHandles::default();
    let rev = own.claim("mia", NOW, WEEK).unwrap().unwrap();
    let later = NOW + HANDLE_CLAIM_MS;
    let due = own.due(later);
    assert_eq!(own.got("mia", rev, later, WEEK), Err(Refusal::Conflict));
    assert_eq!(own.due(later), [], "told once, it is left alone for a while");
    assert_eq!(own.due(later + retry_delay_ms(0)).len(), 1, "and told again until the shard has heard");
    own.mark_released("mia", due[0].rev);
    assert!(own.due_at(NOW).is_some(), "an answer to the earlier word is not the end of the later one");
}

/// A handle has its owner or is free, wherever the person's object and the shards fail between two steps.
#[test]
fn wherever_it_is_killed_a_handle_is_its_owners_or_free() {
    // Steps of a change from `old` to `new`. After `kill` of them all memory is lost, and the alarm continues.
    for kill in 0..=4 {
        let (mut old, mut new): (Option<HandleEntry>, Option<HandleEntry>) = (None, None);
        let mut own = PersonHandles::default();
        let rev = own.claim("old", NOW, WEEK).unwrap().unwrap();
        old = taken(old, "u_mia", rev, NOW);
        own.got("old", rev, NOW, WEEK).unwrap();
        let (at, mut steps) = (NOW + WEEK, 0);
        let mut goes_on = || {
            steps += 1;
            steps <= kill
        };
        let mut rev = 0;
        if goes_on() {
            rev = own.claim("new", at, WEEK).unwrap().unwrap();
        }
        if goes_on() {
            new = taken(new, "u_mia", rev, at);
            assert!(new.is_some());
        }
        let mut is_changed = false;
        if goes_on() {
            own.got("new", rev, at, WEEK).unwrap();
            is_changed = true;
        }
        if goes_on() {
            let due = own.due(at);
            assert_eq!(due.len(), 1);
            old = given_up(old, "u_mia", due[0].rev, at + MONTH).or_else(|| panic!("the owner gives it up"));
        }
        // The stored state equals the known state.
        let mut own: PersonHandles = read(&write(&own)).unwrap();
        let later = at + 60 * MONTH;
        for loose in own.due(later) {
            let shard = if loose.handle == "old" { &mut old } else { &mut new };
            let free_at = if loose.was_own { later + MONTH } else { later };
            if let Some(entry) = given_up(shard.clone(), "u_mia", loose.rev, free_at) {
                *shard = Some(entry);
            }
            own.mark_released(&loose.handle, loose.rev);
        }
        assert_eq!(own.due_at(later), None, "{kill}");
        let is_free = |entry: &Option<HandleEntry>| taken(entry.clone(), "u_bo", 1, later + MONTH).is_some();
        assert_eq!(own.handle.as_deref(), Some(if is_changed { "new" } else { "old" }), "{kill}");
        assert_eq!((is_free(&old), is_free(&new)), (is_changed, !is_changed), "{kill}");
    }
}

#[test]
fn after_a_step_back_of_the_clock_a_handle_is_given_up_and_changed_as_if_it_were_today() {
    let mut own = PersonHandles::default();
    let rev = own.claim("mia", NOW, WEEK).unwrap().unwrap();
    assert_eq!((own.due_at(NOW), own.due_at(NOW - 1)), (Some(NOW + HANDLE_CLAIM_MS), Some(NOW - 1)));
    own.got("mia", rev, NOW, WEEK).unwrap();
    assert!(matches!(own.claim("bo", NOW, WEEK), Err(Refusal::RateLimited { retry_after_ms: WEEK })));
    assert!(own.claim("bo", NOW - 1, WEEK).unwrap().is_some());
}
