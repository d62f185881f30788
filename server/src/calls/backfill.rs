//! Calls to objects when the database is written again from what they keep (`docs/runbooks/projection.md`).

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::request::requests;

requests! { Room:
    /// Reads the next rows that an object keeps for the database. Every object that has some answers it.
    ReadBackfill "retell": BackfillCall => BackfillPage;
}

/// An account, as the projection has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectedAccount {
    pub user: String,
    pub email: String,
    /// Name at sign-up.
    pub name: String,
    /// Address of a picture.
    pub image: Option<String>,
    pub created_at: Millis,
}
