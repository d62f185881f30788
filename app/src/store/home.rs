//! What opens beside the contact list: the card of somebody, and the panels under the list.

use leptos::prelude::*;

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
    /// Notifications of the system are wanted on this device.
    pub notifies: RwSignal<bool>,
    /// User id of whose card is asked for; taken at once.
    pub asked_card: RwSignal<Option<String>>,
    /// Nothing is done on this device for a while.
    pub is_idle: RwSignal<bool>,
    /// What the person has changed about keys, as it is kept (`store::keys`).
    pub own_keys: RwSignal<String>,
}

impl Home {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            panel: RwSignal::new(Panel::Closed),
            notifies: RwSignal::new(false),
            asked_card: RwSignal::new(None),
            is_idle: RwSignal::new(false),
            own_keys: RwSignal::new(String::new()),
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}
