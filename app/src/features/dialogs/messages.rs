//! Dialogs about messages: their actions, all reactions, earlier versions, forwarding, and kept messages.

use protocol::client::{ChatContent, Font};
use protocol::codec::json::Value;
use protocol::words::event::Millis;

use super::forward::forward;
use crate::features::emoticons::dialog::emoticons_to_keep;
use crate::features::messages::brief::{clipped, sender_name};
use crate::features::messages::kept_messages::kept_messages;
use crate::features::messages::message_sheet::message_sheet;
use crate::features::messages::message_text::{MessageEmoticons, MessageText, short_text};
use crate::features::messages::reactions::reaction_choices;
use crate::features::moderation::{moderate_form, moderate_title};
use crate::features::reports::{report_form, title};
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{MessageDialog, Row, RowKind};
use crate::store::moderation::ModerationSubject;
use crate::store::relations::PersonRef;
use crate::store::reports::{Outcome, ReportSubject};
use crate::store::shown_words::shown_words;
use crate::ui::prelude::*;
use crate::ui::when::{iso, time};

/// Largest number of pages of the log that are read for the edits of one message.
const PAGES_MAX: u32 = 10;

pub fn message_dialog(open: MessageDialog) -> ErasedView {
    match open {
        MessageDialog::Actions(id) => message_sheet(id),
        MessageDialog::React(id) => react(id),
        MessageDialog::Earlier(id) => earlier(id),
        MessageDialog::Forward(content) => forward(content),
        MessageDialog::KeptMessages => kept_messages_dialog(),
        MessageDialog::Emoticons(id) => emoticons(id),
        MessageDialog::Report(id) => report(id),
        MessageDialog::Moderate(id) => moderate(id),
    }
}

fn emoticons(id: String) -> ErasedView {
    let session = use_session();
    let frame = DialogRef::new();
    let conversation = session.current.get_untracked();
    let row = conversation.and_then(|conversation| Some((conversation.room_id(), conversation.find(&id)?)));
    let Some((room, handle)) = row else { return ().erase() };
    let RowKind::Chat(ChatContent { emoticons: all, .. }) = handle.row.with_untracked(|row| row.kind.clone()) else {
        return ().erase();
    };
    let message = id.clone();
    let body = view! {
        <div class="dialog-body">{load_view(move || emoticons_to_keep(room.clone(), message.clone(), all.clone()))}</div>
        {done(frame)}
    };
    about(frame, id, said!(own_emoticons.keep), body.client_only())
}

/// Dialog that returns the focus to its message, because the button that opened it disappears with the pointer.
fn about(frame: DialogRef, id: String, title: TextBinding, body: ErasedView) -> ErasedView {
    let session = use_session();
    let closed = handler(move |_| {
        session.list_dialog.set(ListDialog::Closed);
        dom::focus_soon(format!(".msg[data-id=\"{id}\"]"));
    });
    dialog::framed(frame, "message-title", title, closed, body)
}

/// Returns the room of a message in the open conversation, and its writer.
fn place_and_writer(id: &str) -> Option<(String, PersonRef)> {
    let conversation = use_session().current.get_untracked()?;
    let handle = conversation.find(id)?;
    let sender = handle.row.with_untracked(|row| row.sender.clone());
    Some((conversation.room_id(), PersonRef { id: sender, name: untrack(|| sender_name(handle)) }))
}

fn moderate(id: String) -> ErasedView {
    let Some((room, writer)) = place_and_writer(&id) else { return ().erase() };
    let subject = ModerationSubject::Message { room, message: id.clone(), writer };
    let (frame, title) = (DialogRef::new(), moderate_title(subject.name()));
    about(frame, id, title, load_view(move || moderate_form(frame, subject.clone())))
}

fn report(id: String) -> ErasedView {
    let Some((room, person)) = place_and_writer(&id) else { return ().erase() };
    let (frame, title) = (DialogRef::new(), title(&person.name));
    let subject = ReportSubject { person, message: Some((room, id.clone())) };
    let body = report_form(frame, subject, Outcome::Nothing, quoted(&id));
    about(frame, id, title, body)
}

/// Renders the first words of a message of the open conversation.
fn quoted(id: &str) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let handle = session.current.get_untracked()?.find(id)?;
    let settings = session.settings.message_settings.get_untracked();
    let words = clipped(&handle.row.with_untracked(|row| shown_words(&row.kind, settings)));
    let quote = || view! { <blockquote class="quote clip">{short_text(i18n, &words)}</blockquote> }.client_only();
    (!words.is_empty()).then(quote)
}

fn react(id: String) -> ErasedView {
    let frame = DialogRef::new();
    let chosen = Callback::new(move |()| dialog::close(frame));
    let row = id.clone();
    let body = view! { <div class="dialog-body">{load_view(move || reaction_choices(row.clone(), chosen))}</div> };
    about(frame, id, said!(talk.react), body.client_only())
}

/// One version of a message, as far as it is known.
#[derive(Clone, PartialEq, Eq)]
struct Edit {
    at: Millis,
    content: String,
}

fn earlier(id: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let edits = RwSignal::new(None::<Vec<Edit>>);
    let conversation = session.current.get_untracked();
    let handle = conversation.and_then(|conversation| conversation.find(&id));
    let Some((conversation, row)) = conversation.zip(handle.map(|handle| handle.row.get_untracked())) else {
        return ().erase();
    };
    load_edits(session, &EditsQuery::of(conversation.room_id(), &row), Vec::new(), edits);
    let (first, own) = (row.first.clone(), row.is_own);
    let shown = move |at: Millis, content: String| {
        view! {
            <li class="happened">
                <time datetime=iso(at)>{text(move || time(i18n, at))}</time>
                <MessageText content font=Font::default() is_own=own own=MessageEmoticons::none() row=None />
            </li>
        }
        .client_only()
    };
    let at_first = match first {
        Some(first) => shown(row.at, first),
        None => view! { <li class="setting-note">{said!(talk.first_unknown)}</li> }.client_only(),
    };
    let later = choice(move || match edits.get() {
        // The last version is the present text.
        Some(mut all) => {
            all.pop();
            all.into_iter().map(|edit| shown(edit.at, edit.content)).collect::<Vec<_>>().client_only()
        }
        None => view! { <li class="setting-note">{said!(app.waking)}</li> }.client_only(),
    });
    let body = view! {
        <div class="dialog-body">
            <ul class="happened-list" aria-label=said!(talk.earlier)>{at_first} {later}</ul>
        </div>
    };
    about(frame, id, said!(talk.earlier), body.client_only())
}

/// Range of the log that contains the edits of a message: behind the message, up to the last known edit.
#[derive(Clone)]
struct EditsQuery {
    room: String,
    id: String,
    after: u64,
    until: Millis,
    pages_left: u32,
}

impl EditsQuery {
    fn of(room: String, row: &Row) -> Self {
        let until = row.edited_at.unwrap_or_default();
        Self { room, id: row.id.clone(), after: row.seq.unwrap_or_default(), until, pages_left: PAGES_MAX }
    }
}

/// Reads the edits from the log, page by page.
fn load_edits(session: Session, place: &EditsQuery, known: Vec<Edit>, found: RwSignal<Option<Vec<Edit>>>) {
    let place = place.clone();
    let path = format!("/api/messages?roomId={}&since={}&limit=200", place.room, place.after);
    session.query(path, move |page| {
        let events = || page.get("messages").and_then(Value::as_array).into_iter().flatten();
        let of = |event: &Value, name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
        let at = |event: &Value| event.get("timestamp").and_then(Value::as_u64).unwrap_or_default();
        let is_ours = |event: &&Value| of(event, "messageId").as_ref() == Some(&place.id);
        let edit = |event: &Value| Some(Edit { at: at(event), content: of(event, "content")? });
        let mut all = known;
        all.extend(events().filter(is_ours).filter_map(edit));
        let has_more = page.get("more").and_then(Value::as_bool).unwrap_or_default();
        let is_behind = events().last().is_none_or(|last| at(last) > place.until);
        let next = page.get("next").and_then(Value::as_u64).unwrap_or_default();
        if has_more && !is_behind && place.pages_left > 0 && next > place.after {
            let further = EditsQuery { after: next, pages_left: place.pages_left - 1, ..place };
            return load_edits(session, &further, all, found);
        }
        let _ = found.try_set(Some(all));
    });
}

fn kept_messages_dialog() -> ErasedView {
    let frame = DialogRef::new();
    let leave = Callback::new(move |()| dialog::close(frame));
    let body = view! { <div class="dialog-body">{load_view(move || kept_messages(leave))}</div> };
    framed(frame, said!(talk.kept), body.client_only())
}
