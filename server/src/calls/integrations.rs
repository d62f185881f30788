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
    AddIntegration "integration-add": AddIntegrationCall => IntegrationRow;
    RemoveIntegration "integration-remove": RemoveProgramCall => ();
    WriteIntegrationMessage "integration-write": IntegrationMessageCall => PostAnswer;
}

/// Integration without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationRow {
    pub id: String,
    pub name: String,
    pub made_by: String,
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

#[derive(Debug, Serialize, Deserialize)]
pub struct AddIntegrationCall {
    pub by: UserId,
    /// Time before which everything belongs to earlier players of that person.
    #[serde(default)]
    pub visible_from: Millis,
    pub id: String,
    pub name: String,
    pub secret_hash: String,
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct IntegrationMessageCall {
    pub integration: String,
    pub secret_hash: String,
    pub id: String,
    /// Name that its sender gives itself.
    pub name: Option<String>,
    pub content: String,
}
