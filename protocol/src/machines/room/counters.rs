//! Numbers that a turn of a room adds to the metrics of the deployment (`messagehub.md` 9, `messenger.md` 11).

use std::rc::Rc;

use super::client_frame::ClientFrame;
use super::connection::{Connection, Wire};
use crate::words::event::Event;
use crate::words::rate::LimitRule;
use crate::words::refusal::Refusal;
use crate::words::socket::ConnKey;

#[derive(Clone, Debug, Default)]
pub struct RoomCounters {
    /// Messages, nudges and winks that were stored, and whether they came as packets.
    pub sent: Vec<(Rc<Event>, bool)>,
    /// Writes that were known already.
    pub replayed: u64,
    /// Readers that fell too far behind.
    pub lagging: u64,
    /// Rules whose limits refused something, one for each refusal.
    pub limited: Vec<LimitRule>,
    /// Codes of the other refusals, one for each.
    pub refused_codes: Vec<&'static str>,
    /// Wires of the sockets that came with a position, because their client came back.
    pub resumed: Vec<Wire>,
    pub gone: Vec<(ConnKey, Connection)>,
}

impl RoomCounters {
    /// Counts a refusal: for its rule if it is a limit's, otherwise by its code.
    pub fn refused(&mut self, refusal: &Refusal, rule: LimitRule) {
        if matches!(refusal, Refusal::RateLimited { .. }) {
            self.limited.push(rule);
        } else {
            self.refused_codes.push(refusal.code());
        }
    }
}

/// The rule that limits a frame beside that of all frames.
pub(super) fn rule_of(frame: &ClientFrame) -> LimitRule {
    match frame {
        ClientFrame::Write(write) => write.kind.facts().limit.unwrap_or(LimitRule::Frame),
        ClientFrame::Change(_) => LimitRule::Mutate,
        ClientFrame::History(_) | ClientFrame::Participants(_) => LimitRule::History,
        ClientFrame::Presence(_) => LimitRule::Presence,
        _ => LimitRule::Frame,
    }
}
