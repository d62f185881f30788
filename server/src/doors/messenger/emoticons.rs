//! A person's own emoticons (`files.md` 4): the list, a new one, and a copy of one in another person's message.

use protocol::codec::json::write;
use protocol::content::files::FileId;
use protocol::content::own_emoticons::{EmoticonEntry, check_code, check_picture, check_place, shown_words};
use protocol::wire::messenger::ListPlace;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::value::RawValue;

use super::passkeys::{check_account, owner};
use super::{files, list as lists, members, rooms};
use crate::auth::session;
use crate::calls::belongings::{
    AddEmoticon, ChangeEmoticon, CheckEmoticon, CountEmoticonChange, EmoticonCall, ListEmoticons, RemoveEmoticon,
};
use crate::calls::files::{EmoticonAnswer, EmoticonShownCall};
use crate::calls::room::FindEmoticon;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `GET /api/me/emoticons`: an empty list for a person without an account.
pub async fn list_emoticons(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let items = if check_account(&who).is_ok() { all_of(incoming, &who).await? } else { Vec::new() };
    let row = |one: &EmoticonEntry| {
        let place = ListPlace::new(one.added_at, &one.id);
        Ok(EmoticonText { json: RawValue::from_string(write(one))?, place })
    };
    let rows = items.iter().map(row).collect::<Result<Vec<_>, serde_json::Error>>()?;
    lists::whole(incoming, &rows, |row| row.place.clone())
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct EmoticonText {
    json: Box<RawValue>,
    #[serde(skip)]
    place: ListPlace,
}

/// `POST /api/me/emoticons`.
pub async fn add_emoticon(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["code", "fileId", "alt", "mayKeep"]).await?;
    check_account(&who)?;
    let (code, file) = (members.needed_text("code")?, members.needed_text("fileId")?);
    let (alt, may_keep) = (shown_words(members.needed_text("alt")?)?, members.flag("mayKeep")?);
    check_picture(file, who.user.as_str())?;
    check_code(code, [].into_iter())?;
    charge_change(incoming, &who).await?;
    emoticon_reply(add_as(incoming, &who, (code, file, alt), may_keep).await?, 201)
}

/// `PATCH /api/me/emoticons/:id`.
pub async fn change_emoticon(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["code", "alt", "mayKeep"]).await?;
    check_account(&who)?;
    let (code, alt) = (members.text("code")?, members.text("alt")?.map(shown_words).transpose()?);
    let may_keep = members.optional_flag("mayKeep")?;
    if let Some(code) = code {
        check_code(code, [].into_iter())?;
    }
    charge_change(incoming, &who).await?;
    let code = code.map(str::to_owned);
    let question = EmoticonCall { id: id.to_owned(), code, alt, may_keep, ..EmoticonCall::default() };
    emoticon_reply(ChangeEmoticon::ask(&incoming.env, who.user.as_str(), &question).await?.0, 200)
}

/// `DELETE /api/me/emoticons/:id`.
pub async fn remove_emoticon(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = owner(incoming).await?;
    charge_change(incoming, &who).await?;
    RemoveEmoticon::ask(&incoming.env, who.user.as_str(), &id.to_owned()).await?;
    Ok(Reply::empty())
}

/// `POST /api/me/emoticons/keep`: copies the picture to a file of the caller, because a message can only show files of its writer.
pub async fn keep_emoticon(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["roomId", "messageId", "code", "as"]).await?;
    check_account(&who)?;
    let (room, message) = (members.needed_text("roomId")?, members.needed_text("messageId")?);
    let (code, wish) = (members.needed_text("code")?, members.text("as")?);
    let known = charge_change(incoming, &who).await?;
    let EmoticonAnswer { file, alt } = find_shown(incoming, &who, (room, message, code)).await?;
    let id = FileId::parse(&file).ok_or(Refusal::NotFound)?;
    if !CheckEmoticon::ask(&incoming.env, id.owner.as_str(), &file).await? {
        return Err(Refusal::NotFound.into());
    }
    let code = wish.unwrap_or(code);
    check_code(code, known.iter().map(|own| own.code.as_str()))?;
    check_place(known.len())?;
    let own = copy_picture(incoming, &who, &id).await?.to_string();
    emoticon_reply(add_as(incoming, &who, (code, &own, alt), false).await?, 201)
}

/// Returns the file that a message shows to this person for a code. The answer is also `NotFound` for a room that they may not know.
async fn find_shown(
    incoming: &Incoming,
    who: &Principal,
    (room, message, code): (&str, &str, &str),
) -> Result<EmoticonAnswer, CallError> {
    let room = rooms::parse(incoming, room).map_err(|_| Refusal::NotFound)?;
    room.admits(who).map_err(|_| Refusal::NotFound)?;
    let question = EmoticonShownCall { principal: who.clone(), message: message.to_owned(), code: code.to_owned() };
    match FindEmoticon::ask(&incoming.env, room.as_str(), &question).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) | Err(CallError::Refused(Refusal::Forbidden)) => Err(Refusal::NotFound.into()),
        Err(error) => Err(error),
    }
}

async fn copy_picture(incoming: &Incoming, who: &Principal, id: &FileId) -> Result<FileId, CallError> {
    let picture = files::whole(incoming, id).await?;
    let name = format!("emoticon.{}", id.kind.media_type().trim_start_matches("image/"));
    let bytes = picture.len() as u64;
    files::store_file(incoming, who, &name, picture.into(), bytes).await
}

async fn add_as(
    incoming: &Incoming,
    who: &Principal,
    (code, file, alt): (&str, &str, String),
    may_keep: bool,
) -> Result<EmoticonEntry, CallError> {
    let (code, alt, may_keep) = (Some(code.to_owned()), Some(alt), Some(may_keep));
    let question = EmoticonCall { file: file.to_owned(), code, alt, may_keep, ..EmoticonCall::default() };
    Ok(AddEmoticon::ask(&incoming.env, who.user.as_str(), &question).await?.0)
}

async fn all_of(incoming: &Incoming, who: &Principal) -> Result<Vec<EmoticonEntry>, CallError> {
    Ok(ListEmoticons::ask(&incoming.env, who.user.as_str(), &()).await?.0)
}

/// Counts a requested change. Returns the list before the change.
async fn charge_change(incoming: &Incoming, who: &Principal) -> Result<Vec<EmoticonEntry>, CallError> {
    Ok(CountEmoticonChange::ask(&incoming.env, who.user.as_str(), &()).await?.0)
}

fn emoticon_reply(one: EmoticonEntry, status: u16) -> HandlerResult {
    Ok(Reply::raw(write(&one)).with_status(status))
}
