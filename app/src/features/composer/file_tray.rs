//! Tray over the composer: attachments of the next message, as they will look, before anything is sent (`ux.md` 2.1).
//!
//! Send hands the text over. The text returns to the composer if an attachment cannot be sent or is cancelled. Files need a connection and
//! wait here for it; the message itself has the same guarantees as every other one.

use leptos::task::spawn_local;
use protocol::words::limits::{ALT_UNITS_MAX, FILE_BYTES_MAX, FILES_MAX};

use super::tray_sending::{cancel, empty, remove, send, take};
use crate::browser::keys;
use crate::features::messages::attached_files::size_words;
use crate::features::messages::link_preview::{in_tray as link_in_tray, watch_links};
use crate::store::conversation::{ComposerMode, Conversation};
use crate::store::tray::{Fault, Sending, Tray, TrayFile, tray_of};
use crate::ui::pictures::styles;
use crate::ui::prelude::*;

lazy_view! {
    files:
    /// The tray, while it is not empty.
    pub fn file_tray(conversation: Conversation) {
        let session = use_session();
        let tray = tray_of(&conversation.room_id());
        Effect::new(move |_| {
            let coming = tray.coming.get();
            if !coming.is_empty() {
                tray.coming.set(Vec::new());
                spawn_local(take(tray, coming));
            }
        });
        // An edit has no files: they wait until the edit is done.
        Effect::new(move |_| {
            let has_some = tray.files.with(|files| !files.is_empty()) || tray.link.with(Option::is_some);
            let is_edit = matches!(conversation.writing.get(), ComposerMode::Edit(_));
            conversation.has_attached.set(has_some && !is_edit);
        });
        Effect::new(move |_| {
            if let Some(content) = conversation.handed_over.get()
                && !tray.is_sending.get_untracked()
            {
                spawn_local(send(session, conversation, tray, content));
            }
        });
        watch_links(session, conversation, tray);
        when(move || tray.is_shown(), move || opened(tray)).client_only()
    }
}

fn opened(tray: Tray) -> ErasedView {
    let i18n = use_i18n();
    let files = move || tray.files.with(|files| files.iter().map(|file| entry(tray, file)).collect());
    let faults = move || {
        tray.faults.with(|faults| {
            let one = |fault: &Fault| view! { <p>{fault_words(i18n, fault)}</p> }.client_only();
            faults.iter().map(one).collect::<Vec<ErasedView>>().client_only()
        })
    };
    let foot = choice(move || {
        if tray.is_sending.get() {
            let stop = handler(move |_| cancel(tray));
            return view! {
                <span role="status">{said!(files.sending)}</span>
                {button_of("small", said!(files.cancel), stop)}
            }
            .client_only();
        }
        let close = handler(move |_| {
            empty(tray);
            dom::focus_soon(".editor");
        });
        button_of("small", said!(files.remove_all), close).client_only()
    });
    let has_files = move || tray.files.with(|files| !files.is_empty());
    let hint = move || view! { <p class="setting-note">{said!(files.hint)}</p> }.client_only();
    let keydown = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        // Enter would send the message, but the person is still writing a description.
        "Enter" if dom::is_focus_in("input") && !keys::is_composing(&event) => {
            event.prevent_default();
            dom::focus_soon(".editor");
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            dom::focus_soon(".editor");
        }
        _ => {}
    };
    view! {
        {styles()}
        <div class="tray" role="group" aria-label=said!(files.tray) on:keydown=handler(keydown)>
            <ul class="tray-files" aria-label=said!(talk.files)>{list(files)}</ul>
            {link_in_tray(tray)}
            <div class="tray-faults" role="alert">{choice(faults)}</div>
            <div class="tray-foot">{when(has_files, hint)} {foot}</div>
        </div>
    }
    .client_only()
}

fn entry(tray: Tray, file: &TrayFile) -> Entry {
    let file = file.clone();
    Entry::new(file.chosen.key, move || row(tray, file))
}

/// Renders a file as it will look, with its controls.
fn row(tray: Tray, file: TrayFile) -> ErasedView {
    let i18n = use_i18n();
    let TrayFile { chosen, address, size, alt, .. } = file;
    let (key, bytes, name) = (chosen.key, chosen.size, chosen.name);
    let (shown, sent) = (name.clone(), name.clone());
    let is_picture = size.is_some();
    let sample = match is_picture {
        true => view! { <img class="tray-sample" src=address alt="" /> }.client_only(),
        false => view! { <span class="tray-sample">{icon("ic-clip", "24")}</span> }.client_only(),
    };
    let field = is_picture.then(|| alt_field(tray, key, name.clone(), alt));
    view! {
        <li class="tray-file">
            {sample}
            <div class="tray-text">
                <span class="tray-name"><b class="clip"><bdi>{shown}</bdi></b> " " {text(move || size_words(i18n, bytes))}</span>
                {field}
                {when(move || tray.is_sending.get(), move || progress(tray, key, sent.clone()))}
            </div>
            {remove_button(tray, key, name)}
        </li>
    }
    .client_only()
}

/// Field for the description of a picture.
fn alt_field(tray: Tray, key: u64, name: String, alt: String) -> ErasedView {
    let write = move |event: leptos::ev::Event| {
        let alt = event_target_value(&event);
        // No view depends on this text except the field itself.
        tray.files.update_untracked(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.chosen.key == key) {
                file.alt = alt;
            }
        });
    };
    view! {
        <label class="label" for=format!("alt-{key}")>{said!(files.alt_of, name = &name)}</label>
        <input
            class="field"
            id=format!("alt-{key}")
            type="text"
            dir="auto"
            autocomplete="off"
            maxlength=ALT_UNITS_MAX.to_string()
            placeholder=said!(files.alt_hint)
            prop:value=alt
            on:input=handler(write)
        />
    }
    .client_only()
}

fn progress(tray: Tray, key: u64, name: String) -> ErasedView {
    let percent = move || {
        let percent = |file: &TrayFile| match file.stage {
            Sending::Goes(percent) => percent,
            Sending::Waits => 0,
            Sending::Came(_) => 100,
        };
        tray.see(key, percent).unwrap_or_default()
    };
    view! {
        <progress
            max="100"
            prop:value=text(move || percent().to_string())
            aria-label=said!(files.progress, name = &name)
        ></progress>
    }
    .client_only()
}

fn remove_button(tray: Tray, key: u64, name: String) -> ErasedView {
    let remove = handler(move |_| {
        remove(tray, key);
        dom::after_paint(|| {
            if !dom::focus(".tray-remove") {
                dom::focus(".editor");
            }
        });
    });
    view! {
        <button
            class="icon-btn tray-remove"
            type="button"
            aria-label=said!(files.remove, name = &name)
            title=said!(files.remove_this)
            disabled=switch(move || tray.is_sending.get())
            on:click=remove
        >
            {icon("ic-close", "14")}
        </button>
    }
    .client_only()
}

fn fault_words(i18n: Texts, fault: &Fault) -> String {
    let megabytes = FILE_BYTES_MAX / 1_000_000;
    match fault {
        Fault::TooBig(name) => t_string!(i18n, files.too_big, name = name, max = megabytes),
        Fault::Unreadable(name) => t_string!(i18n, files.unreadable, name = name),
        Fault::Changed(name) => t_string!(i18n, files.changed, name = name),
        Fault::Empty(name) => t_string!(i18n, files.nothing_in, name = name),
        Fault::NoPicture(name) => t_string!(i18n, files.no_picture, name = name),
        Fault::TooMany(name) => t_string!(i18n, files.too_many, name = name, max = FILES_MAX),
        Fault::Refused { name, code, minutes } => match (code.as_str(), minutes) {
            ("NETWORK", _) => t_string!(i18n, files.offline, name = name),
            ("TOO_LARGE", _) => t_string!(i18n, files.too_big, name = name, max = megabytes),
            ("RATE_LIMITED", Some(minutes)) => t_string!(i18n, files.quota, name = name, count = minutes),
            ("OVERLOADED", _) => t_string!(i18n, files.busy, name = name),
            ("UNAUTHENTICATED", _) => t_string!(i18n, files.signed_out, name = name),
            _ => t_string!(i18n, files.refused, name = name),
        },
    }
}
