//! What outlives a reload, in IndexedDB: one database per user, four shelves of texts under text keys.
//!
//! Knows nothing of what it keeps (`session::keep` does). Writes are queued in the order they are called, one short
//! transaction each, and nobody waits for them; a browser without a database just forgets.

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, TransactionMode};
use wasm_bindgen::JsValue;

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
    database: Database,
}

impl Cache {
    /// Opens the database of `user`, and no other. `None` where the browser has none to give.
    pub async fn open(user: &str) -> Option<Self> {
        let name = format!("cfm-{user}");
        let mut request = Factory::new().ok()?.open(&name, Some(VERSION)).ok()?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = event.database() else { return };
            for shelf in Shelf::ALL {
                // A shelf that cannot be made fails every later transaction on it, which is then a cache that forgets.
                let _ = database.create_object_store(shelf.name(), ObjectStoreParams::new());
            }
        });
        let mut database = request.await.ok()?;
        // Another tab wants to delete it (sign-out): do not stand in the way.
        database.on_version_change(|event| {
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        Some(Self { name, database })
    }

    /// Keeps `value` under `key`.
    pub fn put(&self, shelf: Shelf, key: &str, value: &str) {
        let Ok(transaction) = self.database.transaction(&[shelf.name()], TransactionMode::ReadWrite) else { return };
        let Ok(store) = transaction.object_store(shelf.name()) else { return };
        // The request is queued with the call; it completes although nobody waits.
        let _ = store.put(&JsValue::from_str(value), Some(&JsValue::from_str(key)));
    }

    /// Forgets `key`.
    pub fn remove(&self, shelf: Shelf, key: &str) {
        let Ok(transaction) = self.database.transaction(&[shelf.name()], TransactionMode::ReadWrite) else { return };
        let Ok(store) = transaction.object_store(shelf.name()) else { return };
        let _ = store.delete(JsValue::from_str(key));
    }

    /// What is kept under `key`.
    pub async fn get(&self, shelf: Shelf, key: &str) -> Option<String> {
        let transaction = self.database.transaction(&[shelf.name()], TransactionMode::ReadOnly).ok()?;
        let request = transaction.object_store(shelf.name()).ok()?.get(JsValue::from_str(key)).ok()?;
        request.await.ok()??.as_string()
    }

    /// Everything on a shelf, by key.
    pub async fn all(&self, shelf: Shelf) -> Vec<(String, String)> {
        self.read_all(shelf).await.unwrap_or_default()
    }

    async fn read_all(&self, shelf: Shelf) -> Option<Vec<(String, String)>> {
        let transaction = self.database.transaction(&[shelf.name()], TransactionMode::ReadOnly).ok()?;
        let store = transaction.object_store(shelf.name()).ok()?;
        // Both requests before the first wait: a transaction ends as soon as nothing is asked of it.
        let (keys, values) = (store.get_all_keys(None, None).ok()?, store.get_all(None, None).ok()?);
        let (keys, values) = (keys.await.ok()?, values.await.ok()?);
        let pairs = keys.into_iter().zip(values);
        Some(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }

    /// Forgets everything, in one transaction, and waits until that is done.
    pub async fn clear(&self) {
        let names = Shelf::ALL.map(Shelf::name);
        let Ok(transaction) = self.database.transaction(&names, TransactionMode::ReadWrite) else { return };
        for name in names {
            if let Ok(store) = transaction.object_store(name) {
                let _ = store.clear();
            }
        }
        let _ = transaction.await;
    }

    /// Forgets everything and the database itself.
    pub async fn wipe(self) {
        self.clear().await;
        self.database.close();
        if let Ok(factory) = Factory::new() {
            // Asked for, not waited for: a tab that sleeps may hold the database open for long, but it is empty already.
            let _ = factory.delete(&self.name);
        }
    }
}
