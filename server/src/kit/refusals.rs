//! Refusals by limits in objects without a log (`messagehub.md` 9, `messenger.md` 11). They are counted in memory. A few seconds later each
//! rule becomes a data point and a counter in the directory. The last refusals before the object stops are lost.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::words::limits::NUMBERS_GATHER_MS;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, State};

use super::counters::MESSENGER;
use super::directory::MetricsReport;
use crate::platform::analytics;
use crate::{runtime, telemetry};

#[derive(Clone, Default)]
pub struct Refusals(Rc<RefCell<BTreeMap<&'static str, u64>>>);

impl Refusals {
    /// Counts a call that this rule refused. A flood of refusals causes one report every few seconds.
    pub fn count(&self, state: &State, env: &Env, rule: &'static str) {
        let is_first = self.0.borrow().is_empty();
        *self.0.borrow_mut().entry(rule).or_default() += 1;
        if is_first {
            let (refusals, env, name) = (self.clone(), env.clone(), state.id().to_string());
            spawn_local(async move {
                runtime::sleep(NUMBERS_GATHER_MS).await;
                refusals.report(&env, name).await;
            });
        }
    }

    async fn report(&self, env: &Env, name: String) {
        let counted = std::mem::take(&mut *self.0.borrow_mut());
        for (rule, times) in counted.iter() {
            analytics::point(env, runtime::now_ms(), None, &["rate_limited", rule, MESSENGER], &[*times as f64]);
        }
        let counter = |(rule, times): (&&str, &u64)| (format!("cfm_rate_limited_total{{rule=\"{rule}\"}}"), *times);
        let counted =
            MetricsReport { name, counters: counted.iter().map(counter).collect(), ..MetricsReport::default() };
        telemetry::logged("count", counted.send(env).await);
    }
}
