//! The tabs of open conversations. A tab with new messages asks for attention.

use crate::features::contacts::contact_row::{Badge, bead_of, push_unread};
use crate::store::conversation::Conversation;
use crate::ui::prelude::*;

/// Tabs in the order the conversations were opened.
#[component]
pub fn Tabs() -> impl IntoView {
    let session = use_session();
    view! {
        <nav
            class="tabs"
            aria-label=said!(tabs.open_conversations)
            hidden=switch(move || session.open.with(Vec::is_empty))
        >
            <ul>
                {list(move || {
                    let tab = |conversation: Conversation| {
                        Entry::new(conversation.key, move || view! { <Tab conversation /> }.client_only())
                    };
                    session.open.get().into_iter().map(tab).collect()
                })}
            </ul>
        </nav>
    }
    .erase()
}

#[component]
fn Tab(conversation: Conversation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let room = StoredValue::new(conversation.room_id());
    let member = session.member_of(conversation);
    let name = move || member.get().map_or_else(|| conversation.name_without_list(), |member| member.name());
    let is_current = Memo::new(move |_| session.current.get() == Some(conversation));
    let unread = move || match member.get() {
        Some(member) => member.activity().with(|activity| activity.unread),
        None => conversation.unread.get(),
    };
    let state = move || match (is_current.get(), unread()) {
        (true, _) => "active",
        (false, 0) => "idle",
        (false, _) => "attention",
    };
    // Screen readers skip the badge, so the label has its number.
    let label = move || {
        let mut label = name();
        push_unread(i18n, &mut label, if is_current.get() { 0 } else { unread() });
        label
    };
    view! {
        <li class="tab" data-state=text(state)>
            <button
                class="tab-name"
                type="button"
                aria-current=word(move || is_current.get().then_some("page"))
                aria-label=text(label)
                on:click=handler(move |_| session.run_for(&room.get_value(), State::show))
            >
                {choice(move || match member.get().and_then(|member| member.person()) {
                    Some(person) => bead(bead_of(person)).client_only(),
                    None => room_sign().erase(),
                })}
                <span class="clip"><bdi>{text(name)}</bdi></span>
                // The space is for people who control the page by voice: they say what they see, "General 3".
                " "
                <Badge unread=Signal::derive(move || if is_current.get() { 0 } else { unread() }) />
            </button>
            <button
                class="tab-x"
                type="button"
                aria-label=said!(tabs.close, name = name())
                on:click=handler(move |_| session.run_for(&room.get_value(), State::close_conversation))
            >
                {icon("ic-close", "12")}
            </button>
        </li>
    }
    .client_only()
}
