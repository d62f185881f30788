//! The Durable Object of sessions (`core.md` 4, `sign-in.md` 2): strongly consistent, revoked at once.
//!
//! One of 16 shards. It notifies the person's own object when a session ends, because that object knows the session's sockets. Tokens are
//! stored as their SHA-256 only. The permission to sign in is decided before. The effects of use are in `auth::usage`.

mod account_tables;
mod accounts;
mod address_move_tables;
mod address_moves;
mod caused_mail_tables;
mod grants;
mod link_tables;
mod links;
mod notifications;
mod object;
mod outbox;
mod outbox_tables;
mod passkey_tables;
mod passkeys;
mod passwords;
mod recovery_code_tables;
mod recovery_codes;
pub(super) mod refresh;
mod second_factors;
mod session_end_tables;
mod session_ends;
mod sessions;
mod tables;
mod usage;

use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::object::{AuthObject, KINDS};
use crate::calls::account::{
    AddAccount, BeginSignIn, ChangePassword, CheckUnchanged, ConfirmSignIn, EndBrowser, EndReplaced, FindAccount,
    FindAddressOwner, FindBrowser, ForgetBrowser, HasAccount, ReadLink, ReadRefresh, RecordRefusal, RemoveAccount,
    ResetPassword, RotateRefresh, SendLink, SetImage, UseVerification,
};
use crate::calls::address::{EndLinks, EnterAddress, LeaveAddress, OfferAddress, ReadAccountForMove};
use crate::calls::auth::{
    AddTicket, CheckSession, CreateSession, EndSession, EndSessions, KeepSessionsAlive, ListSessions, ReadIdleTimes,
    ReadSession, ReplaceToken, SignOut, SlideSessions, UpdateCard,
};
use crate::calls::backfill::ReadBackfill;
use crate::calls::mail::{AddMail, CountMail, KeepMail, ListMail};
use crate::calls::moderation::ListNetworks;
use crate::calls::passkey::{
    AddChallenge, AddPasskey, EndPasskeys, FindPasskey, ListPasskeys, RemovePasskey, RenamePasskey, TakeChallenge,
    UsePasskey,
};
use crate::calls::recovery::{AddOperatorLink, ReplaceRecoveryCodes, SetSecondFactor, UseRecoveryCode};
use crate::calls::room::WakeRoom;
use crate::config::Config;
use crate::kit::jobs::Jobs;
use crate::kit::request::answers;

#[durable_object]
pub struct Auth(Rc<AuthObject>);

impl DurableObject for Auth {
    fn new(state: State, env: Env) -> Self {
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<AuthObject>| {
            let (tables, active_at, calls, called, late, grants, alarm, backlog, refusals, new_mails) =
                Default::default();
            let writing = usage::timer(object);
            AuthObject {
                state,
                env,
                config,
                tables,
                active_at,
                calls,
                called,
                late,
                writing,
                grants,
                alarm,
                jobs: Rc::new(Jobs::of(KINDS)),
                backlog,
                refusals,
                new_mails,
            }
        }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let object = &self.0;
        answers! { request:
            ReadSession => |hash| object.session(&hash),
            CheckSession => |call| object.check(&call),
            CreateSession => |call| object.create(call),
            ReplaceToken => |call| object.replace_token(&call),
            SignOut => |call| object.logout(&call).await,
            EndSession => |call| object.end_by_owner(&call).await,
            EndSessions => |call| object.end_sessions(&call).await,
            EndReplaced => |call| object.end_replaced(&call).await,
            AddTicket => |call| object.ticket(&call),
            ListSessions => |sessions| object.list(&sessions),
            ListNetworks => |user| object.networks_of(&user),
            ReadIdleTimes => |sessions| object.idle(&sessions),
            SlideSessions => |call| object.slide_by_use(&call),
            KeepSessionsAlive => |sessions| object.slide_by_heartbeat(&sessions),
            BeginSignIn => |call| object.attempt(&call),
            ConfirmSignIn => |call| object.opened(&call),
            RecordRefusal => |call| object.refused(&call),
            AddAccount => |call| object.register(&call),
            HasAccount => |email| object.has_account(&email),
            FindAddressOwner => |email| object.owner_of(&email),
            FindAccount => |user| object.account_of(&user),
            RemoveAccount => |user| object.forget_account(&user),
            SetImage => |call| object.set_image(&call),
            SendLink => |call| object.send_link(&call),
            ReadLink => |hash| object.read_link(&hash),
            UseVerification => |call| object.use_verification(&call).await,
            ResetPassword => |call| object.reset_password(&call).await,
            ChangePassword => |call| object.change_password(&call).await,
            CheckUnchanged => |call| object.is_unchanged(&call),
            ReadRefresh => |call| object.read_principal(&call).await,
            RotateRefresh => |call| object.rotate(call).await,
            FindBrowser => |token_hash| object.whose(&token_hash),
            ForgetBrowser => |token_hash| object.drop_shown(&token_hash).await,
            EndBrowser => |call| object.forget(&call).await,
            AddChallenge => |call| object.ask_passkey(&call),
            TakeChallenge => |call| object.take_challenge(&call),
            ListPasskeys => |user| object.passkeys_of(&user),
            FindPasskey => |call| object.find_passkey(&call),
            AddPasskey => |call| object.add_passkey(&call),
            RenamePasskey => |call| object.name_passkey(&call),
            RemovePasskey => |call| object.remove_passkey(&call),
            EndPasskeys => |call| object.end_passkeys(&call),
            UsePasskey => |call| object.use_passkey(&call),
            OfferAddress => |call| object.offer_address(&call).await,
            ReadAccountForMove => |call| object.read_for_move(&call),
            EnterAddress => |call| object.enter_address(&call).await,
            LeaveAddress => |call| object.leave_address(&call),
            EndLinks => |call| object.end_links(&call),
            SetSecondFactor => |call| object.set_second_factor(&call).await,
            ReplaceRecoveryCodes => |call| object.replace_recovery_codes(&call),
            UseRecoveryCode => |call| object.use_recovery_code(&call).await,
            AddOperatorLink => |call| object.add_operator_link(&call),
            ReadBackfill => |call| object.read_backfill(&call),
            UpdateCard => |call| object.card(&call),
            AddMail => |mail| object.post_mail(&mail),
            CountMail => |call| object.count_mail(&call),
            KeepMail => |kept| object.keep_mail(&kept),
            ListMail => |_| object.kept_mails(),
            WakeRoom => |()| { object.ring(true).await; Ok(()) },
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.ring(false).await;
        Response::ok("")
    }
}
