//! `GET /developers` (`core.md` 8 row 19), which `app::pages::developers` renders: data of this deployment, and the script of the page.

use app::pages::developers::developers;
use app::pages::document::PageScript;
use protocol::trust::jwt::Door as TokenDoor;
use worker::Response;

use super::admin::page_appearance;
use crate::auth::jwt;
use crate::config::Environment;
use crate::http::html::{fresh_nonce, html_response, policy};
use crate::http::incoming::Incoming;
use crate::operation::health;

const SCRIPT: &str = include_str!("developers.js");

pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let nonce = fresh_nonce();
    let policy = policy(incoming, &nonce);
    let script = PageScript { nonce, source: SCRIPT };
    let page = developers(&page_appearance(incoming), health::words(incoming).await, hopeflow_note(incoming), script);
    html_response(incoming, &policy, page, &[])
}

/// Returns the reason why HopeFlow is not available with this configuration (`core.md` 4.1).
fn hopeflow_note(incoming: &Incoming) -> Option<&'static str> {
    let config = &incoming.config;
    match config.environment {
        Environment::Dev if config.jwt.secret.is_empty() => {
            Some("JWT_SECRET isn’t set: HopeFlow accepts no tokens until it is.")
        }
        Environment::Dev => None,
        _ if jwt::is_weak(config, TokenDoor::HopeFlow) => {
            Some("JWT_SECRET isn’t set, or has fewer than 32 bytes: HopeFlow answers MISCONFIGURED until it has 32.")
        }
        _ => None,
    }
}
