//! Commands of the bots of a room (`ux.md` 2.8): `/deploy now`. The page offers them and sends the text; the server tells the bot.
//!
//! The commands of the page itself, which go first, are in [`super::slash`].

use super::slash::{self, Slash, is_taken};

crate::record! {
    /// Command of a bot of a room.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct RoomCommand {
        pub bot: String = "bot",
        /// Word after the slash.
        pub name: String = "name",
        /// Effect, in the words of the bot's maker.
        pub description: String = "description",
    }
}

impl RoomCommand {
    /// Returns the text of the composer in which the person goes on typing.
    pub fn typed(&self) -> String {
        format!("/{} ", self.name)
    }
}

/// Reads a text that a person sends to a room with these commands.
pub fn read<'a>(text: &'a str, commands: &[RoomCommand]) -> Slash<'a> {
    if let Some(called) = called(text, commands) {
        return slash::message(called);
    }
    // A blank keeps a literal text from calling a bot.
    match text.strip_prefix('/').filter(|literal| called(literal, commands).is_some()) {
        Some(literal) => slash::message(format!(" {literal}")),
        None => slash::read(text),
    }
}

/// Returns the text that a person types to send a message with this content to a room with these commands.
pub fn typed(content: String, commands: &[RoomCommand]) -> String {
    if called(&content, commands).is_some() { content } else { slash::typed(content) }
}

/// Returns the commands that begin like `text`, while it is a slash and characters of a name.
pub fn completions(text: &str, commands: &[RoomCommand]) -> Vec<RoomCommand> {
    let Some(begin) = text.strip_prefix('/').map(str::to_ascii_lowercase) else { return Vec::new() };
    let begins = |command: &&RoomCommand| command.name.starts_with(&begin) && !is_taken(&command.name);
    commands.iter().filter(begins).cloned().collect()
}

/// Returns the message that calls a bot, if `text` names one of the commands: the name in small letters, and the text after it.
fn called(text: &str, commands: &[RoomCommand]) -> Option<String> {
    let rest = text.strip_prefix('/')?;
    let (word, argument) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let (name, argument) = (word.to_ascii_lowercase(), argument.trim());
    let is_there = !is_taken(&name) && commands.iter().any(|command| command.name == name);
    let blank = if argument.is_empty() { "" } else { " " };
    is_there.then(|| format!("/{name}{blank}{argument}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::slash::{Command, automatic};
    use crate::words::limits::CONTENT_UNITS_MAX;

    fn commands() -> Vec<RoomCommand> {
        let command = |name: &str| RoomCommand {
            bot: "hook_a".to_owned(),
            name: name.to_owned(),
            description: format!("Does {name}"),
        };
        ["deploy", "deploy-2", "nudge", "auto", "7"].map(command).into()
    }

    fn say(content: &str) -> Slash<'_> {
        Slash::Say(content.to_owned())
    }

    #[test]
    fn a_command_of_a_bot_is_sent_as_a_text() {
        for (text, sent) in [
            ("/deploy", "/deploy"),
            ("/Deploy  now \n", "/deploy now"),
            ("/deploy-2 a\nb", "/deploy-2 a\nb"),
            ("/7 days", "/7 days"),
            ("hi /deploy", "hi /deploy"),
            ("//deploy now", " /deploy now"),
            ("//deploy-2", " /deploy-2"),
            (" /deploy now", " /deploy now"),
            ("//etc", "/etc"),
        ] {
            assert_eq!(read(text, &commands()), say(sent), "{text:?}");
        }
        let long = format!("/deploy {}", "x".repeat(CONTENT_UNITS_MAX - 7));
        assert_eq!(read(&long, &commands()), Slash::TooLong);
    }

    #[test]
    fn a_word_that_no_bot_of_the_room_knows_is_not_sent() {
        assert_eq!(read("/deploy now", &[]), Slash::Unknown("deploy"));
        assert_eq!(read("/deploys", &commands()), Slash::Unknown("deploys"));
    }

    #[test]
    fn no_bot_takes_a_command_of_the_page() {
        assert_eq!(read("/nudge", &commands()), Slash::Nudge);
        assert_eq!(read("/auto back at two", &commands()), Slash::Unknown("auto"));
        assert!(completions("/n", &commands()).is_empty() && completions("/auto", &commands()).is_empty());
    }

    #[test]
    fn commands_of_bots_are_offered_while_their_word_is_typed() {
        let names = |text: &str| -> Vec<String> {
            completions(text, &commands()).into_iter().map(|command| command.name).collect()
        };
        assert_eq!(names("/"), ["deploy", "deploy-2", "7"]);
        assert_eq!(names("/DE"), ["deploy", "deploy-2"]);
        assert_eq!(names("/deploy-"), ["deploy-2"]);
        for text in ["", "deploy", "/x", "/deploy ", "//deploy", " /deploy"] {
            assert!(names(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_message_with_a_command_can_be_typed_again() {
        for content in ["/deploy", "/deploy now", "/7", " /deploy now", "/nudge", "/etc is full", "/me waves", "hi"] {
            assert_eq!(read(&typed(content.to_owned(), &commands()), &commands()), say(content), "{content:?}");
        }
        assert_eq!(typed("/deploy now".to_owned(), &commands()), "/deploy now");
        assert_eq!(typed("/deploy now".to_owned(), &[]), "//deploy now");
    }

    proptest! {
        #[test]
        fn a_literal_text_calls_no_bot(rest in "(deploy|deploy-2|7|me|auto|[a-z]{0,3})[ \\n]?\\PC{0,12}") {
            if let Slash::Say(content) = read(&format!("//{rest}"), &commands()) {
                prop_assert_eq!(called(&content, &commands()), None);
                prop_assert_eq!(automatic(&content), None);
            }
        }

        #[test]
        fn rooms_without_bots_have_the_commands_of_the_page(text in "(/|//)?(me|nudge|etc|[a-z]{0,3})?[ /\\n]?\\PC{0,12}") {
            prop_assert_eq!(read(&text, &[]), slash::read(&text));
            prop_assert!(Command::ALL.into_iter().all(|command| is_taken(command.as_str())));
        }
    }
}
