//! One attempt to send a mail, by the first transport that is configured (`account.md` 1.1). The outbox of `auth` schedules attempts.

use protocol::words::limits::MAIL_ATTEMPT_MS_MAX;
use serde_json::{Value, json};
use worker::Env;

use super::connectors::EMAIL;
use crate::calls::mail::{KeepMail, KeptMail, MAILBOX, Mail};
use crate::config::{Config, MailProvider, MailWay, parts_of_sender};
use crate::kit::request::Request;
use crate::platform::has_binding;
use crate::runtime;

/// Reason for a mail that was not sent, without its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailFailure {
    Temporary(String),
    Final(String),
}

/// Returns true if the deployment sends mail.
pub fn is_on(env: &Env, config: &Config) -> bool {
    config.mail.way(has_binding(env, EMAIL)).is_some()
}

/// Returns true if accounts may write only after their address is verified (`account.md` 3). Without mail no one could verify it.
pub fn requires_proof(env: &Env, config: &Config) -> bool {
    config.requires_verified && is_on(env, config)
}

/// Makes one attempt. `id` is the same on every attempt of a mail.
///
/// # Errors
///
/// The reason why the mail was not sent.
pub async fn send(env: &Env, config: &Config, id: &str, mail: &Mail) -> Result<(), MailFailure> {
    if is_nowhere(&mail.to) {
        return Ok(());
    }
    match config.mail.way(has_binding(env, EMAIL)) {
        Some(MailWay::Provider(provider, from)) => post(provider, from, id, mail).await,
        Some(MailWay::Binding(from)) => {
            let body = binding_json(from, mail).to_string();
            let sent = runtime::send_mail(env, EMAIL, &body, MAIL_ATTEMPT_MS_MAX).await;
            sent.map_err(|words| MailFailure::Temporary(without_address(&words, &mail.to)))
        }
        Some(MailWay::Mailbox) => keep(env, id, mail).await,
        None => Err(MailFailure::Temporary("no way to send mail is configured".to_owned())),
    }
}

/// Returns true for a reserved address that cannot receive mail (RFC 2606), as browser accounts have (`wasmchannel.md` 4.1).
fn is_nowhere(address: &str) -> bool {
    address.ends_with(".invalid")
}

async fn post(provider: &MailProvider, from: &str, id: &str, mail: &Mail) -> Result<(), MailFailure> {
    let authorization = format!("Bearer {}", provider.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", id),
        ("user-agent", "cf-messenger-mail/1"),
    ];
    let body = provider_json(from, mail).to_string();
    // Only the status matters, so the body is not read.
    let sent = runtime::fetch_outside(&provider.url, "POST", &headers, Some(&body), MAIL_ATTEMPT_MS_MAX, 0).await;
    match sent {
        Ok(answer) => outcome(answer.status),
        Err(words) => Err(MailFailure::Temporary(without_address(&words, &mail.to))),
    }
}

/// Stores a mail in the development mailbox.
async fn keep(env: &Env, id: &str, mail: &Mail) -> Result<(), MailFailure> {
    let kept = KeptMail { id: id.to_owned(), at: runtime::now_ms(), mail: mail.clone() };
    let kept = KeepMail::ask(env, MAILBOX, &kept).await;
    kept.map_err(|error| {
        let words = error.fault().map_or_else(|| "the mailbox refused it".to_owned(), ToString::to_string);
        MailFailure::Temporary(words)
    })
}

/// Reads the status of a provider's answer. A refused key is a configuration error, which the operator may fix within the day.
fn outcome(status: u16) -> Result<(), MailFailure> {
    let words = format!("status {status}");
    match status {
        200..=299 => Ok(()),
        401 | 403 | 408 | 425 | 429 => Err(MailFailure::Temporary(words)),
        400..=499 => Err(MailFailure::Final(words)),
        _ => Err(MailFailure::Temporary(words)),
    }
}

fn provider_json(from: &str, mail: &Mail) -> Value {
    let Mail { to, subject, text, html } = mail;
    json!({ "from": from, "to": [to], "subject": subject, "text": text, "html": html })
}

/// Returns the mail for the binding, which takes name and address as separate members.
fn binding_json(from: &str, mail: &Mail) -> Value {
    let Mail { to, subject, text, html } = mail;
    let from = match parts_of_sender(from) {
        ("", address) => json!(address),
        (name, address) => json!({ "name": name, "email": address }),
    };
    json!({ "from": from, "to": to, "subject": subject, "text": text, "html": html })
}

/// Removes the address from an error text that goes into the log.
fn without_address(words: &str, address: &str) -> String {
    words.replace(address, "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        let [to, subject, text, html] = ["a@example.org", "S", "one\n\"two\"", "<p>one</p>"].map(str::to_owned);
        Mail { to, subject, text, html }
    }

    #[test]
    fn a_provider_gets_a_list_of_one_address() {
        let body = provider_json("M <m@example.org>", &mail());
        let expected = r#"{"from":"M <m@example.org>","html":"<p>one</p>","subject":"S","text":"one\n\"two\"","to":["a@example.org"]}"#;
        assert_eq!(body, serde_json::from_str::<Value>(expected).unwrap());
    }

    #[test]
    fn the_binding_gets_name_and_address_apart() {
        assert_eq!(
            binding_json("M <m@example.org>", &mail())["from"],
            json!({ "name": "M", "email": "m@example.org" })
        );
        let body = binding_json("m@example.org", &mail());
        assert_eq!((&body["from"], &body["to"]), (&json!("m@example.org"), &json!("a@example.org")));
    }

    #[test]
    fn what_lies_below_invalid_is_nowhere() {
        assert!(is_nowhere("0a1b@device.invalid"));
        assert!(!is_nowhere("invalid@example.org") && !is_nowhere("a@device-invalid.example"));
    }

    #[test]
    fn a_refusal_is_final_and_every_other_failure_is_not() {
        for status in [200, 202, 204, 299] {
            assert_eq!(outcome(status), Ok(()), "{status}");
        }
        for status in [400, 404, 409, 422, 451] {
            assert_eq!(outcome(status), Err(MailFailure::Final(format!("status {status}"))));
        }
        for status in [0, 101, 302, 401, 403, 408, 425, 429, 500, 503, 530] {
            assert_eq!(outcome(status), Err(MailFailure::Temporary(format!("status {status}"))));
        }
    }

    #[test]
    fn words_of_others_name_no_address() {
        assert_eq!(without_address("a@example.org is not allowed", "a@example.org"), "… is not allowed");
    }
}
