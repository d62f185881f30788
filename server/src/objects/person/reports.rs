//! Reports of a person about others (`people.md` 6): a row of the audit log, and so many in a day. The reported person is not
//! asked, told or changed.

use protocol::codec::json::write;
use protocol::people::report::rule;
use protocol::record;

use super::export::in_step;
use super::{PersonObject, daily_quota};
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, Act};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// To a person (`/report`): they report somebody. Answer: `true`.
#[derive(Debug)]
pub struct ReportCall {
    /// The person.
    pub user: String,
    /// Reported person, and the place where it was: the target of the row.
    pub target: String,
    /// Why: the result of the row.
    pub reason: String,
    /// The caller's network.
    pub address: String,
    /// Id of the request.
    pub request: String,
}

record!(ReportCall { user = "user", target = "target", reason = "reason", address = "address", request = "request" });

/// See [`ReportCall`].
pub(super) fn report(object: &PersonObject, call: &ReportCall) -> Result<String, CallError> {
    let (now, rule) = (runtime::now_ms(), rule());
    object.asked_of(&call.user, |memory| {
        let sql = &memory.sql.0;
        daily_quota::check(sql, "report", &rule, now)?;
        let act = Act { actor: &call.user, action: "report", target: &call.target, result: &call.reason };
        let trace = Trace { address: call.address.clone(), request: call.request.clone() };
        in_step(object, &mut || {
            daily_quota::note(sql, "report", now, 0)?;
            audit_log::write(sql, now, &act, &trace)
        })?;
        Ok(())
    })?;
    object.arrange_alarm()?;
    Ok(write(&true))
}
