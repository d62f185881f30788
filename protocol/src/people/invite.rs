//! Invites (`people.md` 5): codes, and the rules for their use.
//!
//! A code is shown once and never stored. Its hash is a row of its creator's object, which counts the uses.

use crate::content::normal::typed_code;
use crate::words::event::Millis;
use crate::words::limits::{INVITE_HOURS_DEFAULT, INVITE_HOURS_MAX, INVITE_USES_MAX};
use crate::words::refusal::Refusal;

/// Crockford's base32, in which letters look neither alike nor like digits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Bytes of a code.
pub const CODE_BYTES: usize = 10;
const CODE_CHARS: usize = 16;

/// Returns a code of 80 random bits.
pub fn code(random: [u8; CODE_BYTES]) -> String {
    let mut bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut letters = [0; CODE_CHARS];
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// Normalizes a typed code (`text.md` 9): small letters, and letters that look like digits. `None` for a text that cannot be a code.
pub fn read_code(text: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_CHARS);
    for letter in typed_code(text, CODE_CHARS).chars() {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let is_known = u8::try_from(letter).is_ok_and(|letter| ALPHABET.contains(&letter));
        if !is_known || code.len() == CODE_CHARS {
            return None;
        }
        code.push(letter);
    }
    (code.len() == CODE_CHARS).then_some(code)
}

/// Returns the number of uses and the expiry of an invite that its creator chose.
pub fn bounds(uses: Option<i64>, hours: Option<i64>, now: Millis) -> Result<(u64, Millis), Refusal> {
    let within = |given: Option<i64>, default: u64, max: u64, name: &'static str| match given.map(u64::try_from) {
        None => Ok(default),
        Some(Ok(number)) if (1..=max).contains(&number) => Ok(number),
        Some(_) => Err(Refusal::over_limit(name, "This number is too small or too large.", max as usize)),
    };
    let uses = within(uses, 1, INVITE_USES_MAX, "uses")?;
    let hours = within(hours, INVITE_HOURS_DEFAULT, INVITE_HOURS_MAX, "hours")?;
    Ok((uses, now + hours * 3_600_000))
}

/// State of an invite for a person who knows its code.
#[derive(Clone, Copy, Debug)]
pub struct InviteState {
    pub uses_left: u64,
    pub expires_at: Millis,
    /// `None` if the person never used it; otherwise `true` while the steps that it opens are incomplete.
    pub came: Option<bool>,
    /// `true` if its creator has blocked the person.
    pub is_blocked: bool,
    /// `true` if the person is a contact, or in the group, already.
    pub is_needless: bool,
    /// `true` if its creator's list has no room for one more contact.
    pub is_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteUse {
    /// First use by this person, which is counted.
    First,
    /// Repeated use with incomplete steps.
    Again,
    /// Repeated use with all steps complete.
    Done,
}

/// Uses an invite. All refusals look the same.
pub fn used(found: Option<InviteState>, now: Millis) -> Result<InviteUse, Refusal> {
    let InviteState { uses_left, expires_at, came, is_blocked, is_needless, is_full } =
        found.ok_or(Refusal::NotFound)?;
    match came {
        _ if expires_at <= now || is_blocked => Err(Refusal::NotFound),
        Some(false) => Ok(InviteUse::Done),
        None if uses_left == 0 => Err(Refusal::NotFound),
        None if is_needless => Ok(InviteUse::Done),
        // A person who would be refused must not use up the invite.
        _ if is_full && !is_needless => Err(Refusal::NotFound),
        Some(true) => Ok(InviteUse::Again),
        None => Ok(InviteUse::First),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_000_000_000;
    const FOUND: InviteState = InviteState {
        uses_left: 1,
        expires_at: NOW + 1,
        came: None,
        is_blocked: false,
        is_needless: false,
        is_full: false,
    };

    #[test]
    fn a_code_has_all_its_bits() {
        assert_eq!(code([0; CODE_BYTES]), "0000000000000000");
        assert_eq!(code([255; CODE_BYTES]), "ZZZZZZZZZZZZZZZZ");
        assert_eq!(code([0, 0, 0, 0, 0, 0, 0, 0, 0, 33]), "0000000000000011");
        let one = code([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(read_code(&one).as_deref(), Some(one.as_str()));
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for typed in ["abcd-efgh-jkmn-0oil", " ABCD EFGH–JKMN\u{200b}0011", "ａｂｃｄ－ｅｆｇｈ－ｊｋｍｎ－００１１"]
        {
            assert_eq!(read_code(typed).as_deref(), Some("ABCDEFGHJKMN0011"), "{typed}");
        }
        for bad in
            ["", "ABCDEFGHJKMN001", "ABCDEFGHJKMN00112", "ABCDEFGHJKMN001U", "ABCDEFGHJKMN001ä", "ABCDEFGHJKMN 011"]
        {
            assert_eq!(read_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(bounds(None, None, 0), Ok((1, 168 * 3_600_000)));
        assert_eq!(bounds(Some(100), Some(720), 5), Ok((100, 5 + 720 * 3_600_000)));
        for (uses, hours, field) in
            [(Some(0), None, "uses"), (Some(101), None, "uses"), (None, Some(-1), "hours"), (None, Some(721), "hours")]
        {
            assert_eq!(bounds(uses, hours, 0).unwrap_err().field(), Some(field));
        }
    }

    #[test]
    fn whoever_came_costs_nothing_again_and_whatever_is_wrong_looks_the_same() {
        assert_eq!(used(Some(FOUND), NOW), Ok(InviteUse::First));
        assert_eq!(used(Some(InviteState { is_needless: true, ..FOUND }), NOW), Ok(InviteUse::Done));
        let used_up = InviteState { uses_left: 0, ..FOUND };
        assert_eq!(used(Some(InviteState { came: Some(true), ..used_up }), NOW), Ok(InviteUse::Again));
        assert_eq!(used(Some(InviteState { came: Some(false), ..used_up }), NOW), Ok(InviteUse::Done));
        let full = InviteState { is_full: true, ..FOUND };
        assert_eq!(used(Some(InviteState { came: Some(false), ..full }), NOW), Ok(InviteUse::Done));
        assert_eq!(used(Some(InviteState { is_needless: true, ..full }), NOW), Ok(InviteUse::Done));
        let wrong = [
            None,
            Some(used_up),
            Some(InviteState { is_needless: true, ..used_up }),
            Some(InviteState { is_blocked: true, came: Some(true), ..FOUND }),
            Some(InviteState { expires_at: NOW, came: Some(false), ..FOUND }),
            Some(full),
            Some(InviteState { came: Some(true), ..full }),
        ];
        assert!(wrong.into_iter().all(|found| used(found, NOW) == Err(Refusal::NotFound)));
    }
}
