//! Section of a public group's dialog for pages of other sites (`embed.md` 1.1): the origins, the mode, and the HTML for such a page. The
//! code is in the chunk of the integrations.

use protocol::machines::room::{EmbedMode, Embedding};
use protocol::words::limits::EMBED_ORIGINS_MAX;

use super::programs::copied_field;
use crate::browser::device;
use crate::store::embedding::{EmbeddingForm, EmbeddingProblem, frame_tag, origins_of};
use crate::ui::prelude::*;

/// Id of the field that takes the focus when something is wrong in it, or when the focused button is removed.
const ORIGINS: &str = "embedding-origins";
/// Ids of elements that others name.
const HINT: &str = "embedding-hint";
const MODES: &str = "embedding-modes";
const TAG: &str = "embedding-tag";
const TAG_PLACE: &str = "#embedding-tag";

pub fn other_sites(room: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let form = session.groups.embedding;
    let room = StoredValue::new(room);
    let is_on = Memo::new(move |_| form.current.with(Option::is_some));
    view! {
        <fieldset class="setting">
            <legend>{said!(embedding.title)}</legend>
            <p class="setting-note">{said!(embedding.about)}</p>
            {permission(form, room, is_on)}
            {when(move || is_on.get(), move || tag(form, room))}
            <p class="setting-note" role="status">{text(move || note(i18n, form))}</p>
        </fieldset>
    }
    .client_only()
}

/// Returns the words under the form, which describe the stored permission and not the unsaved fields.
fn note(i18n: Texts, form: EmbeddingForm) -> &'static str {
    match form.current.with(Option::is_some) {
        _ if form.is_copied.get() => t_string!(i18n, embedding.copied),
        _ if form.is_edited() => "",
        true => t_string!(i18n, embedding.is_on),
        false => t_string!(i18n, embedding.is_off),
    }
}

/// Returns the words under the field of the origins: what is wrong in it.
fn problem_words(i18n: Texts, problem: EmbeddingProblem) -> String {
    match problem {
        EmbeddingProblem::Line(line) => t_string!(i18n, embedding.bad_line, line = line),
        EmbeddingProblem::TooMany => t_string!(i18n, embedding.too_many, max = EMBED_ORIGINS_MAX),
        EmbeddingProblem::Refused => t_string!(i18n, embedding.refused).to_owned(),
    }
}

/// Form of the permission, with the buttons that switch it on and off.
fn permission(form: EmbeddingForm, room: StoredValue<String>, is_on: Memo<bool>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let submit = move || {
        if let Some(wish) = wished(form) {
            // The HTML stands below the form, where the dialog may end.
            let show_tag = || dom::after_paint(|| dom::reveal(TAG_PLACE));
            session.run_for(&room.get_value(), move |state, room| state.embed_group(room, &wish, Box::new(show_tag)));
        }
    };
    let write = move |event: ev::Event| {
        form.clear_note();
        form.lines.set(Some(event_target_value(&event)));
    };
    let refusal = FormRefusal::of(form.problem, |_| ORIGINS, move |problem| problem_words(i18n, *problem));
    let submit_word = move || match is_on.get() {
        true => t_string!(i18n, embedding.save),
        false => t_string!(i18n, embedding.switch_on),
    };
    view! {
        <form class="setting-form" on:submit=submit_handler(submit)>
            <label class="label" for=ORIGINS>{said!(embedding.origins)}</label>
            <textarea
                id=ORIGINS
                class="field"
                rows="3"
                dir="ltr"
                spellcheck="false"
                required
                aria-invalid=refusal.mark(ORIGINS)
                aria-describedby=refusal.description(ORIGINS, HINT)
                prop:value=text(move || form.shown_lines())
                on:input=handler(write)
            ></textarea>
            {refusal.under(ORIGINS)}
            <p class="setting-note" id=HINT>{said!(embedding.lines)}</p>
            <div role="radiogroup" aria-labelledby=MODES>
                <span class="label" id=MODES>{said!(embedding.visitors)}</span>
                <div class="choices">
                    {mode(form, EmbedMode::Read, said!(embedding.read))}
                    {mode(form, EmbedMode::Guest, said!(embedding.guest))}
                </div>
            </div>
            <div class="setting-row">
                <button class="btn" type="submit">{text(submit_word)}</button>
                {when(move || is_on.get(), move || end_button(room))}
            </div>
        </form>
    }
    .client_only()
}

/// Choice of a mode.
fn mode(form: EmbeddingForm, mode: EmbedMode, word: TextBinding) -> ErasedView {
    let is_it = move || form.shown_mode() == mode;
    let chosen = handler(move |_| {
        form.clear_note();
        form.mode.set(Some(mode));
    });
    radio("embedding-mode", word, Box::new(is_it), chosen)
}

/// Returns the permission of the form; `None` if its origins are wrong, which is said.
fn wished(form: EmbeddingForm) -> Option<Embedding> {
    let (lines, mode) = untrack(|| (form.shown_lines(), form.shown_mode()));
    let origins = origins_of(&lines);
    form.clear_note();
    form.problem.set(origins.as_ref().err().copied());
    Some(Embedding { origins: origins.ok()?, mode })
}

/// Button that ends the permission.
fn end_button(room: StoredValue<String>) -> ErasedView {
    let session = use_session();
    let focus = || dom::focus_by_id(ORIGINS);
    let end = handler(move |_| {
        session.run_for(&room.get_value(), move |state, room| state.end_embedding(room, Box::new(focus)));
    });
    button(said!(embedding.switch_off), end).client_only()
}

/// HTML for a page that shows the group.
fn tag(form: EmbeddingForm, room: StoredValue<String>) -> ErasedView {
    let i18n = use_i18n();
    let tag =
        Memo::new(move |_| frame_tag(&device::origin(), &room.get_value(), t_string!(i18n, embedding.frame_title)));
    copied_field(form.is_copied, TAG, said!(embedding.tag), tag.into())
}
