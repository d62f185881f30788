//! Commands of the composer (`ux.md` 2.8): the list of those that begin like the text, and what is said about the last one.
//! `command_effects` carries them out.

use leptos::ev;
use leptos::prelude::*;
use protocol::content::slash::{Command, completions};

use super::command_effects::CommandRunner;
use super::editor::Editor;
use crate::browser::dom;
use crate::i18n::{said, t_string, use_i18n};
use crate::store::conversation::ComposerMode;
use crate::ui::choices::nth;
use crate::ui::words::Texts;
use crate::view::bindings::{Entry, aria_bool, choice, handler, list, text, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::lazy_view;

/// Number of entries that are shown at a time.
const ENTRIES_SHOWN_MAX: usize = 6;

lazy_view! {
    talk:
    /// The list over the composer, while the text is a slash and letters; and the outcome of the last command.
    pub fn commands(editor: Editor) {
        let (offers, runner) = (CommandList::new(editor), CommandRunner::new(editor));
        let outcome = choice(move || match runner.said.get() {
            Some(outcome) => view! { <div class="writing-bar"><span>{outcome.words}</span></div> }.client_only(),
            None => ().erase(),
        });
        view! {
            <div role="status">{outcome}</div>
            <div class="commands-at">{when(move || !offers.offered.with(Vec::is_empty), move || offers.list())}</div>
        }
        .client_only()
    }
}

/// List of commands. Copied into every closure.
#[derive(Clone, Copy)]
struct CommandList {
    editor: Editor,
    /// Commands that begin like the text; empty while the list is closed.
    offered: Memo<Vec<Command>>,
    /// Index of the chosen command.
    chosen: RwSignal<usize>,
    /// The person has closed the list. It opens again with another command.
    is_closed: RwSignal<bool>,
}

impl CommandList {
    fn new(editor: Editor) -> Self {
        let (chosen, is_closed) = (RwSignal::new(0), RwSignal::new(false));
        let offered = Memo::new(move |_| {
            let is_edit = editor.conversation.writing.with(|writing| matches!(writing, ComposerMode::Edit(_)));
            match is_edit || is_closed.get() || !editor.is_focused.get() {
                true => Vec::new(),
                false => editor.written.with(|written| completions(written)),
            }
        });
        let offers = Self { editor, offered, chosen, is_closed };
        Effect::new(move |_| {
            offered.track();
            chosen.set(0);
        });
        Effect::new(move |_| {
            if !editor.written.with(|written| written.starts_with('/')) {
                is_closed.set(false);
            }
        });
        Effect::new(move |_| {
            let command = offered.with(|all| all.get(chosen.get()).copied());
            editor.chosen_entry.set(command.map(entry_id));
        });
        editor.list_keys.set_value(Some(Callback::new(move |key: String| offers.takes(&key))));
        offers
    }

    /// Handles a key of the composer; returns `true` for a key that it has used.
    fn takes(self, key: &str) -> bool {
        let (all, at) = (self.offered.get_untracked(), self.chosen.get_untracked());
        let Some(command) = all.get(at).copied() else { return false };
        match key {
            "ArrowDown" => self.chosen.set((at + 1) % all.len()),
            "ArrowUp" => self.chosen.set((at + all.len() - 1) % all.len()),
            "Escape" => self.is_closed.set(true),
            "Tab" | "Enter" => return self.completes(command, key == "Enter"),
            _ => return false,
        }
        true
    }

    /// Completes the chosen command. Returns `false` for a command that is typed as a whole: Enter carries it out, and Tab leaves the
    /// composer if nothing follows the command.
    fn completes(self, command: Command, is_enter: bool) -> bool {
        let (typed, written) = (command.typed(), self.editor.written.get_untracked());
        let is_whole = written.trim_start_matches('/').eq_ignore_ascii_case(command.as_str());
        if is_whole && (is_enter || !typed.ends_with(' ')) {
            return false;
        }
        self.editor.write(typed);
        true
    }

    fn list(self) -> ErasedView {
        let i18n = use_i18n();
        let entries = move || {
            // The chosen entry is always among those that are shown.
            let hidden = (self.chosen.get() + 1).saturating_sub(ENTRIES_SHOWN_MAX);
            let shown = self.offered.get().into_iter().skip(hidden).take(ENTRIES_SHOWN_MAX);
            shown.map(move |command| Entry::of(command, move || self.entry(command))).collect()
        };
        // A press on the list leaves the focus in the composer.
        let press = handler(|event: ev::MouseEvent| event.prevent_default());
        view! {
            <ul class="commands" id="commands" role="listbox" aria-label=said!(i18n, writing.commands) on:mousedown=press>
                {list(entries)}
            </ul>
        }
        .client_only()
    }

    fn entry(self, command: Command) -> ErasedView {
        let i18n = use_i18n();
        let place = move || self.offered.with(|all| all.iter().position(|one| *one == command)).unwrap_or_default();
        let press = handler(move |_| {
            self.editor.write(command.typed());
            dom::focus(".editor");
        });
        view! {
            <li
                class="command"
                id=entry_id(command)
                role="option"
                aria-selected=aria_bool(move || self.chosen.get() == place())
                aria-posinset=text(move || (place() + 1).to_string())
                aria-setsize=text(move || self.offered.with(Vec::len).to_string())
                on:click=press
            >
                <b>{text(move || form(i18n, command))}</b>
                " "
                <span>{text(move || nth(t_string!(i18n, writing.about), command as usize))}</span>
            </li>
        }
        .client_only()
    }
}

/// Returns a command with the words for what follows it: `/away [text]`.
pub fn form(i18n: Texts, command: Command) -> String {
    nth(t_string!(i18n, writing.forms), command as usize)
}

/// Returns the id of an entry in the document.
fn entry_id(command: Command) -> &'static str {
    match command {
        Command::Me => "command-me",
        Command::Nudge => "command-nudge",
        Command::Away => "command-away",
        Command::Busy => "command-busy",
        Command::BackSoon => "command-brb",
        Command::Back => "command-back",
        Command::NowPlaying => "command-np",
        Command::Clear => "command-clear",
        Command::Invite => "command-invite",
        Command::Color => "command-color",
        Command::Shrug => "command-shrug",
        Command::Roll => "command-roll",
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_command_has_a_form_and_a_description_in_every_language() {
        for language in tags() {
            for texts in ["forms", "about"] {
                assert_eq!(words_in(language, "writing", texts), Command::ALL.len(), "{language}: {texts}");
            }
        }
    }

    #[test]
    fn entries_are_told_apart_by_the_words_of_their_commands() {
        for command in Command::ALL {
            assert_eq!(entry_id(command), format!("command-{}", command.as_str()));
        }
    }
}
