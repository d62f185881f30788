//! One connection that is kept open: connecting, retries, heartbeats, and the detection of dead sockets. It knows close codes (`core.md` 7)
//! and time, but no frames. Room and presence clients share it.

use super::dice::Dice;
use crate::words::event::Millis;
use crate::words::limits::{
    ANSWER_MS_MAX, BACKOFF_MS, BACKOFF_MS_MAX, CONNECT_MS_MAX, PROBE_MS_MAX, RESTART_SPREAD_MS, STABLE_MS,
    WOKE_FRESH_MS,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Connected and up to date, so that messages are sent at once.
    Live,
    /// A socket is being opened, or is catching up.
    Connecting {
        /// Time at which this attempt began.
        since: Millis,
        /// Attempts since the connection was last stable, with this one.
        tries: u32,
    },
    Waiting {
        until: Millis,
        tries: u32,
    },
    /// The device reports that there is no network. Attempts continue, because the report may be wrong.
    Offline,
    /// No further attempt until the owner opens the link: it was closed (1000), or refused with this code of `core.md` 7.
    Ended(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEffect {
    Connect,
    /// Send the text `ping`.
    Ping,
    /// Close the socket with this code, and reset all state of the socket.
    Drop {
        /// 1000 or 4000–4999.
        code: u16,
    },
}

/// Close code for a silent socket.
const CLOSE_SILENT: u16 = 4408;
/// Close code for a socket that a newer one replaces.
const CLOSE_REPLACED: u16 = 4409;
/// Close code when the owner leaves.
const CLOSE_DONE: u16 = 1000;
/// Wait after 4429 if the reason contains none.
const CAPPED_MS: Millis = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkStage {
    Ended(u16),
    Waiting { until: Millis },
    Connecting { since: Millis },
    Opened { since: Millis },
    Live { since: Millis },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    Never,
    AtOnce,
    Backoff,
    Spread,
    After(Millis),
}

/// Connection that is kept open.
#[derive(Clone, Debug)]
pub struct Link {
    stage: LinkStage,
    heartbeat_ms: Millis,
    dice: Dice,
    tries: u32,
    tried_at: Millis,
    /// Last report of the device about its network; an opened socket overrules it.
    has_network: bool,
    last_received: Millis,
    ping_at: Millis,
    /// Time by which the server has to answer.
    answer_by: Option<Millis>,
}

impl Link {
    pub fn new(heartbeat_ms: Millis, random_seed: u64) -> Self {
        Self {
            stage: LinkStage::Ended(CLOSE_DONE),
            heartbeat_ms,
            dice: Dice::new(random_seed),
            tries: 0,
            tried_at: 0,
            has_network: true,
            last_received: 0,
            ping_at: 0,
            answer_by: None,
        }
    }

    pub fn state(&self) -> ConnectionState {
        let tries = self.tries;
        match self.stage {
            LinkStage::Ended(code) => ConnectionState::Ended(code),
            LinkStage::Waiting { .. } | LinkStage::Connecting { .. } if !self.has_network => ConnectionState::Offline,
            LinkStage::Waiting { until } => ConnectionState::Waiting { until, tries },
            LinkStage::Connecting { since } | LinkStage::Opened { since } => {
                ConnectionState::Connecting { since, tries }
            }
            LinkStage::Live { .. } => ConnectionState::Live,
        }
    }

    /// Returns `true` if the connection is up to date, as its owner has reported.
    pub fn is_live(&self) -> bool {
        matches!(self.stage, LinkStage::Live { .. })
    }

    /// Returns `true` if a socket is open, whether live or catching up.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, LinkStage::Opened { .. } | LinkStage::Live { .. })
    }

    /// Returns the time of the next call of [`Link::time`].
    pub fn wake_at(&self) -> Option<Millis> {
        match self.stage {
            LinkStage::Ended(_) => None,
            LinkStage::Waiting { until } => Some(until),
            LinkStage::Connecting { since } => Some(since + CONNECT_MS_MAX),
            LinkStage::Opened { .. } | LinkStage::Live { .. } => Some(self.ping_at.min(self.give_up_at())),
        }
    }

    fn give_up_at(&self) -> Millis {
        let silent_at = self.last_received + 2 * self.heartbeat_ms;
        self.answer_by.map_or(silent_at, |by| by.min(silent_at))
    }

    fn has_socket(&self) -> bool {
        matches!(self.stage, LinkStage::Connecting { .. } | LinkStage::Opened { .. } | LinkStage::Live { .. })
    }

    // ---- Calls of the owner

    /// Connects, unless that is in progress.
    pub fn open(&mut self, now: Millis) -> Vec<LinkEffect> {
        if !matches!(self.stage, LinkStage::Ended(_)) {
            return Vec::new();
        }
        self.tries = 0;
        self.connect(now)
    }

    pub fn close(&mut self) -> Vec<LinkEffect> {
        let effects = self.drop_socket(CLOSE_DONE);
        self.stage = LinkStage::Ended(CLOSE_DONE);
        effects
    }

    /// Handles the return of the network: a wait ends, and an open socket is replaced.
    pub fn network_up(&mut self, now: Millis) -> Vec<LinkEffect> {
        self.has_network = true;
        match self.stage {
            LinkStage::Waiting { .. } => self.connect(now),
            LinkStage::Opened { .. } | LinkStage::Live { .. } => self.probe(now),
            LinkStage::Ended(_) | LinkStage::Connecting { .. } => Vec::new(),
        }
    }

    /// Handles the device's report that there is no network. Attempts continue, because such reports can be wrong and the return of the
    /// network is not always reported.
    pub fn network_down(&mut self, now: Millis) -> Vec<LinkEffect> {
        self.has_network = false;
        if !self.has_socket() {
            return Vec::new();
        }
        self.give_up(now, Retry::Backoff)
    }

    /// Handles an answer of the server to another request, which proves that there is a network.
    pub fn reached(&mut self, now: Millis) -> Vec<LinkEffect> {
        if self.has_network {
            return Vec::new();
        }
        self.has_network = true;
        if let LinkStage::Waiting { .. } = self.stage { self.connect(now) } else { Vec::new() }
    }

    /// Handles activity of the person. If the device reports no network, a waiting link tries now, at most twice a second. Otherwise it keeps
    /// waiting, to spare a server that is down.
    pub fn hurry(&mut self, now: Millis) -> Vec<LinkEffect> {
        let is_waiting = matches!(self.stage, LinkStage::Waiting { .. }) && !self.has_network;
        let is_rested = now < self.tried_at || now - self.tried_at >= BACKOFF_MS;
        if is_waiting && is_rested { self.connect(now) } else { Vec::new() }
    }

    /// Handles a device that may have slept. A socket that has just received a frame stays; any other is replaced.
    pub fn woke(&mut self, now: Millis) -> Vec<LinkEffect> {
        let is_fresh = match self.stage {
            LinkStage::Ended(_) => return Vec::new(),
            LinkStage::Waiting { .. } => false,
            LinkStage::Connecting { since } => now >= since && now - since < WOKE_FRESH_MS,
            LinkStage::Opened { .. } | LinkStage::Live { .. } => {
                now >= self.last_received && now - self.last_received < WOKE_FRESH_MS
            }
        };
        if is_fresh {
            return Vec::new();
        }
        // The device may have slept through the return of the network.
        self.has_network = true;
        self.tries = 0;
        let mut effects = self.drop_socket(CLOSE_REPLACED);
        effects.extend(self.connect(now));
        effects
    }

    /// Replaces a socket whose frames no longer make sense.
    pub fn replace(&mut self, now: Millis) -> Vec<LinkEffect> {
        let mut effects = self.drop_socket(CLOSE_REPLACED);
        effects.extend(self.retry(now, Retry::Backoff, CLOSE_REPLACED));
        effects
    }

    // ---- Events of the socket

    /// Handles an opened socket, whose first frame is now expected.
    pub fn opened(&mut self, now: Millis) {
        if let LinkStage::Connecting { since } = self.stage {
            self.stage = LinkStage::Opened { since };
            self.has_network = true;
            self.last_received = now;
            self.ping_at = now + self.heartbeat_ms;
            self.answer_by = Some(now + ANSWER_MS_MAX);
        }
    }

    /// Sets the heartbeat interval that the server has sent.
    pub fn set_heartbeat(&mut self, heartbeat_ms: Millis) {
        self.heartbeat_ms = heartbeat_ms.clamp(5_000, 120_000);
    }

    /// Marks the connection as up to date.
    pub fn established(&mut self, now: Millis) {
        if let LinkStage::Opened { .. } = self.stage {
            self.stage = LinkStage::Live { since: now };
            self.answer_by = None;
        }
    }

    /// Handles a received frame, which proves that the socket is alive.
    pub fn mark_alive(&mut self, now: Millis) {
        self.last_received = now;
        self.answer_by = match self.stage {
            LinkStage::Opened { .. } => Some(now + ANSWER_MS_MAX),
            _ => None,
        };
    }

    /// Handles a sent frame that the server answers. Without an answer the socket is replaced early.
    pub fn expect_answer(&mut self, now: Millis) {
        self.answer_by.get_or_insert(now + ANSWER_MS_MAX);
    }

    /// Handles a socket that was closed, or failed to open.
    pub fn closed(&mut self, now: Millis, code: u16, reason: &str) -> Vec<LinkEffect> {
        if !self.has_socket() {
            return Vec::new();
        }
        self.forgive_if_stable(now);
        self.retry(now, retry_of(code, reason), code)
    }

    // ---- time

    /// Carries out due work.
    pub fn time(&mut self, now: Millis) -> Vec<LinkEffect> {
        match self.stage {
            LinkStage::Waiting { until } if until <= now => self.connect(now),
            LinkStage::Connecting { since } if since + CONNECT_MS_MAX <= now => self.give_up(now, Retry::Backoff),
            LinkStage::Opened { .. } | LinkStage::Live { .. } if self.give_up_at() <= now => {
                self.give_up(now, Retry::AtOnce)
            }
            LinkStage::Opened { .. } | LinkStage::Live { .. } if self.ping_at <= now => {
                self.ping_at = now + self.heartbeat_ms;
                vec![LinkEffect::Ping]
            }
            _ => Vec::new(),
        }
    }

    // ---- steps

    fn probe(&mut self, now: Millis) -> Vec<LinkEffect> {
        let by = now + PROBE_MS_MAX;
        self.answer_by = Some(self.answer_by.map_or(by, |earlier| earlier.min(by)));
        self.ping_at = now + self.heartbeat_ms;
        vec![LinkEffect::Ping]
    }

    fn give_up(&mut self, now: Millis, retry: Retry) -> Vec<LinkEffect> {
        self.forgive_if_stable(now);
        let mut effects = self.drop_socket(CLOSE_SILENT);
        effects.extend(self.retry(now, retry, CLOSE_SILENT));
        effects
    }

    /// Resets the number of attempts after a stable connection. A short one does not count: otherwise all clients would connect twice a
    /// second to a server that fails right after each welcome.
    fn forgive_if_stable(&mut self, now: Millis) {
        if let LinkStage::Live { since } = self.stage
            && now.saturating_sub(since) >= STABLE_MS
        {
            self.tries = 0;
        }
    }

    fn drop_socket(&mut self, code: u16) -> Vec<LinkEffect> {
        if self.has_socket() { vec![LinkEffect::Drop { code }] } else { Vec::new() }
    }

    fn retry(&mut self, now: Millis, retry: Retry, code: u16) -> Vec<LinkEffect> {
        let wait_ms = match retry {
            Retry::Never => {
                self.stage = LinkStage::Ended(code);
                return Vec::new();
            }
            Retry::AtOnce if self.tries == 0 => return self.connect(now),
            Retry::AtOnce | Retry::Backoff => {
                let doublings = self.tries.saturating_sub(1).min(16);
                self.dice.up_to((BACKOFF_MS << doublings).min(BACKOFF_MS_MAX))
            }
            Retry::Spread => self.dice.up_to(RESTART_SPREAD_MS),
            Retry::After(ms) => ms + self.dice.up_to(BACKOFF_MS),
        };
        self.stage = LinkStage::Waiting { until: now + wait_ms };
        Vec::new()
    }

    fn connect(&mut self, now: Millis) -> Vec<LinkEffect> {
        self.tries = self.tries.saturating_add(1);
        self.tried_at = now;
        self.stage = LinkStage::Connecting { since: now };
        vec![LinkEffect::Connect]
    }
}

/// Returns the retry for a close code (`core.md` 7).
fn retry_of(code: u16, reason: &str) -> Retry {
    match code {
        1000 | 1003 | 1007 | 1008 | 4400 | 4401 | 4403 | 4404 | 4409 | 4426 => Retry::Never,
        1001 | 4408 => Retry::AtOnce,
        1012 => Retry::Spread,
        4429 => {
            let seconds = reason.strip_prefix("retry-after=").and_then(|seconds| seconds.parse::<u32>().ok());
            Retry::After(seconds.map_or(CAPPED_MS, |seconds| Millis::from(seconds) * 1_000))
        }
        _ => Retry::Backoff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT_MS: Millis = 30_000;

    fn live(now: Millis) -> Link {
        let mut link = Link::new(HEARTBEAT_MS, 7);
        assert_eq!(link.open(now), [LinkEffect::Connect]);
        link.opened(now);
        link.established(now);
        link
    }

    fn wait_of(link: &Link, now: Millis) -> Millis {
        match link.state() {
            ConnectionState::Waiting { until, .. } => until - now,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_close_code_is_followed_as_the_table_says() {
        for code in [1000, 1003, 1007, 1008, 4400, 4401, 4403, 4404, 4409, 4426] {
            let mut link = live(0);
            assert_eq!(link.closed(60_000, code, ""), []);
            assert_eq!(link.state(), ConnectionState::Ended(code), "{code}");
        }
        for code in [1001, 4408] {
            assert_eq!(live(0).closed(60_000, code, ""), [LinkEffect::Connect], "{code}");
        }
        for (code, most_ms) in [(1006, 500), (1009, 500), (1011, 500), (1013, 500), (1012, 5_000), (4999, 500)] {
            let mut link = live(0);
            assert_eq!(link.closed(60_000, code, ""), []);
            assert!(wait_of(&link, 60_000) <= most_ms, "{code}");
        }
        let mut link = live(0);
        link.closed(60_000, 4429, "retry-after=7");
        assert!((7_000..=7_500).contains(&wait_of(&link, 60_000)));
    }

    #[test]
    fn backoff_doubles_up_to_its_cap_and_uses_the_whole_range() {
        let mut link = Link::new(HEARTBEAT_MS, 1);
        link.open(0);
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..200 {
            link.closed(now, 1006, "");
            waits.push(wait_of(&link, now));
            now = link.wake_at().unwrap();
            assert_eq!(link.time(now), [LinkEffect::Connect]);
        }
        for (n, wait) in waits.iter().enumerate() {
            assert!(*wait <= (500 << n.min(16)).min(30_000), "{n}: {wait}");
        }
        assert!(waits.iter().any(|wait| *wait > 20_000) && waits[10..].iter().any(|wait| *wait < 5_000));
    }

    #[test]
    fn a_connection_that_dies_at_once_is_not_forgiven() {
        let mut link = live(0);
        link.closed(100, 1011, "");
        for _ in 0..8 {
            let now = link.wake_at().unwrap();
            link.time(now);
            link.opened(now);
            link.established(now);
            link.closed(now + 1, 4408, "");
        }
        assert!(matches!(link.state(), ConnectionState::Waiting { tries: 9, .. }), "{:?}", link.state());
    }

    #[test]
    fn a_silent_socket_is_pinged_once_and_then_replaced() {
        let mut link = live(0);
        assert_eq!(link.wake_at(), Some(30_000));
        assert_eq!(link.time(30_000), [LinkEffect::Ping]);
        assert_eq!(link.wake_at(), Some(60_000));
        assert_eq!(link.time(60_000), [LinkEffect::Drop { code: 4408 }, LinkEffect::Connect]);
        let mut link = live(0);
        link.time(30_000);
        link.mark_alive(30_050);
        assert_eq!(link.time(60_000), [LinkEffect::Ping]);
    }

    #[test]
    fn what_must_be_answered_shortens_the_patience() {
        let mut link = live(0);
        link.expect_answer(1_000);
        assert_eq!(link.wake_at(), Some(11_000));
        link.mark_alive(1_100);
        assert_eq!(link.wake_at(), Some(30_000));
        link.expect_answer(2_000);
        assert_eq!(link.time(12_000), [LinkEffect::Drop { code: 4408 }, LinkEffect::Connect]);
    }

    #[test]
    fn a_woken_device_replaces_what_it_cannot_trust() {
        let mut link = live(0);
        link.mark_alive(500);
        assert_eq!(link.woke(600), []);
        assert_eq!(link.woke(600_000), [LinkEffect::Drop { code: 4409 }, LinkEffect::Connect]);
        let mut ended = live(0);
        ended.closed(0, 4401, "");
        assert_eq!(ended.woke(600_000), []);
        assert_eq!(ended.open(600_000), [LinkEffect::Connect]);
    }

    #[test]
    fn without_a_network_it_goes_on_trying_and_says_so_all_the_time() {
        let mut link = live(0);
        assert_eq!(link.network_down(60_000), [LinkEffect::Drop { code: 4408 }]);
        let mut now = 60_000;
        for tries in 1..20_u32 {
            assert_eq!(link.state(), ConnectionState::Offline);
            let at = link.wake_at().unwrap();
            assert!(at - now <= (500 << (tries - 1).min(16)).min(30_000), "{tries}");
            now = at;
            assert_eq!(link.time(now), [LinkEffect::Connect]);
            assert_eq!(link.state(), ConnectionState::Offline);
            link.closed(now, 1006, "");
        }
        // The device's report was wrong, or the return of the network was not reported.
        now = link.wake_at().unwrap();
        link.time(now);
        link.opened(now);
        link.established(now);
        assert_eq!(link.state(), ConnectionState::Live);
    }

    #[test]
    fn an_offline_link_tries_at_once_when_somebody_is_here_or_the_server_answered() {
        let offline = || {
            let mut link = live(0);
            link.network_down(60_000);
            link.time(link.wake_at().unwrap());
            link.closed(61_000, 1006, "");
            link
        };
        let mut link = offline();
        assert_eq!(link.hurry(61_100), [LinkEffect::Connect]);
        link.closed(61_110, 1006, "");
        assert_eq!(link.hurry(61_200), [], "keys that are held down are no storm");
        assert_eq!(link.hurry(61_600), [LinkEffect::Connect]);
        let mut link = offline();
        assert_eq!(link.reached(61_100), [LinkEffect::Connect]);
        assert!(matches!(link.state(), ConnectionState::Connecting { .. }), "there is a network");
        let mut waiting = live(0);
        waiting.closed(60_000, 1013, "");
        assert_eq!(
            (waiting.hurry(60_001), waiting.reached(60_001)),
            (vec![], vec![]),
            "a server that is away is left in peace"
        );
        assert_eq!((live(0).hurry(9), live(0).reached(9)), (vec![], vec![]));
    }

    #[test]
    fn a_network_that_comes_is_used_at_once() {
        let mut link = live(0);
        link.network_down(500);
        assert_eq!(link.network_up(501), [LinkEffect::Connect]);
        let mut link = live(0);
        assert_eq!(link.network_up(1_000), [LinkEffect::Ping], "a socket that looks open is probed");
        assert_eq!(link.wake_at(), Some(4_000));
    }

    #[test]
    fn a_socket_that_never_opens_or_never_speaks_is_given_up() {
        let mut link = Link::new(HEARTBEAT_MS, 3);
        link.open(0);
        assert_eq!(link.time(10_000), [LinkEffect::Drop { code: 4408 }]);
        assert!(wait_of(&link, 10_000) <= 500);
        let mut link = Link::new(HEARTBEAT_MS, 3);
        link.open(0);
        link.opened(100);
        assert_eq!(link.time(10_100)[0], LinkEffect::Drop { code: 4408 });
    }
}
