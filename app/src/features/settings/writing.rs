//! Section of the settings for writing and reading on this device, and the switch for keys.

use protocol::words::limits::{QUICK_TEXT_BYTES_MAX, QUICK_TEXT_GRAPHEMES_MAX};

use crate::store::settings::MessageSettings;
use crate::ui::prelude::*;

/// Switches for the Enter key, typing announcements, and previews of links.
#[component]
pub fn WritingSwitches() -> impl IntoView {
    [
        writing_switch(said!(writing.marks), |settings| &mut settings.has_plain_marks, false),
        writing_switch(said!(settings.plain_enter), |settings| &mut settings.has_plain_enter, true),
        writing_switch(said!(settings.says_typing), |settings| &mut settings.says_typing, true),
        writing_switch(said!(files.previews), |settings| &mut settings.has_no_previews, false),
    ]
}

/// Field of the automatic answer (`ux.md` 2.13). A demo room has no direct conversations.
pub fn auto_reply() -> ErasedView {
    let session = use_session();
    let arrangement = session.arrangement;
    let change = move |event: ev::Event| {
        let written = dom::held(&event, QUICK_TEXT_GRAPHEMES_MAX, QUICK_TEXT_BYTES_MAX);
        arrangement.update(|all| written.trim().clone_into(&mut all.auto_reply));
    };
    view! {
        <div class="setting-row">
            <label class="label" for="auto-reply">{said!(auto_reply.label)}</label>
            <input
                class="field"
                id="auto-reply"
                aria-describedby="auto-reply-how"
                dir="auto"
                autocomplete="off"
                prop:value=text(move || arrangement.with(|all| all.auto_reply.clone()))
                on:change=handler(change)
            />
        </div>
        <p class="setting-note" id="auto-reply-how">{said!(auto_reply.how)}</p>
    }
    .client_only()
}

/// Switch for single-character keys (WCAG 2.1.4).
pub fn single_keys() -> ErasedView {
    let label = said!(settings.single_keys);
    writing_switch(label, |settings| &mut settings.has_no_single_keys, false)
}

/// Returns a switch for one member of these settings; the member has the value `on` while the switch is on.
fn writing_switch(label: TextBinding, of: fn(&mut MessageSettings) -> &mut bool, on: bool) -> ErasedView {
    let session = use_session();
    let message_settings = session.settings.message_settings;
    let is_on = move || *of(&mut message_settings.get()) == on;
    let set = move |is_on: bool| session.change_message_settings(|settings| *of(settings) = is_on == on);
    setting_switch(label, Box::new(is_on), Box::new(set))
}
