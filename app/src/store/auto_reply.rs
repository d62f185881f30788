//! Automatic answers (`ux.md` 2.13): who has got one, and their ids.
//!
//! Pure. `session::auto_reply` sends them.

use protocol::words::event::Millis;
use protocol::words::time::HOUR_MS;

/// Person who has got an automatic answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredPerson {
    /// User id.
    pub id: String,
    /// Time of the answer.
    pub at: Millis,
}

protocol::record!(AnsweredPerson { id = "id", at = "at" });

/// Returns `true` if the person has got no answer in the last hour.
pub fn may_answer(answered: &[AnsweredPerson], person: &str, now: Millis) -> bool {
    answered.iter().all(|one| one.id != person || now >= one.at + HOUR_MS)
}

/// Records an answer, and forgets those that are older than an hour.
pub fn note_answer(answered: &mut Vec<AnsweredPerson>, person: &str, now: Millis) {
    answered.retain(|one| one.id != person && now < one.at + HOUR_MS);
    answered.push(AnsweredPerson { id: person.to_owned(), at: now });
}

/// Returns the id of the answer to a person in an hour: the devices of a person make the same one, and the room stores it once.
pub fn answer_id(own: &str, person: &str, hour: u64) -> String {
    let of = |salt: &str| digest(&format!("{salt} {own} {person} {hour}"));
    let (high, low) = (of("high"), of("low"));
    // A UUID of version 8, whose other bits are free.
    let (version, variant) = (0x8000 | (high & 0xfff), 0x8000 | ((low >> 48) & 0x3fff));
    let (first, second, last) = (high >> 32, (high >> 16) & 0xffff, low & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-{version:04x}-{variant:04x}-{last:012x}")
}

/// Returns a number that differs for different texts (FNV-1a, which every release computes in the same way).
fn digest(text: &str) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_gets_one_answer_an_hour() {
        let mut answered = Vec::new();
        assert!(may_answer(&answered, "u_ann", 5));
        note_answer(&mut answered, "u_ann", 5);
        assert!(!may_answer(&answered, "u_ann", 4 + HOUR_MS) && may_answer(&answered, "u_bo", 6));
        assert!(may_answer(&answered, "u_ann", 5 + HOUR_MS));
        note_answer(&mut answered, "u_bo", 5 + HOUR_MS);
        assert_eq!(answered, [AnsweredPerson { id: "u_bo".to_owned(), at: 5 + HOUR_MS }]);
    }

    #[test]
    fn the_id_has_the_form_of_a_uuid_and_is_the_same_within_an_hour() {
        let id = answer_id("u_ann", "u_bo", 7);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()));
        assert_eq!(id.as_bytes()[14], b'8');
        assert_eq!(answer_id("u_ann", "u_bo", 7), id);
        for other in [answer_id("u_ann", "u_bo", 8), answer_id("u_bo", "u_ann", 7), answer_id("u_ann", "u_cy", 7)] {
            assert_ne!(other, id);
        }
    }
}
