//! Nudge button, with a ring and the remaining seconds while the server's limit holds.

use protocol::words::event::Millis;

use crate::store::conversation::Conversation;
use crate::ui::prelude::*;

#[component]
pub fn NudgeButton(conversation: Conversation) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let wait_s = conversation.nudge_wait_s;
    let is_cooling = Memo::new(move |_| wait_s.get() > 0);
    let label = move || match wait_s.get() {
        0 => t_string!(i18n, composer.nudge).to_owned(),
        seconds => t_string!(i18n, composer.nudge_wait, count = seconds),
    };
    let left = move || format!("{} 100", left_percent(wait_s.get(), session.limits.nudge_window_ms));
    let nudge = move |_| {
        session.run_for(&conversation.room_id(), State::nudge);
        // A button that becomes disabled would lose the focus.
        dom::focus(".editor");
    };
    view! {
        <button
            class="fmt"
            type="button"
            aria-label=text(label)
            disabled=switch(move || is_cooling.get())
            on:click=handler(nudge)
        >
            {choice(move || if is_cooling.get() {
                view! {
                    <svg class="ring" viewBox="0 0 18 18" aria-hidden="true">
                        <circle class="ring-track" cx="9" cy="9" r="7" />
                        <circle class="ring-left" cx="9" cy="9" r="7" pathLength="100" stroke-dasharray=text(left) />
                    </svg>
                    <span class="fmt-word">{text(move || wait_s.get().to_string())}</span>
                }
                .client_only()
            } else {
                let word = said!(composer.nudge);
                view! { {icon("ic-nudge", "16")} <span class="fmt-word">{word}</span> }.client_only()
            })}
        </button>
    }
    .client_only()
}

/// Returns the rest of a wait in percent of a full ring. The full ring stands for the longest wait under the deployment's rate.
fn left_percent(wait_s: u32, window_ms: Millis) -> u64 {
    let full_s = (window_ms / 1_000).max(1);
    u64::from(wait_s).min(full_s) * 100 / full_s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_follows_the_rate_of_the_deployment() {
        assert_eq!((left_percent(6, 10_000), left_percent(6, 60_000)), (60, 10));
        assert_eq!((left_percent(90, 60_000), left_percent(0, 60_000)), (100, 0), "never more than a ring");
        assert_eq!(left_percent(3, 0), 100, "nobody waits where there is no rate");
    }
}
