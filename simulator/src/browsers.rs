//! Accounts in the storm (`sign-in.md` 2): people sign in on several browsers, refresh, sign out, lose answers, and have their cookies
//! stolen.
//!
//! The checks know no tables. A token is good if it is the last that its browser was given, and then once, while it lives. An event of one
//! browser changes nothing for another.

use std::collections::{BTreeMap, BTreeSet};

use protocol::client::Dice;
use protocol::people::account::family::{self, Family, FamilyStore, StoredToken, TokenStatus};
use protocol::people::session::{Life, SessionRules};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::OperatorLimits;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Fault;

use super::broken::Broken;
use super::disk::Mutant;
use super::setup::Setup;

const RULES: SessionRules = SessionRules::of(&OperatorLimits::DEFAULT);
const REFRESH_TTL_MS: Millis = OperatorLimits::DEFAULT.refresh_ttl_ms;
const STEPS: u32 = 240;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrowsersCounters {
    pub families: u64,
    pub refreshes: u64,
    /// Tokens that were used twice.
    pub reuses: u64,
    pub lost: u64,
    /// Browsers that were signed out, by themselves or remotely.
    pub left: u64,
}

impl std::ops::AddAssign for BrowsersCounters {
    fn add_assign(&mut self, other: Self) {
        self.families += other.families;
        self.refreshes += other.refreshes;
        self.reuses += other.reuses;
        self.lost += other.lost;
        self.left += other.left;
    }
}

/// Rows of a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rows {
    tokens: BTreeMap<String, (String, StoredToken)>,
    families: BTreeMap<String, Family>,
    sessions: BTreeMap<String, (String, Life)>,
    mutant: Mutant,
}

impl FamilyStore for Rows {
    fn token(&self, hash: &str) -> Result<Option<(String, StoredToken)>, Fault> {
        Ok(self.tokens.get(hash).cloned())
    }
    fn add_token(&mut self, hash: &str, family: &str, expires_at: Millis) -> Result<(), Fault> {
        self.tokens.insert(hash.to_owned(), (family.to_owned(), StoredToken { was_used: false, expires_at }));
        Ok(())
    }
    fn use_token(&mut self, hash: &str) -> Result<(), Fault> {
        if let Some((_, stored)) = self.tokens.get_mut(hash).filter(|_| self.mutant != Mutant::ForgetUses) {
            stored.was_used = true;
        }
        Ok(())
    }
    fn family(&self, id: &str) -> Result<Option<Family>, Fault> {
        Ok(self.families.get(id).cloned())
    }
    fn save_family(&mut self, family: &Family) -> Result<(), Fault> {
        self.families.insert(family.id.clone(), family.clone());
        Ok(())
    }
}

impl Rows {
    fn is_alive(&self, session: &str, now: Millis) -> bool {
        self.sessions.get(session).is_some_and(|(_, life)| !life.is_over(now))
    }

    /// Deletes the family with its tokens, and ends its session.
    fn end(&mut self, family: &Family, keeps_session: bool) {
        self.tokens.retain(|_, (id, _)| *id != family.id);
        self.families.remove(&family.id);
        if !keeps_session {
            self.sessions.remove(&family.principal.session);
        }
    }

    fn without(&self, family: &Family) -> Self {
        let mut rest = self.clone();
        rest.end(family, false);
        rest
    }

    /// Returns the device list: live sessions, and browsers without one.
    fn devices(&self, user: &str, now: Millis) -> BTreeSet<String> {
        let own = self.sessions.iter().filter(|(_, (who, life))| who == user && !life.is_over(now));
        let awake = own.map(|(id, _)| id.clone());
        let browsers = self.families.values().filter(|family| family.principal.user.as_str() == user);
        let asleep =
            browsers.filter(|family| family.expires_at > now && !self.is_alive(&family.principal.session, now));
        awake.chain(asleep.map(|family| family.id.clone())).collect()
    }
}

/// Tokens that a browser was really given, in order, which the checks use.
#[derive(Clone, Debug)]
struct IssuedFamily {
    user: &'static str,
    family: String,
    /// Every token, with its end.
    tokens: Vec<(String, Millis)>,
    session: String,
    /// The browser was signed out, or its token was stolen and used.
    has_ended: bool,
    /// Token of the browser itself, which may not know the last one.
    holds: String,
    stolen: Option<String>,
}

struct BrowsersWorld {
    now: Millis,
    dice: Dice,
    rows: Rows,
    given: Vec<IssuedFamily>,
    drawn: u64,
    counters: BrowsersCounters,
    is_verbose: bool,
}

/// Runs the browsers of `seed` to their end.
pub fn run_browsers(seed: u64, setup: Setup) -> Result<BrowsersCounters, Broken> {
    let rows = Rows { mutant: setup.mutant, ..Rows::default() };
    let (dice, given, counters) = (Dice::new(seed), Vec::new(), BrowsersCounters::default());
    let mut world = BrowsersWorld { now: 0, dice, rows, given, drawn: 0, counters, is_verbose: setup.is_verbose };
    for _ in 0..STEPS {
        // Steps take mostly minutes, sometimes a night, and seldom a long holiday.
        world.now += match world.dice.up_to(99) {
            0..=79 => world.dice.up_to(300_000),
            80..=96 => world.dice.up_to(40_000_000),
            _ => world.dice.up_to(2_000_000_000),
        };
        world.step().map_err(|promise| Broken { at: world.now, promise })?;
        world.check_devices().map_err(|promise| Broken { at: world.now, promise })?;
    }
    Ok(world.counters)
}

impl BrowsersWorld {
    fn draw(&mut self, what: &str) -> String {
        self.drawn += 1;
        format!("{what}{}", self.drawn)
    }

    fn step(&mut self) -> Result<(), String> {
        let what = self.dice.up_to(99);
        if self.given.len() < 3 || what < 6 {
            self.sign_in();
            return Ok(());
        }
        let at = self.dice.up_to(self.given.len().min(8) as u64 - 1) as usize;
        let at = self.given.len() - 1 - at;
        if self.is_verbose {
            println!("{:>12} {what} of {:?}", self.now, self.given[at]);
        }
        match what {
            6..=35 => self.use_session(at),
            36..=69 => self.refresh(at, false),
            70..=79 => {
                self.given[at].stolen = Some(self.given[at].holds.clone());
                Ok(())
            }
            80..=89 => self.refresh(at, true),
            90..=94 => self.sign_out(at),
            _ => self.sign_out_elsewhere(at),
        }
    }

    fn principal(&mut self, user: &'static str) -> Principal {
        let user_id = UserId::parse(user).expect("users of the simulator have good ids");
        Principal { name: user.to_owned(), ..Principal::new(user_id, UserKind::User, self.draw("s")) }
    }

    fn sign_in(&mut self) {
        let user = ["u_a", "u_b"][self.dice.up_to(1) as usize];
        let (principal, id, token) = (self.principal(user), self.draw("f"), self.draw("t"));
        let session = principal.session.clone();
        let expires_at = self.now + REFRESH_TTL_MS;
        let family = Family {
            id: id.clone(),
            principal,
            agent: String::new(),
            created_at: self.now,
            used_at: self.now,
            expires_at,
        };
        let stored = family::remember(&mut self.rows, &family, &token);
        debug_assert!(stored.is_ok(), "rows in memory take everything");
        self.rows.sessions.insert(session.clone(), (user.to_owned(), Life::begin(&RULES, self.now)));
        let tokens = vec![(token.clone(), expires_at)];
        self.given.push(IssuedFamily {
            user,
            family: id,
            tokens,
            session,
            has_ended: false,
            holds: token,
            stolen: None,
        });
        self.counters.families += 1;
    }

    /// Makes a call with the session, which lives neither longer than a day nor longer than its idle time.
    fn use_session(&mut self, at: usize) -> Result<(), String> {
        let (now, given) = (self.now, &self.given[at]);
        let Some((_, life)) = self.rows.sessions.get_mut(&given.session) else {
            return Ok(());
        };
        if given.has_ended && !life.is_over(now) {
            return Err(format!("a session outlived the end of its browser {}", given.family));
        }
        life.slide(&RULES, now);
        let is_too_old = !life.is_over(now) && life.expires_at > (life.created_at + RULES.age_ms_max);
        if is_too_old { Err(format!("{} lives beyond its age", given.session)) } else { Ok(()) }
    }

    /// Uses a token of this browser, by the browser itself or by a thief.
    fn refresh(&mut self, at: usize, is_thief: bool) -> Result<(), String> {
        let now = self.now;
        let given = &self.given[at];
        let Some(token) = (if is_thief { given.stolen.clone() } else { Some(given.holds.clone()) }) else {
            return Ok(());
        };
        let place = given.tokens.iter().position(|(known, _)| *known == token).unwrap_or(0);
        let is_last = place + 1 == given.tokens.len();
        let lives = given.tokens[place].1 > now;
        let wanted = match (given.has_ended || !lives, is_last) {
            (true, _) => TokenStatus::Nothing,
            (false, true) => TokenStatus::Next,
            (false, false) => TokenStatus::Stolen,
        };
        let found = family::look(&self.rows, &token, now).map_err(|fault| fault.to_string())?;
        let worth = found.as_ref().map_or(TokenStatus::Nothing, |(_, worth)| *worth);
        if worth != wanted {
            return Err(format!("{token} of {given:?} is worth {worth:?}, not {wanted:?}"));
        }
        let Some((browser, _)) = found.filter(|_| worth != TokenStatus::Nothing) else {
            return Ok(());
        };
        let others = self.rows.without(&browser);
        if worth == TokenStatus::Stolen {
            self.counters.reuses += 1;
            let mutant = self.rows.mutant;
            self.rows.end(&browser, mutant == Mutant::KeepStolenSessions);
            if mutant == Mutant::EndAllBrowsers {
                let user = browser.principal.user.clone();
                let own = self.rows.families.values().filter(|other| other.principal.user == user).cloned();
                for other in own.collect::<Vec<_>>() {
                    self.rows.end(&other, false);
                }
            }
            self.given[at].has_ended = true;
        } else {
            // The object may die before it has stored anything.
            if self.dice.chance(10) {
                self.counters.lost += 1;
                return Ok(());
            }
            let (next, principal) = (self.draw("t"), self.principal(self.given[at].user));
            let session = principal.session.clone();
            let expires_at = now + REFRESH_TTL_MS;
            let family = Family { principal, used_at: now, expires_at, ..browser.clone() };
            family::rotate(&mut self.rows, &token, &next, &family).map_err(|fault| fault.to_string())?;
            self.rows.sessions.insert(session.clone(), (self.given[at].user.to_owned(), Life::begin(&RULES, now)));
            self.rows.sessions.remove(&browser.principal.session);
            self.counters.refreshes += 1;
            let is_lost = self.dice.chance(15);
            self.counters.lost += u64::from(is_lost);
            let given = &mut self.given[at];
            given.tokens.push((next.clone(), expires_at));
            given.session = session;
            match (is_lost, is_thief) {
                (true, _) => {}
                (false, true) => given.stolen = Some(next),
                (false, false) => given.holds = next,
            }
        }
        let now_browser = Family { principal: self.newest(at), ..browser };
        if self.rows.without(&now_browser) != others {
            return Err(format!("what became of {} changed something for others", self.given[at].family));
        }
        if worth == TokenStatus::Stolen && self.rows.sessions.contains_key(&self.given[at].session) {
            return Err(format!("the session of {} outlived the theft", self.given[at].family));
        }
        Ok(())
    }

    fn newest(&mut self, at: usize) -> Principal {
        let session = self.given[at].session.clone();
        let user = self.given[at].user;
        self.drawn += 1;
        Principal { session, ..self.principal(user) }
    }

    fn sign_out(&mut self, at: usize) -> Result<(), String> {
        let family = self.rows.families.get(&self.given[at].family).cloned();
        self.rows.sessions.remove(&self.given[at].session);
        if let Some(family) = family {
            self.rows.end(&family, false);
            self.counters.left += 1;
        }
        self.given[at].has_ended = true;
        Ok(())
    }

    /// Ends a device of a person by its public id; the id of another person's device is unknown.
    fn sign_out_elsewhere(&mut self, at: usize) -> Result<(), String> {
        let user = self.given[at].user;
        let before = self.rows.devices(user, self.now);
        let other = if user == "u_a" { "u_b" } else { "u_a" };
        let others = self.rows.devices(other, self.now);
        let Some(id) = before.iter().nth(self.dice.up_to(before.len().max(1) as u64 - 1) as usize).cloned() else {
            return Ok(());
        };
        let Some(meant) = self.given.iter().position(|given| given.family == id || given.session == id) else {
            return Err(format!("{id} is in the list of {user} and was never given"));
        };
        self.sign_out(meant)?;
        let mut left = before;
        left.remove(&id);
        if self.rows.devices(user, self.now) != left || self.rows.devices(other, self.now) != others {
            return Err(format!("to end {id} ended something else"));
        }
        Ok(())
    }

    /// Checks that the list contains every browser that could return, once, and nothing else.
    fn check_devices(&self) -> Result<(), String> {
        for user in ["u_a", "u_b"] {
            let listed = self.rows.devices(user, self.now);
            let is_there = |given: &&IssuedFamily| {
                let lives = given.tokens.last().is_some_and(|(_, end)| *end > self.now);
                given.user == user && !given.has_ended && (lives || self.rows.is_alive(&given.session, self.now))
            };
            let name = |given: &IssuedFamily| {
                let is_awake = self.rows.is_alive(&given.session, self.now);
                if is_awake { given.session.clone() } else { given.family.clone() }
            };
            let wanted: BTreeSet<String> = self.given.iter().filter(is_there).map(name).collect();
            if listed != wanted {
                return Err(format!("{user} has {wanted:?} and is shown {listed:?}"));
            }
        }
        Ok(())
    }
}
