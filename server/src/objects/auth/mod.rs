//! The Durable Object of sessions (`core.md` 4, `sign-in.md` 2): strongly consistent, revoked at once.
//!
//! One of 16 shards. It notifies the person's own object when a session ends, because that object knows the session's sockets. Tokens are
//! stored as their SHA-256 only. The permission to sign in is decided before. The effects of use are in `auth::usage`.

mod account_tables;
mod accounts;
mod grants;
mod notifications;
mod object;
mod passkey_tables;
mod passkeys;
pub(super) mod refresh;
mod sessions;
mod tables;
mod usage;

use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::object::AuthObject;
use crate::calls::account::{
    AddAccount, BeginSignIn, ConfirmSignIn, EndBrowser, FindAccount, FindBrowser, ForgetBrowser, ReadRefresh,
    RecordRefusal, RemoveAccount, RotateRefresh,
};
use crate::calls::auth::{
    AddTicket, CheckSession, CreateSession, EndSession, KeepSessionsAlive, ListSessions, ReadIdleTimes, ReadSession,
    SignOut, SlideSessions, UpdateCard,
};
use crate::calls::backfill::ReadBackfill;
use crate::calls::passkey::{
    AddChallenge, AddPasskey, FindPasskey, ListPasskeys, RemovePasskey, RenamePasskey, TakeChallenge, UsePasskey,
};
use crate::config::Config;
use crate::kit::request::answers;
use crate::telemetry;

/// See the module's description.
#[durable_object]
pub struct Auth(Rc<AuthObject>);

impl DurableObject for Auth {
    fn new(state: State, env: Env) -> Self {
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<AuthObject>| {
            let (tables, active_at, calls, called, late, grants, alarm, refusals) = Default::default();
            let writing = usage::timer(object);
            AuthObject { state, env, config, tables, active_at, calls, called, late, writing, grants, alarm, refusals }
        }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let object = &self.0;
        answers! { request:
            ReadSession => |call| object.session(&call),
            CheckSession => |call| object.check(&call),
            CreateSession => |call| object.create(call),
            SignOut => |call| object.logout(&call).await,
            EndSession => |call| object.end_by_owner(&call).await,
            AddTicket => |call| object.ticket(&call),
            ListSessions => |call| object.list(&call),
            ReadIdleTimes => |call| object.idle(&call),
            SlideSessions => |call| object.slide_by_use(&call),
            KeepSessionsAlive => |call| object.slide_by_heartbeat(&call),
            BeginSignIn => |call| object.attempt(&call),
            ConfirmSignIn => |call| object.opened(&call),
            RecordRefusal => |call| object.refused(&call),
            AddAccount => |call| object.register(&call),
            FindAccount => |user| object.account_of(&user),
            RemoveAccount => |user| object.forget_account(&user),
            ReadRefresh => |call| object.read_principal(&call).await,
            RotateRefresh => |call| object.rotate(call).await,
            FindBrowser => |call| object.whose(&call),
            ForgetBrowser => |call| object.drop_shown(&call).await,
            EndBrowser => |call| object.forget(&call).await,
            AddChallenge => |call| object.ask_passkey(&call),
            TakeChallenge => |call| object.take_challenge(&call),
            ListPasskeys => |user| object.passkeys_of(&user),
            FindPasskey => |call| object.find_passkey(&call),
            AddPasskey => |call| object.add_passkey(&call),
            RenamePasskey => |call| object.name_passkey(&call),
            RemovePasskey => |call| object.remove_passkey(&call),
            UsePasskey => |call| object.use_passkey(&call),
            ReadBackfill => |call| object.read_backfill(&call),
            UpdateCard => |call| object.card(&call),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.alarm.clear();
        if let Err(fault) = self.0.time_passed().await {
            telemetry::fault("auth_alarm", &fault);
        }
        Response::ok("")
    }
}
