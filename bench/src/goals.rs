//! Goals: the figures of the product, the baselines that they are compared with, and the required ratios.

use crate::livestore::Wire::{V03, V04};
use crate::scenario::Scenario;
use crate::server::Kind;

/// Direction in which a figure is better, and its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// The ratio must not be above this.
    AtMost(f64),
    /// The ratio must not be below this.
    AtLeast(f64),
}

impl Bound {
    /// Returns true if `value` reaches the goal.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    /// Returns the number alone.
    pub fn limit(self) -> f64 {
        match self {
            Self::AtMost(limit) | Self::AtLeast(limit) => limit,
        }
    }

    /// Returns the text for a table.
    pub fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::AtLeast(limit) => format!("≥ {limit}"),
        }
    }

    /// Reverses [`Bound::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, limit) = text.split_once(' ')?;
        let limit = limit.parse().ok()?;
        match sign {
            "≤" => Some(Self::AtMost(limit)),
            "≥" => Some(Self::AtLeast(limit)),
            _ => None,
        }
    }
}

/// Row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Text of the first column.
    pub title: &'static str,
    /// Scenario that measures the figure.
    pub scenario: Scenario,
    pub figure: &'static str,
    /// Server whose figure is 1; `None` uses the figure itself.
    pub reference: Option<Kind>,
    /// Required bound.
    pub must: Bound,
    /// Bound of an exceptional result.
    pub moonshot: Option<Bound>,
}

const fn goal(
    title: &'static str,
    scenario: Scenario,
    figure: &'static str,
    reference: Option<Kind>,
    must: Bound,
    moonshot: Option<Bound>,
) -> Goal {
    Goal { title, scenario, figure, reference, must, moonshot }
}

use Bound::{AtLeast, AtMost};
use Kind::{
    HopeflowJs, HubJs, LimitJs, LimitJsSql, LimitJsSqlb0, Livestore04Original, LivestoreJs, LivestoreOriginal,
    PacketsJs, SocketIo,
};

const fn stored(title: &'static str, scenario: Scenario) -> Goal {
    goal(title, scenario, "events_per_s", Some(LivestoreOriginal), AtLeast(2.0), None)
}

const fn stored_04(title: &'static str, scenario: Scenario, ratio_min: f64) -> Goal {
    goal(title, scenario, "events_per_s", Some(Livestore04Original), AtLeast(ratio_min), None)
}

const fn beside_js(title: &'static str, scenario: Scenario, ratio_min: f64) -> Goal {
    goal(title, scenario, "events_per_s", Some(LivestoreJs), AtLeast(ratio_min), None)
}

const fn beside_socket_io(title: &'static str, scenario: Scenario) -> Goal {
    goal(title, scenario, "p50_us", Some(SocketIo), AtMost(1.0), None)
}

/// Largest number of frames for one of n joins: a constant, or joins would be quadratic.
const FRAMES_PER_JOIN_MAX: f64 = 10.0;

/// Largest number of kilobytes that one of 300 joins is told: a page of the participants and their number.
const KB_PER_JOIN_MAX: f64 = 8.0;

/// Largest 99th percentile of a hundred rooms, in microseconds.
const ROOMS_P99_MAX_US: f64 = 3_000.0;

/// Largest ratio of a door beside the messenger: nine tenths of the minimal server's speed.
const NINE_TENTHS: Bound = AtMost(1.11);

/// All goals.
pub const GOALS: [Goal; 29] = [
    goal("transient frame (typing), p50", Scenario::Typing, "p50_us", Some(LimitJs), AtMost(1.2), Some(AtMost(1.05))),
    goal("durable message echo, p50", Scenario::Echo, "p50_us", Some(LimitJsSql), AtMost(1.15), Some(AtMost(1.0))),
    goal("fan-out 30, p50", Scenario::FanOut(30), "p50_us", Some(LimitJsSql), AtMost(1.15), None),
    goal("fan-out 200, p50", Scenario::FanOut(200), "p50_us", Some(LimitJsSql), AtMost(1.15), None),
    goal("fan-out 1,000, p50", Scenario::FanOut(1000), "p50_us", Some(LimitJsSql), AtMost(1.15), None),
    goal(
        "saturation, durable, 30 receivers: deliveries/s",
        Scenario::Saturation,
        "deliveries_per_s",
        Some(LimitJs),
        AtLeast(2.0),
        Some(AtLeast(4.0)),
    ),
    goal(
        "saturation, against one durable transaction per turn",
        Scenario::Saturation,
        "deliveries_per_s",
        Some(LimitJsSqlb0),
        AtLeast(0.7),
        None,
    ),
    goal(
        "saturation: CPU per delivery",
        Scenario::Saturation,
        "cpu_us_per_delivery",
        Some(LimitJs),
        AtMost(1.0),
        Some(AtMost(0.25)),
    ),
    goal(
        "highest rate with p99 ≤ 50 ms, durable",
        Scenario::Rate,
        "messages_per_s",
        Some(LimitJs),
        AtLeast(12.0),
        None,
    ),
    goal(
        "100 rooms × 3 people, 300 messages/s, p50",
        Scenario::Rooms,
        "p50_us",
        Some(LimitJsSql),
        AtMost(1.15),
        Some(AtMost(1.0)),
    ),
    goal("100 rooms: p99 in µs", Scenario::Rooms, "p99_us", None, AtMost(ROOMS_P99_MAX_US), None),
    goal("100 rooms: CPU per delivery", Scenario::Rooms, "cpu_us_per_delivery", Some(LimitJsSql), AtMost(1.5), None),
    goal("300 joins: joins/s", Scenario::Joins, "joins_per_s", Some(LimitJs), AtLeast(0.5), Some(AtLeast(0.8))),
    goal("300 joins: frames per join", Scenario::Joins, "frames_per_join", None, AtMost(FRAMES_PER_JOIN_MAX), None),
    goal("300 joins: KB told per join", Scenario::Joins, "kb_per_join", None, AtMost(KB_PER_JOIN_MAX), None),
    goal("kill -9: promised messages lost", Scenario::Kill9, "lost", None, AtMost(0.0), None),
    goal("hub, POST to socket, p50", Scenario::HubPost, "p50_us", Some(HubJs), NINE_TENTHS, None),
    goal("hub, socket to 200 sockets, p50", Scenario::HubFanOut, "p50_us", Some(HubJs), NINE_TENTHS, None),
    goal("HopeFlow, publish to 10 answers, p50", Scenario::Publish, "p50_us", Some(HopeflowJs), AtMost(1.1), None),
    stored("LiveStore, 1,000 events one by one: events/s", Scenario::StorePush(V03, 1)),
    stored("LiveStore, in batches of 14: events/s", Scenario::StorePush(V03, 14)),
    stored("LiveStore, in batches of 100: events/s", Scenario::StorePush(V03, 100)),
    stored("LiveStore, pull of 100,000: events/s", Scenario::StorePull(V03)),
    stored_04("LiveStore 0.4, 1,000 events one by one: events/s", Scenario::StorePush(V04, 1), 2.0),
    stored_04("LiveStore 0.4, in batches of 14: events/s", Scenario::StorePush(V04, 14), 2.0),
    stored_04("LiveStore 0.4, in batches of 100: events/s", Scenario::StorePush(V04, 100), 2.0),
    stored_04("LiveStore 0.4, pull of 100,000: events/s", Scenario::StorePull(V04), 1.0),
    goal("packets of 100 bytes/s", Scenario::Packets, "short_per_s", Some(PacketsJs), AtLeast(1.0), None),
    goal("packets of 900 bytes/s", Scenario::Packets, "long_per_s", Some(PacketsJs), AtLeast(1.0), None),
];

/// Goals against other servers: durable messages as fast as those of `limit-js` and `socket.io`, which store nothing; LiveStore as fast as
/// plain JavaScript.
pub const SIDE_GOALS: [Goal; 14] = [
    goal("fan-out 30, p50", Scenario::FanOut(30), "p50_us", Some(LimitJs), AtMost(1.0), None),
    goal("fan-out 200, p50", Scenario::FanOut(200), "p50_us", Some(LimitJs), AtMost(1.0), None),
    goal("fan-out 1,000, p50", Scenario::FanOut(1000), "p50_us", Some(LimitJs), AtMost(1.0), None),
    goal("kill -9: acknowledged messages/s", Scenario::Kill9, "acks_per_s", Some(LimitJsSql), AtLeast(4.0), None),
    beside_js("LiveStore, 1,000 events one by one: events/s", Scenario::StorePush(V03, 1), 0.9),
    beside_js("LiveStore, in batches of 14: events/s", Scenario::StorePush(V03, 14), 0.95),
    beside_js("LiveStore, in batches of 100: events/s", Scenario::StorePush(V03, 100), 0.9),
    beside_js("LiveStore, pull of 100,000: events/s", Scenario::StorePull(V03), 0.9),
    beside_socket_io("durable message echo, p50", Scenario::Echo),
    beside_socket_io("fan-out 30, p50", Scenario::FanOut(30)),
    beside_socket_io("fan-out 200, p50", Scenario::FanOut(200)),
    beside_socket_io("fan-out 1,000, p50", Scenario::FanOut(1000)),
    beside_socket_io("100 rooms × 3 people, 300 messages/s, p50", Scenario::Rooms),
    goal("300 joins: joins/s", Scenario::Joins, "joins_per_s", Some(SocketIo), AtLeast(1.0), None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_back_from_its_text() {
        for goal in GOALS.iter().chain(&SIDE_GOALS) {
            assert_eq!(Bound::parse(&goal.must.text()), Some(goal.must), "{}", goal.title);
        }
        assert_eq!((Bound::parse("< 1"), Bound::parse("≤ one"), Bound::parse("")), (None, None, None));
    }
}
