//! Toasts: their display, their announcements to screen readers, and their targets. `limits` has their times.

use leptos::prelude::*;
use protocol::words::event::Millis;

use super::engine::State;
use crate::browser::{CallError, clock, device};
use crate::store::relations::PersonRef;
use crate::store::toasts::{
    Announcement, News, PENDING_EVENTS_MAX, TOAST_S, Toast, ToastEvent, ToastHandle, ToastKind, ToastTarget,
};

/// Page with the acts of moderators on this person. The server writes it alone.
const MODERATION: &str = "/moderation";

impl State {
    pub(super) fn pop_up(&mut self, toast: Toast) {
        self.say_aloud(&toast);
        let stays_s = self.stored_settings.message_settings.stays_s.unwrap_or(TOAST_S);
        self.popups.show(clock::now_ms(), stays_s, &self.session.toasts, toast);
    }

    /// Announces a toast to screen readers.
    pub(super) fn say_aloud(&self, toast: &Toast) {
        self.session.toasts.said.set(Some(Announcement { name: toast.name.clone(), kind: toast.kind.clone() }));
    }

    /// Adds an event to the panel of events.
    pub(super) fn note(&self, toast: &Toast, is_loud: bool, message: &str) {
        self.session.toasts.pending.update(|pending| {
            if pending.len() < PENDING_EVENTS_MAX {
                let (toast, message) = (toast.clone(), message.to_owned());
                pending.push(ToastEvent { at: clock::now_ms(), toast, is_loud, message });
            }
        });
    }

    pub(super) fn show_refusal(&mut self, code: &str, retry_after_ms: Option<Millis>) {
        // Other parts of the page report a session that has ended or belongs to another person.
        if self.is_elsewhere || (code == "UNAUTHENTICATED" && self.renewing.is_lost) {
            return;
        }
        self.play_sound("error");
        let retry_after_s = retry_after_ms.map(|ms| ms.div_ceil(1_000) as u32);
        let is_of_act = matches!(code, "MUTED" | "BANNED");
        let target = if is_of_act { ToastTarget::Moderation } else { ToastTarget::Nothing };
        self.note_and_pop_up(Toast::of_code(code, retry_after_s, target));
    }

    /// Shows a refusal at its place in a form, if it is about this member, for which the form has a field. Any other refusal, and one that
    /// finds the form closed, is a toast.
    pub(super) fn show_refusal_in(&mut self, place: RwSignal<Option<CallError>>, member: &str, error: &CallError) {
        if !error.is_about(member) || place.try_set(Some(error.clone())).is_some() {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
    }

    /// Shows the toast of good news, and of their person if there is one. The panel of events takes what the person did.
    pub(super) fn show_news(&mut self, news: News, person: Option<&PersonRef>) {
        let target = person.map_or(ToastTarget::Nothing, |person| ToastTarget::Person(person.id.clone()));
        self.note_and_pop_up(self.toast_about(person, ToastKind::News(news), target));
    }

    /// Makes a toast, with name and picture of its person if there is one.
    pub(super) fn toast_about(&self, person: Option<&PersonRef>, kind: ToastKind, target: ToastTarget) -> Toast {
        Toast {
            name: person.map(|person| self.session.roster.name_of(&person.id, &person.name)).unwrap_or_default(),
            avatar_id: person.map(|person| self.avatar_of(&person.id)).unwrap_or_default(),
            kind,
            target,
            is_leaving: false,
        }
    }

    pub(super) fn note_and_pop_up(&mut self, toast: Toast) {
        self.note(&toast, false, "");
        self.pop_up(toast);
    }

    /// Shows the toast of an act of a moderator on this person (`moderation.md` 3). The ban of a person ends the page.
    pub(super) fn show_moderation(&mut self, kind: &str, until: Option<Millis>) {
        self.hold_everywhere(kind, until);
        let code = match kind {
            "mute" => "TOLD_MUTE",
            "remove" => "TOLD_REMOVE",
            "ban" => return,
            _ => "TOLD_OTHER",
        };
        self.note_and_pop_up(Toast::of_code(code, None, ToastTarget::Moderation));
    }

    /// Dismisses the toasts of the conversation in view, which they would cover. With `nudges`, all but the last nudge are dismissed too.
    pub(super) fn dismiss_toasts_of(&mut self, room: &str, nudges: bool) {
        let leads_here = |handle: &ToastHandle| {
            handle.toast.with_untracked(|toast| {
                let is_meant = !nudges || toast.kind == ToastKind::Nudge;
                is_meant && matches!(&toast.target, ToastTarget::Room(target) if target == room)
            })
        };
        for handle in self.session.toasts.all.get_untracked().into_iter().filter(leads_here) {
            self.popups.remove(&self.session.toasts, handle.key);
        }
    }

    pub fn dismiss_toast(&mut self, key: u32) {
        self.popups.remove(&self.session.toasts, key);
    }

    /// Holds a toast while it is hovered or focused; its time continues afterwards.
    pub fn hold_toast(&mut self, key: u32, is_held: bool) {
        self.popups.hold(clock::now_ms(), key, is_held);
    }

    pub fn open_toast(&mut self, key: u32) {
        let all = self.session.toasts.all.get_untracked();
        let Some(handle) = all.into_iter().find(|handle| handle.key == key) else { return };
        let target = handle.toast.with_untracked(|toast| toast.target.clone());
        self.popups.remove(&self.session.toasts, key);
        match target {
            ToastTarget::Room(room) => self.open_conversation(&room),
            ToastTarget::Person(user) => self.open_person(&user),
            ToastTarget::Moderation => device::go_to(MODERATION),
            ToastTarget::Nothing => {}
        }
    }
}
