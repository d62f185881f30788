//! Calls to objects when the database is written again from what they keep (`docs/runbooks/projection.md`).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::backfill::{RetellCall, Retold};
use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Room:
    /// Reads the next rows that an object keeps for the database. Every object that has some answers it.
    ReadBackfill "retell": RetellCall => Retold;
}

/// Events of a room that the database is to be told of.
#[derive(Debug, Default)]
pub struct TellCall {
    /// The places.
    pub seqs: Vec<u64>,
}

record!(TellCall { seqs = "seqs" });
record_bodies!(TellCall);

/// An account, as the database is told of it.
#[derive(Clone, Debug)]
pub struct AccountTold {
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

record!(AccountTold { user = "user", email = "email", name = "name", image = "image", created_at = "createdAt" });
