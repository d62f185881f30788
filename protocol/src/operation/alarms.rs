//! Alarms of a deployment: nearly used-up calls of the model, dead letters, outboxes that do not empty, unreadable rows, unanswered reports,
//! dropped sockets, devices in reconnect loops, and unusually many wake-ups. Pure: metrics in, raised and cleared alarms out. Callers
//! measure, store and send.
//!
//! Each alarm has its page in `docs/runbooks`.

use std::collections::BTreeMap;

use super::series::Series;
use crate::codec::json::push_json_text;
use crate::words::event::Millis;
use crate::words::limits::{
    ALARM_DEAD_LETTERS_MAX, ALARM_DROPS_MAX, ALARM_LOOPS_MAX, ALARM_OUTBOX_MAX, ALARM_QUOTA_PERCENT,
    ALARM_REPORTS_OLD_MAX, ALARM_UNREADABLE_MAX, ALARM_WAKES_MIN, ALARM_WAKES_TIMES,
};
use crate::words::time::HOUR_MS;
use crate::{record, words};

words! {
    /// Alarm. Its word is the name of its page in `docs/runbooks`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Alarm {
        /// Most of the day's calls of the model are used.
        Quota = "quota",
        /// Receivers or the database did not accept messages.
        DeadLetters = "dead-letters",
        /// Many entries wait in outboxes.
        Outbox = "outbox",
        /// Rows are sealed with missing keys.
        Keys = "keys",
        /// Reports wait for an operator (`moderation.md` 7.4).
        ReportsOld = "reports-old",
        /// Readers are too slow, or writers too fast.
        Drops = "drops",
        /// Devices are in reconnect loops.
        ReconnectLoops = "reconnect-loops",
        /// Objects are evicted and woken far more often than usual.
        Evictions = "evictions",
    }
}

impl Alarm {
    fn words(self) -> &'static str {
        match self {
            Self::Quota => "Model calls today",
            Self::DeadLetters => "Dead letters",
            Self::Outbox => "Outbox rows",
            Self::Keys => "Unreadable rows",
            Self::ReportsOld => "Reports open for more than a day",
            Self::Drops => "Sockets too slow or too fast in the last hour",
            Self::ReconnectLoops => "Devices in reconnect loops in the last hour",
            Self::Evictions => "Objects woken with open sockets in the last hour",
        }
    }
}

words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Source {
        /// Sums that the logs reported, which `/metrics` shows.
        Logs = "logs",
        /// Messages that queues gave up on.
        Bucket = "bucket",
        /// Calls of the model.
        Ledger = "ledger",
    }
}

/// State of the deployment: sums over all objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentMetrics {
    /// Calls of the model today.
    pub quota_used: u64,
    /// Limit of calls of the model per day.
    pub quota_limit: u64,
    /// Dead letters, and messages that queues gave up on.
    pub dead_letters: u64,
    pub outbox: u64,
    pub unreadable: u64,
    /// Reports that are unanswered for a day. The object that evaluates the alarms counts them.
    pub reports_old: u64,
    /// Sockets that were too slow or too fast in the last hour, by the readings of the object that evaluates the alarms.
    pub drops: u64,
    /// Devices in reconnect loops in the last hour, by the same readings.
    pub reconnect_loops: u64,
    /// Objects that woke with open sockets in the last hour, by the same readings.
    pub wakes: u64,
    /// Limit of those; 0 while the readings cover too little time.
    pub wakes_max: u64,
    pub sockets: u64,
    /// Messages that the deployment has stored so far.
    pub messages: u64,
    /// Requests that limits have refused so far.
    pub refused: u64,
    /// Counts of all [`Series`] so far, in their order.
    pub series: Vec<u64>,
    /// Sources without a complete answer. Their real metrics are at least as high.
    pub silent: Vec<Source>,
}

record!(DeploymentMetrics {
    quota_used = "quotaUsed",
    quota_limit = "quotaLimit",
    dead_letters = "deadLetters",
    outbox = "outbox",
    unreadable = "unreadable",
    reports_old = "reportsOld" or 0,
    drops = "drops" or 0,
    reconnect_loops = "reconnectLoops" or 0,
    wakes = "wakes" or 0,
    wakes_max = "wakesMax" or 0,
    sockets = "sockets",
    messages = "messages",
    refused = "refused",
    series = "series" or Vec::new(),
    silent = "silent" or Vec::new(),
});

impl DeploymentMetrics {
    /// Reads the metrics from the sums of `/metrics`.
    pub fn of_sums(sums: &BTreeMap<String, u64>) -> Self {
        let sum = |name: &str| {
            let own = sums.iter().filter(|(metric, _)| metric.split('{').next() == Some(name));
            own.map(|(_, value)| *value).sum::<u64>()
        };
        Self {
            dead_letters: sum("cfm_dead_letters"),
            outbox: sum("cfm_outbox_depth"),
            unreadable: sum("cfm_sealed_unreadable"),
            sockets: sum("cfm_sockets"),
            messages: sum("cfm_messages_total"),
            refused: sum("cfm_rate_limited_total"),
            series: Series::of_sums(sums),
            ..Self::default()
        }
    }

    /// Returns the metrics with the growth of series in the last hour. `hour` is a reading of up to an hour ago, `day` the oldest reading,
    /// each with time and values.
    pub fn with_growth(self, hour: &(Millis, Vec<u64>), day: &(Millis, Vec<u64>)) -> Self {
        let grown = |series: &[Series]| series.iter().map(|one| one.growth(&hour.1, &self.series)).sum::<u64>();
        // A reading of an earlier version may lack the series, and then has no usual value.
        let is_counted = day.1.len() > Series::Woken as usize;
        let known_ms = if is_counted { hour.0.saturating_sub(day.0) } else { 0 };
        let usual = Series::Woken.growth(&day.1, &hour.1).saturating_mul(HOUR_MS) / known_ms.max(1);
        let wakes_max = usual.saturating_mul(ALARM_WAKES_TIMES).max(ALARM_WAKES_MIN);
        Self {
            drops: grown(Series::TROUBLE),
            reconnect_loops: grown(Series::LOOPS),
            wakes: grown(Series::WAKES),
            wakes_max: if known_ms >= HOUR_MS { wakes_max } else { 0 },
            ..self
        }
    }

    pub fn value(&self, alarm: Alarm) -> u64 {
        match alarm {
            Alarm::Quota => self.quota_used,
            Alarm::DeadLetters => self.dead_letters,
            Alarm::Outbox => self.outbox,
            Alarm::Keys => self.unreadable,
            Alarm::ReportsOld => self.reports_old,
            Alarm::Drops => self.drops,
            Alarm::ReconnectLoops => self.reconnect_loops,
            Alarm::Evictions => self.wakes,
        }
    }

    /// Returns `true` if all sources of the alarm's metric have answered.
    pub fn is_whole(&self, alarm: Alarm) -> bool {
        let sources: &[Source] = match alarm {
            Alarm::Quota => &[Source::Ledger],
            Alarm::DeadLetters => &[Source::Logs, Source::Bucket],
            Alarm::Outbox | Alarm::Keys | Alarm::Drops | Alarm::ReconnectLoops | Alarm::Evictions => &[Source::Logs],
            Alarm::ReportsOld => &[],
        };
        !sources.iter().any(|source| self.silent.contains(source))
    }

    /// Returns `None` if the answer is unknown: a missing source can only add to the metric.
    fn is_up(&self, alarm: Alarm) -> Option<bool> {
        let is_up = match alarm {
            Alarm::Quota => self.quota_limit > 0 && self.quota_used * 100 >= self.quota_limit * ALARM_QUOTA_PERCENT,
            Alarm::DeadLetters => self.dead_letters > ALARM_DEAD_LETTERS_MAX,
            Alarm::Outbox => self.outbox > ALARM_OUTBOX_MAX,
            Alarm::Keys => self.unreadable > ALARM_UNREADABLE_MAX,
            Alarm::ReportsOld => self.reports_old > ALARM_REPORTS_OLD_MAX,
            Alarm::Drops => self.drops > ALARM_DROPS_MAX,
            Alarm::ReconnectLoops => self.reconnect_loops > ALARM_LOOPS_MAX,
            Alarm::Evictions => self.wakes_max > 0 && self.wakes > self.wakes_max,
        };
        (is_up || self.is_whole(alarm)).then_some(is_up)
    }

    /// Returns the alarms that were raised (`true`) or cleared. Alarms in an unknown state do not change.
    pub fn turned(&self, standing: &[Alarm]) -> Vec<(Alarm, bool)> {
        let turned = |alarm| Some((alarm, self.is_up(alarm)?)).filter(|(_, is_up)| *is_up != standing.contains(&alarm));
        Alarm::ALL.into_iter().filter_map(turned).collect()
    }
}

/// Notification about an alarm, until it is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Number, which stays the same when the alert is sent again.
    pub no: u64,
    pub alarm: Alarm,
    /// `true` if the alarm was raised, `false` if it was cleared.
    pub is_up: bool,
    pub at: Millis,
    pub value: u64,
}

record!(Alert { no = "no", alarm = "alarm", is_up = "isUp", at = "at", value = "value" });

impl Alert {
    /// Returns the JSON body for `ALERT_URL`; `text` is for receivers that show a line to people.
    pub fn body(&self) -> String {
        let Self { alarm, at, value, .. } = self;
        let state = if self.is_up { "raised" } else { "over" };
        let (name, words) = (alarm.as_str(), alarm.words());
        let mut text = String::new();
        push_json_text(&mut text, &format!("CF Messenger: {words}: {value}, alarm {state}. docs/runbooks/{name}.md"));
        format!(
            "{{\"type\":\"alarm\",\"alarm\":\"{name}\",\"state\":\"{state}\",\"value\":{value},\"timestamp\":{at},\"text\":{text}}}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    fn measured(quota_used: u64, dead_letters: u64, outbox: u64) -> DeploymentMetrics {
        DeploymentMetrics { quota_used, quota_limit: 10_000, dead_letters, outbox, ..DeploymentMetrics::default() }
    }

    #[test]
    fn alarms_go_up_at_their_bounds_and_not_before() {
        assert_eq!(measured(7_999, 0, 1_000).turned(&[]), []);
        assert_eq!(
            measured(8_000, 1, 1_001).turned(&[]),
            [(Alarm::Quota, true), (Alarm::DeadLetters, true), (Alarm::Outbox, true)]
        );
        assert_eq!(DeploymentMetrics::default().turned(&[]), [], "without a quota there is no alarm of it");
        let keyless = DeploymentMetrics { unreadable: 1, ..DeploymentMetrics::default() };
        assert_eq!(keyless.turned(&[]), [(Alarm::Keys, true)], "one row that no key opens is one too many");
        let waiting =
            DeploymentMetrics { reports_old: 1, silent: Source::ALL.to_vec(), ..DeploymentMetrics::default() };
        assert_eq!(waiting.turned(&[]), [(Alarm::ReportsOld, true)], "whatever else is not known");
        assert!(Alarm::ALL.iter().all(|alarm| Alarm::parse(alarm.as_str()) == Some(*alarm)));
    }

    #[test]
    fn series_of_an_hour_are_alarms_and_wakes_are_compared_with_those_of_the_day() {
        let values = |slow: u64, loops: u64, wakes: u64| {
            let mut values = vec![0; Series::ALL.len()];
            for (series, value) in [(Series::Slow, slow), (Series::Looping, loops), (Series::Woken, wakes)] {
                values[series as usize] = value;
            }
            values
        };
        let at = |day: (Millis, Vec<u64>), hour: (Millis, Vec<u64>), now: Vec<u64>| {
            DeploymentMetrics { series: now, ..DeploymentMetrics::default() }.with_growth(&hour, &day)
        };
        let (day, hour) = ((0, values(0, 0, 0)), (10 * HOUR_MS, values(1_000, 90, 20_000)));
        let calm = at(day.clone(), hour.clone(), values(1_100, 100, 28_000));
        assert_eq!((calm.drops, calm.reconnect_loops, calm.wakes, calm.wakes_max), (100, 10, 8_000, 8_000));
        assert_eq!(calm.turned(&[]), []);
        let up = [(Alarm::Drops, true), (Alarm::ReconnectLoops, true), (Alarm::Evictions, true)];
        assert_eq!(at(day.clone(), hour.clone(), values(1_101, 101, 28_001)).turned(&[]), up);
        let young = at((9 * HOUR_MS + 1, values(0, 0, 0)), hour.clone(), values(1_000, 90, 90_000));
        assert_eq!((young.wakes_max, young.turned(&[])), (0, Vec::new()), "too little is known to compare");
        let earlier = at((0, vec![0; Series::Woken as usize]), hour.clone(), values(1_000, 90, 90_000));
        assert_eq!((earlier.wakes_max, earlier.turned(&[])), (0, Vec::new()), "an earlier version did not count them");
        let quiet = at(day, (10 * HOUR_MS, values(0, 0, 10)), values(0, 0, 1_010));
        assert_eq!((quiet.wakes, quiet.wakes_max), (1_000, ALARM_WAKES_MIN));
    }

    #[test]
    fn what_stays_is_no_news_and_what_is_over_is_told_once() {
        let up = measured(0, 2, 0);
        assert_eq!(up.turned(&[Alarm::DeadLetters]), []);
        assert_eq!(measured(0, 0, 0).turned(&[Alarm::DeadLetters]), [(Alarm::DeadLetters, false)]);
        assert_eq!(measured(0, 0, 0).turned(&[]), []);
    }

    #[test]
    fn what_did_not_answer_takes_no_alarm_down_and_keeps_none_of_the_others_from_being_judged() {
        let without =
            |silent: Source, measured: DeploymentMetrics| DeploymentMetrics { silent: vec![silent], ..measured };
        // One source is silent, and the alarm of another is raised or cleared.
        let ledger = without(Source::Ledger, DeploymentMetrics { dead_letters: 1, ..DeploymentMetrics::default() });
        assert_eq!(
            ledger.turned(&[Alarm::Quota, Alarm::Outbox]),
            [(Alarm::DeadLetters, true), (Alarm::Outbox, false)],
            "of the quota nothing is known: it stays up"
        );
        assert_eq!(ledger.turned(&[Alarm::DeadLetters]), [], "nor does it go up");
        // Incomplete metrics can raise an alarm, but cannot clear one.
        let bucket = |letters| without(Source::Bucket, measured(0, letters, 0));
        assert_eq!(bucket(1).turned(&[]), [(Alarm::DeadLetters, true)]);
        assert_eq!(bucket(0).turned(&[Alarm::DeadLetters]), []);
        assert_eq!(bucket(0).turned(&[Alarm::Quota]), [(Alarm::Quota, false)]);
        let logs = |outbox| without(Source::Logs, measured(9_000, 0, outbox));
        assert_eq!(logs(1_001).turned(&[]), [(Alarm::Quota, true), (Alarm::Outbox, true)]);
        assert_eq!(logs(7).turned(&[Alarm::Quota, Alarm::DeadLetters, Alarm::Outbox]), []);
        for source in [Source::Logs, Source::Bucket, Source::Ledger] {
            let measured = without(source, measured(1, 2, 3));
            assert_eq!(json::read(&json::write(&measured)), Some(measured));
        }
    }

    #[test]
    fn sums_of_all_labels_are_added() {
        let sums = [
            ("cfm_sockets{door=\"hub\"}", 2),
            ("cfm_sockets{door=\"messenger\"}", 3),
            ("cfm_outbox_depth", 7),
            ("cfm_messages_total{door=\"hub\"}", 11),
            ("cfm_messages_total_of_another", 100),
            ("cfm_sealed_unreadable", 13),
        ];
        let sums: BTreeMap<String, u64> = sums.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let series = vec![0; Series::ALL.len()];
        let expected = DeploymentMetrics {
            sockets: 5,
            outbox: 7,
            messages: 11,
            unreadable: 13,
            series,
            ..DeploymentMetrics::default()
        };
        assert_eq!(DeploymentMetrics::of_sums(&sums), expected);
        assert_eq!(json::read(&json::write(&expected)), Some(expected));
    }

    #[test]
    fn an_alert_is_one_line_of_json_and_names_its_page() {
        let alert = Alert { no: 4, alarm: Alarm::DeadLetters, is_up: true, at: 1_795_000_000_000, value: 3 };
        assert_eq!(
            alert.body(),
            "{\"type\":\"alarm\",\"alarm\":\"dead-letters\",\"state\":\"raised\",\"value\":3,\"timestamp\":1795000000000,\
             \"text\":\"CF Messenger: Dead letters: 3, alarm raised. docs/runbooks/dead-letters.md\"}"
        );
        assert_eq!(json::read(&json::write(&alert)), Some(alert));
    }
}
