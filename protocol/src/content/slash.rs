//! Commands at the beginning of a message (`ux.md` 2.8): `/nudge`, `/away lunch`. The page carries them out, and the server knows none.
//!
//! The words are the same in all languages. What they do to the page is not here.

use crate::words::limits::{CONTENT_UNITS_MAX, DICE_MAX, DIE_SIDES_MAX, FONT_COLORS};
use crate::words::status::Status;

/// Beginning of an action on the wire.
const ACTION: &str = "/me ";
/// Beginning of an automatic answer on the wire. It is no command, so nobody types it by accident.
const AUTOMATIC: &str = "/auto ";
/// Sign of somebody who does not know either.
const SHRUG: &str = "¯\\_(ツ)_/¯";
/// English names of the colours of a font, in their order (`ux.md` 4.3).
const COLORS: [&str; FONT_COLORS as usize] = [
    "ink", "navy", "royal", "sea", "teal", "forest", "olive", "brown", "rust", "red", "rose", "magenta", "violet",
    "plum", "slate", "graphite",
];

crate::words! {
    /// Command, by the word after its slash.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Command {
        /// Says what the person does.
        Me = "me",
        Nudge = "nudge",
        Away = "away",
        Busy = "busy",
        BackSoon = "brb",
        /// Sets the status Online.
        Back = "back",
        /// Sets the personal message to a title.
        NowPlaying = "np",
        /// Hides the earlier messages on this page.
        Clear = "clear",
        Invite = "invite",
        Color = "color",
        Shrug = "shrug",
        Roll = "roll",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    Absent,
    Optional,
    Needed,
}

/// Meaning of a text that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slash<'a> {
    Say(String),
    Nudge,
    /// A status, with a text or an empty one.
    Status(Status, &'a str),
    /// The title that is playing.
    NowPlaying(&'a str),
    /// Earlier messages are to be hidden on this page.
    Clear,
    /// An invitation of the person with this name or handle.
    Invite(&'a str),
    Color(&'a str),
    Roll(Dice),
    Unknown(&'a str),
    /// A command without what it needs, or with what it does not take.
    Misused(Command),
    /// A text that is longer than a message may be.
    TooLong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice {
    count: u64,
    sides: u64,
}

/// Reads a text that a person sends.
pub fn read(text: &str) -> Slash<'_> {
    let Some(rest) = text.strip_prefix('/') else { return message(text.to_owned()) };
    if let Some(literal) = rest.strip_prefix('/').filter(|after| word(after).is_some()).map(|_| rest) {
        // A blank keeps a literal text from being an action or an automatic answer.
        let has_mark = action(literal).is_some() || automatic(literal).is_some();
        return message(if has_mark { format!(" {literal}") } else { literal.to_owned() });
    }
    match word(rest) {
        Some((word, argument)) => match Command::parse(&word.to_ascii_lowercase()) {
            Some(command) => command.read(argument),
            None => Slash::Unknown(word),
        },
        None => message(text.to_owned()),
    }
}

/// Returns the text that a person types to send a message with this content.
pub fn typed(content: String) -> String {
    let is_like_command = content.strip_prefix('/').and_then(word).is_some();
    if is_like_command && action(&content).is_none() { format!("/{content}") } else { content }
}

/// Returns the commands that begin like `text`, while it is a slash and letters.
pub fn completions(text: &str) -> Vec<Command> {
    let letters = text.strip_prefix('/').filter(|letters| letters.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let Some(letters) = letters.map(str::to_ascii_lowercase) else { return Vec::new() };
    Command::ALL.into_iter().filter(|command| command.as_str().starts_with(&letters)).collect()
}

/// Returns `true` for a word that means something on the page, so that no bot has a command with it.
pub fn is_taken(word: &str) -> bool {
    Command::parse(word).is_some() || AUTOMATIC.trim_matches(['/', ' ']) == word
}

/// Returns what the sender of an action does: the text after `/me`.
pub fn action(content: &str) -> Option<&str> {
    content.strip_prefix(ACTION).map(str::trim_start).filter(|words| !words.is_empty())
}

/// Returns the text of an automatic answer (`ux.md` 2.13).
pub fn automatic(content: &str) -> Option<&str> {
    content.strip_prefix(AUTOMATIC).map(str::trim_start).filter(|words| !words.is_empty())
}

/// Returns the content of an automatic answer.
pub fn automatic_content(text: &str) -> String {
    format!("{AUTOMATIC}{text}")
}

/// Returns the personal message for a title that is playing.
pub fn now_playing(title: &str) -> String {
    format!("♫ {title}")
}

/// Returns the number of a colour by its English name.
pub fn color(name: &str) -> Option<u8> {
    (0..FONT_COLORS).zip(COLORS).find_map(|(number, color)| color.eq_ignore_ascii_case(name).then_some(number))
}

impl Command {
    fn argument(self) -> Argument {
        match self {
            Self::Me | Self::NowPlaying | Self::Invite | Self::Color => Argument::Needed,
            Self::Away | Self::Busy | Self::BackSoon | Self::Shrug | Self::Roll => Argument::Optional,
            Self::Nudge | Self::Back | Self::Clear => Argument::Absent,
        }
    }

    /// Returns the text of the composer in which the person goes on typing.
    pub fn typed(self) -> String {
        let blank = if self.argument() == Argument::Absent { "" } else { " " };
        format!("/{}{blank}", self.as_str())
    }

    fn read(self, argument: &str) -> Slash<'_> {
        let fits = match self.argument() {
            Argument::Absent => argument.is_empty(),
            Argument::Optional => true,
            Argument::Needed => !argument.is_empty(),
        };
        if !fits {
            return Slash::Misused(self);
        }
        match self {
            Self::Me => message(format!("{ACTION}{argument}")),
            Self::Nudge => Slash::Nudge,
            Self::Away => Slash::Status(Status::Away, argument),
            Self::Busy => Slash::Status(Status::Busy, argument),
            Self::BackSoon => Slash::Status(Status::BeRightBack, argument),
            Self::Back => Slash::Status(Status::Online, ""),
            Self::NowPlaying => Slash::NowPlaying(argument),
            Self::Clear => Slash::Clear,
            Self::Invite => Slash::Invite(argument),
            Self::Color => Slash::Color(argument),
            Self::Shrug if argument.is_empty() => message(SHRUG.to_owned()),
            Self::Shrug => message(format!("{argument} {SHRUG}")),
            Self::Roll => Dice::read(argument).map_or(Slash::Misused(self), Slash::Roll),
        }
    }
}

impl Dice {
    /// Reads `2d6`; `d20` is one die, and an empty text one die with six sides.
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self { count: 1, sides: 6 });
        }
        let (count, sides) = text.split_once(['d', 'D'])?;
        let number = |digits: &str| digits.parse::<u64>().ok();
        let (count, sides) = (if count.is_empty() { 1 } else { number(count)? }, number(sides)?);
        let may_be = (1..=DICE_MAX).contains(&count) && (2..=DIE_SIDES_MAX).contains(&sides);
        may_be.then_some(Self { count, sides })
    }

    /// Rolls the dice with random numbers, and returns the text of the message.
    pub fn rolled(self, mut random: impl FnMut() -> u64) -> String {
        let Self { count, sides } = self;
        // Of 64 random bits, the remainder favours no side noticeably.
        let rolls: Vec<u64> = (0..count).map(|_| 1 + random() % sides).collect();
        let (all, sum) = (rolls.iter().map(u64::to_string).collect::<Vec<_>>().join(" + "), rolls.iter().sum::<u64>());
        if count == 1 { format!("🎲 1d{sides}: {sum}") } else { format!("🎲 {count}d{sides}: {all} = {sum}") }
    }
}

/// Returns the word at the beginning of `text` and the text after it, if the word has letters of a to z alone.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (ends && !word.is_empty()).then_some((word, rest.trim()))
}

/// Returns a message, unless the text is longer than a message may be.
pub(super) fn message(content: String) -> Slash<'static> {
    if content.encode_utf16().count() > CONTENT_UNITS_MAX { Slash::TooLong } else { Slash::Say(content) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn say(content: &str) -> Slash<'_> {
        Slash::Say(content.to_owned())
    }

    #[test]
    fn a_word_after_a_slash_is_a_command() {
        for (text, expected) in [
            ("/me waves", say("/me waves")),
            ("/ME  waves \n", say("/me waves")),
            ("/nudge", Slash::Nudge),
            ("/Nudge ", Slash::Nudge),
            ("/away", Slash::Status(Status::Away, "")),
            ("/busy until four", Slash::Status(Status::Busy, "until four")),
            ("/brb", Slash::Status(Status::BeRightBack, "")),
            ("/back", Slash::Status(Status::Online, "")),
            ("/np A Song", Slash::NowPlaying("A Song")),
            ("/clear", Slash::Clear),
            ("/invite @mia", Slash::Invite("@mia")),
            ("/color red", Slash::Color("red")),
            ("/shrug", say(SHRUG)),
            ("/shrug who knows", say("who knows ¯\\_(ツ)_/¯")),
            ("/roll", Slash::Roll(Dice { count: 1, sides: 6 })),
            ("/roll 2d20", Slash::Roll(Dice { count: 2, sides: 20 })),
            ("/roll d4", Slash::Roll(Dice { count: 1, sides: 4 })),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_command_that_is_none_or_lacks_something_is_not_sent() {
        for (text, expected) in [
            ("/etc", Slash::Unknown("etc")),
            ("/Nudges him", Slash::Unknown("Nudges")),
            ("/me", Slash::Misused(Command::Me)),
            ("/nudge Mia", Slash::Misused(Command::Nudge)),
            ("/np", Slash::Misused(Command::NowPlaying)),
            ("/roll 21d6", Slash::Misused(Command::Roll)),
            ("/roll 1d1001", Slash::Misused(Command::Roll)),
            ("/roll 0d6", Slash::Misused(Command::Roll)),
            ("/roll 2d1", Slash::Misused(Command::Roll)),
            ("/roll six", Slash::Misused(Command::Roll)),
            ("/roll 2", Slash::Misused(Command::Roll)),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        let long = format!("/shrug {}", "x".repeat(CONTENT_UNITS_MAX - 8));
        assert_eq!(read(&long), Slash::TooLong);
    }

    #[test]
    fn other_texts_are_sent_as_they_are() {
        for text in
            ["/", "/ me", "/usr/bin", "/1", "/é", "a /me b", "// comment", "//server/share", " /me waves", "///"]
        {
            assert_eq!(read(text), say(text), "{text:?}");
        }
    }

    #[test]
    fn two_slashes_are_one_and_no_command() {
        assert_eq!(read("//nudge"), say("/nudge"));
        assert_eq!(read("//etc is full"), say("/etc is full"));
        assert_eq!(read("//me waves"), say(" /me waves"));
        assert_eq!(read("//me"), say("/me"));
    }

    #[test]
    fn what_was_sent_can_be_typed_again() {
        for content in ["/nudge", "/etc is full", "/me waves", "/me", "/shrug", "/usr/bin", "/", "hi", " /me waves"] {
            assert_eq!(read(&typed(content.to_owned())), say(content), "{content:?}");
        }
        assert_eq!(
            (typed("/nudge".to_owned()), typed("/me waves".to_owned())),
            ("//nudge".to_owned(), "/me waves".to_owned())
        );
    }

    #[test]
    fn an_action_is_told_by_its_first_word() {
        assert_eq!(action("/me waves"), Some("waves"));
        assert_eq!(action("/me   waves\nand goes"), Some("waves\nand goes"));
        for text in ["/me", "/me ", "/meow now", "/ME waves", " /me waves", "me waves"] {
            assert_eq!(action(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_automatic_answer_is_told_by_its_beginning_and_cannot_be_typed() {
        assert_eq!(automatic(&automatic_content("back at two")), Some("back at two"));
        for text in ["/auto", "/auto ", "/automatic", "/AUTO back", " /auto back", "//auto back"] {
            assert_eq!(automatic(text), None, "{text:?}");
        }
        for text in ["/auto back", "//auto back"] {
            assert!(!matches!(read(text), Slash::Say(content) if automatic(&content).is_some()), "{text:?}");
        }
    }

    #[test]
    fn commands_are_offered_while_their_word_is_typed() {
        let words = |text: &str| completions(text).into_iter().map(Command::as_str).collect::<Vec<_>>();
        assert_eq!(words("/"), Command::ALL.map(Command::as_str));
        assert_eq!(words("/B"), ["busy", "brb", "back"]);
        assert_eq!(words("/nudge"), ["nudge"]);
        for text in ["", "n", "/x", "/nudge ", "//", "/n u", " /n", "/1"] {
            assert_eq!(words(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn a_roll_says_each_die_and_the_sum() {
        let mut random = [2, 10, 5].into_iter();
        let mut next = || random.next().unwrap_or_default();
        assert_eq!(Dice { count: 2, sides: 6 }.rolled(&mut next), "🎲 2d6: 3 + 5 = 8");
        assert_eq!(Dice { count: 1, sides: 20 }.rolled(&mut next), "🎲 1d20: 6");
    }

    #[test]
    fn colours_have_their_numbers() {
        assert_eq!(
            (color("ink"), color("Red"), color("graphite"), color("reddish")),
            (Some(0), Some(9), Some(15), None)
        );
        assert_eq!(now_playing("A Song"), "♫ A Song");
    }

    proptest! {
        #[test]
        fn any_text_has_a_meaning_and_what_is_sent_is_no_command_by_accident(text in "(/|//)?(me|nudge|etc|[a-z]{0,3})?[ /\\n]?\\PC{0,12}") {
            match read(&text) {
                Slash::Say(content) if !text.starts_with('/') => prop_assert_eq!(content, text),
                Slash::Say(content) if text.starts_with("//") => prop_assert_eq!(action(&content), None),
                _ => {}
            }
        }

        #[test]
        fn a_completed_command_is_read_as_that_command(letters in "[a-z]{0,5}") {
            for command in completions(&format!("/{letters}")) {
                prop_assert!(!matches!(read(&command.typed()), Slash::Unknown(_) | Slash::TooLong));
            }
        }

        #[test]
        fn every_roll_is_between_one_and_the_number_of_sides(count in 1..=DICE_MAX, sides in 2..=DIE_SIDES_MAX, seed in any::<u64>()) {
            let mut state = seed;
            let text = Dice { count, sides }.rolled(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state
            });
            let (_, rolls) = text.split_once(": ").unwrap_or_default();
            let (rolls, sum) = rolls.split_once(" = ").unwrap_or((rolls, rolls));
            let rolls: Vec<u64> = rolls.split(" + ").map(|roll| roll.parse().unwrap_or(0)).collect();
            prop_assert_eq!(rolls.len() as u64, count);
            prop_assert!(rolls.iter().all(|roll| (1..=sides).contains(roll)));
            prop_assert_eq!(rolls.iter().sum::<u64>().to_string(), sum);
        }
    }
}
