//! Contact card of a person (`ux.md` 1.2): name, status and three buttons. It appears beside the row when the mouse rests
//! there, or the focus that a key has moved there, and on a long press, Alt+Enter or a menu entry; only the last three move the focus into
//! it. It stays while the pointer is on it, and Escape closes it (WCAG 1.4.13). Screen readers announce it only if it was requested.

use super::contact_row::{BLOCKED, bead_of};
use crate::browser::delay::Delay;
use crate::browser::{anchor, steps};
use crate::features::messages::message_text::{drawn_name, short_text};
use crate::store::roster::RosterPerson;
use crate::ui::prelude::*;
use crate::ui::when as moment;
use crate::ui::when::Day;
use crate::ui::words::status_word;

/// Time for which the mouse rests on a row before the card appears. The time for the focus is longer, because the focus passes many rows.
const MOUSE_MS: u64 = 600;
const FOCUS_MS: u64 = 900;
/// Time to move from the row to the card.
const LEAVE_MS: u64 = 300;
const CARD: &str = ".contact-card";

/// State of the card, copied into every closure.
#[derive(Clone, Copy)]
struct Card {
    session: Session,
    element: NodeRef<html::Div>,
    user: RwSignal<Option<String>>,
    /// The card was requested and has the focus.
    is_asked: StoredValue<bool>,
    /// The next step of a mouse or focus that rests or leaves.
    delay: Delay,
    /// Person whose row was pressed. No card appears while the mouse rests there, because the press opens the conversation.
    pressed: StoredValue<Option<String>>,
    /// Position of the last press. While the mouse rests there, a row that the list moves below it does not count as pointed at.
    pressed_at: StoredValue<Option<(i32, i32)>>,
    /// The mouse has not moved since the component was made. It may have been pressed before and rest there.
    is_still: StoredValue<bool>,
    /// The last step of the history is newer than the last key: it has brought the focus to a row, and nobody rests there.
    is_after_step: StoredValue<bool>,
}

/// The card, with its listeners.
#[component]
pub fn ContactCard() -> impl IntoView {
    let session = use_session();
    let card = Card {
        session,
        element: NodeRef::new(),
        user: RwSignal::new(None),
        is_asked: StoredValue::new(false),
        delay: Delay::default(),
        pressed: StoredValue::new(None),
        pressed_at: StoredValue::new(None),
        is_still: StoredValue::new(true),
        is_after_step: StoredValue::new(false),
    };
    let handles = [
        window_event_listener(ev::pointerover, move |event| card.pointed(&event)),
        window_event_listener(ev::pointermove, move |event| card.moved(&event)),
        window_event_listener(ev::pointerdown, move |event| card.pressed(&event)),
        window_event_listener(ev::focusin, move |event| card.focused(&event)),
        window_event_listener(ev::keydown, move |event| card.keydown(&event)),
        window_event_listener_untyped("popstate", move |_| card.is_after_step.set_value(true)),
        window_event_listener(ev::wheel, move |event| {
            if !anchor::is_in(event.target(), CARD) {
                card.hide();
            }
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    anchor::note_walks();
    anchor::on_hold(move |user| card.ask(user));
    // A card that was asked for is a step of the history, as a dialog is. That of a resting mouse is none.
    let shown = move || card.user.get().filter(|_| card.is_asked.get_value());
    steps::follow_shown(shown, move |wanted| match wanted {
        Some(user) => card.show(user, true),
        None => card.hide(),
    });
    Effect::new(move |_| {
        if let Some(user) = session.home.asked_card.get() {
            session.home.asked_card.set(None);
            card.ask(user);
        }
    });
    let person = Memo::new(move |_| card.user.get().and_then(|user| session.roster.person(&user)));
    crate::view::bindings::choice(move || match person.get() {
        Some(person) => card.view(person),
        None => ().erase(),
    })
}

fn place_of(event: &ev::PointerEvent) -> (i32, i32) {
    (event.client_x(), event.client_y())
}

impl Card {
    // ---- Showing and hiding

    /// Handles a move of the mouse. A list that moves below a resting mouse fires other events, which are ignored until the first move.
    fn moved(self, event: &ev::PointerEvent) {
        if self.is_still.get_value() {
            self.is_still.set_value(false);
            self.pointed(event);
        }
    }

    fn pointed(self, event: &ev::PointerEvent) {
        if event.pointer_type() != "mouse" || self.is_still.get_value() {
            return;
        }
        if anchor::is_in(event.target(), CARD) || self.pressed_at.get_value() == Some(place_of(event)) {
            return self.delay.clear();
        }
        self.pressed_at.set_value(None);
        let user = anchor::person_of(event.target());
        if user != self.pressed.get_value() {
            self.pressed.set_value(None);
        }
        match user {
            Some(user) if self.user.with_untracked(|shown| shown.as_ref() == Some(&user)) => self.delay.clear(),
            Some(user) if self.pressed.get_value().is_none() && !self.has_focus() => {
                self.delay.set(MOUSE_MS, move || self.show(user, false));
            }
            _ if self.has_focus() => self.delay.clear(),
            _ => self.delay.set(LEAVE_MS, move || self.hide()),
        }
    }

    fn pressed(self, event: &ev::PointerEvent) {
        if !anchor::is_in(event.target(), CARD) {
            self.pressed.set_value(anchor::person_of(event.target()));
            self.pressed_at.set_value(Some(place_of(event)));
            self.hide();
        }
    }

    fn focused(self, event: &ev::FocusEvent) {
        if anchor::is_in(event.target(), CARD) {
            return self.delay.clear();
        }
        match anchor::walked_person(event) {
            Some(user) => {
                self.hide();
                // The key that moves the focus is reported after the focus.
                self.delay.set(FOCUS_MS, move || {
                    if !self.is_after_step.get_value() {
                        self.show(user, false);
                    }
                });
            }
            None => self.hide(),
        }
    }

    fn keydown(self, event: &ev::KeyboardEvent) {
        self.is_after_step.set_value(false);
        match event.key().as_str() {
            "Escape" if self.user.with_untracked(Option::is_some) => {
                event.prevent_default();
                let had_focus = self.has_focus();
                self.hide();
                if had_focus {
                    anchor::restore_focus();
                }
            }
            "Enter" if event.alt_key() => {
                if let Some(user) = anchor::person_of(event.target()) {
                    event.prevent_default();
                    self.ask(user);
                }
            }
            _ => {}
        }
    }

    fn has_focus(self) -> bool {
        self.is_asked.get_value() || dom::is_focus_in(CARD)
    }

    /// Shows the requested card, which takes the focus.
    fn ask(self, user: String) {
        anchor::remember_focus();
        self.hide();
        self.show(user, true);
    }

    fn show(self, user: String, is_asked: bool) {
        self.delay.clear();
        let is_menu_open = self.session.home.asked_menu.with_untracked(Option::is_some);
        if dom::is_dialog_open() || is_menu_open && !is_asked {
            return;
        }
        self.is_asked.set_value(is_asked);
        self.user.set(Some(user.clone()));
        dom::after_paint(move || {
            anchor::place(self.element, &user);
            if let Some(element) = self.element.get_untracked().filter(|_| is_asked) {
                dom::focus_first(&element, &["button"]);
            }
        });
    }

    fn hide(self) {
        self.delay.clear();
        self.is_asked.set_value(false);
        if self.user.with_untracked(Option::is_some) {
            self.user.set(None);
        }
    }

    // ---- Content

    fn view(self, person: RwSignal<RosterPerson>) -> ErasedView {
        let i18n = use_i18n();
        let user = StoredValue::new(person.with_untracked(|person| person.id.clone()));
        let message = Memo::new(move |_| person.with(|person| person.personal_message.clone()));
        let said = move || {
            view! { <p class="card-message">{message.with(|message| short_text(i18n, message))}</p> }.client_only()
        };
        view! {
            <div
                class="contact-card"
                role="dialog"
                aria-label=said!(home.card_of, name = name_of(person))
                node_ref=self.element
                on:focusout=handler(move |event: ev::FocusEvent| self.left(&event))
            >
                <div class="card-top">
                    <span class="tile">
                        {portrait(move || person.with(|person| person.avatar_id.clone()))} {tile_bead(bead_of(person))}
                    </span>
                    {card_who(person)}
                    {self.close_button()}
                </div>
                {when(move || message.with(|message| !message.is_empty()), said)}
                {self.card_acts(user)}
            </div>
        }
        .client_only()
    }

    /// Handles a focus that leaves an element of the card.
    fn left(self, event: &ev::FocusEvent) {
        let element = self.element.get_untracked();
        if event.related_target().is_some() && element.is_some_and(|card| dom::focus_leaves(&card, event)) {
            self.hide();
        }
    }

    fn close_button(self) -> ErasedView {
        let close = move |_| {
            self.hide();
            anchor::restore_focus();
        };
        bare_icon_button("ic-close", "14", said!(settings.close), handler(close))
    }

    /// Buttons of the most frequent actions. All others are in the menu of the person.
    fn card_acts(self, user: StoredValue<String>) -> ErasedView {
        let session = self.session;
        let write = move |_| {
            self.hide();
            session.run_for(&user.get_value(), State::open_person);
            dom::focus_soon(".editor");
        };
        let is_favourite = move || {
            session.arrangement.with(|arrangement| user.with_value(|user| arrangement.favourites.contains(user)))
        };
        let favour = move |_| {
            session.arrangement.update(|arrangement| arrangement.favour(&user.get_value()));
            session.roster.welcome(&user.get_value());
        };
        let more = move |event: ev::MouseEvent| self.open_menu(user.get_value(), dom::corner_of(&event));
        view! {
            <div class="card-acts">
                {button_of("default", said!(talk.personal_message), handler(write))}
                <button class="btn" type="button" aria-pressed=aria_bool(is_favourite) on:click=handler(favour)>
                    {icon("ic-spark", "14")} {said!(dialogs.favourite)}
                </button>
                <button class="btn" type="button" aria-haspopup="menu" on:click=handler(more)>
                    {said!(dialogs.more)}
                </button>
            </div>
        }
        .client_only()
    }

    /// Opens the menu of the person in the place of the card. The focus moves to the element to which the menu gives it back.
    fn open_menu(self, user: String, place: (i32, i32)) {
        let was_asked = self.is_asked.get_value();
        self.hide();
        if was_asked {
            anchor::restore_focus();
        } else {
            dom::focus(&format!(".row[data-user=\"{user}\"] > .cover"));
        }
        self.session.home.asked_menu.set(Some((user, place)));
    }
}

fn name_of(person: RwSignal<RosterPerson>) -> String {
    person.with(|person| person.display_name.clone())
}

/// Name and status of a person, and whether this person appears offline there.
fn card_who(person: RwSignal<RosterPerson>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let name = move || name_of(person);
    let has_nickname = move || person.with(|person| person.own_name != person.display_name);
    let own_name = move || {
        let words = move || person.with(|person| t_string!(i18n, home.own_name, name = &person.own_name));
        view! { <p class="card-real">{text(words)}</p> }.client_only()
    };
    let is_hidden = move || person.with(|person| session.relations.is_hidden_from(&person.id));
    let hidden = move || {
        let words = move || t_string!(i18n, hiding.is_hidden, name = name_of(person));
        view! { <p class="card-status">{text(words)}</p> }.client_only()
    };
    view! {
        <div class="card-who">
            <h2 class="card-name" aria-label=text(name)>{drawn_name(i18n, name)}</h2>
            {when(has_nickname, own_name)}
            <p class="card-status">{text(move || presence_words(i18n, person))}</p>
            {when(is_hidden, hidden)}
        </div>
    }
    .client_only()
}

/// Returns the status of a person in words, with its start if that is known, or that the person is blocked.
fn presence_words(i18n: Texts, person: RwSignal<RosterPerson>) -> String {
    let relations = use_session().relations;
    if person.with(|person| relations.is_blocked(&person.id)) {
        return status_word(i18n, BLOCKED);
    }
    let (status, since, word) = person.with(|person| (person.status, person.since, person.word()));
    let word = status_word(i18n, word);
    match status {
        // The start is unknown or hidden (`settings.md` 1).
        _ if since == 0 => word,
        Some(_) => format!("{word}, {}", t_string!(i18n, talk.since, time = moment::time(i18n, since))),
        None => {
            let (date, time) = (moment::day_rule(i18n, since, Day::InText), moment::time(i18n, since));
            format!("{word}, {}", t_string!(i18n, settings.last_seen, date = date, time = time))
        }
    }
}
