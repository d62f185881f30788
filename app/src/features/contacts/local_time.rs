//! Local time of a person who is away, in the bar that says so, if the person shares it (`ux.md` 1.3, `settings.md` 2). The file also has
//! the switch that shares one's own local time.

use leptos::task::spawn_local;

use crate::browser::timer;
use crate::ui::prelude::*;

/// Interval at which the time is checked.
const POLL_MS: u32 = 5_000;

lazy_view! {
    talk:
    /// Local time of a person, while the person is away.
    pub fn local_time(user: String, name: Signal<String>) {
        let i18n = use_i18n();
        let time = time_of(&user);
        let said = move |time: String| format!(" {}", t_string!(i18n, talk.local_time, name = name.get(), time = time));
        text(move || time.get().map(said).unwrap_or_default()).client_only()
    }
}

/// Returns the local time of a person, once it is known that the person shares it.
pub fn time_of(user: &str) -> Memo<Option<String>> {
    let (session, i18n) = (use_session(), use_i18n());
    let (zone, now) = (RwSignal::new(String::new()), RwSignal::new(clock::now_ms()));
    // The view that asked may be gone when the answer comes.
    session.ask_zone(user, move |answer| drop(zone.try_set(answer)));
    spawn_local(async move {
        while now.try_set(clock::now_ms()).is_none() {
            timer::wait(POLL_MS).await;
        }
    });
    Memo::new(move |_| {
        let zone = zone.get();
        if zone.is_empty() { None } else { clock::time_in(now.get(), &zone, i18n.locale().as_str()) }
    })
}

/// The switch, once the server has sent the setting.
pub fn local_time_switch() -> ErasedView {
    let session = use_session();
    let zone = RwSignal::new(None::<String>);
    let came = move |own: String| drop(zone.try_set(Some(own)));
    session.own_zone(came);
    let is_on = move || zone.with(|zone| zone.as_ref().is_some_and(|zone| !zone.is_empty()));
    let row = move || {
        let turn = handler(move |_| session.send_zone(!untrack(is_on), came));
        switch_row("tells-time", said!(privacy.local_time), is_on, turn)
    };
    when(move || zone.with(Option::is_some), row)
}
