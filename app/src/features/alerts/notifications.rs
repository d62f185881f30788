//! Notifications of the system (`ux.md` 2.1): while the page is hidden, one tab shows the toasts as notifications. They are off until the
//! person switches them on in the settings.

use leptos::task::spawn_local;

use super::quiet::chosen;
use crate::browser::{device, lock, notify, storage, timer};
use crate::store::toasts::{TOAST_CHOICES, TOAST_S, ToastEvent, ToastKind, ToastTarget};
use crate::ui::prelude::*;

/// Key in localStorage.
const KEY: &str = "cfm-notify";
const ON: &str = "on";
/// Time by which a hidden tab waits for a visible one.
const SEEN_FIRST_MS: u32 = 500;

/// Loads the stored choice.
pub fn load_notifications(session: Session) {
    session.home.notifies.set(storage::get(KEY).as_deref() == Some(ON) && notify::is_allowed());
}

/// Shows a notification, unless a tab is visible or the person is active on another device.
pub fn show_notification(session: Session, i18n: Texts, event: &ToastEvent) {
    let (title, body) = match &event.toast.kind {
        ToastKind::Message { content } => (event.toast.name.clone(), content.clone()),
        ToastKind::Nudge => {
            (event.toast.name.clone(), t_string!(i18n, conversation.nudged_you, name = &event.toast.name))
        }
        ToastKind::Wink { .. } => (event.toast.name.clone(), t_string!(i18n, home.wink_from, name = &event.toast.name)),
        ToastKind::Added { group } => {
            (event.toast.name.clone(), untrack(|| t_string!(i18n, toast.added_by_someone, name = group)))
        }
        ToastKind::Online | ToastKind::Offline | ToastKind::Refused { .. } | ToastKind::News(_) => return,
    };
    let is_off = !session.home.notifies.get_untracked() || session.home.is_locked.get_untracked();
    if !event.is_loud || is_off || session.is_elsewhere() {
        return;
    }
    let ToastTarget::Room(room) = event.toast.target.clone() else { return };
    // A message from a room names the room.
    let title = match untrack(|| session.roster.room(&room)) {
        Some(row) => format!("{title} – {}", row.with_untracked(|row| row.name.clone())),
        None => title,
    };
    let is_seen = device::is_visible();
    // A visible tab takes the lock too, and then there is no notification.
    let (what, message) = (format!("notify-{}", event.message), event.message.clone());
    let (title, body) = match chosen(session).preview {
        true => (title, body),
        false => (untrack(|| t_string!(i18n, app.title)).to_owned(), String::new()),
    };
    spawn_local(async move {
        // A visible tab wins, even if it receives the event a little later.
        if !is_seen {
            timer::wait(SEEN_FIRST_MS).await;
        }
        lock::first(&what, move || {
            if !is_seen && !device::is_visible() {
                let tag = room.clone();
                notify::show(&title, &body, &tag, &message, move || session.run_for(&room, State::open_conversation));
            }
        });
    });
}

/// Switch in the settings.
pub fn notification_switch() -> ErasedView {
    let session = use_session();
    let notifies = session.home.notifies;
    let is_refused = RwSignal::new(false);
    let turn = move |is_on: bool| {
        if !is_on {
            storage::remove(KEY);
            return notifies.set(false);
        }
        notify::ask(move |is_allowed| {
            if is_allowed {
                storage::put(KEY, ON);
            }
            let _ = (notifies.try_set(is_allowed), is_refused.try_set(!is_allowed));
        });
    };
    let refused =
        move || view! { <p class="setting-note" role="status">{said!(home.notify_refused)}</p> }.client_only();
    view! {
        {setting_switch(said!(home.notify), Box::new(move || notifies.get()), Box::new(turn))}
        {when(move || is_refused.get(), refused)}
    }
    .client_only()
}

/// Choice of the time for which toasts stay (WCAG 2.2.1); a dismissed toast is in the panel of events.
#[component]
pub fn ToastChoice() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let message_settings = session.settings.message_settings;
    let choice = move |stays_s: Option<u8>| {
        let word = move || match stays_s.unwrap_or(TOAST_S) {
            0 => t_string!(i18n, talk.toast_ever).to_owned(),
            seconds => t_string!(i18n, talk.toast_seconds, count = seconds),
        };
        let choose = handler(move |_| session.change_message_settings(|settings| settings.stays_s = stays_s));
        let is_it = move || message_settings.get().stays_s == stays_s;
        radio("toasts", text(word), Box::new(is_it), choose)
    };
    radio_group(&|| said!(talk.toasts), Vec::from(TOAST_CHOICES.map(choice)).erase())
}
