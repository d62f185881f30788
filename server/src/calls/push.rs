//! Requests from the Worker to a person's object about web push (`push.md`). Answers are text for the client: JSON, or a part of it.

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

requests! { Person:
    /// Reads the subscriptions, the choices and the levels.
    ReadPush "push": PushCall => String;
    /// Adds a subscription, and returns its id.
    AddSubscription "push-add": PushCall => String;
    RemoveSubscription "push-remove": PushCall => String;
    /// Ends the subscription at an address, or without one that of a session's browser.
    EndSubscription "push-end": PushCall => ();
    /// Changes the quiet hours and the preview.
    ChoosePush "push-choose": PushCall => String;
    SetPushLevel "push-level": PushCall => String;
    /// Tries all subscriptions.
    TestPush "push-test": () => String;
}

/// A person's subscription, choices or level of a conversation. Members that a question does not need are empty.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PushCall {
    pub session: String,
    pub id: String,
    pub endpoint: String,
    /// Its public key, as the browser writes it.
    pub p256dh: String,
    /// Its secret, as the browser writes it.
    pub auth: String,
    pub language: String,
    pub agent: String,
    pub origin: String,
    /// Other quiet hours, or none any more: in choices as they are kept.
    pub quiet: Option<String>,
    pub preview: Option<bool>,
    pub room: String,
    pub level: String,
    pub until: Option<Millis>,
}
