//! Our programs (`messenger.md` 7): who they are, what calls them, what a model is given and what is made of its answer.
//!
//! | File | Part |
//! |---|---|
//! | `trigger` | which messages call whom |
//! | `answer_id` | the id of an answer, the same for every try |
//! | `prompt` | what a model is given: people's words are data |
//! | `output` | what is made of what it says, and how long that takes to write |
//! | `breaker` | when a model that fails is left alone |
//! | `ledger` | how many calls a day has, and whose they are |
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
pub use ledger::{
    CallRequest, CallScope, CallStore, DAY_MS, LedgerState, Limits, Reservation, reserve, settle, standing,
};
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

    /// The line in English, for clients that do not know the code.
    pub fn words(self) -> &'static str {
        match self {
            Self::Sleeping => "Bot is sleeping",
            Self::Unavailable => "Bot is not available",
        }
    }
}
