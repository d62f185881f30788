//! The person as others see them: name and picture (`ux.md` 1.1). The texts beside them stand in the identity band.

use leptos::ev;
use leptos::prelude::*;
use protocol::people::names::TILES;
use protocol::words::limits::{NAME_BYTES_MAX, NAME_GRAPHEMES_MAX};
use protocol::words::principal::UserKind;

use super::own_picture::own_picture;
use crate::browser::dom;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::people::{Answer, Handle};
use crate::ui::choices::nth;
use crate::ui::dialog::{self, DialogRef};
use crate::ui::dialog_frame::framed;
use crate::ui::icon::portrait_url;
use crate::view::later::loaded;
use crate::view::live::{act, choice, stated, text, when};
use crate::view::part::{IntoPart, Part};

/// Name and picture, which its last button submits.
const FORM: &str = "profile-form";
/// The field of the handle.
const FIELD: &str = "profile-handle";

/// The dialog "My profile".
#[component]
pub fn Profile() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let me = session.me.get_untracked();
    let (name, avatar) = (RwSignal::new(me.display_name.clone()), RwSignal::new(me.avatar_id.clone()));
    // A picture that is not among the tiles stays one of the choices.
    let own = RwSignal::new(Some(me.avatar_id.clone()).filter(|own| !TILES.contains(&own.as_str())));
    let own_chosen = Callback::new(move |id: String| {
        own.set(Some(id.clone()));
        avatar.set(id);
    });
    // A picture of one's own comes a while after it was chosen, and another may have been chosen by then.
    let choices = StoredValue::new(0_u32);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        let name = Some(name).filter(|name| !name.is_empty() && *name != me.display_name);
        let avatar = Some(avatar.get_untracked()).filter(|avatar| *avatar != me.avatar_id);
        if name.is_some() || avatar.is_some() {
            session.set_profile(name, avatar);
        }
        dialog::close(frame);
    };
    let tile = move |id: String, at: Option<usize>| {
        let (chosen, choice) = (id.clone(), id.clone());
        let label = move || match at {
            Some(at) => nth(t_string!(i18n, profile.tiles), at),
            None => t_string!(i18n, profile.own).to_owned(),
        };
        view! {
            <button
                class="face-choice"
                type="button"
                role="radio"
                aria-checked=stated(move || avatar.with(|avatar| *avatar == chosen))
                aria-label=text(label)
                title=text(label)
                on:click=act(move |_| {
                    choices.update_value(|number| *number += 1);
                    avatar.set(choice.clone());
                })
            >
                <img class="portrait" src=portrait_url(&id) alt="" width="48" height="48" />
            </button>
        }
        .late_part()
    };
    let first = choice(move || own.get().map(|own| tile(own, None)).part());
    let tiles: Vec<_> = TILES.iter().enumerate().map(|(at, id)| tile((*id).to_owned(), Some(at))).collect();
    // One body scrolls: the form has its fields by its name, and that of the handle stands between them and the foot.
    let body = view! {
        <form id=FORM on:submit=act(submit)></form>
        <div class="dialog-body">
            <label class="label" for="profile-name">{said!(i18n, profile.name)}</label>
            <input
                class="field"
                id="profile-name"
                form=FORM
                type="text"
                autocomplete="nickname"
                required
                prop:value=name.get_untracked()
                on:input=act(move |event| name.set(dom::held(&event, NAME_GRAPHEMES_MAX, NAME_BYTES_MAX)))
            />
            <fieldset class="setting" role="radiogroup" aria-label=said!(i18n, profile.picture)>
                <legend>{said!(i18n, profile.picture)}</legend>
                <div class="face-choices">{first} {tiles}</div>
                {(!session.is_of_demo()).then(|| loaded(move || own_picture(avatar, choices, own_chosen)))}
            </fieldset>
            {handle_form()}
        </div>
        <div class="dialog-foot">
            <button class="btn" type="submit" form=FORM data-kind="default">
                {said!(i18n, settings.done)}
            </button>
        </div>
    };
    framed(frame, said!(i18n, identity.profile), body.late_part())
}

/// The name by which others find this account. It is taken at once, not with the rest.
fn handle_form() -> Part {
    let (session, i18n) = (use_session(), use_i18n());
    if session.me.with_untracked(|me| me.kind) != UserKind::User {
        return ().late_part();
    }
    let place = Handle::new();
    session.load_handle(place);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wish = place.wish.get_untracked().or_else(|| place.own.get_untracked());
        session.change_handle(place, Some(wish.unwrap_or_default()));
    };
    // What comes late wipes nothing that is typed already.
    let shown = move || {
        let own = place.own.get().unwrap_or_default();
        place.wish.get_untracked().unwrap_or(own)
    };
    let write = move |event: ev::Event| {
        place.wish.set(Some(dom::held(&event, NAME_GRAPHEMES_MAX, NAME_BYTES_MAX)));
    };
    let said = move || match place.answer.get() {
        Answer::Done => t_string!(i18n, profile.handle_done),
        Answer::GivenUp => t_string!(i18n, profile.handle_gone),
        Answer::Taken => t_string!(i18n, profile.handle_taken),
        Answer::Form => t_string!(i18n, profile.handle_form),
        Answer::Later => t_string!(i18n, profile.handle_later),
        _ => t_string!(i18n, profile.handle_hint),
    };
    let has_one = move || place.own.with(|own| own.as_ref().is_some_and(|own| !own.is_empty()));
    view! {
        <form class="setting-part" on:submit=act(submit)>
            <label class="label" for=FIELD>{said!(i18n, dialogs.handle)}</label>
            <div class="setting-row">
                <span aria-hidden="true">"@"</span>
                <input
                    class="field grow"
                    id=FIELD
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    prop:value=text(shown)
                    on:input=act(write)
                />
                <button class="btn" type="submit">{said!(i18n, passkeys.save)}</button>
            </div>
            <p class="setting-note" role="status">{text(said)}</p>
            {when(has_one, move || giving_up(place))}
        </form>
    }
    .late_part()
}

/// Gives the handle up, after a question: another one cannot be had at once.
fn giving_up(place: Handle) -> Part {
    let (session, i18n) = (use_session(), use_i18n());
    let is_asked = RwSignal::new(false);
    let turn = move |asked: bool| {
        is_asked.set(asked);
        dom::after_paint(|| {
            dom::focus("#handle-sure, #handle-end");
        });
    };
    let give_up = move |_| {
        session.change_handle(place, None);
        dom::focus("#profile-handle");
    };
    let question = move || {
        view! {
            <div class="setting-row">
                <span class="grow" id="handle-really">{said!(i18n, profile.handle_sure)}</span>
                <button id="handle-sure" class="btn" type="button" aria-describedby="handle-really" on:click=act(give_up)>
                    {said!(i18n, profile.handle_give_up)}
                </button>
                <button class="btn" type="button" on:click=act(move |_| turn(false))>
                    {said!(i18n, dialogs.cancel)}
                </button>
            </div>
        }
        .late_part()
    };
    let way = move || {
        view! {
            <button id="handle-end" class="btn" type="button" on:click=act(move |_| turn(true))>
                {said!(i18n, profile.handle_give_up)}
            </button>
        }
        .late_part()
    };
    choice(move || if is_asked.get() { question() } else { way() }).late_part()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_tile_has_a_name_in_both_languages() {
        for language in ["en", "de"] {
            assert_eq!(words_in(language, "profile", "tiles"), TILES.len(), "{language}");
        }
    }
}
