//! Connection banner: it appears after two seconds without a connection, and "Back online." stays for two (`ux.md` 2.1). A page that was
//! not connected yet has lost nothing: it says "Connecting…".

use protocol::words::event::Millis;

/// Time without a connection after which the banner appears.
pub const LOST_AFTER_MS: Millis = 2_000;
/// Time for which "Back online." stays.
pub const BACK_FOR_MS: Millis = 2_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Banner {
    #[default]
    Hidden,
    /// Not connected yet.
    Connecting,
    /// Not connected yet, and the browser has no network.
    Offline,
    /// Connection lost, trying again.
    Lost,
    Back,
}

impl Banner {
    /// Returns the banner of a browser that has no network: trying to connect would be no true word.
    pub fn without_network(self) -> Self {
        if self == Self::Connecting { Self::Offline } else { self }
    }

    /// Returns `true` while nothing that the page asks for can come.
    pub fn is_without_connection(self) -> bool {
        !matches!(self, Self::Hidden | Self::Back)
    }
}

/// Derives the banner from the connection over time. Plain data: `session` passes the clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct BannerClock {
    away_since: Option<Millis>,
    back_since: Option<Millis>,
    was_said: bool,
    was_live: bool,
}

impl BannerClock {
    /// Records whether all sockets are connected at `now`.
    pub fn observe(&mut self, now: Millis, is_live: bool) {
        self.was_live |= is_live;
        if !is_live {
            self.away_since.get_or_insert(now);
            self.back_since = None;
        } else if self.away_since.take().is_some() && self.was_said {
            self.back_since = Some(now);
            self.was_said = false;
        }
    }

    pub fn banner(&mut self, now: Millis) -> Banner {
        let is_over = self.away_since.is_some_and(|since| now >= since + LOST_AFTER_MS);
        if is_over && !self.was_live {
            return Banner::Connecting;
        }
        self.was_said |= is_over;
        if self.was_said {
            return Banner::Lost;
        }
        match self.back_since {
            Some(since) if now < since + BACK_FOR_MS => Banner::Back,
            _ => Banner::Hidden,
        }
    }

    /// Returns the time after `now` at which the banner changes by itself, if any.
    pub fn wake_at(&self, now: Millis) -> Option<Millis> {
        match (self.away_since, self.back_since) {
            (Some(since), _) if now < since + LOST_AFTER_MS => Some(since + LOST_AFTER_MS),
            (None, Some(since)) => Some(since + BACK_FOR_MS),
            _ => None,
        }
    }

    /// Ends "Back online." once it was shown long enough.
    pub fn settle(&mut self, now: Millis) {
        if self.back_since.is_some_and(|since| now >= since + BACK_FOR_MS) {
            self.back_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clock of a page that was connected until 0.
    fn lost() -> BannerClock {
        let mut clock = BannerClock::default();
        clock.observe(0, true);
        clock.observe(0, false);
        clock
    }

    #[test]
    fn a_short_loss_is_never_mentioned() {
        let mut clock = lost();
        assert_eq!(clock.wake_at(0), Some(2_000));
        assert_eq!(clock.banner(1_999), Banner::Hidden);
        clock.observe(1_999, true);
        assert_eq!(clock.banner(1_999), Banner::Hidden);
        assert_eq!(clock.wake_at(1_999), None);
    }

    #[test]
    fn a_long_loss_is_said_and_taken_back_for_two_seconds() {
        let mut clock = lost();
        assert_eq!(clock.banner(2_000), Banner::Lost);
        assert_eq!(clock.wake_at(2_000), None);
        clock.observe(5_000, true);
        assert_eq!(clock.banner(5_000), Banner::Back);
        assert_eq!(clock.wake_at(5_000), Some(7_000));
        clock.settle(7_000);
        assert_eq!(clock.banner(7_000), Banner::Hidden);
        assert_eq!(clock.wake_at(7_000), None);
    }

    #[test]
    fn a_second_loss_while_back_is_shown_starts_over() {
        let mut clock = lost();
        assert_eq!(clock.banner(2_500), Banner::Lost);
        clock.observe(3_000, true);
        clock.observe(3_500, false);
        assert_eq!(clock.banner(3_500), Banner::Hidden);
        assert_eq!(clock.banner(5_500), Banner::Lost);
    }

    #[test]
    fn a_page_waits_for_older_messages_only_while_they_can_come() {
        let mut clock = BannerClock::default();
        clock.observe(0, false);
        let banner = clock.banner(2_000);
        assert!(banner.is_without_connection() && banner.without_network().is_without_connection());
        assert!(Banner::Lost.is_without_connection());
        assert!(!Banner::Hidden.is_without_connection() && !Banner::Back.is_without_connection());
    }

    #[test]
    fn a_page_that_was_never_connected_is_connecting_and_has_lost_nothing() {
        let mut clock = BannerClock::default();
        clock.observe(0, false);
        assert_eq!((clock.banner(1_999), clock.wake_at(1_999)), (Banner::Hidden, Some(2_000)));
        assert_eq!((clock.banner(2_000), clock.wake_at(2_000)), (Banner::Connecting, None));
        assert_eq!([Banner::Connecting, Banner::Lost].map(Banner::without_network), [Banner::Offline, Banner::Lost]);
        clock.observe(9_000, true);
        assert_eq!((clock.banner(9_000), clock.wake_at(9_000)), (Banner::Hidden, None));
        clock.observe(9_000, false);
        assert_eq!(clock.banner(11_000), Banner::Lost);
    }
}
