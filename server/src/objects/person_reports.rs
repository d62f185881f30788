//! What a person reports of others (`docs/protocol/reports.md`): a row of the audit log, and so many in a day. Whoever is reported is not
//! asked, told or changed.

use protocol::json::write;
use protocol::rate::Counter;
use protocol::record;
use protocol::report::rule;

use super::acts::{self, Act, Trace};
use super::call::CallError;
use super::person::PersonObject;
use super::person_export::in_step;
use super::runtime;
use super::sql::{exec, rows};

/// To a person (`/report`): they report somebody. Answer: `true`.
#[derive(Debug)]
pub struct ReportCall {
    /// The person.
    pub user: String,
    /// Whom, and where it was: the target of the row.
    pub target: String,
    /// Why: the result of the row.
    pub reason: String,
    /// The caller's network.
    pub address: String,
    /// Id of the request.
    pub request: String,
}

record!(ReportCall { user = "user", target = "target", reason = "reason", address = "address", request = "request" });

/// See [`ReportCall`]. What is counted stands with the other uses of a day (`person_files`).
pub(super) fn report(object: &PersonObject, call: &ReportCall) -> Result<String, CallError> {
    let (now, rule) = (runtime::now_ms(), rule());
    object.asked_of(&call.user, |memory| {
        let sql = &memory.sql.0;
        let since = now.saturating_sub(rule.longest_ms());
        let query = "SELECT at FROM charges WHERE what = 'report' AND at > ? ORDER BY at";
        let times = rows(sql, query, &[since.into()], |row| row.number(0))?;
        Counter::from_times(&rule, &times).check(&rule, now)?;
        let act = Act { actor: &call.user, action: "report", target: &call.target, result: &call.reason };
        let trace = Trace { address: call.address.clone(), request: call.request.clone() };
        in_step(object, &mut || {
            exec(sql, "DELETE FROM charges WHERE what = 'report' AND at <= ?", &[since.into()])?;
            exec(sql, "INSERT INTO charges VALUES ('report', ?, 0)", &[now.into()])?;
            acts::write(sql, now, &act, &trace)
        })?;
        Ok(())
    })?;
    object.arrange_alarm()?;
    Ok(write(&true))
}
