//! The code of a demo room: three letters and three digits that cannot be confused, in any typed form.

use crate::content::normal::typed_code;
use crate::people::session::group_id;

const LETTERS: &[u8; 22] = b"ABCDEFGHJKMNPRSTUVWXYZ";
const DIGITS: &[u8; 8] = b"23456789";
const PART: usize = 3;

/// A code in its canonical form, `ABC123`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code that these random bytes draw.
    pub fn draw(random: [u8; 8]) -> Self {
        let mut left = u64::from_be_bytes(random);
        let mut take = |signs: &[u8]| {
            let count = signs.len() as u64;
            let sign = signs[(left % count) as usize];
            left /= count;
            char::from(sign)
        };
        let letters: String = (0..PART).map(|_| take(LETTERS)).collect();
        let digits: String = (0..PART).map(|_| take(DIGITS)).collect();
        Self(letters + &digits)
    }

    /// Parses a typed code (`text.md` 9); `None` if it is invalid.
    pub fn read(text: &str) -> Option<Self> {
        let code = typed_code(text, 2 * PART).to_ascii_uppercase();
        let (letters, digits) = code.as_bytes().split_at_checked(PART)?;
        let is_code = digits.len() == PART
            && letters.iter().all(|sign| LETTERS.contains(sign))
            && digits.iter().all(|sign| DIGITS.contains(sign));
        is_code.then_some(Self(code))
    }

    /// Returns the code as it is shown: `ABC-123`.
    pub fn shown(&self) -> String {
        let (letters, digits) = self.0.split_at(PART);
        format!("{letters}-{digits}")
    }

    /// Returns the id of its room. The code alone leads to the room, so no list is needed.
    pub fn room_id(&self) -> String {
        group_id("demo", &self.0)
    }
}
