//! Data that outlives a reload, in IndexedDB: one database per user, four object stores of texts under text keys.
//!
//! Knows nothing of what it keeps (`session::keep` does). Writes are queued in the order they are called, one short
//! transaction each, and nobody waits for them; a browser without a database just forgets. Phones close the databases of pages
//! that are out of view: one that is found closed is opened again, and what was not written is written then.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::CacheStore;

const VERSION: u32 = 1;

impl CacheStore {
    const ALL: [Self; 4] = [Self::Outbox, Self::Pages, Self::Drafts, Self::Marks];

    fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Pages => "pages",
            Self::Drafts => "drafts",
            Self::Marks => "marks",
        }
    }
}

/// The database of one user.
#[derive(Clone)]
pub struct Cache(Rc<Inner>);

struct Inner {
    name: String,
    connection: RefCell<CacheConnection>,
    /// Writes that have not ended, in their order.
    unwritten: RefCell<Vec<Rc<Write>>>,
}

enum CacheConnection {
    Open(IdbDatabase),
    /// The browser has closed it. The promise ends when it is open again, or given up.
    Opening(Promise),
    /// There is none any more.
    Gone,
}

struct Write {
    cache_store: CacheStore,
    key: String,
    /// Without one the key is forgotten.
    value: Option<String>,
    is_repeated: Cell<bool>,
}

impl Cache {
    /// Opens the database of `user`, and no other. `None` where the browser has none to give.
    pub async fn open(user: &str) -> Option<Self> {
        let name = format!("cfm-{user}");
        let database = connect(&name, create_object_stores).await?;
        let connection = RefCell::new(CacheConnection::Gone);
        let cache = Self(Rc::new(Inner { name, connection, unwritten: RefCell::default() }));
        cache.go_on_with(database);
        Some(cache)
    }

    /// Keeps `value` under `key`.
    pub fn put(&self, cache_store: CacheStore, key: &str, value: &str) {
        self.write(cache_store, key, Some(value));
    }

    /// Forgets `key`.
    pub fn remove(&self, cache_store: CacheStore, key: &str) {
        self.write(cache_store, key, None);
    }

    /// Returns the text kept under `key`.
    pub async fn get(&self, cache_store: CacheStore, key: &str) -> Option<String> {
        let store = self.open_store(cache_store).await?;
        result_of(&store.get(&key.into()).ok()?).await?.as_string()
    }

    /// Everything on an object store, by key.
    pub async fn all(&self, cache_store: CacheStore) -> Vec<(String, String)> {
        self.read_all(cache_store).await.unwrap_or_default()
    }

    async fn read_all(&self, cache_store: CacheStore) -> Option<Vec<(String, String)>> {
        let store = self.open_store(cache_store).await?;
        // Both requests before the first wait: a transaction ends as soon as nothing is asked of it.
        let (keys, values) = (store.get_all_keys().ok()?, store.get_all().ok()?);
        let (keys_came, values_came) = (answered(&keys), answered(&values));
        JsFuture::from(keys_came).await.ok()?;
        JsFuture::from(values_came).await.ok()?;
        let (keys, values) = (Array::from(&keys.result().ok()?), Array::from(&values.result().ok()?));
        let pairs = keys.iter().zip(values.iter());
        Some(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }

    /// Forgets everything, in one transaction, and waits until that is done. Says whether it is.
    pub async fn clear(&self) -> bool {
        match self.database() {
            Some(database) => clear(&database).await,
            None => false,
        }
    }

    /// Forgets everything and the database itself.
    pub async fn wipe(self) {
        let database = self.database();
        // From here on nothing is written, and nothing is opened again.
        self.give_up();
        if let Some(database) = database {
            clear(&database).await;
            database.close();
        }
        if let Some(factory) = factory() {
            // Asked for, not waited for: a tab that sleeps may hold the database open for long. One that was open here is empty already.
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

    /// Begins to write, or leaves it waiting while the database is opened again.
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
            // A browser that closes the database stops what is under way, which waits then. What fails in an open one is forgotten: the
            // disk is full.
            if is_written || cache.store(write.cache_store, IdbTransactionMode::Readonly).is_some() {
                cache.strike(&write);
            }
        });
    }

    /// Takes a write off the list.
    fn strike(&self, write: &Rc<Write>) {
        self.0.unwritten.borrow_mut().retain(|other| !Rc::ptr_eq(other, write));
    }

    /// Writes what was not written, in its order, and each once: a database that does not stay open must not be opened for ever.
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

    /// An object store in a new transaction. Where the database turns out to be closed there is none, and it is being opened again.
    fn store(&self, cache_store: CacheStore, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        let begun = self.database()?.transaction_with_str_and_mode(cache_store.name(), mode);
        if begun.as_ref().is_err_and(is_of_closed) {
            self.open_again();
        }
        begun.ok()?.object_store(cache_store.name()).ok()
    }

    /// An object store to read from, once the database is open.
    async fn open_store(&self, cache_store: CacheStore) -> Option<IdbObjectStore> {
        let store = self.store(cache_store, IdbTransactionMode::Readonly);
        let Some(opening) = self.opening() else { return store };
        let _ = JsFuture::from(opening).await;
        self.store(cache_store, IdbTransactionMode::Readonly)
    }

    /// Opens the database that the browser has closed, once for all who wait.
    fn open_again(&self) {
        let cache = self.clone();
        let opening = future_to_promise(async move {
            match connect(&cache.0.name, leave_deleted).await {
                Some(database) if cache.opening().is_some() => cache.go_on_with(database),
                // The person has left meanwhile.
                Some(database) => database.close(),
                None => cache.give_up(),
            }
            Ok(JsValue::UNDEFINED)
        });
        self.0.connection.replace(CacheConnection::Opening(opening));
    }

    fn go_on_with(&self, database: IdbDatabase) {
        // Another tab wants to delete it (sign-out): do not stand in the way, and do not open it again.
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

    /// Goes on as in a browser without a database.
    fn give_up(&self) {
        self.0.connection.replace(CacheConnection::Gone);
        self.0.unwritten.borrow_mut().clear();
    }
}

/// Opens a database; `on_new` is asked where there is none of that name.
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
        // An object store that cannot be made fails every later transaction on it, which is then a cache that forgets.
        let _ = database.create_object_store(cache_store.name());
    }
}

/// Makes no database anew: another tab has deleted it while it was closed here, because the person has left.
fn leave_deleted(request: &IdbOpenDbRequest) {
    if let Some(making) = request.transaction() {
        let _ = making.abort();
    }
}

/// Tells the error of a database that is closed from all others.
fn is_of_closed(error: &JsValue) -> bool {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    name.as_deref() == Some("InvalidStateError")
}

/// Empties all object stores, and says whether that is done.
async fn clear(database: &IdbDatabase) -> bool {
    let names: Array = CacheStore::ALL.iter().map(|cache_store| JsValue::from_str(cache_store.name())).collect();
    let mode = IdbTransactionMode::Readwrite;
    let Ok(transaction) = database.transaction_with_str_sequence_and_mode(&names, mode) else { return false };
    for cache_store in CacheStore::ALL {
        if let Ok(store) = transaction.object_store(cache_store.name()) {
            let _ = store.clear();
        }
    }
    JsFuture::from(ended(&transaction)).await.is_ok()
}

/// Ends a transaction although nobody waits for it. Left to end by itself it asks the page once more, and one that is going away
/// does not answer: what is written while a page hides would be lost.
#[expect(deprecated, reason = "a wrong mark of the bindings: the standard has it, and every browser")]
fn commit(transaction: &IdbTransaction) {
    let _ = transaction.commit();
}

/// Settled by the end of a transaction.
fn ended(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

fn factory() -> Option<IdbFactory> {
    web_sys::window()?.indexed_db().ok()?
}

/// Waits for what was asked.
async fn result_of(request: &IdbRequest) -> Option<JsValue> {
    JsFuture::from(answered(request)).await.ok()?;
    request.result().ok()
}

/// Settled by the request itself: no closure of ours stands between.
fn answered(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}
