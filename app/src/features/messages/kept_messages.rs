//! Messages that the person keeps. Only their positions are stored. The texts are loaded when the list opens, so that edits
//! are seen and deleted messages leave nothing behind.

use protocol::codec::json::{self, Value};

use super::actions::Action;
use super::brief::clipped;
use crate::store::arrangement::{ListDialog, toggle};
use crate::store::conversation::{MessageDialog, RowHandle};
use crate::store::kept_messages::{KEPT_MAX, KeptMessage, NOTE};
use crate::store::shown_words::shown_text;
use crate::ui::prelude::*;

/// Changes the kept messages; `then` gets the result.
fn change(
    session: Session,
    change: impl FnOnce(&mut Vec<KeptMessage>) + 'static,
    then: impl FnOnce(Vec<KeptMessage>) + 'static,
) {
    session.run(move |state| {
        let before: Vec<KeptMessage> = state.stored_note(NOTE).and_then(|note| json::read(&note)).unwrap_or_default();
        let mut all = before.clone();
        change(&mut all);
        if all != before {
            state.save_note(NOTE, json::write(&all));
        }
        then(all);
    });
}

fn keep(all: &mut Vec<KeptMessage>, one: KeptMessage) {
    toggle(all, one);
    all.drain(..all.len().saturating_sub(KEPT_MAX));
}

/// Returns the action that keeps a message, or removes it again.
pub fn keep_action(room: String, handle: RowHandle) -> Action {
    let session = use_session();
    let (id, seq) = handle.row.with_untracked(|row| (row.id.clone(), row.seq.unwrap_or_default()));
    let own = KeptMessage { room, id, seq };
    let is_kept = RwSignal::new(false);
    let show_state = move |own: KeptMessage| {
        move |all: Vec<KeptMessage>| {
            let _ = is_kept.try_set(all.contains(&own));
        }
    };
    change(session, |_| (), show_state(own.clone()));
    let press = move || {
        let one = own.clone();
        change(session, move |all| keep(all, one), show_state(own.clone()));
    };
    Action { is_on: Some(is_kept), ..Action::new("ic-keep", move || said!(talk.keep), press) }
}

lazy_view! {
    dialogs:
    /// All kept messages, the latest first; `leave` closes the dialog.
    pub fn kept_messages(leave: Callback<()>) {
        let session = use_session();
        let all = RwSignal::new(None::<Vec<KeptMessage>>);
        change(session, |_| (), move |kept| drop(all.try_set(Some(kept))));
        let is_account = session.is_account();
        let where_kept =
            if is_account { said!(arranged.kept_where) } else { said!(talk.kept_where) };
        let is_empty = move || all.with(|all| all.as_ref().is_some_and(Vec::is_empty));
        let nothing = move || view! { <p class="list-empty">{said!(talk.none_kept)}</p> }.client_only();
        let latest_first = move || all.get().unwrap_or_default().into_iter().rev().collect();
        view! {
            <p class="setting-note">{where_kept}</p>
            {when(is_empty, nothing)}
            <ul class="found" aria-label=said!(talk.kept)>{list_of(latest_first, move |kept| row(all, kept, leave))}</ul>
        }
        .client_only()
    }
}

/// Row of a kept message in its present version. A deleted message is removed from the list.
fn row(all: RwSignal<Option<Vec<KeptMessage>>>, kept: KeptMessage, leave: Callback<()>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let (head, line) = (RwSignal::new((String::new(), String::new())), RwSignal::new(String::new()));
    let let_go = {
        let kept = kept.clone();
        move || {
            let removed = kept.clone();
            change(session, move |all| all.retain(|one| *one != removed), move |kept| drop(all.try_set(Some(kept))));
        }
    };
    session.run_for(&kept.room, move |state, room| {
        let _ = head.try_update(|head| head.1 = state.name_of_conversation(room));
    });
    let path = format!("/api/messages?roomId={}&since={}&limit=1", kept.room, kept.seq.saturating_sub(1));
    let (id, remove) = (kept.id.clone(), let_go.clone());
    let shown = move |content: &str| shown_text(content, &[], session.settings.message_settings.get_untracked());
    session.query(path, move |page| {
        let events = || page.get("messages").and_then(Value::as_array).into_iter().flatten();
        let of = |event: &Value, name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = events().find(|event| of(event, "id") == id && event.get("content").is_some());
        match found {
            Some(event) => {
                let name = session.roster.name_of(&of(event, "senderId"), &of(event, "displayName"));
                let _ = (head.try_update(|head| head.0 = name), line.try_set(clipped(&shown(&of(event, "content")))));
            }
            None => remove(),
        }
    });
    let words = move || head.with(|(name, room)| t_string!(i18n, talk.found_in, name = name, room = room));
    let jump = move |_| {
        leave.run(());
        let (id, seq) = (kept.id.clone(), kept.seq);
        session.run_for(&kept.room, move |state, room| {
            state.open_conversation(room);
            state.jump(room, &id, Some(seq));
        });
    };
    let label = move || t_string!(i18n, talk.let_go, text = line.get());
    view! {
        <li class="setting-row">
            <button class="found-message" type="button" on:click=handler(jump)>
                <b>{text(words)}</b>
                " "
                <span dir="auto">{text(move || line.get())}</span>
            </button>
            {bare_icon_button("ic-close", "14", text(label), handler(move |_| let_go()))}
        </li>
    }
    .client_only()
}

pub fn open_kept_messages(session: Session) {
    session.list_dialog.set(ListDialog::Message(MessageDialog::KeptMessages));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_once_and_let_go_by_the_same_press_and_the_oldest_make_room() {
        let one = |seq| KeptMessage { room: "general".to_owned(), id: format!("m{seq}"), seq };
        let mut all = Vec::new();
        for seq in 0..60 {
            keep(&mut all, one(seq));
        }
        assert_eq!((all.len(), all.first().map(|kept| kept.seq)), (KEPT_MAX, Some(10)));
        keep(&mut all, one(30));
        assert!(all.len() == KEPT_MAX - 1 && !all.contains(&one(30)));
        assert_eq!(json::read::<Vec<KeptMessage>>(&json::write(&all)), Some(all));
    }
}
