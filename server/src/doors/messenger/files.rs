//! Files (`files.md` 1): they are uploaded to the bucket, inspected there, and served to those who may see them.

use std::cell::RefCell;

use protocol::codec::percent;
use protocol::content::files::{
    ByteRange, FileId, FileKind, disposition, file_name, kind_of, part_of, push_file, take_apart,
};
use protocol::words::event::Millis;
use protocol::words::ids::RoomId;
use protocol::words::limits::{
    FILE_BYTES_MAX, FILE_MS_MAX, FILE_NAME_SENT_BYTES_MAX, PICTURE_PIXELS_MAX, PICTURES_AT_ONCE_BYTES_MAX,
};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};
use worker::{Headers, Response, ResponseBody};

use super::answer_whole;
use super::profiles::exists;
use super::rooms;
use crate::auth::session;
use crate::calls::files::{ChargeCall, ChargeQuota, FileDoneCall, FileShownCall, NoteFile, ReadFile};
use crate::calls::gate;
use crate::calls::room::FindFile;
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::platform::bucket;
use crate::platform::files::{FileContent, FileStore};
use crate::platform::timeout::within;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Policy of all uploaded content: whatever type a browser assumes, nothing in it runs or loads anything.
pub const POLICY: &str = "sandbox; default-src 'none'";
/// Number of first bytes that reveal the type of a file.
const FIRST_BYTES: u64 = 16;

/// `PUT /api/files`: the body is the file.
pub async fn upload_file(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let sent = incoming.header("x-file-name").unwrap_or_default();
    // Bytes beyond ASCII come as Latin-1, whatever the client meant by them.
    let name = percent::decoded(&sent, false).filter(|name| sent.is_ascii() && name.len() <= FILE_NAME_SENT_BYTES_MAX);
    let name =
        name.ok_or(Refusal::validation("X-File-Name", "The name is percent-encoded UTF-8 of at most 255 bytes."))?;
    let bytes = incoming.header("content-length").and_then(|length| length.parse::<u64>().ok());
    let bytes =
        bytes.ok_or(Refusal::validation("Content-Length", "Content-Length must have the length of the file."))?;
    if bytes > FILE_BYTES_MAX {
        incoming.drain().await;
        return Err(Refusal::TooLarge.into());
    }
    let body = incoming.raw_body().filter(|_| bytes > 0);
    let body = body.ok_or(Refusal::validation("body", "A file has at least one byte."))?;
    let id = store_file(incoming, &principal, &name, body.into(), bytes).await?;
    let mut json = String::from("{");
    push_file(&mut json, &id, &name);
    json.push('}');
    Ok(Reply::raw(json).with_status(201))
}

/// Stores a file of a person whose size was declared.
pub async fn store_file(
    incoming: &Incoming,
    principal: &Principal,
    name: &str,
    content: FileContent,
    bytes: u64,
) -> Result<FileId, CallError> {
    let owner = &principal.user;
    if principal.kind == UserKind::Guest {
        gate::charge_file(&incoming.env, &incoming.config.rules.guest_file, &incoming.address(), bytes).await?;
    }
    let uuid = runtime::new_uuid();
    let key = bucket::file_key(owner.as_str(), &uuid);
    let question = ChargeCall { file: Some((key.clone(), file_name(name), bytes)), is_search: false };
    ChargeQuota::ask(&incoming.env, owner.as_str(), &question).await?;
    let store = FileStore::open(&incoming.env, incoming.config)?;
    let stored = within(incoming.config.file_ms_max, store.put(&key, content, bytes)).await;
    stored.ok_or_else(|| Refusal::validation("body", "The body took too long."))??;
    let first = part(&store, &key, bytes, FIRST_BYTES.min(bytes)).await?;
    let picture = if kind_of(&first).is_picture() { only_itself(&store, &key, bytes).await? } else { None };
    let id = picture.unwrap_or((FileKind::Bin, bytes, None));
    let id = FileId { owner: owner.clone(), uuid, kind: id.0, bytes: id.1, size: id.2 };
    let question = FileDoneCall { key, id: id.to_string() };
    NoteFile::ask(&incoming.env, owner.as_str(), &question).await?;
    Ok(id)
}

pub async fn whole(incoming: &Incoming, id: &FileId) -> Result<Vec<u8>, CallError> {
    let store = FileStore::open(&incoming.env, incoming.config)?;
    let key = bucket::file_key(id.owner.as_str(), &id.uuid);
    Ok(store.read(&key, id.bytes, (0, id.bytes)).await?.ok_or(Refusal::NotFound)?)
}

/// Returns the first bytes of a file that was stored a moment ago.
async fn part(store: &FileStore, key: &str, bytes: u64, length: u64) -> Result<Vec<u8>, CallError> {
    let found = store.read(key, bytes, (0, length)).await?;
    found.ok_or_else(|| CallError::Broken(Fault("a file is missing".into())))
}

thread_local! {
    /// Pictures that are being decoded: the time until which memory is reserved, and the bytes. A request that the client aborts runs no
    /// destructor, so its reservation ends by time.
    static AT_ONCE: RefCell<Vec<(Millis, u64)>> = const { RefCell::new(Vec::new()) };
}

struct MemoryReservation((Millis, u64));

impl MemoryReservation {
    fn of(bytes: u64) -> Result<Self, Refusal> {
        let now = runtime::now_ms();
        let own = (now + FILE_MS_MAX, bytes);
        AT_ONCE.with_borrow_mut(|taken| {
            taken.retain(|(until, _)| *until > now);
            if taken.iter().map(|(_, bytes)| bytes).sum::<u64>() + bytes > PICTURES_AT_ONCE_BYTES_MAX {
                return Err(Refusal::Overloaded { retry_after_ms: 1_000 });
            }
            taken.push(own);
            Ok(Self(own))
        })
    }
}

impl Drop for MemoryReservation {
    fn drop(&mut self) {
        AT_ONCE.with_borrow_mut(|taken| {
            if let Some(at) = taken.iter().position(|own| *own == self.0) {
                taken.swap_remove(at);
            }
        });
    }
}

type StrippedPicture = (FileKind, u64, Option<(u32, u32)>);

/// Removes everything from a picture that is not needed to show it. Returns `None` if the picture cannot be parsed: then it stays as it is,
/// and is never shown.
async fn only_itself(store: &FileStore, key: &str, bytes: u64) -> Result<Option<StrippedPicture>, CallError> {
    let _reserved = MemoryReservation::of(bytes)?;
    let mut picture = part(store, key, bytes, bytes).await?;
    let Some(plan) = take_apart(&picture) else {
        return Ok(None);
    };
    let (width, height) = (plan.width, plan.height);
    if u64::from(width) * u64::from(height) > PICTURE_PIXELS_MAX {
        let limit = PICTURE_PIXELS_MAX as usize;
        return Err(Refusal::over_limit("body", "A picture has at most 50 million pixels.", limit).into());
    }
    plan.keep_only_itself(&mut picture);
    let bytes = picture.len() as u64;
    store.put(key, picture.into(), bytes).await?;
    Ok(Some((plan.kind, bytes, Some((width, height)))))
}

/// `GET /api/files/:id` and `HEAD`: the permission is checked on every read.
pub async fn read_file(incoming: &Incoming, id: &str) -> worker::Result<Response> {
    let response = async {
        let (id, name) = find(incoming, id).await?;
        send(incoming, &id, &name).await
    };
    answer_whole(incoming, response).await
}

async fn find(incoming: &Incoming, text: &str) -> Result<(FileId, String), CallError> {
    let principal = session::person(incoming).await?;
    let id = FileId::parse(text).ok_or(Refusal::NotFound)?;
    if id.owner != principal.user && !exists(incoming, &id.owner).await {
        return Err(Refusal::NotFound.into());
    }
    let known = ReadFile::ask(&incoming.env, id.owner.as_str(), &text.to_owned()).await?.ok_or(Refusal::NotFound)?;
    // The files of an earlier player of a persona do not belong to the next player.
    if id.owner == principal.user && known.at > principal.visible_from {
        return Ok((id, known.name));
    }
    let direct = RoomId::direct(principal.user.clone(), id.owner.clone()).ok().map(|room| room.as_str().to_owned());
    for room in direct.into_iter().chain(known.rooms) {
        if let Some(name) = find_shown_name(incoming, &principal, &room, text).await? {
            return Ok((id, if name.is_empty() { known.name } else { name }));
        }
    }
    Err(Refusal::NotFound.into())
}

/// Returns the file's name if a room shows it to this person. The answer is also `None` for a room that they may not know.
async fn find_shown_name(
    incoming: &Incoming,
    principal: &Principal,
    room: &str,
    id: &str,
) -> Result<Option<String>, CallError> {
    let is_open = rooms::parse(incoming, room).is_ok_and(|room| room.admits(principal).is_ok());
    if !is_open {
        return Ok(None);
    }
    let question = FileShownCall { principal: principal.clone(), id: id.to_owned() };
    match FindFile::ask(&incoming.env, room, &question).await {
        Err(CallError::Refused(Refusal::NotFound | Refusal::Forbidden)) => Ok(None),
        answered => answered,
    }
}

async fn send(incoming: &Incoming, id: &FileId, name: &str) -> Result<Response, CallError> {
    let headers = Headers::new();
    answer::decorate(incoming, Door::Messenger, &headers)?;
    // A client with a copy has to ask each time if it may still be shown.
    for (header, value) in [
        ("content-type", id.kind.media_type()),
        ("content-disposition", &disposition(name, id.kind.is_picture())),
        ("content-security-policy", POLICY),
        ("cache-control", "private, no-cache"),
    ] {
        headers.set(header, value)?;
    }
    let key = bucket::file_key(id.owner.as_str(), &id.uuid);
    send_stored(incoming, (&key, id.bytes), &id.uuid, headers).await
}

/// Answers with a stored file of `bytes` bytes, or with the part of it that the request wants (`files.md` 1.4). The content that `version`
/// names never changes.
pub async fn send_stored(
    incoming: &Incoming,
    (key, bytes): (&str, u64),
    version: &str,
    headers: Headers,
) -> Result<Response, CallError> {
    let tag = format!("\"{version}\"");
    headers.set("accept-ranges", "bytes")?;
    headers.set("etag", &tag)?;
    let is_known = incoming.header("if-none-match").is_some_and(|known| known.contains(&tag));
    let is_same = incoming.header("if-range").is_none_or(|known| known == tag);
    let asked = incoming.header("range").filter(|_| is_same).map_or(ByteRange::Whole, |range| part_of(&range, bytes));
    let (status, from, length) = match asked {
        _ if is_known => (304, 0, 0),
        ByteRange::Whole => (200, 0, bytes),
        ByteRange::Span { from, length } => (206, from, length),
        ByteRange::Outside => (416, 0, 0),
    };
    match status {
        206 => headers.set("content-range", &format!("bytes {from}-{}/{bytes}", from + length - 1))?,
        416 => headers.set("content-range", &format!("bytes */{bytes}"))?,
        _ => {}
    }
    if status != 304 {
        headers.set("content-length", &length.to_string())?;
    }
    let is_bodiless = incoming.method == "HEAD" || length == 0;
    incoming.facts.borrow_mut().bytes_out = Some(if is_bodiless { 0 } else { length as usize });
    let body = if is_bodiless {
        ResponseBody::Empty
    } else {
        let store = FileStore::open(&incoming.env, incoming.config)?;
        store.response_body(key, bytes, (from, length)).await?.ok_or(Refusal::NotFound)?
    };
    Ok(Response::from_body(body)?.with_status(status).with_headers(headers))
}
