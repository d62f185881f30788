//! `ANALYTICS`: one data point per event (`messenger.md` 11). Never content; the index is a hash that changes every
//! day.

use protocol::event::Millis;
use worker::{AnalyticsEngineDataPointBuilder, Env};

/// The binding.
pub const BINDING: &str = "ANALYTICS";
const DAY_MS: Millis = 86_400_000;

/// Writes a point. Nobody waits for it and nobody misses it.
pub fn point(env: &Env, now: Millis, user: Option<&str>, blobs: &[&str], doubles: &[f64]) {
    let Ok(dataset) = env.analytics_engine(BINDING) else {
        return;
    };
    let index = protocol::session::hash_hex(&format!("{}:{}", now / DAY_MS, user.unwrap_or_default()));
    let builder = AnalyticsEngineDataPointBuilder::new().indexes([index.get(..32).unwrap_or_default()]);
    let builder = builder.blobs(blobs.iter().map(|blob| (*blob).to_owned()).collect::<Vec<String>>());
    let _ = builder.doubles(doubles.iter().copied()).write_to(&dataset);
}
