//! Charts of `/admin`: readings of the last day, and durations of writes.

use leptos::prelude::*;
use protocol::words::event::Millis;
use protocol::words::limits::READINGS_MS;

use super::content::{AdminPage, Point};
use crate::i18n::{ServerTexts, t_string};

/// Interval of the readings, each of which is one bar.
pub const READING_MS: Millis = 300_000;
const READINGS: u64 = READINGS_MS / READING_MS;
/// Height of a chart, in its own units.
const CHART: u64 = 60;

/// Chart: bars, and a summary in words.
pub struct Chart {
    title: &'static str,
    words: String,
    width: u64,
    path: String,
}

impl Chart {
    /// Makes a chart of the last day, with bars at their times.
    fn of_day(t: ServerTexts, title: &'static str, bars: &[(u64, u64)]) -> Self {
        let (last, most) = (bars.last().map_or(0, |(_, value)| *value), most(bars));
        let words = format!("{title}: {} {last}, {} {most}", t_string!(t, admin.lately), t_string!(t, admin.most));
        Self { title, words, width: READINGS, path: path(bars) }
    }

    /// Makes a chart of counts. The summary lists all of them, because the longest durations alone would mislead.
    fn of_counts(title: &'static str, counts: &[u64]) -> Self {
        let bars: Vec<(u64, u64)> = (0..).zip(counts.iter().copied()).collect();
        let words: Vec<String> = counts.iter().map(u64::to_string).collect();
        Self { title, words: format!("{title}: {}", words.join(", ")), width: counts.len() as u64, path: path(&bars) }
    }
}

fn most(bars: &[(u64, u64)]) -> u64 {
    bars.iter().map(|(_, value)| *value).max().unwrap_or(0)
}

/// Returns the bars as an SVG path; the highest bar fills the height.
fn path(bars: &[(u64, u64)]) -> String {
    let most = most(bars).max(1);
    let bars = bars.iter().filter(|(_, value)| *value > 0);
    bars.map(|(at, value)| format!("M{at}.5 {CHART}V{}", CHART - (value * CHART).div_ceil(most))).collect()
}

/// Returns the charts of the last day; none without readings.
pub fn day_charts(t: ServerTexts, page: &AdminPage) -> Vec<Chart> {
    let place = |at: Millis| (READINGS - 1).checked_sub(page.now.saturating_sub(at) / READING_MS);
    // A chart of a growing counter shows its differences.
    let steps = |of: fn(&Point) -> u64| -> Vec<(u64, u64)> {
        let step = |pair: &[Point]| match pair {
            [before, last] => Some((place(last.at)?, of(last).saturating_sub(of(before)))),
            _ => None,
        };
        page.points.windows(2).filter_map(step).collect()
    };
    let sockets: Vec<(u64, u64)> = page.points.iter().filter_map(|it| Some((place(it.at)?, it.sockets))).collect();
    if sockets.is_empty() {
        return Vec::new();
    }
    vec![
        Chart::of_day(t, t_string!(t, admin.messages_chart), &steps(|it| it.messages)),
        Chart::of_day(t, t_string!(t, admin.sockets_chart), &sockets),
        Chart::of_day(t, t_string!(t, admin.refused_chart), &steps(|it| it.refused)),
    ]
}

/// Returns the chart of writes; `None` before the first write.
pub fn commits_chart(t: ServerTexts, page: &AdminPage) -> Option<Chart> {
    let is_any = page.commits.iter().any(|count| *count > 0);
    is_any.then(|| Chart::of_counts(t_string!(t, admin.commits_chart), &page.commits))
}

/// Section of the charts.
#[component]
pub fn LastDay(t: ServerTexts, day: Vec<Chart>, commits: Option<Chart>) -> impl IntoView {
    let no_readings = day.is_empty().then(|| view! { <p>{t_string!(t, admin.no_readings)}</p> });
    view! {
        <h2>{t_string!(t, admin.last_day)}</h2>
        {no_readings}
        {day.into_iter().chain(commits).map(|chart| view! { <ChartFigure chart /> }).collect::<Vec<_>>()}
    }
}

#[component]
fn ChartFigure(chart: Chart) -> impl IntoView {
    let Chart { title, words, width, path } = chart;
    view! {
        <figure class="admin-chart">
            <svg viewBox=format!("0 0 {width} {CHART}") preserveAspectRatio="none" role="img" aria-label=title>
                <path d=path />
            </svg>
            <figcaption>{words}</figcaption>
        </figure>
    }
}
