//! What opens beside the contact list: the card of somebody, and the panels under the list.

use leptos::prelude::*;
use protocol::event::Millis;

use super::events::Noted;

/// A panel under the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// None.
    #[default]
    Closed,
    /// What happened within a day.
    Events,
    /// Open conversations, where there are no tabs.
    Chats,
    /// What else stands under the list, where there is no room for it.
    More,
}

/// See the module's description.
#[derive(Clone, Copy)]
pub struct Home {
    /// The panel that is open.
    pub panel: RwSignal<Panel>,
    /// What happened within a day, oldest first.
    pub events: RwSignal<Vec<Noted>>,
    /// Something happened that was not looked at in the panel of events yet.
    pub has_news: RwSignal<bool>,
    /// Notifications of the system are wanted on this device.
    pub notifies: RwSignal<bool>,
    /// What the person chose about being told (`store::push::Choices`), as JSON; empty where they never chose. Whatever this device shows goes
    /// by that too.
    pub told: StoredValue<String>,
    /// How many changes of that the server has not answered yet.
    pub told_changes: StoredValue<u32>,
    /// Their quiet hours hold.
    pub is_quiet: RwSignal<bool>,
    /// User id of whose card is asked for; taken at once.
    pub asked_card: RwSignal<Option<String>>,
    /// Nothing is done on this device for a while.
    pub is_idle: RwSignal<bool>,
    /// What a pose begins with where a part asks by itself: the address of the picture that is cut, why leaving was refused; else empty.
    pub posed: RwSignal<&'static str>,
    /// When the day of programs begins anew: they answer again then; 0 until that was asked for.
    pub bots_wake_at: RwSignal<Millis>,
    /// Who is to look after them again has this number; a later one makes it void.
    pub bots_turn: StoredValue<u32>,
    /// What the person has changed about keys, as it is kept (`store::keys`).
    pub own_keys: RwSignal<String>,
}

impl Home {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            panel: RwSignal::new(Panel::Closed),
            events: RwSignal::new(Vec::new()),
            has_news: RwSignal::new(false),
            notifies: RwSignal::new(false),
            told: StoredValue::new(String::new()),
            told_changes: StoredValue::new(0),
            is_quiet: RwSignal::new(false),
            asked_card: RwSignal::new(None),
            is_idle: RwSignal::new(false),
            posed: RwSignal::new(""),
            bots_wake_at: RwSignal::new(0),
            bots_turn: StoredValue::new(0),
            own_keys: RwSignal::new(String::new()),
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}
