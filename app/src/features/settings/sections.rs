//! Sections of the settings: which of them a person has, their titles and their contents.

use super::account::AccountSettings;
use super::appearance::{LanguageChoice, MotionChoice, TextSize, ThemeChoice, characters_switch};
use super::device_list::DeviceList;
use super::leaving::LeavingSettings;
use super::passkeys::PasskeySettings;
use super::privacy::PrivacySettings;
use super::push::push_settings;
use super::rows::heading;
use super::sounds::SoundSwitches;
use super::writing::{WritingSwitches, auto_reply, single_keys};
use crate::features::alerts::notifications::{ToastChoice, notification_switch};
use crate::store::arrangement::ListDialog;
use crate::store::characters::has_personas;
use crate::store::home::SettingsSection;
use crate::ui::prelude::*;

/// Returns the sections with content for this person, in their order.
pub fn sections(session: Session) -> Vec<SettingsSection> {
    let has_more = !session.is_of_demo();
    let has = |section: &SettingsSection| match section {
        SettingsSection::Account | SettingsSection::Privacy | SettingsSection::Devices | SettingsSection::Data => {
            has_more
        }
        _ => true,
    };
    SettingsSection::ALL.into_iter().filter(has).collect()
}

/// Returns the section that a dialog shows first: guests and personas have nothing of an account yet.
pub fn first_section(session: Session) -> SettingsSection {
    let is_account = session.is_account();
    if is_account { SettingsSection::Account } else { SettingsSection::Look }
}

/// Returns the id of a section's panel; its title, which is the name of its tab; and other names, by which a search finds all of it.
pub fn names_of(section: SettingsSection) -> (&'static str, TextBinding, Option<TextBinding>) {
    match section {
        SettingsSection::Account => ("settings-account", said!(own_account.title), None),
        SettingsSection::Look => ("settings-look", said!(settings.look), None),
        SettingsSection::Sounds => ("settings-sounds", said!(settings.sounds), Some(said!(sections.also.sounds))),
        SettingsSection::Notifications => {
            ("settings-notifications", said!(sections.notifications), Some(said!(sections.also.notifications)))
        }
        SettingsSection::Writing => ("settings-writing", said!(settings.writing), None),
        SettingsSection::Privacy => ("settings-privacy", said!(privacy.title), Some(said!(sections.also.privacy))),
        SettingsSection::Devices => ("settings-devices", said!(settings.devices), Some(said!(sections.also.devices))),
        SettingsSection::Keys => ("settings-keys", said!(keys.title), Some(said!(sections.also.keys))),
        SettingsSection::Data => ("settings-data", said!(leaving.title), Some(said!(sections.also.data))),
    }
}

/// Renders the content of a section with its heading. `frame` is the dialog.
pub fn content(section: SettingsSection, frame: DialogRef) -> ErasedView {
    let session = use_session();
    match section {
        // The parts of these sections have their headings.
        SettingsSection::Account => view! {
            {profile_row(frame)}
            <AccountSettings />
            <PasskeySettings />
        }
        .client_only(),
        SettingsSection::Devices => view! { <DeviceList /> }.client_only(),
        SettingsSection::Data => data(),
        SettingsSection::Look => headed(section, appearance(session)),
        SettingsSection::Sounds => headed(section, view! { <SoundSwitches /> }.client_only()),
        SettingsSection::Notifications => headed(section, notifications(session)),
        SettingsSection::Writing => headed(section, writing(session, frame)),
        SettingsSection::Privacy => headed(section, privacy()),
        SettingsSection::Keys => headed(section, keys(frame)),
    }
}

/// Row that leads to the own profile, whose fields are no settings but are looked for among them.
fn profile_row(frame: DialogRef) -> ErasedView {
    view! {
        <div class="setting-row" data-also=said!(sections.also.profile)>
            <span class="grow">{said!(sections.profile)}</span>
            {lead(frame, said!(identity.profile), ListDialog::Profile)}
        </div>
    }
    .client_only()
}

/// Button that opens another dialog in the place of the settings.
fn lead(frame: DialogRef, words: TextBinding, to: ListDialog) -> ErasedView {
    let session = use_session();
    let open = move |_| {
        dialog::close(frame);
        session.list_dialog.set(to.clone());
    };
    button(words, handler(open))
}

fn headed(section: SettingsSection, content: ErasedView) -> ErasedView {
    view! {
        {heading(names_of(section).1)}
        {content}
    }
    .client_only()
}

fn appearance(session: Session) -> ErasedView {
    let is_account = session.is_account();
    view! {
        <ThemeChoice />
        <MotionChoice />
        <LanguageChoice />
        <TextSize />
        {when(move || is_account && has_personas(&session.roster), characters_switch)}
    }
    .client_only()
}

fn notifications(session: Session) -> ErasedView {
    view! {
        <ToastChoice />
        {notification_switch()}
        {(!session.is_of_demo()).then(push_settings)}
    }
    .client_only()
}

fn privacy() -> ErasedView {
    view! {
        <PrivacySettings />
        <a href="/privacy" target="_blank">{said!(app.privacy)}</a>
    }
    .client_only()
}

/// Switches for writing, and the button that opens the quick texts.
fn writing(session: Session, frame: DialogRef) -> ErasedView {
    view! {
        <WritingSwitches />
        {(!session.is_of_demo()).then(auto_reply)}
        {lead(frame, said!(quick.title), ListDialog::QuickTexts)}
    }
    .client_only()
}

/// Switch for single keys, and the button that opens the sheet of keys.
fn keys(frame: DialogRef) -> ErasedView {
    view! {
        {single_keys()}
        {lead(frame, said!(keys.title), ListDialog::Keys)}
    }
    .client_only()
}

/// The person's own data, and the way to what the legal page says of its storage.
fn data() -> ErasedView {
    view! {
        <LeavingSettings />
        <a href="/privacy" target="_blank">{said!(sections.kept)}</a>
    }
    .client_only()
}
