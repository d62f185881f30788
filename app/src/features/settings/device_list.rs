//! Devices on which the person is signed in, in the settings. Each can be signed out (`sign-in.md` 2).

use super::rows::heading;
use crate::store::devices::{SignedInDevice, names_of};
use crate::ui::prelude::*;

/// The list, which loads itself when it is shown.
#[component]
pub fn DeviceList() -> impl IntoView {
    let session = use_session();
    Effect::new(move |_| session.run(State::load_devices));
    let has_others = move || session.devices.with(|devices| devices.iter().any(|device| !device.current));
    view! {
        <fieldset class="setting" aria-label=said!(settings.devices)>
            {heading(said!(settings.devices))}
            <ul class="devices">{list_of(move || session.devices.get(), row)}</ul>
            {when(has_others, others)}
        </fieldset>
    }
}

fn others() -> ErasedView {
    let session = use_session();
    button(said!(own_account.others), handler(move |_| session.run(State::end_other_devices))).client_only()
}

fn row(device: SignedInDevice) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let SignedInDevice { id, user_agent, last_seen_at, current } = device;
    let name = move || device_name(i18n, &user_agent);
    let language = move || session.settings.language.get();
    let seen = move || match current {
        true => t_string!(i18n, settings.this_device).to_owned(),
        false => {
            let (date, time) =
                (clock::date_text(last_seen_at, &language()), clock::time_text(last_seen_at, &language()));
            t_string!(i18n, settings.last_seen, date = date, time = time)
        }
    };
    let end = if current {
        button(said!(identity.sign_out), handler(move |_| session.sign_out())).client_only()
    } else {
        let name = name.clone();
        row_button(
            None,
            said!(settings.sign_out_one),
            said!(settings.sign_out_device, name = name()),
            handler(move |_| session.run_for(&id, State::end_device)),
        )
        .client_only()
    };
    view! {
        <li class="setting-row">
            <span class="grow">
                <b><bdi>{text(name)}</bdi></b>
                " "
                <small class="setting-note">{text(seen)}</small>
            </span>
            {end}
        </li>
    }
    .client_only()
}

pub fn device_name(i18n: Texts, user_agent: &str) -> String {
    match names_of(user_agent) {
        (program, _) if program.is_empty() => t_string!(i18n, settings.unknown_device).to_owned(),
        (program, Some(system)) => t_string!(i18n, settings.program_on, program = program, system = system),
        (program, None) => program,
    }
}
