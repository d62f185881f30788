//! `ANALYTICS`: one data point per event (`messenger.md` 11). Never content; the index is a name of the person that changes every
//! day.

use std::cell::Cell;

use protocol::operation::telemetry::Budget;
use protocol::words::event::Millis;
use worker::{AnalyticsEngineDataPointBuilder, Env};

use crate::config::Config;
use crate::telemetry;

pub const BINDING: &str = "ANALYTICS";
/// The event of which there are many.
pub const MESSAGE_SENT: &str = "message_sent";

thread_local! {
    static BUDGET: Cell<Budget> = const { Cell::new(Budget::new()) };
}

/// Writes a point; the first of `blobs` is the event. Nobody waits for it and nobody misses it.
pub fn point(env: &Env, now: Millis, user: Option<&str>, blobs: &[&str], doubles: &[f64]) {
    let config = &Config::of(env).telemetry;
    let mut budget = BUDGET.get();
    let is_admitted = budget.admits(now, blobs.first() == Some(&MESSAGE_SENT), config.sample_one_in);
    BUDGET.set(budget);
    if !is_admitted {
        return;
    }
    let index = config.pseudonyms.of(now, user.unwrap_or_default());
    if config.logs_points {
        telemetry::event("point", serde_json::json!({ "index": index, "blobs": blobs, "doubles": doubles }));
    }
    let Ok(dataset) = env.analytics_engine(BINDING) else {
        return;
    };
    let builder = AnalyticsEngineDataPointBuilder::new().indexes([index.as_str()]);
    let builder = builder.blobs(blobs.iter().map(|blob| (*blob).to_owned()).collect::<Vec<String>>());
    let _ = builder.doubles(doubles.iter().copied()).write_to(&dataset);
}
