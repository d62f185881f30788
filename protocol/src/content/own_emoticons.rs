//! Emoticons of a person (`files.md` 4): rules for a code and a picture, and the emoticons in a message.
//!
//! `spans` decides where in a text codes count. The owner's list decides about files.

use linkify::LinkFinder;
use unicode_segmentation::UnicodeSegmentation;

use super::emoticons;
use super::files::{FileId, FileKind};
use super::spans::own_codes;
use super::text::undisguised;
use super::unseen::{draws_nothing, is_unseen, trimmed_unseen};
use crate::codec::json::{Value, write};
use crate::words::event::Millis;
use crate::words::limits::{
    EMOTICON_ALT_BYTES_MAX, EMOTICON_ALT_GRAPHEMES_MAX, EMOTICON_BYTES_MAX, EMOTICON_CODE_CHARS_MAX,
    EMOTICON_CODE_CHARS_MIN, EMOTICON_PX_MAX, EMOTICONS_IN_MESSAGE_MAX, EMOTICONS_MAX,
};
use crate::words::refusal::Refusal;

pub use super::embedded_emoticon::EmbeddedEmoticon;

crate::record! {
    /// Entry of a person's list of own emoticons.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EmoticonEntry {
        /// Id by which the list names it.
        pub id: String = "id",
        /// Code that is typed for it.
        pub code: String = "code",
        /// Its picture.
        pub file: String = "fileId",
        /// Description of what it shows.
        pub alt: String = "alt",
        /// `true` if others may copy it.
        pub may_keep: bool = "mayKeep",
        pub added_at: Millis = "addedAt",
    }
}

impl EmoticonEntry {
    /// Returns the emoticon in the form of a message.
    pub fn shown(&self) -> EmbeddedEmoticon {
        EmbeddedEmoticon { code: self.code.clone(), file: self.file.clone(), alt: self.alt.clone() }
    }
}

/// Returns `true` if `code` can be typed for an emoticon. [`is_ours`] checks that it is not a built-in one.
pub fn is_code(code: &str) -> bool {
    let is_long_enough = (EMOTICON_CODE_CHARS_MIN..=EMOTICON_CODE_CHARS_MAX).contains(&code.chars().count());
    is_long_enough
        && code.chars().all(|character| !draws_nothing(character) && !is_quote(character))
        && !code.chars().all(char::is_alphanumeric)
        && !is_address(code)
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '´' | '«' | '»' | '‹' | '›' | '\u{2018}'..='\u{201f}' | '\u{300c}'..='\u{300f}')
}

/// Returns `true` for an address with or without a scheme, of a page or of a mailbox.
fn is_address(code: &str) -> bool {
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    code.contains("://") || finder.links(code).next().is_some()
}

/// Returns `true` if `code` stands for a built-in emoticon, in upper or lower case.
pub fn is_ours(code: &str) -> bool {
    emoticons::at_start(code).is_some_and(|(_, length)| length == code.len())
}

/// Refuses a code that cannot be typed, and one that stands for a built-in emoticon or for one of `own`.
pub fn check_code<'a>(code: &str, mut own: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    if !is_code(code) {
        let form = "A code is 2 to 12 visible characters without blanks and quotes, no address, and not only letters and digits.";
        return Err(Refusal::validation("code", form));
    }
    if is_ours(code) || own.any(|known| known == code) { Err(Refusal::Conflict) } else { Ok(()) }
}

/// Refuses one more emoticon if there are `count`.
pub fn check_place(count: usize) -> Result<(), Refusal> {
    if count < EMOTICONS_MAX {
        return Ok(());
    }
    Err(Refusal::over_limit("code", "You can't add any more emoticons.", EMOTICONS_MAX))
}

/// Returns the description of an emoticon without misleading characters, or the reason for a refusal.
pub fn shown_words(alt: &str) -> Result<String, Refusal> {
    let words = undisguised(alt);
    let words = trimmed_unseen(&words);
    if is_unseen(words) {
        return Err(Refusal::validation("alt", "An emoticon needs a description."));
    }
    if words.len() > EMOTICON_ALT_BYTES_MAX || words.graphemes(true).count() > EMOTICON_ALT_GRAPHEMES_MAX {
        return Err(Refusal::over_limit("alt", "These words are too long.", EMOTICON_ALT_GRAPHEMES_MAX));
    }
    Ok(words.to_owned())
}

/// Returns the file if it can be an emoticon, judged by its id.
pub fn picture(id: &str) -> Option<FileId> {
    let is_small = |side: u32| side <= EMOTICON_PX_MAX;
    FileId::parse(id).filter(|id| {
        let is_kind = matches!(id.kind, FileKind::Png | FileKind::Webp | FileKind::Gif);
        is_kind
            && id.bytes <= EMOTICON_BYTES_MAX
            && id.size.is_some_and(|(width, height)| is_small(width) && is_small(height))
    })
}

/// Checks that a file can be an emoticon of `owner`.
pub fn check_picture(id: &str, owner: &str) -> Result<(), Refusal> {
    let refused = || {
        Refusal::validation(
            "fileId",
            "An emoticon is a PNG, WebP or GIF of one's own of at most 65,536 bytes and 512 × 512.",
        )
    };
    picture(id).filter(|id| id.owner.as_str() == owner).map(|_| ()).ok_or_else(refused)
}

/// Returns the refusal of the `emoticons` of a message.
pub(crate) fn refused() -> Refusal {
    let message = "A message has at most 10 emoticons of one's own, each with a code that stands in it.";
    Refusal::over_limit("emoticons", message, EMOTICONS_IN_MESSAGE_MAX)
}

/// Appends the `emoticons` of a chat, as a JSON text, to its body.
/// Errors: `VALIDATION`. The owner of the files is not checked here: see [`crate::content::files::check_owner`].
pub fn push_emoticons(body: &mut String, content: &str, emoticons: &str) -> Result<(), Refusal> {
    let sent = Value::parse(emoticons).ok_or_else(refused)?;
    if sent == Value::Null {
        return Ok(());
    }
    let sent = sent.as_array().filter(|sent| sent.len() <= EMOTICONS_IN_MESSAGE_MAX).ok_or_else(refused)?;
    let mut found: Vec<EmbeddedEmoticon> = Vec::with_capacity(sent.len());
    for one in sent {
        let one = read_one(one, content).filter(|one| found.iter().all(|known| known.code != one.code));
        found.push(one.ok_or_else(refused)?);
    }
    if !found.is_empty() {
        body.push(',');
        body.push_str(&member_json(&found));
    }
    Ok(())
}

fn read_one(one: &Value, content: &str) -> Option<EmbeddedEmoticon> {
    let text = |name| one.get(name)?.as_str();
    let (code, file) = (text("code")?, text("fileId")?);
    let is_good = is_code(code) && !is_ours(code) && content.contains(code) && picture(file).is_some();
    let alt = shown_words(text("alt")?).ok()?;
    is_good.then(|| EmbeddedEmoticon { code: code.to_owned(), file: file.to_owned(), alt })
}

/// Returns the emoticons in a body.
pub fn emoticons_in(body: &str) -> Vec<EmbeddedEmoticon> {
    // A quotation mark inside a text is escaped, so a body without this has no emoticons.
    if !body.contains("\"emoticons\":[") {
        return Vec::new();
    }
    Value::parse(body).and_then(|body| crate::codec::json::member(&body, "emoticons")).unwrap_or_default()
}

/// Returns the emoticons of `own` that a text uses where codes count, in the order of their first use: as many as a message may have.
pub fn used_in(text: &str, own: &[EmbeddedEmoticon]) -> Vec<EmbeddedEmoticon> {
    let mut found: Vec<EmbeddedEmoticon> = Vec::new();
    for code in own_codes(text, own) {
        let is_new = found.len() < EMOTICONS_IN_MESSAGE_MAX && found.iter().all(|known| known.code != code);
        found.extend(own.iter().find(|one| is_new && one.code == code).cloned());
    }
    found
}

/// Returns the emoticons of `embedded` that a text still uses.
pub fn still_used(text: &str, embedded: Vec<EmbeddedEmoticon>) -> Vec<EmbeddedEmoticon> {
    if embedded.is_empty() {
        return embedded;
    }
    let codes = own_codes(text, &embedded).into_iter().map(str::to_owned).collect::<Vec<String>>();
    embedded.into_iter().filter(|one| codes.contains(&one.code)).collect()
}

/// Returns the member of a frame with these emoticons, as JSON text without braces; empty for none.
pub fn member_json(used: &[EmbeddedEmoticon]) -> String {
    if used.is_empty() {
        return String::new();
    }
    let all: Vec<String> = used.iter().map(|one| write(one)).collect();
    format!("\"emoticons\":[{}]", all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &str = "user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48";

    fn sent(code: &str, file: &str, alt: &str) -> String {
        write(&EmbeddedEmoticon { code: code.to_owned(), file: file.to_owned(), alt: alt.to_owned() })
    }

    fn pushed(content: &str, emoticons: &str) -> Result<String, String> {
        let mut body = String::from("{\"content\":\"\"");
        let done = push_emoticons(&mut body, content, emoticons);
        body.push('}');
        done.map(|()| body).map_err(|refusal| refusal.field().unwrap_or_default().to_owned())
    }

    #[test]
    fn there_is_room_for_so_many() {
        assert!(check_place(EMOTICONS_MAX - 1).is_ok() && check_place(EMOTICONS_MAX).is_err());
    }

    #[test]
    fn a_code_is_short_visible_and_nothing_else_that_people_write() {
        for good in ["(mia)", ":x", "mia!", "§§", "(ä.ö)", "🐙!", "<o>", "-_-", "@mia", "twelve-chars"] {
            assert!(is_code(good), "{good}");
        }
        for bad in [
            "",
            ":",
            "thirteen-char",
            "a b",
            " :x",
            "a\tb",
            "\"x\"",
            "it's",
            "`x`",
            "„x“",
            "«x»",
            "mia",
            "m1a",
            "äöü",
            "42",
            "x\u{200b}y",
            "\u{202e}:x",
            "(\u{7})",
            "a.de",
            "www.a.de",
            "http://a",
            "x://",
            "a@b.de",
            "(a.com)",
            ":x\u{fe0f}",
        ] {
            assert!(!is_code(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_code_is_none_of_ours_and_none_that_there_is() {
        let refused =
            |code: &str, own: &[&str]| check_code(code, own.iter().copied()).map_err(|refusal| refusal.code());
        assert_eq!(refused("(mia)", &["(jonas)"]), Ok(()));
        assert_eq!(refused("(mia)", &["(jonas)", "(mia)"]), Err("CONFLICT"));
        for ours in [":)", ":-d", "(Y)", "(LOL)", "</3"] {
            assert_eq!(refused(ours, &[]), Err("CONFLICT"), "{ours}");
        }
        assert_eq!(refused(":)x", &[]), Ok(()), "what begins with one of ours is not one of ours");
        assert_eq!(refused("x", &[]), Err("VALIDATION"));
    }

    #[test]
    fn a_picture_is_small_and_may_move() {
        let id = |rest: &str| format!("user_7.01980000-0001-7fff-bfff-ffffffffffff.{rest}");
        for good in ["png-65536-512x512", "gif-1-1x1", "webp-9-512x1"] {
            assert!(check_picture(&id(good), "user_7").is_ok(), "{good}");
            assert!(check_picture(&id(good), "user_8").is_err(), "{good}");
        }
        for bad in ["png-65537-1x1", "gif-9-513x1", "gif-9-1x513", "jpeg-9-1x1", "bin-9", "x"] {
            assert!(check_picture(&id(bad), "user_7").is_err(), "{bad}");
        }
    }

    #[test]
    fn what_it_shows_is_said_in_few_words() {
        assert_eq!(shown_words(" An \u{202e}octopus ").as_deref(), Ok("An octopus"));
        assert!(shown_words(&"é".repeat(60)).is_ok() && shown_words(&"é".repeat(61)).is_err());
        assert!(shown_words(&"👩‍👩‍👧".repeat(61)).is_err());
        for empty in ["", " ", "\u{200b}", "\u{7}"] {
            assert_eq!(shown_words(empty).map_err(|refusal| refusal.code()), Err("VALIDATION"), "{empty:?}");
        }
    }

    #[test]
    fn a_message_carries_what_stands_in_it() {
        let (one, two) = (sent("(mia)", GIF, " Mia "), sent(":x", GIF, "x"));
        assert_eq!(
            pushed("so (mia) :x", &format!("[{one},{two}]")),
            Ok(format!(
                r#"{{"content":"","emoticons":[{{"code":"(mia)","fileId":"{GIF}","alt":"Mia"}},{{"code":":x","fileId":"{GIF}","alt":"x"}}]}}"#
            ))
        );
        for none in ["[]", "null"] {
            assert_eq!(pushed("x", none), Ok(r#"{"content":""}"#.to_owned()), "{none}");
        }
        let many: Vec<String> = (0..11).map(|at| sent(&format!("({at})"), GIF, "x")).collect();
        let words: String = (0..11).map(|at| format!("({at}) ")).collect();
        // (6) and (8) are built-in.
        let (ten, rest): (Vec<_>, Vec<_>) = many.iter().enumerate().partition(|(at, _)| !matches!(at, 6 | 8));
        let nine: Vec<&str> = ten.into_iter().map(|(_, one)| one.as_str()).collect();
        assert!(pushed(&words, &format!("[{}]", nine.join(","))).is_ok());
        for ours in rest {
            assert_eq!(pushed(&words, &format!("[{}]", ours.1)), Err("emoticons".to_owned()), "{}", ours.1);
        }
        let eleven: Vec<String> = (10..21).map(|at| sent(&format!("({at})"), GIF, "x")).collect();
        let words: String = (10..21).map(|at| format!("({at})")).collect();
        assert!(pushed(&words, &format!("[{}]", eleven[..10].join(","))).is_ok());
        for bad in [
            &format!("[{}]", eleven.join(",")),
            &format!("[{one},{one}]"),
            "{}",
            "7",
            "[7]",
            "[{}]",
            "[null]",
            &format!("[{}]", sent("mia", GIF, "Mia")),
            &format!("[{}]", sent(":)", GIF, "Mia")),
            &format!("[{}]", sent("(mia)", GIF, " ")),
            &format!("[{}]", sent("(mia)", "x", "Mia")),
            &format!("[{}]", sent("(mia)", &GIF.replace("48x48", "513x48"), "Mia")),
            &format!("[{}]", sent("(elsewhere)", GIF, "Mia")),
            r#"[{"code":"(mia)","alt":"Mia"}]"#,
            r#"[{"code":7,"fileId":8,"alt":9}]"#,
        ] {
            assert_eq!(pushed(&format!("(mia) :) mia {words}"), bad), Err("emoticons".to_owned()), "{bad}");
        }
    }

    #[test]
    fn what_a_body_carries_is_read_from_its_member_alone() {
        let body = pushed("(mia)", &format!("[{}]", sent("(mia)", GIF, "Mia"))).unwrap();
        assert_eq!(emoticons_in(&body).len(), 1);
        let content = crate::codec::json::json_text(&body);
        assert!(emoticons_in(&format!("{{\"content\":{content}}}")).is_empty());
        assert!(emoticons_in("{\"emoticons\":[7]}").is_empty());
    }

    #[test]
    fn a_text_uses_those_that_count_in_it() {
        let own: Vec<EmbeddedEmoticon> = ["(mia)", "(mia)2", ":x", ":)x"]
            .map(|code| EmbeddedEmoticon { code: code.into(), file: GIF.into(), alt: "x".into() })
            .into();
        let used = |text: &str| used_in(text, &own).into_iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(used(":x so (mia), :x"), [":x", "(mia)"]);
        assert_eq!(used("(mia)2 :)x"), ["(mia)2", ":)x"], "the longest counts");
        assert_eq!(used("f(mia) `:x` http://a.b/(mia) (MIA)"), [] as [&str; 0]);
        assert_eq!(used("> :x"), [":x"]);
        let many: Vec<EmbeddedEmoticon> = (0..12)
            .map(|at| EmbeddedEmoticon { code: format!("({at}.)"), file: GIF.into(), alt: "x".into() })
            .collect();
        let all: String = many.iter().map(|one| format!("{} ", one.code)).collect();
        assert_eq!(used_in(&all, &many).len(), EMOTICONS_IN_MESSAGE_MAX);
        assert_eq!(member_json(&[]), "");
    }
}
