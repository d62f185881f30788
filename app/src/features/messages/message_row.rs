//! One row of the log: message, nudge, wink or event, with the rules above it. Each row has its own signal, so a change renders this row
//! only.

use protocol::client::{ChatContent, Maker, SystemContent};
use protocol::words::ids::is_guest_id;

use super::actions::has_actions;
use super::attached_files::attached;
use super::brief::{sender_name, wink_words};
use super::message_actions::{MessageActions, Quote};
use super::message_text::{MessageEmoticons, MessageText};
use super::reactions::Reactions;
use super::wink_art::wink_art;
use crate::appearance::Motion;
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{Conversation, MessageDialog, Row, RowHandle, RowKind, RowState};
use crate::store::roster::Roster;
use crate::ui::prelude::*;
use crate::ui::when::{Day, day_rule, iso, time};

/// A row with the rules above it.
#[component]
pub fn MessageRow(conversation: Conversation, handle: RowHandle, partner: Signal<String>) -> impl IntoView {
    let kind = Memo::new(move |_| (conversation.is_gone(handle), handle.row.with(|row| row.kind.clone())));
    // The row animates only at its arrival, not when it scrolls into view again. The conversation may be closed by then.
    on_cleanup(move || {
        let _ = handle.row.try_update_untracked(|row| row.is_replay = true);
    });
    view! {
        <RowRules conversation handle />
        {choice(move || match kind.get() {
            (_, RowKind::Nudge) => view! { <NudgeRow conversation handle partner /> }.client_only(),
            (_, RowKind::Wink(wink)) => view! { <WinkRow conversation handle wink_id=wink.wink_id /> }.client_only(),
            (_, RowKind::System(_)) => view! { <SystemRow conversation handle /> }.client_only(),
            (is_gone, kind) => {
                let chat = if is_gone { ChatContent::default() } else { chat_of(kind) };
                view! { <ChatRow conversation handle chat /> }.client_only()
            }
        })}
    }
    .client_only()
}

/// Rules of the day and of the first unread message.
#[component]
fn RowRules(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let i18n = use_i18n();
    let starts_day = Memo::new(move |_| handle.place.with(|place| place.starts_day));
    let starts_new = Memo::new(move |_| handle.place.with(|place| place.starts_new));
    let at = move || handle.row.with(|row| row.at);
    let day = move || view! { <li class="rule">{text(move || day_rule(i18n, at(), Day::InRule))}</li> }.client_only();
    let new = move || {
        let words = move || t_string!(i18n, conversation.new_messages, count = conversation.new_count.get());
        view! { <li class="rule" data-kind="new">{text(words)}</li> }.client_only()
    };
    view! {
        {when(move || starts_day.get(), day)}
        {when(move || starts_new.get(), new)}
    }
}

/// Returns the content of a row as a chat. A message without a row of its own kind shows its words.
fn chat_of(kind: RowKind) -> ChatContent {
    match kind {
        RowKind::Chat(chat) => chat,
        kind => ChatContent { content: kind.words(), ..ChatContent::default() },
    }
}

#[component]
fn ChatRow(conversation: Conversation, handle: RowHandle, chat: ChatContent) -> impl IntoView {
    let (id, is_own) = handle.row.with_untracked(|row| (row.id.clone(), row.is_own));
    let is_gone = untrack(|| conversation.is_gone(handle));
    let state = Memo::new(move |_| handle.row.with(|row| row.state.clone()));
    let session = use_session();
    let (is_pointed, is_focused, is_led) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let (copied, found) = (chat.content.clone(), id.clone());
    view! {
        <li
            class="msg"
            on:mouseenter=handler(move |_| is_pointed.set(true))
            on:mouseleave=handler(move |_| is_pointed.set(false))
            on:focusin=handler(move |_| is_focused.set(true))
            on:focusout=handler(move |event| {
                is_focused.set(!dom::focus_goes(&event));
                is_led.set(false);
            })
            on:contextmenu=handler(move |event| open_actions(session, &event, (conversation, handle), is_led))
            data-id=id
            data-gone=is_gone.then_some("")
            data-found=word(move || conversation.search.with(|find| find.as_ref().and_then(|find| find.mark(&found))))
            tabindex="-1"
            data-from=if is_own { "own" } else { "peer" }
            data-grouped=flag(move || handle.place.with(|place| place.is_grouped))
            data-state=text(move || state_word(&state.get()))
            data-new=is_fresh(handle)
        >
            {chat_head(handle)}
            {chat_line(conversation, handle, chat, is_focused)}
            {(!is_gone).then(|| view! { <Reactions conversation handle /> })}
            <MessageActions conversation handle is_led is_active=move || is_pointed.get() || is_focused.get() />
            {is_own.then(|| view! { <FailActions conversation handle state content=Some(copied) /> })}
        </li>
    }
    .client_only()
}

/// Writer and time of a chat message, with a mark for bots and guests.
fn chat_head(handle: RowHandle) -> ErasedView {
    let i18n = use_i18n();
    let made = handle.row.with_untracked(|row| row.maker).map(|maker| {
        let words = move || match maker {
            Maker::Model => t_string!(i18n, status.bot),
            Maker::Script => t_string!(i18n, status.scripted),
            Maker::Integration => t_string!(i18n, integration.mark),
        };
        view! { <span class="chip">{text(words)}</span> }.client_only()
    });
    view! {
        <div class="msg-head">
            {sentence(handle, move || t_string!(i18n, conversation.says, name = sender_name(handle)))}
            {made}
            " "
            <RowTime handle in_brackets=true />
        </div>
    }
    .client_only()
}

/// Bubble of a chat message: the quoted message, its text or a notice of its deletion, and its attachments. Beside it is the state of its
/// delivery.
fn chat_line(
    conversation: Conversation,
    handle: RowHandle,
    chat: ChatContent,
    is_focused: RwSignal<bool>,
) -> ErasedView {
    let ChatContent { content, reply_to, font, files, link, emoticons } = chat;
    let is_own = handle.row.with_untracked(|row| row.is_own);
    let is_gone = untrack(|| conversation.is_gone(handle));
    let own = MessageEmoticons::of(emoticons, is_focused);
    view! {
        <div class="line">
            <div class="bubble">
                {reply_to.map(|id| view! { <Quote conversation id /> })}
                {if is_gone {
                    view! { <div class="line-text">{said!(message.deleted)}</div> }.client_only()
                } else {
                    view! { <MessageText content font=font.unwrap_or_default() is_own own row=Some(handle) /> }.client_only()
                }}
                {(!files.is_empty() || link.is_some()).then(|| {
                    load_view(move || attached(conversation, handle, files.clone(), link.as_deref().cloned()))
                })}
            </div>
            {(!is_gone).then(|| edited_mark(handle))}
            {is_own.then(|| view! { <StateMark conversation handle /> })}
        </div>
    }
    .client_only()
}

/// Mark of an edited message; a press shows the earlier versions.
fn edited_mark(handle: RowHandle) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let edited_at = Memo::new(move |_| handle.row.with(|row| row.edited_at));
    let earlier = move |_| {
        let id = handle.row.with_untracked(|row| row.id.clone());
        session.list_dialog.set(ListDialog::Message(MessageDialog::Earlier(id)));
    };
    let edited = move || {
        let words = move || t_string!(i18n, message.edited, time = time(i18n, edited_at.get().unwrap_or_default()));
        view! {
            <button class="edited" type="button" aria-haspopup="dialog" on:click=handler(earlier)>
                {text(words)}
            </button>
        }
        .client_only()
    };
    when(move || edited_at.get().is_some(), edited)
}

/// Opens the row's actions after the menu key, Shift+F10 or a long press (`ux.md` 2.10): the strip, or the sheet on a phone. The mouse opens
/// the browser's own menu.
fn open_actions(
    session: Session,
    event: &ev::MouseEvent,
    (conversation, handle): (Conversation, RowHandle),
    is_led: RwSignal<bool>,
) {
    if event.button() == 2 && !dom::is_touch() {
        return;
    }
    event.prevent_default();
    let id = handle.row.with_untracked(|row| row.id.clone());
    // The focus renders the strip, which then takes it. The sheet gives it back to the row.
    dom::focus(&format!(".msg[data-id=\"{id}\"]"));
    if !dom::has_sheets() {
        return is_led.set(true);
    }
    let sheet = ListDialog::Message(MessageDialog::Actions(id));
    // A long press may be reported twice.
    let is_open = session.list_dialog.with_untracked(|open| *open == sheet);
    if !is_open && untrack(|| has_actions(conversation, handle)) {
        session.list_dialog.set(sheet);
    }
}

/// Delivery of an own row: *Queued*, *Not sent* and *Waiting for review* in words, *Sent*, *Delivered* and *Read* as ticks with words for
/// screen readers.
#[component]
fn StateMark(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let i18n = use_i18n();
    let word = Memo::new(move |_| {
        let (delivered, read) = conversation.reach.get();
        handle.row.with(|row| match row.seq {
            Some(seq) if row.state == RowState::Sent && seq <= read => "read",
            Some(seq) if row.state == RowState::Sent && seq <= delivered => "delivered",
            _ => state_word(&row.state),
        })
    });
    let words = move || match word.get() {
        "queued" => t_string!(i18n, state.queued),
        "failed" => t_string!(i18n, state.failed),
        "held" => t_string!(i18n, reviewed.waiting),
        "read" => t_string!(i18n, state.read),
        "delivered" => t_string!(i18n, state.delivered),
        _ => t_string!(i18n, state.sent),
    };
    let drawing = move || match word.get() {
        "queued" | "held" => "#ic-queued",
        "failed" => "#ic-fail",
        "read" => "#ic-read",
        "delivered" => "#ic-checks",
        _ => "#ic-check",
    };
    let class = move || if matches!(word.get(), "queued" | "failed" | "held") { "" } else { "visually-hidden" };
    view! {
        <span class="mark" data-state=text(move || word.get())>
            <span class=text(class)>{text(words)}</span>
            <svg class="ic" data-size="14" aria-hidden="true">
                <use href=text(drawing) />
            </svg>
        </span>
    }
}

/// Actions on an own row that was refused. A nudge or wink has no `content` to copy.
#[component]
fn FailActions(
    conversation: Conversation,
    handle: RowHandle,
    state: Memo<RowState>,
    content: Option<String>,
) -> impl IntoView {
    let session = use_session();
    let id = move || handle.row.with_untracked(|row| row.id.clone());
    let is_failed = Memo::new(move |_| matches!(state.get(), RowState::Failed { .. }));
    // A held message only waits: nothing is wrong, and another try changes nothing.
    let is_held = Memo::new(move |_| state.with(RowState::is_held));
    let content = StoredValue::new(content);
    let copy = move || {
        let content = content.get_value()?;
        let copy = handler(move |_| dom::copy(&content));
        Some(view! { <button type="button" on:click=copy>{said!(state.copy)}</button> "·" }.client_only())
    };
    let retry = move |_| {
        let id = id();
        session.run_for(&conversation.room_id(), move |state, room| state.retry(room, &id));
    };
    let discard = move |_| {
        let id = id();
        session.run_for(&conversation.room_id(), move |state, room| state.discard(room, &id));
    };
    let again = move || {
        view! {
            <button type="button" on:click=handler(retry)>
                {said!(state.try_again)}
            </button>
            "·"
            {copy()}
        }
        .client_only()
    };
    let actions = move || {
        view! {
            <div class="fail-actions" data-held=flag(move || is_held.get())>
                {when(move || !is_held.get(), again)}
                <button type="button" on:click=handler(discard)>
                    {said!(state.delete)}
                </button>
            </div>
        }
        .client_only()
    };
    when(move || is_failed.get(), actions)
}

#[component]
fn NudgeRow(conversation: Conversation, handle: RowHandle, partner: Signal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let (is_own, is_direct) = (handle.row.with_untracked(|row| row.is_own), conversation.partner().is_some());
    let nudges = Memo::new(move |_| handle.place.with(|place| place.nudges));
    let words = move || {
        let name = sender_name(handle);
        match (is_own, is_direct, nudges.get()) {
            (true, true, 0 | 1) => t_string!(i18n, conversation.you_nudged, name = partner.get()),
            (true, true, count) => t_string!(i18n, conversation.you_nudged_often, name = partner.get(), count = count),
            (true, false, 0 | 1) => t_string!(i18n, conversation.you_nudged_room).to_owned(),
            (true, false, count) => t_string!(i18n, conversation.you_nudged_room_often, count = count),
            (false, true, 0 | 1) => t_string!(i18n, conversation.nudged_you, name = name),
            (false, true, count) => t_string!(i18n, conversation.nudged_you_often, name = name, count = count),
            (false, false, 0 | 1) => t_string!(i18n, conversation.nudged_room, name = name),
            (false, false, count) => t_string!(i18n, conversation.nudged_room_often, name = name, count = count),
        }
    };
    view! {
        <li
            class="event"
            tabindex="-1"
            // The announcement comes at once from another region.
            aria-live=(!is_own).then_some("off")
            data-kind="nudge"
            data-new=is_fresh(handle)
            hidden=switch(move || handle.place.with(|place| place.is_folded))
        >
            {icon("ic-nudge", "14")}
            {sentence(handle, words)}
            <PendingMark conversation handle />
            <RowTime handle />
            {is_own.then(|| fail_actions(conversation, handle))}
        </li>
    }
}

/// Card of a wink in the log; a button plays it again if motion is on.
#[component]
fn WinkRow(conversation: Conversation, handle: RowHandle, wink_id: String) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let shown = wink_id.clone();
    let words = move || wink_words(i18n, conversation, handle, &wink_id);
    let play = move |_| {
        let id = handle.row.with_untracked(|row| row.id.clone());
        session.run_for(&conversation.room_id(), move |state, room| state.replay_wink(room, &id));
    };
    // With motion off, a wink is a line of text, and its button plays it (`ux.md` 4.8).
    let is_line = Memo::new(move |_| session.settings.motion.get() == Motion::None);
    let play_word = move || match is_line.get() {
        true => t_string!(i18n, conversation.play),
        false => t_string!(i18n, conversation.play_again),
    };
    let art = move || {
        let wink_id = shown.clone();
        load_view(move || wink_art(wink_id.clone()))
    };
    let again = {
        view! {
            <button class="btn" type="button" data-kind="small" on:click=handler(play)>
                {icon("ic-play", "12")}
                {text(play_word)}
            </button>
        }
    };
    view! {
        <li class="wink-card" tabindex="-1" data-new=is_fresh(handle)>
            {when(move || !is_line.get(), art)}
            <div class="wink-text">
                <span>
                    {sentence(handle, words)}
                    " "
                    <PendingMark conversation handle />
                    <span class="visually-hidden">
                        <RowTime handle />
                    </span>
                </span>
                {again}
                {handle.row.with_untracked(|row| row.is_own).then(|| fail_actions(conversation, handle))}
            </div>
        </li>
    }
}

#[component]
fn SystemRow(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let (i18n, roster) = (use_i18n(), use_session().roster);
    let (drawing, is_blocked) = handle.row.with_untracked(|row| match &row.kind {
        RowKind::System(note) => match note.code.as_str() {
            "created" | "member_added" | "member_joined" | "bot_added" => ("ic-plus", false),
            "renamed" | "topic" | "role" => ("ic-pencil", false),
            "blocked" => ("ic-block", true),
            "bot_sleeping" | "bot_unavailable" => ("ic-info", false),
            _ => ("ic-back", false),
        },
        _ => ("ic-back", false),
    });
    // Messages of blocked people and arrivals are counted here.
    let words = move || match handle.place.with(|place| place.nudges) {
        count if is_blocked => t_string!(i18n, conversation.from_blocked, count = count),
        0 | 1 => handle.row.with(|row| system_text(i18n, row)),
        _ if conversation.is_unfolded(handle) => handle.row.with(|row| system_text(i18n, row)),
        count => arrivals_text(i18n, roster, &conversation.run(handle), count),
    };
    let tells_others = move || !is_blocked && handle.place.with(|place| place.nudges > 1 && !place.is_folded);
    let fold = move || {
        view! {
            <button
                class="event-fold"
                type="button"
                aria-label=said!(conversation.arrivals)
                aria-expanded=aria_bool(move || conversation.is_unfolded(handle))
                on:click=handler(move |_| conversation.unfold(handle, !untrack(|| conversation.is_unfolded(handle))))
            >
                {icon("ic-caret", "12")}
            </button>
        }
        .client_only()
    };
    view! {
        <li
            class="event"
            tabindex="-1"
            // Screen readers do not announce a message of a blocked person.
            aria-live=is_blocked.then_some("off")
            hidden=switch(move || conversation.folds(handle))
        >
            {icon(drawing, "12")}
            <span>{text(words)}</span>
            {when(tells_others, fold)}
            <RowTime handle />
        </li>
    }
}

/// Actions on an own nudge or wink that was refused.
fn fail_actions(conversation: Conversation, handle: RowHandle) -> ErasedView {
    let state = Memo::new(move |_| handle.row.with(|row| row.state.clone()));
    view! { <FailActions conversation handle state content=None /> }.client_only()
}

/// State of an own nudge or wink until it is delivered.
#[component]
fn PendingMark(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let state = Memo::new(move |_| handle.row.with(|row| row.state.clone()));
    when(move || state.get() != RowState::Sent, move || view! { <StateMark conversation handle /> }.client_only())
}

#[component]
fn RowTime(handle: RowHandle, #[prop(optional)] in_brackets: bool) -> impl IntoView {
    let i18n = use_i18n();
    let at = Memo::new(move |_| handle.row.with(|row| row.at));
    let words = move || {
        let time = time(i18n, at.get());
        if in_brackets { t_string!(i18n, conversation.at_time, time = time) } else { time }
    };
    view! { <time datetime=text(move || iso(at.get()))>{text(words)}</time> }
}

/// Returns the text of a system row: an event of a group, a reset of the demo, a bot that cannot answer.
fn system_text(i18n: Texts, row: &Row) -> String {
    let RowKind::System(SystemContent { code, subject, role, user }) = &row.kind else {
        return String::new();
    };
    let roster = use_session().roster;
    let (name, subject) = (roster.name_of(&row.sender, &row.sender_name), roster.name_of(user, subject));
    match (code.as_str(), role.as_str()) {
        ("created", _) => t_string!(i18n, conversation.group_created, name = name, group = subject),
        ("member_added", _) => t_string!(i18n, conversation.group_added, name = name, person = subject),
        ("bot_added", _) => t_string!(i18n, conversation.group_bot, name = name, bot = subject),
        ("member_joined", _) => t_string!(i18n, conversation.group_entered, name = name),
        ("member_removed", _) => t_string!(i18n, conversation.group_removed, name = name, person = subject),
        ("member_left", _) => t_string!(i18n, conversation.group_quit, name = name),
        ("renamed", _) => t_string!(i18n, conversation.group_renamed, name = name, group = subject),
        ("topic", _) => t_string!(i18n, conversation.group_new_topic, name = name, topic = subject),
        ("role", "owner") => t_string!(i18n, conversation.group_made_owner, person = subject),
        ("role", "admin") => t_string!(i18n, conversation.group_made_admin, name = name, person = subject),
        ("role", _) => t_string!(i18n, conversation.group_made_member, name = name, person = subject),
        ("demo_reset", _) => t_string!(i18n, talk.demo_reset).to_owned(),
        ("bot_sleeping", _) => t_string!(i18n, conversation.bot_sleeping, name = name),
        ("bot_unavailable", _) => t_string!(i18n, conversation.bot_unavailable, name = name),
        _ if row.kind.is_departure() => t_string!(i18n, conversation.account_deleted).to_owned(),
        _ => String::new(),
    }
}

/// Returns the text of neighbouring arrivals: the first two people, and the number of the others.
fn arrivals_text(i18n: Texts, roster: Roster, run: &[RowHandle], count: u32) -> String {
    let name = |at: usize| {
        let name = |row: &Row| match &row.kind {
            RowKind::System(note) if !note.user.is_empty() => roster.name_of(&note.user, &note.subject),
            _ => roster.name_of(&row.sender, &row.sender_name),
        };
        run.get(at).map(|handle| handle.row.with(name)).unwrap_or_default()
    };
    match count {
        2 => t_string!(i18n, conversation.joined_two, one = name(0), two = name(1)),
        _ => t_string!(i18n, conversation.joined_many, one = name(0), two = name(1), count = count - 2),
    }
}

/// Renders a sentence about the sender, with the mark of a guest right behind the name.
fn sentence(handle: RowHandle, words: impl Fn() -> String + Send + Sync + 'static) -> ErasedView {
    let Some(mark) = guest_mark(handle) else {
        return view! { <span>{text(words)}</span> }.client_only();
    };
    let parts = Memo::new(move |_| {
        let (words, name) = (words(), sender_name(handle));
        let at = words.find(&name).map_or(words.len(), |at| at + name.len());
        (words[..at].to_owned(), words[at..].to_owned())
    });
    view! {
        <span>
            {text(move || parts.with(|(name, _)| name.clone()))}
            " "
            {mark}
            {text(move || parts.with(|(_, rest)| rest.clone()))}
        </span>
    }
    .client_only()
}

/// Mark of a guest, who may have any unreserved name. A guest who became an account has none (`account.md` 10). In a demo room all people
/// are guests, so the mark is left out.
fn guest_mark(handle: RowHandle) -> Option<ErasedView> {
    let session = use_session();
    let sender = handle.row.with_untracked(|row| (!row.is_own).then(|| row.sender.clone()))?;
    let chip = move || view! { <span class="chip">{said!(talk.guest)}</span> }.client_only();
    is_guest_id(&sender).then(|| when(move || !session.roster.is_account(&sender), chip))
}

fn is_fresh(handle: RowHandle) -> Option<&'static str> {
    handle.row.with_untracked(|row: &Row| !row.is_replay).then_some("")
}

fn state_word(state: &RowState) -> &'static str {
    match state {
        RowState::Queued => "queued",
        RowState::Sent => "sent",
        state if state.is_held() => "held",
        RowState::Failed { .. } => "failed",
    }
}

#[cfg(test)]
mod tests {
    use protocol::client::OutboxEntry;

    use super::*;
    use crate::i18n::{Locale, provide_i18n};
    use crate::store::placement::RowPlacement;

    #[test]
    fn of_people_who_arrive_together_two_are_named_and_the_others_counted() {
        Owner::new().with(|| {
            let texts = provide_i18n(Locale::En);
            texts.add_lazy_texts();
            let roster = Roster::new("u_me", &[], &[], RwSignal::new("en".to_owned()));
            let arrival = |(key, name): (u32, &str)| {
                let row = Row::of_entry(&OutboxEntry::chat(name, "", None, name, 0), name);
                RowHandle { key, row: RwSignal::new(row), place: RwSignal::new(RowPlacement::default()) }
            };
            let run: Vec<RowHandle> = [(0, "Ann"), (1, "Bo"), (2, "Cleo")].into_iter().map(arrival).collect();
            let said = |count| arrivals_text(texts, roster, &run, count);
            assert_eq!(said(2), "Ann and Bo joined.");
            assert_eq!(said(3), "Ann, Bo and 1 other joined.");
            assert_eq!(said(12), "Ann, Bo and 10 others joined.");
        });
    }
}
