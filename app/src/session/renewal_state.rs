//! State of a renewal (`renewal`).

use protocol::words::event::Millis;

/// State of a renewal between two jobs.
#[derive(Default)]
pub(super) struct RenewalState {
    /// A request for more time, or a sign-in, is pending.
    pub(super) is_running: bool,
    /// The person signs in again, rather than the page renewing by itself.
    pub(super) is_signing_in: bool,
    /// The session has ended: sockets wait for another one.
    pub(super) is_lost: bool,
    /// Time of the last request for more time.
    pub(super) asked_at: Millis,
    /// Latest end that the server has reported, by its clock.
    pub(super) expires_at: Millis,
}
