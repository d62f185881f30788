//! Reserved names (`sign-in.md` 1): those of the cast, of bots, and of the deployment and its operators.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::content::look_alikes::skeleton;
use crate::content::normal::{Form, normal};
use crate::words::bot_cast;
use crate::words::ids::is_demo;
use crate::words::personas::PERSONAS;
use crate::words::principal::UserKind;
use crate::words::refusal::Refusal;

/// Words of names that are reserved for the deployment and its operators, in the languages of the page and without accents.
const OFFICIAL: [&str; 45] = [
    "admin",
    "administrateur",
    "administration",
    "administrator",
    "administratorin",
    "administratrice",
    "aide",
    "assistance",
    "betreiber",
    "betreiberin",
    "cf",
    "cfm",
    "equipe",
    "exploitant",
    "help",
    "helpdesk",
    "hilfe",
    "kundendienst",
    "messenger",
    "mod",
    "moderateur",
    "moderation",
    "moderator",
    "moderatorin",
    "moderatrice",
    "official",
    "officiel",
    "offiziell",
    "operateur",
    "operator",
    "operatorin",
    "operatrice",
    "root",
    "security",
    "securite",
    "service",
    "sicherheit",
    "staff",
    "support",
    "system",
    "systemadministrator",
    "systeme",
    "team",
    "webmaster",
    "webmestre",
];

/// Ids of personas and bots, and the skeletons of their names.
static CAST: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let personas = PERSONAS.iter().map(|persona| (persona.id, persona.name));
    personas.chain(bot_cast::names()).map(|(id, name)| (id, skeleton(name))).collect()
});

/// Returns `true` if `name` looks like that of the deployment or of an operator: it consists of such words alone, with any digits and signs
/// around them.
pub fn looks_official(name: &str) -> bool {
    static WORDS: LazyLock<[String; OFFICIAL.len()]> = LazyLock::new(|| OFFICIAL.map(plain));
    // A digit may stand for a letter, or follow the words.
    [name, name.trim_matches(|c: char| !c.is_alphabetic())]
        .map(plain)
        .iter()
        .any(|name| !name.is_empty() && consists_of(name, &*WORDS))
}

fn plain(text: &str) -> String {
    normal(&skeleton(text), Form::Nfd).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn consists_of(name: &str, words: &[String]) -> bool {
    name.is_empty()
        || words.iter().filter_map(|word| name.strip_prefix(word.as_str())).any(|rest| consists_of(rest, words))
}

/// Returns `true` if `name` looks like that of a persona or bot other than `user`, or like an official one.
pub fn belongs_to_somebody_else(user: &str, name: &str) -> bool {
    let looks = skeleton(name);
    CAST.iter().any(|(id, own)| *id != user && *own == looks) || looks_official(name)
}

/// Refuses a reserved name for a guest at sign-in.
pub fn check_guest_name(name: &str) -> Result<(), Refusal> {
    if belongs_to_somebody_else("", name) {
        return Err(Refusal::validation("displayName", "Someone else here already has this name."));
    }
    Ok(())
}

/// Checks a new name of `user`, whose current name is `current`. Visitors of a demo room keep their first name, and guests cannot take a
/// reserved one, as at sign-in (`sign-in.md` 1.7, `text.md` 2).
pub fn check_later_name(user: &str, kind: UserKind, current: &str, name: &str) -> Result<(), Refusal> {
    match kind {
        _ if name == current => Ok(()),
        _ if is_demo(user) => Err(Refusal::Forbidden),
        UserKind::Guest => check_guest_name(name),
        _ => Ok(()),
    }
}

/// Returns the visible name of a person: a reserved name gets the last four characters of their id. Demo rooms have their own rules for
/// names.
pub fn shown_name(user: &str, name: &str) -> String {
    if !is_demo(user) && belongs_to_somebody_else(user, name) { with_end_of_id(user, name) } else { name.to_owned() }
}

/// Returns `true` if `name` is that of the persona or bot `user`.
pub fn is_reserved_for(user: &str, name: &str) -> bool {
    let looks = skeleton(name);
    CAST.iter().any(|(id, own)| *id == user && *own == looks)
}

/// Returns `name` with the last four characters of the id.
pub fn with_end_of_id(user: &str, name: &str) -> String {
    let tail: String = user.chars().skip(user.chars().count().saturating_sub(4)).collect();
    format!("{name} ({tail})")
}

/// Picture of guests until they choose one.
pub const GUEST_AVATAR: &str = "av_guest";

/// Pictures in the catalogue; the drawings are in `public/assets/tiles.svg`.
pub const TILES: [&str; 24] = [
    "dt_kite",
    "dt_lighthouse",
    "dt_tea_glass",
    "dt_cactus",
    "dt_record",
    "dt_bicycle",
    "dt_comet",
    "dt_sailboat",
    "dt_chess_knight",
    "dt_robot_toy",
    "dt_pebble_stack",
    "dt_fox",
    "dt_snail",
    "dt_lemon",
    "dt_umbrella",
    "dt_violin",
    "dt_football",
    "dt_mountain",
    "dt_synth",
    "dt_paper_plane",
    "dt_teapot",
    "dt_moth",
    "dt_lantern",
    "dt_skateboard",
];

/// Returns `true` when `avatar` is in the catalogue.
pub fn is_avatar(avatar: &str) -> bool {
    avatar == GUEST_AVATAR || TILES.contains(&avatar) || PERSONAS.iter().any(|persona| persona.avatar == avatar)
}

/// Prefix of the ids of uploaded avatars.
const OWN: &str = "up_";
/// Number of bytes of the digest in such an id.
const OWN_DIGEST_BYTES: usize = 16;

/// Returns the id of an avatar that `user` uploaded, derived from the person and the content.
pub fn own_avatar(user: &str, picture: &[u8]) -> String {
    let digest = Sha256::new().chain_update(user).chain_update([0_u8]).chain_update(picture).finalize();
    let digits: String = digest.iter().take(OWN_DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("{OWN}{digits}")
}

/// Returns `true` if `avatar` has the form of such an id.
pub fn is_own_avatar(avatar: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    avatar.strip_prefix(OWN).is_some_and(|digits| digits.len() == 2 * OWN_DIGEST_BYTES && digits.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_cast_are_not_for_guests_however_they_are_written() {
        for name in [
            "Mia",
            "mia",
            " M i a ",
            "ＭＩＡ",
            "Nova",
            "n o v a",
            "Міа",
            "Jo\u{2063}nas",
            "Jo\u{ffa0}nas",
            "SoI",
            "Νονа",
        ] {
            assert!(check_guest_name(name).is_err(), "{name}");
        }
        assert!(check_guest_name("Mira").is_ok());
    }

    #[test]
    fn nobody_seems_to_run_the_place() {
        for name in [
            "CF Messenger",
            "cf-messenger",
            "СF Меssеngеr",
            "admin",
            "Adm1n",
            "ＡＤＭＩＮ",
            "аdmin",
            "★ Admin ★",
            "[Moderator]",
            "Moderator 2",
            "Operator",
            "0perator",
            "Support",
            "Support-Team",
            "CF Messenger Support",
            "Betreiberin",
            "Mоderаtоrin",
            "Hilfe",
            "Modérateur",
            "MODERATEUR",
            "Opératrice",
            "Équipe",
        ] {
            assert!(check_guest_name(name).is_err(), "{name}");
            assert!(shown_name("u_abcdefghijklm", name).ends_with(" (jklm)"), "{name}");
        }
        for name in
            ["Adminda", "Modesta", "Teamo", "Sergio Mod", "Operation", "Гость", "Администратор?", "Root Beer", "7"]
        {
            assert!(check_guest_name(name).is_ok(), "{name}");
        }
        let cast = PERSONAS.iter().map(|persona| persona.name).chain(bot_cast::names().map(|(_, name)| name));
        assert!(cast.into_iter().all(|name| !looks_official(name)));
        assert_eq!(shown_name("demo_abcdefghijklm", "Moderation"), "Moderation", "the presenter of a demo room");
    }

    #[test]
    fn pictures_are_those_of_the_cast_and_the_tiles() {
        for avatar in ["av_guest", "av_01", "dt_kite", "dt_skateboard"] {
            assert!(is_avatar(avatar), "{avatar}");
        }
        let own = own_avatar("user_1", b"picture");
        assert!(is_own_avatar(&own) && !is_avatar(&own));
        assert!(own != own_avatar("user_2", b"picture") && own != own_avatar("user_1", b"another"));
        for odd in ["up_", "up_1", &own[1..], &own.to_uppercase(), &format!("{own}0"), &format!("{own}/../x")] {
            assert!(!is_own_avatar(odd), "{odd}");
        }
        assert!(!is_avatar("dt_") && !is_avatar("up_1") && !is_avatar("av_99"));
    }

    #[test]
    fn a_foreign_name_is_shown_with_the_end_of_the_id() {
        assert_eq!(shown_name("user_7", "Mia"), "Mia");
        assert_eq!(shown_name("g_abcdefghijklm", "MIA"), "MIA (jklm)");
        assert_eq!(shown_name("u_abcdefghijklm", "Міа"), "Міа (jklm)");
    }
}
