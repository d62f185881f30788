//! Names with which features and pages are written: those of all views, and the parts of `ui` that most of them use.

pub use super::button::{bare_icon_button, button, button_of, copy_press, icon_button, row_button};
pub use super::choices::{
    check, choices, item_switch, nth, radio, radio_group, select_row, setting_switch, switch_row,
};
pub use super::dialog::{self, DialogRef};
pub use super::dialog_frame::{done, framed, submit_or_cancel};
pub use super::form_refusal::{FormRefusal, NO_FIELD, field_refusal};
pub use super::icon::{bead, bead_symbol, emoticon_url, icon, portrait, portrait_url, room_sign, tile_bead};
pub use super::popover::Popover;
pub use super::removal::on_removal;
pub use crate::prelude::*;
