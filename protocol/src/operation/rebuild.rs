//! Cursor of a rebuild of the projection from the logs (`docs/runbooks/projection.md`), which each step passes to the next.

use crate::people::session::SHARDS;
use crate::words::event::Millis;
use crate::words::limits::SEQ_MAX;
use crate::words::refusal::Refusal;

/// Start of a step. Each run has a list of logs of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildCursor {
    /// Time at which the run began.
    pub run: Millis,
    pub stage: RebuildStage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebuildStage {
    /// The list is being made: the directory shard, and its last name so far.
    Names(usize, String),
    /// The list is being processed: the last finished log.
    After(String),
    /// A log is being read: its position so far.
    Within {
        log: String,
        /// `true` for its audit rows, `false` for its other rows.
        acts: bool,
        at: u64,
    },
}

impl RebuildCursor {
    pub fn new(now: Millis) -> Self {
        Self { run: now, stage: RebuildStage::Names(0, String::new()) }
    }

    pub fn is_beginning(&self) -> bool {
        self.stage == RebuildStage::Names(0, String::new())
    }

    /// Parses the text that the step before has returned.
    pub fn parse(text: &str, now: Millis) -> Result<Self, Refusal> {
        let unknown = || Refusal::validation("after", "This isn't the answer of a step.");
        let mut parts = text.splitn(4, ' ');
        let mut part = || parts.next().ok_or_else(unknown);
        let (run, stage, at, name) = (part()?, part()?, part()?, part()?.to_owned());
        let number = |text: &str| text.parse().ok().filter(|number| *number <= SEQ_MAX).ok_or_else(unknown);
        let (run, at) = (number(run).and_then(|run| if run > now { Err(unknown()) } else { Ok(run) })?, number(at)?);
        let stage = match stage {
            // A cursor text never has the beginning of a run: that needs an audit row of its caller.
            "names" if at < SHARDS.len() as u64 && (at > 0 || !name.is_empty()) => {
                RebuildStage::Names(at as usize, name)
            }
            "after" => RebuildStage::After(name),
            "rows" | "acts" => RebuildStage::Within { log: name, acts: stage == "acts", at },
            _ => return Err(unknown()),
        };
        Ok(Self { run, stage })
    }

    pub fn text(&self) -> String {
        let (stage, at, name) = match &self.stage {
            RebuildStage::Names(shard, name) => ("names", *shard as u64, name),
            RebuildStage::After(log) => ("after", 0, log),
            RebuildStage::Within { log, acts, at } => (if *acts { "acts" } else { "rows" }, *at, log),
        };
        format!("{} {stage} {at} {name}", self.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_said() {
        let within = RebuildStage::Within { log: "hub:a b".into(), acts: true, at: 7 };
        for stage in [RebuildStage::Names(3, "rm:x".into()), RebuildStage::After(String::new()), within] {
            let place = RebuildCursor { run: 5, stage };
            assert_eq!(RebuildCursor::parse(&place.text(), 5).ok(), Some(place));
        }
        for text in [
            "",
            "5",
            "6 after 0 ",
            "5 after x ",
            "5 names 16 ",
            "5 names 0 ",
            "5 acts 9007199254740992 x",
            "5 other 0 ",
            "after 0 x y",
        ] {
            assert!(RebuildCursor::parse(text, 5).is_err(), "{text}");
        }
    }
}
