//! The composer: text, font, attachments.

pub mod attach;
pub mod composer;
pub mod counter;
pub mod edge;
pub mod file_tray;
pub mod font_menu;
pub mod tray_sending;
