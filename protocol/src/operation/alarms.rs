//! Alarms of a deployment: nearly used-up calls of the model, dead letters, outboxes that do not empty, old jobs, unreadable rows, unanswered
//! reports, dropped sockets, devices in reconnect loops, and unusually many wake-ups. Pure: metrics in, raised and cleared alarms out.
//! Callers measure, store and send.
//!
//! An alarm is a row of [`Alarm::row`], with its page in `docs/runbooks` and its text on `/admin`.

use std::collections::BTreeMap;

use super::metrics::{self, JOB_AGE_SECONDS};
use super::series::Series;
use crate::codec::json::push_json_text;
use crate::words::event::Millis;
use crate::words::limits::{
    ALARM_DEAD_LETTERS_MAX, ALARM_DROPS_MAX, ALARM_JOB_AGE_MAX_S, ALARM_LOOPS_MAX, ALARM_OUTBOX_MAX,
    ALARM_QUOTA_PERCENT, ALARM_REPORTS_OLD_MAX, ALARM_UNREADABLE_MAX, ALARM_WAKES_MIN, ALARM_WAKES_TIMES,
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
        /// A job waits although it was due long ago.
        JobsOld = "jobs-old",
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

/// Text, which is the English one of `/admin` as well. Origin of the number. Number above which the alarm is up; `None` if that is measured,
/// too. Sources of the number.
struct Row(&'static str, Number, Option<u64>, &'static [Source]);

/// Origin of an alarm's number.
enum Number {
    /// Metric of `/metrics`, over all of its labels.
    Metric(&'static str),
    /// Growth of these series in the last hour, by the readings of the object that evaluates the alarms.
    Growth(&'static [Series]),
    /// The caller measures it.
    Measured,
}

impl Alarm {
    /// Returns everything about the alarm but its page and its texts.
    const fn row(self) -> Row {
        use Number::{Growth, Measured, Metric};
        const LOGS: &[Source] = &[Source::Logs];
        match self {
            Self::Quota => Row("Model calls today", Measured, None, &[Source::Ledger]),
            Self::DeadLetters => {
                let sources = &[Source::Logs, Source::Bucket];
                Row("Dead letters", Metric("cfm_dead_letters"), Some(ALARM_DEAD_LETTERS_MAX), sources)
            }
            Self::Outbox => Row("Outbox rows", Metric("cfm_outbox_depth"), Some(ALARM_OUTBOX_MAX), LOGS),
            Self::JobsOld => {
                Row("Age of the oldest job in seconds", Metric(JOB_AGE_SECONDS), Some(ALARM_JOB_AGE_MAX_S), LOGS)
            }
            Self::Keys => Row("Unreadable rows", Metric("cfm_sealed_unreadable"), Some(ALARM_UNREADABLE_MAX), LOGS),
            Self::ReportsOld => Row("Reports open for more than a day", Measured, Some(ALARM_REPORTS_OLD_MAX), &[]),
            Self::Drops => {
                let words = "Sockets too slow or too fast in the last hour";
                Row(words, Growth(Series::TROUBLE), Some(ALARM_DROPS_MAX), LOGS)
            }
            Self::ReconnectLoops => {
                let words = "Devices in reconnect loops in the last hour";
                Row(words, Growth(Series::LOOPS), Some(ALARM_LOOPS_MAX), LOGS)
            }
            Self::Evictions => {
                Row("Objects woken with open sockets in the last hour", Growth(Series::WAKES), None, LOGS)
            }
        }
    }

    /// Returns the English text of the alarm, without its number.
    pub const fn words(self) -> &'static str {
        self.row().0
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

record! {
    /// Number that an alarm watches.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AlarmNumber {
        /// Word of the alarm. Another version may have alarms that this one lacks.
        alarm: String = "alarm",
        value: u64 = "value",
        /// The alarm is up above this; `None` while the bound is unknown.
        max: Option<u64> = "max",
    }
}

record! {
    /// State of the deployment over all objects.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct DeploymentMetrics {
        /// Numbers of alarms. One that is missing was not measured.
        pub numbers: Vec<AlarmNumber> = "numbers" or Vec::new(),
        pub sockets: u64 = "sockets",
        /// Messages that the deployment has stored so far.
        pub messages: u64 = "messages",
        /// Requests that limits have refused so far.
        pub refused: u64 = "refused",
        /// Counts of all [`Series`] so far, in their order.
        pub series: Vec<u64> = "series" or Vec::new(),
        /// Sources without a complete answer. Their real metrics are at least as high.
        pub silent: Vec<Source> = "silent" or Vec::new(),
    }
}

impl DeploymentMetrics {
    /// Reads the metrics from the sums of `/metrics`.
    pub fn of_sums(sums: &BTreeMap<String, u64>) -> Self {
        let value = |name: &str| metrics::of_all_labels(sums, name);
        let mut measured = Self {
            sockets: value("cfm_sockets"),
            messages: value("cfm_messages_total"),
            refused: value("cfm_rate_limited_total"),
            series: Series::of_sums(sums),
            ..Self::default()
        };
        for alarm in Alarm::ALL {
            if let Row(_, Number::Metric(name), ..) = alarm.row() {
                measured.set(alarm, value(name));
            }
        }
        measured
    }

    /// Sets the number of an alarm.
    pub fn set(&mut self, alarm: Alarm, value: u64) {
        let Row(_, _, max, _) = alarm.row();
        self.set_bounded(alarm, value, max);
    }

    fn set_bounded(&mut self, alarm: Alarm, value: u64, max: Option<u64>) {
        self.numbers.retain(|number| number.alarm != alarm.as_str());
        self.numbers.push(AlarmNumber { alarm: alarm.as_str().to_owned(), value, max });
    }

    /// Sets the number of the model's calls today, and their limit.
    pub fn set_quota(&mut self, used: u64, limit: u64) {
        let reached = (limit * ALARM_QUOTA_PERCENT).div_ceil(100);
        self.set_bounded(Alarm::Quota, used, reached.checked_sub(1));
    }

    /// Sets the growth of series in the last hour. `hour` is a reading of up to an hour ago, `day` the oldest reading, each with time and
    /// values.
    pub fn set_growth(&mut self, hour: &(Millis, Vec<u64>), day: &(Millis, Vec<u64>)) {
        for alarm in Alarm::ALL {
            if let Row(_, Number::Growth(series), max, _) = alarm.row() {
                let grown = series.iter().map(|one| one.growth(&hour.1, &self.series)).sum();
                let max = if alarm == Alarm::Evictions { wakes_max(hour, day) } else { max };
                self.set_bounded(alarm, grown, max);
            }
        }
    }

    fn number(&self, alarm: Alarm) -> Option<&AlarmNumber> {
        self.numbers.iter().find(|number| number.alarm == alarm.as_str())
    }

    /// Returns the number of an alarm; 0 if it was not measured.
    pub fn value(&self, alarm: Alarm) -> u64 {
        self.number(alarm).map_or(0, |number| number.value)
    }

    /// Returns `true` if the alarm's number was measured, and all of its sources have answered.
    pub fn is_whole(&self, alarm: Alarm) -> bool {
        let Row(.., sources) = alarm.row();
        self.number(alarm).is_some() && !sources.iter().any(|source| self.silent.contains(source))
    }

    /// Returns `None` if the answer is unknown: a missing source can only add to the number.
    fn is_up(&self, alarm: Alarm) -> Option<bool> {
        let is_up = self.number(alarm).is_some_and(|number| number.max.is_some_and(|max| number.value > max));
        (is_up || self.is_whole(alarm)).then_some(is_up)
    }

    /// Returns the alarms that were raised (`true`) or cleared. Alarms in an unknown state do not change.
    pub fn turned(&self, standing: &[Alarm]) -> Vec<(Alarm, bool)> {
        let turned = |alarm| Some((alarm, self.is_up(alarm)?)).filter(|(_, is_up)| *is_up != standing.contains(&alarm));
        Alarm::ALL.into_iter().filter_map(turned).collect()
    }
}

/// Returns the number of wakes in an hour above which there is an alarm; `None` while the readings cover too little time.
fn wakes_max(hour: &(Millis, Vec<u64>), day: &(Millis, Vec<u64>)) -> Option<u64> {
    // A reading of an earlier version may lack the series, and then has no usual value.
    let is_counted = day.1.len() > Series::Woken as usize;
    let known_ms = if is_counted { hour.0.saturating_sub(day.0) } else { 0 };
    let usual = Series::Woken.growth(&day.1, &hour.1).saturating_mul(HOUR_MS) / known_ms.max(1);
    (known_ms >= HOUR_MS).then(|| usual.saturating_mul(ALARM_WAKES_TIMES).max(ALARM_WAKES_MIN))
}

record! {
    /// Notification about an alarm, until it is acknowledged.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Alert {
        /// Number, which stays the same when the alert is sent again.
        pub no: u64 = "no",
        /// Word of the alarm. Another version may have alarms that this one lacks.
        pub alarm: String = "alarm",
        /// `true` if the alarm was raised, `false` if it was cleared.
        pub is_up: bool = "isUp",
        pub at: Millis = "at",
        pub value: u64 = "value",
    }
}

impl Alert {
    /// Returns the JSON body for `ALERT_URL`; `text` is for receivers that show a line to people.
    pub fn body(&self) -> String {
        let Self { alarm, at, value, .. } = self;
        let state = if self.is_up { "raised" } else { "over" };
        let words = Alarm::parse(alarm).map(Alarm::words).unwrap_or(alarm);
        let mut text = String::new();
        push_json_text(&mut text, &format!("CF Messenger: {words}: {value}, alarm {state}. docs/runbooks/{alarm}.md"));
        format!(
            "{{\"type\":\"alarm\",\"alarm\":\"{alarm}\",\"state\":\"{state}\",\"value\":{value},\"timestamp\":{at},\"text\":{text}}}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    fn with(numbers: &[(Alarm, u64)]) -> DeploymentMetrics {
        let mut metrics = DeploymentMetrics::default();
        numbers.iter().for_each(|(alarm, value)| metrics.set(*alarm, *value));
        metrics
    }

    fn measured(quota_used: u64, dead_letters: u64, outbox: u64) -> DeploymentMetrics {
        let mut metrics = with(&[(Alarm::DeadLetters, dead_letters), (Alarm::Outbox, outbox)]);
        metrics.set_quota(quota_used, 10_000);
        metrics
    }

    #[test]
    fn alarms_go_up_at_their_bounds_and_not_before() {
        assert_eq!(measured(7_999, 0, 1_000).turned(&[]), []);
        assert_eq!(
            measured(8_000, 1, 1_001).turned(&[]),
            [(Alarm::Quota, true), (Alarm::DeadLetters, true), (Alarm::Outbox, true)]
        );
        let mut without = DeploymentMetrics::default();
        without.set_quota(7, 0);
        assert_eq!(without.turned(&[Alarm::Quota]), [(Alarm::Quota, false)], "without a quota there is no alarm of it");
        assert_eq!(
            with(&[(Alarm::Keys, 1)]).turned(&[]),
            [(Alarm::Keys, true)],
            "one row that no key opens is too many"
        );
        assert_eq!(with(&[(Alarm::JobsOld, 600)]).turned(&[]), []);
        assert_eq!(with(&[(Alarm::JobsOld, 601)]).turned(&[]), [(Alarm::JobsOld, true)]);
        let waiting = DeploymentMetrics { silent: Source::ALL.to_vec(), ..with(&[(Alarm::ReportsOld, 1)]) };
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
            let mut metrics = DeploymentMetrics { series: now, ..DeploymentMetrics::default() };
            metrics.set_growth(&hour, &day);
            metrics
        };
        let (day, hour) = ((0, values(0, 0, 0)), (10 * HOUR_MS, values(1_000, 90, 20_000)));
        let calm = at(day.clone(), hour.clone(), values(1_100, 100, 28_000));
        let wakes =
            |metrics: &DeploymentMetrics| metrics.number(Alarm::Evictions).map(|wakes| (wakes.value, wakes.max));
        assert_eq!((calm.value(Alarm::Drops), calm.value(Alarm::ReconnectLoops)), (100, 10));
        assert_eq!(wakes(&calm), Some((8_000, Some(8_000))));
        assert_eq!(calm.turned(&[]), []);
        let up = [(Alarm::Drops, true), (Alarm::ReconnectLoops, true), (Alarm::Evictions, true)];
        assert_eq!(at(day.clone(), hour.clone(), values(1_101, 101, 28_001)).turned(&[]), up);
        let young = at((9 * HOUR_MS + 1, values(0, 0, 0)), hour.clone(), values(1_000, 90, 90_000));
        assert_eq!(
            (wakes(&young), young.turned(&[])),
            (Some((70_000, None)), Vec::new()),
            "too little is known to compare"
        );
        let earlier = at((0, vec![0; Series::Woken as usize]), hour.clone(), values(1_000, 90, 90_000));
        assert_eq!(
            (wakes(&earlier), earlier.turned(&[])),
            (Some((70_000, None)), Vec::new()),
            "an earlier version did not count them"
        );
        let quiet = at(day, (10 * HOUR_MS, values(0, 0, 10)), values(0, 0, 1_010));
        assert_eq!(wakes(&quiet), Some((1_000, Some(ALARM_WAKES_MIN))));
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
        let ledger = without(Source::Ledger, with(&[(Alarm::DeadLetters, 1), (Alarm::Outbox, 0)]));
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
    fn sums_of_all_labels_are_added_and_of_ages_the_largest_counts() {
        let sums = [
            ("cfm_sockets{door=\"hub\"}", 2),
            ("cfm_sockets{door=\"messenger\"}", 3),
            ("cfm_outbox_depth", 7),
            ("cfm_messages_total{door=\"hub\"}", 11),
            ("cfm_messages_total_of_another", 100),
            ("cfm_sealed_unreadable", 13),
            ("cfm_job_age_seconds{kind=\"mails\"}", 17),
            ("cfm_job_age_seconds{kind=\"news\"}", 19),
        ];
        let sums: BTreeMap<String, u64> = sums.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let numbers = [(Alarm::DeadLetters, 0), (Alarm::Outbox, 7), (Alarm::JobsOld, 19), (Alarm::Keys, 13)];
        let series = vec![0; Series::ALL.len()];
        let expected = DeploymentMetrics { sockets: 5, messages: 11, series, ..with(&numbers) };
        assert_eq!(DeploymentMetrics::of_sums(&sums), expected);
        assert_eq!(json::read(&json::write(&expected)), Some(expected));
    }

    #[test]
    fn every_metric_with_an_alarm_is_in_the_list() {
        let list = metrics::text(&BTreeMap::new());
        for alarm in Alarm::ALL {
            if let Row(_, Number::Metric(name), ..) = alarm.row() {
                assert!(list.contains(&format!("# TYPE {name} gauge\n")), "{name}");
            }
        }
    }

    #[test]
    fn a_number_of_another_version_is_passed_over_and_one_that_is_missing_changes_nothing() {
        let text = json::write(&with(&[(Alarm::Outbox, 7)])).replace("\"outbox\"", "\"of another version\"");
        let read: DeploymentMetrics = json::read(&text).unwrap();
        assert_eq!(read.turned(&Alarm::ALL), []);
        assert!(!read.is_whole(Alarm::Outbox));
        let earlier = "{\"sockets\":1,\"messages\":2,\"refused\":3,\"deadLetters\":9}";
        assert_eq!(json::read::<DeploymentMetrics>(earlier).map(|read| read.turned(&Alarm::ALL)), Some(Vec::new()));
    }

    #[test]
    fn an_alert_is_one_line_of_json_and_names_its_page() {
        let alert = Alert { no: 4, alarm: "dead-letters".to_owned(), is_up: true, at: 1_795_000_000_000, value: 3 };
        assert_eq!(
            alert.body(),
            "{\"type\":\"alarm\",\"alarm\":\"dead-letters\",\"state\":\"raised\",\"value\":3,\"timestamp\":1795000000000,\
             \"text\":\"CF Messenger: Dead letters: 3, alarm raised. docs/runbooks/dead-letters.md\"}"
        );
        assert_eq!(json::read(&json::write(&alert)), Some(alert));
    }
}
