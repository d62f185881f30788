//! The storm: people write at a steady rate, the runtime is killed every five seconds, sockets are cut, pages are
//! reloaded.

use std::time::{Duration, Instant};

use anyhow::Result;
use protocol::client::Dice;

use super::options::Options;
use super::{Cast, PEOPLE, ROOMS};

const KILL_INTERVAL: Duration = Duration::from_secs(5);
/// So many kills fewer than planned are still a storm: a runtime that was killed is not back at once.
const KILLS_MISSED_MAX: u32 = 2;
const CUT_INTERVAL: Duration = Duration::from_millis(250);
const RELOAD_INTERVAL: Duration = Duration::from_millis(700);

/// Deeds of the storm: proof that there was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storm {
    /// Time for which it raged.
    pub lasted: Duration,
    /// The runtime died.
    pub kills: u32,
    /// Sockets were cut.
    pub cuts: u32,
    /// Pages were loaded again.
    pub reloads: u32,
}

impl Storm {
    /// Returns true if kills happened about as often as planned, and cuts and reloads at all.
    pub fn is_one(&self) -> bool {
        let planned = (self.lasted.as_secs() / KILL_INTERVAL.as_secs()) as u32;
        let kills_min = planned.saturating_sub(KILLS_MISSED_MAX).max(1);
        self.kills >= kills_min && self.cuts > 0 && self.reloads > 0
    }

    /// Rages for as long as the options say.
    pub async fn rage(&mut self, cast: &Cast, options: &Options) -> Result<()> {
        let began = Instant::now();
        let kills = std::cell::Cell::new(0);
        let weather = self.weather(cast, options, began);
        tokio::select! {
            () = weather => {}
            died = Self::kill(cast, &kills) => return died,
        }
        self.lasted = began.elapsed();
        self.kills = kills.get();
        Ok(())
    }

    async fn kill(cast: &Cast, kills: &std::cell::Cell<u32>) -> Result<()> {
        let mut next = tokio::time::interval(KILL_INTERVAL);
        next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        next.tick().await;
        loop {
            next.tick().await;
            kills.set(kills.get() + 1);
            cast.server.kill_runtime().await?;
        }
    }

    async fn weather(&mut self, cast: &Cast, options: &Options, began: Instant) {
        let mut dice = Dice::new(options.seed);
        let mut written = 0;
        let (mut cut_at, mut reload_at) = (CUT_INTERVAL, RELOAD_INTERVAL);
        while began.elapsed() < options.storm {
            cast.pass_time().await;
            let passed = began.elapsed();
            let mut somebody = || {
                let room = dice.up_to(ROOMS as u64 - 1) as usize;
                &cast.chats[room][dice.up_to(PEOPLE as u64 - 1) as usize]
            };
            while written < passed.as_millis() as u64 * options.rate / 1_000 {
                somebody().write();
                written += 1;
            }
            if passed >= cut_at {
                cut_at += CUT_INTERVAL;
                self.cuts += 1;
                somebody().cut();
            }
            if passed >= reload_at {
                reload_at += RELOAD_INTERVAL;
                self.reloads += 1;
                somebody().reload();
            }
        }
    }
}
