//! Contacts, blocks and settings over REST (`messenger.md` 3.3).

use protocol::ids::UserId;

use crate::incoming::Incoming;
use crate::objects::call::{self, CallError};
use crate::objects::calls_contacts::{Standing, StandingCall};
use crate::objects::namespace::Namespace;

/// What `others` are to `user`, in their order: contacts, blocked, welcome to write. One call, whatever their number.
pub async fn standing(incoming: &Incoming, user: &UserId, others: Vec<UserId>) -> Result<Vec<Standing>, CallError> {
    let question = StandingCall { user: user.clone(), others };
    call::call(&incoming.env, Namespace::Person, user.as_str(), "standing", &question).await
}
