//! Calls to objects when the database is written again from what they keep (`docs/runbooks/projection.md`).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::request::requests;

requests! { Room:
    /// Reads the next rows that an object keeps for the database. Every object that has some answers it.
    ReadBackfill "retell": BackfillCall => BackfillPage;
}

/// An account, as the projection has it.
#[derive(Clone, Debug)]
pub struct ProjectedAccount {
    /// User id of the owner.
    pub user: String,
    /// Its address.
    pub email: String,
    /// Name at sign-up.
    pub name: String,
    /// Address of a picture, where one was given.
    pub image: Option<String>,
    /// When it was made.
    pub created_at: Millis,
}

record!(ProjectedAccount { user = "user", email = "email", name = "name", image = "image", created_at = "createdAt" });
