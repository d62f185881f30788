//! The archive of a hub room (`messagehub.md` 8.1): a file for each portion of messages that the room lets go, and replay of them to readers.
//! One file at a time is in memory, whoever reads it. A file that is missing is a hole, which readers are told of where they can be.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use protocol::machines::hub::Item;
use protocol::people::session::hash_hex;
use protocol::trust::sealing::AssociatedData;
use protocol::words::event::Millis;
use protocol::words::limits::HUB_ARCHIVE_MISSES_MAX;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, Object};

use super::archive_tables::ArchivedFile;
use super::object::{HubMemory, HubObject};
use crate::calls::flags::{self, Flag};
use crate::kit::namespace::Namespace;
use crate::kit::sealed::Db;
use crate::platform::bucket;
use crate::platform::timeout::within;
use crate::{runtime, telemetry};

/// Name that tells archived messages apart from rows.
const ARCHIVE: &str = "r2.archive";
/// Time after which a reading is given up. Other readers wait for their turn meanwhile.
const READING_MS: Millis = 10_000;

/// The file that was read last, and the readers that wait for their turn.
#[derive(Default)]
pub(super) struct Archive {
    file: RefCell<Option<(String, Rc<Vec<Item>>)>>,
    is_busy: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
    /// Files are read for sockets.
    is_serving: Cell<bool>,
}

struct ArchiveTurn<'a>(&'a Archive);

impl Archive {
    /// Waits until nobody else reads.
    async fn enter(&self) -> ArchiveTurn<'_> {
        let enter = poll_fn(|context| {
            if !self.is_busy.replace(true) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        });
        enter.await;
        ArchiveTurn(self)
    }
}

impl Drop for ArchiveTurn<'_> {
    fn drop(&mut self) {
        self.0.is_busy.set(false);
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }
}

/// Name and folder of a room's archive.
struct ArchivePlace {
    log: String,
    folder: String,
}

impl ArchivePlace {
    fn of(room: &str, epoch: u32) -> Self {
        let folder = format!("hub/{}/{epoch:08x}/", hash_hex(room));
        Self { log: Namespace::Hub.object_name(room), folder }
    }

    fn key_of(&self, file: ArchivedFile) -> String {
        format!("{}{}", self.folder, file.name())
    }

    fn seal<'a>(&'a self, key: &'a str) -> AssociatedData<'a> {
        AssociatedData { log: &self.log, table: ARCHIVE, column: "", row: key }
    }
}

fn place_of(object: &HubObject) -> Result<ArchivePlace, Fault> {
    object.with(|HubMemory { hub, .. }| Ok(ArchivePlace::of(hub.room(), hub.log().meta().epoch)))
}

fn failed(error: &worker::Error) -> Fault {
    Fault(format!("archive: {error}"))
}

// ---- writing

/// Puts messages that are to go into the bucket.
pub(super) async fn put(object: &HubObject, going: &[Item]) -> Result<(), Fault> {
    let Some(file) = ArchivedFile::of(going) else { return Ok(()) };
    let place = place_of(object)?;
    let lines: String = going.iter().map(|item| item.json() + "\n").collect();
    let key = place.key_of(file);
    let packed = runtime::gzip(&lines).await?;
    let db = object.with(|memory| Ok(memory.store.sql.clone()))?;
    let packed = db.seal_bytes_for(place.seal(&key), &packed)?;
    let put = async { object.env.bucket(bucket::BINDING)?.put(key, packed).execute().await.map(|_| ()) };
    put.await.map_err(|error: worker::Error| failed(&error))
}

// ---- reading

/// Returns a file with archived messages after `since`, of which the first may come after a hole. `None` if the archive has none, is switched
/// off, or does not answer: the reader goes on with what the room keeps. The room is awake when this returns messages.
pub(super) async fn read_after(object: &Rc<HubObject>, since: u64) -> Option<Rc<Vec<Item>>> {
    match find_after(object, since).await {
        Ok(items) => items,
        Err(fault) => {
            telemetry::fault("hub_archive", &fault);
            None
        }
    }
}

async fn find_after(object: &Rc<HubObject>, since: u64) -> Result<Option<Rc<Vec<Item>>>, Fault> {
    if !flags::are_on(&object.env, &[Flag::ArchiveReplay]).await {
        return Ok(None);
    }
    let _turn = object.archive.enter().await;
    if !object.wake(None)? {
        return Ok(None);
    }
    list_earlier(object).await?;
    let mut place = since;
    for _ in 0..HUB_ARCHIVE_MISSES_MAX {
        if !object.wake(None)? {
            return Ok(None);
        }
        let Some(file) = object.with(|memory| memory.store.archived_after(place))? else { return Ok(None) };
        let found = read_file(object, file).await?;
        if !object.wake(None)? {
            return Ok(None);
        }
        match found {
            Some(items) if items.last().is_some_and(|item| item.seq > since) => return Ok(Some(items)),
            // The next file may be readable, and so may this one when its key is back.
            Some(_) => place = file.last,
            None => object.with(|memory| {
                memory.store.forget_archived(file)?;
                memory.store.forget_expired(expired_until(object, runtime::now_ms()))
            })?,
        }
    }
    Ok(None)
}

/// Files that were archived up to this time are gone, or will be soon: the nightly cron removes them.
pub(super) fn expired_until(object: &HubObject, now: Millis) -> Millis {
    now.saturating_sub(object.config.limits.audit_days.saturating_mul(DAY_MS))
}

/// Returns the messages of a file, none if they cannot be read; `None` if the file is gone.
async fn read_file(object: &Rc<HubObject>, file: ArchivedFile) -> Result<Option<Rc<Vec<Item>>>, Fault> {
    let place = place_of(object)?;
    let key = place.key_of(file);
    if let Some((known, items)) = object.archive.file.borrow().as_ref()
        && *known == key
    {
        return Ok(Some(Rc::clone(items)));
    }
    object.archive.file.replace(None);
    let db = object.with(|memory| Ok(memory.store.sql.clone()))?;
    let Some(packed) = in_time(get(&object.env, &key)).await? else { return Ok(None) };
    let items = match unpack(&db, place.seal(&key), packed).await {
        Ok(items) => Rc::new(items),
        Err(fault) => {
            telemetry::fault("hub_archive", &fault);
            return Ok(Some(Rc::default()));
        }
    };
    object.archive.file.replace(Some((key, Rc::clone(&items))));
    Ok(Some(items))
}

async fn unpack(db: &Db, place: AssociatedData<'_>, packed: Vec<u8>) -> Result<Vec<Item>, Fault> {
    let key = place.row;
    let text = runtime::gunzip(&db.open_bytes_for(place, packed)?).await?;
    let items: Option<Vec<Item>> = text.lines().map(Item::of_json).collect();
    items.ok_or_else(|| Fault(format!("archive: {key} is unreadable")))
}

/// Waits for the bucket, but not for ever.
async fn in_time<T>(asked: impl Future<Output = worker::Result<T>>) -> Result<T, Fault> {
    match within(READING_MS, asked).await {
        Some(answer) => answer.map_err(|error| failed(&error)),
        None => Err(Fault("archive: no answer in time".into())),
    }
}

async fn get(env: &Env, key: &str) -> worker::Result<Option<Vec<u8>>> {
    let found = env.bucket(bucket::BINDING)?.get(key).execute().await?;
    match found.as_ref().and_then(Object::body) {
        Some(body) => body.bytes().await.map(Some),
        None => Ok(None),
    }
}

/// Files that an earlier version archived are known by their names alone. They are listed once.
async fn list_earlier(object: &Rc<HubObject>) -> Result<(), Fault> {
    if object.with(|memory| memory.store.is_archive_listed())? {
        return Ok(());
    }
    let place = place_of(object)?;
    let mut cursor = None;
    loop {
        let (files, next) = in_time(list(&object.env, &place.folder, cursor)).await?;
        if !object.wake(None)? {
            return Ok(());
        }
        object.with(|memory| files.iter().try_for_each(|(file, at)| memory.store.note_archived(*file, *at)))?;
        cursor = next;
        if cursor.is_none() {
            return object.with(|memory| memory.store.set_archive_listed());
        }
    }
}

/// Files with the times at which they were archived.
type Listed = Vec<(ArchivedFile, Millis)>;

/// Returns a page of the files in a folder, and where the next page begins.
async fn list(env: &Env, folder: &str, cursor: Option<String>) -> worker::Result<(Listed, Option<String>)> {
    let bucket = env.bucket(bucket::BINDING)?;
    let list = bucket.list().prefix(folder);
    let list = match cursor {
        Some(cursor) => list.cursor(cursor),
        None => list,
    };
    let page = list.execute().await?;
    let file_of = |found: &Object| {
        let file = ArchivedFile::of_name(found.key().strip_prefix(folder)?)?;
        Some((file, found.uploaded().as_millis()))
    };
    let files = page.objects().iter().filter_map(file_of).collect();
    Ok((files, page.cursor().filter(|_| page.truncated())))
}

// ---- sockets

/// Reads files for the sockets that wait for them, one after the other.
pub(super) fn serve_sockets(object: &Rc<HubObject>) {
    if object.archive.is_serving.replace(true) {
        return;
    }
    let object = Rc::clone(object);
    spawn_local(async move {
        while let Ok(true) = serve_next(&object).await {}
        object.archive.is_serving.set(false);
    });
}

async fn serve_next(object: &Rc<HubObject>) -> Result<bool, Fault> {
    let Some(since) = object.with(|HubMemory { hub, .. }| Ok(hub.archive_wanted(runtime::now_ms())))? else {
        return Ok(false);
    };
    let items = read_after(object, since).await;
    object.serve_archived(since, items.as_ref().map(|items| items.as_slice()))?;
    Ok(true)
}
