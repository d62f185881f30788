//! Final tables: goals with marks, all servers side by side, faults. The same data goes into a JSON file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::goals::{GOALS, Goal, SIDE_GOALS};
use crate::results::{Entry, Results};
use crate::scenario::Scenario;
use crate::server::Kind;
use crate::stats::Spread;

/// Returns the tables as Markdown.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    push_goals(&mut text, results);
    push_changes(&mut text, results);
    push_servers(&mut text, results);
    push_faults(&mut text, results);
    text
}

fn push_goals(text: &mut String, results: &Results) {
    let standings: Vec<_> = GOALS.iter().filter_map(|goal| Some((goal, results.standing(goal)?))).collect();
    if standings.is_empty() {
        return;
    }
    text.push_str(
        "\n| Goal | compared with | min | median | max | must | | moonshot |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (goal, standing) in standings {
        let Spread { min, median, max } = standing.spread;
        let mark = if standing.is_reached { "pass" } else { "**falls short**" };
        let noisy = if standing.is_noisy { " ~" } else { "" };
        let bound = if standing.is_client_bound { " !" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {mark}{noisy}{bound} | {} |",
            goal.title,
            goal.reference.map_or("–", Kind::name),
            number(min),
            number(median),
            number(max),
            goal.must.text(),
            moonshots(goal, results, median),
        );
    }
    text.push_str("\n~ others used the machine meanwhile · ! the client was close to its own limit\n");
}

fn moonshots(goal: &Goal, results: &Results, median: f64) -> String {
    let own = goal.moonshot.map(|bound| format!("{} {}", bound.text(), mark(bound.holds(median))));
    let side = SIDE_GOALS.iter().filter(|side| side.scenario == goal.scenario).filter_map(|side| {
        let standing = results.standing(side)?;
        let reference = side.reference.map_or("", Kind::name);
        let found = number(standing.spread.median);
        Some(format!("{} × {reference} {} ({found})", side.must.text(), mark(standing.is_reached)))
    });
    own.into_iter().chain(side).collect::<Vec<_>>().join("; ")
}

fn mark(is_reached: bool) -> &'static str {
    if is_reached { "yes" } else { "no" }
}

/// Appends the product's figures divided by those of the build before, if that took part.
fn push_changes(text: &mut String, results: &Results) {
    let is_before = |entry: &&Entry| entry.server == Kind::ProductBefore;
    let measured =
        results.entries.iter().filter(is_before).filter_map(|entry| Some((entry, entry.outcome.as_ref().ok()?)));
    let figures: BTreeSet<_> =
        measured.flat_map(|(entry, found)| found.figures.keys().map(|figure| (entry.scenario, *figure))).collect();
    if figures.is_empty() {
        return;
    }
    text.push_str("\n| product ÷ product-before | figure | min | median | max |\n|---|---|---|---|---|\n");
    for (scenario, figure) in figures {
        let ratios = results.ratios(scenario, figure, Kind::Product, Kind::ProductBefore);
        if let Some(Spread { min, median, max }) = Spread::of(&ratios) {
            let [min, median, max] = [min, median, max].map(number);
            let _ = writeln!(text, "| {} | {} | {min} | {median} | {max} |", scenario.name(), figure.replace('_', " "));
        }
    }
}

fn push_servers(text: &mut String, results: &Results) {
    text.push_str("\n| Scenario | server | figures (median of rounds) | CPU of the client, of others (cores) |\n|---|---|---|---|\n");
    for scenario in Scenario::ALL {
        for server in scenario.servers() {
            let entries =
                || results.entries.iter().filter(|entry| entry.scenario == scenario && entry.server == *server);
            let good: Vec<_> = entries().filter_map(|entry| entry.outcome.as_ref().ok()).collect();
            for failure in entries().filter_map(|entry| entry.outcome.as_ref().err()) {
                let _ = writeln!(text, "| {} | {} | failed: {failure} | |", scenario.name(), server.name());
            }
            let Some(first) = good.first() else {
                continue;
            };
            let median = |values: Vec<f64>| Spread::of(&values).map_or(0.0, |spread| spread.median);
            let figures = first.figures.keys().map(|figure| {
                format!("{} {}", figure.replace('_', " "), number(median(results.figures(scenario, *server, figure))))
            });
            let client = median(good.iter().map(|found| found.cpu.client_cores).collect());
            let others = median(good.iter().map(|found| found.cpu.others_cores).collect());
            let figures = figures.collect::<Vec<_>>().join(", ");
            let _ =
                writeln!(text, "| {} | {} | {figures} | {client:.2}, {others:.2} |", scenario.name(), server.name());
        }
    }
}

fn push_faults(text: &mut String, results: &Results) {
    text.push_str("\n| Server | lost | duplicated | reordered |\n|---|---|---|---|\n");
    for server in Kind::ALL.into_iter().filter(|kind| results.entries.iter().any(|entry| entry.server == *kind)) {
        let faults = results.faults(server);
        let _ =
            writeln!(text, "| {} | {} | {} | {} |", server.name(), faults.lost, faults.duplicated, faults.reordered);
    }
}

/// Formats a number with three significant digits and separated thousands.
pub fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 9.995 {
        return format!("{value:.2}");
    }
    if value.abs() < 99.95 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

/// Path of the last results, from the root of the repository.
pub const LATEST: &str = "target/bench/latest.json";

/// Writes all results to a new file in `target/bench/`, and returns its path.
pub fn save(results: &Results, root: &Path, about: Value) -> Result<PathBuf> {
    let goal = |goal: &Goal| {
        let standing = results.standing(goal)?;
        let Spread { min, median, max } = standing.spread;
        Some(json!({
            "title": goal.title, "scenario": goal.scenario.name(), "figure": goal.figure,
            "reference": goal.reference.map(Kind::name), "must": goal.must.text(),
            "min": min, "median": median, "max": max, "reached": standing.is_reached,
            "noisy": standing.is_noisy, "client_bound": standing.is_client_bound,
        }))
    };
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let value = json!({
        "about": about,
        "saved_at_s": seconds,
        "goals": GOALS.iter().filter_map(goal).collect::<Vec<_>>(),
        "side_goals": SIDE_GOALS.iter().filter_map(goal).collect::<Vec<_>>(),
        "measurements": results.json(),
    });
    let latest = root.join(LATEST);
    let file = latest.with_file_name(format!("{seconds}.json"));
    std::fs::create_dir_all(latest.parent().context("the results have no folder")?)?;
    let text = serde_json::to_string_pretty(&value)?;
    std::fs::write(&file, &text)?;
    std::fs::write(latest, &text)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_matter() {
        let texts = [0.0, 0.934, 1.0, 9.99, 12.34, 123.4, 4_400.0, 144_000.0].map(number);
        assert_eq!(texts, ["0", "0.93", "1.00", "9.99", "12.3", "123", "4,400", "144,000"]);
    }
}
