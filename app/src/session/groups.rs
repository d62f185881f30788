//! Groups: REST calls, events of the presence socket and of a group's own log (`messenger.md` 3), and the pinned message of any conversation,
//! whose text is loaded if the page does not know it (`messenger.md` 3.4).
//!
//! After every change the lists are loaded again: they are short, and the server's state is authoritative.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::{EventFrame, Input, PinnedRow, Row, RowKind};
use protocol::codec::json::{self, Value, json_text};
use protocol::people::contacts::Relation;
use protocol::words::principal::UserKind;

use super::contacts::{items, text};
use super::deferred_tasks::DeferredTask;
use super::engine::State;
use super::{Session, cached_boot};
use crate::boot::BootRoom;
use crate::browser::{CallError, dom, notify, timer};
use crate::store::conversation::Conversation;
use crate::store::groups::{GroupDialog, GroupInfo, GroupMember, Invitation, PublicRoom, is_group};
use crate::store::relations::PersonRef;
use crate::store::roster::RosterRoom;
use crate::store::toasts::{News, ToastKind, ToastTarget};

const ROOMS: &str = "/api/rooms";
/// Path of public rooms, without the part of the name.
const PUBLIC: &str = "/api/rooms?scope=public";
/// Name of the look-up for the room that the person wants to join; the last one counts.
const WANTED: &str = "the room that is wanted";
/// Pause before the presence of a group's members is requested again.
const WATCH_AGAIN_MS: u32 = 2_000;

/// Attempt to join a room, while its answer is pending.
struct JoinAttempt {
    /// Number of the request.
    number: u32,
    /// Conversation that was open then.
    from: Option<Conversation>,
    /// Signal of the dialog that is `true` while the attempt is pending; it is disposed with the dialog.
    place: Option<RwSignal<bool>>,
}

/// Joins the first two names and the number of the others, for a row of the list.
fn shortly<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let (first, more) = names.split_at(names.len().min(2));
    let first = first.join(", ");
    if more.is_empty() { first } else { format!("{first} +{}", more.len()) }
}

impl Session {
    pub fn new_group(self) {
        self.new_group_with(None);
    }

    /// Opens the dialog for a new group with a preselected person.
    pub fn new_group_with(self, person: Option<PersonRef>) {
        self.groups.with.set(person);
        self.groups.dialog.set(GroupDialog::New);
    }

    /// Opens the dialog with public rooms.
    pub fn open_group_search(self) {
        self.groups.found.set(None);
        self.groups.dialog.set(GroupDialog::Find);
        self.run(|state| state.search_rooms(String::new()));
    }

    pub fn open_group_dialog(self, room: &str, dialog: GroupDialog) {
        self.run_for(room, State::view_group);
        self.groups.dialog.set(dialog);
    }
}

impl State {
    /// Loads the person's groups and invitations, with unread counts of groups and direct conversations.
    pub(super) fn load_groups(&mut self) {
        self.unread_since.clear();
        self.ask_list("/api/rooms?scope=mine&", Self::groups_came);
    }

    /// Records a change of a room: its unread count, or `None` if the person has left.
    pub(super) fn note_unread(&mut self, room: &str, unread: Option<u32>) {
        self.unread_since.retain(|(of, _)| of != room);
        self.unread_since.push((room.to_owned(), unread));
    }

    /// Returns the unread count of a listed room, or `None` if the person has left. The latest event wins, because the list may be older.
    fn unread_of(&self, room: &str, item: &Value) -> Option<u32> {
        let noted = self.unread_since.iter().find(|(of, _)| of == room).map(|(_, unread)| *unread);
        noted.unwrap_or_else(|| Some(item.get("unread").and_then(Value::as_u64).unwrap_or(0) as u32))
    }

    fn groups_came(&mut self, pages: &[Value]) {
        let all = || pages.iter().flat_map(items);
        let groups = || all().filter(|item| text(item, "type") == "group");
        let is_pending = |item: &Value| item.get("pending").and_then(Value::as_bool) == Some(true);
        let roster = self.session.roster;
        let own = groups().filter(|item| !is_pending(item) && self.unread_of(&text(item, "id"), item).is_some());
        let own = own.map(|item| BootRoom { id: text(item, "id"), name: text(item, "name"), unread: 0 });
        cached_boot::keep_groups(&self.own_id, own.collect());
        for item in groups().filter(|item| !is_pending(item)) {
            let (id, name) = (text(item, "id"), text(item, "name"));
            let Some(unread) = self.unread_of(&id, item) else { continue };
            let open = self.room(&id).map(|open| open.conversation.closed.get_untracked().is_some());
            self.note_name(&id, &name);
            let is_new = roster.room(&id).is_none();
            // The members of a group that is shown may have come before this list.
            let who = self.session.groups.shown.with_untracked(|shown| {
                let group = shown.as_ref().filter(|group| group.room == id);
                group.map(|group| self.who_of(&group.people)).unwrap_or_default()
            });
            roster.put_room(RosterRoom { who, ..RosterRoom::new(id.clone(), name) });
            if is_new || !self.counts_unread(&id) {
                self.set_listed_unread(&id, unread);
            }
            self.listed_last(&id, item);
            // The room was closed here but is listed, so the person is a member again.
            if open == Some(true) {
                self.room_input(&id, Input::Open);
            }
        }
        for item in all().filter(|item| text(item, "type") == "dm") {
            let id = text(item, "id");
            let Some(unread) = self.unread_of(&id, item) else { continue };
            if let Some(partner) = self.partner_of(&id).filter(|_| unread > 0) {
                self.know_person(&partner, &text(item, "name"), false);
            }
            if !self.counts_unread(&id) {
                self.set_listed_unread(&id, unread);
            }
            self.listed_last(&id, item);
        }
        let invitations = groups().filter(|item| is_pending(item)).map(|item| Invitation {
            room: text(item, "id"),
            name: text(item, "name"),
            by: item.get("invitedBy").map(|by| text(by, "displayName")).unwrap_or_default(),
        });
        self.session.groups.invitations.set(invitations.collect());
        // Notifications of an earlier page, or of an earlier person of this browser.
        let unread = self.unread_rooms();
        notify::close_where(move |tag| {
            let is_room = ["dm_", "grp_"].iter().any(|form| tag.starts_with(form));
            is_room && !unread.iter().any(|room| room == tag)
        });
        self.decide_linked(|room| {
            roster.room(room).is_some() || all().any(|item| !is_pending(item) && text(item, "id") == room)
        });
    }

    /// Shows the last message of a listed room. A message that has arrived since the list was requested is newer.
    fn listed_last(&mut self, room: &str, item: &Value) {
        if self.unread_since.iter().all(|(of, _)| of != room) {
            self.last_of(room, item);
        }
    }

    fn last_of(&mut self, room: &str, item: &Value) {
        let row = json::member::<EventFrame>(item, "last").and_then(|event| event.row(&self.own_id, event.seq));
        self.last_came(room, row.as_ref());
    }

    /// Loads the last message of a listed room again, because the one in its row may have been deleted. An open one has its log.
    pub(super) fn load_last(&mut self, room: &str) {
        let is_listed = self.partner_of(room).is_some() || self.session.roster.room(room).is_some();
        if !is_listed || self.room(room).is_some() {
            return;
        }
        let of = room.to_owned();
        self.query(room, format!("{ROOMS}/{room}"), move |state, data| state.last_of(&of, &data));
    }

    /// Stores the name of an open group, which it keeps when it is gone.
    pub(super) fn note_name(&mut self, room: &str, name: &str) {
        if let Some(open) = self.room(room) {
            open.conversation.known_name.set(name.to_owned());
            self.persistence.save_name(room, name);
        }
    }

    /// Handles the report that the person was added or invited to a group: its JSON text, and the person who did it.
    pub(super) fn room_added(&mut self, room: &str, by: &str) {
        if let Some(room) = Value::parse(room) {
            self.announce_group(&room, by);
            self.announce_guest(&room, by);
        }
        self.load_groups();
    }

    /// Announces a group that somebody else has added the person to. Invitations stand in the list until they are answered, and the person
    /// knows of groups that they have joined themselves, here or by an invitation.
    fn announce_group(&mut self, room: &Value, by: &str) {
        let (id, name) = (text(room, "id"), text(room, "name"));
        let is_pending = room.get("pending").and_then(Value::as_bool) == Some(true);
        let is_own = by.is_empty() || by == self.own_id || self.joining > 0;
        let is_known = self.session.roster.room(&id).is_some()
            || self.session.groups.invitations.with_untracked(|all| all.iter().any(|one| one.room == id));
        if !is_group(&id) || is_pending || is_own || is_known {
            return;
        }
        // The toast names the group by its row.
        self.session.roster.put_room(RosterRoom::new(id.clone(), name.clone()));
        let person = self.session.roster.person(by);
        let by_name = person.map(|row| row.with_untracked(|person| person.display_name.clone())).unwrap_or_default();
        let person = PersonRef { id: by.to_owned(), name: by_name };
        let toast = self.toast_about(Some(&person), ToastKind::Added { group: name }, ToastTarget::Room(id));
        let is_loud = !self.is_busy_for(by);
        self.note(&toast, is_loud, "");
        if is_loud {
            self.pop_up(toast);
        }
    }

    /// Announces a guest who came by an invite link of the person: no guest begins a conversation in another way (`people.md` 5.1). A
    /// contact with such an id has become an account since.
    fn announce_guest(&mut self, room: &Value, by: &str) {
        let is_theirs = self.partner_of(&text(room, "id")).as_deref() == Some(by);
        let is_account =
            untrack(|| self.session.roster.is_account(by) || self.session.relations.relation(by) == Relation::Contact);
        if is_theirs && !is_account && UserKind::of_id(by) == UserKind::Guest {
            let guest = PersonRef { id: by.to_owned(), name: text(room, "name") };
            self.know_person(by, &guest.name, false);
            self.show_news(News::CameByLink, Some(&guest));
        }
    }

    /// Handles the report that the person has left a group or was removed.
    pub(super) fn room_removed(&mut self, room: &str) {
        self.note_unread(room, None);
        self.session.roster.remove_room(room);
        self.session.groups.invitations.update(|all| all.retain(|one| one.room != room));
        if self.views_group(room) {
            self.end_group_dialog();
        }
    }

    /// Returns `true` if the members of this group are shown.
    fn views_group(&self, room: &str) -> bool {
        self.viewed_group.as_deref() == Some(room)
    }

    /// Closes a dialog about the shown group.
    fn end_group_dialog(&self) {
        if self.session.groups.dialog.get_untracked().is_about_a_group() {
            self.session.groups.dialog.set(GroupDialog::Closed);
        }
    }

    /// Handles rows that change the group itself.
    pub(super) fn group_rows_came(&mut self, room: &str, rows: &[Row]) {
        // A character of a demo's scene becomes a member when it is here for the first time.
        let (is_demo, roster) = (self.session.is_of_demo(), self.session.roster);
        let is_new = |row: &Row| is_demo && !row.is_own && untrack(|| roster.person(&row.sender)).is_none();
        let changes_group = |row: &Row| match &row.kind {
            RowKind::System { .. } => (!row.kind.is_presence() || is_new(row)) && !row.kind.is_blocked(),
            _ => false,
        };
        if !is_group(room) || !rows.iter().any(|row| !row.is_replay && changes_group(row)) {
            return;
        }
        self.group_has_changed(room);
    }

    /// Loads a group again that somebody has changed.
    pub(super) fn group_has_changed(&mut self, room: &str) {
        self.load_groups();
        // The list of a demo has all people of its room.
        if self.views_group(room) || self.session.is_of_demo() {
            self.run_or_defer(DeferredTask::Group(room.to_owned()));
        }
    }

    pub(super) fn load_group(&mut self, room: &str) {
        let path = format!("{ROOMS}/{room}");
        self.query(&path, path.clone(), |state, data| state.group_came(&data));
    }

    fn group_came(&mut self, data: &Value) {
        if data.get("members").is_none() {
            return;
        }
        let people = |name: &str, is_invited: bool| -> Vec<GroupMember> {
            let list = data.get(name).and_then(Value::as_array).into_iter().flatten();
            let member = |item: &Value| GroupMember {
                id: text(item, "id"),
                name: text(item, "displayName"),
                role: text(item, "role"),
                is_invited,
            };
            list.map(member).collect()
        };
        let (room, name, role) = (text(data, "id"), text(data, "name"), text(data, "role"));
        let mut all = people("members", false);
        all.extend(people("invited", true));
        let who = self.who_of(&all);
        if let Some(row) = self.session.roster.room(&room) {
            row.update(|row| (row.name, row.who) = (name.clone(), who));
            self.note_name(&room, &name);
        }
        for person in &all {
            self.know_person(&person.id, &person.name, !self.session.is_of_demo());
        }
        // The presence objects may not know yet that a new member may see these people, so they are asked once more.
        if all.iter().any(|one| one.id != self.own_id && !self.presence.has_reported(&one.id)) {
            let caller = self.caller.clone();
            spawn_local(async move {
                timer::wait(WATCH_AGAIN_MS).await;
                caller.run(State::watch_again);
            });
        }
        // If the group was changed but is not shown, only its row is updated.
        if !self.views_group(&room) {
            return;
        }
        self.session.groups.embedding.current.set(json::member(data, "embed"));
        let is_public = text(data, "visibility") == "public";
        let group = Some(GroupInfo { room, name, is_public, role, people: all });
        // Every change would restart a choice of people, so an equal group changes nothing.
        if self.session.groups.shown.with_untracked(|shown| *shown != group) {
            self.session.groups.shown.set(group);
        }
    }

    /// Returns the other members, for the row of their group.
    fn who_of(&self, people: &[GroupMember]) -> String {
        let others = people.iter().filter(|one| !one.is_invited && one.id != self.own_id);
        shortly(others.map(|one| one.name.as_str()))
    }

    // ---- Commands

    /// Makes a group with these people and opens it. `place` is true while the request is pending, and `refused` gets a refusal of the name;
    /// both are disposed with their dialog.
    pub fn make_group(
        &mut self,
        name: &str,
        is_public: bool,
        people: &[String],
        place: RwSignal<bool>,
        refused: Option<RwSignal<Option<CallError>>>,
    ) {
        let visibility = if is_public { "public" } else { "private" };
        let ids: Vec<String> = people.iter().map(|id| json_text(id)).collect();
        let body = format!(
            "{{\"name\":{},\"visibility\":\"{visibility}\",\"memberIds\":[{}]}}",
            json_text(name),
            ids.join(",")
        );
        self.enter(ROOMS.to_owned(), body, Some(place), refused);
    }

    /// Joins a room, an existing one or a new one, whose name may be refused.
    fn enter(
        &mut self,
        path: String,
        body: String,
        place: Option<RwSignal<bool>>,
        refused: Option<RwSignal<Option<CallError>>>,
    ) {
        let (number, from) = (self.questions.ask(WANTED), self.session.current.get_untracked());
        let attempt = JoinAttempt { number, from, place };
        if let Some(place) = place {
            place.set(true);
        }
        self.joining += 1;
        self.ask_quietly("POST", path, Some(body), move |state, answer| {
            state.joining = state.joining.saturating_sub(1);
            // Another dialog that was opened since has its own state.
            if attempt.place.is_some_and(|place| place.try_set(false).is_none()) && answer.is_ok() {
                state.session.groups.dialog.set(GroupDialog::Closed);
            }
            match answer {
                Ok(data) => state.entered(&data, &attempt),
                Err(error) => {
                    match refused {
                        Some(refused) => state.show_refusal_in(refused, "name", &error),
                        None => state.show_refused("POST", &error),
                    }
                    // The invitation may still be open.
                    state.load_groups();
                }
            }
        });
    }

    /// Lists the room, and opens it unless the person has done something else since.
    fn entered(&mut self, data: &Value, attempt: &JoinAttempt) {
        let (id, name) = (text(data, "id"), text(data, "name"));
        self.session.roster.put_room(RosterRoom::new(id.clone(), name));
        self.session.groups.invitations.update(|all| all.retain(|one| one.room != id));
        let is_wanted = self.questions.is_last(WANTED, attempt.number);
        let is_still_there = self.session.current.get_untracked() == attempt.from;
        if is_wanted && is_still_there && self.session.groups.dialog.get_untracked() == GroupDialog::Closed {
            self.open_conversation(&id);
        }
    }

    /// Accepts or declines an invitation, which is hidden in the meantime.
    pub fn answer_invitation(&mut self, room: &str, is_accepted: bool) {
        self.session.groups.invitations.update(|all| all.retain(|one| one.room != room));
        let path = format!("{ROOMS}/{room}/members/me");
        if is_accepted {
            return self.enter(path, "{}".to_owned(), None, None);
        }
        self.ask("DELETE", path, None, |state, _| state.load_groups());
    }

    /// Searches public rooms by a part of their names.
    pub(super) fn find_rooms(&mut self, part: &str) {
        let part: String = part.trim().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("{PUBLIC}&limit=200&q={part}");
        self.query(PUBLIC, path, |state, data| {
            let roster = state.session.roster;
            let found = items(&data).map(|item| PublicRoom {
                name: roster.name_of_room(&text(item, "id"), &text(item, "name")),
                room: text(item, "id"),
                members: item.get("memberCount").and_then(Value::as_u64).unwrap_or(0),
            });
            state.session.groups.found.set(Some(found.collect()));
        });
    }

    /// Searches public rooms by a part of their names, with code of the chunk `home`.
    pub fn search_rooms(&mut self, part: String) {
        self.run_or_defer(DeferredTask::FindRooms(part));
    }

    /// Joins a public room: a group as a member, any other room by opening it. `place` is the signal of the dialog.
    pub fn enter_public(&mut self, room: &str, place: RwSignal<bool>) {
        if is_group(room) && self.session.roster.room(room).is_none() {
            return self.enter(format!("{ROOMS}/{room}/members/me"), "{}".to_owned(), Some(place), None);
        }
        self.session.groups.dialog.set(GroupDialog::Closed);
        self.open_conversation(room);
    }

    /// Loads the members of a group. Members of another group and a dialog about them are hidden in the meantime.
    pub fn view_group(&mut self, room: &str) {
        if !is_group(room) {
            return;
        }
        if self.viewed_group.replace(room.to_owned()).is_some_and(|before| before != room) {
            self.end_group_dialog();
        }
        if self.session.groups.shown.with_untracked(|shown| shown.as_ref().is_some_and(|it| it.room != room)) {
            self.session.groups.shown.set(None);
        }
        self.run_or_defer(DeferredTask::Group(room.to_owned()));
    }

    pub fn add_members(&mut self, room: &str, users: &[String]) {
        let ids: Vec<String> = users.iter().map(|id| json_text(id)).collect();
        self.change_group("POST", room, "/members", Some(format!("{{\"userIds\":[{}]}}", ids.join(","))));
    }

    pub fn remove_member(&mut self, room: &str, user: &str) {
        self.change_group("DELETE", room, &format!("/members/{user}"), None);
    }

    /// Pins a message, or unpins it with `None`.
    pub fn pin(&mut self, room: &str, message: Option<&str>) {
        let body = message.map(|message| format!("{{\"messageId\":{}}}", json_text(message)));
        self.change_group(if body.is_some() { "PUT" } else { "DELETE" }, room, "/pin", body);
    }

    /// Makes a member an admin, or an admin a member.
    pub fn set_role(&mut self, room: &str, user: &str, role: &str) {
        self.change_group("PATCH", room, &format!("/members/{user}"), Some(format!("{{\"role\":\"{role}\"}}")));
    }

    /// Changes a group; `path` follows the room's own path.
    fn change_group(&mut self, method: &'static str, room: &str, path: &str, body: Option<String>) {
        let again = room.to_owned();
        self.ask(method, format!("{ROOMS}/{room}{path}"), body, move |state, _| state.group_changed(again));
    }

    /// Renames a group; `refused` gets a refusal of the name.
    pub fn rename_group(&mut self, room: &str, name: &str, refused: RwSignal<Option<CallError>>) {
        refused.set(None);
        let (again, body) = (room.to_owned(), format!("{{\"name\":{}}}", json_text(name)));
        self.ask_in_form(("PATCH", format!("{ROOMS}/{room}"), body), (refused, "name"), move |state, _| {
            state.group_changed(again)
        });
    }

    fn group_changed(&mut self, room: String) {
        if self.session.roster.room(&room).is_some() {
            self.run_or_defer(DeferredTask::Group(room));
        }
    }

    /// Leaves a group, or deletes it, and closes its conversation.
    pub fn part_with_group(&mut self, room: &str, is_deleted: bool) {
        self.session.groups.dialog.set(GroupDialog::Closed);
        let closed = room.to_owned();
        let path = if is_deleted { format!("{ROOMS}/{room}") } else { format!("{ROOMS}/{room}/members/me") };
        self.ask("DELETE", path, None, move |state, _| {
            state.close_conversation(&closed);
            state.room_removed(&closed);
            if state.session.current.get_untracked().is_none() {
                dom::mend_focus(dom::LISTED);
            }
        });
    }

    pub(super) fn show_pinned(&mut self, room: &str, pinned: Option<PinnedRow>) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let is_unknown = pinned.as_ref().is_some_and(|it| it.row.is_none() && conversation.find(&it.message).is_none());
        conversation.pinned.set(pinned);
        if !is_unknown {
            return;
        }
        let again = room.to_owned();
        self.ask("GET", format!("/api/rooms/{room}"), None, move |state, data| {
            if let Some(pin) = data.get("pin") {
                state.room_input(&again, Input::Pinned(pin.to_string()));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Set, WithUntracked};
    use protocol::codec::json::Value;

    use super::shortly;
    use crate::session::engine::{State, on_page};
    use crate::store::conversation::OlderRows;
    use crate::store::groups::GroupDialog;
    use crate::store::toasts::{News, ToastKind};

    /// Returns an answer about a group whose only member is the person at this device.
    fn group(room: &str) -> Value {
        let member = r#"{"id":"user_1","displayName":"Mia","role":"owner"}"#;
        let group = format!(r#"{{"id":"{room}","name":"{room}","role":"owner","members":[{member}],"invited":[]}}"#);
        Value::parse(&group).unwrap()
    }

    fn shown(state: &State) -> Option<String> {
        state.session.groups.shown.with_untracked(|shown| shown.as_ref().map(|group| group.room.clone()))
    }

    #[test]
    fn the_group_that_is_looked_at_is_shown_whatever_comes_of_another() {
        on_page(|state| {
            state.view_group("grp_a");
            state.group_came(&group("grp_a"));
            assert_eq!(shown(state).as_deref(), Some("grp_a"));
            state.view_group("grp_b");
            // Answers about the other group come before and after.
            state.group_came(&group("grp_a"));
            assert_eq!(shown(state), None);
            state.group_came(&group("grp_b"));
            state.group_came(&group("grp_a"));
            assert_eq!(shown(state).as_deref(), Some("grp_b"));
        });
    }

    #[test]
    fn a_dialog_about_a_group_ends_once_another_one_is_looked_at() {
        on_page(|state| {
            let dialog = state.session.groups.dialog;
            for (opened, left) in [
                (GroupDialog::People, GroupDialog::Closed),
                (GroupDialog::Invite, GroupDialog::Closed),
                (GroupDialog::Leave, GroupDialog::Closed),
                (GroupDialog::Delete, GroupDialog::Closed),
                (GroupDialog::Remove, GroupDialog::Closed),
                (GroupDialog::New, GroupDialog::New),
            ] {
                state.view_group("grp_a");
                dialog.set(opened);
                state.view_group("grp_a");
                assert_eq!(dialog.get_untracked(), opened);
                state.view_group("grp_b");
                assert_eq!(dialog.get_untracked(), left);
            }
        });
    }

    #[test]
    fn a_group_that_is_gone_keeps_its_name_and_loads_nothing() {
        const GROUP: &str = "grp_0123456789abc";
        on_page(|state| {
            let listed = format!(r#"{{"items":[{{"id":"{GROUP}","type":"group","name":"Crew"}}]}}"#);
            state.open_conversation(GROUP);
            state.groups_came(&[Value::parse(&listed).unwrap()]);
            let conversation = state.room(GROUP).unwrap().conversation;
            conversation.older.set(OlderRows::More);
            state.load_older(GROUP);
            assert_eq!(conversation.older.get_untracked(), OlderRows::Loading);
            state.room_removed(GROUP);
            state.close_for_writing(GROUP, 4404);
            state.load_older(GROUP);
            assert_eq!(conversation.older.get_untracked(), OlderRows::More);
            assert_eq!(state.name_of_conversation(GROUP), "Crew");
            // The next page knows the name from the device.
            state.close_conversation(GROUP);
            assert_eq!(state.name_of_conversation(GROUP), GROUP);
            state.open_conversation(GROUP);
            assert_eq!(state.name_of_conversation(GROUP), "Crew");
        });
    }

    #[test]
    fn who_is_added_to_a_group_by_somebody_else_is_told_once() {
        const GROUP: &str = "grp_0123456789abc";
        let room =
            |more: &str| Value::parse(&format!(r#"{{"id":"{GROUP}","type":"group","name":"Crew"{more}}}"#)).unwrap();
        let is_told = |state: &State| state.session.toasts.said.get_untracked().is_some();
        on_page(move |state| {
            let own_id = state.own_id.clone();
            for (more, by) in [("", own_id.as_str()), ("", ""), (r#","pending":true"#, "user_9")] {
                state.announce_group(&room(more), by);
                assert!(!is_told(state), "{by} {more}");
            }
            state.joining = 1;
            state.announce_group(&room(""), "user_9");
            assert!(!is_told(state), "the person is joining");
            state.joining = 0;
            state.announce_group(&room(""), "user_9");
            let said = state.session.toasts.said.get_untracked().map(|said| said.kind);
            assert_eq!(said, Some(ToastKind::Added { group: "Crew".to_owned() }));
            state.session.toasts.said.set(None);
            state.announce_group(&room(""), "user_9");
            assert!(!is_told(state), "the group is listed");
        });
    }

    #[test]
    fn the_maker_of_a_link_is_told_of_a_guest_who_used_it_and_of_no_other_conversation() {
        on_page(|state| {
            for (by, news) in [("g_1", Some(News::CameByLink)), ("u_ada", None)] {
                let room = state.room_with(by).expect("two people have a room");
                state.session.toasts.said.set(None);
                let room = format!(r#"{{"id":"{room}","type":"direct","name":"Gus"}}"#);
                state.announce_guest(&Value::parse(&room).unwrap(), by);
                let said = state.session.toasts.said.get_untracked().map(|said| (said.kind, said.name));
                assert_eq!(said, news.map(|news| (ToastKind::News(news), "Gus".to_owned())), "{by}");
            }
        });
    }

    #[test]
    fn of_many_people_two_are_named() {
        let named = |names: &[&str]| shortly(names.iter().copied());
        assert_eq!([named(&[]), named(&["Theo"]), named(&["Theo", "Aylin"])], ["", "Theo", "Theo, Aylin"]);
        assert_eq!(named(&["Theo", "Aylin", "Nora", "Lea", "Jas"]), "Theo, Aylin +3");
    }
}
