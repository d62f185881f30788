//! Section of the settings for web push (`push.md`): this browser and others, a test of all browsers, quiet hours, and whether
//! notifications contain names and texts.

use leptos::task::spawn_local;
use protocol::codec::json::{self, Value, json_text, write};

use super::device_list::device_name;
use super::rows::heading;
use crate::browser::{notify, push};
use crate::features::alerts::quiet;
use crate::store::push::{Choices, PushDevice, PushPlace, PushState, PushTestResults, QuietHours, RequestOrder};
use crate::ui::prelude::*;

const PATH: &str = "/api/me/push";
/// Default start of quiet hours.
const FROM: &str = "22:00";
const TO: &str = "07:00";

/// Renders the section. Without push, it shows only the choices that apply to the page.
pub fn push_settings() -> ErasedView {
    let (session, place) = (use_session(), PushPlace::default());
    session.home.saved_place.set_value(Some(place));
    load(session);
    let has_key = Memo::new(move |_| {
        place.state.with(|state| state.as_ref().map(|state: &PushState| state.public_key.is_some()))
    });
    choice(move || match has_key.get() {
        Some(true) => section(place),
        Some(false) => view! { <div class="setting push-settings">{choices(place)}</div> }.client_only(),
        None => ().erase(),
    })
    .client_only()
}

/// Loads the present state. An answer that was overtaken by another request or change is dropped, because that one loads the state again.
fn load(session: Session) {
    let turns = session.home.saves;
    let asked = turns.try_update_value(RequestOrder::ask).unwrap_or_default();
    session.query(PATH.to_owned(), move |data| {
        let state: Option<PushState> = json::Read::read(&data);
        let Some(state) = state.filter(|_| turns.get_value().counts(asked)) else { return };
        // Rooms that were muted while push was off or the server was unreachable are sent now.
        if !state.items.is_empty() {
            let known: Vec<String> = state.rooms.iter().map(|one| one.room_id.clone()).collect();
            session.run(move |state| state.send_missing_levels(&known));
        }
        quiet::choose(session, &Choices { quiet: state.quiet.clone(), preview: state.preview });
        if let Some(place) = session.home.saved_place.get_value() {
            let _ = place.state.try_set(Some(state));
        }
    });
}

fn of<T: Default>(place: PushPlace, read: impl Fn(&PushState) -> T) -> T {
    place.state.with(|state| state.as_ref().map(read)).unwrap_or_default()
}

fn section(place: PushPlace) -> ErasedView {
    let session = use_session();
    let turn = match push::is_known() {
        true => setting_switch(
            said!(push.here),
            Box::new(move || of(place, |state| state.items.iter().any(|one| one.current))),
            Box::new(move |is_on| if is_on { opt_in(session, place) } else { opt_out(session, place) }),
        ),
        false => view! { <p class="setting-note">{said!(push.none)}</p> }.client_only(),
    };
    let refused = move || view! { <p class="setting-note">{said!(home.notify_refused)}</p> }.client_only();
    view! {
        <fieldset class="setting push-settings" aria-label=said!(push.title)>
            {heading(said!(push.title))}
            <p class="setting-note">{said!(push.what)}</p>
            {turn}
            <div role="status">{when(move || place.is_refused.get(), refused)}</div>
            <ul class="devices" aria-label=said!(push.devices)>
                {list_of(move || of(place, |state| state.items.clone()), row)}
            </ul>
            {when(move || of(place, |state| !state.items.is_empty()), move || health(place))}
            {choices(place)}
        </fieldset>
    }
    .client_only()
}

/// Choices that apply to open pages too.
fn choices(place: PushPlace) -> ErasedView {
    let session = use_session();
    let preview = setting_switch(
        said!(push.preview),
        Box::new(move || of(place, |state| state.preview)),
        Box::new(move |is_on| change(session, format!("{{\"preview\":{is_on}}}"))),
    );
    view! {
        {preview}
        {quiet_hours(place)}
    }
    .client_only()
}

// ---- This browser

fn opt_in(session: Session, place: PushPlace) {
    let language = session.settings.language.get_untracked();
    let Some(key) = of(place, |state| state.public_key.clone()) else { return };
    place.is_refused.set(false);
    notify::ask(move |is_allowed| {
        let refuse = move || {
            let _ = place.is_refused.try_set(true);
        };
        if !is_allowed {
            return refuse();
        }
        spawn_local(async move {
            let Some(mut body) = push::subscribe(&key).await else { return refuse() };
            // The object gets one more member.
            body.truncate(body.len().saturating_sub(1));
            body.push_str(&format!(",\"language\":{}}}", json_text(&language)));
            session.ask_for("POST", PATH.to_owned(), Some(body), move |made| {
                let id = made.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                let user = session.me.with_untracked(|me| me.id.clone());
                let chosen = session.settings.language.get_untracked();
                spawn_local(async move {
                    push::store_subscription(&user, &id, &key, &language).await;
                    // The language changed before the subscription was stored, so the worker gets the new one.
                    if chosen != language {
                        push::say_here(&user, &chosen).await;
                    }
                });
                load(session);
            });
        });
    });
}

fn opt_out(session: Session, place: PushPlace) {
    // The worker unsubscribes first, because it would renew the subscription. It withdraws a pending transfer; until then the server may
    // list this browser.
    spawn_local(async move {
        push::store_subscription("", "", "", "").await;
        push::unsubscribe().await;
        push::worker_rests().await;
        load(session);
    });
    let own = of(place, |state| state.items.iter().find(|one| one.current).map(|one| one.id.clone()));
    remove(session, own.unwrap_or_default());
}

fn remove(session: Session, id: String) {
    session.ask_for("DELETE", format!("{PATH}/{id}"), None, move |_| load(session));
}

// ---- All browsers

fn row(device: PushDevice) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let PushDevice { id, user_agent, last_ok_at, state, current } = device;
    let name = device_name(i18n, &user_agent);
    let is_failing = state != "ok";
    let note = move || {
        let language = session.settings.language.get();
        match (is_failing, last_ok_at) {
            (true, _) => t_string!(i18n, push.failing).to_owned(),
            (false, None) => t_string!(i18n, push.untold).to_owned(),
            (false, Some(at)) => t_string!(i18n, push.told, date = clock::date_text(at, &language)),
        }
    };
    let called = name.clone();
    let end = (!current).then(|| {
        row_button(
            None,
            said!(push.remove),
            said!(push.remove_one, name = called.as_str()),
            handler(move |_| remove(session, id.clone())),
        )
        .client_only()
    });
    let here =
        current.then(|| view! { <small class="setting-note">{said!(settings.this_device)}", "</small> }.client_only());
    view! {
        <li class="setting-row">
            <span class="grow">
                <b><bdi>{name}</bdi></b>
                " "
                {here}
                <small class="setting-note">{text(note)}</small>
            </span>
            {end}
        </li>
    }
    .client_only()
}

/// Button of the test, and its results in words.
fn health(place: PushPlace) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let attempt = move |_| {
        place.tried.set(Vec::new());
        let known = of(place, |state| state.items.clone());
        let called = move |id: &str| {
            let device = known.iter().find(|one| one.id == id);
            device.map(|one| device_name(i18n, &one.user_agent)).unwrap_or_default()
        };
        session.ask_for("POST", format!("{PATH}/test"), Some("{}".to_owned()), move |data| {
            let tries: Option<PushTestResults> = json::Read::read(&data);
            let results = tries.map(|tries| tries.results).unwrap_or_default();
            let tried = results.iter().map(|one| (called(&one.id), one.status)).collect();
            let _ = place.tried.try_set(tried);
            load(session);
        });
    };
    let result = move |(name, status): (String, u32)| {
        view! { <li>{text(move || result_words(i18n, &name, status))}</li> }.client_only()
    };
    view! {
        <div class="setting-row">
            {button(said!(push.test), handler(attempt))}
        </div>
        <div role="status" class="setting-note">
            <ul>{list_of(move || place.tried.get(), result)}</ul>
        </div>
    }
    .client_only()
}

fn result_words(i18n: Texts, name: &str, status: u32) -> String {
    match status {
        200..=299 => t_string!(i18n, push.test_ok, name = name),
        404 | 410 => t_string!(i18n, push.test_gone, name = name),
        0 => t_string!(i18n, push.test_silent, name = name),
        // Push services answer so if the signature has another key than the subscription (RFC 8292, 4.2).
        401 | 403 => t_string!(i18n, push.test_key, name = name),
        _ => t_string!(i18n, push.test_failed, name = name, status = status.to_string()),
    }
}

// ---- Quiet hours

/// Changes the choices, and loads the state after the last change, even after a refusal: the section shows the stored state.
fn change(session: Session, body: String) {
    let turns = session.home.saves;
    turns.update_value(RequestOrder::change);
    session.ask_and("PUT", PATH.to_owned(), Some(body), move || {
        if turns.try_update_value(RequestOrder::changed) == Some(true) {
            load(session);
        }
    });
}

fn choose_hours(session: Session, place: PushPlace, hours: Option<QuietHours>) {
    // The fields show the new choice at once, so that a refusal has a value to replace.
    place.state.update(|state| {
        if let Some(state) = state {
            state.quiet.clone_from(&hours);
        }
    });
    let hours = hours.map_or_else(|| "null".to_owned(), |hours| write(&hours));
    change(session, format!("{{\"quiet\":{hours}}}"));
}

fn quiet_hours(place: PushPlace) -> ErasedView {
    let session = use_session();
    let is_on = move || of(place, |state| state.quiet.is_some());
    let turn = setting_switch(
        said!(push.quiet),
        Box::new(is_on),
        Box::new(move |is_on| {
            let quiet =
                is_on.then(|| QuietHours { from: FROM.to_owned(), to: TO.to_owned(), time_zone: clock::own_zone() });
            choose_hours(session, place, quiet);
        }),
    );
    let end = move |id: &'static str, label: crate::view::bindings::TextBinding, is_from: bool| {
        let value = move || {
            of(place, |state| {
                let quiet = state.quiet.as_ref();
                quiet.map(|quiet| if is_from { quiet.from.clone() } else { quiet.to.clone() }).unwrap_or_default()
            })
        };
        let chosen = move |event: ev::Event| {
            let at = event_target_value(&event);
            let Some(mut quiet) = of(place, |state| state.quiet.clone()).filter(|_| !at.is_empty()) else { return };
            *(if is_from { &mut quiet.from } else { &mut quiet.to }) = at;
            quiet.time_zone = clock::own_zone();
            choose_hours(session, place, Some(quiet));
        };
        view! {
            <div class="setting-row">
                <label for=id>{label}</label>
                <input class="field" type="time" id=id prop:value=text(value) on:change=handler(chosen) />
            </div>
        }
        .client_only()
    };
    let hours =
        move || vec![end("quiet-from", said!(push.from), true), end("quiet-to", said!(push.to), false)].client_only();
    view! {
        {turn}
        {when(is_on, hours)}
    }
    .client_only()
}
