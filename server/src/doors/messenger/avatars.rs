//! Pictures of people (`presence.md` 2, `files.md` 3): made small by the sender, checked and stripped here, and named after their
//! contents.

use protocol::content::files::{FileKind, kind_of, take_apart};
use protocol::people::names;
use protocol::words::limits::{AVATAR_BYTES_MAX, AVATAR_PX};
use protocol::words::refusal::Refusal;
use worker::{Headers, Response, ResponseBody};

use super::answer_whole;
use super::files::POLICY;
use crate::auth::session;
use crate::calls::auth::Purpose;
use crate::calls::files::{ChargeCall, ChargeQuota, FileDoneCall, NoteFile};
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::platform::bucket;
use crate::platform::files::FileStore;
use crate::runtime::call_error::CallError;

/// `PUT /api/me/avatar`: the body is the picture. It becomes visible when the person chooses it.
pub async fn upload_avatar(incoming: &Incoming) -> HandlerResult {
    let user = session::person(incoming).await?.user;
    let mut picture = incoming.bytes(AVATAR_BYTES_MAX).await?;
    let plan = take_apart(&picture)
        .filter(|plan| {
            plan.kind != FileKind::Gif && !plan.is_moving && (plan.width, plan.height) == (AVATAR_PX, AVATAR_PX)
        })
        .ok_or(Refusal::validation("body", "An own picture is a still PNG, JPEG or WebP of 192 by 192 pixels."))?;
    plan.keep_only_itself(&mut picture);
    let id = names::own_avatar(user.as_str(), &picture);
    let (key, bytes) = (bucket::avatar_key(&id), picture.len() as u64);
    let question = ChargeCall { file: Some((key.clone(), id.clone(), bytes)), is_search: false };
    ChargeQuota::ask(&incoming.env, user.as_str(), &question).await?;
    FileStore::open(&incoming.env, incoming.config)?.put(&key, picture.into(), bytes).await?;
    let question = FileDoneCall { key, id: id.clone() };
    NoteFile::ask(&incoming.env, user.as_str(), &question).await?;
    Ok(Reply::raw(format!("{{\"avatarId\":\"{id}\"}}")).with_status(201))
}

/// `GET /api/avatars/:id`: for every signed-in person who knows the id, which is as public as the name beside it.
pub async fn read_avatar(incoming: &Incoming, id: &str) -> worker::Result<Response> {
    answer_whole(incoming, find(incoming, id)).await
}

async fn find(incoming: &Incoming, id: &str) -> Result<Response, CallError> {
    session::require(incoming, Purpose::Call).await?;
    if !names::is_own_avatar(id) {
        return Err(Refusal::NotFound.into());
    }
    let store = FileStore::open(&incoming.env, incoming.config)?;
    let picture = store.read_picture(&bucket::avatar_key(id)).await?.ok_or(Refusal::NotFound)?;
    let headers = Headers::new();
    answer::decorate(incoming, Door::Messenger, &headers)?;
    for (header, value) in [
        ("content-type", kind_of(&picture).media_type()),
        ("content-disposition", "inline"),
        ("content-security-policy", POLICY),
        // A file that is named after its content never changes.
        ("cache-control", "private, max-age=31536000, immutable"),
    ] {
        headers.set(header, value)?;
    }
    incoming.facts.borrow_mut().bytes_out = Some(picture.len());
    Ok(Response::from_body(ResponseBody::Body(picture))?.with_headers(headers))
}
