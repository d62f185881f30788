//! Calls from the Worker to a person's object about web push (`push.md`).

use protocol::record;
use protocol::words::event::Millis;

/// To a person: their subscriptions and choices (`/push`), a new subscription (`/push-add`), one that goes (`/push-remove`), other
/// choices (`/push-choose`), the level of a conversation (`/push-level`), a try of all subscriptions (`/push-test`). Members that a
/// question does not need are empty. The answer is JSON text for the client.
#[derive(Debug, Default)]
pub struct PushCall {
    /// The person.
    pub user: String,
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
    user = "user",
    session = "session",
    id = "id",
    endpoint = "endpoint",
    p256dh = "p256dh",
    auth = "auth",
    language = "language",
    agent = "agent",
    quiet = "quiet",
    preview = "preview",
    room = "room",
    level = "level",
    until = "until",
});
