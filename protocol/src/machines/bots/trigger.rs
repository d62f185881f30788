//! Calls of bots by messages: `@name` in a group or public room, anything in a conversation with the bot (`messenger.md` 7).

use crate::codec::json::Value;
use crate::words::bot_cast::{BOTS, Bot};
use crate::words::event::{Event, Kind};
use crate::words::ids::RoomForm;
use crate::words::principal::UserKind;

/// Returns the bots that `event` calls in a room of this form. Messages of bots and changes of messages call none.
pub fn called(form: &RoomForm, event: &Event) -> Vec<&'static Bot> {
    let sender = event.actor.as_deref().unwrap_or_default();
    if event.kind != Kind::Chat || sender.is_empty() || UserKind::of_id(sender) == UserKind::Bot {
        return Vec::new();
    }
    let is_called = |bot: &&Bot| match form {
        RoomForm::Direct(a, b) => [a, b].iter().any(|user| user.as_str() == bot.id),
        // Most messages mention nobody, and need not be parsed.
        RoomForm::Public | RoomForm::Group => event.body.contains('@') && mentions(&content(event), bot),
    };
    BOTS.iter().filter(is_called).collect()
}

/// The words of a chat event.
pub(super) fn content(event: &Event) -> String {
    let body = Value::parse(&event.body);
    body.as_ref().and_then(|body| body.get("content")?.as_str()).unwrap_or_default().to_owned()
}

fn mentions(content: &str, bot: &Bot) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    content.match_indices('@').any(|(at, _)| {
        let (before, after) = (&content[..at], &content[at + 1..]);
        let word: String = after.chars().take_while(|letter| is_letter(*letter)).collect();
        let is_named = [bot.id, bot.name].iter().any(|name| name.eq_ignore_ascii_case(&word));
        is_named && !before.ends_with(is_letter)
    })
}
