//! Card of somebody and panels under the list: the parts that open beside the contact list.

use leptos::prelude::*;
use protocol::words::event::Millis;

use super::events::EventRecord;
use super::push::{PushPlace, RequestOrder};

/// A panel under the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// None.
    #[default]
    Closed,
    /// Events of the last day.
    Events,
    /// Open conversations, where there are no tabs.
    Chats,
    /// Everything else that stands under the list, where there is no room for it.
    More,
}

/// See the module's description.
#[derive(Clone, Copy)]
pub struct Home {
    /// The panel that is open.
    pub panel: RwSignal<Panel>,
    /// Events of the last day, oldest first.
    pub events: RwSignal<Vec<EventRecord>>,
    /// Something happened that was not looked at in the panel of events yet.
    pub has_unseen_events: RwSignal<bool>,
    /// Notifications of the system are wanted on this device.
    pub notifies: RwSignal<bool>,
    /// Choices of the person about notifications (`store::push::Choices`), as JSON; empty where they never chose. Everything that this device
    /// shows goes by them too.
    pub notification_choices: StoredValue<String>,
    /// Questions about these choices, and changes of them.
    pub saves: StoredValue<RequestOrder>,
    /// Section of the settings that was shown last: the answers are for it.
    pub saved_place: StoredValue<Option<PushPlace>>,
    /// `true` while their quiet hours hold.
    pub is_quiet: RwSignal<bool>,
    /// User id of the person whose card is asked for; taken at once.
    pub asked_card: RwSignal<Option<String>>,
    /// Nothing is done on this device for a while.
    pub is_idle: RwSignal<bool>,
    /// Value that a story gives to a part that asks by itself: the address of the picture that is cut, the code of a refused deletion; else empty.
    pub story_value: RwSignal<&'static str>,
    /// Time at which the day of programs begins anew: they answer again then; 0 until that was asked for.
    pub bots_wake_at: RwSignal<Millis>,
    /// Number of the last planned question about the programs; a later one makes it void.
    pub bots_turn: StoredValue<u32>,
    /// Changes of the person to the keys, as they are kept (`crate::keys`).
    pub own_keys: RwSignal<String>,
}

impl Home {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            panel: RwSignal::new(Panel::Closed),
            events: RwSignal::new(Vec::new()),
            has_unseen_events: RwSignal::new(false),
            notifies: RwSignal::new(false),
            notification_choices: StoredValue::new(String::new()),
            saves: StoredValue::new(RequestOrder::default()),
            saved_place: StoredValue::new(None),
            is_quiet: RwSignal::new(false),
            asked_card: RwSignal::new(None),
            is_idle: RwSignal::new(false),
            story_value: RwSignal::new(""),
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
