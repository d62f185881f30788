//! Series of the charts on `/admin` (`messagehub.md` 9): dropped sockets by reason, returning clients, refusals by code, reconnect loops, and
//! objects that woke with open sockets. The names of their counters are here as well. Refusals by limits have their own chart and counter.

use std::collections::BTreeMap;

use crate::words::closing::CloseCode;

crate::words! {
    /// Series of counts. New ones are added at the end, because stored readings have this order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Series {
        /// Sockets that fell behind, or to which a frame could not be sent. Those that fell behind stay open.
        Slow = "slow",
        /// Sockets that were silent for too long.
        Silent = "silent",
        /// Sockets whose session or token expired.
        SessionOver = "session",
        /// Sockets that sent too fast, or that exceeded a person's number of sockets.
        Flood = "flood",
        /// Sockets that were replaced by the same device.
        Superseded = "superseded",
        /// Sockets that were closed for another reason.
        Closed = "other",
        /// Sockets that resumed from a position.
        Resumed = "resumed",
        /// Writes of people who are muted.
        Muted = "muted",
        /// Writes in closed rooms.
        RoomClosed = "room_closed",
        /// Calls of people who are banned.
        Banned = "banned",
        /// Refusals with another code.
        Refused = "refused",
        /// Devices in reconnect loops.
        Looping = "loops",
        /// Objects that woke with open sockets.
        Woken = "wakes",
    }
}

const CLOSED_SILENT: &str = "cfm_closed_total{reason=\"silent\"}";
const CLOSED_SESSION: &str = "cfm_closed_total{reason=\"session\"}";
const CLOSED_FLOOD: &str = "cfm_closed_total{reason=\"flood\"}";
const CLOSED_SUPERSEDED: &str = "cfm_closed_total{reason=\"superseded\"}";
const CLOSED_OTHER: &str = "cfm_closed_total{reason=\"other\"}";
const REFUSED_MUTED: &str = "cfm_refused_total{code=\"MUTED\"}";
const REFUSED_ROOM_CLOSED: &str = "cfm_refused_total{code=\"ROOM_CLOSED\"}";
const REFUSED_OTHER: &str = "cfm_refused_total{code=\"other\"}";

pub const DROPPED_LAG: &str = "cfm_dropped_total{reason=\"lag\"}";
/// Counter of sockets to which a frame could not be sent.
pub const DROPPED_SEND_FAILED: &str = "cfm_dropped_total{reason=\"send_failed\"}";
pub const DROPPED_OVERLOAD: &str = "cfm_dropped_total{reason=\"overload\"}";
/// Counter of frames that were too large to be delivered.
pub const DROPPED_TOO_LARGE: &str = "cfm_dropped_total{reason=\"too_large\"}";
/// Counter of envelopes that a full channel dropped (`hopeflow.md`).
pub const DROPPED_ENVELOPE: &str = "cfm_dropped_total{reason=\"envelope_limit\"}";
pub const RECONNECT_LOOPS: &str = "cfm_reconnect_loops_total";
pub const REFUSED_BANNED: &str = "cfm_refused_total{code=\"BANNED\"}";
pub const RESUMED_HUB: &str = "cfm_resumed_total{door=\"hub\"}";
pub const RESUMED_MESSENGER: &str = "cfm_resumed_total{door=\"messenger\"}";
/// Counter of packet clients that resumed in a conversation.
pub const RESUMED_PACKETS: &str = "cfm_resumed_total{door=\"wasmchannel\"}";

impl Series {
    pub const DROPS: &[Self] =
        &[Self::Slow, Self::Silent, Self::SessionOver, Self::Flood, Self::Superseded, Self::Closed];
    pub const RETURNS: &[Self] = &[Self::Resumed];
    pub const LOOPS: &[Self] = &[Self::Looping];
    pub const WAKES: &[Self] = &[Self::Woken];
    /// Series of sockets that were dropped because of slow readers or fast writers.
    pub const TROUBLE: &[Self] = &[Self::Slow, Self::Flood];
    pub const REFUSALS: &[Self] = &[Self::Muted, Self::RoomClosed, Self::Banned, Self::Refused];

    const fn counters(self) -> &'static [&'static str] {
        match self {
            Self::Slow => &[DROPPED_LAG, DROPPED_SEND_FAILED, DROPPED_OVERLOAD],
            Self::Silent => &[CLOSED_SILENT],
            Self::SessionOver => &[CLOSED_SESSION],
            Self::Flood => &[CLOSED_FLOOD],
            Self::Superseded => &[CLOSED_SUPERSEDED],
            Self::Closed => &[CLOSED_OTHER],
            Self::Resumed => &[RESUMED_HUB, RESUMED_MESSENGER, RESUMED_PACKETS],
            Self::Muted => &[REFUSED_MUTED],
            Self::RoomClosed => &[REFUSED_ROOM_CLOSED],
            Self::Banned => &[REFUSED_BANNED],
            Self::Refused => &[REFUSED_OTHER],
            Self::Looping => &[RECONNECT_LOOPS],
            Self::Woken => &[
                "cfm_hibernation_wakes_total{object=\"room\"}",
                "cfm_hibernation_wakes_total{object=\"hub\"}",
                "cfm_hibernation_wakes_total{object=\"channel\"}",
                "cfm_hibernation_wakes_total{object=\"store\"}",
            ],
        }
    }

    /// Returns the value of the series in `values`, the list of all series; 0 if an earlier version wrote fewer.
    pub fn of(self, values: &[u64]) -> u64 {
        values.get(self as usize).copied().unwrap_or(0)
    }

    /// Returns the growth of the series between two lists; 0 if an earlier version wrote one of them without it.
    pub fn growth(self, before: &[u64], last: &[u64]) -> u64 {
        let values = before.get(self as usize).zip(last.get(self as usize));
        values.map_or(0, |(before, last)| last.saturating_sub(*before))
    }

    /// Returns the values of all series in their order, from the sums of `/metrics`.
    pub fn of_sums(sums: &BTreeMap<String, u64>) -> Vec<u64> {
        let sum = |series: Self| series.counters().iter().filter_map(|counter| sums.get(*counter)).sum::<u64>();
        Self::ALL.into_iter().map(sum).collect()
    }
}

/// Returns the counter of sockets that the server closed with `code` (`core.md` 7).
pub fn closed_counter(code: u16) -> &'static str {
    let is = |known: CloseCode| known.code() == code;
    if is(CloseCode::Silent) {
        CLOSED_SILENT
    } else if is(CloseCode::Unauthenticated) {
        CLOSED_SESSION
    } else if is(CloseCode::RateLimited) {
        CLOSED_FLOOD
    } else if is(CloseCode::Superseded) {
        CLOSED_SUPERSEDED
    } else {
        CLOSED_OTHER
    }
}

/// Returns the counter of refusals with `code`. Only a few codes have their own; all others share one.
pub fn refused_counter(code: &str) -> &'static str {
    match code {
        "MUTED" => REFUSED_MUTED,
        "ROOM_CLOSED" => REFUSED_ROOM_CLOSED,
        "BANNED" => REFUSED_BANNED,
        _ => REFUSED_OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::refusal::Refusal;

    #[test]
    fn every_series_is_in_one_chart_and_has_counters_that_no_other_has() {
        let charts: Vec<Series> =
            [Series::DROPS, Series::RETURNS, Series::REFUSALS, Series::LOOPS, Series::WAKES].concat();
        assert_eq!(charts, Series::ALL);
        let mut counters: Vec<&str> = Series::ALL.into_iter().flat_map(Series::counters).copied().collect();
        let count = counters.len();
        counters.sort_unstable();
        counters.dedup();
        assert_eq!(counters.len(), count);
    }

    #[test]
    fn sums_of_all_objects_become_one_value_for_each_series() {
        let codes = [CloseCode::Silent, CloseCode::Unauthenticated, CloseCode::RateLimited, CloseCode::Superseded];
        let closed =
            codes.into_iter().chain([CloseCode::TooLarge, CloseCode::Gone]).map(|code| closed_counter(code.code()));
        let refusals = [
            Refusal::Muted { retry_after_ms: 1 },
            Refusal::RoomClosed,
            Refusal::Banned { act: String::new(), reason: String::new() },
            Refusal::Conflict,
            Refusal::NotFound,
        ];
        let refused = refusals.iter().map(|refusal| refused_counter(refusal.code()));
        let slow = Series::Slow.counters().iter().copied();
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        let wakes = Series::Woken.counters().iter().copied();
        for counter in slow.chain(closed).chain(refused).chain([RESUMED_HUB, RESUMED_PACKETS]).chain(wakes) {
            *sums.entry(counter.to_owned()).or_default() += 1;
        }
        sums.insert(DROPPED_TOO_LARGE.to_owned(), 100);
        let values = Series::of_sums(&sums);
        assert_eq!(values, [3, 1, 1, 1, 1, 2, 2, 1, 1, 1, 2, 0, 4]);
        assert_eq!([Series::Slow, Series::Closed, Series::Refused].map(|series| series.of(&values)), [3, 2, 2]);
        assert_eq!(Series::Refused.of(&values[..3]), 0, "an earlier version knew fewer");
        let later: Vec<u64> = values.iter().map(|value| value + 5).collect();
        assert_eq!([Series::Slow, Series::Woken].map(|series| series.growth(&values, &later)), [5, 5]);
        assert_eq!([Series::Slow, Series::Woken].map(|series| series.growth(&values[..3], &later)), [5, 0]);
        assert_eq!(Series::Woken.growth(&later, &values), 0, "a counter that began anew");
    }
}
