//! Earlier messages of a demo room: a month of them, as plain data.
//!
//! A line has a number of days before today and a time of day, so the messages are always from the last days. The room decides which of them
//! it stores, and under which names.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::content::emoji::is_reaction;
use crate::content::text::{check_content, group_name};
use crate::words::event::Millis;
use crate::words::limits::{HISTORY_BYTES_MAX, HISTORY_DAYS_MAX, HISTORY_LINES_MAX};
use crate::words::named_id::named_id;
use crate::words::time::DAY_MS;
use crate::words::{personas, winks};

/// Namespace of the ids of earlier messages.
const NAMESPACE: [u8; 16] =
    [0x3b, 0xe2, 0x58, 0xf1, 0x90, 0x0d, 0x4c, 0x27, 0xa6, 0x71, 0x1e, 0xc9, 0x84, 0x35, 0xfa, 0x6b];

/// The pasts that come with the product, each with its language.
const HISTORIES: &[(&str, &str)] = &[
    ("en", include_str!("../../../../scenes/history-en.json")),
    ("de", include_str!("../../../../scenes/history-de.json")),
    ("fr", include_str!("../../../../scenes/history-fr.json")),
];

/// Returns the languages of scenes, which the earlier messages have, too.
pub fn languages() -> impl Iterator<Item = &'static str> {
    HISTORIES.iter().map(|(language, _)| *language)
}

/// Mistake of a file in another language.
pub(super) const UNWRITTEN: &str = "`language` is none that scenes are written in";

/// The past of a demo room in this language.
/// Errors: There is none in it, or its file is wrong; a test keeps the second from happening.
pub fn history(language: &str) -> Result<History, HistoryError> {
    let known = HISTORIES.iter().find(|(known, _)| *known == language);
    History::read(known.ok_or(HistoryError::File(UNWRITTEN))?.1)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The language in which it is written, one of [`languages`].
    pub language: &'static str,
    pub name: String,
    /// The oldest first.
    pub lines: Vec<HistoryLine>,
}

/// Line of a history: a message or an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// Time of it before the beginning of today (UTC).
    pub before_ms: Millis,
    pub persona: String,
    pub what: LineContent<usize>,
}

/// Content of a line, with the places of earlier lines that have a text: their positions in the list, or the ids of their events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineContent<Place> {
    Text {
        text: String,
        /// Place of what it answers.
        reply_to: Option<Place>,
    },
    Nudge,
    Wink {
        /// Id in the catalogue of winks.
        id: &'static str,
    },
    /// A reaction to an earlier message.
    React {
        /// Place of what it is about.
        to: Place,
        /// A known name or one emoji.
        reaction: String,
    },
}

/// A line as it was at a certain time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed<'a> {
    pub at: Millis,
    pub id: String,
    pub persona: &'a str,
    pub say: LineContent<String>,
}

impl History {
    /// Returns every line with its time, seen from `now`, and its id. Times ascend and are before `now`, since all days are before today.
    /// Ids are derived from `run` and the position, so a repeated run writes the same events, and another run writes others.
    pub fn at<'a>(&'a self, run: &str, now: Millis) -> Vec<Seed<'a>> {
        let today = now - now % DAY_MS;
        let id_of = |at: usize| named_id(&NAMESPACE, &format!("{run} {at}"));
        let say = |what: &LineContent<usize>| match what {
            LineContent::Text { text, reply_to } => {
                LineContent::Text { text: text.clone(), reply_to: reply_to.map(id_of) }
            }
            LineContent::Nudge => LineContent::Nudge,
            LineContent::Wink { id } => LineContent::Wink { id },
            LineContent::React { to, reaction } => LineContent::React { to: id_of(*to), reaction: reaction.clone() },
        };
        let seed = |(at, line): (usize, &'a HistoryLine)| Seed {
            at: today.saturating_sub(line.before_ms),
            id: id_of(at),
            persona: &line.persona,
            say: say(&line.what),
        };
        self.lines.iter().enumerate().map(seed).collect()
    }

    /// Parses a history. Every valid history can be stored: its characters exist, its texts pass the checks for people's texts, every reply
    /// is to an earlier message, and the lines are in the order of their times.
    /// Errors: The error names the mistake and the line.
    pub fn read(file: &str) -> Result<Self, HistoryError> {
        if file.len() > HISTORY_BYTES_MAX {
            return Err(HistoryError::File("the file is too long"));
        }
        let form: HistoryForm<'_> =
            serde_json::from_str(file).map_err(|error| HistoryError::Form(error.to_string()))?;
        let language = languages().find(|language| *language == form.language);
        let language = language.ok_or(HistoryError::File(UNWRITTEN))?;
        if group_name(&form.name).as_ref() != Ok(&form.name) {
            return Err(HistoryError::File("`name` is none that a group can have"));
        }
        if form.lines.is_empty() || form.lines.len() > HISTORY_LINES_MAX {
            return Err(HistoryError::File("there are no `lines`, or too many"));
        }
        Ok(Self { language, name: form.name, lines: read_lines(&form.lines)? })
    }
}

/// Mistake in a file that is no past: where, and what is expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Not of the shape of a past.
    #[error("no history: {0}")]
    Form(String),
    /// Something is wrong with it as a whole.
    #[error("{0}")]
    File(&'static str),
    /// This line, counted from 0, is not of the shape of one.
    #[error("line {0}: {1}")]
    LineForm(usize, String),
    /// Something is wrong with this line, counted from 0.
    #[error("line {0}: {1}")]
    Line(usize, &'static str),
}

/// Whole file. Its lines are parsed one by one, so that an error names the line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryForm<'a> {
    language: String,
    name: String,
    #[serde(borrow, default)]
    lines: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LineForm {
    days_ago: u64,
    at: String,
    persona: String,
    name: Option<String>,
    text: Option<String>,
    reply_to: Option<String>,
    nudge: Option<bool>,
    wink: Option<String>,
    react: Option<String>,
    to: Option<String>,
}

fn read_lines(values: &[&RawValue]) -> Result<Vec<HistoryLine>, HistoryError> {
    let mut lines: Vec<HistoryLine> = Vec::new();
    let mut names: Vec<(String, usize)> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let wrong = |what| Err(HistoryError::Line(at, what));
        let line: LineForm =
            serde_json::from_str(value.get()).map_err(|error| HistoryError::LineForm(at, error.to_string()))?;
        if !(1..=HISTORY_DAYS_MAX).contains(&line.days_ago) {
            return wrong("`daysAgo` is 1 to 30");
        }
        let Some(clock_ms) = clock_ms(&line.at) else {
            return wrong("`at` is a time of day, `00:00` to `23:59`");
        };
        let before_ms = line.days_ago * DAY_MS - clock_ms;
        if lines.last().is_some_and(|last| last.before_ms <= before_ms) {
            return wrong("it is not after the line before");
        }
        if personas::find(&line.persona).is_none() {
            return wrong("`persona` is no character");
        }
        let what = read_what(&line, &names).map_err(|what| HistoryError::Line(at, what))?;
        if let Some(name) = line.name {
            if !matches!(what, LineContent::Text { .. }) || names.iter().any(|(other, _)| *other == name) {
                return wrong("`name` is of a line with a text, and of one only");
            }
            names.push((name, at));
        }
        lines.push(HistoryLine { before_ms, persona: line.persona, what });
    }
    Ok(lines)
}

fn read_what(line: &LineForm, names: &[(String, usize)]) -> Result<LineContent<usize>, &'static str> {
    let said = |name: &str| names.iter().find(|(other, _)| other == name).map(|(_, at)| *at);
    if line.reply_to.is_some() && line.text.is_none() || line.to.is_some() && line.react.is_none() {
        return Err("a member belongs to another kind of line");
    }
    match (&line.text, line.nudge, &line.wink, &line.react) {
        (Some(text), None, None, None) => {
            check_content(text).map_err(|_| "`text` is empty, too long or cannot be stored")?;
            let reply_to = line.reply_to.as_deref().map(|name| said(name).ok_or("`replyTo` names nothing said before"));
            Ok(LineContent::Text { text: text.clone(), reply_to: reply_to.transpose()? })
        }
        (None, Some(true), None, None) => Ok(LineContent::Nudge),
        (None, None, Some(wink), None) => {
            Ok(LineContent::Wink { id: winks::find(wink).ok_or("`wink` is not in the catalogue")?.id })
        }
        (None, None, None, Some(reaction)) => {
            if !is_reaction(reaction) {
                return Err("`react` is a known name or one emoji");
            }
            let to = line.to.as_deref().and_then(said).ok_or("`to` names nothing said before")?;
            Ok(LineContent::React { to, reaction: reaction.clone() })
        }
        _ => Err("there is one of `text`, `nudge` (which is `true`), `wink` and `react`"),
    }
}

/// Returns how far a time of day, written as `14:02`, is into its day.
fn clock_ms(text: &str) -> Option<Millis> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, end: u64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|number| is_number && *number < end)
    };
    Some((number(hours, 24)? * 60 + number(minutes, 60)?) * 60_000)
}
