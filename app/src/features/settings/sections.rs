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
use super::toasts::ToastChoice;
use super::writing::{WritingSwitches, auto_reply, single_keys};
use crate::features::alerts::notifications::notification_switch;
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

/// Returns the id of a section's panel.
pub fn id_of(section: SettingsSection) -> &'static str {
    match section {
        SettingsSection::Account => "settings-account",
        SettingsSection::Look => "settings-look",
        SettingsSection::Sounds => "settings-sounds",
        SettingsSection::Notifications => "settings-notifications",
        SettingsSection::Writing => "settings-writing",
        SettingsSection::Privacy => "settings-privacy",
        SettingsSection::Devices => "settings-devices",
        SettingsSection::Keys => "settings-keys",
        SettingsSection::Data => "settings-data",
    }
}

/// Returns the title of a section, the name of its tab.
pub fn title(section: SettingsSection) -> TextBinding {
    match section {
        SettingsSection::Account => said!(own_account.title),
        SettingsSection::Look => said!(settings.look),
        SettingsSection::Sounds => said!(settings.sounds),
        SettingsSection::Notifications => said!(sections.notifications),
        SettingsSection::Writing => said!(settings.writing),
        SettingsSection::Privacy => said!(privacy.title),
        SettingsSection::Devices => said!(settings.devices),
        SettingsSection::Keys => said!(keys.title),
        SettingsSection::Data => said!(leaving.title),
    }
}

/// Returns other names of a section, by which a search finds all of it.
pub fn also(i18n: Texts, section: SettingsSection) -> WordBinding {
    word(move || match section {
        SettingsSection::Sounds => Some(t_string!(i18n, sections.also.sounds)),
        SettingsSection::Notifications => Some(t_string!(i18n, sections.also.notifications)),
        SettingsSection::Devices => Some(t_string!(i18n, sections.also.devices)),
        SettingsSection::Data => Some(t_string!(i18n, sections.also.data)),
        SettingsSection::Privacy => Some(t_string!(i18n, sections.also.privacy)),
        SettingsSection::Keys => Some(t_string!(i18n, sections.also.keys)),
        SettingsSection::Account | SettingsSection::Look | SettingsSection::Writing => None,
    })
}

/// Renders the content of a section with its heading. `frame` is the dialog.
pub fn content(section: SettingsSection, frame: DialogRef) -> ErasedView {
    let session = use_session();
    match section {
        // The parts of these sections have their headings.
        SettingsSection::Account => view! {
            {profile_row(session, frame)}
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
        SettingsSection::Keys => headed(section, keys(session, frame)),
    }
}

/// Row that leads to the own profile, whose fields are no settings but are looked for among them.
fn profile_row(session: Session, frame: DialogRef) -> ErasedView {
    let open = move |_| {
        dialog::close(frame);
        session.list_dialog.set(ListDialog::Profile);
    };
    view! {
        <div class="setting-row" data-also=said!(sections.also.profile)>
            <span class="grow">{said!(sections.profile)}</span>
            {button(said!(identity.profile), handler(open))}
        </div>
    }
    .client_only()
}

fn headed(section: SettingsSection, content: ErasedView) -> ErasedView {
    view! {
        {heading(title(section))}
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

/// Switches for writing, and the button that opens the quick texts in the place of the settings.
fn writing(session: Session, frame: DialogRef) -> ErasedView {
    let open = move |_| {
        dialog::close(frame);
        session.list_dialog.set(ListDialog::QuickTexts);
    };
    view! {
        <WritingSwitches />
        {(!session.is_of_demo()).then(auto_reply)}
        {button(said!(quick.title), handler(open))}
    }
    .client_only()
}

/// Switch for single keys, and the button that opens the sheet of keys in the place of the settings.
fn keys(session: Session, frame: DialogRef) -> ErasedView {
    let open = move |_| {
        dialog::close(frame);
        session.list_dialog.set(ListDialog::Keys);
    };
    view! {
        {single_keys()}
        {button(said!(keys.title), handler(open))}
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
