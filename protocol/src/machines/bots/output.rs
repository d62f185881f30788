//! Messages from a model's output, within the same limits as those of people (`messenger.md` 5.3 and 7).

use super::BotLine;
use crate::codec::json::{Value, json_text};
use crate::content::text;
use crate::words::event::Millis;
use crate::words::limits::{BOT_CALL_NEURONS_MAX, BOT_CHAR_MS, BOT_DELAY_MS_MAX, BOT_DELAY_MS_MIN, CONTENT_UNITS_MAX};

/// Output of a model, and the tokens that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelOutput {
    /// Its text, ready for a message.
    pub words: String,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// Thousandths of neurons that the call cost; `None` where the answer does not say.
    pub neurons_milli: Option<u64>,
}

impl ModelOutput {
    /// Reads a model's answer; `None` when nothing can be made of it.
    pub fn read(answer: &str) -> Option<Self> {
        let answer = Value::parse(answer)?;
        let usage = |name| answer.get("usage").and_then(|usage| usage.get(name));
        let tokens = |name| usage(name).and_then(Value::as_u64).unwrap_or(0);
        let words = usable(answer.get("response")?.as_str()?)?;
        let neurons_milli = usage("neurons").and_then(Value::as_f64).and_then(thousandths);
        Some(Self { words, tokens_in: tokens("prompt_tokens"), tokens_out: tokens("completion_tokens"), neurons_milli })
    }
}

/// Returns the thousandths of a number of neurons; `None` for a number that no call costs.
fn thousandths(neurons: f64) -> Option<u64> {
    (0.0..=f64::from(BOT_CALL_NEURONS_MAX)).contains(&neurons).then(|| (neurons * 1_000.0).round() as u64)
}

/// Returns `said` as the text of a message, cut to its maximum length; `None` if nothing is left.
pub(super) fn usable(said: &str) -> Option<String> {
    let is_said = |letter: &char| *letter == '\n' || !letter.is_control();
    let mut units = 0;
    let cut = said.trim().chars().filter(is_said).take_while(|letter| {
        units += letter.len_utf16();
        units <= CONTENT_UNITS_MAX
    });
    let cut: String = cut.collect();
    // A link in a bot's message must not be clickable anywhere: links begin with their scheme.
    let cut = cut.replace("://", ": ");
    let words = cut.trim();
    text::check_content(words).is_ok().then(|| words.to_owned())
}

/// Returns the members of an answer to `trigger`. `client` is its maker: `ai` or `script`.
pub fn answer_body(words: &str, trigger: &str, client: &str) -> String {
    let (words, trigger) = (json_text(words), json_text(trigger));
    format!("{{\"content\":{words},\"replyTo\":{trigger},\"bot\":true,\"client\":\"{client}\"}}")
}

/// The members of the line that stands for an answer.
pub fn line_body(silence: BotLine) -> String {
    format!("{{\"code\":\"{}\",\"content\":\"{}\",\"bot\":true}}", silence.code(), silence.words())
}

/// Returns for how many milliseconds a bot is shown as writing these words.
pub fn delay_ms(words: &str) -> Millis {
    (words.chars().count() as Millis * BOT_CHAR_MS).clamp(BOT_DELAY_MS_MIN, BOT_DELAY_MS_MAX)
}
