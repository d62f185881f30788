//! The Durable Object of a directory shard (`core.md` 1.1). A Worker cannot list its objects, so logs and people are registered here when
//! they are made. A call to an object would make it, so the directory is asked first if an id from outside exists.

mod handles;
mod hashes;
mod tables;

use protocol::words::event::Millis;
use protocol::words::limits::{HANDLE_LATE_MS, OUTBOX_RETRY_MS_MAX};
use protocol::words::refusal::Fault;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::tables::{ENDPOINTS, INVITES, NamesSql};
use crate::calls::directory::{
    AddInvite, AddName, FindEndpointOwner, FindGroups, FindHandleOwner, FindInviteMaker, FindPeople, ForgetOwner,
    GiveHandle, ListBacklogs, ListDeadLogs, ListLogs, ListOpenLogs, ReadMetrics, RemoveInvite, RemoveName,
    TakeEndpoint, TakeHandle, UpdateGroup,
};
use crate::config::Config;
use crate::kit::directory::ReportMetrics;
use crate::kit::request::answers;
use crate::kit::sql;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

#[durable_object]
pub struct Dir {
    state: State,
    config: &'static Config,
}

impl DurableObject for Dir {
    fn new(state: State, env: Env) -> Self {
        Self { state, config: Config::of(&env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        answers! { request:
            AddName => |call| self.ask(|names| names.add(&call, runtime::now_ms())),
            FindPeople => |users| self.ask(|names| names.known(&users)),
            RemoveName => |call| self.ask(|names| names.remove(&call)),
            ReportMetrics => |call| self.ask(|names| names.count(&call, runtime::now_ms())),
            ReadMetrics => |()| self.ask(|names| names.counts(runtime::now_ms())),
            ListBacklogs => |()| self.ask(NamesSql::backlogs),
            ListOpenLogs => |()| self.ask(NamesSql::live),
            ListDeadLogs => |()| self.ask(NamesSql::dead_logs),
            ListLogs => |after| self.ask(|names| names.logs(&after)),
            UpdateGroup => |call| self.ask(|names| names.update_group(&call)),
            TakeHandle => |call| self.change(|names| names.take_handle(&call, runtime::now_ms())),
            GiveHandle => |call| self.change(|names| names.give_handle(&call)),
            FindHandleOwner => |handle| self.ask(|names| names.whose_handle(&handle)),
            AddInvite => |call| self.change(|names| names.add_invite(&call)),
            RemoveInvite => |call| self.ask(|names| names.forget_invite(&call)),
            FindInviteMaker => |hash| self.ask(|names| names.owner_of(INVITES, &hash)),
            TakeEndpoint => |call| self.change(|names| names.take_endpoint(&call)),
            FindEndpointOwner => |hash| self.ask(|names| names.owner_of(ENDPOINTS, &hash)),
            ForgetOwner => |call| self.change(|names| names.forget_person(&call)),
            FindGroups => |call| self.ask(|names| names.find_groups(&call)),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(fault) = self.forget_over(runtime::now_ms()) {
            telemetry::fault("dir_alarm", &fault);
            runtime::set_alarm(&self.state, runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
        }
        Response::ok("")
    }
}

impl Dir {
    fn names(&self) -> Result<NamesSql, Fault> {
        NamesSql::open(sql::of(&self.state))
    }

    fn ask<T>(&self, question: impl FnOnce(&NamesSql) -> Result<T, Fault>) -> Result<T, CallError> {
        Ok(question(&self.names()?)?)
    }

    fn change<T>(&self, change: impl FnOnce(&NamesSql) -> Result<T, Fault>) -> Result<T, CallError> {
        let changed = self.ask(change)?;
        self.forget_over(runtime::now_ms())?;
        Ok(changed)
    }

    /// Deletes expired invites, handles and push addresses, and sets the alarm for the next expiry.
    fn forget_over(&self, now: Millis) -> Result<(), Fault> {
        let late_ms = HANDLE_LATE_MS.min(self.config.limits.handle_free_ms);
        if let Some(at) = self.names()?.forget_over(now, late_ms)? {
            runtime::set_alarm(&self.state, at);
        }
        Ok(())
    }
}
