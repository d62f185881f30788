//! Data that outlives a reload, in IndexedDB: one database per user, four shelves of texts under text keys.
//!
//! Knows nothing of what it keeps (`session::keep` does). Writes are queued in the order they are called, one short
//! transaction each, and nobody waits for them; a browser without a database just forgets.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbObjectStore, IdbRequest, IdbTransactionMode};

use super::Shelf;

const VERSION: u32 = 1;

impl Shelf {
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
pub struct Cache {
    name: String,
    database: IdbDatabase,
}

impl Cache {
    /// Opens the database of `user`, and no other. `None` where the browser has none to give.
    pub async fn open(user: &str) -> Option<Self> {
        let name = format!("cfm-{user}");
        let request = factory()?.open_with_u32(&name, VERSION).ok()?;
        let opening = request.clone();
        let make_shelves = Closure::once(move || {
            let Ok(database) = opening.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
            for shelf in Shelf::ALL {
                // A shelf that cannot be made fails every later transaction on it, which is then a cache that forgets.
                let _ = database.create_object_store(shelf.name());
            }
        });
        request.set_onupgradeneeded(Some(make_shelves.as_ref().unchecked_ref()));
        let database: IdbDatabase = result_of(&request).await?.dyn_into().ok()?;
        // Another tab wants to delete it (sign-out): do not stand in the way.
        let in_the_way = database.clone();
        let step_aside = Closure::<dyn FnMut()>::new(move || in_the_way.close());
        database.set_onversionchange(Some(step_aside.as_ref().unchecked_ref()));
        step_aside.forget();
        Some(Self { name, database })
    }

    /// Keeps `value` under `key`.
    pub fn put(&self, shelf: Shelf, key: &str, value: &str) {
        if let Some(store) = self.store(shelf, IdbTransactionMode::Readwrite) {
            let _ = store.put_with_key(&value.into(), &key.into());
            commit(&store);
        }
    }

    /// Forgets `key`.
    pub fn remove(&self, shelf: Shelf, key: &str) {
        if let Some(store) = self.store(shelf, IdbTransactionMode::Readwrite) {
            let _ = store.delete(&key.into());
            commit(&store);
        }
    }

    /// Returns the text kept under `key`.
    pub async fn get(&self, shelf: Shelf, key: &str) -> Option<String> {
        let store = self.store(shelf, IdbTransactionMode::Readonly)?;
        result_of(&store.get(&key.into()).ok()?).await?.as_string()
    }

    /// Everything on a shelf, by key.
    pub async fn all(&self, shelf: Shelf) -> Vec<(String, String)> {
        self.read_all(shelf).await.unwrap_or_default()
    }

    async fn read_all(&self, shelf: Shelf) -> Option<Vec<(String, String)>> {
        let store = self.store(shelf, IdbTransactionMode::Readonly)?;
        // Both requests before the first wait: a transaction ends as soon as nothing is asked of it.
        let (keys, values) = (store.get_all_keys().ok()?, store.get_all().ok()?);
        let (keys_came, values_came) = (answered(&keys), answered(&values));
        JsFuture::from(keys_came).await.ok()?;
        JsFuture::from(values_came).await.ok()?;
        let (keys, values) = (Array::from(&keys.result().ok()?), Array::from(&values.result().ok()?));
        let pairs = keys.iter().zip(values.iter());
        Some(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }

    /// Forgets everything, in one transaction, and waits until that is done.
    pub async fn clear(&self) {
        let names: Array = Shelf::ALL.iter().map(|shelf| JsValue::from_str(shelf.name())).collect();
        let mode = IdbTransactionMode::Readwrite;
        let Ok(transaction) = self.database.transaction_with_str_sequence_and_mode(&names, mode) else { return };
        for shelf in Shelf::ALL {
            if let Ok(store) = transaction.object_store(shelf.name()) {
                let _ = store.clear();
            }
        }
        let done = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        });
        let _ = JsFuture::from(done).await;
    }

    /// Forgets everything and the database itself.
    pub async fn wipe(self) {
        self.clear().await;
        self.database.close();
        if let Some(factory) = factory() {
            // Asked for, not waited for: a tab that sleeps may hold the database open for long, but it is empty already.
            let _ = factory.delete_database(&self.name);
        }
    }

    fn store(&self, shelf: Shelf, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        let transaction = self.database.transaction_with_str_and_mode(shelf.name(), mode).ok()?;
        transaction.object_store(shelf.name()).ok()
    }
}

/// Ends a transaction although nobody waits for it. Left to end by itself it asks the page once more, and one that is going away
/// does not answer: what is written while a page hides would be lost.
#[expect(deprecated, reason = "a wrong mark of the bindings: the standard has it, and every browser")]
fn commit(store: &IdbObjectStore) {
    let _ = store.transaction().commit();
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
