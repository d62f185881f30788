//! The demo (`demo.md`): the way in, the messenger of one of its sessions, the stage, and the one without network.

pub mod device;
pub mod door;
pub mod offline;
pub mod offline_page;
pub mod stage;

pub use device::{ADDRESS as DEMO_CSS, DemoDevicePage, device as demo_device, is_device as is_demo_device};
pub use offline_page::{OfflinePage, is_offline, offline as offline_page};
