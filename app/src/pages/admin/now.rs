//! Present state on `/admin`: figures, with a line of the last day where they have a history, and the conversations with most open connections.

use super::charts::{Bars, Day, Sparkline};
use super::content::AdminPage;
use super::elements::Counts;
use crate::pages::moderation::room_name;
use crate::prelude::*;

/// Figure of the present state.
pub struct Figure {
    label: String,
    value: String,
    /// The last day; empty for a figure that the readings do not have (`messagehub.md` 9).
    history: Bars,
}

impl Figure {
    fn of(label: &str, value: impl ToString) -> Self {
        Self { label: label.to_owned(), value: value.to_string(), history: Bars::new() }
    }

    /// Makes a figure whose value is the growth of the last five minutes; `None` before there are two readings.
    fn of_growth(label: &str, history: &Bars) -> Option<Self> {
        let (_, value) = history.last()?;
        Some(Self { history: history.clone(), ..Self::of(label, value) })
    }
}

pub fn figures(t: ServerTexts, page: &AdminPage, day: &Day) -> Vec<Figure> {
    let [accounts, guests, rooms] = page.known;
    let all: u64 = page.sockets.iter().map(|(_, count)| count).sum();
    let open = t_string!(t, admin.sockets);
    let mut figures = vec![Figure { history: day.sockets.clone(), ..Figure::of(open, all) }];
    figures.extend(page.sockets.iter().map(|(door, count)| Figure::of(&format!("{open} ({door})"), count)));
    figures.push(Figure::of(t_string!(t, admin.live), page.live));
    let growing = [
        (t_string!(t, admin.rate), &day.messages),
        (t_string!(t, admin_now.refused), &day.refused),
        (t_string!(t, admin_now.dropped), &day.dropped),
    ];
    figures.extend(growing.into_iter().filter_map(|(label, history)| Figure::of_growth(label, history)));
    let quota = page.quota.map(|(used, limit)| format!("{used} / {limit}"));
    figures.extend([
        Figure::of(t_string!(t, admin.outbox), page.outbox),
        Figure::of(t_string!(t, admin.dead_letters), page.dead_letters),
        Figure::of(t_string!(t, admin.unreadable), page.unreadable),
        Figure::of(t_string!(t, admin.quota), quota.unwrap_or_else(|| "?".to_owned())),
        Figure::of(t_string!(t, admin.accounts), accounts),
        Figure::of(t_string!(t, admin.guests), guests),
        Figure::of(t_string!(t, admin.rooms), rooms),
    ]);
    figures
}

/// Figures and the busiest conversations.
#[component]
pub fn Now(t: ServerTexts, figures: Vec<Figure>, busiest: Vec<(String, u64)>) -> impl IntoView {
    let figures: Vec<ErasedView> = figures.into_iter().map(shown).collect();
    let busiest = (!busiest.is_empty()).then(|| view! { <Busiest t busiest /> });
    view! {
        <dl class="admin-now">{figures}</dl>
        {busiest}
    }
}

fn shown(figure: Figure) -> ErasedView {
    let Figure { label, value, history } = figure;
    let value = if history.is_empty() {
        view! { <dd>{value}</dd> }.erase()
    } else {
        view! { <dd>{value} <Sparkline history /></dd> }.erase()
    };
    view! {
        <div>
            <dt>{label}</dt>
            {value}
        </div>
    }
    .erase()
}

#[component]
fn Busiest(t: ServerTexts, busiest: Vec<(String, u64)>) -> impl IntoView {
    // The log of a public room has the name of the room; other logs have their addresses.
    let named = |(log, count): (String, u64)| match log.strip_prefix("rm:") {
        Some(room) if room_name(t, room) != room => (room_name(t, room), count),
        _ => (log, count),
    };
    let busiest: Vec<_> = busiest.into_iter().map(named).collect();
    view! {
        <h3>{t_string!(t, admin.busiest)}</h3>
        <Counts heads=[t_string!(t, admin.conversation), t_string!(t, admin.sockets)] counts=busiest />
    }
}
