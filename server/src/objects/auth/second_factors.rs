//! The part of the `auth` object that makes and ends second factors (`account.md` 12). The Worker draws, seals and compares their secrets.

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;

use super::object::AuthObject;
use crate::calls::recovery::SecondFactorCall;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl AuthObject {
    /// Makes or ends the second factor of an account.
    pub(super) fn set_second_factor(self: &Rc<Self>, call: &SecondFactorCall) -> Result<(), CallError> {
        self.commit(|| self.save_second_factor(call, runtime::now_ms()))
    }

    fn save_second_factor(&self, call: &SecondFactorCall, now: Millis) -> Result<(), CallError> {
        let (sql, email) = (self.accounts()?, call.email.as_str());
        let account = sql.account(email)?.filter(|account| account.user.as_str() == call.user);
        let account = account.ok_or(Refusal::Conflict)?;
        if account.digest() != call.digest {
            return Err(Refusal::BadCredentials.into());
        }
        if account.second_factor.is_some() == call.made.is_some() {
            return Err(Refusal::Conflict.into());
        }
        sql.use_factor(email, &account, call.used.as_ref())?;
        sql.save_second_factor(email, call.made.as_ref())?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, None, now)?;
        }
        let action = if call.made.is_some() { "second_factor" } else { "second_factor_end" };
        Ok(self.note_account_act(now, action, &call.user, &call.trace)?)
    }
}
