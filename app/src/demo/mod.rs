//! The demo (`demo.md`): its entrance, the messenger of a demo session, the stage, and the demo without a network.

pub mod device;
pub mod door;
pub mod offline;
pub mod offline_page;
pub mod stage;

pub use device::{ADDRESS as DEMO_CSS, DemoDevicePage, device as demo_device, is_device as is_demo_device};
pub use offline_page::{OfflinePage, is_offline, offline as offline_page};
