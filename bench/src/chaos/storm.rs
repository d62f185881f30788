//! The storm: people write at a steady rate, the runtime is killed every five seconds, sockets are cut, and pages are reloaded.

use std::time::{Duration, Instant};

use anyhow::Result;
use protocol::client::Dice;

use super::options::Options;
use super::{Cast, PEOPLE, ROOMS};

const KILL_INTERVAL: Duration = Duration::from_secs(5);
/// Allowed number of missed kills, because a killed runtime needs time to restart.
const KILLS_MISSED_MAX: u32 = 2;
const CUT_INTERVAL: Duration = Duration::from_millis(250);
const RELOAD_INTERVAL: Duration = Duration::from_millis(700);

/// Counters of the storm, which show that it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storm {
    /// Duration of the storm.
    pub lasted: Duration,
    /// Kills of the runtime.
    pub kills: u32,
    /// Cut sockets.
    pub cuts: u32,
    /// Reloaded pages.
    pub reloads: u32,
}

impl Storm {
    /// Returns true if the number of kills is about as planned, and there were cuts and reloads.
    pub fn is_one(&self) -> bool {
        let planned = (self.lasted.as_secs() / KILL_INTERVAL.as_secs()) as u32;
        let kills_min = planned.saturating_sub(KILLS_MISSED_MAX).max(1);
        self.kills >= kills_min && self.cuts > 0 && self.reloads > 0
    }

    /// Runs for the time in the options.
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
