//! Sliding-window rate limits as plain data (`core.md` 6).
//!
//! A [`Rule`] says how much, a [`Counter`] remembers what was used; [`Rules`] are all that there are. Where the counter is kept (memory,
//! SQLite, or read back from the log) is the caller's business; a refused attempt is never counted.

mod limit_rule;
mod rules;

use std::collections::VecDeque;

pub use limit_rule::LimitRule;
pub use rules::Rules;

use super::event::Millis;
use super::limits::{BAD_FRAMES_MAX, BAD_FRAMES_WINDOW_MS, FRAME_FLOOD_FACTOR};
use super::refusal::Refusal;

/// Largest count for which every single time is remembered; above it two buckets approximate the window.
const EXACT_COUNT_MAX: u32 = 64;

/// `count` per `ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Number of uses that are allowed …
    pub count: u32,
    /// … in this time.
    pub ms: Millis,
}

/// Windows that all must have room. No window: no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule(pub Vec<Window>);

impl Rule {
    /// Parses `<count>/<seconds>[,<count>/<seconds>…]`; `0` alone means no limit. `None` when the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim() == "0" {
            return Some(Self::default());
        }
        text.split(',').map(parse_window).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Unusable frames of one socket, on every door: one more closes it with 1008 (`core.md` 7).
    pub fn bad_frames() -> Self {
        Self(vec![Window { count: BAD_FRAMES_MAX as u32 - 1, ms: BAD_FRAMES_WINDOW_MS }])
    }

    /// Returns the rule for so many times as much: a client above that does not listen, and its socket is closed with 4429 (`core.md` 7).
    pub fn flood(&self) -> Self {
        let times = |window: &Window| Window { count: window.count.saturating_mul(FRAME_FLOOD_FACTOR), ms: window.ms };
        Self(self.0.iter().map(times).collect())
    }

    /// The longest window: what happened earlier does not matter any more.
    pub fn longest_ms(&self) -> Millis {
        self.0.iter().map(|window| window.ms).max().unwrap_or(0)
    }

    /// The rule as clients read it in `GET /api/config`, and as [`Rule::parse`] does: all windows.
    pub fn text(&self) -> String {
        if self.0.is_empty() {
            return "0".to_owned();
        }
        self.0.iter().map(|window| format!("{}/{}", window.count, window.ms / 1000)).collect::<Vec<_>>().join(",")
    }
}

fn parse_window(text: &str) -> Option<Window> {
    let (count, seconds) = text.trim().split_once('/')?;
    let count = count.parse::<u32>().ok().filter(|count| *count > 0)?;
    let seconds = seconds.parse::<u32>().ok().filter(|seconds| *seconds > 0)?;
    Some(Window { count, ms: Millis::from(seconds) * 1000 })
}

/// Uses of one (rule, key).
#[derive(Clone, Debug, Default)]
pub struct Counter {
    meters: Vec<Meter>,
}

#[derive(Clone, Debug)]
enum Meter {
    /// Every time inside the window, oldest first.
    Exact(VecDeque<Millis>),
    /// The running bucket and the one before it, weighted by its overlap with the window.
    Buckets { start: Millis, current: u32, previous: u32 },
}

impl Meter {
    fn new(window: &Window) -> Self {
        if window.count <= EXACT_COUNT_MAX {
            Self::Exact(VecDeque::new())
        } else {
            Self::Buckets { start: 0, current: 0, previous: 0 }
        }
    }

    /// Returns the milliseconds until one more fits; 0 when it fits now.
    fn wait_ms(&mut self, window: &Window, now: Millis) -> Millis {
        match self {
            Self::Exact(times) => {
                while times.front().is_some_and(|time| time + window.ms <= now) {
                    times.pop_front();
                }
                // A use ahead of `now` was counted before the clock was set back. If it counted, it would do so for longer than a window.
                while times.back().is_some_and(|time| *time > now) {
                    times.pop_back();
                }
                if times.len() < window.count as usize {
                    return 0;
                }
                // Room appears when enough of the oldest have left the window.
                let leaving = times.len() - window.count as usize;
                times.get(leaving).map_or(0, |time| time + window.ms - now)
            }
            Self::Buckets { start, current, previous } => {
                // A bucket holds no more than the limit: what is beyond it would only make the next wait longer than the window.
                *current = (*current).min(window.count);
                roll(start, current, previous, window.ms, now);
                let into = now.saturating_sub(*start);
                if *current >= window.count {
                    // Until its bucket ends, and then until enough of it has left the window.
                    return window.ms - into + left_after_ms(window, window.count, *current);
                }
                left_after_ms(window, window.count - *current, *previous).saturating_sub(into)
            }
        }
    }

    /// Returns the number of uses inside the window, and the milliseconds until none is (of buckets: until the running one ends). Called right
    /// after [`Meter::wait_ms`].
    fn used(&self, window: &Window, now: Millis) -> (u32, Millis) {
        match self {
            Self::Exact(times) => {
                let reset_ms = times.back().map_or(0, |time| (time + window.ms).saturating_sub(now));
                (u32::try_from(times.len()).unwrap_or(u32::MAX), reset_ms)
            }
            Self::Buckets { start, current, previous } => {
                let into = now.saturating_sub(*start).min(window.ms);
                let of_before = Millis::from(*previous) * (window.ms - into).saturating_sub(1) / window.ms;
                (current.saturating_add(u32::try_from(of_before).unwrap_or(u32::MAX)), window.ms - into)
            }
        }
    }

    fn numbers(&self) -> Vec<Millis> {
        match self {
            Self::Exact(times) => times.iter().copied().collect(),
            Self::Buckets { start, current, previous } => vec![*start, (*current).into(), (*previous).into()],
        }
    }

    fn restore(&mut self, numbers: &[Millis]) {
        match (self, numbers) {
            (Self::Exact(times), _) => times.extend(numbers),
            (Self::Buckets { start, current, previous }, &[at, now, before]) => {
                let count = |number| u32::try_from(number).unwrap_or(0);
                (*start, *current, *previous) = (at, count(now), count(before));
            }
            _ => {}
        }
    }

    fn add(&mut self, now: Millis) {
        match self {
            Self::Exact(times) => times.push_back(now),
            Self::Buckets { current, .. } => *current += 1,
        }
    }
}

/// Returns the milliseconds into a bucket after which fewer than `room` of the `previous` one are still inside the window. Of the bucket
/// before, as much counts as of its time is inside: a use that is as old as the window is long is outside, so `window.ms - 1 - into` of
/// `window.ms` are left.
fn left_after_ms(window: &Window, room: u32, previous: u32) -> Millis {
    if previous == 0 {
        return 0;
    }
    let inside_ms = (Millis::from(room).saturating_mul(window.ms) - 1) / Millis::from(previous);
    (window.ms - 1).saturating_sub(inside_ms)
}

/// Moves on to the bucket of `now`. The first one begins with its first use and not with the clock, so that a burst out of nothing is
/// in one bucket and none of it weighs less.
fn roll(start: &mut Millis, current: &mut u32, previous: &mut u32, length_ms: Millis, now: Millis) {
    let past = now.saturating_sub(*start);
    if *current == 0 && *previous == 0 {
        // Somebody only looked.
        *start = now;
    } else if now < *start || past >= 2 * length_ms {
        // A clock that was set back, or a long pause.
        (*start, *current, *previous) = (now, 0, 0);
    } else if past >= length_ms {
        (*start, *current, *previous) = (*start + length_ms, 0, *current);
    }
}

impl Counter {
    /// A counter that already knows earlier uses (oldest first), for limits that are counted from the log itself.
    pub fn from_times(rule: &Rule, times: &[Millis]) -> Self {
        let mut counter = Self::default();
        for &time in times {
            counter.add(rule, time);
        }
        counter
    }

    /// Returns the uses as text that outlives memory.
    pub fn text(&self) -> String {
        let numbers = |meter: &Meter| meter.numbers().iter().map(Millis::to_string).collect::<Vec<_>>().join(",");
        self.meters.iter().map(numbers).collect::<Vec<_>>().join(";")
    }

    /// Reverse of [`Counter::text`]; what is not of this rule was not used.
    pub fn restored(rule: &Rule, text: &str) -> Self {
        let mut counter = Self::default();
        counter.fit(rule);
        for (meter, numbers) in counter.meters.iter_mut().zip(text.split(';')) {
            let numbers: Option<Vec<Millis>> = numbers.split(',').map(|number| number.parse().ok()).collect();
            meter.restore(&numbers.unwrap_or_default());
        }
        counter
    }

    /// Counts one use, or refuses with the time after which it is worth another try.
    pub fn charge(&mut self, rule: &Rule, now: Millis) -> Result<(), Refusal> {
        self.check(rule, now)?;
        self.count(now);
        Ok(())
    }

    /// Counts a use that [`Counter::check`] has just allowed.
    pub fn count(&mut self, now: Millis) {
        self.meters.iter_mut().for_each(|meter| meter.add(now));
    }

    /// Counts a use whether it fits or not: it has happened.
    pub fn add(&mut self, rule: &Rule, now: Millis) {
        self.fit(rule);
        for (window, meter) in rule.0.iter().zip(&mut self.meters) {
            meter.wait_ms(window, now);
            meter.add(now);
        }
    }

    /// Returns, of the first window, its limit, the number of uses that still fit, and the milliseconds until none is inside (above 64 uses:
    /// until the running bucket ends). `None` without a limit.
    pub fn room(&mut self, rule: &Rule, now: Millis) -> Option<(u32, u32, Millis)> {
        self.fit(rule);
        let (window, meter) = rule.0.first().zip(self.meters.first_mut())?;
        meter.wait_ms(window, now);
        let (used, reset_ms) = meter.used(window, now);
        Some((window.count, window.count.saturating_sub(used), reset_ms))
    }

    /// Returns `true` when nothing of any window is used: a fresh counter knows as much.
    pub fn is_idle(&mut self, rule: &Rule, now: Millis) -> bool {
        self.fit(rule);
        rule.0.iter().zip(&mut self.meters).all(|(window, meter)| {
            meter.wait_ms(window, now);
            match meter {
                Meter::Exact(times) => times.is_empty(),
                Meter::Buckets { current, previous, .. } => *current == 0 && *previous == 0,
            }
        })
    }

    /// Checks whether one more would fit now, without counting it.
    pub fn check(&mut self, rule: &Rule, now: Millis) -> Result<(), Refusal> {
        self.fit(rule);
        let waits = rule.0.iter().zip(&mut self.meters).map(|(window, meter)| meter.wait_ms(window, now));
        match waits.max().unwrap_or(0) {
            0 => Ok(()),
            retry_after_ms => Err(Refusal::RateLimited { retry_after_ms }),
        }
    }

    fn fit(&mut self, rule: &Rule) {
        if self.meters.len() != rule.0.len() {
            self.meters = rule.0.iter().map(Meter::new).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(result: Result<(), Refusal>) -> Millis {
        match result {
            Err(Refusal::RateLimited { retry_after_ms }) => retry_after_ms,
            other => panic!("expected a limit, got {other:?}"),
        }
    }

    #[test]
    fn rules_parse_and_zero_means_off() {
        assert_eq!(Rule::parse("10/5,60/60"), Some(Rules::default().chat));
        assert_eq!(Rule::parse("0"), Some(Rule::default()));
        for bad in ["", "10", "0/5", "10/0", "x/5", "-1/5", "10/5,"] {
            assert_eq!(Rule::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_strictest_window_decides_and_tells_when() {
        let rule = Rule::parse("2/1,3/10").unwrap();
        let mut counter = Counter::default();
        counter.charge(&rule, 0).unwrap();
        counter.charge(&rule, 100).unwrap();
        assert_eq!(refused(counter.charge(&rule, 200)), 800);
        counter.charge(&rule, 1_000).unwrap();
        assert_eq!(refused(counter.charge(&rule, 2_500)), 7_500);
        counter.charge(&rule, 10_000).unwrap();
    }

    #[test]
    fn a_refused_attempt_is_not_counted() {
        let rule = Rule::parse("1/1").unwrap();
        let mut counter = Counter::default();
        counter.charge(&rule, 0).unwrap();
        for now in 1..1_000 {
            refused(counter.charge(&rule, now));
        }
        counter.charge(&rule, 1_000).unwrap();
    }

    #[test]
    fn buckets_hold_the_limit_over_any_window() {
        let rule = Rule::parse("100/10").unwrap();
        let mut counter = Counter::default();
        let passed: Vec<Millis> = (0..60_000).step_by(20).filter(|now| counter.charge(&rule, *now).is_ok()).collect();
        assert!(passed.len() > 500, "{}", passed.len());
        // Two buckets are an approximation: at most a bucket's worth of error at a border.
        for start in (0..50_000).step_by(500) {
            let inside = passed.iter().filter(|time| (start..start + 10_000).contains(*time)).count();
            assert!(inside <= 150, "{inside} from {start}");
        }
    }

    /// Whenever it begins and however long it takes: one more than fits is refused within one window.
    #[test]
    fn a_burst_out_of_nothing_is_counted_whole() {
        let rule = Rule::parse("600/10").unwrap();
        for (begin, takes) in (0..10_000).step_by(97).flat_map(|begin| [10, 2_000, 9_999].map(|takes| (begin, takes))) {
            let mut counter = Counter::default();
            let at = |n: Millis| 1_700_000_000_000 + begin + n * takes / 600;
            // A look is no use: the hints of an answer, or a question whether one more would fit.
            let looked_at = at(0).saturating_sub(begin * 2);
            assert_eq!(counter.room(&rule, looked_at).map(|(_, left, _)| left), Some(600));
            for n in 0..600 {
                counter.charge(&rule, at(n)).unwrap();
            }
            let wait = refused(counter.charge(&rule, at(600)));
            assert!(wait >= 1 && wait <= 10_000 - takes, "{wait} after {takes} from {begin}");
            assert_eq!(counter.charge(&rule, at(600) + wait), Ok(()), "{wait} after {takes} from {begin}");
        }
    }

    proptest! {
        /// However the clock is set, no wait is longer than the window of its rule, and whoever waits as long as they are told is let in. Some
        /// uses are counted although they do not fit; some counters were written down meanwhile.
        #[test]
        fn no_step_of_the_clock_makes_a_wait_longer_than_its_window(
            text in prop::sample::select(vec!["1/1", "10/5,60/60", "3/10", "100/10", "600/10,64/5", "120/60"]),
            acts in prop::collection::vec((-200_000_i64..200_000, 0_u32..150, any::<bool>()), 1..12),
        ) {
            let rule = Rule::parse(text).unwrap();
            let mut counter = Counter::default();
            let mut now: Millis = 1_700_000_000_000;
            for (step, uses, is_whole) in acts {
                now = now.saturating_add_signed(step);
                for _ in 0..uses {
                    now += 7;
                    if is_whole {
                        counter.add(&rule, now);
                    } else if let Err(Refusal::RateLimited { retry_after_ms }) = counter.charge(&rule, now) {
                        prop_assert!((1..=rule.longest_ms()).contains(&retry_after_ms), "{retry_after_ms} for {text}");
                        prop_assert_eq!(counter.clone().check(&rule, now + retry_after_ms), Ok(()), "after {}", retry_after_ms);
                    }
                }
                counter = Counter::restored(&rule, &counter.text());
            }
        }
    }

    #[test]
    fn a_counter_that_was_written_down_is_the_counter() {
        for text in ["120/60", "3/10", "10/5,60/60", "2/1,100/10"] {
            let rule = Rule::parse(text).unwrap();
            let mut live = Counter::default();
            for now in (0..90_000).step_by(70) {
                let _ = live.charge(&rule, now);
                let mut stored = Counter::restored(&rule, &live.text());
                assert_eq!(stored.check(&rule, now + 1), live.clone().check(&rule, now + 1), "{text} at {now}");
                assert_eq!(stored.text(), live.text(), "{text} at {now}");
            }
        }
        let rule = Rules::default().rest;
        for foreign in ["", ";", "x,1,2", "1,2", "1,2,99999999999999999999"] {
            assert_eq!(Counter::restored(&rule, foreign).check(&rule, 1_000), Ok(()), "{foreign}");
        }
    }

    #[test]
    fn a_counter_read_back_from_the_log_is_the_counter() {
        let rule = Rules::default().nudge;
        let mut live = Counter::default();
        for now in [0, 3_000, 6_000] {
            live.charge(&rule, now).unwrap();
        }
        let mut read = Counter::from_times(&rule, &[0, 3_000, 6_000]);
        assert_eq!(live.charge(&rule, 7_000), read.charge(&rule, 7_000));
        assert_eq!(refused(read.charge(&rule, 7_000)), 3_000);
    }
}
