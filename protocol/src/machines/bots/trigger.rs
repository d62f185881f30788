//! Calls of bots by messages: `@name` in a group or public room, anything in a conversation with the bot (`messenger.md` 7).

use crate::content::mentions::mentions;
use crate::content::own_emoticons::emoticons_in;
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
    // Most messages mention nobody, and need not be parsed.
    let (words, own) = match event.body.contains('@') {
        true => (event.content().unwrap_or_default(), emoticons_in(&event.body)),
        false => Default::default(),
    };
    let is_called = |bot: &&Bot| match form {
        RoomForm::Direct(a, b) => [a, b].iter().any(|user| user.as_str() == bot.id),
        RoomForm::Public | RoomForm::Group => mentions(&words, &own, &[bot.id, bot.name]),
    };
    BOTS.iter().filter(is_called).collect()
}
