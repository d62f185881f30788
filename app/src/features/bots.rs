//! Bots in the page (`messenger.md` 7): their group at the end of the contact list, and the bar over the log of a conversation with a bot
//! that cannot answer. Their messages have their own mark (`message_row`).

use leptos::task::spawn_local;
use protocol::client::RowKind;

use super::contacts::list_section::group;
use crate::browser::timer;
use crate::store::arrangement::SectionKind;
use crate::store::conversation::Conversation;
use crate::store::roster::{SLEEPING, UNAVAILABLE, VisibleRows, is_bot};
use crate::ui::prelude::*;
use crate::ui::when;

/// Interval at which the bot of the open conversation is checked.
const POLL_MS: u32 = 20_000;

lazy_view! {
    home:
    /// Renders the group of bots at the end of the list.
    pub fn bots(shown: Memo<VisibleRows>) {
        let session = use_session();
        use_i18n().add_lazy_texts();
        // The list is loaded whenever the presence connection opens, because the session may be another one. No request is sent before
        // that.
        Effect::new(move |_| {
            if session.presence_openings.get() > 0 {
                session.run(State::load_bots);
            }
        });
        Effect::new(move |_| {
            if has_line_of_bot(session) {
                session.run(State::load_bots);
            }
        });
        view! {
            <div role="tree" aria-label=said!(bots.group) hidden=switch(move || shown.with(|shown| shown.bots.is_empty()))>
                {group(shown, SectionKind::Bots, usize::MAX)}
            </div>
        }
        .client_only()
    }
}

/// Returns `true` if the newest row of the open conversation is the notice of a bot that gives no answer.
fn has_line_of_bot(session: Session) -> bool {
    let Some(conversation) = session.current.get() else { return false };
    let newest = conversation.rows.with(|rows| rows.last().copied());
    newest.is_some_and(|handle| {
        handle.row.with_untracked(|row| is_bot(&row.sender) && matches!(row.kind, RowKind::System { .. }))
    })
}

lazy_view! {
    home:
    /// Bar that says that the bot cannot answer, and when it can.
    pub fn bot_bar(conversation: Conversation, name: Signal<String>) {
        let (session, i18n) = (use_session(), use_i18n());
        i18n.add_lazy_texts();
        let person = conversation.partner().and_then(|partner| session.roster.person(&partner));
        let is_here = StoredValue::new(());
        spawn_local(async move {
            while is_here.try_get_value().is_some() {
                session.run(State::load_bots);
                timer::wait(POLL_MS).await;
            }
        });
        let rest = Memo::new(move |_| person.map_or("", |person| person.with(|person| person.rest)));
        choice(move || {
            let words = match rest.get() {
                SLEEPING => {
                    let time = when::time(i18n, session.home.bots_wake_at.get());
                    t_string!(i18n, bots.sleeps_until, name = name.get(), time = time)
                }
                UNAVAILABLE => t_string!(i18n, bots.rests, name = name.get()),
                _ => return ().erase(),
            };
            view! { <div class="bar" data-kind="info">{icon("ic-info", "14")} <span>{words}</span></div> }.client_only()
        })
        .client_only()
    }
}
