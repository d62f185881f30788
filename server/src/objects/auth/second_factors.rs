//! The part of the `auth` object that stores second factors (`account.md` 12). The Worker generates, seals and compares their secrets.
//!
//! A new one ends everything that the password alone has opened or made: codes, other sessions, and passkeys that the owner did not keep.

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;

use super::object::AuthObject;
use super::session_ends::Ending;
use crate::calls::passkey::PasskeysEnd;
use crate::calls::recovery::SecondFactorCall;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl AuthObject {
    /// Stores or removes the second factor of an account. A new one ends all other sessions and remembered browsers.
    pub(super) async fn set_second_factor(self: &Rc<Self>, call: &SecondFactorCall) -> Result<(), CallError> {
        let ends = self.commit(|| self.save_second_factor(call, runtime::now_ms()))?;
        if let Some(ends) = ends {
            self.try_session_ends(ends).await;
        }
        Ok(())
    }

    /// Stores all effects of the act. Returns the key of the planned ends of a new factor.
    fn save_second_factor(&self, call: &SecondFactorCall, now: Millis) -> Result<Option<String>, CallError> {
        let (sql, email) = (self.accounts()?, call.email.as_str());
        let account = sql.proved_account(email, &call.user, Some(call.digest.as_str()))?;
        if account.second_factor.is_some() == call.made.is_some() {
            return Err(Refusal::Conflict.into());
        }
        sql.use_factor(email, &account, call.used.as_ref())?;
        let (action, ends) = match &call.made {
            Some(made) => {
                sql.make_factor(email, made)?;
                let passkeys = call.keep_passkeys.as_ref().map(|keep| PasskeysEnd::by_choice(Some(keep), None));
                let ending = Ending { keep: call.keep.as_deref(), passkeys, made_since: None, reason: "remote" };
                ("second_factor", Some(self.plan_session_ends(&call.user, &ending, now)?))
            }
            None => {
                sql.save_second_factor(email, None)?;
                ("second_factor_end", None)
            }
        };
        self.add_notice(call.mail.as_ref(), now)?;
        self.note_account_act(now, action, &call.user, &call.trace)?;
        Ok(ends)
    }
}
