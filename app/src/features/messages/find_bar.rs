//! Bar under the header of a conversation that searches within it (`ux.md` 2.1): a field, the number of the result, a step to the next
//! older and newer one. `message_row` marks the messages found, and `near_rows` scrolls to them, while the focus stays in the bar.

use protocol::content::search::has_filter;

use crate::browser::keys;
use crate::features::search::refused_words;
use crate::store::conversation::Conversation;
use crate::store::find::{Find, FindCommand};
use crate::store::search::SearchState;
use crate::ui::prelude::*;

const FIELD: &str = "search-here-field";
/// Id of the button that opens the bar, in the header of the conversation.
pub const OPENER: &str = "search-here";
/// Pause in typing after which the text is searched for.
const PAUSE_MS: u64 = 300;

/// Opens the bar, or moves to its field.
pub fn open_bar(conversation: Conversation) {
    conversation.open_search();
    dom::focus_whole(FIELD);
}

lazy_view! {
    talk:
    /// The bar, while it is open.
    pub fn find_bar(conversation: Conversation) {
        dom::focus_whole(FIELD);
        FindBar { session: use_session(), conversation }.view()
    }
}

/// The bar of a conversation. Copied into every closure.
#[derive(Clone, Copy)]
struct FindBar {
    session: Session,
    conversation: Conversation,
}

impl FindBar {
    fn view(self) -> ErasedView {
        let i18n = use_i18n();
        // On touch, a focus in the message field would open the keyboard.
        let close = handler(move |_| self.close(!dom::is_touch()));
        view! {
            <search
                class="find-bar"
                aria-label=said!(message.here)
                data-sentence=flag(move || self.of(has_sentence) == Some(true))
                on:keydown=handler(move |event| self.escape(&event))
            >
                <input
                    class="field"
                    id=FIELD
                    type="search"
                    dir="auto"
                    aria-label=said!(message.here)
                    placeholder=said!(message.here)
                    autocomplete="off"
                    prop:value=text(move || self.of(|find| find.words.clone()).unwrap_or_default())
                    on:input=handler(move |event| self.type_text(event_target_value(&event)))
                    on:keydown=handler(move |event| self.enter(&event))
                />
                <span role="status">{text(move || self.of(|find| state_words(i18n, find)).unwrap_or_default())}</span>
                {self.step_button(FindCommand::Older, || said!(talk.find_older))}
                {self.step_button(FindCommand::Newer, || said!(talk.find_newer))}
                {icon_button("ic-close", "14", &|| said!(talk.find_close), close)}
            </search>
        }
        .client_only()
    }

    fn step_button(self, command: FindCommand, label: fn() -> TextBinding) -> ErasedView {
        view! {
            <button
                class="icon-btn"
                type="button"
                data-way=if command == FindCommand::Older { "older" } else { "newer" }
                aria-label=label()
                title=label()
                disabled=switch(move || self.of(|find| find.hits.is_empty()).unwrap_or(true))
                on:click=handler(move |_| self.run(command))
            >
                {icon("ic-down", "14")}
            </button>
        }
        .client_only()
    }

    /// Returns a value of the search. Reactive.
    fn of<T>(self, value: impl Fn(&Find) -> T) -> Option<T> {
        self.conversation.search.with(|find| find.as_ref().map(value))
    }

    fn run(self, command: FindCommand) {
        let room = self.conversation.room_id();
        self.session.run(move |state| state.find_messages(Some(room), command));
    }

    /// Handles a new text of the field: it is searched for after a pause. One with a filter waits for Enter, because the server refuses
    /// half a date.
    fn type_text(self, words: String) {
        let search = self.conversation.search;
        // A message that the earlier text has not reached yet is no longer wanted.
        self.conversation.stop_jumping();
        search.update(|find| {
            if let Some(find) = find {
                find.type_text(words.clone());
            }
        });
        if has_filter(&words) {
            return;
        }
        dom::after(PAUSE_MS, move || {
            // The bar may be closed by now, and the text may be another one.
            let is_same = search.try_with_untracked(|find| find.as_ref().is_some_and(|find| find.words == words));
            if is_same == Some(true) {
                self.run(FindCommand::Search);
            }
        });
    }

    /// Enter searches at once, and then moves to the next older result; with Shift to the next newer one.
    fn enter(self, event: &ev::KeyboardEvent) {
        if event.key() == "Enter" && !keys::is_composing(event) {
            event.prevent_default();
            self.run(if event.shift_key() { FindCommand::Newer } else { FindCommand::Older });
        }
    }

    /// Escape closes the bar and moves to the message field.
    fn escape(self, event: &ev::KeyboardEvent) {
        if event.key() == "Escape" && !keys::is_composing(event) {
            event.prevent_default();
            event.stop_propagation();
            self.close(true);
        }
    }

    /// Closes the bar, and moves to the message that was found last; without one, to the message field or to the button that opens the bar
    /// again.
    fn close(self, to_editor: bool) {
        let found = self.conversation.search.with_untracked(|find| find.as_ref().and_then(Find::here));
        self.conversation.close_search();
        if found.is_some_and(|id| dom::focus(&format!(".msg[data-id=\"{id}\"]"))) {
            return;
        }
        // A person who may not write has no message field.
        if !to_editor || !dom::focus(".editor") {
            dom::focus_by_id(OPENER);
        }
    }
}

/// Returns `true` if the state of the search is a sentence: searching is off, the text cannot be searched for, or a filter waits for Enter.
fn has_sentence(find: &Find) -> bool {
    matches!(find.stage, SearchState::Off | SearchState::Refused)
        || find.stage == SearchState::Nothing && has_filter(&find.words)
}

/// Returns the state of the search in words: "3 of 12", with a plus while older results are not loaded.
fn state_words(i18n: Texts, find: &Find) -> String {
    let count = find.hits.len();
    match find.stage {
        SearchState::Nothing if has_sentence(find) => t_string!(i18n, dialogs.enter_searches).to_owned(),
        SearchState::Nothing => String::new(),
        SearchState::Off => t_string!(i18n, dialogs.search_off).to_owned(),
        SearchState::Refused => refused_words(i18n, &find.words).to_owned(),
        SearchState::Asked if count == 0 => t_string!(i18n, dialogs.searching).to_owned(),
        _ if count == 0 => t_string!(i18n, talk.find_none).to_owned(),
        _ => {
            let plus = if find.next.is_some() { "+" } else { "" };
            t_string!(i18n, dialogs.count_of, count = find.number(), max = format!("{count}{plus}"))
        }
    }
}
