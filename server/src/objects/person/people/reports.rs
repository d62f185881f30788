//! Reports of a person about others (`people.md` 6): rows of the audit log, with a limit a day. The alarm that brings these rows to
//! the projection brings the reports to the operator's queue, too (`moderation.md` 7.1). The reported person receives no notification, and
//! nothing about them changes.

use protocol::people::report::rule;

use crate::calls::reports::ReportCall;
use crate::objects::person::object::PersonObject;
use crate::objects::person::tables::daily_quota;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Writes a row of the audit log, unless there were too many on this day.
pub fn report(object: &PersonObject, call: &ReportCall) -> Result<bool, CallError> {
    let (now, rule) = (runtime::now_ms(), rule());
    object.of_known(|memory| {
        let sql = &memory.sql.0;
        daily_quota::check(sql, "report", &rule, now)?;
        let actor = &memory.person.record().user;
        let entry = AuditEntry { actor, action: "report", target: &call.target, result: &call.reason };
        object.in_step(|| {
            daily_quota::note(sql, "report", now, 0)?;
            audit_log::write(sql, now, &entry, &call.trace)
        })?;
        Ok(())
    })?;
    object.arrange_alarm()?;
    Ok(true)
}
