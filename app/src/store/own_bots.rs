//! Bots of a group while its dialog shows them (`integrations.md` 6). `session` writes them, except what is typed.

use leptos::prelude::{GetUntracked, RwSignal, Set};
use protocol::content::slash::is_taken;
use protocol::machines::room::BotScope;
use protocol::words::event::Millis;

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct OwnCommand {
        /// Word after the slash.
        pub name: String = "name",
        pub description: String = "description",
    }
}

protocol::record! {
    /// Webhook that receives the messages of the room in which the bot is.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct BotWebhook {
        pub url: String = "url",
    }
}

protocol::record! {
    /// Program with a token, without its secrets.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct OwnBot {
        pub id: String = "id",
        /// Name of the writer of its messages.
        pub name: String = "name",
        pub scopes: Vec<BotScope> = "scopes" or Vec::new(),
        pub commands: Vec<OwnCommand> = "commands" or Vec::new(),
        pub webhook: Option<BotWebhook> = "webhook",
        /// User id of the person who made it.
        pub made_by: String = "madeBy" or String::new(),
        pub made_at: Millis = "madeAt",
    }
}

protocol::record! {
    /// New bot with its secrets, which the server returns only once.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NewBot {
        pub bot: OwnBot = "bot",
        pub token: String = "token",
        /// Secret that signs calls of the webhook.
        pub webhook_secret: Option<String> = "webhookSecret",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BotWish {
        pub name: String = "name",
        pub scopes: Vec<BotScope> = "scopes",
        pub commands: Vec<OwnCommand> = "commands",
        pub webhook: Option<BotWebhook> = "webhook",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BotChange {
        /// All its commands from now on.
        pub commands: Vec<OwnCommand> = "commands",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotProblem {
    /// The name has nothing that is visible.
    Name,
    NoScope,
    /// The line with this number is no command.
    Line(usize),
    /// The server refused the commands.
    Commands,
    /// The server refused the address.
    Address,
    /// The server refused the bot. Its name is short enough, so the group has all its bots.
    Full,
}

/// Part of a bot's row that has taken the place of its buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotStep {
    Commands,
    /// Question before it ends.
    Revoke,
}

#[derive(Clone, Copy, Debug)]
pub struct OwnBots {
    pub items: RwSignal<Vec<OwnBot>>,
    /// Typed name of the next one.
    pub name: RwSignal<String>,
    pub may_read: RwSignal<bool>,
    pub may_write: RwSignal<bool>,
    /// Typed lines of its commands.
    pub lines: RwSignal<String>,
    /// Typed lines of another bot's commands.
    pub edited: RwSignal<String>,
    /// Typed address of its webhook.
    pub address: RwSignal<String>,
    pub is_making: RwSignal<bool>,
    /// Bot that was made since the dialog opened.
    pub made: RwSignal<Option<NewBot>>,
    /// One of its secrets was copied.
    pub is_copied: RwSignal<bool>,
    /// Refusals of the next one, and of another bot's commands.
    pub problems: [RwSignal<Option<BotProblem>>; 2],
    /// Id of the bot with an open part, and the part.
    pub step: RwSignal<Option<(String, BotStep)>>,
}

impl OwnBots {
    /// Empties the state for another dialog, which never shows the secrets of an earlier one.
    pub fn clear(self) {
        self.items.set(Vec::new());
        self.clear_form();
        self.made.set(None);
        self.step.set(None);
        for problem in self.problems {
            problem.set(None);
        }
        for mark in [self.is_making, self.is_copied] {
            mark.set(false);
        }
    }

    pub fn clear_form(self) {
        for field in [self.name, self.lines, self.address] {
            field.set(String::new());
        }
        for right in [self.may_read, self.may_write] {
            right.set(true);
        }
    }

    pub fn scopes(self) -> Vec<BotScope> {
        let rights = [(self.may_read, BotScope::Read), (self.may_write, BotScope::Write)];
        rights.into_iter().filter(|(right, _)| right.get_untracked()).map(|(_, scope)| scope).collect()
    }
}

impl Default for OwnBots {
    fn default() -> Self {
        let ([may_read, may_write], [is_making, is_copied]) =
            ([true; 2].map(RwSignal::new), [false; 2].map(RwSignal::new));
        let (items, name, lines, address, made) = Default::default();
        let (edited, problems, step) = Default::default();
        Self { items, name, may_read, may_write, lines, edited, address, is_making, made, is_copied, problems, step }
    }
}

/// Reads commands from lines: a name, a blank, and the effect in words. A slash before the name and empty lines do not count.
///
/// # Errors
///
/// The number of the first line that is no command.
pub fn commands_of(lines: &str) -> Result<Vec<OwnCommand>, usize> {
    let numbered = lines.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    numbered.map(|(line, number)| command_of(line).ok_or(number)).collect()
}

/// Returns commands as the lines that [`commands_of`] reads.
pub fn lines_of(commands: &[OwnCommand]) -> String {
    let line = |command: &OwnCommand| format!("{} {}", command.name, command.description);
    commands.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn command_of(line: &str) -> Option<OwnCommand> {
    let (name, description) = line.strip_prefix('/').unwrap_or(line).split_once(char::is_whitespace)?;
    let may_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let is_name = !name.is_empty() && name.bytes().all(may_name) && !is_taken(name);
    is_name.then(|| OwnCommand { name: name.to_owned(), description: description.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;
    use protocol::codec::json;

    use super::*;

    const MADE: &str = r#"{
        "bot":{"id":"hook_a","name":"Builds","scopes":["read","write"],"commands":[{"name":"deploy","description":"Deploys main"}],
            "webhook":{"url":"https://a.example/x"},"madeAt":7},
        "token":"cfb_grp_1.hook_a.secret","webhookSecret":"whsec_x"}"#;

    #[test]
    fn a_new_bot_is_read_with_its_secrets() {
        let made = json::read::<NewBot>(MADE).unwrap();
        assert_eq!((made.token.as_str(), made.webhook_secret.as_deref()), ("cfb_grp_1.hook_a.secret", Some("whsec_x")));
        assert_eq!((made.bot.scopes.as_slice(), made.bot.made_at), (BotScope::ALL.as_slice(), 7));
        let plain = r#"{"bot":{"id":"a","name":"b","scopes":[],"commands":[],"webhook":null,"madeAt":1},"token":"t"}"#;
        let plain = json::read::<NewBot>(plain).unwrap();
        assert_eq!((plain.webhook_secret, plain.bot.webhook), (None, None));
    }

    #[test]
    fn a_wish_names_a_webhook_only_if_it_has_one() {
        let scopes = vec![BotScope::Read];
        let commands = commands_of("deploy Deploys main").unwrap();
        let wish = BotWish { name: "Builds".to_owned(), scopes, commands, webhook: None };
        let text = r#"{"name":"Builds","scopes":["read"],"commands":[{"name":"deploy","description":"Deploys main"}]}"#;
        assert_eq!(json::write(&wish), text);
        let webhook = Some(BotWebhook { url: "https://a.example/x".to_owned() });
        assert!(json::write(&BotWish { webhook, ..wish }).ends_with(r#","webhook":{"url":"https://a.example/x"}}"#));
    }

    #[test]
    fn lines_are_commands_and_the_first_other_line_is_named() {
        let names = |lines: &str| {
            commands_of(lines).map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>().join(" "))
        };
        let three = "deploy Deploys main\n\n  /status  Says how it is \nroll-back_2 Goes back";
        assert_eq!(names(three).as_deref(), Ok("deploy status roll-back_2"));
        assert_eq!(names(" \n").as_deref(), Ok(""));
        for (lines, number) in
            [("deploy", 1), ("a b\n\nDeploy it", 3), ("a b\nnudge me", 2), ("auto it", 1), ("é b", 1), ("/ b", 1)]
        {
            assert_eq!(names(lines).as_deref(), Err(&number), "{lines:?}");
        }
        let commands = commands_of("deploy Deploys main\nstatus Says how it is").unwrap();
        assert_eq!(commands_of(&lines_of(&commands)), Ok(commands));
    }

    #[test]
    fn another_dialog_does_not_show_the_token() {
        Owner::new().with(|| {
            let place = OwnBots::default();
            place.made.set(json::read(MADE));
            place.items.set(place.made.get_untracked().map(|made| made.bot).into_iter().collect());
            place.address.set("https://a.example/x".to_owned());
            place.may_read.set(false);
            assert_eq!(place.scopes(), [BotScope::Write]);
            assert_eq!(place.items.get_untracked().len(), 1);
            place.clear();
            assert!(place.made.get_untracked().is_none() && place.items.get_untracked().is_empty());
            assert!(place.address.get_untracked().is_empty() && place.scopes() == BotScope::ALL);
        });
    }
}
