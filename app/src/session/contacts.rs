//! Contacts, requests, blocks, people to whom the account appears offline (`presence.md` 2.7), and privacy settings: REST calls, and events of
//! the presence socket.
//!
//! After every change the lists are loaded again: they are short, and the server's state is authoritative.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{Read, Value, json_text};
use protocol::people::contacts::{Relation, Settings};
use protocol::words::principal::UserKind;

use super::Session;
use super::engine::State;
use crate::browser::{CallError, fetch};
use crate::store::relations::{Contact, PersonRef};
use crate::store::roster::{RosterPerson, seen};
use crate::store::toasts::{News, Toast, ToastKind, ToastTarget};

const CONTACTS: &str = "/api/me/contacts";
const BLOCKS: &str = "/api/me/blocks";
const SETTINGS: &str = "/api/me/settings";
const HIDDEN_FROM: &str = "/api/me/hidden-from";

protocol::record! {
    struct HiddenFrom {
        users: Vec<String> = "hiddenFrom",
    }
}

impl Session {
    /// Opens the dialog that adds a contact, with or without a chosen person.
    pub fn add_contact(self, person: Option<PersonRef>) {
        self.relations.asked.set(person);
        self.relations.is_adding.set(true);
    }

    /// Opens the same dialog, with the focus on the element that matches.
    pub fn add_contact_at(self, focused: &'static str) {
        self.relations.adding_focus.set_value(focused);
        self.add_contact(None);
    }

    /// Sends a contact request. `refused` gets a refusal of the note, and `then` follows the request, if the form is still there.
    pub fn request_contact(
        self,
        user: &str,
        note: String,
        refused: RwSignal<Option<CallError>>,
        then: impl FnOnce() + 'static,
    ) {
        refused.set(None);
        self.run_for(user, move |state, user| state.request_contact(user, &note, refused, Box::new(then)));
    }
}

impl State {
    /// Loads all relations that the first page does not contain.
    pub(super) fn load_relations(&mut self) {
        self.load_contacts();
        self.load_blocks();
        self.load_hidden_from();
    }

    pub(super) fn load_contacts(&mut self) {
        self.ask_list("/api/me/contacts?", Self::contacts_came);
    }

    fn load_blocks(&mut self) {
        self.ask_list("/api/me/blocks?", Self::blocks_came);
    }

    /// Loads all pages of a list; `then` gets them. `path` ends before the next member of the query.
    pub(super) fn ask_list(&mut self, path: &'static str, then: fn(&mut State, &[Value])) {
        let number = self.questions.ask(path);
        let (caller, csrf) = (self.caller.clone(), self.csrf.clone());
        spawn_local(async move {
            let (mut pages, mut after) = (Vec::new(), String::new());
            loop {
                let answer: Result<Value, CallError> =
                    fetch::call("GET", &format!("{path}limit=200{after}"), &csrf, None).await;
                match answer {
                    Ok(page) => {
                        let next = text(&page, "next");
                        pages.push(page);
                        if next.is_empty() {
                            return caller.run(move |state| {
                                if state.questions.is_last(path, number) {
                                    then(state, &pages);
                                }
                            });
                        }
                        after = format!("&after={next}");
                    }
                    Err(error) if error.code == "UNAUTHENTICATED" => return caller.run(State::session_lost),
                    Err(_) => return,
                }
            }
        });
    }

    fn contacts_came(&mut self, pages: &[Value]) {
        let all = || pages.iter().flat_map(items);
        let contacts: Vec<Contact> = all().filter_map(contact).collect();
        for item in all().filter(|item| text(item, "relation") == "contact") {
            self.show_contact(item);
        }
        let before = self.session.relations.contacts.get_untracked();
        let is_removed =
            |old: &&Contact| old.relation == Relation::Contact && !contacts.iter().any(|new| new.id == old.id);
        for removed in before.iter().filter(is_removed) {
            self.forget_person(&removed.id);
        }
        let is_contact =
            |user: &str| contacts.iter().any(|contact| contact.id == user && contact.relation == Relation::Contact);
        self.forget_unopened_with_others(is_contact);
        let linked = self.linked_direct.take().and_then(|address| Some((self.partner_of(&address.room)?, address)));
        let may_open = linked.as_ref().is_some_and(|(partner, _)| is_contact(partner));
        let is_alone = contacts.iter().all(|contact| contact.relation != Relation::Contact);
        self.session.relations.contacts.set(contacts);
        self.session.relations.is_alone.set(is_alone);
        self.watch_everybody();
        match linked {
            Some((partner, address)) if may_open => {
                // The room may have to be made first.
                self.open_person(&partner);
                self.lead_to(&address);
            }
            Some(_) => self.refuse_linked(),
            None => {}
        }
    }

    /// Shows that a person has become a contact without an act on this page: by an invite link, or because they accepted a request.
    pub(super) fn contact_accepted(&mut self, person: &PersonRef, is_by_invite: bool) {
        let was_requested = untrack(|| self.session.relations.relation(&person.id)) == Relation::Requested;
        match (is_by_invite, was_requested) {
            (true, _) => self.show_news(News::CameByLink, Some(person)),
            (false, true) => self.show_news(News::AcceptedRequest, Some(person)),
            (false, false) => {}
        }
    }

    fn show_contact(&self, item: &Value) {
        let id = text(item, "id");
        self.session.roster.welcome(&id);
        // The presence from the socket is newer.
        if self.presence.has_reported(&id) && self.session.roster.person(&id).is_some() {
            return;
        }
        self.session.roster.put_person(RosterPerson {
            id,
            display_name: text(item, "displayName"),
            status: seen(&text(item, "status")),
            personal_message: text(item, "personalMessage"),
            avatar_id: text(item, "avatarId"),
            since: item.get("since").and_then(Value::as_u64).unwrap_or(0),
            is_account: text(item, "kind") == UserKind::User.as_str(),
            ..RosterPerson::default()
        });
    }

    /// Removes a former contact from the list, unless the person belongs there for another reason.
    fn forget_person(&mut self, user: &str) {
        let is_talking = self
            .session
            .open
            .with_untracked(|open| open.iter().any(|conversation| conversation.partner().as_deref() == Some(user)));
        if !is_talking && UserKind::of_id(user) != UserKind::Persona {
            self.session.roster.remove_person(user);
        }
    }

    fn blocks_came(&mut self, pages: &[Value]) {
        self.session.relations.blocked.set(pages.iter().flat_map(items).map(person_ref).collect());
    }

    // ---- Commands

    fn request_contact(
        &mut self,
        user: &str,
        note: &str,
        refused: RwSignal<Option<CallError>>,
        then: Box<dyn FnOnce()>,
    ) {
        let body = format!("{{\"userId\":{},\"note\":{}}}", json_text(user), json_text(note));
        self.ask_in_form(("POST", CONTACTS.to_owned(), body), (refused, "note"), move |state, item| {
            if refused.try_set(None).is_none() {
                then();
            }
            state.load_contacts();
            match contact(&item) {
                Some(Contact { relation: Relation::Requested, .. }) => state.show_news(News::RequestSent, None),
                // Personas and bots accept at once.
                Some(Contact { relation: Relation::Contact, id, name, .. }) => {
                    state.show_news(News::NewContact, Some(&PersonRef { id, name }));
                }
                _ => {}
            }
        });
    }

    /// Accepts or dismisses a request. The server tells nobody that it was dismissed, and cannot take that back: a toast says both.
    pub fn answer_contact(&mut self, user: &str, is_accepted: bool) {
        let answer = if is_accepted { "accept" } else { "decline" };
        let path = format!("{CONTACTS}/{user}/{answer}");
        let name =
            self.session.relations.contacts.with_untracked(|all| {
                all.iter().find(|contact| contact.id == user).map(|contact| contact.name.clone())
            });
        let declined = name.filter(|_| !is_accepted);
        let declined = declined.map(|name| self.answer_toast(News::Declined, &PersonRef { id: user.to_owned(), name }));
        self.ask("POST", path, Some("{}".to_owned()), move |state, _| {
            state.load_contacts();
            if let Some(toast) = declined {
                state.pop_up(toast);
            }
        });
    }

    /// Removes a contact, or withdraws the own request. A toast says `news`, unless the place of the act answers it.
    pub fn remove_contact(&mut self, person: &PersonRef, news: Option<News>) {
        let path = format!("{CONTACTS}/{}", person.id);
        let toast = news.map(|news| self.answer_toast(news, person));
        self.ask("DELETE", path, None, move |state, _| {
            state.load_contacts();
            if let Some(toast) = toast {
                state.pop_up(toast);
            }
        });
    }

    pub fn block(&mut self, person: &PersonRef, is_blocked: bool) {
        let method = if is_blocked { "PUT" } else { "DELETE" };
        let path = format!("{BLOCKS}/{}", person.id);
        let toast = self.answer_toast(if is_blocked { News::Blocked } else { News::Unblocked }, person);
        self.ask(method, path, is_blocked.then(|| "{}".to_owned()), move |state, _| {
            state.load_relations();
            state.pop_up(toast);
        });
    }

    /// Makes the toast that answers an act on a person. It leads nowhere: the person may be out of reach by then.
    fn answer_toast(&self, news: News, person: &PersonRef) -> Toast {
        self.toast_about(Some(person), ToastKind::News(news), ToastTarget::Nothing)
    }

    pub fn load_privacy_settings(&mut self) {
        self.query(SETTINGS, SETTINGS, |state, data| state.privacy_settings_came(data));
    }

    /// Changes one member of the privacy settings; `value` is JSON text.
    pub fn change_privacy_settings(&mut self, member: &str, value: &str) {
        let body = format!("{{\"{member}\":{value}}}");
        self.ask("PUT", SETTINGS, Some(body), |state, data| {
            state.questions.changed(SETTINGS);
            state.privacy_settings_came(data);
        });
    }

    fn privacy_settings_came(&mut self, data: Value) {
        if let Some(privacy_settings) = Settings::read(&data) {
            self.session.relations.privacy_settings.set(Some(privacy_settings));
        }
    }

    /// Loads the list of an account. Nobody else has one.
    pub(super) fn load_hidden_from(&mut self) {
        if self.session.is_account() {
            self.query(HIDDEN_FROM, HIDDEN_FROM, |state, data| state.hidden_from_came(&data));
        }
    }

    /// Appears offline to a person, or shows them the status again. The person gets no notice.
    pub fn hide_from(&mut self, person: PersonRef, is_hidden: bool) {
        let method = if is_hidden { "PUT" } else { "DELETE" };
        let body = is_hidden.then(|| "{}".to_owned());
        let path = format!("{HIDDEN_FROM}/{}", person.id);
        self.ask(method, path, body, move |state, _| {
            state.load_hidden_from();
            state.show_news(if is_hidden { News::HiddenFrom } else { News::ShownTo }, Some(&person));
        });
    }

    fn hidden_from_came(&mut self, data: &Value) {
        if let Some(HiddenFrom { users }) = HiddenFrom::read(data) {
            self.session.relations.hidden_from.set(users);
            self.session.relations.is_hiding_known.set(true);
        }
    }
}

pub(super) fn items(data: &Value) -> impl Iterator<Item = &Value> {
    data.get("items").and_then(Value::as_array).into_iter().flatten()
}

/// Returns the items of a list that can be parsed.
pub(super) fn read_items<T: Read>(data: &Value) -> Vec<T> {
    items(data).filter_map(T::read).collect()
}

pub(super) fn text(item: &Value, name: &str) -> String {
    item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn person_ref(item: &Value) -> PersonRef {
    PersonRef { id: text(item, "id"), name: text(item, "displayName") }
}

fn contact(item: &Value) -> Option<Contact> {
    let relation = match item.get("relation")?.as_str()? {
        "contact" => Relation::Contact,
        "request" => Relation::Request,
        "requested" => Relation::Requested,
        _ => return None,
    };
    let PersonRef { id, name } = person_ref(item);
    let added_at = item.get("addedAt").and_then(Value::as_u64).unwrap_or(0);
    Some(Contact { id, name, relation, note: text(item, "note"), added_at })
}

#[cfg(test)]
mod tests {
    use protocol::words::conversation_address::ConversationAddress;

    use super::*;
    use crate::session::engine::on_page;

    fn contacts(relation: &str) -> [Value; 1] {
        let page = format!(r#"{{"items":[{{"id":"u_ada","displayName":"Ada","relation":"{relation}"}}]}}"#);
        [Value::parse(&page).unwrap()]
    }

    #[test]
    fn an_address_leads_to_a_message_with_a_person_only_if_they_are_a_contact() {
        on_page(|state| {
            let room = state.room_with("u_ada").expect("two people have a room");
            state.open_conversation(&room);
            let conversation = state.room(&room).expect("it is open").conversation;
            for (relation, is_opened) in [("requested", false), ("contact", true)] {
                state.open_conversation("general");
                state.session.toasts.said.set(None);
                state.linked_direct = ConversationAddress::parse(&format!("room={room}&m=7"));
                state.contacts_came(&contacts(relation));
                assert_eq!((state.is_current(&room), &state.linked_direct), (is_opened, &None), "{relation}");
                let looks_for_message = conversation.jump_to.get_untracked().is_some();
                assert_eq!(looks_for_message, is_opened, "{relation}");
                let is_refused = state.session.toasts.said.get_untracked().is_some();
                assert_eq!(is_refused, !is_opened, "{relation}");
            }
        });
    }

    #[test]
    fn the_toast_about_an_act_on_a_person_names_them_and_leads_nowhere() {
        on_page(|state| {
            let ada = PersonRef { id: "u_ada".to_owned(), name: "Ada".to_owned() };
            let toast = state.answer_toast(News::Blocked, &ada);
            assert_eq!((toast.name.as_str(), toast.target), ("Ada", ToastTarget::Nothing));
        });
    }

    #[test]
    fn who_came_by_a_link_or_accepted_a_request_is_told_and_who_was_accepted_here_is_not() {
        on_page(|state| {
            let ada = PersonRef { id: "u_ada".to_owned(), name: "Ada".to_owned() };
            for (relation, is_by_invite, news) in [
                ("request", false, None),
                ("requested", false, Some(News::AcceptedRequest)),
                ("contact", true, Some(News::CameByLink)),
            ] {
                state.contacts_came(&contacts(relation));
                state.session.toasts.said.set(None);
                state.contact_accepted(&ada, is_by_invite);
                let said = state.session.toasts.said.get_untracked().map(|said| said.kind);
                assert_eq!(said, news.map(ToastKind::News), "{relation}");
            }
        });
    }
}
