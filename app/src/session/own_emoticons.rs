//! The person's own emoticons (`files.md` 4): the list, its changes, and copies from messages.

use leptos::prelude::*;
use protocol::codec::json::json_text;
use protocol::content::own_emoticons::{EmbeddedEmoticon, EmoticonEntry, member_json, used_in};

use super::Session;
use super::contacts::read_items;
use super::engine::State;
use crate::browser::CallError;
use crate::store::own_emoticons::OwnEmoticons;

const PATH: &str = "/api/me/emoticons";

/// Callback with a refusal, or `None`.
type ErrorCallback = Box<dyn FnOnce(Option<CallError>)>;

impl Session {
    /// Loads the list, once.
    pub fn load_emoticons(self) {
        let is_account = self.is_account();
        if is_account && !self.emoticons.are_asked.get_value() {
            self.emoticons.are_asked.set_value(true);
            self.emoticons.member.set_value(Some(member));
            self.run(|state| state.load_emoticons());
        }
    }

    pub fn add_emoticon(self, one: &EmbeddedEmoticon, may_keep: bool, then: ErrorCallback) {
        let EmbeddedEmoticon { code, file, alt } = one;
        let (code, file, alt) = (json_text(code), json_text(file), json_text(alt));
        let body = format!("{{\"code\":{code},\"fileId\":{file},\"alt\":{alt},\"mayKeep\":{may_keep}}}");
        self.change_emoticons("POST", PATH.to_owned(), Some(body), then);
    }

    pub fn change_emoticon(self, id: &str, code: &str, alt: &str, then: ErrorCallback) {
        let body = format!("{{\"code\":{},\"alt\":{}}}", json_text(code), json_text(alt));
        self.change_emoticons("PATCH", format!("{PATH}/{id}"), Some(body), then);
    }

    /// Sets whether others may copy the emoticon.
    pub fn let_keep_emoticon(self, id: &str, may_keep: bool, then: ErrorCallback) {
        self.change_emoticons("PATCH", format!("{PATH}/{id}"), Some(format!("{{\"mayKeep\":{may_keep}}}")), then);
    }

    pub fn remove_emoticon(self, id: &str, then: ErrorCallback) {
        self.change_emoticons("DELETE", format!("{PATH}/{id}"), None, then);
    }

    pub fn keep_emoticon(self, room: &str, message: &str, code: &str, then: ErrorCallback) {
        let (room, message, code) = (json_text(room), json_text(message), json_text(code));
        let body = format!("{{\"roomId\":{room},\"messageId\":{message},\"code\":{code}}}");
        self.change_emoticons("POST", format!("{PATH}/keep"), Some(body), then);
    }

    fn change_emoticons(self, method: &'static str, path: String, body: Option<String>, then: ErrorCallback) {
        self.run(move |state| {
            state.ask_quietly(method, path, body, move |state, answer| {
                state.load_emoticons();
                then(answer.err());
            });
        });
    }
}

/// Writes the member of a frame, see [`OwnEmoticons::member`].
fn member(own: OwnEmoticons, text: &str) -> String {
    member_json(&used_in(text, &untrack(|| own.shown())))
}

impl State {
    fn load_emoticons(&mut self) {
        self.query_again(PATH, PATH, |state, list| {
            let emoticons = state.session.emoticons;
            match list {
                // An equal list changes nothing, so that the buttons stay in place while a person presses one.
                Ok(list) => {
                    let list: Vec<EmoticonEntry> = read_items(&list);
                    if emoticons.items.with_untracked(|known| *known != list) {
                        emoticons.items.set(list);
                    }
                }
                // The next opened conversation tries again.
                Err(_) => emoticons.are_asked.set_value(false),
            }
        });
    }
}
