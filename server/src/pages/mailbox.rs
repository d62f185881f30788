//! `/__dev/mail` (`account.md` 1.3): the development mailbox, as JSON for programs and as a page for browsers. `app::pages::mailbox` renders
//! the page. In production the path does not exist.

use app::pages::mailbox::{ShownMail, mailbox};
use protocol::words::refusal::Refusal;
use serde_json::{Value, json};
use worker::Response;

use super::admin::page_appearance;
use crate::calls::mail::{KeptMail, ListMail, MAILBOX, Mail};
use crate::config::Environment;
use crate::http::answer;
use crate::http::door::Door;
use crate::http::html::html_response;
use crate::http::incoming::Incoming;
use crate::kit::body::Empty;
use crate::kit::request::Request;

/// Policy of the page. Mails have their styles in attributes, and a frame of the page has its policy.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; font-src 'self'; frame-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /__dev/mail`.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    if incoming.config.environment != Environment::Dev {
        return answer::refused(incoming, Door::App, &Refusal::NotFound);
    }
    let kept = match ListMail::ask(&incoming.env, MAILBOX, &Empty).await {
        Ok(kept) => kept,
        Err(error) => return answer::failed(incoming, error),
    };
    let varies = [("vary", "Accept".to_owned())];
    if incoming.accepts("text/html") {
        let page = mailbox(&page_appearance(incoming), kept.into_iter().map(shown).collect());
        return html_response(incoming, POLICY, page, &varies);
    }
    let mails: Vec<Value> = kept.iter().map(mail_json).collect();
    let response = answer::json_response(incoming, Door::App, 200, Value::from(mails).to_string(), &varies)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

fn mail_json(KeptMail { at, mail: Mail { to, subject, text, html }, .. }: &KeptMail) -> Value {
    json!({ "to": to, "subject": subject, "text": text, "html": html, "at": at })
}

fn shown(KeptMail { mail: Mail { to, subject, text, html }, .. }: KeptMail) -> ShownMail {
    ShownMail { to, subject, text, html }
}
