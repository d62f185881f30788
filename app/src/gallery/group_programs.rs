//! Contents of the stories about programs of a group (`integrations.md` 6): integrations, bots, and their commands in the composer. Pages of
//! other sites show the group, so that its dialog has all sections.

use protocol::codec::json;
use protocol::content::room_commands::RoomCommand;
use protocol::machines::room::{EmbedMode, Embedding};

use crate::prelude::*;
use crate::store::conversation::Participant;
use crate::store::groups::GroupDialog;
use crate::store::integrations::NewIntegration;
use crate::store::own_bots::{NewBot, OwnBot, OwnCommand};

/// Integrations of a group; the last one is new.
const INTEGRATIONS: &str = include_str!("integrations.json");
/// Bots of a group with their secrets; the last one is new.
const BOTS: &str = include_str!("own-bots.json");

/// Opens the dialog of a group with integrations.
pub fn integrations(session: Session) {
    let place = session.groups.integrations;
    place.items.set(json::read(INTEGRATIONS).unwrap_or_default());
    place.made.set(json::read::<Vec<NewIntegration>>(INTEGRATIONS).and_then(|mut all| all.pop()));
    session.groups.dialog.set(GroupDialog::People);
}

/// Opens the dialog of a group with bots.
pub fn own_bots(session: Session) {
    let place = session.groups.own_bots;
    place.items.set(bots());
    place.made.set(json::read::<Vec<NewBot>>(BOTS).and_then(|mut all| all.pop()));
    session.groups.dialog.set(GroupDialog::People);
}

/// Lets a page of another site show the group.
pub fn embed(session: Session) {
    let embedding = Embedding { origins: vec!["https://blog.example".to_owned()], mode: EmbedMode::Guest };
    session.groups.embedding.current.set(Some(embedding));
}

/// Begins a command in the composer. One of the bots is here, and the other one is not known by name.
pub fn bot_commands(session: Session) {
    let Some(conversation) = session.current.get() else { return };
    conversation.commands.set(bots().iter().flat_map(commands_of).collect());
    conversation.participants.set(bots().into_iter().skip(1).map(participant).collect());
    conversation.draft.update(|draft| draft.content = "/s".to_owned());
}

fn bots() -> Vec<OwnBot> {
    json::read::<Vec<NewBot>>(BOTS).unwrap_or_default().into_iter().map(|made| made.bot).collect()
}

fn commands_of(bot: &OwnBot) -> Vec<RoomCommand> {
    let of_room = |own: &OwnCommand| RoomCommand {
        bot: bot.id.clone(),
        name: own.name.clone(),
        description: own.description.clone(),
    };
    bot.commands.iter().map(of_room).collect()
}

fn participant(bot: OwnBot) -> Participant {
    let (status, avatar) = ("online".to_owned(), "av_01".to_owned());
    Participant { user: bot.id, name: bot.name, status, avatar, is_guest: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_program_has_its_secret() {
        let all = json::read::<Vec<NewIntegration>>(INTEGRATIONS).unwrap_or_default();
        assert!(all.len() == 2 && all[1].url.contains(&all[1].id));
        let bots = json::read::<Vec<NewBot>>(BOTS).unwrap_or_default();
        assert!(bots.len() == 2 && bots[1].token.contains(&bots[1].bot.id) && bots[1].webhook_secret.is_some());
        assert_eq!(bots.iter().map(|made| commands_of(&made.bot).len()).sum::<usize>(), 3);
    }
}
