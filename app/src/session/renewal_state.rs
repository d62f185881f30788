//! State of the way into another session (`renewal`).

use protocol::words::event::Millis;

/// Where the state of a renewal is kept between two jobs.
#[derive(Default)]
pub(super) struct RenewalState {
    /// A question for more time, or a sign-in, is under way.
    pub(super) is_running: bool,
    /// It is the person who signs in again, as opposed to the page that asks for more time.
    pub(super) is_signing_in: bool,
    /// The session is gone: sockets wait for another one.
    pub(super) is_lost: bool,
    /// When more time was asked for last.
    pub(super) asked_at: Millis,
    /// The latest end that the server has told, by its clock.
    pub(super) expires_at: Millis,
}
