//! Requests to rooms about integrations of a group (`integrations.md`).

use protocol::machines::room::Integration;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use super::own_bots::RemoveProgramCall;
use super::room::PostAnswer;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Room:
    /// Lists the integrations of a group, the oldest first, for a person.
    ListIntegrations "integrations": UserId => Vec<IntegrationRow>;
    /// Adds an integration.
    AddIntegration "integration-add": AddIntegrationCall => IntegrationRow;
    /// Revokes an integration.
    RemoveIntegration "integration-remove": RemoveProgramCall => ();
    /// Writes the message of an integration.
    WriteIntegrationMessage "integration-write": IntegrationMessageCall => PostAnswer;
}

/// Integration without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationRow {
    /// Id, under which it writes.
    pub id: String,
    /// Name of the writer of its messages.
    pub name: String,
    /// User id of the person who made it.
    pub made_by: String,
    /// Time of its making.
    pub created_at: Millis,
    /// Time of its last message.
    pub last_used_at: Option<Millis>,
}

impl From<Integration> for IntegrationRow {
    fn from(integration: Integration) -> Self {
        let Integration { id, name, maker, made_at, used_at, .. } = integration;
        Self { id, name, made_by: maker.user, created_at: made_at, last_used_at: used_at }
    }
}

/// A new integration.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddIntegrationCall {
    /// Person who makes it.
    pub by: UserId,
    /// Time before which everything belongs to earlier players of that person.
    #[serde(default)]
    pub visible_from: Millis,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its secret, in hex.
    pub secret_hash: String,
    /// Origin of the request, for the audit log.
    pub trace: Trace,
}

/// A message that came to the address of an integration.
#[derive(Debug, Serialize, Deserialize)]
pub struct IntegrationMessageCall {
    /// Id of the integration.
    pub integration: String,
    /// SHA-256 of the secret that came, in hex.
    pub secret_hash: String,
    /// Id of the message.
    pub id: String,
    /// Name that its sender gives itself.
    pub name: Option<String>,
    /// Its text.
    pub content: String,
}
