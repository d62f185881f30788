//! The id of an answer, derived from the message that called and from the bot. Every try has the same id, so the log stores one answer.

use crate::words::named_id::named_id;

/// Our namespace of answers.
const NAMESPACE: [u8; 16] =
    [0x5d, 0x3a, 0x0e, 0x6c, 0x8b, 0x1f, 0x4c, 0x27, 0x9a, 0x62, 0x0f, 0x7e, 0x41, 0xd8, 0x53, 0xb9];

/// The id of what `bot` answers to the message `trigger`.
pub fn answer_id(bot: &str, trigger: &str) -> String {
    named_id(&NAMESPACE, &[bot, " ", trigger].concat())
}
