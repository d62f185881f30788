//! Bots of a group on the wire (`integrations.md` 7): tokens, the bodies that create and change a bot, and the calls to webhooks.

use serde_json::Value;

use crate::codec::json::json_text;
use crate::content::slash::is_taken;
use crate::content::text::{command_description, integration_name};
use crate::machines::room::{BotCommand, BotScope};
use crate::people::session::is_token;
use crate::trust::guard::{UrlPolicy, check_url};
use crate::wire::messenger::{EventView, Members, event_json};
use crate::words::event::Event;
use crate::words::ids::is_integration;
use crate::words::limits::{BOT_COMMAND_BYTES_MAX, BOT_COMMANDS_MAX};
use crate::words::refusal::Refusal;

const PREFIX: &str = "cfb_";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BotToken<'a> {
    /// Text of the group's id.
    pub room: &'a str,
    pub bot: &'a str,
    pub secret: &'a str,
}

/// Body that creates or changes a bot. A member that is `None` was absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotBody {
    pub name: Option<String>,
    pub scopes: Option<Vec<BotScope>>,
    pub commands: Option<Vec<BotCommand>>,
    pub webhook: WebhookBody,
}

/// Member `webhook` of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebhookBody {
    #[default]
    Absent,
    /// Null.
    Nothing,
    Url(String),
}

/// Returns `true` for a text that is meant as a token of a bot.
pub fn is_bot_token(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Returns the token of a bot; `None` for a text of another form.
pub fn bot_token(room: &str, bot: &str, secret: &str) -> String {
    format!("{PREFIX}{room}.{bot}.{secret}")
}

/// Returns the parts of a token; `None` for a text of another form, so that no object is called for it.
pub fn read_bot_token(text: &str) -> Option<BotToken<'_>> {
    let mut parts = text.strip_prefix(PREFIX)?.split('.');
    let (room, bot, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let is_one = parts.next().is_none() && is_integration(bot) && is_token(secret);
    is_one.then_some(BotToken { room, bot, secret })
}

/// Reads the body of a bot. The webhook address is checked by its form; names are not resolved here.
pub fn read_bot(members: &Members, place: UrlPolicy<'_>) -> Result<BotBody, Refusal> {
    let name = members.text("name")?.map(integration_name).transpose()?;
    let scopes = members.list("scopes")?.map(|list| read_scopes(list)).transpose()?;
    let commands = members.list("commands")?.map(|list| read_commands(list)).transpose()?;
    Ok(BotBody { name, scopes, commands, webhook: read_webhook(members.source(), place)? })
}

fn read_scopes(list: &[Value]) -> Result<Vec<BotScope>, Refusal> {
    let scope = |value: &Value| value.as_str().and_then(BotScope::parse);
    let mut scopes = list.iter().map(scope).collect::<Option<Vec<BotScope>>>().unwrap_or_default();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Refusal::validation("scopes", "scopes has read, write or both."));
    }
    Ok(scopes)
}

fn read_commands(list: &[Value]) -> Result<Vec<BotCommand>, Refusal> {
    if list.len() > BOT_COMMANDS_MAX {
        return Err(Refusal::over_limit("commands", "A bot has at most 20 commands.", BOT_COMMANDS_MAX));
    }
    let mut commands: Vec<BotCommand> = Vec::new();
    for value in list {
        let command = read_command(value)?;
        if commands.iter().any(|known| known.name == command.name) {
            return Err(Refusal::validation("commands", "A bot has each command once."));
        }
        commands.push(command);
    }
    Ok(commands)
}

fn read_command(value: &Value) -> Result<BotCommand, Refusal> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (Some(name), Some(description)) = (text("name"), text("description")) else {
        return Err(Refusal::validation("commands", "A command has a name and a description."));
    };
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if !(1..=BOT_COMMAND_BYTES_MAX).contains(&name.len()) || !name.bytes().all(is_letter) {
        return Err(Refusal::validation("commands", "The name of a command has 1 to 32 of a-z, 0-9, _ and -."));
    }
    if is_taken(name) {
        return Err(Refusal::validation("commands", "The messenger has a command of this name itself."));
    }
    Ok(BotCommand { name: name.to_owned(), description: command_description(description)? })
}

/// Reads `webhook`. Null removes the webhook, and absence leaves it as it is.
fn read_webhook(source: &str, place: UrlPolicy<'_>) -> Result<WebhookBody, Refusal> {
    let body: Value = serde_json::from_str(source).map_err(|_| Refusal::BadJson)?;
    match body.get("webhook") {
        None => Ok(WebhookBody::Absent),
        Some(Value::Null) => Ok(WebhookBody::Nothing),
        Some(webhook) => {
            let url = webhook.get("url").and_then(Value::as_str);
            let url = url.ok_or(Refusal::validation("webhook", "webhook is {url} or null."))?;
            check_url(url, place).map_err(|refusal| refused_url(refusal.to_string()))?;
            Ok(WebhookBody::Url(url.to_owned()))
        }
    }
}

/// Returns the refusal of a webhook address with this message.
pub fn refused_url(message: String) -> Refusal {
    Refusal::Validation { field: "webhook".into(), message: message.into(), limit: None }
}

pub fn delivery_json(room: &str, epoch: &str, event: &Event) -> String {
    let message = event_json(room, event, EventView::Replay);
    format!("{{\"type\":\"message\",\"room\":{},\"epoch\":\"{epoch}\",\"message\":{message}}}", json_text(room))
}

/// Returns the body that asks a webhook to echo the challenge.
pub fn challenge_json(challenge: &str) -> String {
    format!("{{\"type\":\"challenge\",\"challenge\":{}}}", json_text(challenge))
}

/// Returns `true` if an answer echoes the challenge: the bare text, or JSON with the member `challenge`. The member `type` must be absent: a
/// server that returns every body unchanged has not agreed.
pub fn is_echo(answer: &str, challenge: &str) -> bool {
    let is_member = |answer: Value| {
        answer.get("type").is_none() && answer.get("challenge").and_then(Value::as_str) == Some(challenge)
    };
    answer.trim() == challenge || serde_json::from_str(answer).is_ok_and(is_member)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn read(body: &str) -> Result<BotBody, Refusal> {
        read_bot(
            &Members::read(body.to_owned(), &["name", "scopes", "commands", "webhook"]).unwrap(),
            UrlPolicy::default(),
        )
    }

    fn field(body: &str) -> String {
        read(body).unwrap_err().field().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = bot_token("grp_0123456789abc", "hook_a", SECRET);
        let parts = BotToken { room: "grp_0123456789abc", bot: "hook_a", secret: SECRET };
        assert_eq!(read_bot_token(&token), Some(parts));
        for wrong in ["", "cfb_", "cfb_a.hook_b", &token.replace("hook_", "user_"), &format!("{token}.x"), &token[1..]]
        {
            assert_eq!(read_bot_token(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_echo_is_the_word_or_json_with_it() {
        assert_eq!(challenge_json("w"), r#"{"type":"challenge","challenge":"w"}"#);
        for echo in ["w", " w\n", r#"{"challenge":"w"}"#] {
            assert!(is_echo(echo, "w"), "{echo}");
        }
        for other in ["", "ok", "W", "\"w\"", r#"{"challenge":"x"}"#, r#"["w"]"#, "<p>w</p>", &challenge_json("w")] {
            assert!(!is_echo(other, "w"), "{other}");
        }
    }

    #[test]
    fn what_is_absent_is_not_what_is_null() {
        assert_eq!(read("{}"), Ok(BotBody::default()));
        assert_eq!(read(r#"{"webhook":null}"#).unwrap().webhook, WebhookBody::Nothing);
        let url = read(r#"{"webhook":{"url":"https://a.com/h"}}"#).unwrap().webhook;
        assert_eq!(url, WebhookBody::Url("https://a.com/h".to_owned()));
        for wrong in [r#"{"webhook":7}"#, r#"{"webhook":{}}"#, r#"{"webhook":{"url":"https://localhost/"}}"#] {
            assert_eq!(field(wrong), "webhook", "{wrong}");
        }
    }

    #[test]
    fn scopes_and_commands_have_a_form() {
        let body = r#"{"scopes":["write","read","read"],"commands":[{"name":"roll-out_2","description":" Rolls "}]}"#;
        let BotBody { scopes, commands, .. } = read(body).unwrap();
        assert_eq!(scopes, Some(vec![BotScope::Read, BotScope::Write]));
        assert_eq!(commands.unwrap()[0].description, "Rolls");
        for wrong in [r#"{"scopes":[]}"#, r#"{"scopes":["all"]}"#, r#"{"scopes":["read",7]}"#, r#"{"scopes":7}"#] {
            assert_eq!(field(wrong), "scopes", "{wrong}");
        }
        let command = |name: &str| format!("{{\"name\":\"{name}\",\"description\":\"x\"}}");
        let twice = format!("{},{}", command("a"), command("a"));
        let names = ["", "A", "a b", "nudge", "auto", &"a".repeat(33)].map(command);
        for wrong in names.iter().map(String::as_str).chain(["7", r#"{"name":"a"}"#, &twice]) {
            assert_eq!(field(&format!("{{\"commands\":[{wrong}]}}")), "commands", "{wrong}");
        }
        let many: Vec<String> = (0..=BOT_COMMANDS_MAX).map(|n| command(&format!("c{n}"))).collect();
        let refusal = read(&format!("{{\"commands\":[{}]}}", many.join(","))).unwrap_err();
        assert_eq!(refusal.limit(), Some(BOT_COMMANDS_MAX as u64));
    }
}
