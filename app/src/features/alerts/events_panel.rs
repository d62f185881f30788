//! Panel with the events of the last day on this device (`ux.md` 1.3, 2.2: a dismissed toast can be read again).

use protocol::codec::json;
use protocol::people::contacts::Relation;

use super::notifications::{load_notifications, show_notification};
use super::toasts::refusal_of;
use crate::store::events::{EventKind, EventRecord, shorten};
use crate::store::home::Panel;
use crate::ui::prelude::*;
use crate::ui::when as moment;
use crate::ui::when::Day;

/// Name of the note that stores the events.
const NOTE: &str = "events";
/// Name of the note that is set while some events are unseen; empty when all were seen.
const UNSEEN_NOTE: &str = "events-unseen";

/// Loads the stored events of this person, and stores new ones from now on.
pub fn persist_events(session: Session) {
    let i18n = use_i18n();
    load_notifications(session);
    let (events, is_loaded) = (session.home.events, RwSignal::new(false));
    session.run(move |state| {
        let stored: Option<Vec<EventRecord>> = state.stored_note(NOTE).and_then(|text| json::read(&text));
        let _ = (events.try_set(stored.unwrap_or_default()), is_loaded.try_set(true));
        if state.stored_note(UNSEEN_NOTE).is_some_and(|text| !text.is_empty()) {
            let _ = session.home.has_unseen_events.try_set(true);
        }
    });
    let put = move |new: Vec<EventRecord>| {
        if new.is_empty() {
            return;
        }
        let is_open = session.home.panel.get_untracked() == Panel::Events;
        if !is_open && new.iter().any(|noted| noted.what.is_notable()) {
            session.home.has_unseen_events.set(true);
            session.run(move |state| state.save_note(UNSEEN_NOTE, "yes".to_owned()));
        }
        events.update(|all| {
            all.extend(new);
            shorten(all, clock::now_ms());
        });
        let stored = events.with_untracked(|all| json::write(all));
        session.run(move |state| state.save_note(NOTE, stored));
    };
    Effect::new(move |_| {
        let has_pending = session.toasts.pending.with(|pending| !pending.is_empty());
        if has_pending && is_loaded.get() {
            let pending = std::mem::take(&mut *session.toasts.pending.write_untracked());
            pending.iter().for_each(|event| show_notification(session, i18n, event));
            put(pending.iter().filter_map(EventRecord::of).collect());
        }
    });
    Effect::new(move |_| {
        let requests = session.relations.contacts.get().into_iter();
        let requests = requests.filter(|contact| contact.relation == Relation::Request).map(|contact| EventRecord {
            at: clock::now_ms(),
            what: EventKind::Request,
            name: contact.name,
            user: contact.id,
            room: String::new(),
            whom: String::new(),
        });
        let invitations = session.groups.invitations.get().into_iter().map(|invitation| EventRecord {
            at: clock::now_ms(),
            what: EventKind::Invitation,
            name: invitation.name,
            user: String::new(),
            room: invitation.room,
            whom: String::new(),
        });
        if is_loaded.get() {
            // The same request is stored once, even if the page receives it again.
            let is_known = |new: &EventRecord| {
                let is_it = |old: &EventRecord| (old.what, &old.user, &old.room) == (new.what, &new.user, &new.room);
                events.with_untracked(|all| all.iter().any(is_it))
            };
            put(requests.chain(invitations).filter(|new| !is_known(new)).collect());
        }
    });
}

/// The panel, while it is open.
#[component]
pub fn EventsPanel() -> impl IntoView {
    let session = use_session();
    when(move || session.home.panel.get() == Panel::Events, move || view! { <Open /> }.client_only())
}

#[component]
fn Open() -> impl IntoView {
    let session = use_session();
    let (frame, events) = (DialogRef::new(), session.home.events);
    events.update(|all| shorten(all, clock::now_ms()));
    session.home.has_unseen_events.set(false);
    session.run(move |state| state.save_note(UNSEEN_NOTE, String::new()));
    let latest_first = move || events.get().into_iter().enumerate().rev().collect();
    let row =
        move |(_, noted): (usize, EventRecord)| view! { <li class="happened">{event(frame, noted)}</li> }.client_only();
    let is_empty = move || events.with(Vec::is_empty);
    let forget = move |_| {
        events.set(Vec::new());
        session.run(move |state| state.save_note(NOTE, json::write(&Vec::<EventRecord>::new())));
    };
    let body = view! {
        <div class="dialog-body">
            <p class="setting-note">{said!(home.events_where)}</p>
            {when(is_empty, move || view! { <p class="list-empty">{said!(home.no_events)}</p> }.client_only())}
            <ul class="happened-list" aria-label=said!(list.events)>{list_of(latest_first, row)}</ul>
        </div>
        <div class="dialog-foot">
            {button(said!(home.forget_events), handler(forget))}
            {button_of("default", said!(settings.done), handler(move |_| dialog::close(frame)))}
        </div>
    };
    let closed = handler(move |_| session.home.panel.set(Panel::Closed));
    dialog::framed(frame, "events-title", said!(list.events), closed, body.client_only())
}

/// Renders an event as a link to its person or room.
fn event(frame: DialogRef, noted: EventRecord) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let EventRecord { at, user, room, what, .. } = noted.clone();
    let time = move || {
        let day = if clock::days_ago(at) == 0 { String::new() } else { moment::day_rule(i18n, at, Day::InText) };
        format!("{day} {}", moment::time(i18n, at)).trim().to_owned()
    };
    let time = view! { <time datetime=moment::iso(at)>{text(time)}</time> };
    let words = text(move || sentence(i18n, &noted));
    // Requests and invitations are answered in the list.
    let leads = (!user.is_empty() || !room.is_empty()) && !matches!(what, EventKind::Request | EventKind::Invitation);
    if !leads {
        return view! { {time} " " <span>{words}</span> }.client_only();
    }
    let open = move |_| {
        dialog::close(frame);
        if user.is_empty() {
            session.run_for(&room, State::open_conversation)
        } else {
            session.run_for(&user, State::open_person)
        }
    };
    view! {
        {time}
        " "
        <button class="happened-to" type="button" on:click=handler(open)>
            {words}
        </button>
    }
    .client_only()
}

fn sentence(i18n: Texts, noted: &EventRecord) -> String {
    let name = &noted.name;
    match noted.what {
        EventKind::Online => t_string!(i18n, toast.just_online, name = name),
        EventKind::Offline => t_string!(i18n, home.went, name = name),
        EventKind::Message => t_string!(i18n, toast.message_from, name = name),
        EventKind::Nudge => t_string!(i18n, conversation.nudged_you, name = name),
        EventKind::Wink => t_string!(i18n, home.wink_from, name = name),
        EventKind::Request => t_string!(i18n, dialogs.would_like, name = name),
        EventKind::Invitation => t_string!(i18n, home.asked_into, name = name),
        EventKind::Added => t_string!(i18n, toast.added_by_someone, name = name),
        EventKind::Accepted => t_string!(i18n, toast.accepted, name = name),
        EventKind::CameByLink => t_string!(i18n, toast.by_link, name = name),
        EventKind::Refused => refusal_of(i18n, name, None, &noted.whom),
    }
}
