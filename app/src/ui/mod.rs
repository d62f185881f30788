//! Parts of any view, without knowledge of features.

pub mod button;
pub mod choices;
pub mod dialog;
pub mod dialog_frame;
pub mod emoticons;
pub mod form_refusal;
pub mod icon;
pub mod moving_picture;
pub mod password;
pub mod picker_tabs;
pub mod pictures;
pub mod popover;
pub mod prelude;
pub mod removal;
pub mod sheets;
pub mod splitter;
pub mod when;
pub mod words;
