//! Log of a conversation: rows, paging at the top, sticking to the bottom, and the pill that jumps there ("3 new").
//!
//! `near_rows` chooses the rows in the document, and `browser::scroll` keeps the scroll position.

use super::message_row::MessageRow;
use super::near_rows::NearRows;
use crate::browser::{ScrollReport, scroll};
use crate::store::conversation::{Conversation, OlderRows, RowHandle};
use crate::ui::prelude::*;

/// Time after a change in which screen readers may still announce it.
const SETTLED_MS: u64 = 1_000;

/// Log with its visible part. Copied into every closure.
#[derive(Clone, Copy)]
struct Log {
    conversation: Conversation,
    element: NodeRef<html::Div>,
    near: NearRows,
    is_at_bottom: RwSignal<bool>,
}

/// The log, with the parts that float over it.
#[component]
pub fn Transcript(conversation: Conversation, name: Signal<String>) -> impl IntoView {
    let session = use_session();
    let element = NodeRef::<html::Div>::new();
    let (near, is_at_bottom) = (NearRows::new(conversation, element), RwSignal::new(true));
    let log = Log { conversation, element, near, is_at_bottom };
    log.follow_scrolling();
    log.follow_jumps();
    log.follow_own_messages();
    let is_still = log.stillness();
    let row = move |handle: RowHandle| {
        Entry::new(handle.key, move || view! { <MessageRow conversation handle partner=name /> }.client_only())
    };
    view! {
        <div
            class="log"
            role="log"
            aria-live=word(move || Some(if is_still.get() { "off" } else { "polite" }))
            aria-relevant="additions"
            aria-label=said!(conversation.log, name = name.get())
            tabindex="0"
            data-backdrop=text(move || conversation.preferences.get().backdrop.to_string())
            data-bubbles=word(move || session.settings.message_settings.get().has_bubbles.map(|on| if on { "on" } else { "off" }))
            node_ref=element
            on:keydown=handler(move |event| near.walk(&event))
        >
            <LogTop conversation />
            <ol class="log-list">{list(move || near.rows().into_iter().map(row).collect())}</ol>
        </div>
        <div role="status">{log.pill()}</div>
    }
    .client_only()
}

impl Log {
    /// Follows the scroll position, which decides the rows in the document, the loading of older rows, and the read position.
    fn follow_scrolling(self) {
        let Self { conversation, element, near, is_at_bottom } = self;
        let session = use_session();
        let room = StoredValue::new(conversation.room_id());
        let goes_on = move || near.goes_on();
        scroll::follow(element, goes_on, move |scrolled| match scrolled {
            ScrollReport::Bottom { is_in_view } => is_at_bottom.set(is_in_view),
            ScrollReport::Rows { first, last, is_held } => near.moved(first, last, is_held),
            ScrollReport::NearTop if near.begins() && may_load(conversation) => {
                session.run_for(&room.get_value(), State::load_older);
            }
            ScrollReport::NearTop => {}
        });
        Effect::new(move |_| {
            let is_in_view = is_at_bottom.get();
            session.run_for(&room.get_value(), move |state, room| state.bottom_in_view(room, is_in_view));
        });
    }

    /// Scrolls to a requested row as soon as it is there.
    fn follow_jumps(self) {
        let Self { conversation, near, .. } = self;
        Effect::new(move |_| {
            let Some(id) = conversation.jump_to.get() else { return };
            conversation.rows.track();
            if let Some(handle) = conversation.find(&id) {
                conversation.jump_to.set(None);
                if untrack(|| conversation.hides(handle)) {
                    conversation.hide_all(false, clock::day_of);
                }
                near.lead_to(handle, &id);
            }
        });
    }

    /// Scrolls to the end after every own message.
    fn follow_own_messages(self) {
        let Self { conversation, element, near, .. } = self;
        Effect::new(move |before: Option<u32>| {
            let said = conversation.said.get();
            if before.is_some_and(|before| before != said) {
                near.lead_to_end(move || scroll::to_bottom(element));
            }
            said
        });
    }

    /// Returns a signal that is `true` while screen readers must not announce changes. Older rows and the first rows are no news, and
    /// neither are rows that scroll in and out. The pill announces new messages to a person who reads history.
    fn stillness(self) -> RwSignal<bool> {
        let Self { conversation, is_at_bottom, .. } = self;
        let is_still = RwSignal::new(true);
        Effect::new(move |_| {
            let loads = matches!(conversation.older.get(), OlderRows::Unknown | OlderRows::Loading);
            if loads || !is_at_bottom.get() {
                is_still.set(true);
            } else {
                dom::after(SETTLED_MS, move || {
                    // The conversation may be closed by now, loading again, or scrolling again.
                    if matches!(conversation.older.try_get_untracked(), Some(OlderRows::More | OlderRows::Start))
                        && is_at_bottom.try_get_untracked() == Some(true)
                    {
                        let _ = is_still.try_set(false);
                    }
                });
            }
        });
        is_still
    }

    /// Pill that jumps to the end, while the end is out of view and there is a reason to go there.
    fn pill(self) -> ErasedView {
        let Self { conversation, element, near, is_at_bottom } = self;
        let i18n = use_i18n();
        let to_bottom = move |_| {
            conversation.stop_jumping();
            near.lead_to_end(move || scroll::to_bottom(element));
            dom::focus(".editor");
        };
        let has_way_down = move || !is_at_bottom.get() && (conversation.unread.get() != 0 || near.is_far.get());
        let pill = move || {
            view! {
                <button class="new-pill" type="button" on:click=handler(to_bottom)>
                    {text(move || match conversation.unread.get() {
                        0 => t_string!(i18n, conversation.newest).to_owned(),
                        count => t_string!(i18n, conversation.new_below, count = count),
                    })}
                    {icon("ic-down", "12")}
                </button>
            }
            .client_only()
        };
        when(has_way_down, pill)
    }
}

/// Returns `true` if there are older rows to load, and the person has not hidden them.
fn may_load(conversation: Conversation) -> bool {
    conversation.older.get_untracked() == OlderRows::More && conversation.hidden_to.get_untracked() == 0
}

/// Line above the oldest row.
#[component]
fn LogTop(conversation: Conversation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_lost = Memo::new(move |_| session.banner.get().is_without_connection());
    let is_empty = Memo::new(move |_| conversation.rows.with(Vec::is_empty));
    // Safety note at the start of a conversation between two people.
    let safety = move || {
        conversation.partner().map(|_| {
            view! { <div class="log-more" data-state="safety">{icon("ic-lock", "14")} {said!(conversation.safety)}</div> }
        })
    };
    let is_blocked = move || conversation.partner().is_some_and(|other| session.relations.is_blocked(&other));
    let has_hidden = Memo::new(move |_| conversation.hidden_to.get() > 0);
    let is_closed = Memo::new(move |_| conversation.closed.get().is_some());
    choice(move || match (conversation.older.get(), is_empty.get()) {
        _ if has_hidden.get() => load_view(move || hidden_note(conversation)),
        (OlderRows::Unknown, true) if !is_closed.get() => view! {
            <div class="state-empty">
                <span>{said!(conversation.loading)}</span>
                <i class="bone"></i>
                <i class="bone"></i>
                <i class="bone"></i>
            </div>
        }
        .client_only(),
        (OlderRows::Loading, _) if !is_lost.get() => {
            let words = said!(conversation.older_loading);
            view! { <div class="log-more" data-state="loading">{words}</div> }.client_only()
        }
        (OlderRows::Start, is_empty) => {
            let words = move || {
                // Nobody says hello to a person whom they have blocked.
                match is_empty && !is_blocked() {
                    true => t_string!(i18n, conversation.empty),
                    false => t_string!(i18n, conversation.beginning),
                }
            };
            view! { {safety()} <div class="log-more" data-state="start">{text(words)}</div> }.client_only()
        }
        (OlderRows::Unknown | OlderRows::More | OlderRows::Loading, _) => ().erase(),
    })
}

lazy_view! {
    talk:
    /// Note above a log whose earlier messages are hidden on this page (`ux.md` 2.8, `/clear`), with a button that shows them again.
    pub fn hidden_note(conversation: Conversation) {
        let show = handler(move |_| {
            conversation.hide_all(false, clock::day_of);
            dom::focus(".editor");
        });
        view! {
            <div class="log-more" data-state="hidden">
                {said!(writing.hidden)}
                {button_of("small", said!(writing.show_hidden), show)}
            </div>
        }
        .client_only()
    }
}
