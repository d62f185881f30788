//! The part of the `auth` object that stores and changes passkeys (`sign-in.md` 7).
//!
//! One statement reads a challenge and removes it. The Worker verifies signatures.

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};

use super::object::AuthObject;
use crate::calls::passkey::{ChallengeCall, EndPasskeysCall, PasskeyCall, PasskeyRow, UseCall};
use crate::kit::trace::Trace;
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl AuthObject {
    pub(super) fn ask_passkey(&self, call: &ChallengeCall) -> Result<bool, CallError> {
        let now = runtime::now_ms();
        self.passkeys()?.ask(call, now, now + self.config.limits.passkey_challenge_ms)?;
        Ok(true)
    }

    pub(super) fn take_challenge(&self, call: &ChallengeCall) -> Result<bool, CallError> {
        Ok(self.passkeys()?.take(call, runtime::now_ms())?)
    }

    pub(super) fn passkeys_of(&self, user: &str) -> Result<Vec<PasskeyRow>, CallError> {
        Ok(self.passkeys()?.all(user)?)
    }

    pub(super) fn find_passkey(&self, call: &PasskeyCall) -> Result<Option<PasskeyRow>, CallError> {
        Ok(self.passkeys()?.one(&call.user, &call.row.id)?)
    }

    pub(super) fn add_passkey(self: &Rc<Self>, call: &PasskeyCall) -> Result<Millis, CallError> {
        let now = runtime::now_ms();
        self.commit(|| {
            self.passkeys()?.add(&call.user, &call.row, now)?;
            if let Some(maker) = &call.maker {
                self.passkeys()?.note_maker(&call.user, &call.row.id, maker)?;
            }
            self.add_notice(call.mail.as_ref(), now)?;
            self.note(now, "passkey-add", &call.user, &call.row.id, &call.trace)?;
            Ok(now)
        })
    }

    pub(super) fn name_passkey(self: &Rc<Self>, call: &PasskeyCall) -> Result<bool, CallError> {
        self.commit(|| {
            let is_there = self.passkeys()?.rename(&call.user, &call.row)?;
            self.changed(call, is_there, "passkey-rename")
        })
    }

    pub(super) fn remove_passkey(self: &Rc<Self>, call: &PasskeyCall) -> Result<bool, CallError> {
        self.commit(|| {
            let was_there = self.passkeys()?.remove(&call.user, &call.row.id)?;
            self.changed(call, was_there, "passkey-remove")
        })
    }

    pub(super) fn end_passkeys(&self, call: &EndPasskeysCall) -> Result<(), CallError> {
        Ok(self.passkeys()?.end(call)?)
    }

    fn changed(&self, call: &PasskeyCall, is_known: bool, action: &'static str) -> Result<bool, CallError> {
        if !is_known {
            return Err(Refusal::NotFound.into());
        }
        self.note(runtime::now_ms(), action, &call.user, &call.row.id, &call.trace)?;
        Ok(true)
    }

    /// Stores a use with a valid signature. A counter that does not increase reveals a copy: the passkey is then stopped until its owner
    /// confirms it.
    pub(super) fn use_passkey(self: &Rc<Self>, call: &UseCall) -> Result<bool, CallError> {
        let now = runtime::now_ms();
        self.commit(|| {
            let is_good = self.passkeys()?.count_use(call, now)?;
            if is_good == Some(false) {
                self.note(now, "passkey-clone", &call.user, &call.id, &call.trace)?;
            }
            Ok(is_good == Some(true))
        })
    }

    /// Writes an audit row in the transaction of the act.
    fn note(&self, now: Millis, action: &'static str, user: &str, id: &str, trace: &Trace) -> Result<(), Fault> {
        // The beginning of an id is enough to compare.
        let target: String = id.chars().take(16).collect();
        self.write_audit(now, &AuditEntry { actor: user, action, target: &target, result: "ok" }, trace)
    }
}
