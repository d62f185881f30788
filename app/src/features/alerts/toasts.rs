//! Toasts, and announcements to screen readers of events outside of the open log.

use leptos::ev::{FocusEvent, PointerEvent};
use protocol::people::moderation::ActKind;

use crate::browser::toast_place;
use crate::features::messages::message_text::short_text;
use crate::store::roster::RosterRoom;
use crate::store::toasts::{
    Announcement, CANNOT_BEGIN, GUEST_CANNOT_BEGIN, News, Toast, ToastHandle, ToastKind, ToastTarget,
};
use crate::ui::prelude::*;
use crate::ui::when::wait_words;
use crate::ui::words::{is_limit, wink_title};

/// The corner of toasts.
#[component]
pub fn Toasts() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    // A new element each time: screen readers do not announce an unchanged text.
    let said = move |is_loud: bool| {
        choice(move || match session.toasts.said.get() {
            Some(said) if (said.kind == ToastKind::Nudge) == is_loud => {
                let words = untrack(|| said_words(i18n, &said));
                view! { <p>{words}</p> }.client_only()
            }
            _ => ().erase(),
        })
    };
    // The bar of each toast shows the remaining time.
    let stays = move || session.settings.message_settings.get().stays_s.map(|s| s.to_string()).unwrap_or_default();
    view! {
        // Screen readers get each toast once, from the region below.
        <div class="toasts" role="status" aria-live="off" data-stays=text(stays)>
            {list(move || {
                let card = |handle: ToastHandle| Entry::new(handle.key, move || load_view(move || toast_card(handle)));
                session.toasts.all.get().into_iter().map(card).collect()
            })}
        </div>
        {load_view_when(move || session.is_live.get(), ready)}
        <div class="visually-hidden" aria-live="polite">{said(false)}</div>
        <div class="visually-hidden" aria-live="assertive">{said(true)}</div>
    }
    .erase()
}

lazy_view! {
    toast:
    /// Renders a toast.
    pub fn toast_card(handle: ToastHandle) {
        card(handle)
    }
}

lazy_view! {
    toast:
    /// Renders nothing, but loads this chunk before the first toast, because a toast that reports a failure must not wait for a chunk. Then it
    /// measures the toasts.
    pub fn ready() {
        toast_place::follow();
        ().erase()
    }
}

fn card(handle: ToastHandle) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let ToastHandle { key, toast } = handle;
    let has_picture = toast.with_untracked(|toast| !toast.name.is_empty());
    let leads_somewhere = toast.with_untracked(|toast| toast.target != ToastTarget::Nothing);
    let title = has_picture.then(|| {
        let name = move || toast.with(|toast| toast.name.clone());
        view! { <b class="clip"><bdi>{text(name)}</bdi></b> " " }
    });
    // A toast of a room names the room.
    let room = untrack(|| toast.with_untracked(room_of));
    let head = match room {
        Some(room) => text(move || room.with(|room| room.name.clone())),
        None => said!(app.title),
    };
    let hold = move |is_held| session.run(move |state| state.hold_toast(key, is_held));
    let open = move |_| session.run(move |state| state.open_toast(key));
    view! {
        <div
            class="toast"
            data-kind=toast.with_untracked(|toast| kind_word(&toast.kind))
            data-leaving=flag(move || toast.with(|toast| toast.is_leaving))
            on:pointerenter=handler(move |_| hold(true))
            on:pointerleave=handler(move |event: PointerEvent| hold(dom::is_held(&event)))
            on:focusin=handler(move |_| hold(true))
            on:focusout=handler(move |event: FocusEvent| hold(dom::is_held(&event)))
        >
            <div class="toast-head">
                {icon("mark", "14")}
                <span class="clip"><bdi>{head}</bdi></span>
                <button
                    class="toast-x"
                    type="button"
                    aria-label=said!(toast.dismiss)
                    on:click=handler(move |_| session.run(move |state| state.dismiss_toast(key)))
                >
                    {icon("ic-close", "12")}
                </button>
            </div>
            <button class="toast-body" type="button" on:click=handler(open)>
                {has_picture.then(|| {
                    let url = move || toast.with(|toast| portrait_url(&toast.avatar_id));
                    view! { <span class="tile"><img class="portrait" src=text(url) alt="" width="96" height="96" /></span> }
                })}
                <span class="toast-text">
                    {title}
                    {choice(move || whole(vec![toast.with(|toast| words(i18n, toast, room.is_some()))]))}
                </span>
            </button>
            <div class="toast-foot" aria-hidden="true">
                <i class="toast-left"></i>
                {leads_somewhere.then(|| view! { <span>{said!(toast.open)}</span> })}
            </div>
        </div>
    }
    .client_only()
}

/// Returns the announcement for screen readers. The text of a message is not read out.
fn said_words(i18n: Texts, said: &Announcement) -> String {
    match &said.kind {
        ToastKind::Message { .. } | ToastKind::Wink { .. } => t_string!(i18n, toast.message_from, name = said.name),
        ToastKind::Nudge => t_string!(i18n, conversation.nudged_you, name = said.name),
        ToastKind::Online | ToastKind::Offline => t_string!(i18n, toast.just_online, name = said.name),
        ToastKind::Refused { code, retry_after_s } => refusal_of(i18n, code, *retry_after_s, &said.name),
        ToastKind::Added { group } => added_words(i18n, group, &said.name),
        ToastKind::News(news) => news_words(i18n, *news, &said.name),
    }
}

/// Returns the room that a toast opens, unless the conversation is a direct one.
fn room_of(toast: &Toast) -> Option<RwSignal<RosterRoom>> {
    match &toast.target {
        ToastTarget::Room(room) => use_session().roster.room(room),
        _ => None,
    }
}

/// Returns the text of a toast. The title names the person, so a text of what the person did does not.
fn words(i18n: Texts, toast: &Toast, is_in_room: bool) -> ErasedView {
    let titled = (!toast.name.is_empty()).then(|| titled_words(i18n, &toast.kind, is_in_room)).flatten();
    match (&toast.kind, titled) {
        (_, Some(words)) => words.client_only(),
        (ToastKind::Message { content }, _) => short_text(i18n, content),
        (kind, _) => said_words(i18n, &Announcement { kind: kind.clone(), name: toast.name.clone() }).client_only(),
    }
}

/// Returns the text below the name of the person who did something; `None` for what has no such text.
fn titled_words(i18n: Texts, kind: &ToastKind, is_in_room: bool) -> Option<String> {
    let words = match kind {
        ToastKind::Nudge if is_in_room => t_string!(i18n, titled.nudged_room),
        ToastKind::Nudge => t_string!(i18n, titled.nudged_you),
        ToastKind::Wink { wink_id } => {
            let wink = wink_title(i18n, wink_id);
            return Some(match is_in_room {
                true => t_string!(i18n, titled.wink_room, wink = wink),
                false => t_string!(i18n, titled.wink_you, wink = wink),
            });
        }
        ToastKind::Online | ToastKind::Offline => t_string!(i18n, titled.online),
        ToastKind::Added { group } => return Some(t_string!(i18n, titled.added, group = group)),
        ToastKind::News(News::NewContact) => t_string!(i18n, titled.new_contact),
        ToastKind::News(News::Declined) => t_string!(i18n, titled.declined),
        ToastKind::News(News::Withdrawn) => t_string!(i18n, dialogs.withdrawn),
        ToastKind::News(News::RemovedContact) => t_string!(i18n, titled.removed),
        ToastKind::News(News::AcceptedRequest) => t_string!(i18n, titled.accepted),
        ToastKind::News(News::CameByLink) => t_string!(i18n, titled.by_link),
        ToastKind::News(News::ShownTo) => t_string!(i18n, titled.is_shown),
        ToastKind::News(News::NowModerator) => t_string!(i18n, titled.is_moderator),
        ToastKind::News(News::NoModerator) => t_string!(i18n, titled.no_moderator),
        ToastKind::Message { .. } | ToastKind::Refused { .. } | ToastKind::News(_) => return None,
    };
    Some(words.to_owned())
}

/// Returns the text about a group that the person was added to by the one of this name, which may be unknown.
fn added_words(i18n: Texts, group: &str, name: &str) -> String {
    match name {
        "" => t_string!(i18n, toast.added_by_someone, name = group),
        name => t_string!(i18n, toast.added, name = name, group = group),
    }
}

/// Returns the text of good news about the person of this name.
fn news_words(i18n: Texts, news: News, name: &str) -> String {
    match news {
        News::RequestSent => t_string!(i18n, toast.request_sent).to_owned(),
        News::AddressConfirmed => t_string!(i18n, toast.address_confirmed).to_owned(),
        News::AccountRestored => t_string!(i18n, toast.account_restored).to_owned(),
        News::LinkCopied => t_string!(i18n, conversation.link_copied).to_owned(),
        News::NewContact => t_string!(i18n, toast.new_contact, name = name),
        News::Declined => t_string!(i18n, toast.declined, name = name),
        News::Withdrawn => t_string!(i18n, dialogs.withdrawn).to_owned(),
        News::RemovedContact => t_string!(i18n, toast.removed, name = name),
        News::Blocked => t_string!(i18n, toast.blocked, name = name),
        News::Unblocked => t_string!(i18n, toast.unblocked, name = name),
        News::AcceptedRequest => t_string!(i18n, toast.accepted, name = name),
        News::CameByLink => t_string!(i18n, toast.by_link, name = name),
        News::HiddenFrom => t_string!(i18n, hiding.is_hidden, name = name),
        News::ShownTo => t_string!(i18n, hiding.is_shown, name = name),
        News::Acted(kind) => act_words(i18n, kind, name),
        News::NowModerator => t_string!(i18n, moderate.is_moderator, name = name),
        News::NoModerator => t_string!(i18n, moderate.no_moderator, name = name),
    }
}

/// Returns the text of an act that this page has carried out on the person of this name.
fn act_words(i18n: Texts, kind: ActKind, name: &str) -> String {
    match kind {
        ActKind::Remove => t_string!(i18n, moderate.did_remove, name = name),
        ActKind::Mute => t_string!(i18n, moderate.did_mute, name = name),
        ActKind::Unmute => t_string!(i18n, moderate.did_unmute, name = name),
        ActKind::Ban => t_string!(i18n, moderate.did_ban, name = name),
        ActKind::Unban => t_string!(i18n, moderate.did_unban, name = name),
        ActKind::Slow | ActKind::Close | ActKind::Open => t_string!(i18n, moderate.done).to_owned(),
    }
}

/// Returns the text of a refusal that may concern the person of this name.
pub fn refusal_of(i18n: Texts, code: &str, retry_after_s: Option<u32>, name: &str) -> String {
    match code {
        CANNOT_BEGIN => t_string!(i18n, refused.cannot_begin, name = name),
        GUEST_CANNOT_BEGIN => t_string!(i18n, refused.guest_cannot_begin, name = name),
        code => refusal(i18n, code, retry_after_s),
    }
}

/// Returns the text of a refusal.
pub fn refusal(i18n: Texts, code: &str, retry_after_s: Option<u32>) -> String {
    match (code, retry_after_s) {
        (code, Some(seconds)) if is_limit(code) => {
            format!("{} {}", t_string!(i18n, refused.too_fast), wait_words(i18n, seconds.into()))
        }
        ("NETWORK", _) => t_string!(i18n, refused.network).to_owned(),
        ("NOT_SIGNED_OUT", _) => t_string!(i18n, refused.not_signed_out).to_owned(),
        ("EMAIL_UNVERIFIED", _) => t_string!(i18n, unproved.refused).to_owned(),
        ("MUTED", _) => t_string!(i18n, moderated.muted).to_owned(),
        ("ROOM_CLOSED", _) => t_string!(i18n, moderated.room_closed).to_owned(),
        ("REFUSED_BY_RULE", _) => t_string!(i18n, reviewed.refused).to_owned(),
        ("HELD", _) => t_string!(i18n, reviewed.held).to_owned(),
        ("TOLD_DROP", _) => t_string!(i18n, reviewed.dropped).to_owned(),
        ("BANNED", _) => t_string!(i18n, moderated.banned).to_owned(),
        ("TOLD_MUTE", _) => t_string!(i18n, moderated.told_mute).to_owned(),
        ("TOLD_REMOVE", _) => t_string!(i18n, moderated.told_remove).to_owned(),
        ("TOLD_OTHER", _) => t_string!(i18n, moderated.told_other).to_owned(),
        ("ACT_DONE", _) => t_string!(i18n, moderate.done).to_owned(),
        ("MESSAGE_GONE", _) => t_string!(i18n, refused.message_gone).to_owned(),
        ("FORBIDDEN" | "NOT_FOUND" | "ROOM_RESERVED", _) => t_string!(i18n, refused.closed).to_owned(),
        ("VALIDATION" | "INVALID_TEXT" | "TOO_LARGE", _) => t_string!(i18n, refused.unusable).to_owned(),
        _ => t_string!(i18n, refused.other).to_owned(),
    }
}

fn kind_word(kind: &ToastKind) -> &'static str {
    match kind {
        ToastKind::Message { .. } | ToastKind::Wink { .. } | ToastKind::Refused { .. } => "message",
        ToastKind::Nudge => "nudge",
        ToastKind::Online | ToastKind::Offline | ToastKind::Added { .. } | ToastKind::News(_) => "online",
    }
}
