//! All dialogs of the page, in a chunk of their own, because chatting needs none of them.

use super::list::ListDialogs;
use crate::browser::steps;
use crate::features::contacts::add_contact::AddContact;
use crate::features::groups::dialogs::GroupDialogs;
use crate::features::settings::dialog::SettingsDialog;
use crate::features::settings::renewal_dialog::RenewalDialog;
use crate::prelude::*;
use crate::store::arrangement::ListDialog;
use crate::store::groups::GroupDialog;
use crate::store::renewal::Renewal;

/// Renders the dialogs, from the first opened one on. `are_settings_open` is cleared when the settings close.
pub fn dialogs(are_settings_open: RwSignal<bool>) -> ErasedView {
    let session = use_session();
    steps::follow(are_settings_open, false);
    steps::follow(session.relations.is_adding, false);
    steps::follow(session.groups.dialog, GroupDialog::Closed);
    steps::follow(session.list_dialog, ListDialog::Closed);
    let is_wanted = move || {
        are_settings_open.get()
            || session.relations.is_adding.get()
            || session.renewal.get() != Renewal::Nothing
            || session.groups.dialog.get() != GroupDialog::Closed
            || session.list_dialog.with(|dialog| *dialog != ListDialog::Closed)
    };
    load_view_when(is_wanted, move || all_dialogs(are_settings_open))
}

lazy_view! {
    dialogs:
    pub fn all_dialogs(are_settings_open: RwSignal<bool>) {
        view! {
            <SettingsDialog is_open=are_settings_open />
            <AddContact />
            <RenewalDialog />
            <GroupDialogs />
            <ListDialogs />
        }
        .client_only()
    }
}
