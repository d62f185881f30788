//! All measurements and their ratios. A ratio compares figures of the same round, which were taken minutes apart.

use serde_json::{Value, json};

use crate::counters::Faults;
use crate::goals::Goal;
use crate::measurement::Measurement;
use crate::scenario::Scenario;
use crate::server::Kind;
use crate::stats::Spread;

/// Measurement, or the reason why there is none.
pub struct Entry {
    /// Round, from 1.
    pub round: usize,
    pub scenario: Scenario,
    pub server: Kind,
    pub outcome: Result<Measurement, String>,
}

/// All entries of a run.
#[derive(Default)]
pub struct Results {
    /// Entries in order of measurement.
    pub entries: Vec<Entry>,
}

/// Progress of a goal.
pub struct Standing {
    /// Spread of the ratios of all rounds, or of the figures without a reference.
    pub spread: Spread,
    /// The median reaches the goal.
    pub is_reached: bool,
    /// Other processes used the machine in some round.
    pub is_noisy: bool,
    /// The client's own limit may have affected some figure.
    pub is_client_bound: bool,
}

impl Results {
    fn outcomes(&self, scenario: Scenario, server: Kind) -> impl Iterator<Item = (usize, &Measurement)> {
        let meant = move |entry: &&Entry| entry.scenario == scenario && entry.server == server;
        self.entries.iter().filter(meant).filter_map(|entry| Some((entry.round, entry.outcome.as_ref().ok()?)))
    }

    /// Returns the figures of all rounds.
    pub fn figures(&self, scenario: Scenario, server: Kind, figure: &str) -> Vec<f64> {
        self.outcomes(scenario, server).filter_map(|(_, found)| found.figures.get(figure).copied()).collect()
    }

    /// Returns `server`'s figure divided by `reference`'s, round by round.
    pub fn ratios(&self, scenario: Scenario, figure: &str, server: Kind, reference: Kind) -> Vec<f64> {
        let of = |measurement: &Measurement| measurement.figures.get(figure).copied();
        let ratio = |(round, own): (usize, &Measurement)| {
            let (_, other) = self.outcomes(scenario, reference).find(|(other, _)| *other == round)?;
            let (own, other) = (of(own)?, of(other)?);
            (other > 0.0).then_some(own / other)
        };
        self.outcomes(scenario, server).filter_map(ratio).collect()
    }

    /// Returns the progress of the product; `None` without a measurement.
    pub fn standing(&self, goal: &Goal) -> Option<Standing> {
        let subject = goal.scenario.subject();
        let values = match goal.reference {
            Some(reference) => self.ratios(goal.scenario, goal.figure, subject, reference),
            None => self.figures(goal.scenario, subject, goal.figure),
        };
        let spread = Spread::of(&values)?;
        let involved = || {
            let reference = goal.reference.into_iter().flat_map(|kind| self.outcomes(goal.scenario, kind));
            self.outcomes(goal.scenario, subject).chain(reference)
        };
        Some(Standing {
            spread,
            is_reached: goal.must.holds(spread.median),
            is_noisy: involved().any(|(_, measurement)| measurement.is_noisy()),
            is_client_bound: involved().any(|(_, measurement)| measurement.is_client_bound()),
        })
    }

    /// Returns all faults of a server.
    pub fn faults(&self, server: Kind) -> Faults {
        let own = self.entries.iter().filter(|entry| entry.server == server);
        let faults = own.filter_map(|entry| Some(entry.outcome.as_ref().ok()?.faults));
        faults.fold(Faults::default(), Faults::plus)
    }

    /// Returns the number of failed measurements, and of product rounds with lost, duplicate or reordered messages.
    pub fn failures(&self) -> usize {
        let is_broken = |entry: &&Entry| match &entry.outcome {
            Ok(measurement) => entry.server == entry.scenario.subject() && measurement.faults != Faults::default(),
            Err(_) => true,
        };
        self.entries.iter().filter(is_broken).count()
    }

    /// Returns all values for the file.
    pub fn json(&self) -> Value {
        let entry = |entry: &Entry| {
            let mut value = match &entry.outcome {
                Ok(measurement) => measurement.json(),
                Err(failure) => json!({"failure": failure}),
            };
            value["round"] = json!(entry.round);
            value["scenario"] = json!(entry.scenario.name());
            value["server"] = json!(entry.server.name());
            value
        };
        json!(self.entries.iter().map(entry).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(round: usize, server: Kind, p50_us: f64) -> Entry {
        let mut measurement = Measurement::default();
        measurement.set("p50_us", p50_us);
        Entry { round, scenario: Scenario::Typing, server, outcome: Ok(measurement) }
    }

    #[test]
    fn ratios_are_taken_within_a_round_and_a_missing_half_is_left_out() {
        let mut results = Results::default();
        for (round, product, limit) in [(1, 30.0, 30.0), (2, 40.0, 20.0)] {
            results.entries.push(entry(round, Kind::Product, product));
            results.entries.push(entry(round, Kind::LimitJs, limit));
        }
        results.entries.push(entry(3, Kind::Product, 1.0));
        assert_eq!(results.ratios(Scenario::Typing, "p50_us", Kind::Product, Kind::LimitJs), [1.0, 2.0]);
        let standing = results.standing(&crate::goals::GOALS[0]).unwrap();
        assert_eq!((standing.spread.median, standing.is_reached), (1.5, false));
    }
}
