//! The person's own emoticons, in two dialogs: the list, where they are added, changed and removed, and the emoticons of a message, which
//! can be copied to it.

use leptos::task::spawn_local;
use protocol::codec::json::member;
use protocol::content::own_emoticons::{EmbeddedEmoticon, EmoticonEntry};
use protocol::words::limits::{
    EMOTICON_ALT_BYTES_MAX, EMOTICON_ALT_GRAPHEMES_MAX, EMOTICON_BYTES_MAX, EMOTICON_CODE_CHARS_MAX, EMOTICON_PX_MAX,
    EMOTICONS_MAX, NAME_BYTES_MAX,
};

use super::own_emoticon::own_emoticon;
use crate::browser::{CallError, Crop, PickedFile, files};
use crate::ui::pictures::styles;
use crate::ui::prelude::*;

/// Canvas on which a large picture is shrunk.
const CANVAS: &str = "emoticon-canvas";
const CANVAS_PX: &str = "96";
/// Media types that can be picked.
const KINDS: &str = "image/png,image/gif,image/webp,image/jpeg,image/avif";
/// Media types that are accepted unchanged.
const PLAIN_KINDS: [&str; 3] = ["image/png", "image/gif", "image/webp"];
const WHOLE: Crop = Crop { zoom_percent: 100, across_percent: 50, down_percent: 50 };
/// Elements that take the focus when they appear, or when the focused element is removed.
const CHOOSE: &str = "#emoticon-choose";
const CODE: &str = "#emoticon-code";
/// Ids of code and description: of a new emoticon, and of one that is changed.
const NEW: [&str; 2] = ["emoticon-code", "emoticon-alt"];
const OTHER: [&str; 2] = ["emoticon-other-code", "emoticon-other-alt"];
/// Limits of a code and of a description.
const CODES: (usize, usize) = (EMOTICON_CODE_CHARS_MAX, NAME_BYTES_MAX);
const ALTS: (usize, usize) = (EMOTICON_ALT_GRAPHEMES_MAX, EMOTICON_ALT_BYTES_MAX);

#[derive(Clone, Copy)]
struct DialogState {
    /// Picture for a new emoticon.
    picked: RwSignal<Option<PickedPicture>>,
    /// Id of the emoticon that is being changed.
    changing: RwSignal<String>,
    /// Text of the last refusal that is about no form.
    problem: RwSignal<String>,
    is_busy: RwSignal<bool>,
}

#[derive(Clone, PartialEq, Eq)]
struct PickedPicture {
    chosen: PickedFile,
    address: String,
    is_drawn: bool,
}

lazy_view! {
    files:
    /// The person's own list.
    pub fn own_emoticons() {
        let (session, i18n) = (use_session(), use_i18n());
        let (picked, changing, problem, is_busy) =
            (RwSignal::new(None), RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(false));
        let place = DialogState { picked, changing, problem, is_busy };
        session.load_emoticons();
        let items = session.emoticons.items;
        let focus = move || {
            let is_one = |id: &String| items.with_untracked(|all| all.iter().any(|one| one.id == *id));
            // The focus stays with a person who is changing another emoticon.
            if !changing.with_untracked(is_one) {
                dom::focus_soon(CHOOSE);
            }
        };
        on_removal(move || items.with(Vec::len), focus);
        files::watch_files(|| true, |_| (), move |chosen| take(i18n, place, chosen));
        let choose = move || {
            let pick = handler(move |_| files::pick(KINDS, false, move |chosen| take(i18n, place, chosen)));
            view! {
                <button id="emoticon-choose" class="btn" type="button" on:click=pick>
                    {said!(own_emoticons.choose)}
                </button>
            }
            .client_only()
        };
        let is_full = move || is_full(session);
        let note = move || match is_full() {
            true => full_words(i18n),
            false => t_string!(i18n, own_emoticons.what).to_owned(),
        };
        let entry = move |one: EmoticonEntry| {
            let key = format!("{} {} {} {}", one.id, one.code, one.alt, one.may_keep);
            Entry::of(key, move || row(place, one))
        };
        let all = move || {
            view! {
                <ul class="devices" aria-label=said!(own_emoticons.title)>
                    {list(move || items.get().into_iter().map(entry).collect())}
                </ul>
            }
            .client_only()
        };
        view! {
            {styles()}
            <p class="setting-note">{text(note)}</p>
            {when(move || picked.with(Option::is_none) && !is_full(), choose)}
            {choice(move || picked.get().map_or_else(|| ().erase(), |picked| new_one(place, picked)))}
            {when(move || problem.with(|words| !words.is_empty()), move || problem_line(problem))}
            {when(move || items.with(|items| !items.is_empty()), all)}
        }
        .client_only()
    }
}

fn problem_line(problem: RwSignal<String>) -> ErasedView {
    view! { <p class="emoticon-problem" role="alert">{text(move || problem.get())}</p> }.client_only()
}

/// Checks a picked file. A small picture is used unchanged; a larger one is shrunk and loses its motion.
fn take(i18n: Texts, place: DialogState, chosen: Vec<PickedFile>) {
    let Some(chosen) = chosen.into_iter().next() else { return };
    spawn_local(async move {
        let Some((width, height)) = files::measure(chosen.key).await else {
            let _ = place.problem.try_set(t_string!(i18n, files.no_picture, name = chosen.name));
            return;
        };
        let is_small = width.max(height) <= EMOTICON_PX_MAX && chosen.size <= EMOTICON_BYTES_MAX;
        let is_drawn = !is_small || !PLAIN_KINDS.contains(&chosen.media.as_str());
        let (key, address) = (chosen.key, if is_drawn { String::new() } else { files::address(chosen.key) });
        drop_picked(place);
        let _ = place.problem.try_set(String::new());
        let _ = place.picked.try_set(Some(PickedPicture { chosen, address, is_drawn }));
        dom::after_paint(move || {
            dom::focus(CODE);
            if is_drawn {
                spawn_local(async move {
                    files::draw_square(key, CANVAS, WHOLE).await;
                });
            }
        });
    });
}

/// Ends the adding of a picture. Another picture may have been picked in between.
fn picked_is_added(place: DialogState, added: &PickedPicture) {
    if place.picked.try_with_untracked(|picked| picked.as_ref() == Some(added)) == Some(true) {
        drop_picked(place);
        dom::focus_soon(CHOOSE);
    }
}

fn drop_picked(place: DialogState) {
    if let Some(Some(picked)) = place.picked.try_get_untracked() {
        files::forget(picked.chosen.key, &picked.address);
        let _ = place.picked.try_set(None);
    }
}

/// Form for a picked picture.
fn new_one(place: DialogState, picked: PickedPicture) -> ErasedView {
    let session = use_session();
    let (code, alt, may_keep) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(false));
    let (refused, refusal) = refusal(NEW);
    let sample = match picked.is_drawn {
        true => view! {
            <canvas id=CANVAS class="emoticon-sample" role="img" aria-label=said!(own_emoticons.sample) width=CANVAS_PX height=CANVAS_PX></canvas>
        }
        .client_only(),
        false => {
            let address = picked.address.clone();
            view! { <img class="emoticon-sample" src=address alt=said!(own_emoticons.sample) /> }.client_only()
        }
    };
    let submit = move || {
        if place.is_busy.get_untracked() {
            return;
        }
        place.is_busy.set(true);
        place.problem.set(String::new());
        refused.set(None);
        let (picked, csrf) = (picked.clone(), session.csrf.get_value());
        let (code, alt, may_keep) = (code.get_untracked(), alt.get_untracked(), may_keep.get_untracked());
        spawn_local(async move {
            let Some(file) = sent(&picked, &csrf).await else {
                return over(place, refused, Some(CallError::network()));
            };
            let one = EmbeddedEmoticon { code: code.trim().to_owned(), file, alt };
            session.add_emoticon(
                &one,
                may_keep,
                Box::new(move |error| {
                    if error.is_none() {
                        picked_is_added(place, &picked);
                    }
                    over(place, refused, error);
                }),
            );
        });
    };
    let cancel = handler(move |_| {
        drop_picked(place);
        place.problem.set(String::new());
        dom::focus_soon(CHOOSE);
    });
    view! {
        <form class="emoticon-form" on:submit=submit_handler(submit)>
            {sample}
            <div class="emoticon-fields">
                {refusal.text_field(NEW[0], said!(own_emoticons.code), code, CODES)}
                <p class="setting-note">{said!(own_emoticons.code_hint)}</p>
                {refusal.text_field(NEW[1], said!(own_emoticons.alt), alt, ALTS)}
                {check(may_keep, said!(own_emoticons.may_keep))}
                {refusal.of_form()}
                <div class="setting-row">
                    <button class="btn" type="submit" data-kind="default" disabled=switch(move || place.is_busy.get())>
                        {said!(own_emoticons.add)}
                    </button>
                    {button(said!(dialogs.cancel), cancel)}
                </div>
            </div>
        </form>
    }
    .client_only()
}

/// Uploads the picture, and returns the id of its file.
async fn sent(picked: &PickedPicture, csrf: &str) -> Option<String> {
    let drawn = if picked.is_drawn { Some(files::drawing(CANVAS).await?) } else { None };
    let answer = files::send("/api/files", csrf, drawn.as_ref().unwrap_or(&picked.chosen), |_| ()).await;
    if let Some(drawn) = drawn {
        files::forget(drawn.key, "");
    }
    answer.ok().and_then(|file| member(&file, "id"))
}

/// Ends the adding of a picture: it succeeded, or was refused.
fn over(place: DialogState, refused: RwSignal<Option<CallError>>, error: Option<CallError>) {
    let _ = place.is_busy.try_set(false);
    let _ = refused.try_set(error);
}

/// Shows the reason of a refusal without a form, or clears it.
fn show_problem(i18n: Texts, place: DialogState, error: Option<CallError>) {
    let _ = place.problem.try_set(error.map(|error| refused_words(i18n, &error).to_owned()).unwrap_or_default());
}

/// Makes the place for a refusal of a form with these fields, and its view.
fn refusal([code, alt]: [&'static str; 2]) -> (RwSignal<Option<CallError>>, FormRefusal) {
    let (i18n, refused) = (use_i18n(), RwSignal::new(None));
    let wrong_field = move |error: &CallError| match error.code.as_str() {
        known if known == "CONFLICT" || error.is_about("code") => code,
        _ if error.is_about("alt") => alt,
        _ => NO_FIELD,
    };
    (refused, FormRefusal::of(refused, wrong_field, move |error| refused_words(i18n, error).to_owned()))
}

fn is_full(session: Session) -> bool {
    session.emoticons.items.with(Vec::len) >= EMOTICONS_MAX
}

fn full_words(i18n: Texts) -> String {
    t_string!(i18n, own_emoticons.full, max = EMOTICONS_MAX)
}

fn refused_words(i18n: Texts, error: &CallError) -> &'static str {
    match error.code.as_str() {
        "CONFLICT" => t_string!(i18n, own_emoticons.taken),
        "VALIDATION" if error.is_about("alt") => t_string!(i18n, refused.other),
        "VALIDATION" => t_string!(i18n, own_emoticons.form),
        "NOT_FOUND" => t_string!(i18n, own_emoticons.not_kept),
        _ => t_string!(i18n, own_emoticons.failed),
    }
}

fn row(place: DialogState, one: EmoticonEntry) -> ErasedView {
    let id = one.id.clone();
    let is_changing = Memo::new(move |_| place.changing.with(|changing| *changing == id));
    let shown = move || if is_changing.get() { changed(place, one.clone()) } else { plain(place, one.clone()) };
    view! { <li class="setting-row emoticon-row">{choice(shown)}</li> }.client_only()
}

fn picture(one: EmbeddedEmoticon) -> ErasedView {
    let still = RwSignal::new(false);
    load_view(move || own_emoticon(one.clone(), still))
}

fn plain(place: DialogState, one: EmoticonEntry) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let shown = one.shown();
    let EmoticonEntry { id, code, alt, may_keep, .. } = one;
    let name = format!("{alt} {code}");
    let (removed_name, kept_name) = (name.clone(), name.clone());
    let (changed_id, removed_id) = (id.clone(), id.clone());
    let then = move || Box::new(move |error: Option<CallError>| show_problem(i18n, place, error));
    view! {
        {picture(shown)}
        <span class="grow">
            <b>{code}</b>
            " "
            <bdi>{alt}</bdi>
        </span>
        <label class="check">
            <input
                type="checkbox"
                aria-label=text(move || format!("{} ({kept_name})", t_string!(i18n, own_emoticons.may_keep)))
                prop:checked=switch(move || may_keep)
                on:change=handler(move |event| session.let_keep_emoticon(&id, event_target_checked(&event), then()))
            />
            " "
            {said!(own_emoticons.may_keep)}
        </label>
        {row_button(
            Some("small"),
            said!(own_emoticons.change),
            said!(own_emoticons.change_one, name = name.as_str()),
            handler(move |_| {
                place.changing.set(changed_id.clone());
                dom::focus_soon("#emoticon-other-code");
            }),
        )}
        {row_button(
            Some("small"),
            said!(own_emoticons.remove),
            said!(own_emoticons.remove_one, name = removed_name.as_str()),
            handler(move |_| session.remove_emoticon(&removed_id, then())),
        )}
    }
    .client_only()
}

/// Ends the change of an emoticon. Another one may be in change by now.
fn end_change(place: DialogState, id: &str) {
    if place.changing.try_with_untracked(|changing| changing == id) == Some(true) {
        place.changing.set(String::new());
        dom::focus_soon(CHOOSE);
    }
}

fn changed(place: DialogState, one: EmoticonEntry) -> ErasedView {
    let session = use_session();
    let shown = one.shown();
    let (code, alt) = (RwSignal::new(one.code), RwSignal::new(one.alt));
    let (id, cancelled) = (one.id.clone(), one.id);
    let (refused, refusal) = refusal(OTHER);
    let submit = move || {
        let changed = id.clone();
        refused.set(None);
        let then = Box::new(move |error: Option<CallError>| {
            if error.is_none() {
                end_change(place, &changed);
            }
            let _ = refused.try_set(error);
        });
        session.change_emoticon(&id, code.get_untracked().trim(), &alt.get_untracked(), then);
    };
    view! {
        <form class="emoticon-form" on:submit=submit_handler(submit)>
            {picture(shown)}
            <div class="emoticon-fields">
                {refusal.text_field(OTHER[0], said!(own_emoticons.code), code, CODES)}
                {refusal.text_field(OTHER[1], said!(own_emoticons.alt), alt, ALTS)}
                {refusal.of_form()}
                <div class="setting-row">
                    <button class="btn" type="submit">{said!(own_emoticons.save)}</button>
                    {button(said!(dialogs.cancel), handler(move |_| end_change(place, &cancelled)))}
                </div>
            </div>
        </form>
    }
    .client_only()
}

lazy_view! {
    files:
    /// Emoticons of another person's message, each with a button that copies it.
    pub fn emoticons_to_keep(room: String, message: String, all: Vec<EmbeddedEmoticon>) {
        let outcome = RwSignal::new(String::new());
        let rows: Vec<ErasedView> = all.into_iter().map(|one| to_keep((room.clone(), message.clone()), one, outcome)).collect();
        view! {
            {styles()}
            <p class="setting-note">{said!(own_emoticons.keep_what)}</p>
            <ul class="devices" aria-label=said!(own_emoticons.keep)>{rows}</ul>
            <p role="status">{text(move || outcome.get())}</p>
        }
        .client_only()
    }
}

fn to_keep((room, message): (String, String), one: EmbeddedEmoticon, outcome: RwSignal<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let (code, name) = (one.code.clone(), format!("{} {}", one.alt, one.code));
    let (label, kept) = (name.clone(), name.clone());
    let keep = move |_| {
        let kept = kept.clone();
        let then = move |error: Option<CallError>| {
            let words = match error {
                None => t_string!(i18n, own_emoticons.kept, name = kept),
                Some(error) if error.code == "VALIDATION" && untrack(|| is_full(session)) => full_words(i18n),
                Some(error) => refused_words(i18n, &error).to_owned(),
            };
            let _ = outcome.try_set(words);
        };
        session.keep_emoticon(&room, &message, &code, Box::new(then));
    };
    view! {
        <li class="setting-row emoticon-row">
            {picture(one)}
            <span class="grow"><bdi>{name}</bdi></span>
            {row_button(
                None,
                said!(own_emoticons.keep_it),
                said!(own_emoticons.keep_one, name = label.as_str()),
                handler(keep),
            )}
        </li>
    }
    .client_only()
}
