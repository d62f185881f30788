//! The menu of the eight winks, with their posters. The posters are loaded when the menu opens first.

use leptos::prelude::*;
use protocol::winks::{WINKS, Wink};

use super::icon::icon;
use super::part::IntoPart;
use super::popover::Popover;
use super::words::wink_title;
use crate::browser::dom;
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_session;
use crate::store::conversation::Conversation;

/// Button and menu.
#[component]
pub fn WinkMenu(popover: Popover, conversation: Conversation) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div
            class="anchor"
            node_ref=popover.anchor
            on:keydown=move |event| popover.keydown(event)
            on:focusout=move |event| popover.focusout(event)
        >
            <button
                class="fmt"
                type="button"
                aria-haspopup="menu"
                aria-expanded=move || popover.is_open.get().to_string()
                on:click=move |_| popover.toggle()
            >
                {icon("ic-spark", "16")}
                <span class="fmt-word">{t!(i18n, composer.winks)}</span>
                {icon("ic-caret", "10")}
            </button>
            <Show when=move || popover.is_open.get()>
                <div class="winks" role="menu" aria-label=move || t_string!(i18n, composer.winks)>
                    {WINKS.map(|wink| view! { <WinkItem wink popover conversation /> }).collect_view()}
                </div>
            </Show>
        </div>
    }
    .part()
}

/// While a wink must wait, the items say for how long and do nothing.
#[component]
fn WinkItem(wink: Wink, popover: Popover, conversation: Conversation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let wait_s = conversation.wink_wait_s;
    let send = move |_| {
        if wait_s.get_untracked() == 0 {
            popover.close();
            session.wink(&conversation.room_id(), wink.id);
            dom::focus(".editor");
        }
    };
    let title = move || (wait_s.get() != 0).then(|| t_string!(i18n, composer.wink_wait, seconds = wait_s.get()));
    view! {
        <button
            class="wink-item"
            type="button"
            role="menuitem"
            tabindex="-1"
            aria-disabled=move || (wait_s.get() != 0).then_some("true")
            title=title
            on:click=send
        >
            <img src=format!("/assets/winks/{}.svg", wink.id) alt="" width="96" height="72" loading="lazy" />
            <span>{move || wink_title(i18n, wink.id)}</span>
        </button>
    }
}
