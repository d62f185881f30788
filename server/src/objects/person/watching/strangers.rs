//! Ids that a device wants to watch, checked before their objects are called. A call must not create an object for an unknown id, and
//! guessing ids is limited.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::people::contacts::Relation;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, UserId, is_demo, is_scripted};
use protocol::words::limits::{WATCH_ASKED_MAX, WATCH_MISS_MS, WATCH_MISSES_MAX};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::{bot_cast, personas};

use super::unread;
use crate::calls::directory;
use crate::calls::room::ReadPeople;
use crate::kit::call;
use crate::kit::request::Request;
use crate::objects::person::object::{Misses, PersonMemory, PersonObject};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

impl Misses {
    fn forget_old(&mut self, now: Millis) {
        self.since.retain(|_, since| *since + WATCH_MISS_MS > now);
    }
}

/// Returns the ids of `wanted` that have to be looked up. `RATE_LIMITED` if too many were unknown recently, or are being looked up.
pub fn check_strangers(object: &PersonObject, wanted: &[String]) -> Result<StrangerCheck, CallError> {
    let now = runtime::now_ms();
    let (asked, allowed) = object.with(|memory| {
        memory.misses.forget_old(now);
        let (mut strangers, mut nobody) = (Vec::new(), BTreeSet::new());
        for user in wanted {
            if memory.misses.since.contains_key(user) {
                nobody.insert(user.clone());
            } else if !is_known(memory, user)? {
                strangers.push(user.clone());
            }
        }
        let (misses, rule) = (&mut memory.misses, &object.config.rules.watch);
        let allowed = match strangers.is_empty() {
            true => Ok(()),
            false if misses.asked > 0 && misses.asked + strangers.len() > WATCH_ASKED_MAX => {
                Err(Refusal::RateLimited { retry_after_ms: 1_000 })
            }
            false => misses.counted.check(rule, now),
        };
        if allowed.is_ok() {
            misses.asked += strangers.len();
        }
        Ok((StrangerCheck { strangers, nobody }, allowed))
    })?;
    allowed?;
    Ok(asked)
}

/// Ids to look up; see [`check_strangers`].
pub struct StrangerCheck {
    strangers: Vec<String>,
    /// Ids that were found to be unknown before.
    nobody: BTreeSet<String>,
}

/// Returns `true` if this object itself knows that the person exists.
fn is_known(memory: &PersonMemory, user: &str) -> Result<bool, Fault> {
    let own = memory.person.record().user.as_str();
    let is_always_there = bot_cast::find(user).is_some() || !is_demo(own) && personas::find(user).is_some();
    let direct = UserId::parse(own).and_then(|own| RoomId::direct(own, UserId::parse(user)?));
    let has_met = direct.map_or(Ok(false), |room| memory.sql.has_direct(room.as_str()))?;
    let is_related = memory.sql.relation(user)? != Relation::Stranger;
    Ok(user == own || is_always_there || has_met || is_related || memory.sql.seen(user)?.is_some())
}

/// Looks up the ids of `check_strangers`. Returns the unknown ones, which are remembered and counted.
pub async fn nobody_of(object: &Rc<PersonObject>, asked: StrangerCheck) -> Result<BTreeSet<String>, Fault> {
    let StrangerCheck { strangers, mut nobody } = asked;
    if strangers.is_empty() {
        return Ok(nobody);
    }
    let is_visitor = object.with(|memory| Ok(is_demo(&memory.person.record().user)))?;
    let is_of_demo = |user: &&String| is_visitor || is_demo(user) || is_scripted(user);
    let (demo, others): (Vec<&String>, Vec<&String>) = strangers.iter().partition(is_of_demo);
    let mut known = directory::known(&object.env, others.into_iter().map(String::as_str)).await;
    if !demo.is_empty() {
        known.extend(companions(object).await);
    }
    let missed = strangers.iter().filter(|user| !known.contains(*user)).cloned().collect::<Vec<String>>();
    object.with(|memory| {
        let (now, Misses { counted, since, asked }) = (runtime::now_ms(), &mut memory.misses);
        *asked = asked.saturating_sub(strangers.len());
        for user in &missed {
            counted.add(&object.config.rules.watch, now);
            if since.len() < WATCH_MISSES_MAX {
                since.insert(user.clone(), now);
            }
        }
        Ok(())
    })?;
    nobody.extend(missed);
    Ok(nobody)
}

/// Returns the people of the private groups: a person who exists only in a demo room is known to that room alone.
async fn companions(object: &Rc<PersonObject>) -> Vec<String> {
    let own = object.with(|memory| Ok((memory.sql.private_groups()?, unread::reader(memory)?)));
    let Ok((groups, principal)) = own else { return Vec::new() };
    let found = call::in_portions(groups.into_iter().map(|room| people(object, room, principal.clone()))).await;
    found.into_iter().flatten().collect()
}

async fn people(object: &PersonObject, room: String, principal: Principal) -> Vec<String> {
    match ReadPeople::ask(&object.env, &room, &principal).await {
        Ok(people) => people.people.into_iter().map(|one| one.user.as_str().to_owned()).collect(),
        Err(error) => {
            telemetry::call_failed("people", &error);
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::person::tests::{NOW, mia, relate};

    #[test]
    fn a_contact_is_known_without_a_question() {
        let memory = mia();
        relate(&memory.sql, "u_bo", Relation::Contact);
        assert_eq!(["u_bo", "u_kai"].map(|user| is_known(&memory, user)), [Ok(true), Ok(false)]);
    }

    #[test]
    fn an_id_that_was_nobodys_is_asked_about_again_after_a_while() {
        let mut misses = Misses { since: [("u_bo".to_owned(), NOW)].into(), ..Misses::default() };
        misses.forget_old(NOW + WATCH_MISS_MS - 1);
        assert_eq!(misses.since.len(), 1);
        misses.forget_old(NOW + WATCH_MISS_MS);
        assert_eq!(misses.since.len(), 0);
    }
}
