//! The conversation pane: header, bars, log, composer, pictures, status line. `main` of the page.

use protocol::words::status::OFFLINE;

use super::details::Details;
use super::hold_bar::{blocked_notice, hold_bar, muted_notice};
use super::nobody_picked::NobodyPicked;
use super::peer::Peer;
use super::status_line::StatusLine;
use super::toolbar::Toolbar;
use crate::browser::steps;
use crate::features::bots::bot_bar;
use crate::features::composer::editor::Editor;
use crate::features::composer::form::{Composer, composer_edge};
use crate::features::contacts::contact_row::{BLOCKED, bead_of};
use crate::features::contacts::local_time::local_time;
use crate::features::contacts::person_menu::PersonMenu;
use crate::features::effects::wink_stage::WinkStage;
use crate::features::keys::shortcuts::on_find;
use crate::features::messages::find_bar::{OPENER, find_bar, open_bar};
use crate::features::messages::message_text::drawn_name;
use crate::features::messages::pinned_bar::pinned_bar;
use crate::features::messages::transcript::Transcript;
use crate::features::review::waiting_bar;
use crate::store::conversation::Conversation;
use crate::store::groups::is_group;
use crate::store::home::NextFocus;
use crate::store::roster::{BOT, RosterPerson, SLEEPING, UNAVAILABLE};
use crate::ui::prelude::*;
use crate::ui::words::status_word;
use crate::view::erased::client_only;

/// The open conversation, or a hint to choose one.
#[component]
pub fn ConversationPane() -> impl IntoView {
    let session = use_session();
    choice(move || match session.current.get() {
        Some(conversation) => client_only(move || view! { <OpenConversation conversation /> }),
        None => view! { <NobodyPicked /> }.erase(),
    })
}

/// Part below the log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bottom {
    /// The person cannot write here any more.
    Nothing,
    /// Notice of a mute.
    Muted,
    /// Notice that the other person is blocked.
    Blocked,
    /// Composer.
    Composer,
}

/// Returns the part below the log. A removed member can read but not write. In a direct conversation, the server decides message by message.
/// Reactive.
fn bottom_of(session: Session, conversation: Conversation) -> Bottom {
    let is_open_to_us = conversation.closed.get().is_none() || conversation.partner().is_some();
    match conversation.hold.get() {
        _ if !is_open_to_us => Bottom::Nothing,
        Some(reason) if reason.is_mute() => Bottom::Muted,
        _ if is_blocked(session, conversation) => Bottom::Blocked,
        _ => Bottom::Composer,
    }
}

/// Returns `true` if the other person of a direct conversation is blocked. Reactive.
fn is_blocked(session: Session, conversation: Conversation) -> bool {
    conversation.partner().is_some_and(|partner| session.relations.is_blocked(&partner))
}

#[component]
fn OpenConversation(conversation: Conversation) -> impl IntoView {
    let session = use_session();
    let other = Peer::of(session, conversation);
    let editor = Editor::new(conversation);
    let room = StoredValue::new(conversation.room_id());
    let bottom = Memo::new(move |_| bottom_of(session, conversation));
    // The notice of a mute has the place of the composer; the other reasons pass soon, and are a bar.
    let has_bar = move || conversation.hold.get().is_some_and(|reason| !reason.is_mute());
    Effect::new(move |_| {
        let next_focus = session.next_focus.get_value();
        session.next_focus.set_value(NextFocus::Editor);
        if !dom::is_touch() {
            dom::after_paint(move || {
                // A person who types in another field must not go on in this one.
                let is_meant = match next_focus {
                    NextFocus::Editor => true,
                    NextFocus::KeepsField => !dom::is_focus_in("input"),
                    NextFocus::List => false,
                };
                if is_meant {
                    dom::focus(".editor");
                }
            });
        }
    });
    let animation_end = move |event: ev::AnimationEvent| {
        if event.animation_name().starts_with("nudge-") {
            session.run_for(&room.get_value(), State::nudge_shown);
        }
    };
    view! {
        <main
            class="conversation"
            id="main"
            tabindex="-1"
            data-nudge-part="pane"
            data-hue=text(move || conversation.preferences.get().hue.to_string())
            data-nudge=word(move || conversation.is_nudged.get().then_some("on"))
            on:animationend=handler(animation_end)
        >
            <Toolbar conversation other />
            <div class="conv">
                <div class="history">
                    <Header conversation other />
                    {when(move || conversation.search.with(Option::is_some), move || load_view(move || find_bar(conversation)))}
                    <InfoBar conversation other />
                    {when(move || conversation.pinned.with(Option::is_some), move || load_view(move || pinned_bar(conversation)))}
                    {when(has_bar, move || load_view(move || hold_bar(conversation)))}
                    {when(move || conversation.waiting.get() > 0, move || load_view(move || waiting_bar(conversation)))}
                    <Transcript conversation name=other.name />
                    <WinkStage conversation />
                </div>
                <Details conversation other />
                {choice(move || match bottom.get() {
                    Bottom::Nothing => ().erase(),
                    Bottom::Muted => load_view(move || muted_notice(conversation)),
                    Bottom::Blocked => load_view(move || blocked_notice(conversation, other.name)),
                    Bottom::Composer => view! {
                        <Composer conversation name=other.name editor />
                        {load_view(composer_edge)}
                    }
                    .client_only(),
                })}
            </div>
            <StatusLine conversation editor />
        </main>
    }
    .client_only()
}

#[component]
fn Header(conversation: Conversation, other: Peer) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <header class="to">
            <button
                class="back"
                type="button"
                aria-label=said!(conversation.back)
                on:click=handler(move |_| dom::leave_to_list(|| session.run(State::show_list)))
            >
                {icon("ic-back", "24")}
            </button>
            {choice(move || match other.person.get() {
                Some(person) => {
                    let status = bead_of(person);
                    let avatar = move || person.with(|person| person.avatar_id.clone());
                    view! {
                        <span class="to-tile tile">{portrait(avatar)} {tile_bead(status)}</span>
                        <span class="to-label" aria-hidden="true">{said!(conversation.to)}</span>
                        {bead(status)}
                    }
                    .client_only()
                }
                None => view! {
                    <span class="to-label" aria-hidden="true">{said!(conversation.to)}</span>
                    {room_sign()}
                }
                .client_only(),
            })}
            <div class="to-text">
                <h2 class="to-name" aria-label=text(move || other.name.get())>
                    {drawn_name(i18n, move || other.name.get())}
                </h2>
                " "
                <span class="to-note clip">{text(move || note(session, i18n, conversation, other))}</span>
            </div>
            <SearchHere conversation />
            {conversation.partner().map(|id| view! { <PersonMenu id name=other.name /> })}
        </header>
    }
    .client_only()
}

/// Returns the status and personal message of a person, or that the person is blocked; the members of a group, or the number of people in a
/// room.
fn note(session: Session, i18n: Texts, conversation: Conversation, other: Peer) -> String {
    let Some(person) = other.person.get() else {
        let row = session.roster.room(&conversation.room_id());
        let who = row.map(|row| row.with(|row| row.who.clone())).unwrap_or_default();
        if !who.is_empty() {
            return who;
        }
        let here = conversation.here();
        return if here == 0 { String::new() } else { t_string!(i18n, list.here, count = here) };
    };
    if is_blocked(session, conversation) {
        return status_word(i18n, BLOCKED);
    }
    person.with(|person| {
        let word = person.word();
        let status = status_word(i18n, word);
        match (word, person.personal_message.as_str()) {
            (_, "") => status,
            ("online", message) => message.to_owned(),
            (_, message) => t_string!(i18n, conversation.status_and_message, status = status, message = message),
        }
    })
}

/// Button that opens and closes the bar of the search within the conversation. Ctrl+F opens it as well, or moves to it.
#[component]
fn SearchHere(conversation: Conversation) -> impl IntoView {
    let is_open = move || conversation.search.with(Option::is_some);
    let toggle = move |_| if untrack(is_open) { conversation.close_search() } else { open_bar(conversation) };
    on_find(move || open_bar(conversation));
    steps::follow(conversation.search, None);
    view! {
        <button
            class="icon-btn"
            id=OPENER
            type="button"
            aria-label=said!(message.here)
            aria-expanded=aria_bool(is_open)
            on:click=handler(toggle)
        >
            {icon("ic-search", "16")}
        </button>
    }
    .client_only()
}

/// Bar that says that an answer may take a while.
#[component]
fn InfoBar(conversation: Conversation, other: Peer) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let has_blocked = Memo::new(move |_| is_blocked(session, conversation));
    let status = Memo::new(move |_| other.person.get().map(|person| person.with(RosterPerson::word)));
    let group_closed = Memo::new(move |_| conversation.closed.get().filter(|_| is_group(&conversation.room_id())));
    choice(move || {
        let words = match status.get() {
            _ if group_closed.get() == Some(4403) => t_string!(i18n, groups.not_in).to_owned(),
            _ if group_closed.get().is_some() => t_string!(i18n, groups.gone).to_owned(),
            // The notice in the place of the composer says it.
            _ if has_blocked.get() => return ().erase(),
            Some(BOT | SLEEPING | UNAVAILABLE) => return load_view(move || bot_bar(conversation, other.name)),
            None | Some("online") => return ().erase(),
            Some(OFFLINE) => t_string!(i18n, conversation.info_offline, name = other.name.get()),
            Some("busy") => t_string!(i18n, conversation.info_busy, name = other.name.get()),
            Some("be_right_back") => t_string!(i18n, conversation.info_back, name = other.name.get()),
            Some("on_the_phone") => t_string!(i18n, conversation.info_call, name = other.name.get()),
            Some("out_to_lunch") => t_string!(i18n, conversation.info_lunch, name = other.name.get()),
            Some(_) => t_string!(i18n, conversation.info_away, name = other.name.get()),
        };
        // The local time of the other person, if that person shares it.
        let time = conversation.partner().map(|user| load_view(move || local_time(user.clone(), other.name)));
        view! { <div class="bar" data-kind="info">{icon("ic-info", "14")} <span>{words} {time}</span></div> }
            .client_only()
    })
}
