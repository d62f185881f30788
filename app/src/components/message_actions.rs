//! What can be done to a message, and what others did: actions, reactions, the message it answers, what is left of it.
//!
//! Actions appear where the pointer or the focus is: a log of hundreds of rows does not carry them all.

use leptos::ev;
use leptos::prelude::*;
use protocol::client::Reaction;
use protocol::limits::DELETE_WINDOW_MS;

use super::live::{act, choice, stated, text, when};
use super::message_row::sender_name;
use super::words::Texts;
use crate::browser::dom::Step;
use crate::browser::later::{later_view, loaded};
use crate::browser::part::{IntoPart, Part};
use crate::browser::{clock, dom};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::{Session, use_session};
use crate::store::conversation::{Conversation, RowHandle, RowKind, Writing, may_be_edited};

/// Reactions that are one press away.
const REACTIONS: [&str; 4] = ["like", "heart", "star", "dislike"];

/// How a reaction is drawn: names have a drawing of their own, an emoji is one.
fn glyph(reaction: &str) -> Part {
    let drawing = match reaction {
        "like" => "thumbup",
        "dislike" => "thumbdown",
        "heart" | "star" => reaction,
        emoji => return emoji.to_owned().late_part(),
    };
    view! { <img class="em" src=format!("/assets/emoticons.svg#em-{drawing}") alt="" width="20" height="20" /> }
        .late_part()
}

fn reaction_name(i18n: Texts, reaction: &str) -> String {
    match reaction {
        "like" => t_string!(i18n, message.like).to_owned(),
        "dislike" => t_string!(i18n, message.dislike).to_owned(),
        "heart" => t_string!(i18n, message.heart).to_owned(),
        "star" => t_string!(i18n, message.star).to_owned(),
        emoji => emoji.to_owned(),
    }
}

/// Reply, react, edit, delete.
#[component]
pub fn MessageActions(conversation: Conversation, handle: RowHandle, is_active: RwSignal<bool>) -> impl IntoView {
    let is_there = move || is_active.get() && handle.row.with(|row| row.seq.is_some() && !row.is_deleted);
    when(is_there, move || loaded(move || actions(conversation, handle)))
}

later_view! {
    talk:
    /// The buttons.
    pub fn actions(conversation: Conversation, handle: RowHandle) {
        view! { <Buttons conversation handle /> }.late_part()
    }
}

#[component]
fn Buttons(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (id, is_own) = handle.row.with_untracked(|row| (row.id.clone(), row.is_own));
    let room = conversation.room_id();
    let (own, id, room) =
        (StoredValue::new(session.me.with_untracked(|me| me.id.clone())), StoredValue::new(id), StoredValue::new(room));
    let reply = act(move |_| {
        conversation.writing.set(Writing::Reply(id.get_value()));
        dom::focus(".editor");
    });
    let edit = act(move |_| {
        conversation.writing.set(Writing::Edit(id.get_value()));
        dom::focus(".editor");
    });
    // What the server would refuse by now is not offered.
    let age_ms = clock::now_ms().saturating_sub(handle.row.with_untracked(|row| row.at));
    let (may_edit, may_delete) = (handle.row.with_untracked(may_be_edited), is_own && age_ms < DELETE_WINDOW_MS);
    let delete = move |for_all: bool| act(move |_| session.delete(&room.get_value(), &id.get_value(), for_all));
    let react = move |reaction: &'static str| {
        let label = text(move || t_string!(i18n, message.react, name = reaction_name(i18n, reaction)));
        let toggle = act(move |_| {
            let is_mine = own.with_value(|own| handle.row.with_untracked(|row| row.has_reaction(reaction, own)));
            session.react(&room.get_value(), &id.get_value(), reaction, !is_mine);
        });
        view! { <button type="button" aria-label=label on:click=toggle>{glyph(reaction)}</button> }
    };
    view! {
        // They stand in the log, but are no news.
        <div
            class="msg-actions"
            role="group"
            aria-live="off"
            on:keydown=act(move |event| walk(&event))
            aria-label=said!(i18n, message.actions)>
            {REACTIONS.map(react).collect_view()}
            <button type="button" on:click=reply>{said!(i18n, message.reply)}</button>
            {may_edit.then(|| view! { <button type="button" on:click=edit>{said!(i18n, message.edit)}</button> })}
            {may_delete.then(|| {
                view! { <button type="button" on:click=delete(true)>{said!(i18n, message.delete)}</button> }
            })}
            <button type="button" on:click=delete(false)>{said!(i18n, message.delete_for_me)}</button>
        </div>
    }
}

/// Arrow keys walk through the actions, Escape leads back to the message.
fn walk(event: &ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => Step::By(1),
        "ArrowLeft" | "ArrowUp" => Step::By(-1),
        "Home" => Step::First,
        "End" => Step::Last,
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            dom::focus(".msg:focus-within");
            return;
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    dom::step_in_page(".msg:focus-within .msg-actions > button", step);
}

/// Who reacted how, if anybody did.
#[component]
pub fn Reactions(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let are_there = move || handle.row.with(|row| !row.reactions.is_empty());
    when(are_there, move || loaded(move || reactions(conversation, handle)))
}

later_view! {
    talk:
    /// Who reacted how; a press joins in, or leaves again.
    pub fn reactions(conversation: Conversation, handle: RowHandle) {
        let shown = Memo::new(move |_| handle.row.with(|row| row.reactions.clone()));
        let all = choice(move || {
            let all = shown.get().into_iter().map(|known| reaction(conversation, handle, known));
            all.collect::<Vec<_>>().late_part()
        });
        view! { <div class="reactions">{all}</div> }.late_part()
    }
}

fn reaction(conversation: Conversation, handle: RowHandle, known: Reaction) -> Part {
    let (session, i18n) = (use_session(), use_i18n());
    let Reaction { reaction, count, users } = known;
    let is_mine = session.me.with_untracked(|me| users.contains(&me.id));
    let (sign, name) = (glyph(&reaction), reaction_name(i18n, &reaction));
    let label = move || t_string!(i18n, message.reacted, names = names(session, i18n, &users, count), name = name);
    let label: Signal<String> = Signal::derive(label);
    let toggle = act(move |_| {
        let id = handle.row.with_untracked(|row| row.id.clone());
        session.react(&conversation.room_id(), &id, &reaction, !is_mine);
    });
    view! {
        <button
            type="button"
            aria-pressed=stated(move || is_mine)
            aria-label=text(move || label.get())
            title=text(move || label.get())
            // Drawn by the style sheet: the name says who, and a number that it does not say would be no part of it.
            data-count=count.to_string()
            on:click=toggle
        >
            {sign}
        </button>
    }
    .late_part()
}

/// People as far as they are known, the others as a number: "You, Aylin, 2 more".
fn names(session: Session, i18n: Texts, users: &[String], count: u32) -> String {
    let name = |id: &String| {
        let own = session.me.with(|me| me.id == *id).then(|| t_string!(i18n, message.you).to_owned());
        own.or_else(|| session.roster.person(id).map(|one| one.with(|one| one.display_name.clone())))
    };
    let mut known: Vec<String> = users.iter().filter_map(name).collect();
    let others = (count as usize).saturating_sub(known.len());
    if others > 0 {
        known.push(t_string!(i18n, message.others, count = others));
    }
    known.join(", ")
}

/// The message that this one answers; a press leads to it.
#[component]
pub fn Quote(conversation: Conversation, id: String) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let found = conversation.find(&id);
    let words = move || match found.map(|handle| (sender_name(handle), handle.row.with(|row| row.kind.clone()))) {
        Some((name, RowKind::Chat { content, .. })) if !content.is_empty() => {
            t_string!(i18n, message.quoted, name = name, content = clipped(&content))
        }
        _ => t_string!(i18n, message.quoted_gone).to_owned(),
    };
    let jump = act(move |_| session.jump(&conversation.room_id(), &id, None));
    view! { <button class="quote clip" type="button" on:click=jump>{text(words)}</button> }
}

/// The first words of a text.
pub fn clipped(content: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut chars = content.chars();
    let begin: String = chars.by_ref().take(CHARS_MAX).map(|c| if c == '\n' { ' ' } else { c }).collect();
    if chars.next().is_some() { format!("{begin}…") } else { begin }
}

/// What the composer is about when it is not a new message: the answer to one, or the edit of one.
#[component]
pub fn WritingBar(conversation: Conversation, cancel: Callback<()>) -> impl IntoView {
    let is_there = move || conversation.writing.get() != Writing::New;
    when(is_there, move || loaded(move || writing_bar(conversation, cancel)))
}

later_view! {
    talk:
    /// The bar itself.
    pub fn writing_bar(conversation: Conversation, cancel: Callback<()>) {
        let i18n = use_i18n();
        let words = move || match conversation.writing.get() {
            Writing::Reply(id) => {
                let name = conversation.find(&id).map(sender_name);
                t_string!(i18n, message.replying, name = name.unwrap_or_default())
            }
            _ => t_string!(i18n, message.editing).to_owned(),
        };
        view! {
            <div class="writing-bar" role="status">
                <span class="clip">{text(words)}</span>
                <button type="button" on:click=act(move |_| cancel.run(()))>{said!(i18n, message.cancel)}</button>
            </div>
        }
        .late_part()
    }
}
