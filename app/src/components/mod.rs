//! The parts of the pages: one subject per file, same names as `style/components/*.css` where there is a look.
//!
//! Components show stores and send intents; they know no socket and no JSON, and all their words are in `locales`.

pub mod add_contact;
pub mod arranged_list;
pub mod composer;
pub mod connection_banner;
pub mod contact_list;
pub mod contact_requests;
pub mod contact_row;
pub mod conversation;
pub mod details;
pub mod device_list;
pub mod dialog;
pub mod dialogs;
pub mod emoticon_picker;
pub mod font_menu;
pub mod group_dialogs;
pub mod group_invitations;
pub mod group_people;
pub mod icon;
pub mod identity;
pub mod list_dialogs;
pub mod live;
pub mod message_actions;
mod message_row;
mod message_search;
pub mod message_text;
pub mod nudge_button;
pub mod person_menu;
pub mod popover;
pub mod privacy_settings;
mod profile_dialog;
pub mod renewal_dialog;
pub mod settings_dialog;
pub mod shortcuts;
pub mod status_line;
pub mod tabs;
mod talk_styles;
pub mod toasts;
pub mod toolbar;
pub mod transcript;
pub mod waiting;
mod ways_menu;
pub mod when;
pub mod wink_menu;
pub mod wink_stage;
pub mod words;
