//! Effects of the connection, and the state that ends with a socket.

use super::copy::Join;
use super::report::Report;
use super::state::RoomClient;
use crate::client::effect::Effect;
use crate::client::link::LinkEffect;

/// Parameter of a client that loads the participants in pages (`messenger.md` 5.7).
const PAGED: &str = "participants=page";

impl RoomClient {
    pub(super) fn run_link(&mut self, effects: Vec<LinkEffect>) {
        for effect in effects {
            match effect {
                LinkEffect::Connect => {
                    self.join = Join::Expected { with_cursor: self.copy.is_loaded() };
                    self.effects.push(Effect::Connect { url_query: [PAGED, &self.copy.query()].concat() });
                }
                LinkEffect::Ping => self.send("ping".to_owned()),
                LinkEffect::Drop { code } => {
                    self.lost();
                    self.effects.push(Effect::Disconnect { code });
                }
            }
        }
    }

    /// Resets all state of the socket.
    pub(super) fn lost(&mut self) {
        self.join = Join::Done;
        self.catch_up = None;
        self.people.lost();
        self.wants_older |= self.older.take().is_some();
        self.copy.hole_asked = None;
        self.report = Report::default();
        self.typing_sent_at = None;
        self.seeing.lost();
        self.forget_typists();
        self.offset.lost();
        self.outbox.lost();
    }
}
