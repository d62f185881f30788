//! `/api/data/:collection` (`messenger.md` 3.1): the dedicated routes by another name, and the fixed catalogues.

use app::ui::words::english_wink_title;
use futures_util::future::LocalBoxFuture;
use protocol::people::names::TILES;
use protocol::words::personas::PERSONAS;
use protocol::words::refusal::Refusal;
use protocol::words::winks::{WINKS, Wink};
use serde_json::{Value, json};

use super::{bots, contacts, emoticons, groups, list, messages, people, rooms};
use crate::auth::session;
use crate::calls::auth::Purpose;
use crate::http::answer::HandlerResult;
use crate::http::incoming::Incoming;

/// Function that answers a request of a collection.
type CollectionHandler = for<'a> fn(&'a Incoming) -> LocalBoxFuture<'a, HandlerResult>;

struct Collection {
    name: &'static str,
    list: CollectionHandler,
    create: Option<CollectionHandler>,
}

const COLLECTIONS: &[Collection] = &[
    Collection { name: "users", list: |incoming| Box::pin(people::list_users(incoming)), create: None },
    Collection {
        name: "rooms",
        list: |incoming| Box::pin(rooms::list_rooms(incoming)),
        create: Some(|incoming| Box::pin(groups::create_group(incoming))),
    },
    Collection {
        name: "messages",
        list: |incoming| Box::pin(list_messages(incoming)),
        create: Some(|incoming| Box::pin(messages::post_message(incoming))),
    },
    Collection {
        name: "contacts",
        list: |incoming| Box::pin(contacts::list_contacts(incoming)),
        create: Some(|incoming| Box::pin(contacts::request_contact(incoming))),
    },
    Collection {
        name: "emoticons",
        list: |incoming| Box::pin(emoticons::list_emoticons(incoming)),
        create: Some(|incoming| Box::pin(emoticons::add_emoticon(incoming))),
    },
    Collection { name: "winks", list: |incoming| Box::pin(catalogue(incoming, winks())), create: None },
    Collection { name: "avatars", list: |incoming| Box::pin(catalogue(incoming, avatars())), create: None },
    Collection { name: "bots", list: |incoming| Box::pin(list_bots(incoming)), create: None },
];

pub async fn answer(incoming: &Incoming, collection: &str) -> HandlerResult {
    let collection = COLLECTIONS.iter().find(|row| row.name == collection).ok_or(Refusal::NotFound)?;
    let handler = match incoming.method.as_str() {
        "GET" | "HEAD" => Some(collection.list),
        "POST" => collection.create,
        _ => None,
    };
    let allow = if collection.create.is_some() { "GET, HEAD, POST, OPTIONS" } else { "GET, HEAD, OPTIONS" };
    let handler = handler.ok_or(Refusal::MethodNotAllowed { allow: allow.into() })?;
    handler(incoming).await
}

/// Lists messages. All collections continue after `after`; the dedicated route of messages calls it `since`.
async fn list_messages(incoming: &Incoming) -> HandlerResult {
    messages::page_since(incoming, incoming.query("since").or_else(|| incoming.query("after"))).await
}

async fn list_bots(incoming: &Incoming) -> HandlerResult {
    list::fixed(incoming, &bots::bot_rows(incoming).await?, |row| row["id"].as_str().unwrap_or_default())
}

async fn catalogue(incoming: &Incoming, rows: Vec<Value>) -> HandlerResult {
    session::require(incoming, Purpose::Call).await?;
    list::fixed(incoming, &rows, |row| row["id"].as_str().unwrap_or_default())
}

fn winks() -> Vec<Value> {
    let row =
        |wink: &Wink| json!({ "id": wink.id, "durationMs": wink.duration_ms, "title": english_wink_title(wink.id) });
    WINKS.iter().map(row).collect()
}

fn avatars() -> Vec<Value> {
    let personas = PERSONAS.iter().map(|persona| json!({ "id": persona.avatar, "title": persona.name }));
    let tiles = TILES.iter().map(|id| json!({ "id": id, "title": id.trim_start_matches("dt_").replace('_', " ") }));
    personas.chain(tiles).collect()
}
