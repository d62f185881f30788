//! The messenger's door (`messenger.md` 3): REST calls and the two sockets.
//!
//! One file per subject; `members` reads JSON bodies. Every answer goes through `answer::envelope`.

pub mod account;
pub mod account_links;
pub mod addresses;
pub mod auth;
pub mod avatars;
pub mod bots;
pub mod broken;
pub mod changes;
pub mod contacts;
pub mod credentials;
pub mod data;
pub mod drafts;
pub mod embed;
pub mod emoticons;
pub mod files;
pub mod forgotten;
pub mod group_views;
pub mod groups;
pub mod handles;
pub mod held;
pub mod hidden_from;
pub mod home;
pub mod integrations;
pub mod invites;
pub mod leaving;
pub mod links;
pub mod list;
pub mod mails;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod new_session;
pub mod operator_link;
pub mod own_account;
pub mod own_bots;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod pins;
pub mod profiles;
pub mod proof;
pub mod push;
pub mod recovery;
pub mod refresh;
pub mod reports;
pub mod rooms;
pub mod search;
pub mod second_factor;
pub mod sign_in;
pub mod sign_in_attempts;
pub mod sockets;
pub mod unchanged;
pub mod upgrade;
pub mod verification;

use protocol::words::limits::REST_BODY_BYTES_MAX;
use worker::Response;

use crate::auth::origin;
use crate::http::answer::{self, HandlerResult};
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Answers a call in the envelope: with the result of `handler`, or with the refusal of a foreign origin. The body is here before the handler
/// asks for the session.
pub async fn answer(incoming: &Incoming, handler: impl AsyncFnOnce() -> HandlerResult) -> worker::Result<Response> {
    let outcome = match origin::check(incoming) {
        Ok(()) => {
            incoming.hold_body(REST_BODY_BYTES_MAX).await;
            handler().await
        }
        Err(refusal) => Err(refusal.into()),
    };
    answer::envelope(incoming, outcome)
}

/// Does the same for an upload, whose handler takes the body as it comes.
pub async fn answer_upload(
    incoming: &Incoming,
    handler: impl AsyncFnOnce() -> HandlerResult,
) -> worker::Result<Response> {
    let outcome = match origin::check(incoming) {
        Ok(()) => handler().await,
        Err(refusal) => Err(refusal.into()),
    };
    answer::envelope(incoming, outcome)
}

/// Does the same for a handler that makes the whole response.
pub async fn answer_whole(
    incoming: &Incoming,
    response: impl Future<Output = Result<Response, CallError>>,
) -> worker::Result<Response> {
    let found = match origin::check(incoming) {
        Ok(()) => response.await,
        Err(refusal) => Err(refusal.into()),
    };
    found.or_else(|error| answer::envelope(incoming, Err(error)))
}
