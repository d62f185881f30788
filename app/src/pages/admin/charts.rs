//! Charts of `/admin`: readings of the last day, series of drops, returns, refusals, loops and wakes among them, and durations of writes.
//! A chart says its scale in texts around the drawing; its caption has the same numbers in words.

use protocol::operation::series::Series;
use protocol::words::event::Millis;
use protocol::words::limits::READINGS_MS;

use super::content::{AdminPage, Point};
use crate::prelude::*;

/// Interval of the readings, each of which is one bar.
pub const READING_MS: Millis = 300_000;
const READINGS: u64 = READINGS_MS / READING_MS;
/// Height of a chart, in its own units.
const CHART: u64 = 60;
/// Marks of a chart of the last day before the present. The unit is the same in all languages.
const DAY_AGO: &str = "−24\u{a0}h";
const HALF_A_DAY_AGO: &str = "−12\u{a0}h";
/// Mark of the durations above all bounds.
const LONGER: &str = "…";

/// Values with the bars at which they stand.
pub type Bars = Vec<(u64, u64)>;

/// Readings of the last day; a counter has its growth.
pub struct Day {
    pub sockets: Bars,
    pub messages: Bars,
    /// Refusals by limits.
    pub refused: Bars,
    /// Connections that were dropped or fell behind.
    pub dropped: Bars,
    /// Growth of every series.
    series: Vec<(u64, Vec<u64>)>,
}

impl Day {
    /// Returns the readings of a page.
    pub fn of(page: &AdminPage) -> Self {
        let steps = |of: fn(&Point) -> u64| -> Bars {
            let step = |pair: &[Point]| match pair {
                [before, last] => Some((place(page, last.at)?, of(last).saturating_sub(of(before)))),
                _ => None,
            };
            page.points.windows(2).filter_map(step).collect()
        };
        let series = growth(page);
        Self {
            sockets: page.points.iter().filter_map(|it| Some((place(page, it.at)?, it.sockets))).collect(),
            messages: steps(|it| it.messages),
            refused: steps(|it| it.refused),
            dropped: sums(Series::DROPS, &series),
            series,
        }
    }
}

/// Chart: bars with their scale, and a summary in words.
pub struct Chart {
    title: &'static str,
    words: String,
    width: u64,
    path: String,
    most: u64,
    /// Texts below the drawing, from its beginning to its end.
    marks: Vec<String>,
    /// Each bar has a mark; else the marks are at both ends and in the middle.
    is_each_marked: bool,
}

impl Chart {
    /// Makes a chart of the last day, with bars at their times.
    fn of_day(t: ServerTexts, title: &'static str, bars: &[(u64, u64)]) -> Self {
        let (last, most) = (bars.last().map_or(0, |(_, value)| *value), most(bars));
        let words = format!("{} {last}, {} {most}", t_string!(t, admin.lately), t_string!(t, admin.most));
        let words = t_string!(t, conversation.named, name = title, words = words);
        let marks = [DAY_AGO, HALF_A_DAY_AGO, t_string!(t, admin_charts.now)].map(str::to_owned).into();
        Self { title, words, width: READINGS, path: path(bars), most, marks, is_each_marked: false }
    }

    /// Makes a chart of several series, whose bars are their sums. The summary lists each of them, because the bars do not tell them apart.
    fn of_series(t: ServerTexts, title: &'static str, series: &[Series], growth: &[(u64, Vec<u64>)]) -> Self {
        let total = |one: &Series| {
            let total: u64 = growth.iter().map(|(_, grown)| one.of(grown)).sum();
            format!("{} {total}", series_words(t, *one))
        };
        let totals: Vec<String> = series.iter().map(total).collect();
        let chart = Self::of_day(t, title, &sums(series, growth));
        let total = t_string!(t, admin_charts.total);
        let total = t_string!(t, conversation.named, name = total, words = totals.join(", "));
        let words = format!("{}. {total}", chart.words);
        Self { words, ..chart }
    }

    /// Makes a chart of counts by duration. The summary lists all of them, because the longest durations alone would mislead.
    fn of_durations(t: ServerTexts, title: &'static str, counts: &[(Option<Millis>, u64)]) -> Self {
        let bars: Bars = (0..).zip(counts.iter().map(|(_, count)| *count)).collect();
        let name = |bound: Option<Millis>| match bound {
            Some(ms) => t_string!(t, admin_charts.up_to, time = duration(ms)),
            None => t_string!(t, admin_charts.longer).to_owned(),
        };
        let words: Vec<String> = counts.iter().map(|(bound, count)| format!("{} {count}", name(*bound))).collect();
        let mark = |(bound, _): &(Option<Millis>, u64)| bound.map_or_else(|| LONGER.to_owned(), duration);
        Self {
            title,
            words: t_string!(t, conversation.named, name = title, words = words.join(", ")),
            width: counts.len() as u64,
            path: path(&bars),
            most: most(&bars),
            marks: counts.iter().map(mark).collect(),
            is_each_marked: true,
        }
    }
}

/// Returns a duration with its unit, which is the same in all languages.
fn duration(ms: Millis) -> String {
    if ms < 1_000 { format!("{ms}\u{a0}ms") } else { format!("{}\u{a0}s", ms / 1_000) }
}

/// Returns the sums of several series.
fn sums(series: &[Series], growth: &[(u64, Vec<u64>)]) -> Bars {
    growth.iter().map(|(at, grown)| (*at, series.iter().map(|one| one.of(grown)).sum::<u64>())).collect()
}

fn most(bars: &[(u64, u64)]) -> u64 {
    bars.iter().map(|(_, value)| *value).max().unwrap_or(0)
}

/// Returns the bars as an SVG path; the highest bar fills the height.
fn path(bars: &[(u64, u64)]) -> String {
    let most = most(bars).max(1);
    let bars = bars.iter().filter(|(_, value)| *value > 0);
    bars.map(|(at, value)| format!("M{at}.5 {CHART}V{}", height(*value, most))).collect()
}

/// Returns the values as the path of a line, which breaks where a reading is missing. A reading without neighbours is a dot.
fn line(bars: &[(u64, u64)]) -> String {
    let most = most(bars).max(1);
    let mut before: Option<u64> = None;
    let point = |(at, value): &(u64, u64)| {
        let is_next = before.is_some_and(|before| before + 1 >= *at);
        before = Some(*at);
        let y = height(*value, most);
        if is_next { format!("L{at}.5 {y}") } else { format!("M{at}.5 {y}h0") }
    };
    bars.iter().map(point).collect()
}

/// Returns the distance of a value from the top of a chart.
fn height(value: u64, most: u64) -> u64 {
    CHART - (value * CHART).div_ceil(most)
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
fn series_charts(t: ServerTexts, growth: &[(u64, Vec<u64>)]) -> Vec<Chart> {
    if growth.is_empty() {
        return Vec::new();
    }
    vec![
        Chart::of_series(t, t_string!(t, admin_charts.drops), Series::DROPS, growth),
        Chart::of_series(t, t_string!(t, admin_charts.returns), Series::RETURNS, growth),
        Chart::of_series(t, t_string!(t, admin_charts.refusals), Series::REFUSALS, growth),
        Chart::of_series(t, t_string!(t, admin_trouble.loops), Series::LOOPS, growth),
        Chart::of_series(t, t_string!(t, admin_trouble.wakes), Series::WAKES, growth),
    ]
}

/// Returns the charts of the last day; none without readings.
pub fn day_charts(t: ServerTexts, day: &Day) -> Vec<Chart> {
    if day.sockets.is_empty() {
        return Vec::new();
    }
    let mut charts = vec![
        Chart::of_day(t, t_string!(t, admin.messages_chart), &day.messages),
        Chart::of_day(t, t_string!(t, admin.sockets_chart), &day.sockets),
        Chart::of_day(t, t_string!(t, admin.refused_chart), &day.refused),
    ];
    charts.extend(series_charts(t, &day.series));
    charts
}

/// Returns the chart of writes; `None` before the first write.
pub fn commits_chart(t: ServerTexts, page: &AdminPage) -> Option<Chart> {
    let is_any = page.commits.iter().any(|(_, count)| *count > 0);
    is_any.then(|| Chart::of_durations(t, t_string!(t, admin.commits_chart), &page.commits))
}

/// The charts, in the section of the present state.
#[component]
pub fn LastDay(t: ServerTexts, charts: Vec<Chart>, commits: Option<Chart>) -> impl IntoView {
    let no_readings = charts.is_empty().then(|| view! { <p>{t_string!(t, admin.no_readings)}</p> });
    view! {
        <h3>{t_string!(t, admin.last_day)}</h3>
        {no_readings}
        {charts.into_iter().chain(commits).map(|chart| view! { <ChartFigure chart /> }).collect::<Vec<_>>()}
    }
}

#[component]
fn ChartFigure(chart: Chart) -> impl IntoView {
    let Chart { title, words, width, path, most, marks, is_each_marked } = chart;
    let marks: Vec<_> = marks.into_iter().map(|mark| view! { <span>{mark}</span> }).collect();
    let kind = if is_each_marked { "each" } else { "ends" };
    // A screen reader has the numbers of the scale from the caption.
    view! {
        <figure class="admin-chart">
            <div class="admin-scale" aria-hidden="true">
                <span>{most.to_string()}</span>
                <span>"0"</span>
            </div>
            <svg viewBox=format!("0 0 {width} {CHART}") preserveAspectRatio="none" role="img" aria-label=title>
                <path d=path />
            </svg>
            <div class="admin-marks" data-kind=kind aria-hidden="true">
                {marks}
            </div>
            <figcaption>{words}</figcaption>
        </figure>
    }
}

/// Line of the last day beside a figure. The chart of the same readings says it in words.
#[component]
pub fn Sparkline(history: Bars) -> impl IntoView {
    // The margin keeps the line whole at its highest and lowest values.
    let frame = format!("0 -4 {READINGS} {}", CHART + 8);
    view! {
        <svg class="admin-line" viewBox=frame preserveAspectRatio="none" aria-hidden="true">
            <path d=line(&history) />
        </svg>
    }
}
