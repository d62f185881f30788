//! Events about what an account arranges on all of its devices. The page has the type from its start; the code that handles them (`home`) is
//! loaded later.

use protocol::codec::json::Value;
use protocol::people::home::HomeDevice;

use crate::store::home_fields::Fields;

/// Event about what the account arranges.
pub(super) enum HomeEvent {
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
    /// Words that the device knows; `None` before the first look-up.
    pub(super) device: Option<HomeDevice>,
    /// Fields as they were compared last: what differs from them was changed here.
    pub(super) compared: Fields,
    /// Values that are applied when the look-up is complete.
    pub(super) news: Vec<(String, Value)>,
    /// Largest version that a frame has named.
    pub(super) heard: u64,
    /// A call is not answered yet.
    pub(super) is_asking: bool,
    /// Values are being applied, so changes are not the person's.
    pub(super) is_applying: bool,
}
