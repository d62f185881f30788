//! The composer: text, font, attachments.

pub mod attach;
pub mod command_effects;
pub mod commands;
pub mod counter;
pub mod editor;
pub mod file_tray;
pub mod font_menu;
pub mod form;
pub mod quick_menu;
pub mod tray_sending;
pub mod undo_button;
