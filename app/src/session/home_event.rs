//! Events about what an account arranges on all of its devices. The page has the type from its start; the code that handles them (`home`) is
//! loaded later.

use protocol::people::home::{HomeDevice, HomePage};

use crate::browser::timer::Timer;
use crate::store::arrangement::Arrangement;
use crate::store::home_fields::Fields;

/// Event about what the account arranges.
pub(super) enum HomeEvent {
    /// Loads the words that an earlier page knew.
    Begin,
    /// Looks up what other devices have arranged.
    Load,
    /// The server has words up to this version.
    Heard(u64),
    /// Something was arranged here.
    Changed,
}

/// State of the fields of this device.
#[derive(Default)]
pub(super) struct HomeState {
    /// Arrangement of the list as the page found it when it began.
    pub(super) found: Arrangement,
    /// Words that the device knows; `None` before they are loaded.
    pub(super) device: Option<HomeDevice>,
    /// Fields as they were compared last: what differs from them was changed here.
    pub(super) compared: Fields,
    /// Pages of a look-up that is not complete. The device knows their words once it is, and applies them at once.
    pub(super) pages: Option<HomePage>,
    /// Largest version that a frame has named since the last look-up was sent.
    pub(super) heard: u64,
    /// A call is not answered yet.
    pub(super) is_asking: bool,
    /// Next try after a call that failed.
    pub(super) retry: Timer,
    /// The last call was such a try, or waits for it.
    pub(super) has_retried: bool,
    /// Values are being applied, so changes are not the person's.
    pub(super) is_applying: bool,
}
