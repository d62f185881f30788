//! Sentences of the documents about the life of a session, other times that an operator sets, and languages. The tests compare them with
//! the limits and with the list of languages. Sentences about all other limits are in `limits`.

use protocol::people::account::sensitive::{Proof, SensitiveAct};
use protocol::words::language::{self, LANGUAGES};
use protocol::words::limits::{
    ADMIN_SESSION_MS, FILES_DAY_BYTES_MAX, GUEST_FILES_DAY_BYTES_MAX, GUEST_LIFE_MS, LIBRARY_SESSION_AGE_MS_MAX,
    LIBRARY_SESSION_TTL_MS, OperatorLimits, SESSION_ENDING_MS, SESSION_SLIDE_MS, TICKET_MS,
};
use protocol::words::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use crate::documents::{Sentence, are_said, grouped};

const ACCOUNT: &str = "docs/spec/account.md";
const SECURITY: &str = "SECURITY.md";
const CHECKLIST: &str = "docs/checklist.md";
const DEMO: &str = "docs/spec/demo.md";
const FILES: &str = "docs/spec/files.md";
const MESSENGER: &str = "docs/spec/messenger.md";
const PEOPLE: &str = "docs/spec/people.md";
const PUSH: &str = "docs/spec/push.md";
const SIGN_IN: &str = "docs/spec/sign-in.md";
const UX: &str = "docs/spec/ux.md";
const WASMCHANNEL: &str = "docs/spec/wasmchannel.md";

const SECOND_MS: u64 = 1_000;
const MB: u64 = 1_000_000;
const GB: u64 = 1_000 * MB;

/// Returns a value in a larger unit.
fn whole(value: u64, unit: u64) -> u64 {
    assert!(value.is_multiple_of(unit), "{value} is no multiple of {unit}: the sentences need another unit");
    value / unit
}

/// Returns the sentences about the life of a session of the messenger.
fn of_sessions() -> Vec<Sentence> {
    let OperatorLimits { session_ttl_ms, session_age_ms_max, refresh_ttl_ms, .. } = OperatorLimits::DEFAULT;
    let (ttl_s, ttl_minutes) = (whole(session_ttl_ms, SECOND_MS), whole(session_ttl_ms, MINUTE_MS));
    let (age_hours, refresh_s) = (whole(session_age_ms_max, HOUR_MS), whole(refresh_ttl_ms, SECOND_MS));
    let refresh_days = whole(refresh_ttl_ms, DAY_MS);
    let (slide_s, ending_s) = (whole(SESSION_SLIDE_MS, SECOND_MS), whole(SESSION_ENDING_MS, SECOND_MS));
    let ttl_grouped = grouped(ttl_s);
    vec![
        (SIGN_IN, format!("A session ends {ttl_grouped} s after its last use (`SESSION_TTL_S`)")),
        (SIGN_IN, format!("in any case {age_hours} h after it began (`SESSION_MAX_S`)")),
        (SIGN_IN, format!("a refresh token ({refresh_days} days, `REFRESH_TTL_S`)")),
        (SIGN_IN, format!("written at most once per {slide_s} s and session")),
        (
            SIGN_IN,
            format!("announced {ending_s} s before: `{{\"type\":\"session\",\"expiresInMs\":{SESSION_ENDING_MS}}}`"),
        ),
        (SIGN_IN, format!("SameSite=Lax; Max-Age={ttl_s}`")),
        (SIGN_IN, format!("SameSite=Strict; Max-Age={refresh_s}`")),
        (SIGN_IN, format!("single use, {} s, for sockets", whole(TICKET_MS, SECOND_MS))),
        (SIGN_IN, format!("deleted {} h after the last use", whole(GUEST_LIFE_MS, HOUR_MS))),
        (
            MESSENGER,
            format!(
                "| session / absolute / refresh | {ttl_minutes} min sliding / {age_hours} h / {refresh_days} days |"
            ),
        ),
        (SECURITY, format!("| a stolen session | {ttl_minutes} minutes without use, {age_hours} hours in all (")),
    ]
}

/// Returns the sentences about sessions of other doors and of `/admin`.
fn of_other_sessions() -> Vec<Sentence> {
    let (ttl_days, age_days) = (whole(LIBRARY_SESSION_TTL_MS, DAY_MS), whole(LIBRARY_SESSION_AGE_MS_MAX, DAY_MS));
    let admin_hours = whole(ADMIN_SESSION_MS, HOUR_MS);
    vec![
        (
            WASMCHANNEL,
            format!("**Life.** {ttl_days} days without use, renewed daily (library default), {age_days} days in all"),
        ),
        (WASMCHANNEL, format!("| session of 4.1 | {ttl_days} days without use, {age_days} days in all |")),
        (SECURITY, format!("{ttl_days} days, {age_days} in all; of `/admin`: {admin_hours} hours")),
    ]
}

/// Returns the sentences about messages, files and handles.
fn of_other_times() -> Vec<Sentence> {
    let OperatorLimits { edit_window_ms, delete_window_ms, file_unlinked_ms, handle_free_ms, .. } =
        OperatorLimits::DEFAULT;
    let (edit_minutes, delete_hours) = (whole(edit_window_ms, MINUTE_MS), whole(delete_window_ms, HOUR_MS));
    let (file_hours, handle_days) = (whole(file_unlinked_ms, HOUR_MS), whole(handle_free_ms, DAY_MS));
    let (person_mb, guests_gb) = (whole(FILES_DAY_BYTES_MAX, MB), whole(GUEST_FILES_DAY_BYTES_MAX, GB));
    vec![
        (MESSENGER, format!("edit later than {edit_minutes} min, delete-for-all later than {delete_hours} h")),
        (MESSENGER, format!("| edit / delete for all | {edit_minutes} min / {delete_hours} h |")),
        (MESSENGER, format!("owner or admin of the group; ≤ {delete_hours} h for all")),
        (UX, format!("It can be deleted for all within {delete_hours} h")),
        (FILES, format!("is removed {file_hours} h (`FILE_UNLINKED_S`) after its last reference ended")),
        (FILES, format!("is removed {file_hours} h after the last reference ended (1.7)")),
        (FILES, format!("A picture is removed {file_hours} h after the first of these")),
        (FILES, format!("| {person_mb} MB per day |")),
        (FILES, format!("| {guests_gb} GB per day |")),
        (CHECKLIST, format!("{person_mb} MB a day and person")),
        (PEOPLE, format!("is free after {handle_days} days (`HANDLE_FREE_S`)")),
    ]
}

#[test]
fn sentences_say_how_long_a_session_lives() {
    are_said(&of_sessions());
    are_said(&of_other_sessions());
}

#[test]
fn sentences_say_the_times_of_messages_files_and_handles() {
    are_said(&of_other_times());
}

#[test]
fn sentences_name_every_language() {
    let tags: Vec<&str> = language::tags().collect();
    let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
    let tags = format!("`language` is a tag of the product's languages (`{}`)", tags.join("`, `"));
    let names = format!("`combobox` \"Language\" ({})", names.join(", "));
    are_said(&[(DEMO, tags.clone()), (PUSH, tags), (UX, names)]);
}

/// Declares sensitive acts with their words in the contract. It does not compile while one is missing.
macro_rules! sensitive_acts {
    ($($act:ident = $words:literal,)*) => {
        const SENSITIVE_ACTS: &[SensitiveAct] = &[$(SensitiveAct::$act),*];

        fn words(act: SensitiveAct) -> &'static str {
            match act {
                $(SensitiveAct::$act => $words),*
            }
        }
    };
}

sensitive_acts! {
    NewPassword = "a new password",
    NewAddress = "another address",
    Deletion = "the deletion of an account",
    NewPasskey = "a new passkey",
    ChangedPasskey = "another name of a passkey, or its end",
    RecoveryCodes = "recovery codes",
    SecondFactor = "a second factor, or its end",
}

#[test]
fn the_contract_names_the_proof_of_every_sensitive_act() {
    let minutes = whole(OperatorLimits::DEFAULT.reauth_ms, MINUTE_MS);
    let recent_sign_in = format!("a sign-in that is not older than {minutes} min");
    let proof = |act: SensitiveAct| match act.proof() {
        Proof::Password => "the password of today",
        Proof::RecentSignIn => recent_sign_in.as_str(),
    };
    let row = |act: &SensitiveAct| (ACCOUNT, format!("| {} | {} | ", words(*act), proof(*act)));
    are_said(&SENSITIVE_ACTS.iter().map(row).collect::<Vec<_>>());
    // The sentence: all that take the password, and recovery codes.
    for act in SENSITIVE_ACTS.iter().copied() {
        let is_in_sentence = act.proof() == Proof::Password || act == SensitiveAct::RecoveryCodes;
        assert_eq!(act.is_counted(), is_in_sentence, "{act:?}");
    }
}
