//! Requests of the page beside its sockets: the REST routes and server functions of ordinary use. A route that needs a real server is
//! refused, as it is for demo sessions (`demo.md`).

use protocol::codec::json::{self, Value, json_text};
use protocol::codec::percent::decoded;
use protocol::content::search::Query;
use protocol::content::text;
use protocol::machines::presence::PresenceChange;
use protocol::machines::room::Actor as By;
use protocol::machines::room::{Group, GroupChange, Newcomer, RoomStore};
use protocol::people::contacts::Settings;
use protocol::wire::messenger::{
    draft_answer_json, found_json, group_json, history_json, pin_answer_json, pin_json, read_page,
};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::limits::UNREAD_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use protocol::words::status::Visible;

use super::cast::{Actor, NEVER};
use super::talk::Talk;
use super::world::{GROUP, OfflineWorld};
use crate::appearance::Appearance;
use crate::boot::{Boot, BootPerson, BootRoom, BootUser, PageLimits};
use crate::browser::local_server::LocalResponse;
use crate::pages::frame::value_in;

/// Largest number of messages that one search returns.
const FOUND_MAX: usize = 20;
/// Number of events that are added to the search index at once.
const INDEXED_AT_ONCE: u32 = 500;

/// Parsed request.
struct ApiCall<'a> {
    now: Millis,
    query: &'a str,
    body: &'a str,
}

impl ApiCall<'_> {
    /// Returns a member of the JSON body.
    fn text(&self, name: &str) -> String {
        let body = Value::parse(self.body);
        body.as_ref().and_then(|body| body.get(name)?.as_str()).unwrap_or_default().to_owned()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let body = Value::parse(self.body);
        let items = body.as_ref().and_then(|body| body.get(name)?.as_array());
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Returns a decoded value of the query.
    fn asked(&self, name: &str) -> Option<String> {
        decoded(value_in(self.query, name)?, true)
    }

    /// Returns a field of the form body.
    fn field(&self, name: &str) -> Option<String> {
        decoded(value_in(self.body, name)?, true)
    }
}

impl OfflineWorld {
    /// Answers a request. `address` is the path with its query.
    pub(super) fn answer_call(&mut self, now: Millis, method: &str, address: &str, body: &str) -> LocalResponse {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let asked = ApiCall { now, query, body };
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let data = match *parts.as_slice() {
            ["sf", function] => return self.function(&asked, function),
            ["api", ref rest @ ..] => self.answered(method, rest, &asked),
            _ => Err(Refusal::NotFound),
        };
        self.handle_new_events(now);
        match data {
            Ok(data) => LocalResponse {
                status: 200,
                body: format!("{{\"data\":{data},\"error\":null,\"requestId\":\"offline\"}}"),
            },
            Err(refusal) => {
                let error = error_json(&refusal);
                LocalResponse { status: refusal.status(), body: format!("{{\"data\":null,\"error\":{error}}}") }
            }
        }
    }

    /// Returns the state that the page starts from.
    pub fn boot(&self, now: Millis, appearance: Appearance) -> Boot {
        let record = self.person.record();
        let user = BootUser {
            id: record.user.clone(),
            kind: record.kind,
            display_name: record.name.clone(),
            avatar_id: record.avatar.clone(),
            personal_message: record.message.clone(),
            status: record.choice,
            role: None,
            muted_until: None,
        };
        let group = |talk: &Talk| {
            let group = talk.room.group()?;
            Some(BootRoom { id: talk.id.as_str().to_owned(), name: group.record.name.clone(), unread: 0 })
        };
        Boot {
            user: Some(user),
            csrf: "offline".to_owned(),
            expires_at: NEVER,
            people: self.cast.iter().map(Actor::visible).map(boot_person).collect(),
            rooms: self.talks.iter().filter_map(group).collect(),
            server_time: now,
            env_dev: false,
            turnstile_site_key: None,
            is_alone: false,
            is_remembered: false,
            cookie_ms: NEVER,
            limits: PageLimits::default(),
            invite: String::new(),
            notification_choices: String::new(),
            restored_at: 0,
            appearance,
        }
    }

    fn function(&mut self, asked: &ApiCall<'_>, name: &str) -> LocalResponse {
        let done = match name {
            "boot" => {
                let boot = self.boot(asked.now, Appearance::default());
                return LocalResponse { status: 200, body: json::write(&boot) };
            }
            "save_profile" => self.save_profile(asked),
            "save_settings" | "sign_out" => Ok(()),
            _ => Err(Refusal::Forbidden),
        };
        match done {
            Ok(()) => LocalResponse { status: 200, body: "null".to_owned() },
            Err(refusal) => LocalResponse { status: refusal.status(), body: error_json(&refusal) },
        }
    }

    fn save_profile(&mut self, asked: &ApiCall<'_>) -> Result<(), Refusal> {
        let change = PresenceChange {
            display_name: asked.field("displayName").as_deref().map(text::display_name).transpose()?,
            personal_message: asked.field("personalMessage").as_deref().map(text::personal_message).transpose()?,
            avatar_id: asked.field("avatarId"),
            ..PresenceChange::default()
        };
        self.choose(asked.now, None, change)
    }

    fn answered(&mut self, method: &str, path: &[&str], asked: &ApiCall<'_>) -> Result<String, Refusal> {
        let nothing = || Ok("{\"items\":[]}".to_owned());
        match (method, path) {
            ("GET", ["auth", "me"]) => Ok(self.me_json()),
            ("GET", ["me", "contacts" | "blocks" | "drafts" | "emoticons" | "sessions" | "invites"] | ["bots"]) => {
                nothing()
            }
            ("PUT", ["me", "push", "rooms", _]) => Ok("{}".to_owned()),
            ("GET", ["me", "clock"] | ["users", _, "clock"]) => Ok("{\"timeZone\":\"\"}".to_owned()),
            ("GET", ["me", "settings"]) => Ok(json::write(&Settings::of_kind(UserKind::Persona))),
            ("PUT", ["me", "drafts", _]) => {
                let at = Value::parse(asked.body).and_then(|body| body.get("at")?.as_u64());
                Ok(draft_answer_json(at.unwrap_or(asked.now), false))
            }
            ("GET", ["users"]) => Ok(self.find_json(asked)),
            ("GET", ["rooms"]) if value_in(asked.query, "scope") == Some("public") => nothing(),
            ("GET", ["rooms"]) => Ok(self.rooms_json()),
            ("POST", ["rooms"]) => self.make_group(asked),
            ("POST", ["rooms", "dm"]) => self.make_direct(asked),
            ("GET", ["rooms", room]) => self.room_json(asked.now, room),
            ("PUT", ["rooms", room, "pin"]) => self.pin(asked, room),
            ("DELETE", ["rooms", room, "pin"]) => self.unpin(asked, room),
            ("POST", ["rooms", room, "members"]) => self.add_members(asked, room),
            ("GET", ["messages"]) => self.page_json(asked),
            ("GET", ["messages", "search"]) => self.search_json(asked),
            _ => Err(Refusal::Forbidden),
        }
    }

    fn me_json(&self) -> String {
        let record = self.person.record();
        let (id, name) = (json_text(&record.user), json_text(&record.name));
        format!("{{\"user\":{{\"id\":{id},\"displayName\":{name}}},\"csrfToken\":\"offline\",\"expiresAt\":{NEVER}}}")
    }

    /// Returns people by the beginning of their names.
    fn find_json(&self, asked: &ApiCall<'_>) -> String {
        let wanted = asked.asked("q").unwrap_or_default().to_ascii_lowercase();
        let is_meant =
            |actor: &&Actor| !wanted.is_empty() && actor.persona.name.to_ascii_lowercase().starts_with(&wanted);
        let found = self.cast.iter().filter(is_meant).map(|actor| {
            let Visible { id, display_name, avatar_id, .. } = actor.visible();
            let (id, name, avatar) = (json_text(&id), json_text(&display_name), json_text(&avatar_id));
            format!("{{\"id\":{id},\"displayName\":{name},\"avatarId\":{avatar},\"kind\":\"persona\"}}")
        });
        format!("{{\"items\":[{}]}}", found.collect::<Vec<String>>().join(","))
    }

    // ---- Rooms

    fn rooms_json(&self) -> String {
        let row = |talk: &Talk| match talk.room.group() {
            Some(group) => self.group_of(&talk.room).then(|| group_json(&talk.room, group, self.visitor.as_str())),
            None => self.direct_json(talk),
        };
        format!("{{\"items\":[{}]}}", self.talks.iter().filter_map(row).collect::<Vec<String>>().join(","))
    }

    fn direct_json(&self, talk: &Talk) -> Option<String> {
        let partner = talk.id.partner_of(&self.visitor)?;
        let actor = self.cast.get(self.actor_of(partner.as_str())?)?;
        let (id, name) = (json_text(talk.id.as_str()), json_text(actor.persona.name));
        let unread = talk.store.unread(self.visitor.as_str(), self.read_to(talk), UNREAD_MAX).ok()?.len();
        Some(format!("{{\"id\":{id},\"type\":\"dm\",\"name\":{name},\"unread\":{unread}}}"))
    }

    fn room_json(&mut self, now: Millis, room: &str) -> Result<String, Refusal> {
        let at = self.talk_of(now, room)?;
        let (talk, visitor) = (&self.talks[at], self.visitor.as_str());
        let mut row = match talk.room.group() {
            Some(group) => {
                let mut row = group_json(&talk.room, group, visitor);
                row.pop();
                row + &format!(",\"members\":[{}],\"invited\":[]", members_json(group))
            }
            None => {
                let mut row = self.direct_json(talk).ok_or(Refusal::NotFound)?;
                row.pop();
                row
            }
        };
        let floor = talk.room.floor_of(&talk.store, &self.principal()).unwrap_or_default();
        if let Ok(Some(pin)) = talk.room.pinned_for(&talk.store, visitor, None, floor) {
            row.push_str(",\"pin\":");
            row.push_str(&pin_json(talk.id.as_str(), &pin));
        }
        row.push('}');
        Ok(row)
    }

    fn make_direct(&mut self, asked: &ApiCall<'_>) -> Result<String, Refusal> {
        let other = UserId::parse(&asked.text("userId"))?;
        let room = protocol::words::ids::RoomId::direct(self.visitor.clone(), other)?;
        self.talk_of(asked.now, room.as_str())?;
        Ok(format!("{{\"id\":{},\"type\":\"dm\"}}", json_text(room.as_str())))
    }

    fn make_group(&mut self, asked: &ApiCall<'_>) -> Result<String, Refusal> {
        let name = text::group_name(&asked.text("name"))?;
        let wanted = asked.texts("memberIds");
        let actors: Vec<usize> = wanted.iter().filter_map(|user| self.actor_of(user)).collect();
        self.groups_made += 1;
        let id = format!("{}{:02}", &GROUP[..GROUP.len() - 2], self.groups_made % 100);
        self.found_group(asked.now, &id, &name, &actors, true)?;
        Ok(format!("{{\"id\":{},\"type\":\"group\",\"name\":{},\"role\":\"owner\"}}", json_text(&id), json_text(&name)))
    }

    fn add_members(&mut self, asked: &ApiCall<'_>, room: &str) -> Result<String, Refusal> {
        let at = self.talk_of(asked.now, room)?;
        let wanted = asked.texts("userIds");
        let actors: Vec<usize> = wanted.iter().filter_map(|user| self.actor_of(user)).collect();
        let newcomer = |at: &usize| {
            let (user, name) = (self.cast[*at].user.clone(), self.cast[*at].persona.name.to_owned());
            Newcomer { user, name, is_asked: false, by_invite: false }
        };
        let change = GroupChange::Add { people: actors.iter().map(newcomer).collect() };
        let by = By { user: self.visitor.clone(), name: self.person.record().name.clone() };
        let now = asked.now;
        self.talks[at]
            .step(&mut self.socket_events, now, |room, store, out| room.change_group(store, now, &by, &change, out))?;
        for actor in actors.into_iter().filter(|actor| self.cast[*actor].is_here).collect::<Vec<_>>() {
            self.enter(now, at, actor);
        }
        self.room_json(now, room)
    }

    fn pin(&mut self, asked: &ApiCall<'_>, room: &str) -> Result<String, Refusal> {
        let (at, now) = (self.talk_of(asked.now, room)?, asked.now);
        let (principal, message) = (self.principal(), asked.text("messageId"));
        let pin = self.talks[at]
            .step(&mut self.socket_events, now, |room, store, out| room.pin(store, now, &principal, &message, out))?;
        Ok(pin_answer_json(Some(&pin)))
    }

    fn unpin(&mut self, asked: &ApiCall<'_>, room: &str) -> Result<String, Refusal> {
        let (at, now, principal) = (self.talk_of(asked.now, room)?, asked.now, self.principal());
        self.talks[at]
            .step(&mut self.socket_events, now, |room, store, out| room.unpin(store, now, &principal, out))?;
        Ok(pin_answer_json(None))
    }

    // ---- Messages

    fn page_json(&mut self, asked: &ApiCall<'_>) -> Result<String, Refusal> {
        let room = asked.asked("roomId").unwrap_or_default();
        let value = |name| value_in(asked.query, name);
        let (range, limit) = read_page(value("since"), value("before"), value("limit"))?;
        let at = self.talk_of(asked.now, &room)?;
        let (principal, now) = (self.principal(), asked.now);
        let page = self.talks[at]
            .step(&mut self.socket_events, now, |room, store, _| room.page(store, &principal, None, range, limit))?;
        let talk = &self.talks[at];
        Ok(history_json(talk.id.as_str(), &talk.room.log().epoch(), &page, None, false))
    }

    /// Returns messages of all conversations of the visitor, or of one, the newest first.
    fn search_json(&mut self, asked: &ApiCall<'_>) -> Result<String, Refusal> {
        let query: Query = asked.asked("q").unwrap_or_default().parse()?;
        let only = asked.asked("roomId");
        let (principal, now) = (self.principal(), asked.now);
        let mut found: Vec<(Millis, String)> = Vec::new();
        let mut rooms = 0;
        for talk in &mut self.talks {
            let is_meant = match talk.id.form() {
                RoomForm::Direct(..) => talk.room.log().head() > 0,
                _ => talk.room.group().is_some(),
            };
            let id = talk.id.as_str().to_owned();
            if !is_meant || only.as_ref().is_some_and(|only| *only != id) {
                continue;
            }
            rooms += 1;
            let finds = talk.step(&mut self.socket_events, now, |room, store, _| {
                while room.index_some(store, INDEXED_AT_ONCE)? {}
                room.search(store, &principal, None, &query, None, FOUND_MAX)
            })?;
            for (at, one) in finds.found {
                let place = found.partition_point(|(other, _)| *other >= at);
                found.insert(place, (at, found_json(&id, &one.event, &one.spots)));
            }
        }
        found.truncate(FOUND_MAX);
        let items: Vec<String> = found.into_iter().map(|(_, json)| json).collect();
        Ok(format!("{{\"items\":[{}],\"next\":null,\"more\":false,\"rooms\":{rooms}}}", items.join(",")))
    }
}

fn members_json(group: &Group) -> String {
    let member = |member: &protocol::machines::room::Member| {
        let (id, name) = (json_text(member.user.as_str()), json_text(&member.name));
        format!("{{\"id\":{id},\"displayName\":{name},\"role\":\"{}\"}}", member.role.as_str())
    };
    group.people().map(member).collect::<Vec<String>>().join(",")
}

fn boot_person(visible: Visible) -> BootPerson {
    let Visible { id, display_name, status, personal_message, avatar_id, since, .. } = visible;
    BootPerson { id, kind: UserKind::Persona, display_name, avatar_id, personal_message, status, since, unread: 0 }
}

fn error_json(refusal: &Refusal) -> String {
    let retry = refusal.retry_after_ms().map(|ms| format!(",\"retryAfterMs\":{ms}")).unwrap_or_default();
    format!("{{\"code\":\"{}\",\"message\":{}{retry}}}", refusal.code(), json_text(&refusal.to_string()))
}
