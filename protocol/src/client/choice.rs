//! Choices of a person's own appearance that the server does not have yet: their merge, their frames, and their order with calls.
//!
//! A call sends a new personal message, and the presence socket a status text; either may arrive first. The message replaces only status
//! texts that were chosen before it (`presence.md` 2.4).

use crate::codec::json::json_text;
use crate::machines::presence::PresenceChange;

/// Open calls with a personal message, which are answered in order, and the position of the latest status text among them.
#[derive(Debug, Default)]
pub struct MessageCalls {
    asked: u64,
    answered: u64,
    /// Number of calls that began before the status text was chosen.
    before_words: u64,
}

impl MessageCalls {
    /// Counts a new call.
    pub fn ask(&mut self) {
        self.asked += 1;
    }

    /// Handles the choice of a status, with or without a text.
    pub fn choose_words(&mut self) {
        self.before_words = self.asked;
    }

    /// Handles the answer to the earliest open call. Returns `true` if that removes the status text.
    pub fn answer(&mut self, is_taken: bool) -> bool {
        self.answered += 1;
        is_taken && self.answered > self.before_words
    }

    pub fn are_open(&self) -> bool {
        self.answered < self.asked
    }
}

/// Merges `later` over `earlier`, member by member. End time and text belong to their status, and a new personal message removes the text.
pub fn merged(earlier: PresenceChange, later: PresenceChange) -> PresenceChange {
    let until = if later.status.is_some() { later.until } else { later.until.or(earlier.until) };
    let ends_words = later.status.is_some() || later.personal_message.is_some();
    let status_text = if ends_words { later.status_text } else { earlier.status_text };
    PresenceChange {
        status: later.status.or(earlier.status),
        display_name: later.display_name.or(earlier.display_name),
        personal_message: later.personal_message.or(earlier.personal_message),
        avatar_id: later.avatar_id.or(earlier.avatar_id),
        until,
        status_text,
        idle: later.idle.or(earlier.idle),
        visible: later.visible.or(earlier.visible),
    }
}

/// Returns the frame that reports a change.
pub fn presence_frame(change: &PresenceChange) -> String {
    let texts = [
        ("status", change.status.map(|status| status.as_str())),
        ("displayName", change.display_name.as_deref()),
        ("personalMessage", change.personal_message.as_deref()),
        ("avatarId", change.avatar_id.as_deref()),
        ("statusText", change.status_text.as_deref()),
    ];
    let mut frame = "{\"type\":\"presence\"".to_owned();
    for (name, text) in texts {
        if let Some(text) = text {
            frame.push_str(&format!(",\"{name}\":{}", json_text(text)));
        }
    }
    if let Some(until) = change.until {
        frame.push_str(&format!(",\"until\":{until}"));
    }
    if let Some(idle) = change.idle {
        frame.push_str(&format!(",\"idle\":{idle}"));
    }
    if let Some(visible) = change.visible {
        frame.push_str(&format!(",\"visible\":{visible}"));
    }
    frame.push('}');
    frame
}
