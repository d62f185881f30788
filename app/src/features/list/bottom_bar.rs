//! Bar at the bottom of a phone (`ux.md` 4.6): people, open conversations, events, and further actions. Wide windows have all of it in the
//! tabs and under the list. The server writes the bar and the bell; their panels come with the chunk `home`.

use protocol::words::principal::UserKind;

use crate::features::contacts::contact_row::{bead_of, last_words, push_unread, row_end};
use crate::features::messages::kept_messages::open_kept_messages;
use crate::features::review::review_link;
use crate::store::arrangement::ListDialog;
use crate::store::conversation::Conversation;
use crate::store::home::Panel;
use crate::ui::prelude::*;

#[component]
pub fn BottomBar() -> impl IntoView {
    view! {
        <nav class="bottom-bar" aria-label=said!(list.bar)>
            {tab(Panel::Closed, "ic-people", said!(list.people))} {chats_tab()} {events_tab()}
            {tab(Panel::More, "ic-menu", said!(list.more))}
        </nav>
    }
    .erase()
}

/// Bell under the list of a wide window, which opens the panel of events.
#[component]
pub fn Bell() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <button
            class="add-contact"
            type="button"
            aria-label=said!(list.events)
            aria-description=text(move || unseen_words(session, i18n))
            title=said!(list.events)
            data-count=text(move || unseen_mark(session))
            on:click=handler(move |_| session.home.panel.set(Panel::Events))
        >
            {icon("ic-bell", "16")}
        </button>
    }
    .erase()
}

/// Returns the mark of the bell while an event is unseen: a dot. The number of unread messages is on the tab of conversations.
fn unseen_mark(session: Session) -> &'static str {
    if session.home.has_unseen_events.get() { "•" } else { "" }
}

/// Returns the same in words, for screen readers.
fn unseen_words(session: Session, i18n: Texts) -> &'static str {
    if session.home.has_unseen_events.get() { t_string!(i18n, list.unseen) } else { "" }
}

fn tab(panel: Panel, sign: &'static str, label: TextBinding) -> ErasedView {
    named_tab(panel, sign, label, Marks::default())
}

fn events_tab() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let marks = Marks {
        count: Some(text(move || unseen_mark(session))),
        description: Some(text(move || unseen_words(session, i18n))),
        ..Marks::default()
    };
    named_tab(Panel::Events, "ic-bell", said!(list.events), marks)
}

/// Texts of a tab beside its label.
#[derive(Default)]
struct Marks {
    /// Accessible name, if it is more than the label.
    name: Option<TextBinding>,
    /// Text at the icon.
    count: Option<TextBinding>,
    /// Meaning of that text.
    description: Option<TextBinding>,
}

/// Tab of the conversations, with the same total of unread messages as the title of the page.
fn chats_tab() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let unread = Memo::new(move |_| session.roster.unread_total());
    let name = move || match unread.get() {
        0 => t_string!(i18n, list.chats).to_owned(),
        count => format!("{}, {}", t_string!(i18n, list.chats), t_string!(i18n, list.unread, count = count)),
    };
    // The style sheet draws the number: text in the button would have to appear in its name.
    let count = move || match unread.get() {
        0 => String::new(),
        count => count.to_string(),
    };
    let marks = Marks { name: Some(text(name)), count: Some(text(count)), ..Marks::default() };
    named_tab(Panel::Chats, "ic-chats", said!(list.chats), marks)
}

fn named_tab(panel: Panel, sign: &'static str, label: TextBinding, marks: Marks) -> ErasedView {
    let session = use_session();
    let Marks { name, count, description } = marks;
    let is_here = move || (session.home.panel.get() == panel).then_some("page");
    view! {
        <button
            class="bar-tab"
            type="button"
            aria-label=name
            aria-description=description
            data-count=count
            aria-current=word(is_here)
            on:click=handler(move |_| session.home.panel.set(panel))
        >
            {icon(sign, "20")}
            <span>{label}</span>
        </button>
    }
    .erase()
}

fn panel(
    of: Panel,
    title_id: &'static str,
    title: fn() -> TextBinding,
    body: fn(DialogRef) -> ErasedView,
) -> crate::view::erased::ErasedView {
    let session = use_session();
    when(
        move || session.home.panel.get() == of,
        move || {
            let frame = DialogRef::new();
            let closed = handler(move |_| {
                // Another panel may be open by now.
                session.home.panel.update(|panel| *panel = if *panel == of { Panel::Closed } else { *panel });
            });
            dialog::framed(frame, title_id, title(), closed, body(frame))
        },
    )
}

/// Panel with the open conversations and their unread messages.
#[component]
pub fn ChatsPanel() -> impl IntoView {
    panel(Panel::Chats, "chats-title", || said!(tabs.open_conversations), chats)
}

fn chats(frame: DialogRef) -> ErasedView {
    let session = use_session();
    let row =
        move |conversation: Conversation| Entry::new(conversation.key, move || chat(session, frame, conversation));
    // The panel covers the list, which opens conversations.
    let nothing = move || {
        view! {
            <p class="list-empty">{said!(list.no_chats)}</p>
            {button_of("default", said!(list.to_list), handler(move |_| dialog::close(frame)))}
        }
        .client_only()
    };
    view! {
        <div class="dialog-body">
            {when(move || session.open.with(Vec::is_empty), nothing)}
            <ul class="found jump" aria-label=said!(tabs.open_conversations)>
                {list(move || session.open.get().into_iter().map(row).collect())}
            </ul>
        </div>
    }
    .client_only()
}

fn chat(session: Session, frame: DialogRef, conversation: Conversation) -> ErasedView {
    let i18n = use_i18n();
    let room = StoredValue::new(conversation.room_id());
    let member = session.member_of(conversation);
    let person = move || member.get().and_then(|member| member.person());
    let name = move || member.get().map_or_else(|| conversation.name_without_list(), |member| member.name());
    let last = move || {
        let Some(member) = member.get() else { return (0, String::new()) };
        let person = member.person().map(|_| member.name());
        member.activity().with(|activity| (activity.last.at, last_words(i18n, &activity.last, person.as_deref())))
    };
    let unread = Signal::derive(move || match member.get() {
        Some(member) => member.activity().with(|activity| activity.unread),
        None => conversation.unread.get(),
    });
    let waiting = move || {
        let mut words = String::new();
        push_unread(i18n, &mut words, unread.get());
        words
    };
    let show = move |_| {
        dialog::close(frame);
        session.run_for(&room.get_value(), State::show);
    };
    let sign = choice(move || match person() {
        Some(person) => bead(bead_of(person)).client_only(),
        None => room_sign().client_only(),
    });
    view! {
        <li>
            <button class="btn chat" type="button" on:click=handler(show)>
                {sign}
                <span class="chat-text">
                    <b class="clip"><bdi>{text(name)}</bdi></b>
                    <span class="visually-hidden">{text(waiting)}</span>
                    <span class="clip"><bdi>{text(move || last().1)}</bdi></span>
                </span>
                {row_end(i18n, Memo::new(move |_| last().0), unread)}
            </button>
        </li>
    }
    .client_only()
}

/// Panel with the entries that wide windows show under the list.
#[component]
pub fn MorePanel() -> impl IntoView {
    panel(Panel::More, "more-title", || said!(list.more), more)
}

fn more(frame: DialogRef) -> ErasedView {
    let session = use_session();
    let item = move |word: TextBinding, choose: fn(Session)| {
        let chosen = move |_| {
            dialog::close(frame);
            choose(session);
        };
        view! { <li>{button(word, handler(chosen))}</li> }.client_only()
    };
    let may_find = !session.is_of_demo();
    let is_guest = session.me.with_untracked(|me| me.kind == UserKind::Guest);
    view! {
        <div class="dialog-body">
            <ul class="found jump">
                {may_find.then(|| item(said!(contacts.add), |session| session.add_contact(None)))}
                {(!is_guest).then(|| item(said!(groups.new), Session::new_group))}
                {may_find.then(|| item(said!(groups.find), Session::open_group_search))}
                {item(said!(talk.kept), open_kept_messages)}
                {item(said!(list.options), |session| session.list_dialog.set(ListDialog::Options))}
                {item(said!(identity.profile), |session| session.list_dialog.set(ListDialog::Profile))}
                {item(said!(keys.title), |session| session.list_dialog.set(ListDialog::Keys))}
                {review_link(None).map(|link| view! { <li>{link}</li> }.client_only())}
            </ul>
        </div>
    }
    .client_only()
}
