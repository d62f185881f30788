//! Bots and integrations of a group as a person's: who made one, the end of all that a person made, and what members see of the bots that
//! read (`integrations.md` 1 and 7.1). How each is made is in `integrating` and `own_bots`.

use super::group::Role;
use super::group_change::Actor;
use super::outbound::Outbound;
use super::own_bot::{BotScope, OwnBot, OwnBotStore};
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::refusal::{Denied, Fault, Refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maker {
    /// User id. Empty in rows from before makers were stored: they count as the owner's.
    pub user: String,
    /// Time at which the earlier player of the persona ended; 0 for everybody else. It tells the players of a persona apart.
    pub visible_from: Millis,
}

/// Bots and integrations of a person that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramsEnd<'a> {
    pub user: &'a str,
    /// Those end whose maker began before this time ([`Maker::visible_from`]).
    pub before: Millis,
    /// Those stay that were made before this time.
    pub made_since: Millis,
}

impl<'a> ProgramsEnd<'a> {
    /// Returns the end of all that `user` made.
    pub const fn of_all(user: &'a str) -> Self {
        Self { user, before: Millis::MAX, made_since: 0 }
    }
}

impl Room {
    /// Ends what a person made: the player of a persona has gone, the account is banned, or its owner has taken it back from somebody else.
    pub fn end_programs(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        end: &ProgramsEnd<'_>,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        self.end_programs_of(&mut Step { store, now, out }, end)
    }

    /// Ends what a person made who leads the group no more. The caller asks while the group still knows the owner.
    pub(super) fn end_programs_of(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        end: &ProgramsEnd<'_>,
    ) -> Result<(), Fault> {
        let is_owner = self.group.as_ref().and_then(|group| group.role_of(end.user)) == Some(Role::Owner);
        let is_theirs = |maker: &Maker| {
            let is_maker = maker.user == end.user || (maker.user.is_empty() && is_owner);
            is_maker && maker.visible_from < end.before
        };
        let is_ended = |maker: &Maker, made_at: Millis| is_theirs(maker) && made_at >= end.made_since;
        let ended_bots = self.own_bots.iter().filter(|bot| is_ended(&bot.maker, bot.made_at));
        let bots: Vec<String> = ended_bots.map(|bot| bot.id.clone()).collect();
        self.end_bots(step, &bots)?;
        for id in bots {
            step.out.act("", "bot_remove", &self.place_of(&id));
        }
        for ended in step.store.integrations()?.into_iter().filter(|known| is_ended(&known.maker, known.made_at)) {
            step.store.forget_integration(&ended.id)?;
            step.out.act("", "integration_remove", &self.place_of(&ended.id));
        }
        self.end_webhooks(step, |bot| bot.webhook.as_ref().is_some_and(|webhook| is_ended(&bot.maker, webhook.made_at)))
    }

    /// Removes the webhooks of bots that stay. Their addresses may be those of somebody else.
    fn end_webhooks(
        &mut self,
        step: &mut Step<'_, impl OwnBotStore>,
        is_ended: impl Fn(&OwnBot) -> bool,
    ) -> Result<(), Fault> {
        let mut ended = Vec::new();
        for bot in self.own_bots.iter_mut().filter(|bot| is_ended(bot)) {
            bot.webhook = None;
            step.store.forget_bot_delivery(&bot.id, None)?;
            step.store.save_own_bot(bot)?;
            ended.push(bot.id.clone());
        }
        for id in ended {
            step.out.act("", "bot_webhook_off", &self.place_of(&id));
        }
        Ok(())
    }

    /// Removes bots and closes their sockets. What they have said stays.
    pub(super) fn end_bots(&mut self, step: &mut Step<'_, impl OwnBotStore>, ids: &[String]) -> Result<(), Fault> {
        if ids.is_empty() {
            return Ok(());
        }
        let before = self.commands();
        for id in ids {
            step.store.forget_own_bot(id)?;
            self.own_bots.retain(|known| known.id != *id);
            self.close_bot(step.now, id, CloseCode::Unauthenticated, "revoked", step.out);
        }
        step.out.dead_letters_gone = true;
        self.send_commands(&before, step.out);
        Ok(())
    }

    /// Tells a private group of a bot that reads from now on. Everybody reads a public one.
    pub(super) fn announce_bot(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        bot: &OwnBot,
    ) -> Result<(), Denied> {
        let name = self.name_beside_people(&bot.id, &bot.name);
        self.say(step, by, "bot_added", &[("userId", bot.id.as_str()), ("userName", name.as_str())])
    }

    /// Returns the user id of the person who counts as the maker.
    pub fn maker_of<'a>(&'a self, maker: &'a Maker) -> &'a str {
        let owner = || {
            let mut people = self.group.iter().flat_map(|group| group.people());
            people.find(|member| member.role == Role::Owner).map_or("", |member| member.user.as_str())
        };
        if maker.user.is_empty() { owner() } else { &maker.user }
    }

    /// Lists the bots that read, for everybody who reads the group.
    /// Errors: `FORBIDDEN` for a person who was removed from a public group, `NOT_FOUND` for a person from whom the group is hidden.
    pub fn reading_bots(&self, user: &str) -> Result<Vec<OwnBot>, Denied> {
        self.group.as_ref().ok_or(Refusal::NotFound)?.floor_for(user)?;
        Ok(self.own_bots.iter().filter(|bot| bot.may(BotScope::Read)).cloned().collect())
    }
}
