//! Dialog "My profile" (`ux.md` 1.1): name, picture and handle. Other texts of the person are edited in the identity band.

use protocol::content::unseen::is_unseen;
use protocol::people::names::TILES;
use protocol::words::limits::{NAME_BYTES_MAX, NAME_GRAPHEMES_MAX};
use protocol::words::time::DAY_MS;

use super::own_picture::own_picture;
use crate::browser::CallError;
use crate::store::people::{Handle, LookupOutcome};
use crate::ui::prelude::*;
use crate::ui::when as moment;

/// Form of name and picture, which the last button submits.
const FORM: &str = "profile-form";
/// Ids of the fields for the name and the handle.
const NAME: &str = "profile-name";
const HANDLE: &str = "profile-handle";

/// Chosen picture. Copy it into every closure.
#[derive(Clone, Copy)]
struct Picture {
    avatar: RwSignal<String>,
    /// The person's own picture, which stays one of the choices.
    own: RwSignal<Option<String>>,
    /// Number of choices. An own picture is loaded some time after its choice, and another may have been chosen by then.
    choices: StoredValue<u32>,
}

impl Picture {
    fn new(avatar: &str) -> Self {
        let own = Some(avatar.to_owned()).filter(|own| !TILES.contains(&own.as_str()));
        Self { avatar: RwSignal::new(avatar.to_owned()), own: RwSignal::new(own), choices: StoredValue::new(0) }
    }

    fn choose(self, avatar: String) {
        self.choices.update_value(|number| *number += 1);
        self.avatar.set(avatar);
    }
}

#[component]
pub fn Profile() -> impl IntoView {
    let session = use_session();
    let frame = DialogRef::new();
    let me = session.me.get_untracked();
    let (name, picture) = (RwSignal::new(me.display_name.clone()), Picture::new(&me.avatar_id));
    let refused = RwSignal::new(None);
    let refusal = FormRefusal::of_name(refused, NAME);
    let write = move |event: ev::Event| name.set(dom::held(&event, NAME_GRAPHEMES_MAX, NAME_BYTES_MAX));
    let before = StoredValue::new((me.display_name, me.avatar_id));
    let save = move || {
        let name = name.get_untracked().trim().to_owned();
        refused.set(is_unseen(&name).then(CallError::no_text));
        if is_unseen(&name) {
            return;
        }
        let (old_name, old_avatar) = before.get_value();
        let name = Some(name).filter(|name| *name != old_name);
        let avatar = Some(picture.avatar.get_untracked()).filter(|avatar| *avatar != old_avatar);
        if name.is_none() && avatar.is_none() {
            return dialog::close(frame);
        }
        session.set_profile([name, avatar], refused, move || dialog::close(frame));
    };
    let handle = UnsavedHandle::new(save);
    let submit = move || {
        if !handle.save_first() {
            save();
        }
    };
    // One body scrolls. The form is named by id, because the form of the handle stands between its fields and the foot.
    let body = view! {
        <form id=FORM on:submit=submit_handler(submit)></form>
        <div class="dialog-body">
            <label class="label" for=NAME>{said!(profile.name)}</label>
            <input
                class="field"
                id=NAME
                dir="auto"
                form=FORM
                type="text"
                autocomplete="nickname"
                required
                aria-invalid=refusal.mark(NAME)
                aria-describedby=refusal.description(NAME, "")
                prop:value=name.get_untracked()
                on:input=refusal.edited(NAME, write)
            />
            {refusal.under(NAME)}
            {pictures(picture)}
            {handle_form(handle)}
        </div>
        <div class="dialog-foot">
            <button class="btn" type="submit" form=FORM data-kind="default">
                {said!(settings.done)}
            </button>
        </div>
    };
    framed(frame, said!(identity.profile), body.client_only())
}

fn pictures(picture: Picture) -> ErasedView {
    let session = use_session();
    let Picture { avatar, own, choices } = picture;
    let own_chosen = Callback::new(move |id: String| {
        own.set(Some(id.clone()));
        avatar.set(id);
    });
    let first = choice(move || own.get().map(|own| tile(picture, own, None)).erase());
    let tiles: Vec<_> = TILES.iter().enumerate().map(|(at, id)| tile(picture, (*id).to_owned(), Some(at))).collect();
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=said!(profile.picture)>
            <legend>{said!(profile.picture)}</legend>
            <div class="face-choices">{first} {tiles}</div>
            {(!session.is_of_demo()).then(|| load_view(move || own_picture(avatar, choices, own_chosen)))}
        </fieldset>
    }
    .client_only()
}

/// Choice of one picture: the tile with this number, or the person's own.
fn tile(picture: Picture, id: String, at: Option<usize>) -> ErasedView {
    let i18n = use_i18n();
    let (address, chosen) = (portrait_url(&id), id.clone());
    let label = move || match at {
        Some(at) => nth(t_string!(i18n, profile.tiles), at),
        None => t_string!(i18n, profile.own).to_owned(),
    };
    view! {
        <button
            class="face-choice"
            type="button"
            role="radio"
            aria-checked=aria_bool(move || picture.avatar.with(|avatar| *avatar == chosen))
            aria-label=text(label)
            title=text(label)
            on:click=handler(move |_| picture.choose(id.clone()))
        >
            <img class="portrait" src=address alt="" width="48" height="48" />
        </button>
    }
    .client_only()
}

/// Handle of the dialog, and the wish to save a typed one with the rest. Copy it into every closure.
#[derive(Clone, Copy)]
struct UnsavedHandle {
    session: Session,
    place: Handle,
    /// The rest is saved as soon as the handle is.
    is_first: RwSignal<bool>,
}

impl UnsavedHandle {
    /// Begins without a typed handle. `then` is called when the handle of [`Self::save_first`] is saved, and not if it is refused.
    fn new(then: impl Fn() + 'static) -> Self {
        let (place, is_first) = (Handle::default(), RwSignal::new(false));
        Effect::new(move |_| {
            let is_saved = place.wish.with(Option::is_none);
            if is_first.get() && (is_saved || is_refused(place)) {
                is_first.set(false);
                if is_saved {
                    untrack(&then);
                }
            }
        });
        Self { session: use_session(), place, is_first }
    }

    /// Saves a typed handle, so that closing the dialog does not lose it. Returns `false` if there is nothing to save, or the person has
    /// read already that it is refused.
    fn save_first(self) -> bool {
        let own = self.place.own.get_untracked().unwrap_or_default();
        let wish = self.place.wish.get_untracked();
        let Some(wish) = wish.filter(|wish| wish.trim().trim_start_matches('@') != own) else { return false };
        if untrack(|| is_refused(self.place)) {
            return false;
        }
        self.is_first.set(true);
        self.session.run(move |state| state.change_handle(self.place, Some(wish)));
        true
    }
}

/// Returns `true` while the dialog says that a handle is refused. Reactive.
fn is_refused(place: Handle) -> bool {
    place.refused.with(Option::is_some)
}

/// Form of the handle, by which others find this account. Its button saves it at once, apart from the rest.
fn handle_form(handle: UnsavedHandle) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    if !session.is_account() {
        return ().client_only();
    }
    let UnsavedHandle { place, is_first, .. } = handle;
    session.run(move |state| state.load_handle(place));
    let submit = move || {
        is_first.set(false);
        let wish = place.wish.get_untracked().or_else(|| place.own.get_untracked());
        session.run(move |state| state.change_handle(place, Some(wish.unwrap_or_default())));
    };
    // A late answer does not replace typed text.
    let shown = move || {
        let own = place.own.get().unwrap_or_default();
        place.wish.get_untracked().unwrap_or(own)
    };
    let write = move |event: ev::Event| {
        is_first.set(false);
        place.wish.set(Some(dom::held(&event, NAME_GRAPHEMES_MAX, NAME_BYTES_MAX)));
    };
    let refused_words = move |error: &CallError| match error.code.as_str() {
        "RATE_LIMITED" => {
            let may_change_at = clock::server_now_ms() + error.retry_after_ms.unwrap_or_default();
            t_string!(i18n, profile.handle_later, date = moment::full_date(i18n, may_change_at))
        }
        "CONFLICT" => t_string!(i18n, profile.handle_taken).to_owned(),
        _ => t_string!(i18n, profile.handle_form).to_owned(),
    };
    let refusal = FormRefusal::of(place.refused, |_| HANDLE, refused_words);
    let said = move || match place.answer.get() {
        LookupOutcome::Done => t_string!(i18n, profile.handle_done),
        LookupOutcome::GivenUp => t_string!(i18n, profile.handle_gone),
        _ => t_string!(i18n, profile.handle_hint),
    };
    let has_one = Memo::new(move |_| place.own.with(|own| own.as_ref().is_some_and(|own| !own.is_empty())));
    view! {
        <form class="setting-part" on:submit=submit_handler(submit)>
            <label class="label" for=HANDLE>{said!(dialogs.handle)}</label>
            <div class="setting-row">
                <span aria-hidden="true">"@"</span>
                <input
                    class="field grow"
                    id=HANDLE
                    type="text"
                    dir="auto"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=refusal.mark(HANDLE)
                    aria-describedby=refusal.description(HANDLE, "")
                    prop:value=text(shown)
                    on:input=refusal.edited(HANDLE, write)
                />
                <button class="btn" type="submit">{said!(passkeys.save)}</button>
                {refusal.under(HANDLE)}
            </div>
            <p class="setting-note" role="status">{text(said)}</p>
            {choice(move || if has_one.get() { giving_up(place) } else { no_release() })}
        </form>
    }
    .client_only()
}

/// Keeps the place of the button that releases a handle, so that the dialog does not move when there is one.
fn no_release() -> ErasedView {
    view! {
        <button class="btn" type="button" data-kind="quiet" data-awaited="" disabled>
            {said!(profile.handle_release)}
        </button>
    }
    .client_only()
}

/// Releases the handle after a question, because another one is not available at once.
fn giving_up(place: Handle) -> ErasedView {
    let session = use_session();
    let is_asked = RwSignal::new(false);
    let days = session.limits.handle_free_ms.div_ceil(DAY_MS);
    let turn = move |asked: bool| {
        is_asked.set(asked);
        dom::focus_soon("#handle-sure, #handle-end");
    };
    let give_up = move |_| {
        session.run(move |state| state.change_handle(place, None));
        dom::focus("#profile-handle");
    };
    let question = move || {
        view! {
            <div class="setting-row">
                <span class="grow" id="handle-really">{said!(profile.handle_sure, count = days)}</span>
                <button id="handle-sure" class="btn" type="button" aria-describedby="handle-really" on:click=handler(give_up)>
                    {said!(profile.handle_give_up)}
                </button>
                {button(said!(dialogs.cancel), handler(move |_| turn(false)))}
            </div>
        }
        .client_only()
    };
    let give_up_button = move || {
        view! {
            <button
                id="handle-end"
                class="btn"
                type="button"
                data-kind="quiet"
                on:click=handler(move |_| turn(true))
            >
                {said!(profile.handle_release)}
            </button>
        }
        .client_only()
    };
    choice(move || if is_asked.get() { question() } else { give_up_button() }).client_only()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_tile_has_a_name_in_every_language() {
        for language in tags() {
            assert_eq!(words_in(language, "profile", "tiles"), TILES.len(), "{language}");
        }
    }
}
