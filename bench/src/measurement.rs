//! Result of one scenario with one server in one round.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::Nanos;
use crate::counters::Faults;
use crate::process::CpuUse;
use crate::stats::percentile;

/// Figures by name, with the unit in the name.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    pub figures: BTreeMap<&'static str, f64>,
    pub faults: Faults,
    /// CPU time during the measured part.
    pub cpu: CpuUse,
}

/// Share of a core above which the client's single thread may limit the result.
const CLIENT_CORES_MAX: f64 = 0.9;
/// Number of cores that other processes may use.
const OTHERS_CORES_MAX: f64 = 0.25;

impl Measurement {
    /// Makes a measurement with a reading of the CPU meter.
    pub fn with_cpu(cpu: CpuUse) -> Self {
        Self { cpu, ..Self::default() }
    }

    /// Adds a figure.
    pub fn set(&mut self, name: &'static str, value: f64) -> &mut Self {
        self.figures.insert(name, value);
        self
    }

    /// Adds median and 99th percentile of sorted latencies, in microseconds.
    pub fn set_latencies(&mut self, sorted: &[Nanos]) -> &mut Self {
        self.set("p50_us", percentile(sorted, 0.5) as f64 / 1e3).set("p99_us", percentile(sorted, 0.99) as f64 / 1e3)
    }

    /// Returns true if the client was close to its own limit.
    pub fn is_client_bound(&self) -> bool {
        self.cpu.client_cores > CLIENT_CORES_MAX
    }

    /// Returns true if other processes used the machine.
    pub fn is_noisy(&self) -> bool {
        self.cpu.others_cores > OTHERS_CORES_MAX
    }

    /// Returns all values for the file.
    pub fn json(&self) -> Value {
        let Faults { lost, duplicated, reordered } = self.faults;
        json!({
            "figures": self.figures,
            "faults": {"lost": lost, "duplicated": duplicated, "reordered": reordered},
            "cpu": {
                "server_s": self.cpu.server_s,
                "client_cores": self.cpu.client_cores,
                "others_cores": self.cpu.others_cores,
            },
            "client_bound": self.is_client_bound(),
            "noisy": self.is_noisy(),
        })
    }
}
