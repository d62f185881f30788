//! Menu of the winks, with posters that are loaded when the menu first opens.

use protocol::words::winks::{WINKS, Wink};

use crate::store::conversation::Conversation;
use crate::ui::prelude::*;
use crate::ui::words::wink_title;

#[component]
pub fn WinkMenu(popover: Popover, conversation: Conversation) -> impl IntoView {
    let button = view! {
        <button
            class="fmt"
            type="button"
            aria-haspopup="menu"
            aria-expanded=aria_bool(move || popover.is_open.get())
            on:click=handler(move |_| popover.toggle())
        >
            {icon("ic-spark", "16")}
            <span class="fmt-word">{said!(composer.winks)}</span>
            {icon("ic-caret", "10")}
        </button>
    };
    popover.anchored(button.client_only(), move || load_view(move || wink_items(popover, conversation)))
}

lazy_view! {
    talk:
    pub fn wink_items(popover: Popover, conversation: Conversation) {
        let item = |&wink: &Wink| view! { <WinkItem wink popover conversation /> }.client_only();
        let items: Vec<_> = WINKS.iter().map(item).collect();
        let label = said!(composer.winks);
        popover.focus_items();
        view! { <div class="winks" role="menu" aria-label=label>{items}</div> }.client_only()
    }
}

/// Item of a wink. While a wink must wait, the item shows the remaining time and does nothing.
#[component]
fn WinkItem(wink: Wink, popover: Popover, conversation: Conversation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let wait_s = conversation.wink_wait_s;
    let send = move |_| {
        if wait_s.get_untracked() == 0 {
            popover.close();
            session.run_for(&conversation.room_id(), move |state, room| state.wink(room, wink.id));
            dom::focus(".editor");
        }
    };
    let title = move || match wait_s.get() {
        0 => String::new(),
        seconds => t_string!(i18n, talk.wink_wait, seconds = seconds),
    };
    view! {
        <button
            class="wink-item"
            type="button"
            role="menuitem"
            tabindex="-1"
            aria-disabled=word(move || (wait_s.get() != 0).then_some("true"))
            title=text(title)
            on:click=handler(send)
        >
            <img src=format!("/assets/winks/{}.svg", wink.id) alt="" width="96" height="72" loading="lazy" />
            <span>{text(move || wink_title(i18n, wink.id))}</span>
        </button>
    }
}
