//! Data that outlives a reload, in IndexedDB: one database per user, four object stores of texts under text keys.
//!
//! This file does not know the meaning of the data (`session::local_persistence` does). Writes are queued in call order, each in a short
//! transaction, and no caller waits for them. A browser without a database caches nothing. Phones close the databases of hidden pages: a
//! closed database is opened again, and its pending writes are repeated.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::device::window;
use super::{CacheEntries, CacheStore};

const VERSION: u32 = 1;

#[derive(Clone)]
pub struct Cache(Rc<Inner>);

struct Inner {
    name: String,
    connection: RefCell<CacheConnection>,
    /// Unfinished writes, in call order.
    unwritten: RefCell<Vec<Rc<Write>>>,
}

enum CacheConnection {
    Open(IdbDatabase),
    /// The browser has closed the database. The promise settles when the database is open again, or given up.
    Opening(Promise),
    Gone,
}

struct Write {
    cache_store: CacheStore,
    key: String,
    /// `None` deletes the key.
    value: Option<String>,
    is_repeated: Cell<bool>,
}

impl Cache {
    /// Opens the database of `user`. `None` if the browser has no databases.
    pub async fn open(user: &str) -> Option<Self> {
        let name = format!("cfm-{user}");
        let database = connect(&name, create_object_stores).await?;
        let connection = RefCell::new(CacheConnection::Gone);
        let cache = Self(Rc::new(Inner { name, connection, unwritten: RefCell::default() }));
        cache.go_on_with(database);
        Some(cache)
    }

    pub fn put(&self, cache_store: CacheStore, key: &str, value: &str) {
        self.write(cache_store, key, Some(value));
    }

    pub fn remove(&self, cache_store: CacheStore, key: &str) {
        self.write(cache_store, key, None);
    }

    pub async fn get(&self, cache_store: CacheStore, key: &str) -> Option<String> {
        let store = self.open_store(cache_store).await?;
        result_of(&store.get(&key.into()).ok()?).await?.as_string()
    }

    /// Returns all entries of all object stores, each by key. They are read at once, because the page waits for them before it opens a
    /// conversation.
    pub async fn all(&self) -> CacheEntries {
        let outbox = self.begin_reading(CacheStore::Outbox).await;
        let pages = self.begin_reading(CacheStore::Pages).await;
        let drafts = self.begin_reading(CacheStore::Drafts).await;
        let marks = self.begin_reading(CacheStore::Marks).await;
        CacheEntries {
            outbox: entries_of(outbox).await,
            pages: entries_of(pages).await,
            drafts: entries_of(drafts).await,
            marks: entries_of(marks).await,
        }
    }

    /// Requests all entries of an object store. It waits for a database that is being opened again, and not for the entries.
    async fn begin_reading(&self, cache_store: CacheStore) -> Option<Reading> {
        let store = self.open_store(cache_store).await?;
        // Both requests come before the first `await`, because a transaction without a pending request ends.
        let (keys, values) = (store.get_all_keys().ok()?, store.get_all().ok()?);
        let came = [answered(&keys), answered(&values)].map(JsFuture::from);
        Some(Reading { keys, values, came })
    }

    /// Deletes all entries in one transaction, and waits for its end. Returns `true` if it succeeded.
    pub async fn clear(&self) -> bool {
        match self.database() {
            Some(database) => clear(&database).await,
            None => false,
        }
    }

    /// Deletes all entries and the database itself.
    pub async fn wipe(self) {
        let database = self.database();
        // From now on no write starts, and the database is not opened again.
        self.give_up();
        if let Some(database) = database {
            clear(&database).await;
            database.close();
        }
        if let Some(factory) = factory() {
            // The page does not wait for the deletion: a sleeping tab may hold the database open for long. A database that was open here is
            // already empty.
            let _ = factory.delete_database(&self.0.name);
        }
    }

    fn write(&self, cache_store: CacheStore, key: &str, value: Option<&str>) {
        if matches!(*self.0.connection.borrow(), CacheConnection::Gone) {
            return;
        }
        let (key, value) = (key.to_owned(), value.map(str::to_owned));
        let write = Rc::new(Write { cache_store, key, value, is_repeated: Cell::new(false) });
        self.0.unwritten.borrow_mut().push(Rc::clone(&write));
        self.carry_out(&write);
    }

    /// Starts a write, or leaves it pending while the database is being opened again.
    fn carry_out(&self, write: &Rc<Write>) {
        let Some(store) = self.store(write.cache_store, IdbTransactionMode::Readwrite) else {
            if self.opening().is_none() {
                self.strike(write);
            }
            return;
        };
        let transaction = store.transaction();
        let ending = ended(&transaction);
        let key = JsValue::from_str(&write.key);
        // A write that cannot be requested is dropped, like one that fails.
        let _ = match &write.value {
            Some(value) => store.put_with_key(&value.as_str().into(), &key),
            None => store.delete(&key),
        };
        commit(&transaction);
        let (cache, write) = (self.clone(), Rc::clone(write));
        spawn_local(async move {
            let is_written = JsFuture::from(ending).await.is_ok();
            // A browser that closes the database aborts its transactions: such a write stays pending. A write that fails in an open
            // database is dropped, because the disk is full.
            if is_written || cache.store(write.cache_store, IdbTransactionMode::Readonly).is_some() {
                cache.strike(&write);
            }
        });
    }

    /// Removes a write from the list.
    fn strike(&self, write: &Rc<Write>) {
        self.0.unwritten.borrow_mut().retain(|other| !Rc::ptr_eq(other, write));
    }

    /// Repeats the pending writes in order, each once. A database that does not stay open must not be opened for ever.
    fn write_again(&self) {
        let unwritten = self.0.unwritten.borrow().clone();
        for write in &unwritten {
            if write.is_repeated.replace(true) {
                self.strike(write);
            } else {
                self.carry_out(write);
            }
        }
    }

    fn database(&self) -> Option<IdbDatabase> {
        match &*self.0.connection.borrow() {
            CacheConnection::Open(database) => Some(database.clone()),
            _ => None,
        }
    }

    fn opening(&self) -> Option<Promise> {
        match &*self.0.connection.borrow() {
            CacheConnection::Opening(opening) => Some(opening.clone()),
            _ => None,
        }
    }

    /// Returns an object store in a new transaction. If the database turns out to be closed, it returns `None` and opens the database
    /// again.
    fn store(&self, cache_store: CacheStore, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        let begun = self.database()?.transaction_with_str_and_mode(cache_store.as_str(), mode);
        if begun.as_ref().is_err_and(is_of_closed) {
            self.open_again();
        }
        begun.ok()?.object_store(cache_store.as_str()).ok()
    }

    /// Returns an object store for reading, once the database is open.
    async fn open_store(&self, cache_store: CacheStore) -> Option<IdbObjectStore> {
        let store = self.store(cache_store, IdbTransactionMode::Readonly);
        let Some(opening) = self.opening() else { return store };
        let _ = JsFuture::from(opening).await;
        self.store(cache_store, IdbTransactionMode::Readonly)
    }

    /// Opens a database that the browser has closed, once for all waiting callers.
    fn open_again(&self) {
        let cache = self.clone();
        let opening = future_to_promise(async move {
            match connect(&cache.0.name, leave_deleted).await {
                Some(database) if cache.opening().is_some() => cache.go_on_with(database),
                // The person has signed out in between.
                Some(database) => database.close(),
                None => cache.give_up(),
            }
            Ok(JsValue::UNDEFINED)
        });
        self.0.connection.replace(CacheConnection::Opening(opening));
    }

    fn go_on_with(&self, database: IdbDatabase) {
        // Another tab wants to delete the database (sign-out): close it, and do not open it again.
        let (in_the_way, cache) = (database.clone(), self.clone());
        let step_aside = Closure::<dyn FnMut()>::new(move || {
            in_the_way.close();
            cache.give_up();
        });
        database.set_onversionchange(Some(step_aside.as_ref().unchecked_ref()));
        step_aside.forget();
        self.0.connection.replace(CacheConnection::Open(database));
        self.write_again();
    }

    /// Continues as in a browser without a database.
    fn give_up(&self) {
        self.0.connection.replace(CacheConnection::Gone);
        self.0.unwritten.borrow_mut().clear();
    }
}

/// Requested entries of an object store.
struct Reading {
    keys: IdbRequest,
    values: IdbRequest,
    /// Both settle with their requests.
    came: [JsFuture; 2],
}

impl Reading {
    async fn entries(self) -> Option<Vec<(String, String)>> {
        for came in self.came {
            came.await.ok()?;
        }
        let (keys, values) = (Array::from(&self.keys.result().ok()?), Array::from(&self.values.result().ok()?));
        let pairs = keys.iter().zip(values.iter());
        Some(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }
}

/// Waits for requested entries. A reading that failed has none.
async fn entries_of(reading: Option<Reading>) -> Vec<(String, String)> {
    match reading {
        Some(reading) => reading.entries().await.unwrap_or_default(),
        None => Vec::new(),
    }
}

/// Opens a database; `on_new` is called if there is none of that name.
async fn connect(name: &str, on_new: fn(&IdbOpenDbRequest)) -> Option<IdbDatabase> {
    let request = factory()?.open_with_u32(name, VERSION).ok()?;
    let opening = request.clone();
    let ask = Closure::once(move || on_new(&opening));
    request.set_onupgradeneeded(Some(ask.as_ref().unchecked_ref()));
    result_of(&request).await?.dyn_into().ok()
}

fn create_object_stores(request: &IdbOpenDbRequest) {
    let Ok(database) = request.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
    for cache_store in CacheStore::ALL {
        // If an object store cannot be made, every later transaction on it fails, and nothing is cached.
        let _ = database.create_object_store(cache_store.as_str());
    }
}

/// Makes no new database: another tab has deleted it at sign-out, while it was closed here.
fn leave_deleted(request: &IdbOpenDbRequest) {
    if let Some(making) = request.transaction() {
        let _ = making.abort();
    }
}

/// Tells the error of a closed database from all others.
fn is_of_closed(error: &JsValue) -> bool {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    name.as_deref() == Some("InvalidStateError")
}

/// Deletes all entries of all object stores. Returns `true` if it succeeded.
async fn clear(database: &IdbDatabase) -> bool {
    let names: Array = CacheStore::ALL.iter().map(|cache_store| JsValue::from_str(cache_store.as_str())).collect();
    let mode = IdbTransactionMode::Readwrite;
    let Ok(transaction) = database.transaction_with_str_sequence_and_mode(&names, mode) else { return false };
    for cache_store in CacheStore::ALL {
        if let Ok(store) = transaction.object_store(cache_store.as_str()) {
            let _ = store.clear();
        }
    }
    JsFuture::from(ended(&transaction)).await.is_ok()
}

/// Commits a transaction at once. A transaction that ends by itself sends the page one more event, and a page that hides cannot answer it:
/// writes of that moment would be lost.
#[expect(deprecated, reason = "a wrong mark of the bindings: the standard has it, and every browser")]
fn commit(transaction: &IdbTransaction) {
    let _ = transaction.commit();
}

/// Returns a promise that settles at the end of a transaction.
fn ended(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

fn factory() -> Option<IdbFactory> {
    window()?.indexed_db().ok()?
}

/// Waits for the result of a request.
async fn result_of(request: &IdbRequest) -> Option<JsValue> {
    JsFuture::from(answered(request)).await.ok()?;
    request.result().ok()
}

/// Returns a promise that settles with a request.
fn answered(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}
