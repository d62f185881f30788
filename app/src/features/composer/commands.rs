//! Commands of the composer (`ux.md` 2.8): the list of those that begin like the text, of the page and then of the room's bots, and what is
//! said about the last one. `command_effects` carries them out.

use std::sync::Arc;

use protocol::content::room_commands::{self, RoomCommand};
use protocol::content::slash::{Command, completions};

use super::command_effects::CommandRunner;
use super::editor::Editor;
use crate::store::conversation::{ComposerMode, Conversation};
use crate::ui::prelude::*;

/// Number of entries that are shown at a time.
const ENTRIES_SHOWN_MAX: usize = 6;

lazy_view! {
    talk:
    /// The list over the composer, while the text is a slash and the beginning of a word; and the outcome of the last command.
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

/// Entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Offer {
    /// Command of the page.
    Own(Command),
    /// Command of a bot of the room.
    Bot(RoomCommand),
}

impl Offer {
    /// Returns the commands that begin like `text`. Those of the page come first, so that no bot moves them; before them is only one that is
    /// typed as a whole, because Enter takes the first.
    fn all(text: &str, of_bots: &[RoomCommand]) -> Vec<Self> {
        let own = completions(text).into_iter().map(Self::Own);
        let mut all: Vec<Self> =
            own.chain(room_commands::completions(text, of_bots).into_iter().map(Self::Bot)).collect();
        if let Some(at) = all.iter().position(|offer| offer.is_whole(text)) {
            let whole = all.remove(at);
            all.insert(0, whole);
        }
        all
    }

    /// Returns `true` if `text` is the whole command.
    fn is_whole(&self, text: &str) -> bool {
        text.trim_start_matches('/').eq_ignore_ascii_case(self.word())
    }

    /// Returns the id of the entry in the document.
    fn id(&self) -> String {
        match self {
            Self::Own(command) => format!("command-{}", command.as_str()),
            Self::Bot(command) => format!("command-{}-{}", command.bot, command.name),
        }
    }

    /// Returns the word after the slash.
    fn word(&self) -> &str {
        match self {
            Self::Own(command) => command.as_str(),
            Self::Bot(command) => &command.name,
        }
    }

    /// Returns the text of the composer in which the person goes on typing.
    fn typed(&self) -> String {
        match self {
            Self::Own(command) => command.typed(),
            Self::Bot(command) => command.typed(),
        }
    }

    /// Returns the command with the words for what follows it.
    fn form(&self, i18n: Texts) -> String {
        match self {
            Self::Own(command) => form(i18n, *command),
            Self::Bot(command) => format!("/{}", command.name),
        }
    }

    /// Returns the effect in words, with the name of the bot that has it. Reactive.
    fn about(&self, i18n: Texts, conversation: Conversation) -> String {
        match self {
            Self::Own(command) => nth(t_string!(i18n, writing.about), *command as usize),
            Self::Bot(RoomCommand { bot, description, .. }) => {
                let name = conversation.name_of(bot);
                let name = name.unwrap_or_else(|| t_string!(i18n, integration.mark).to_owned());
                t_string!(i18n, own_bots.offered, what = description.as_str(), bot = name)
            }
        }
    }
}

/// List of commands. Copied into every closure.
#[derive(Clone, Copy)]
struct CommandList {
    editor: Editor,
    /// Commands that begin like the text; empty while the list is closed.
    offered: Memo<Vec<Offer>>,
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
                false => {
                    let of_bots = editor.conversation.commands;
                    editor.written.with(|written| of_bots.with(|of_bots| Offer::all(written, of_bots)))
                }
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
            editor.chosen_entry.set(offered.with(|all| all.get(chosen.get()).map(Offer::id)));
        });
        editor.list_keys.set_value(Some(Callback::new(move |key: String| offers.takes(&key))));
        offers
    }

    /// Handles a key of the composer; returns `true` for a key that it has used.
    fn takes(self, key: &str) -> bool {
        let (all, at) = (self.offered.get_untracked(), self.chosen.get_untracked());
        let Some(offer) = all.get(at) else { return false };
        match key {
            "ArrowDown" => self.chosen.set((at + 1) % all.len()),
            "ArrowUp" => self.chosen.set((at + all.len() - 1) % all.len()),
            "Escape" => self.is_closed.set(true),
            "Tab" | "Enter" => return self.completes(offer, key == "Enter"),
            _ => return false,
        }
        true
    }

    /// Completes the chosen command. Returns `false` for a command that is typed as a whole: Enter carries it out, and Tab leaves the
    /// composer if nothing follows the command.
    fn completes(self, offer: &Offer, is_enter: bool) -> bool {
        let typed = offer.typed();
        let is_whole = self.editor.written.with_untracked(|written| offer.is_whole(written));
        if is_whole && (is_enter || !typed.ends_with(' ')) {
            return false;
        }
        self.editor.write(typed);
        true
    }

    fn list(self) -> ErasedView {
        let shown = move || {
            // The chosen entry is always among those that are shown.
            let hidden = (self.chosen.get() + 1).saturating_sub(ENTRIES_SHOWN_MAX);
            self.offered.get().into_iter().skip(hidden).take(ENTRIES_SHOWN_MAX).collect()
        };
        // A press on the list leaves the focus in the composer.
        let press = handler(|event: ev::MouseEvent| event.prevent_default());
        view! {
            <ul class="commands" id="commands" role="listbox" aria-label=said!(writing.commands) on:mousedown=press>
                {list_of(shown, move |offer| self.entry(offer))}
            </ul>
        }
        .client_only()
    }

    fn entry(self, offer: Offer) -> ErasedView {
        let i18n = use_i18n();
        let (id, typed) = (offer.id(), offer.typed());
        // Texts of an entry may be asked for once more while the list closes, so they own what they show.
        let own = Arc::new(offer);
        let (shown, effect) = (Arc::clone(&own), Arc::clone(&own));
        let place = move || self.offered.with(|all| all.iter().position(|one| *one == *own)).unwrap_or_default();
        let number = place.clone();
        let press = handler(move |_| {
            self.editor.write(typed.clone());
            dom::focus(".editor");
        });
        let conversation = self.editor.conversation;
        view! {
            <li
                class="command"
                id=id
                role="option"
                aria-selected=aria_bool(move || self.chosen.get() == place())
                aria-posinset=text(move || (number() + 1).to_string())
                aria-setsize=text(move || self.offered.with(Vec::len).to_string())
                on:click=press
            >
                <b>{text(move || shown.form(i18n))}</b>
                " "
                <bdi>{text(move || effect.about(i18n, conversation))}</bdi>
            </li>
        }
        .client_only()
    }
}

/// Returns a command with the words for what follows it: `/away [text]`.
pub fn form(i18n: Texts, command: Command) -> String {
    nth(t_string!(i18n, writing.forms), command as usize)
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
    fn entries_are_told_apart_by_their_ids() {
        let of_bot = |bot: &str, name: &str| RoomCommand {
            bot: bot.to_owned(),
            name: name.to_owned(),
            description: String::new(),
        };
        let of_bots = [of_bot("hook_a", "deploy"), of_bot("hook_b", "deploy"), of_bot("hook_a", "nudge")];
        let ids: Vec<String> = Offer::all("/", &of_bots).iter().map(Offer::id).collect();
        let own = Command::ALL.map(|command| format!("command-{}", command.as_str()));
        assert_eq!(ids[..own.len()], own);
        assert_eq!(ids[own.len()..], ["command-hook_a-deploy", "command-hook_b-deploy"]);
    }

    #[test]
    fn a_command_that_is_typed_as_a_whole_is_the_first() {
        let of_bots = ["in", "deploy-2", "deploy"].map(|name| RoomCommand {
            bot: "hook_a".to_owned(),
            name: name.to_owned(),
            description: String::new(),
        });
        let words = |text: &str| -> Vec<String> {
            Offer::all(text, &of_bots).iter().map(|offer| offer.word().to_owned()).collect()
        };
        assert_eq!(words("/i"), ["invite", "in"]);
        assert_eq!(words("/IN"), ["in", "invite"]);
        assert_eq!(words("/dep"), ["deploy-2", "deploy"]);
        assert_eq!(words("/deploy"), ["deploy", "deploy-2"]);
    }
}
