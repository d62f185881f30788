//! Bots (`messenger.md` 7): their triggers, prompts for a model, and the conversion of its output.
//!
//! | File | Part |
//! |---|---|
//! | `trigger` | messages that call a bot |
//! | `answer_id` | the id of an answer, the same for every try |
//! | `prompt` | the prompt of a model: people's texts are data |
//! | `output` | the text of an answer, and the time of typing |
//! | `breaker` | pause after failures of a model |
//! | `ledger` | calls of a day, and of each person |
//! | `script` | answers without a model, the same for the same message |

mod answer_id;
mod breaker;
mod ledger;
mod output;
mod prompt;
mod script;
#[cfg(test)]
mod tests;
mod trigger;

pub use answer_id::answer_id;
pub use breaker::Breaker;
pub use ledger::{CallRequest, CallScope, CallStore, LedgerState, Limits, Reservation, reserve, settle, standing};
pub use output::{ModelOutput, answer_body, delay_ms, line_body};
pub use prompt::{PromptLine, request_json, said_in};
pub use script::scripted;
pub use trigger::called;

/// System line that a bot writes instead of an answer, once per room and hour (`messenger.md` 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotLine {
    /// The calls of the day are used up.
    Sleeping,
    /// The model cannot be had, or bots are switched off.
    Unavailable,
}

impl BotLine {
    /// The line's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sleeping => "bot_sleeping",
            Self::Unavailable => "bot_unavailable",
        }
    }

    /// Returns the line in English, for clients that do not know the code.
    pub fn words(self) -> &'static str {
        match self {
            Self::Sleeping => "Bot is sleeping",
            Self::Unavailable => "Bot is not available",
        }
    }
}
