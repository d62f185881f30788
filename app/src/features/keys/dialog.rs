//! Sheet of keys (`ux.md` 2.4): the action of each key. The person can change a key or switch it off.

use super::own_keys::{key_words, own_keys_of};
use crate::browser::own_keys;
use crate::keys::{KeyAction, KeyRefusal, OwnKeys};
use crate::ui::prelude::*;

/// State of the dialog beyond the stored keys; copied into every closure.
#[derive(Clone, Copy)]
struct DialogState {
    session: Session,
    keys: Memo<OwnKeys>,
    /// Action that waits for its new key.
    learning: RwSignal<Option<KeyAction>>,
    /// Last refusal: its action, its reason and the refused key.
    refused: RwSignal<Option<(KeyAction, KeyRefusal, String)>>,
    refusal: FormRefusal,
}

/// The sheet.
#[component]
pub fn Keys() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let keys = Memo::new(move |_| own_keys_of(session));
    let (learning, refused) = (RwSignal::new(None), RwSignal::new(None::<(KeyAction, KeyRefusal, String)>));
    let words = move |(_, refused, key): &(KeyAction, KeyRefusal, String)| refusal_words(i18n, *refused, key);
    let refusal = FormRefusal::of(refused, |(action, ..)| action.as_str(), words);
    let sheet = DialogState { session, keys, learning, refused, refusal };
    let rows = KeyAction::ALL.into_iter().flat_map(|action| sheet.rows(i18n, action)).collect::<Vec<ErasedView>>();
    let reset = move |_| {
        sheet.stop();
        session.home.own_keys.set(String::new());
    };
    let body = view! {
        <div class="dialog-body">
            <p class="setting-note">{said!(keys.how)}</p>
            <ul>{rows}</ul>
        </div>
        <div class="dialog-foot">
            {button(said!(keys.reset), handler(reset))}
            {button_of("default", said!(settings.done), handler(move |_| dialog::close(frame)))}
        </div>
    };
    framed(frame, said!(keys.title), body.client_only())
}

impl DialogState {
    /// Row of an action, with the rows of fixed keys below it.
    fn rows(self, i18n: Texts, action: KeyAction) -> Vec<ErasedView> {
        let message_settings = self.session.settings.message_settings;
        let has_plain_enter = move || message_settings.get().has_plain_enter;
        let send = move || if has_plain_enter() { "Ctrl+Enter" } else { "Enter" };
        let line = move || if has_plain_enter() { "Enter" } else { "Shift+Enter" };
        // A single-character key does nothing while such keys are switched off.
        let is_idle = message_settings.with_untracked(|settings| settings.has_no_single_keys)
            && self.keys.with_untracked(|keys| !keys.is_own(KeyAction::Keys));
        let own = self.row(i18n, action);
        match action {
            KeyAction::Edit => vec![
                fixed(said!(composer.send), text(move || key_words(i18n, send()))),
                fixed(said!(keys.line), text(move || key_words(i18n, line()))),
                own,
                fixed(said!(home.key_close), text(move || key_words(i18n, "Escape"))),
            ],
            KeyAction::Keys if is_idle => Vec::new(),
            _ => vec![own],
        }
    }

    /// Row of a key that can be changed.
    fn row(self, i18n: Texts, action: KeyAction) -> ErasedView {
        let key = move || self.keys.with(|keys| keys.key_of(action, dom::is_mac()).map(|key| key_words(i18n, key)));
        let is_learning = Memo::new(move |_| self.learning.get() == Some(action));
        let shown = move || match (is_learning.get(), key()) {
            (true, _) => t_string!(i18n, keys.press).to_owned(),
            (false, Some(key)) => key,
            (false, None) => t_string!(i18n, keys.off).to_owned(),
        };
        let label = move || t_string!(i18n, keys.change, what = action_words(i18n, action), keys = shown());
        let learn = move |_| {
            self.refused.set(None);
            self.learning.update(|now| *now = if *now == Some(action) { None } else { Some(action) });
        };
        let leave = move |_| {
            // The focus also leaves when the sheet closes.
            if is_learning.try_get_untracked() == Some(true) {
                self.stop();
            }
        };
        let has_key = Memo::new(move |_| self.keys.with(|keys| keys.key_of(action, dom::is_mac()).is_some()));
        view! {
            <li class="setting-row">
                <span class="grow">{text(move || action_words(i18n, action))}</span>
                <button
                    class="btn"
                    type="button"
                    data-kind="small"
                    data-learns=word(move || is_learning.get().then_some(""))
                    aria-pressed=aria_bool(move || is_learning.get())
                    aria-label=text(label)
                    aria-describedby=self.refusal.description(action.as_str(), "")
                    on:click=handler(learn)
                    on:keydown=handler(move |event| self.pressed(&event, action))
                    on:focusout=handler(leave)
                >
                    <kbd>{text(shown)}</kbd>
                </button>
                <button
                    class="switch"
                    type="button"
                    role="switch"
                    aria-label=text(move || action_words(i18n, action))
                    aria-checked=aria_bool(move || has_key.get())
                    on:click=handler(move |_| self.turn(action, !has_key.get_untracked()))
                ></button>
                {self.refusal.under(action.as_str())}
            </li>
        }
        .client_only()
    }

    /// Handles a key while an action waits for it. Tab leaves the field, and Escape keeps the old key.
    fn pressed(self, event: &ev::KeyboardEvent, action: KeyAction) {
        if self.learning.get_untracked() != Some(action) || event.key() == "Tab" {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        match own_keys::name_of(event) {
            Some(key) if key == "Escape" => self.stop(),
            Some(key) if !event.repeat() => self.choose(action, &key),
            _ => {}
        }
    }

    fn choose(self, action: KeyAction, key: &str) {
        let mut keys = self.keys.get_untracked();
        match keys.choose(action, key, dom::is_mac()) {
            Ok(()) => {
                self.stop();
                self.session.home.own_keys.set(keys.write());
            }
            Err(refused) => self.refused.set(Some((action, refused, key.to_owned()))),
        }
    }

    /// Switches a key off, or restores the usual one.
    fn turn(self, action: KeyAction, is_on: bool) {
        self.stop();
        if is_on {
            return self.choose(action, action.usual(dom::is_mac()));
        }
        let mut keys = self.keys.get_untracked();
        keys.switch_off(action);
        self.session.home.own_keys.set(keys.write());
    }

    fn stop(self) {
        self.learning.set(None);
        self.refused.set(None);
    }
}

fn refusal_words(i18n: Texts, refused: KeyRefusal, key: &str) -> String {
    let keys = key_words(i18n, key);
    match refused {
        KeyRefusal::Taken(other) => t_string!(i18n, keys.taken, keys = keys, what = action_words(i18n, other)),
        KeyRefusal::Reserved => t_string!(i18n, keys.reserved, keys = keys),
        KeyRefusal::Alone => t_string!(i18n, keys.alone, keys = keys),
    }
}

/// Row of a fixed key.
fn fixed(what: TextBinding, keys: TextBinding) -> ErasedView {
    view! { <li class="setting-row"><span>{what}</span> <kbd>{keys}</kbd></li> }.client_only()
}

fn action_words(i18n: Texts, action: KeyAction) -> &'static str {
    match action {
        KeyAction::FindAll => t_string!(i18n, list.search),
        KeyAction::Find => t_string!(i18n, message.here),
        KeyAction::Card => t_string!(i18n, home.card),
        KeyAction::Theme => t_string!(i18n, home.key_theme),
        KeyAction::Previous => t_string!(i18n, keys.previous),
        KeyAction::Next => t_string!(i18n, keys.next),
        KeyAction::PreviousUnread => t_string!(i18n, keys.previous_unread),
        KeyAction::NextUnread => t_string!(i18n, keys.next_unread),
        KeyAction::Region => t_string!(i18n, keys.region),
        KeyAction::RegionBack => t_string!(i18n, keys.region_back),
        KeyAction::Edit => t_string!(i18n, home.key_edit),
        KeyAction::Emoticons => t_string!(i18n, composer.emoticons),
        KeyAction::Nudge => t_string!(i18n, composer.nudge),
        KeyAction::Winks => t_string!(i18n, composer.winks),
        KeyAction::Lock => t_string!(i18n, locking.now),
        KeyAction::Keys => t_string!(i18n, keys.title),
    }
}
