//! Requests to rooms about pages of other sites (`embed.md`).

use protocol::machines::room::Embedding;
use protocol::wire::messenger::EmbeddedMessage;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Room:
    /// Reads the permission of a group, for a person.
    ReadEmbedding "embed": UserId => Embedding;
    /// Changes or ends the permission of a group.
    SetEmbedding "embed-set": SetEmbeddingCall => ();
    /// Reads what a page of another site shows of a room.
    ReadEmbedPage "embed-page": () => EmbedPage;
}

/// A new permission, or its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetEmbeddingCall {
    /// Person who allows or ends it.
    pub by: UserId,
    /// The permission; `None` ends it.
    pub embedding: Option<Embedding>,
    /// Origin of the request, for the audit log.
    pub trace: Trace,
}

/// Content of a page of another site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmbedPage {
    /// Name of the group; `None` for a room of the deployment, whose name is made of its id.
    pub group: Option<String>,
    /// Permission of the page.
    pub embedding: Embedding,
    /// Newest `seq` of the room.
    pub seq: u64,
    /// Newest messages, the oldest of them first.
    pub messages: Vec<EmbeddedMessage>,
}
