//! Rules for what people write in a public room (`moderation.md` 8): what is refused, what is held, and what becomes of held messages. The
//! rules themselves are in `people::moderation`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::held::{HeldKey, HeldMessage};
use super::notification::Notification;
use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::content::files::file_ids;
use crate::log::{Appended, says_the_same};
use crate::people::moderation::{FIRST_MESSAGE, RuleEffect};
use crate::words::event::{Draft, Event, Kind, Millis, TOMBSTONE};
use crate::words::ids::is_scripted;
use crate::words::limits::{
    FIRST_MESSAGE_MS, HELD_MAX, HELD_MS_MAX, HELD_OF_PERSON_MAX, HELD_RETRY_MS, REVIEWED_MAX, REVIEWED_MS,
};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Fault, Refusal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RuleResult {
    /// No rule is against it.
    Free,
    /// Its id is that of a held message.
    Known(Refusal),
    Refused,
    /// The rule with this name holds it.
    Held(String),
}

impl RuleResult {
    /// Checks that the id is not that of a held message, whose answer nothing changes.
    pub(super) fn check_id(&self) -> Result<(), Refusal> {
        match self {
            Self::Known(refusal) => Err(refusal.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Free => Ok(()),
            Self::Known(refusal) => Err(refusal.clone()),
            Self::Refused => Err(Refusal::RefusedByRule),
            Self::Held(_) => Err(Refusal::Held),
        }
    }
}

impl Room {
    /// Applies the rules to a write. An edit is never held: the message stays as it is.
    pub(super) fn apply_rules(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        draft: &Draft,
        now: Millis,
    ) -> Result<RuleResult, Fault> {
        if self.held.contains_key(&draft.id) {
            return Ok(RuleResult::Known(answer_again(store, draft)?));
        }
        let has_words = draft.kind.has_words() || draft.kind == Kind::Edit;
        if !has_words || !self.obeys_rules(principal) {
            return Ok(RuleResult::Free);
        }
        let rule = self.moderation.writing.judge_body(&draft.body);
        Ok(match rule.map(|rule| (rule.effect, rule.name())) {
            Some((RuleEffect::Hold, name)) if draft.kind == Kind::Chat => RuleResult::Held(name),
            Some((RuleEffect::Hold | RuleEffect::Refuse, _)) => RuleResult::Refused,
            _ if draft.kind == Kind::Chat && self.is_first_message(store, principal, now)? => {
                RuleResult::Held(FIRST_MESSAGE.to_owned())
            }
            _ => RuleResult::Free,
        })
    }

    /// Returns `true` for a person to whom the rules apply here.
    fn obeys_rules(&self, principal: &Principal) -> bool {
        let is_program = principal.kind == UserKind::Bot || is_scripted(principal.user.as_str());
        self.is_moderated() && !is_program && !self.has_role(principal)
    }

    /// Returns `true` for a session that has a role of the deployment.
    fn has_role(&self, principal: &Principal) -> bool {
        self.moderation.role_in(principal, self.settings.requires_second_factor).is_some()
    }

    fn is_first_message(&self, store: &impl RoomStore, principal: &Principal, now: Millis) -> Result<bool, Fault> {
        if !self.moderation.writing.holds_first || principal.kind != UserKind::Guest {
            return Ok(false);
        }
        let since = now.saturating_sub(FIRST_MESSAGE_MS);
        Ok(store.times(principal.user.as_str(), Kind::Chat, since)?.is_empty())
    }

    /// Holds a message that everything but a rule allows. Returns the refusal of its frame.
    pub(super) fn hold(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        draft: Draft,
        rule: &str,
    ) -> Result<Refusal, Fault> {
        let Draft { id, actor, session, name, kind, body } = draft;
        let user = actor.unwrap_or_default();
        let own = self.held.values().filter(|held| held.user == user).count();
        let is_full = self.held.len() >= HELD_MAX;
        if own >= HELD_OF_PERSON_MAX || (is_full && !self.displace_oldest(store, now)?) {
            return Ok(Refusal::RateLimited { retry_after_ms: HELD_RETRY_MS });
        }
        self.has_held_files |= !file_ids(&body).is_empty();
        let key = HeldKey { id: id.clone(), user: user.clone(), at: now };
        store.save_held(&HeldMessage { id, at: now, user, session, name, body, rule: rule.to_owned() })?;
        self.rate_allowance.count(&key.user, kind, now);
        self.held.insert(key.id.clone(), key);
        Ok(Refusal::Held)
    }

    /// Drops the oldest held message of the person with the most: that person cannot keep others out. Returns `false` if nobody has more than
    /// one.
    fn displace_oldest(&mut self, store: &mut impl RoomStore, now: Millis) -> Result<bool, Fault> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for held in self.held.values() {
            *counts.entry(held.user.as_str()).or_default() += 1;
        }
        let of = |held: &HeldKey| counts.get(held.user.as_str()).copied().unwrap_or_default();
        let order = |held: &HeldKey| (Reverse(of(held)), held.at);
        let first = self.held.values().filter(|held| of(held) > 1).min_by_key(|held| order(held));
        let Some(first) = first.cloned() else { return Ok(false) };
        self.end_review(store, now, &first, false)?;
        self.has_held_files = true;
        self.displaced.push((first.user, first.id));
        Ok(true)
    }

    /// Returns the time of the newest held message of a person.
    pub(super) fn newest_held(&self, user: &str) -> Option<Millis> {
        self.held.values().filter(|held| held.user == user).map(|held| held.at).max()
    }

    /// Takes a held message back for its writer. Returns it as it would read in a log: without content. `None` where no such message of this
    /// person is held.
    pub(super) fn withdraw_held(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        id: &str,
    ) -> Result<Option<Event>, Denied> {
        // A new player of a persona must not change messages of an earlier player.
        let is_own = |held: &&HeldKey| held.user == principal.user.as_str() && held.at > principal.visible_from;
        let Some(held) = self.held.get(id).filter(is_own).cloned() else {
            return Ok(None);
        };
        self.check_maintenance()?;
        self.end_review(store, now, &held, false)?;
        self.has_held_files = true;
        let HeldKey { id, user, at } = held;
        let (name, body) = (principal.name.clone(), TOMBSTONE.to_owned());
        let draft = Draft { id, actor: Some(user), session: None, name, kind: Kind::Chat, body };
        Ok(Some(draft.at(0, at)))
    }

    /// Returns the held messages, the oldest first.
    pub fn held_messages(&self, store: &impl RoomStore, now: Millis) -> Result<Vec<HeldMessage>, Denied> {
        let mut keys: Vec<&HeldKey> = self.held.values().filter(|held| held.at + HELD_MS_MAX > now).collect();
        keys.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.id.cmp(&other.id)));
        let mut found = Vec::new();
        for key in keys {
            found.extend(store.held(&key.id)?);
        }
        Ok(found)
    }

    /// Publishes or drops a held message in the name of a moderator (`moderation.md` 8.2). Who may do that is decided before. Returns the user
    /// id of its writer.
    /// Errors: `NOT_FOUND` where no such message is held, `OVERLOADED` during maintenance.
    pub fn judge_held(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        moderator: &Principal,
        (id, is_published): (&str, bool),
        out: &mut Outbound,
    ) -> Result<String, Denied> {
        self.check_maintenance()?;
        let held = store.held(id)?.filter(|held| held.at + HELD_MS_MAX > now).ok_or(Refusal::NotFound)?;
        let key = HeldKey { id: held.id.clone(), user: held.user.clone(), at: held.at };
        if is_published {
            self.publish(&mut Step { store, now, out }, held)?;
        }
        self.end_review(store, now, &key, is_published)?;
        let what = if is_published { "moderation_publish" } else { "moderation_drop" };
        out.act(moderator.user.as_str(), what, id);
        Ok(key.user)
    }

    /// Forgets a held message, and stores what became of it for devices of its writer that are away (`moderation.md` 8.1).
    fn end_review(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        held: &HeldKey,
        is_published: bool,
    ) -> Result<(), Fault> {
        store.forget_held(&held.id)?;
        store.save_review(held, is_published, now.saturating_sub(REVIEWED_MS))?;
        self.held.remove(&held.id);
        Ok(())
    }

    /// Returns what became of held messages of a person who joins: ids, and `true` for published ones. A published message whose id the log
    /// has let go counts as dropped: if its device sent it again, it would be a new message. A new player of a persona learns nothing of an
    /// earlier one.
    pub(super) fn reviewed_for(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        now: Millis,
    ) -> Result<Vec<(String, bool)>, Fault> {
        if !self.is_moderated() {
            return Ok(Vec::new());
        }
        let since = principal.visible_from.max(now.saturating_sub(REVIEWED_MS));
        let mut reviewed = store.reviewed(principal.user.as_str(), since, REVIEWED_MAX)?;
        for (id, is_published) in &mut reviewed {
            *is_published = *is_published && store.find(id)?.is_some();
        }
        Ok(reviewed)
    }

    /// Sends people with a role the number of messages that wait here, if this turn has changed it or others have a role now
    /// (`moderation.md` 8.2).
    pub(super) fn send_waiting(&mut self, out: &mut Outbound) {
        let count = self.held.len();
        if self.waiting_shown.replace(count) != Some(count) {
            let reviewers = self.conns_where(|live| self.may_review(&live.state.principal));
            out.only(reviewers, Notification::Waiting { count });
        }
    }

    /// Returns the number of messages that wait here, for somebody who joins; `None` where none does, or it is not for them.
    pub(super) fn waiting_for(&self, principal: &Principal) -> Option<usize> {
        Some(self.held.len()).filter(|count| *count > 0 && self.may_review(principal))
    }

    /// Returns `true` for a person who sees and judges what is held here.
    fn may_review(&self, principal: &Principal) -> bool {
        let is_account = principal.kind == UserKind::User;
        is_account && self.is_moderated() && self.has_role(principal)
    }

    /// Appends a held message as its writer's, and notes the bots that it calls. A public room closes nothing to earlier or later players
    /// (`Room::floor_of`), so a bot reads all of it for whoever wrote the message.
    fn publish(&mut self, step: &mut Step<'_, impl RoomStore>, held: HeldMessage) -> Result<(), Denied> {
        let HeldMessage { id, user, session, name, body, .. } = held;
        let player = session.clone().unwrap_or_default();
        let draft = Draft { id, actor: Some(user), session, name, kind: Kind::Chat, body };
        if let Appended::New(event) = self.log.append(step.store, step.now, draft, |_| Ok(()))? {
            let event = Rc::new(event);
            self.announce(step, &event)?;
            self.note_called(&event, (0, &player), step.out);
        }
        Ok(())
    }

    /// Forgets held messages that nobody has judged in time.
    pub fn forget_old_held(&mut self, store: &mut impl RoomStore, now: Millis) -> Result<(), Fault> {
        let old: Vec<HeldKey> = self.held.values().filter(|held| held.at + HELD_MS_MAX <= now).cloned().collect();
        for held in old {
            self.end_review(store, now, &held, false)?;
        }
        Ok(())
    }

    /// Returns when [`Room::forget_old_held`] has something to do: for the object's alarm.
    pub fn held_due_at(&self) -> Option<Millis> {
        self.held.values().map(|held| held.at + HELD_MS_MAX).min()
    }
}

/// Returns the answer to a write with the id of a held message (`moderation.md` 8.1).
fn answer_again(store: &impl RoomStore, draft: &Draft) -> Result<Refusal, Fault> {
    let held = store.held(&draft.id)?.ok_or_else(|| Fault("a held message has no row".into()))?;
    if draft.actor.as_deref() != Some(held.user.as_str()) {
        return Ok(Refusal::IdTaken);
    }
    let is_same = draft.kind == Kind::Chat && says_the_same(&draft.body, &held.body);
    Ok(if is_same { Refusal::Held } else { Refusal::IdReused })
}
