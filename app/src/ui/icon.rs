//! Drawings of the inline sprite (`style/art/sprite.svg`): icons and status beads, and portraits from their own file.
//!
//! All of them are decoration: the texts beside them carry the meaning.

use protocol::content::emoticons::Emoticon;
use protocol::words::personas::PERSONAS;

use crate::prelude::*;
use crate::store::roster::{BOT, SLEEPING};

/// Icon of the sprite; `size` is one of those in `style/components/status.css`.
pub fn icon(name: &'static str, size: &'static str) -> impl IntoView {
    view! {
        <svg class="ic" data-size=size aria-hidden="true">
            <use href=format!("#{name}") />
        </svg>
    }
}

/// Bead of a wire status, or of the own `appear_offline`.
pub fn bead(status: impl Fn() -> String + Send + 'static) -> impl IntoView {
    view! {
        <svg class="st" aria-hidden="true">
            <use href=text(move || format!("#{}", bead_symbol(&status()))) />
        </svg>
    }
}

/// Bead at the corner of a portrait.
pub fn tile_bead(status: impl Fn() -> String + Send + 'static) -> impl IntoView {
    view! {
        <svg class="st tile-st" aria-hidden="true">
            <use href=text(move || format!("#{}", bead_symbol(&status()))) />
        </svg>
    }
}

pub fn room_sign() -> impl IntoView {
    view! {
        <svg class="st" aria-hidden="true">
            <use href="#st-room" />
        </svg>
    }
}

/// Portrait with this id.
pub fn portrait(avatar: impl Fn() -> String + Send + 'static) -> impl IntoView {
    view! { <img class="portrait" src=text(move || portrait_url(&avatar())) alt="" width="96" height="96" /> }
}

/// Returns the address of a portrait: one file holds them all, and another one the public tiles.
pub fn portrait_url(avatar: &str) -> String {
    let tile = avatar.strip_prefix("dt_");
    if tile.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')) {
        return format!("/assets/tiles.svg#{avatar}");
    }
    if avatar.starts_with("up_") && avatar.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return format!("/api/avatars/{avatar}");
    }
    let is_known = avatar.len() == 5
        && avatar.starts_with("av_")
        && avatar[3..].parse::<usize>().is_ok_and(|number| (1..=PERSONAS.len()).contains(&number));
    format!("/assets/portraits.svg#{}", if is_known { avatar } else { "av_guest" })
}

/// Returns the address of an emoticon's drawing; one file holds them all.
pub fn emoticon_url(emoticon: &Emoticon) -> String {
    format!("/assets/emoticons.svg#{}", emoticon.symbol)
}

/// Returns the name of a status bead in the sprite.
pub fn bead_symbol(status: &str) -> &'static str {
    match status {
        "online" | BOT => "st-online",
        "busy" => "st-busy",
        "away" | SLEEPING => "st-away",
        "be_right_back" => "st-brb",
        "on_the_phone" => "st-call",
        "out_to_lunch" => "st-lunch",
        "appear_offline" => "st-hidden",
        "blocked" => "st-blocked",
        _ => "st-offline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_portrait_is_that_of_a_guest() {
        for persona in PERSONAS {
            assert_eq!(portrait_url(persona.avatar), format!("/assets/portraits.svg#{}", persona.avatar));
        }
        assert_eq!(portrait_url("dt_tea_glass"), "/assets/tiles.svg#dt_tea_glass");
        assert_eq!(portrait_url("up_0a1b"), "/api/avatars/up_0a1b");
        let beyond = format!("av_{}", PERSONAS.len() + 1);
        for avatar in ["", "up_../x", beyond.as_str(), "av_00", "av_7", "av_ö1", "dt_\"", "\"><x"] {
            assert_eq!(portrait_url(avatar), "/assets/portraits.svg#av_guest", "{avatar}");
        }
    }
}
