//! Contact card and panels that open beside the contact list.

use leptos::prelude::*;
use protocol::words::event::Millis;

use super::events::EventRecord;
use super::push::{PushPlace, RequestOrder};
use crate::browser::delay::Delay;

/// Panel under the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    #[default]
    Closed,
    /// Events of the last day.
    Events,
    /// Open conversations, on devices without tabs.
    Chats,
    /// Further actions, on devices without space for them.
    More,
}

/// Place of the focus when a conversation comes into view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextFocus {
    /// The composer, because the person chose the conversation.
    Editor,
    /// The composer, unless the person types in a field: the page has restored the conversation.
    KeepsField,
    /// The list: the conversation is shown again, because another one was refused.
    List,
}

/// Section of the settings (`ux.md` 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsSection {
    /// Address, password, recovery codes, passkeys.
    Account,
    /// Theme, motion, language, text size.
    Look,
    Sounds,
    /// Pop-ups, notifications of the system, push, quiet hours.
    Notifications,
    /// Messages: how they are written and shown.
    Writing,
    /// Permits for other people.
    Privacy,
    Devices,
    Keys,
    /// Export and deletion.
    Data,
}

impl SettingsSection {
    /// All sections, in the order of their tabs.
    pub const ALL: [Self; 9] = [
        Self::Account,
        Self::Look,
        Self::Sounds,
        Self::Notifications,
        Self::Writing,
        Self::Privacy,
        Self::Devices,
        Self::Keys,
        Self::Data,
    ];
}

/// State of the parts beside the list.
#[derive(Clone, Copy, Default)]
pub struct Home {
    pub panel: RwSignal<Panel>,
    /// Events of the last day, oldest first.
    pub events: RwSignal<Vec<EventRecord>>,
    pub has_unseen_events: RwSignal<bool>,
    /// Notifications of the system are switched on on this device.
    pub notifies: RwSignal<bool>,
    /// Choices about notifications (`store::push::Choices`), as JSON; empty without a choice. They apply to toasts and sounds of this
    /// device too.
    pub notification_choices: StoredValue<String>,
    /// Time at which a sign-in took the deletion of the account back; 0 if none did.
    pub restored_at: StoredValue<Millis>,
    /// Order of requests for these choices and of their changes.
    pub saves: StoredValue<RequestOrder>,
    /// Section of the settings that was shown last, which gets the answers.
    pub saved_place: StoredValue<Option<PushPlace>>,
    /// Quiet hours hold now.
    pub is_quiet: RwSignal<bool>,
    /// User id of the person whose card is requested; the card takes it at once.
    pub asked_card: RwSignal<Option<String>>,
    /// Id of the person or room whose menu is open beside the list, and its place in the view.
    pub asked_menu: RwSignal<Option<(String, (i32, i32))>>,
    pub is_idle: RwSignal<bool>,
    /// Value that a story passes to a part: the address of the picture to crop, or the code of a refused deletion; otherwise empty.
    pub story_value: RwSignal<&'static str>,
    /// Start of the next day of bots, when they answer again; 0 until it is loaded.
    pub bots_wake_at: RwSignal<Millis>,
    pub bots_delay: Delay,
    /// The person's changes of the keys, as stored (`crate::keys`).
    pub own_keys: RwSignal<String>,
    /// Section of the settings that was shown last; without one, the first is shown.
    pub settings_section: RwSignal<Option<SettingsSection>>,
    /// The page is hidden behind the lock screen (`ux.md` 2.12).
    pub is_locked: RwSignal<bool>,
}
