//! Metrics of the deployment in the text format of Prometheus (`messagehub.md` 9): names, kinds, histograms and the encoding of sums.
//! Objects count; the directory joins their values.

use std::collections::BTreeMap;

use super::series::RECONNECT_LOOPS;
use crate::words::event::Millis;

/// Kind of a gauge of whose values the largest counts. Values of all other metrics are added up.
const MAXIMUM: &str = "maximum";

/// Name, kind and description. Values are stored under the name with its labels, those of a histogram under the names of
/// [`Histogram::take`].
const METRICS: &[(&str, &str, &str)] = &[
    ("cfm_messages_total", "counter", "Messages that were stored."),
    ("cfm_bytes_total", "counter", "Bytes of their bodies."),
    ("cfm_sockets", "gauge", "Open sockets."),
    (COMMIT_SECONDS, "histogram", "From the start of a write until it is safe; once a second and room at most."),
    (FANOUT_SECONDS, "histogram", "From the arrival of a message until it was handed to every socket."),
    ("cfm_dropped_total", "counter", "What was not delivered."),
    ("cfm_closed_total", "counter", "Sockets that the server closed, by reason."),
    ("cfm_resumed_total", "counter", "Sockets that came with a position, because their client came back."),
    (RECONNECT_LOOPS, "counter", "Devices that opened their socket far too often in five minutes."),
    ("cfm_rate_limited_total", "counter", "What was refused by a limit."),
    ("cfm_refused_total", "counter", "What was refused for another reason than a limit, by code."),
    ("cfm_replayed_total", "counter", "Writes that were known already."),
    ("cfm_webhook_total", "counter", "Attempts by what followed."),
    ("cfm_push_total", "counter", "Messages to browsers by what followed."),
    ("cfm_store_sockets", "gauge", "Open sockets of LiveStore, by version of the client."),
    ("cfm_store_requests_total", "counter", "Requests to stores of LiveStore, by version and transport of the client."),
    ("cfm_outbox_depth", "gauge", "What waits for receivers, or for people and rooms that could not be told at once."),
    (JOB_AGE_SECONDS, MAXIMUM, "Time since the oldest job of a kind was first due."),
    ("cfm_dead_letters", "gauge", "Messages that receivers did not take."),
    ("cfm_bot_dead_letters", "gauge", "Messages that webhooks of bots of groups did not take."),
    ("cfm_sealed_unreadable", "gauge", "Rows whose key is not in CONTENT_KEYS."),
    (REPORTS_OPEN, "gauge", "Reports that nobody has answered."),
    (REPORTS_OLDEST_SECONDS, MAXIMUM, "Age of the oldest of them."),
    (NEURONS_TODAY, "gauge", "Neurons of this UTC day, of the answers of the model that named theirs."),
    ("cfm_names", "gauge", "Accounts, guests and logs that are known."),
    ("cfm_hibernation_wakes_total", "counter", "How often an object woke to sockets that outlived its sleep."),
];

/// Name of the age of the oldest job; a kind of job is a label.
pub const JOB_AGE_SECONDS: &str = "cfm_job_age_seconds";
/// Name of the number of open reports (`moderation.md` 7.4).
pub const REPORTS_OPEN: &str = "cfm_reports_open";
pub const REPORTS_OLDEST_SECONDS: &str = "cfm_reports_oldest_seconds";
/// Name of the neurons that the model has used in this UTC day (`messenger.md` 7).
pub const NEURONS_TODAY: &str = "cfm_neurons_today";
pub const COMMIT_SECONDS: &str = "cfm_commit_seconds";
/// Name of the histogram of the times that a message takes to all sockets.
pub const FANOUT_SECONDS: &str = "cfm_fanout_seconds";

fn name_of(metric: &str) -> &str {
    metric.split('{').next().unwrap_or_default()
}

/// Returns the kind of a metric with labels; nothing for one that is not in the list.
fn kind_of(metric: &str) -> &'static str {
    METRICS.iter().find(|(name, ..)| *name == name_of(metric)).map_or("", |(_, kind, _)| kind)
}

pub fn is_gauge(metric: &str) -> bool {
    matches!(kind_of(metric), "gauge" | MAXIMUM)
}

pub fn is_maximum(metric: &str) -> bool {
    kind_of(metric) == MAXIMUM
}

/// Joins the value of an object or a shard with what is known of the others.
pub fn join(sums: &mut BTreeMap<String, u64>, metric: String, value: u64) {
    let is_maximum = is_maximum(&metric);
    let known = sums.entry(metric).or_default();
    *known = if is_maximum { value.max(*known) } else { value + *known };
}

/// Returns the value of a metric over all of its labels.
pub fn of_all_labels(sums: &BTreeMap<String, u64>, name: &str) -> u64 {
    let own = sums.iter().filter(|(metric, _)| name_of(metric) == name).map(|(_, value)| *value);
    if is_maximum(name) { own.max().unwrap_or(0) } else { own.sum() }
}

/// Upper bounds of the buckets, in ms, and as labels in seconds.
const BOUNDS: [(Millis, &str); 10] = [
    (1, "0.001"),
    (2, "0.002"),
    (5, "0.005"),
    (10, "0.01"),
    (20, "0.02"),
    (50, "0.05"),
    (100, "0.1"),
    (200, "0.2"),
    (500, "0.5"),
    (1_000, "1"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    within: [u64; BOUNDS.len()],
    count: u64,
    sum_ms: Millis,
}

impl Histogram {
    pub fn observe(&mut self, took_ms: Millis) {
        for ((bound, _), within) in BOUNDS.iter().zip(&mut self.within) {
            *within += u64::from(took_ms <= *bound);
        }
        self.count += 1;
        self.sum_ms += took_ms;
    }

    /// Returns the counts as sums that can be added up, and resets them.
    pub fn take(&mut self, name: &str) -> Vec<(String, u64)> {
        let Self { within, count, sum_ms } = std::mem::take(self);
        if count == 0 {
            return Vec::new();
        }
        let buckets = BOUNDS.iter().zip(within).map(|((_, label), within)| (bucket(name, label), within));
        let mut numbers: Vec<(String, u64)> = buckets.filter(|(_, within)| *within > 0).collect();
        numbers.extend([(format!("{name}_sum"), sum_ms), (format!("{name}_count"), count)]);
        numbers
    }
}

fn bucket(name: &str, label: &str) -> String {
    format!("{name}_bucket{{le=\"{label}\"}}")
}

/// Returns the number of commits per bucket: its upper bound in ms, `None` for the last one.
pub fn commits(sums: &BTreeMap<String, u64>) -> Vec<(Option<Millis>, u64)> {
    let sum = |metric: &str| sums.get(metric).copied().unwrap_or(0);
    let mut within: Vec<u64> = BOUNDS.iter().map(|(_, label)| sum(&bucket(COMMIT_SECONDS, label))).collect();
    within.push(sum(&format!("{COMMIT_SECONDS}_count")));
    let before = std::iter::once(0).chain(within.iter().copied());
    let counts = before.zip(&within).map(|(before, within)| within.saturating_sub(before));
    let bounds = BOUNDS.iter().map(|(bound, _)| Some(*bound));
    bounds.chain([None]).zip(counts).collect()
}

/// Returns the text for Prometheus from the sums over all objects.
pub fn text(sums: &BTreeMap<String, u64>) -> String {
    let mut out = String::new();
    for (name, kind, help) in METRICS {
        out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {}\n", word_of(kind)));
        if *kind == "histogram" {
            write_histogram(name, sums, &mut out);
            continue;
        }
        let own = sums.iter().filter(|(metric, _)| name_of(metric) == *name);
        for (metric, value) in own {
            out.push_str(&format!("{metric} {value}\n"));
        }
    }
    out
}

/// Returns the word of Prometheus for a kind.
fn word_of(kind: &'static str) -> &'static str {
    if kind == MAXIMUM { "gauge" } else { kind }
}

/// Returns the sums as JSON: `metrics`, each with `name`, `labels` and `value`.
pub fn json(sums: &BTreeMap<String, u64>) -> String {
    let one = |(metric, value): (&String, &u64)| {
        let (name, labels) = metric.split_once('{').unwrap_or((metric, ""));
        // Names and values of labels are our own and need no escape.
        let label = |label: &str| label.split_once('=').map(|(name, value)| format!("\"{name}\":{value}"));
        let labels: Vec<String> = labels.trim_end_matches('}').split(',').filter_map(label).collect();
        format!("{{\"name\":\"{name}\",\"labels\":{{{}}},\"value\":{value}}}", labels.join(","))
    };
    format!("{{\"metrics\":[{}]}}", sums.iter().map(one).collect::<Vec<String>>().join(","))
}

fn write_histogram(name: &str, sums: &BTreeMap<String, u64>, out: &mut String) {
    let sum = |metric: String| sums.get(&metric).copied().unwrap_or(0);
    for (_, label) in BOUNDS {
        let metric = bucket(name, label);
        out.push_str(&format!("{metric} {}\n", sum(metric.clone())));
    }
    let (count, sum_ms) = (sum(format!("{name}_count")), sum(format!("{name}_sum")));
    out.push_str(&format!("{} {count}\n", bucket(name, "+Inf")));
    out.push_str(&format!("{name}_sum {}.{:03}\n{name}_count {count}\n", sum_ms / 1_000, sum_ms % 1_000));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(histograms: &mut [Histogram]) -> BTreeMap<String, u64> {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (metric, value) in histograms.iter_mut().flat_map(|one| one.take(COMMIT_SECONDS)) {
            join(&mut sums, metric, value);
        }
        sums
    }

    #[test]
    fn times_of_several_logs_add_up_in_buckets_that_grow() {
        let mut logs = [Histogram::default(), Histogram::default()];
        for (log, took_ms) in [(0, 0), (0, 1), (0, 7), (1, 7), (1, 1_000), (1, 1_234)] {
            logs[log].observe(took_ms);
        }
        let sums = added(&mut logs);
        let (bounds, counts): (Vec<_>, Vec<_>) = commits(&sums).into_iter().unzip();
        assert_eq!(counts, [2, 0, 0, 2, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((bounds[0], bounds[9], bounds[10]), (Some(1), Some(1_000), None));
        let text = text(&sums);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with(COMMIT_SECONDS)).collect();
        let counts = [2, 2, 2, 4, 4, 4, 4, 4, 4, 5];
        let mut expected: Vec<String> = BOUNDS
            .iter()
            .zip(counts)
            .map(|((_, label), count)| format!("cfm_commit_seconds_bucket{{le=\"{label}\"}} {count}"))
            .collect();
        expected.push("cfm_commit_seconds_bucket{le=\"+Inf\"} 6".into());
        expected.push("cfm_commit_seconds_sum 2.249".into());
        expected.push("cfm_commit_seconds_count 6".into());
        assert_eq!(rows, expected);
        assert_eq!(added(&mut logs).len(), 0, "what was taken is forgotten");
    }

    #[test]
    fn counts_are_added_and_of_ages_the_largest_counts() {
        let (mut sums, depth) = (BTreeMap::new(), "cfm_outbox_depth");
        let [mails, news] = ["mails", "news"].map(|kind| format!("{JOB_AGE_SECONDS}{{kind=\"{kind}\"}}"));
        for (metric, value) in [(&mails, 7), (&news, 40), (&mails, 30), (&mails, 0)] {
            join(&mut sums, metric.clone(), value);
        }
        for value in [2, 3] {
            join(&mut sums, depth.to_owned(), value);
        }
        assert_eq!((sums[&mails], sums[&news], sums[depth]), (30, 40, 5));
        let all = |name| of_all_labels(&sums, name);
        assert_eq!((all(JOB_AGE_SECONDS), all(depth), all("cfm_sockets")), (40, 5, 0));
        assert_eq!([depth, &mails].map(is_gauge), [true; 2]);
        assert_eq!(["cfm_messages_total{door=\"hub\"}", FANOUT_SECONDS, "unknown"].map(is_gauge), [false; 3]);
        assert_eq!([depth, &mails].map(is_maximum), [false, true]);
    }

    #[test]
    fn every_name_is_explained_once_and_counters_keep_their_labels() {
        let sums = [("cfm_dropped_total{reason=\"lag\"}", 3), ("cfm_sockets{door=\"hub\"}", 2), ("unknown", 1)];
        let sums: BTreeMap<String, u64> = sums.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let text = text(&sums);
        for (name, kind, help) in METRICS {
            let head = format!("# HELP {name} {help}\n# TYPE {name} {}\n", word_of(kind));
            assert_eq!(text.matches(&head).count(), 1, "{name}");
        }
        assert!(text.contains("\ncfm_dropped_total{reason=\"lag\"} 3\n"));
        assert!(text.contains("\ncfm_sockets{door=\"hub\"} 2\n"));
        assert!(!text.contains("unknown"));
        let parsed: serde_json::Value = serde_json::from_str(&json(&sums)).unwrap();
        let expected = serde_json::json!({ "name": "cfm_dropped_total", "labels": { "reason": "lag" }, "value": 3 });
        assert_eq!(parsed["metrics"][0], expected);
        assert_eq!(parsed["metrics"][2]["labels"], serde_json::json!({}));
    }
}
