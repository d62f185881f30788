//! Bots of a group (`integrations.md` 7): who makes, changes and revokes one, what its token opens, and the commands that it offers. Its
//! webhook is in `bot_webhooks`.
//!
//! A bot is a principal like a person, but no member. So permissions are asked for here, wherever a person would be asked for a membership.

use subtle::ConstantTimeEq;

use super::change::ChangeKind;
use super::client_frame::ClientFrame;
use super::group_change::Actor;
use super::notification::Notification;
use super::outbound::Outbound;
use super::own_bot::{BotCommand, BotScope, BotWebhook, OwnBot};
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use super::views::with_members;
use crate::codec::json::{Value, json_text};
use crate::content::room_commands::RoomCommand;
use crate::machines::presence::Card;
use crate::people::names::GUEST_AVATAR;
use crate::words::closing::CloseCode;
use crate::words::event::{Event, Kind, Millis};
use crate::words::ids::{UserId, is_integration};
use crate::words::limits::{OWN_BOTS_MAX, SEQ_MAX};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Changes of a bot: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnBotChange {
    pub id: String,
    pub name: Option<String>,
    pub scopes: Option<Vec<BotScope>>,
    pub commands: Option<Vec<BotCommand>>,
    pub webhook: WebhookChange,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebhookChange {
    #[default]
    Keep,
    Remove,
    /// Another one. One with the address that the bot has already changes nothing.
    Set(BotWebhook),
}

impl Room {
    /// Lists the bots for an owner or admin of the group.
    /// Errors: `FORBIDDEN` for other members, `NOT_FOUND` for a person from whom the group is hidden.
    pub fn own_bots(&self, user: &str) -> Result<&[OwnBot], Denied> {
        self.check_leads(user)?;
        Ok(&self.own_bots)
    }

    /// Adds a bot, for which the log begins now.
    /// Errors: Those of [`Self::own_bots`], and `VALIDATION` with the limit.
    pub fn add_own_bot(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        by: &Actor,
        bot: OwnBot,
        out: &mut Outbound,
    ) -> Result<OwnBot, Denied> {
        if self.own_bots(by.user.as_str())?.len() >= OWN_BOTS_MAX {
            return Err(Refusal::over_limit("name", "This group has no room for more bots.", OWN_BOTS_MAX).into());
        }
        let before = self.commands();
        if bot.may(BotScope::Read) {
            self.announce_bot(&mut Step { store, now, out }, by, &bot)?;
        }
        let bot = OwnBot { floor: self.log.head(), ..bot };
        store.save_own_bot(&bot)?;
        self.own_bots.push(bot.clone());
        self.send_commands(&before, out);
        out.act(by.user.as_str(), "bot_add", &self.place_of(&bot.id));
        Ok(bot)
    }

    /// Changes a bot. The second value is `true` if its webhook is another one now.
    /// Errors: Those of [`Self::own_bots`], `NOT_FOUND` if there is none with this id, and `FORBIDDEN` for another webhook of somebody
    /// else's bot.
    pub fn change_own_bot(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        by: &Actor,
        change: &OwnBotChange,
        out: &mut Outbound,
    ) -> Result<(OwnBot, bool), Denied> {
        let known = self.own_bots(by.user.as_str())?.iter().find(|known| known.id == change.id);
        let mut bot = known.cloned().ok_or(Refusal::NotFound)?;
        let (before, could_read) = (self.commands(), bot.may(BotScope::Read));
        bot.name = change.name.clone().unwrap_or(bot.name);
        bot.scopes = change.scopes.clone().unwrap_or(bot.scopes);
        bot.commands = change.commands.clone().unwrap_or(bot.commands);
        let has_other = change_webhook(&mut bot, &change.webhook);
        // The bot ends with the right of its maker. An address of somebody else's would outlive theirs.
        if has_other && bot.webhook.is_some() && self.maker_of(&bot.maker) != by.user.as_str() {
            return Err(Refusal::Forbidden.into());
        }
        // What waits was promised to another address, or to nobody any more.
        if has_other || !bot.may(BotScope::Read) {
            store.forget_bot_delivery(&bot.id, None)?;
        }
        store.save_own_bot(&bot)?;
        if let Some(known) = self.own_bots.iter_mut().find(|known| known.id == bot.id) {
            known.clone_from(&bot);
        }
        if bot.may(BotScope::Read) && !could_read {
            self.announce_bot(&mut Step { store, now, out }, by, &bot)?;
        }
        self.show_bot_anew(now, &bot, out);
        self.send_commands(&before, out);
        out.act(by.user.as_str(), "bot_change", &self.place_of(&bot.id));
        Ok((bot, has_other))
    }

    /// Revokes a bot and closes its sockets. What it has said stays.
    /// Errors: Those of [`Self::change_own_bot`].
    pub fn remove_own_bot(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        by: &str,
        id: &str,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        if !self.own_bots(by)?.iter().any(|known| known.id == id) {
            return Err(Refusal::NotFound.into());
        }
        self.end_bots(&mut Step { store, now, out }, &[id.to_owned()])?;
        out.act(by, "bot_remove", &self.place_of(id));
        Ok(())
    }

    // ---- the token

    /// Returns the principal and the card of the bot that a token opens.
    /// Errors: `UNAUTHENTICATED` for every token that opens nothing here.
    pub fn open_bot(&self, id: &str, secret_hash: &str) -> Result<(Principal, Card), Refusal> {
        let is_opened = |bot: &&OwnBot| bool::from(bot.secret_hash.as_bytes().ct_eq(secret_hash.as_bytes()));
        let bot = self.own_bot(id).filter(is_opened).ok_or(Refusal::Unauthenticated)?;
        let name = self.name_beside_people(&bot.id, &bot.name);
        let user = UserId::parse(&bot.id).map_err(|_| Refusal::Unauthenticated)?;
        let principal = Principal {
            name: name.clone(),
            avatar: GUEST_AVATAR.to_owned(),
            room: Some(self.id.as_str().to_owned()),
            expires_at: SEQ_MAX,
            ..Principal::new(user, UserKind::Bot, self.id.as_str().to_owned())
        };
        Ok((principal, Card { name, avatar: GUEST_AVATAR.to_owned(), ..Card::default() }))
    }

    /// Returns the bot with this id. An id of a person is refused without a look.
    pub(super) fn own_bot(&self, id: &str) -> Option<&OwnBot> {
        if !is_integration(id) || self.is_erased() {
            return None;
        }
        self.own_bots.iter().find(|known| known.id == id)
    }

    /// Checks a permission of `user`, if it is a bot of a group.
    pub(super) fn check_bot_scope(&self, user: &str, scope: BotScope) -> Result<(), Refusal> {
        if !is_integration(user) {
            return Ok(());
        }
        let bot = self.own_bot(user).ok_or(Refusal::Unauthenticated)?;
        if bot.may(scope) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Checks that `user`, if it is a bot, may write an event of this kind.
    pub(super) fn check_bot_writes(&self, user: &str, kind: Kind) -> Result<(), Refusal> {
        self.check_bot_scope(user, BotScope::Write)?;
        let is_for_people = kind.effect().is_some();
        if is_for_people && is_integration(user) { Err(Refusal::Forbidden) } else { Ok(()) }
    }

    /// Checks that `user`, if it is a bot, may make such a change. A deletion for oneself is for people, who have devices.
    pub(super) fn check_bot_changes(&self, user: &str, what: &ChangeKind) -> Result<(), Refusal> {
        self.check_bot_scope(user, BotScope::Write)?;
        if *what == ChangeKind::Hide && is_integration(user) { Err(Refusal::Forbidden) } else { Ok(()) }
    }

    /// Checks that the socket, if it is one of a bot, may send this frame.
    pub(super) fn check_bot_frame(&self, conn: ConnKey, frame: &ClientFrame) -> Result<(), Refusal> {
        let user = self.conns.get(&conn).map(|live| live.state.principal.user.as_str()).unwrap_or_default();
        match frame {
            ClientFrame::Typing { .. } => self.check_bot_scope(user, BotScope::Write),
            ClientFrame::Presence(_) if is_integration(user) => Err(Refusal::Forbidden),
            _ => Ok(()),
        }
    }

    /// Returns the members of an event of `user`, of a bot's message with the marks of a program.
    pub(super) fn marked_body(user: &str, kind: Kind, body: String) -> Result<String, Fault> {
        if kind != Kind::Chat || !is_integration(user) {
            return Ok(body);
        }
        let marks = [("bot", Some("true".to_owned())), ("client", Some("\"integration\"".to_owned()))];
        with_members(&body, &marks)
    }

    pub(super) fn close_bot(&mut self, now: Millis, id: &str, code: CloseCode, reason: &str, out: &mut Outbound) {
        for conn in self.conns_of(id) {
            out.close(conn, code.code(), reason);
            self.leave(now, conn, out);
        }
    }

    /// Has the sockets of a changed bot follow: they close without the permission to read, and show another name.
    fn show_bot_anew(&mut self, now: Millis, bot: &OwnBot, out: &mut Outbound) {
        if !bot.may(BotScope::Read) {
            return self.close_bot(now, &bot.id, CloseCode::Forbidden, "may not read any more", out);
        }
        let name = self.name_beside_people(&bot.id, &bot.name);
        for conn in self.conns_of(&bot.id) {
            let Some(live) = self.conns.get_mut(&conn) else { continue };
            live.state.card.name.clone_from(&name);
            live.state.card.version += 1;
            out.changed.push(conn);
        }
        self.refresh_roster(&bot.id, now);
    }

    // ---- commands

    /// Returns the commands of all bots that hear of them.
    pub(super) fn commands(&self) -> Vec<RoomCommand> {
        let bots = self.own_bots.iter().filter(|bot| bot.may(BotScope::Read));
        let commands = bots.flat_map(|bot| bot.commands.iter().map(move |command| (bot, command)));
        commands
            .map(|(bot, BotCommand { name, description })| RoomCommand {
                bot: bot.id.clone(),
                name: name.clone(),
                description: description.clone(),
            })
            .collect()
    }

    /// Returns the commands as `user` is told them: bots are told none.
    pub(super) fn commands_for(&self, user: &str) -> Vec<RoomCommand> {
        if is_integration(user) { Vec::new() } else { self.commands() }
    }

    /// Tells people the commands, if there were others before.
    pub(super) fn send_commands(&self, before: &[RoomCommand], out: &mut Outbound) {
        let commands = self.commands();
        if commands != before {
            out.except(self.bot_conns(|_| true), Notification::Commands { commands });
        }
    }

    fn bot_conns(&self, is_meant: impl Fn(&str) -> bool) -> Vec<ConnKey> {
        let is_bot = |live: &Live| is_integration(live.state.principal.user.as_str());
        self.conns_where(|live| !live.state.lagging && is_bot(live) && is_meant(live.state.principal.user.as_str()))
    }

    /// Returns the bots that are here and have a command in `event`, each with its sockets and the event as it reads there.
    pub(super) fn commanded(&self, event: &Event) -> Vec<(Vec<ConnKey>, Event)> {
        if self.own_bots.is_empty() {
            return Vec::new();
        }
        let seen = self.own_bots.iter().filter_map(|bot| Some((&bot.id, seen_by_bot(bot, event)?)));
        let seen = seen.map(|(id, event)| (self.bot_conns(|user| user == id), event));
        seen.filter(|(conns, _)| !conns.is_empty()).collect()
    }

    /// Shows the commands in a page to `user`, if it is the bot that has them.
    pub(super) fn show_commands(&self, user: &str, events: &mut [Event]) {
        let Some(bot) = self.own_bot(user) else { return };
        for event in events {
            if let Some(seen) = seen_by_bot(bot, event) {
                *event = seen;
            }
        }
    }
}

/// Changes the webhook of a bot. Returns `true` if it is another one now.
fn change_webhook(bot: &mut OwnBot, change: &WebhookChange) -> bool {
    let url = bot.webhook.as_ref().map(|webhook| webhook.url.as_str());
    let wanted = match change {
        WebhookChange::Keep => return false,
        WebhookChange::Remove => None,
        WebhookChange::Set(webhook) => Some(webhook),
    };
    let is_other = wanted.map(|webhook| webhook.url.as_str()) != url;
    if is_other {
        bot.webhook = wanted.cloned();
    }
    is_other
}

/// Returns `event` with the command that a person gives the bot in it (`integrations.md` 7.3); `None` if there is none.
pub(super) fn seen_by_bot(bot: &OwnBot, event: &Event) -> Option<Event> {
    let is_of_person = event.actor.as_deref().is_some_and(|actor| UserKind::of_id(actor) != UserKind::Bot);
    if event.kind != Kind::Chat || !is_of_person || bot.commands.is_empty() || !event.body.contains("\"content\":\"/") {
        return None;
    }
    let body = Value::parse(&event.body)?;
    let said = body.get("content")?.as_str()?.strip_prefix('/')?;
    let (word, args) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let command = bot.commands.iter().find(|command| command.name.eq_ignore_ascii_case(word))?;
    if body.get("editedAt").is_some() {
        return None;
    }
    let (name, args) = (json_text(&command.name), json_text(args.trim()));
    let members = event.body.strip_suffix('}')?;
    Some(Event { body: format!("{members},\"command\":{{\"name\":{name},\"args\":{args}}}}}"), ..event.clone() })
}
