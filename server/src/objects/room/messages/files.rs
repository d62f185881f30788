//! Files that a room shows (`files.md` 1): the permission to see one, which is checked on every read, and the job that notifies its owner.

use std::rc::Rc;

use protocol::content::files::shown_name;
use protocol::content::own_emoticons::emoticons_in;
use protocol::log::{LogStore, Range};
use protocol::words::event::Event;
use protocol::words::principal::Principal;
use protocol::words::refusal::Fault;

use crate::calls::files::{EmoticonAnswer, EmoticonShownCall, FileLinkCall, FileShownCall, LinkFile};
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::objects::room::tables::RoomSql;
use crate::objects::room::tables::file_tables::{FileNews, is_shown, places};
use crate::runtime::call_error::CallError;

impl Job for FileNews {
    const KIND: &'static str = "file_news";
    type Context = RoomObject;

    async fn run(&self, object: &RoomObject, attempt: Attempt<'_>) -> Outcome {
        Outcome::of("file", tell_owner(object, attempt.key).await)
    }
}

/// Notifies the owner of a file if the file is shown here or not.
async fn tell_owner(object: &RoomObject, id: &str) -> Result<(), CallError> {
    let question = object.with(|room, store| {
        let room = room.id().as_str().to_owned();
        Ok(FileLinkCall { id: id.to_owned(), room, is_shown: is_shown(&store.sql, id)? })
    })?;
    LinkFile::ask(&object.env, id.split('.').next().unwrap_or_default(), &question).await
}

/// Returns the name of a file if this person may see it now: as a member, in a message that they can read.
pub async fn find_shown_file(object: &Rc<RoomObject>, call: &FileShownCall) -> Result<Option<String>, CallError> {
    let places = |store: &RoomSql| places(&store.sql, &call.id);
    seen(object, &call.principal, places, |event| shown_name(&event.body, &call.id)).await
}

/// Returns the file that a message shows to this person for a code.
pub async fn emoticon(object: &Rc<RoomObject>, call: &EmoticonShownCall) -> Result<Option<EmoticonAnswer>, CallError> {
    let places = |store: &RoomSql| Ok(store.find(&call.message)?.map(|found| found.seq).into_iter().collect());
    let found = |event: &Event| {
        let one = emoticons_in(&event.body).into_iter().find(|one| one.code == call.code)?;
        Some(EmoticonAnswer { file: one.file, alt: one.alt })
    };
    seen(object, &call.principal, places, found).await
}

/// Returns the first result among the messages at these positions that this person can read now.
async fn seen<T>(
    object: &Rc<RoomObject>,
    reader: &Principal,
    places: impl Fn(&RoomSql) -> Result<Vec<u64>, Fault>,
    find: impl Fn(&Event) -> Option<T>,
) -> Result<Option<T>, CallError> {
    let id = object.id_for(reader)?;
    if !object.exists()? {
        return Ok(None);
    }
    let privacy = privacy::wake_for_reader(object, &id, reader).await?;
    Ok(object.with(|room, store| {
        for seq in places(store)? {
            let page = room.page(store, reader, privacy.as_ref(), Range::Since(seq - 1), 1)?;
            let is_there = |event: &&Event| event.seq == seq && page.hidden.is_empty();
            let found = page.events.first().filter(is_there).and_then(&find);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    })?)
}
