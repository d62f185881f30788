//! Requests from the Worker to a person's object about web push (`push.md`). Answers are text for the client: JSON, or a part of it.

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Reads the subscriptions, the choices and the levels.
    ReadPush "push": PushCall => String;
    /// Adds a subscription, and returns its id.
    AddSubscription "push-add": PushCall => String;
    /// Removes a subscription.
    RemoveSubscription "push-remove": PushCall => String;
    /// Ends the subscription at an address, or without one that of a session's browser.
    EndSubscription "push-end": PushCall => ();
    /// Changes the quiet hours and the preview.
    ChoosePush "push-choose": PushCall => String;
    /// Sets the level of a conversation.
    SetPushLevel "push-level": PushCall => String;
    /// Tries all subscriptions.
    TestPush "push-test": () => String;
}

record_bodies!(PushCall);

/// A person's subscription, choices or level of a conversation. Members that a question does not need are empty.
#[derive(Debug, Default)]
pub struct PushCall {
    /// Public id of the session that asks.
    pub session: String,
    /// The subscription.
    pub id: String,
    /// Its address.
    pub endpoint: String,
    /// Its public key, as the browser writes it.
    pub p256dh: String,
    /// Its secret, as the browser writes it.
    pub auth: String,
    /// Its browser's language.
    pub language: String,
    /// Browser as it describes itself.
    pub agent: String,
    /// Origin of its page.
    pub origin: String,
    /// Other quiet hours, or none any more: in choices as they are kept.
    pub quiet: Option<String>,
    /// Another choice of preview.
    pub preview: Option<bool>,
    /// Canonical room id.
    pub room: String,
    /// The word of the level.
    pub level: String,
    /// When that ends.
    pub until: Option<Millis>,
}

record!(PushCall {
    session = "session",
    id = "id",
    endpoint = "endpoint",
    p256dh = "p256dh",
    auth = "auth",
    language = "language",
    agent = "agent",
    origin = "origin" or String::new(),
    quiet = "quiet",
    preview = "preview",
    room = "room",
    level = "level",
    until = "until",
});
