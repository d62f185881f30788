//! The Durable Object that knows names (`core.md` 1.1): a Worker cannot list its objects, so logs and people are noted here
//! when they are made. It says who is somebody before anything is asked of an object under an id that came from outside: to be asked
//! would make it.

pub(super) mod handles;
pub(super) mod invites;

use protocol::content::text::comparable_name;
use protocol::words::event::Millis;
use protocol::words::limits::{ADMIN_ROOMS_MAX, OUTBOX_RETRY_MS_MAX, REBUILD_LOGS_PAGE, SEQ_MAX};
use protocol::words::refusal::Fault;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::invites::forget_old_invites;
use crate::calls::directory::{
    AddInvite, AddName, FindGroups, FindHandleOwner, FindInviteMaker, FindPeople, ForgetOwner, GiveHandle,
    ListBacklogs, ListLogs, ListOpenLogs, NameCall, ReadGroupPlace, ReadMetrics, RemoveInvite, RemoveName, TakeHandle,
    UpdateGroup,
};
use crate::calls::group::{FindGroupsCall, PublicGroupCall};
use crate::config::Config;
use crate::kit::counting::{CountCall, ReportMetrics};
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::sql::Database;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE names (kind TEXT NOT NULL, name TEXT NOT NULL, added_at INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT",
    ],
    // Public groups, with what a search compares.
    &["CREATE TABLE public_groups (room TEXT PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, \
     member_count INTEGER NOT NULL, is_gone INTEGER NOT NULL) STRICT"],
    // What logs have counted (`core.md` 1.7).
    &[
        "CREATE TABLE counts (name TEXT NOT NULL, metric TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (name, metric)) STRICT",
    ],
    handles::STEP,
    invites::STEP,
    handles::BY_END,
];

/// Logs with a full outbox that one look names.
const BACKLOGS_LISTED: u64 = 20;

/// See the module's description.
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
            AddName => |call| self.add(&call, runtime::now_ms()),
            FindPeople => |users| self.known(&users),
            RemoveName => |call| self.remove(&call),
            ReportMetrics => |call| self.count(&call),
            ReadMetrics => |()| self.counts(),
            ListBacklogs => |()| self.list_backlogs(),
            ListOpenLogs => |()| self.live(),
            ListLogs => |after| self.logs(&after),
            UpdateGroup => |call| self.keep_group(&call),
            ReadGroupPlace => |room| self.place_of(&room),
            TakeHandle => |call| self.take_handle(&call),
            GiveHandle => |call| self.give_handle(&call),
            FindHandleOwner => |handle| self.whose_handle(&handle),
            AddInvite => |call| self.keep_invite(&call),
            RemoveInvite => |call| self.forget_invite(&call),
            FindInviteMaker => |hash| self.whose_invite(&hash),
            ForgetOwner => |call| self.forget_person(&call),
            FindGroups => |call| self.find_groups(&call),
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
    fn sql(&self) -> Result<Database, Fault> {
        let storage = sql::of(&self.state);
        sql::migrate(&storage, STEPS)?;
        Ok(storage)
    }

    /// Nothing is kept of invites and handles that are over; the next one rings.
    fn forget_over(&self, now: Millis) -> Result<(), Fault> {
        let sql = self.sql()?;
        let next = [self.forget_free_handles(&sql, now)?, forget_old_invites(&sql, now)?];
        if let Some(at) = next.into_iter().flatten().min() {
            runtime::set_alarm(&self.state, at);
        }
        Ok(())
    }

    fn add(&self, call: &NameCall, now: Millis) -> Result<(), CallError> {
        let values = [call.kind.as_str().into(), call.name.as_str().into(), now.into()];
        Ok(sql::exec(&self.sql()?, "INSERT OR IGNORE INTO names VALUES (?, ?, ?)", &values)?)
    }

    /// Those of `users` who were signed in at least once, and are not gone for good.
    fn known(&self, users: &[String]) -> Result<Vec<String>, CallError> {
        let sql = self.sql()?;
        let query = "SELECT name FROM names WHERE kind IN ('guest', 'account') AND name = ?";
        let mut known = Vec::new();
        for user in users {
            known.extend(sql::rows(&sql, query, &[user.as_str().into()], |row| row.text(0))?.pop());
        }
        Ok(known)
    }

    fn count(&self, call: &CountCall) -> Result<(), CallError> {
        let db = self.sql()?;
        let gauge =
            "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (name, metric) DO UPDATE SET value = excluded.value";
        let counter = "INSERT INTO counts VALUES (?, ?, ?) \
                       ON CONFLICT (name, metric) DO UPDATE SET value = value + excluded.value";
        for (query, numbers) in [(gauge, &call.gauges), (counter, &call.counters)] {
            for (metric, value) in numbers {
                sql::exec(&db, query, &[call.name.as_str().into(), metric.as_str().into(), (*value).into()])?;
            }
        }
        Ok(())
    }

    /// The sums over all logs of this shard.
    fn counts(&self) -> Result<Vec<(String, u64)>, CallError> {
        let query = "SELECT metric, sum(value) FROM counts GROUP BY metric UNION ALL \
                     SELECT 'cfm_names{kind=\"' || kind || '\"}', count(*) FROM names GROUP BY kind";
        Ok(sql::rows(&self.sql()?, query, &[], |row| Ok((row.text(0)?, row.number(1)?)))?)
    }

    /// Logs of which something waited for receivers, or was given up, when they last told, some of them; what waits comes first.
    fn list_backlogs(&self) -> Result<Vec<String>, CallError> {
        let query = "SELECT name FROM counts WHERE metric IN ('cfm_outbox_depth', 'cfm_dead_letters') AND value > 0 \
                     GROUP BY name ORDER BY max(metric = 'cfm_outbox_depth') DESC, random() LIMIT ?";
        Ok(sql::rows(&self.sql()?, query, &[BACKLOGS_LISTED.into()], |row| row.text(0))?)
    }

    /// Logs with open sockets, those with most first; and under the empty name how many there are.
    fn live(&self) -> Result<Vec<(String, u64)>, CallError> {
        let of_logs = "SELECT name, sum(value) AS sockets FROM counts WHERE metric >= 'cfm_sockets' AND metric < 'cfm_sockets~' \
                       GROUP BY name HAVING sockets > 0";
        let query = format!(
            "SELECT '', count(*) FROM ({of_logs}) UNION ALL SELECT * FROM ({of_logs} ORDER BY sockets DESC, name LIMIT ?)"
        );
        Ok(sql::rows(&self.sql()?, &query, &[ADMIN_ROOMS_MAX.into()], |row| Ok((row.text(0)?, row.number(1)?)))?)
    }

    /// Names of all logs that this shard knows, after `after`.
    fn logs(&self, after: &str) -> Result<Vec<String>, CallError> {
        let query = "SELECT log FROM (SELECT CASE kind WHEN 'hub' THEN name WHEN 'room' THEN 'rm:' || name ELSE 'me:' || name END \
                     AS log FROM names UNION SELECT 'rm:' || room FROM public_groups) WHERE log > ? ORDER BY log LIMIT ?";
        let values = [after.into(), REBUILD_LOGS_PAGE.into()];
        Ok(sql::rows(&self.sql()?, query, &values, |row| row.text(0))?)
    }

    /// Keeps the state of a public group; a call that comes late changes nothing.
    fn keep_group(&self, call: &PublicGroupCall) -> Result<(), CallError> {
        let query = "INSERT INTO public_groups VALUES (?, ?, ?, ?, ?) ON CONFLICT (room) DO UPDATE SET \
                     version = excluded.version, name = excluded.name, member_count = excluded.member_count, \
                     is_gone = excluded.is_gone WHERE excluded.version > public_groups.version";
        let values = [
            call.room.as_str().into(),
            call.version.into(),
            comparable_name(&call.name).as_str().into(),
            (call.member_count as u64).into(),
            u32::from(call.is_gone).into(),
        ];
        Ok(sql::exec(&self.sql()?, query, &values)?)
    }

    /// Ids of the public groups whose name holds the part, those with most people first.
    fn find_groups(&self, call: &FindGroupsCall) -> Result<Vec<(String, u64)>, CallError> {
        let query = "SELECT room, member_count FROM public_groups WHERE is_gone = 0 AND instr(name, ?1) > 0 \
                     AND (member_count < ?3 OR member_count = ?3 AND room > ?4) ORDER BY member_count DESC, room LIMIT ?2";
        let (count, room) = call.after.as_ref().map_or((SEQ_MAX, ""), |(count, room)| (*count, room.as_str()));
        let values = [call.part.as_str().into(), (call.limit as u64).into(), count.into(), room.into()];
        Ok(sql::rows(&self.sql()?, query, &values, |row| Ok((row.text(0)?, row.number(1)?)))?)
    }

    /// Where a public group stands among the others: its people.
    fn place_of(&self, room: &str) -> Result<Option<u64>, CallError> {
        let query = "SELECT member_count FROM public_groups WHERE is_gone = 0 AND room = ?";
        Ok(sql::rows(&self.sql()?, query, &[room.into()], |row| row.number(0))?.pop())
    }

    fn remove(&self, call: &NameCall) -> Result<(), CallError> {
        let values = [call.kind.as_str().into(), call.name.as_str().into()];
        Ok(sql::exec(&self.sql()?, "DELETE FROM names WHERE kind = ? AND name = ?", &values)?)
    }
}
