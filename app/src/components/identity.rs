//! The band of the person at this device: picture, status menu, personal message, settings, sign-out.

use leptos::prelude::*;
use protocol::limits::PERSONAL_MESSAGE_GRAPHEMES_MAX;
use protocol::presence::Status;

use super::icon::{bead, icon, portrait};
use super::part::IntoPart;
use super::popover::Popover;
use super::words::status_word;
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_session;

/// The banner of the page.
#[component]
pub fn Identity(
    /// Opens the settings.
    on_settings: Callback<()>,
) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <div class="identity" role="banner">
            <h1 class="visually-hidden">{t!(i18n, app.title)}</h1>
            <span class="identity-pic">{portrait(move || session.me.with(|me| me.avatar_id.clone()))}</span>
            <div class="identity-text">
                <StatusMenu />
                <PersonalMessage />
            </div>
            <div class="identity-tools">
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=move || t_string!(i18n, identity.settings)
                    title=move || t_string!(i18n, identity.settings)
                    on:click=move |_| on_settings.run(())
                >
                    {icon("ic-gear", "18")}
                </button>
                <SignOut />
            </div>
        </div>
    }
    .part()
}

#[component]
fn StatusMenu() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let menu = Popover::new("[role=menuitemradio]", 1);
    let status = move || session.me.with(|me| me.status);
    let word = move || status_word(i18n, status().as_str());
    view! {
        <div
            class="anchor"
            node_ref=menu.anchor
            on:keydown=move |event| menu.keydown(event)
            on:focusout=move |event| menu.focusout(event)
        >
            <button
                class="identity-name"
                type="button"
                aria-haspopup="menu"
                aria-expanded=move || menu.is_open.get().to_string()
                aria-label=move || t_string!(i18n, identity.my_status_is, status = word())
                on:click=move |_| menu.toggle()
            >
                {bead(move || status().as_str().to_owned())}
                <b class="clip" aria-hidden="true">{move || session.me.with(|me| me.display_name.clone())}</b>
                <span aria-hidden="true">{move || t_string!(i18n, identity.in_brackets, status = word())}</span>
                {icon("ic-caret", "12")}
            </button>
            <Show when=move || menu.is_open.get()>
                <div class="menu" role="menu" aria-label=move || t_string!(i18n, identity.my_status)>
                    {Status::ALL.map(|choice| view! { <StatusChoice choice menu /> }).collect_view()}
                </div>
            </Show>
        </div>
    }
    .part()
}

#[component]
fn StatusChoice(choice: Status, menu: Popover) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let choose = move |_| {
        session.set_status(choice);
        menu.close();
    };
    view! {
        <button
            class="menu-item"
            type="button"
            role="menuitemradio"
            tabindex="-1"
            aria-checked=move || session.me.with(|me| me.status == choice).to_string()
            on:click=choose
        >
            {bead(move || choice.as_str().to_owned())}
            {move || status_word(i18n, choice.as_str())}
        </button>
    }
    .part()
}

/// Saved when it is left or Enter is pressed; Escape brings the old one back.
#[component]
fn PersonalMessage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let saved = move || session.me.with(|me| me.personal_message.clone());
    let text = RwSignal::new(session.me.with_untracked(|me| me.personal_message.clone()));
    Effect::new(move |_| text.set(saved()));
    let save = move || {
        let written = text.get_untracked().trim().to_owned();
        if session.me.with_untracked(|me| me.personal_message != written) {
            session.set_personal_message(written);
        }
    };
    let keydown = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            save();
        }
        "Escape" => text.set(session.me.with_untracked(|me| me.personal_message.clone())),
        _ => {}
    };
    view! {
        <input
            class="identity-msg"
            aria-label=move || t_string!(i18n, identity.personal_message)
            placeholder=move || t_string!(i18n, identity.personal_message_hint)
            maxlength=PERSONAL_MESSAGE_GRAPHEMES_MAX.to_string()
            autocomplete="off"
            value=text.get_untracked()
            prop:value=move || text.get()
            on:input=move |event| text.set(event_target_value(&event))
            on:change=move |_| save()
            on:keydown=keydown
        />
    }
}

/// A plain form: it signs out even where no script runs. With a script, what is kept on this device is wiped first.
#[component]
fn SignOut() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        session.sign_out();
    };
    view! {
        <form method="post" action="/sf/sign_out" on:submit=submit>
            <input type="hidden" name="csrf" value=session.csrf.get_value() />
            <button
                class="icon-btn"
                type="submit"
                aria-label=move || t_string!(i18n, identity.sign_out)
                title=move || t_string!(i18n, identity.sign_out)
            >
                {icon("ic-leave", "18")}
            </button>
        </form>
    }
}
