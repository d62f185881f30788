//! Identity band of the person at this device: picture, status menu, personal message, settings, sign-out.

use leptos::server_fn::ServerFn;
use protocol::words::status::Status;

use crate::api;
use crate::store::arrangement::ListDialog;
use crate::ui::prelude::*;
use crate::ui::words::status_word;

/// The banner of the page.
#[component]
pub fn Identity(on_settings: Callback<()>) -> impl IntoView {
    let session = use_session();
    view! {
        <div class="identity" role="banner">
            <h1 class="visually-hidden">{said!(app.title)}</h1>
            <span class="identity-pic">{portrait(move || session.me.with(|me| me.avatar_id.clone()))}</span>
            <div class="identity-text">
                <StatusMenu />
                <PersonalMessage />
            </div>
            <div class="identity-tools">
                {icon_button(
                    "ic-gear",
                    "18",
                    &|| said!(identity.settings),
                    handler(move |_| on_settings.run(())),
                )}
                <SignOut />
            </div>
        </div>
    }
    .erase()
}

#[component]
fn StatusMenu() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let menu = Popover::new("[role^=menuitem]");
    let status = move || session.me.with(|me| me.status);
    let word = move || status_word(i18n, status().as_str());
    let name = move || session.me.with(|me| me.display_name.clone());
    let items = move || {
        let items = Status::ALL.map(|choice| view! { <StatusChoice choice menu /> }.client_only());
        let label = said!(identity.my_status);
        view! {
            <div class="menu" role="menu" aria-label=label>
                {Vec::from(items)}
                {menu.item("ic-smile", said!(identity.profile), move || session.list_dialog.set(ListDialog::Profile))}
                {menu.item("ic-more", said!(identity.custom), move || session.list_dialog.set(ListDialog::Until))}
                {menu.item("ic-lock", said!(locking.now), move || session.lock())}
            </div>
        }
        .client_only()
    };
    let button = view! {
        <button
            class="identity-name"
            id="do-status"
            type="button"
            aria-haspopup="menu"
            aria-expanded=aria_bool(move || menu.is_open.get())
            aria-label=said!(identity.my_status_is, status = word(), name = name())
            on:click=handler(move |_| menu.toggle())
        >
            {bead(move || status().as_str().to_owned())}
            // A long name is whole, and the status then stands below it.
            <span class="identity-who" aria-hidden="true">
                <b><bdi>{text(name)}</bdi></b>
                <span class="identity-status">
                    {said!(identity.in_brackets, status = word())}
                </span>
            </span>
            {icon("ic-caret", "12")}
        </button>
    };
    menu.anchored(button.erase(), items)
}

#[component]
fn StatusChoice(choice: Status, menu: Popover) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let choose = move |_| {
        session.run(move |state| state.choose_status(choice));
        menu.close();
    };
    view! {
        <button
            class="menu-item"
            type="button"
            role="menuitemradio"
            tabindex="-1"
            aria-checked=aria_bool(move || session.me.with(|me| me.status == choice))
            on:click=handler(choose)
        >
            {bead(move || choice.as_str().to_owned())}
            {text(move || status_word(i18n, choice.as_str()))}
        </button>
    }
    .client_only()
}

/// Field of the personal message. It is saved on blur or Enter; Escape restores the old text.
#[component]
fn PersonalMessage() -> impl IntoView {
    let session = use_session();
    let saved = move || {
        session.settings.language.track();
        session.me.with(|me| session.roster.message_of(&me.id, &me.personal_message))
    };
    let written = RwSignal::new(untrack(saved));
    // Another change of the person must not replace the text that is being written.
    Effect::new(move |before: Option<String>| {
        let now = saved();
        if before.is_some_and(|before| before != now) {
            written.set(now.clone());
        }
        now
    });
    let save = move || {
        let message = written.get_untracked().trim().to_owned();
        if untrack(saved) != message {
            session.run(move |state| state.set_personal_message(message));
        }
    };
    let keydown = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            save();
        }
        "Escape" => written.set(untrack(saved)),
        _ => {}
    };
    view! {
        <input
            class="identity-msg"
            dir="auto"
            aria-label=said!(identity.personal_message)
            placeholder=said!(identity.personal_message_hint)
            autocomplete="off"
            value=written.get_untracked()
            prop:value=text(move || written.get())
            // The chunk `home` sets the limit of the field later.
            on:input=handler(move |event| written.set(event_target_value(&event)))
            on:change=handler(move |_| save())
            on:keydown=handler(keydown)
        />
    }
}

/// Plain form, which signs out without a script. With a script, the stored data of this device is wiped as well.
#[component]
fn SignOut() -> impl IntoView {
    let session = use_session();
    let submit = move || session.sign_out();
    view! {
        <form method="post" action=api::SignOut::PATH on:submit=submit_handler(submit)>
            <input type="hidden" name="csrf" value=session.csrf.get_value() />
            <input type="hidden" name="pageOf" value=session.me.with_untracked(|me| me.id.clone()) />
            <button
                class="icon-btn"
                type="submit"
                aria-label=said!(identity.sign_out)
                title=said!(identity.sign_out)
            >
                {icon("ic-leave", "18")}
            </button>
        </form>
    }
}
