//! Charts of `/admin`: readings of the last day, series of drops, returns, refusals, loops and wakes among them, and durations of writes.

use leptos::prelude::*;
use protocol::operation::series::Series;
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

    /// Makes a chart of several series, whose bars are their sums. The summary lists each of them, because the bars do not tell them apart.
    fn of_series(t: ServerTexts, title: &'static str, series: &[Series], growth: &[(u64, Vec<u64>)]) -> Self {
        let bar = |(at, grown): &(u64, Vec<u64>)| (*at, series.iter().map(|one| one.of(grown)).sum::<u64>());
        let bars: Vec<(u64, u64)> = growth.iter().map(bar).collect();
        let total = |one: &Series| {
            let total: u64 = growth.iter().map(|(_, grown)| one.of(grown)).sum();
            format!("{} {total}", series_words(t, *one))
        };
        let totals: Vec<String> = series.iter().map(total).collect();
        let chart = Self::of_day(t, title, &bars);
        let words = format!("{}. {}: {}", chart.words, t_string!(t, admin_charts.total), totals.join(", "));
        Self { words, ..chart }
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

fn series_words(t: ServerTexts, series: Series) -> &'static str {
    match series {
        Series::Slow => t_string!(t, admin_charts.slow),
        Series::Silent => t_string!(t, admin_charts.silent),
        Series::SessionOver => t_string!(t, admin_charts.session),
        Series::Flood => t_string!(t, admin_charts.flood),
        Series::Superseded => t_string!(t, admin_charts.superseded),
        Series::Resumed => t_string!(t, admin_charts.came_back),
        Series::Muted => t_string!(t, admin_charts.muted),
        Series::RoomClosed => t_string!(t, admin_charts.room_closed),
        Series::Banned => t_string!(t, admin_charts.banned),
        Series::Closed | Series::Refused => t_string!(t, admin_charts.others),
        Series::Looping => t_string!(t, admin_trouble.looping),
        Series::Woken => t_string!(t, admin_trouble.woken),
    }
}

/// Returns the bar of a time; `None` if it is older than the chart.
fn place(page: &AdminPage, at: Millis) -> Option<u64> {
    (READINGS - 1).checked_sub(page.now.saturating_sub(at) / READING_MS)
}

/// Returns the growth of every series between two readings that both have them, at the place of the later one.
fn growth(page: &AdminPage) -> Vec<(u64, Vec<u64>)> {
    let step = |pair: &[Point]| match pair {
        [before, last] if !before.series.is_empty() && !last.series.is_empty() => {
            let grown = |series: Series| series.growth(&before.series, &last.series);
            Some((place(page, last.at)?, Series::ALL.map(grown).to_vec()))
        }
        _ => None,
    };
    page.points.windows(2).filter_map(step).collect()
}

/// Returns the charts of series; none before two readings have their counts.
fn series_charts(t: ServerTexts, page: &AdminPage) -> Vec<Chart> {
    let growth = growth(page);
    if growth.is_empty() {
        return Vec::new();
    }
    vec![
        Chart::of_series(t, t_string!(t, admin_charts.drops), Series::DROPS, &growth),
        Chart::of_series(t, t_string!(t, admin_charts.returns), Series::RETURNS, &growth),
        Chart::of_series(t, t_string!(t, admin_charts.refusals), Series::REFUSALS, &growth),
        Chart::of_series(t, t_string!(t, admin_trouble.loops), Series::LOOPS, &growth),
        Chart::of_series(t, t_string!(t, admin_trouble.wakes), Series::WAKES, &growth),
    ]
}

/// Returns the charts of the last day; none without readings.
pub fn day_charts(t: ServerTexts, page: &AdminPage) -> Vec<Chart> {
    let place = |at: Millis| place(page, at);
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
    let mut charts = vec![
        Chart::of_day(t, t_string!(t, admin.messages_chart), &steps(|it| it.messages)),
        Chart::of_day(t, t_string!(t, admin.sockets_chart), &sockets),
        Chart::of_day(t, t_string!(t, admin.refused_chart), &steps(|it| it.refused)),
    ];
    charts.extend(series_charts(t, page));
    charts
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
        <h3>{t_string!(t, admin.last_day)}</h3>
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
