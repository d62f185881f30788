//! `/api/data/:collection` (`messenger.md` 3.1): the dedicated routes by another name, and the fixed catalogues.

use app::ui::words::english_wink_title;
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

/// Answers any method of a collection.
pub async fn answer(incoming: &Incoming, collection: &str) -> HandlerResult {
    match (incoming.method.as_str(), collection) {
        ("GET", "users") => people::list_users(incoming).await,
        ("GET", "rooms") => rooms::list_rooms(incoming).await,
        ("POST", "rooms") => groups::create_group(incoming).await,
        // Lists of collections go on after `after`, whatever their own routes call it.
        ("GET", "messages") => {
            messages::page_since(incoming, incoming.query("since").or_else(|| incoming.query("after"))).await
        }
        ("POST", "messages") => messages::post_message(incoming).await,
        ("GET", "contacts") => contacts::list_contacts(incoming).await,
        ("POST", "contacts") => contacts::request_contact(incoming).await,
        ("GET", "winks") => catalogue(incoming, winks()).await,
        ("GET", "avatars") => catalogue(incoming, avatars()).await,
        ("GET", "emoticons") => emoticons::list_emoticons(incoming).await,
        ("POST", "emoticons") => emoticons::add_emoticon(incoming).await,
        ("GET", "bots") => {
            list::page(incoming, &bots::bot_rows(incoming).await?, |row| row["id"].as_str().unwrap_or_default())
        }
        (_, "messages" | "contacts" | "rooms" | "emoticons") => {
            Err(Refusal::MethodNotAllowed { allow: "GET, POST, OPTIONS".into() }.into())
        }
        (_, "users" | "winks" | "avatars" | "bots") => {
            Err(Refusal::MethodNotAllowed { allow: "GET, OPTIONS".into() }.into())
        }
        _ => Err(Refusal::NotFound.into()),
    }
}

async fn catalogue(incoming: &Incoming, rows: Vec<Value>) -> HandlerResult {
    session::require(incoming, Purpose::Call).await?;
    list::page(incoming, &rows, |row| row["id"].as_str().unwrap_or_default())
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
