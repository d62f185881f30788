//! Ratios of a saved run, as `report.rs` writes them.

use anyhow::{Context, Result, bail};
use protocol::words::iso::iso_utc;
use serde_json::Value;

use crate::goals::Bound;
use crate::report::number;
use crate::stats::Spread;

/// Length of the date at the beginning of a time.
const DATE_BYTES: usize = "2026-11-28".len();

/// Ratio of the product's figure and another server's.
#[derive(Debug, PartialEq)]
pub struct Ratio {
    pub title: String,
    /// Server whose figure is 1.
    pub reference: String,
    /// Required bound.
    pub goal: Bound,
    /// Spread of the rounds.
    pub spread: Spread,
    /// Other processes used the machine.
    is_noisy: bool,
    /// The client's own limit may have affected a figure.
    is_client_bound: bool,
}

/// Saved run.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// Date, in UTC.
    pub date: String,
    pub rounds: u64,
    /// Cores of the machine.
    pub cores: u64,
    /// Ratios in the order of the goals.
    pub ratios: Vec<Ratio>,
}

impl Ratio {
    /// Returns true if the median reaches the goal.
    pub fn is_reached(&self) -> bool {
        self.goal.holds(self.spread.median)
    }

    /// Returns the median with the goal and the marks of the tables.
    pub fn text(&self) -> String {
        let noisy = if self.is_noisy { " ~" } else { "" };
        let bound = if self.is_client_bound { " !" } else { "" };
        format!("{} × {}, goal {}{noisy}{bound}", number(self.spread.median), self.reference, self.goal.text())
    }

    /// Reads a goal; `None` for a figure that is compared with no server.
    fn read(goal: &Value) -> Result<Option<Self>> {
        let Some(reference) = text(goal, "reference") else {
            return Ok(None);
        };
        let title = text(goal, "title").context("a goal has no title")?;
        let must = text(goal, "must").and_then(Bound::parse);
        let positive = |name: &str| {
            let value = goal.get(name).and_then(Value::as_f64).filter(|value| *value >= 0.0);
            value.with_context(|| format!("{title}: `{name}` is no ratio"))
        };
        let flag = |name: &str| goal.get(name).and_then(Value::as_bool).unwrap_or_default();
        Ok(Some(Self {
            title: title.to_owned(),
            reference: reference.to_owned(),
            goal: must.with_context(|| format!("{title}: `must` is no bound"))?,
            spread: Spread { min: positive("min")?, median: positive("median")?, max: positive("max")? },
            is_noisy: flag("noisy"),
            is_client_bound: flag("client_bound"),
        }))
    }
}

impl Run {
    /// Reads the file of a run. A quick run is refused, because it is no measurement.
    pub fn read(saved: &str) -> Result<Self> {
        let saved: Value = serde_json::from_str(saved).context("no JSON")?;
        let about = saved.get("about").context("no `about`")?;
        if text(about, "scale") != Some("Full") {
            bail!("a quick run is no measurement: run without `--quick`");
        }
        let count = |name: &str| about.get(name).and_then(Value::as_u64).with_context(|| format!("no `{name}`"));
        let seconds = saved.get("saved_at_s").and_then(Value::as_u64).context("no `saved_at_s`: measure again")?;
        let time = iso_utc(seconds.saturating_mul(1_000));
        let goals = ["goals", "side_goals"].into_iter().filter_map(|name| saved.get(name)?.as_array()).flatten();
        let ratios: Vec<Ratio> = goals.filter_map(|goal| Ratio::read(goal).transpose()).collect::<Result<_>>()?;
        if ratios.is_empty() {
            bail!("no goal was measured together with the server that it is compared with");
        }
        let date = time.get(..DATE_BYTES).context("no date")?.to_owned();
        Ok(Self { date, rounds: count("rounds")?, cores: count("cores")?, ratios })
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn saved(scale: &str, goals: &Value) -> String {
        let about = json!({"scale": scale, "rounds": 3, "cores": 2});
        json!({"about": about, "saved_at_s": 1_795_824_000_u64, "goals": goals, "side_goals": []}).to_string()
    }

    fn echo() -> Value {
        json!({"title": "echo", "reference": "limit-js-sql", "must": "≤ 1.15", "min": 1.0, "median": 1.1, "max": 1.2,
            "noisy": true, "client_bound": false})
    }

    #[test]
    fn ratios_are_read_and_plain_figures_left_out() {
        let lost = json!({"title": "lost", "reference": null, "must": "≤ 0", "min": 0.0, "median": 0.0, "max": 0.0});
        let run = Run::read(&saved("Full", &json!([echo(), lost]))).unwrap();
        assert_eq!((run.date.as_str(), run.rounds, run.cores, run.ratios.len()), ("2026-11-28", 3, 2, 1));
        let ratio = &run.ratios[0];
        assert_eq!((ratio.goal, ratio.is_reached()), (Bound::AtMost(1.15), true));
        assert_eq!(ratio.text(), "1.10 × limit-js-sql, goal ≤ 1.15 ~");
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        assert!(Run::read("").is_err());
        assert!(Run::read(&saved("Quick", &json!([echo()]))).is_err(), "quick");
        assert!(Run::read(&saved("Full", &json!([]))).is_err(), "nothing");
        for (name, wrong) in [("must", json!("about 1")), ("median", json!(null)), ("min", json!(-1))] {
            let mut goal = echo();
            goal[name] = wrong;
            assert!(Run::read(&saved("Full", &json!([goal]))).is_err(), "{name}");
        }
    }
}
