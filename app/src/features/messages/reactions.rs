//! Reactions to a message with their people, and the picker of reactions (`ux.md` 2.1).
//!
//! On the wire, a reaction is one of four names or one emoji. Each drawing stands for one of them; other emoji are shown as characters.

use protocol::client::Reaction;
use protocol::content::emoticons::{EMOTICONS, Emoticon, Group};
use protocol::words::limits::REACTION_KINDS_MAX;

use crate::features::emoticons::picker::group_word;
use crate::store::arrangement::ListDialog;
use crate::store::conversation::{Conversation, MessageDialog, Participant, RowHandle};
use crate::ui::emoticons::emoticon_name;
use crate::ui::prelude::*;

/// Reactions on the wire for each of [`EMOTICONS`], in their order.
const WIRE: &str = "🙂 😃 😉 😮 😛 😎 😠 😳 😖 🙁 😢 😐 😈 😇 🤐 😤 🤓 😏 🤫 🤢 😕 🤔 🥳 🙄 😴 😍 🤦 😂 like dislike 🙌 🤞 👏 👋 🤗 🫂 \
    heart 💔 💋 ✨ 🌹 🥀 🎁 🎂 ☕ 🍺 🍸 🍕 🍽️ 💡 🕒 📞 📷 ✉️ 🎵 🎬 star 🌙 ☀️ 🌈 ☁️ ☂️ 🐱 🐶 🔙";
/// Frequent emoji without a drawing; `talk.emoji` has their names.
const COMMON: &str = "🔥 🎉 💯 🚀 👀 🙏 ✅ ❓";
/// Stops of the arrow keys among the choices.
const CHOICES: &str = ".picker-grid > button";

fn wire_words() -> impl Iterator<Item = &'static str> {
    WIRE.split_whitespace()
}

/// Returns the drawing of a reaction, with or without the variation selector for colour, which rows in a cache may lack.
fn drawing_of(reaction: &str) -> Option<&'static Emoticon> {
    let plain = |word: &'static str| word.trim_end_matches('\u{fe0f}');
    let reaction = reaction.trim_end_matches('\u{fe0f}');
    wire_words().position(|word| plain(word) == reaction).and_then(|at| EMOTICONS.get(at))
}

pub fn glyph(reaction: &str) -> ErasedView {
    match drawing_of(reaction) {
        Some(drawing) => {
            view! { <img class="em" src=emoticon_url(drawing) alt="" width="20" height="20" /> }.client_only()
        }
        None => reaction.to_owned().client_only(),
    }
}

pub fn reaction_name(i18n: Texts, reaction: &str) -> String {
    match reaction {
        "like" => t_string!(i18n, talk.thumbs_up).to_owned(),
        "dislike" => t_string!(i18n, talk.thumbs_down).to_owned(),
        "heart" => t_string!(i18n, talk.heart).to_owned(),
        "star" => t_string!(i18n, talk.star).to_owned(),
        emoji => match (drawing_of(emoji), COMMON.split(' ').position(|common| common == emoji)) {
            (Some(drawing), _) => emoticon_name(i18n, drawing).to_owned(),
            (None, Some(at)) => nth(t_string!(i18n, talk.emoji), at),
            (None, None) => emoji.to_owned(),
        },
    }
}

/// Reactions to a message with their people, if there are any.
#[component]
pub fn Reactions(conversation: Conversation, handle: RowHandle) -> impl IntoView {
    let are_there = move || handle.row.with(|row| !row.reactions.is_empty());
    when(are_there, move || load_view(move || reactions(conversation, handle)))
}

lazy_view! {
    talk:
    /// Reactions to a message with their people; a press adds or removes one's own.
    pub fn reactions(conversation: Conversation, handle: RowHandle) {
        let shown = Memo::new(move |_| handle.row.with(|row| row.reactions.clone()));
        let all = choice(move || {
            let all = shown.get().into_iter().map(|known| reaction(conversation, handle, known));
            all.collect::<Vec<_>>().client_only()
        });
        let id = StoredValue::new(handle.row.with_untracked(|row| row.id.clone()));
        view! { <div class="reactions">{all} {more_reactions(id)}</div> }.client_only()
    }
}

fn reaction(conversation: Conversation, handle: RowHandle, known: Reaction) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Reaction { reaction, count, users } = known;
    let is_mine = session.me.with_untracked(|me| users.contains(&me.id));
    let (sign, shown) = (glyph(&reaction), reaction.clone());
    let label = move || {
        let name = reaction_name(i18n, &shown);
        t_string!(i18n, talk.reacted, names = names(session, conversation, i18n, &users, count), name = name)
    };
    let label: Signal<String> = Signal::derive(label);
    let toggle = handler(move |_| {
        let (id, reaction) = (handle.row.with_untracked(|row| row.id.clone()), reaction.clone());
        session.run_for(&conversation.room_id(), move |state, room| state.react(room, &id, &reaction, !is_mine));
    });
    view! {
        <button
            type="button"
            aria-pressed=aria_bool(move || is_mine)
            aria-label=text(move || label.get())
            title=text(move || label.get())
            // The style sheet draws the number: as text it would have to appear in the button's name.
            data-count=count.to_string()
            on:click=toggle
        >
            {sign}
        </button>
    }
    .client_only()
}

/// Names the known people and counts the others: "You, Aylin, 2 more".
fn names(session: Session, conversation: Conversation, i18n: Texts, users: &[String], count: u32) -> String {
    let here = |id: &String| {
        let shown = |all: &Vec<Participant>| all.iter().find(|one| one.user == *id).map(|one| one.name.clone());
        conversation.participants.with(shown).map(|name| session.roster.name_of(id, &name))
    };
    let name = |id: &String| {
        let own = session.me.with(|me| me.id == *id).then(|| t_string!(i18n, list.you).to_owned());
        let known = || session.roster.person(id).map(|one| one.with(|one| one.display_name.clone()));
        own.or_else(known).or_else(|| here(id))
    };
    let mut known: Vec<String> = users.iter().filter_map(name).collect();
    let others = (count as usize).saturating_sub(known.len());
    if others > 0 {
        known.push(t_string!(i18n, talk.others, count = others));
    }
    known.join(", ")
}

/// Button that opens the picker.
pub fn more_reactions(id: StoredValue<String>) -> ErasedView {
    let session = use_session();
    let open = move |_| session.list_dialog.set(ListDialog::Message(MessageDialog::React(id.get_value())));
    view! {
        <button
            type="button"
            // It appears with the first reaction, and screen readers must not announce it.
            aria-live="off"
            aria-haspopup="dialog"
            aria-label=said!(talk.react)
            title=said!(talk.react)
            on:click=handler(open)
        >
            "+"
        </button>
    }
    .client_only()
}

lazy_view! {
    talk:
    /// Picker of reactions to a message of the open conversation; `chosen` is called after a choice.
    pub fn reaction_choices(id: String, chosen: Callback<()>) {
        let conversation = use_session().current.get_untracked();
        let found = conversation.and_then(|conversation| Some((conversation, conversation.find(&id)?)));
        match found {
            Some((conversation, handle)) => choices(conversation, handle, chosen),
            None => ().erase(),
        }
    }
}

fn choices(conversation: Conversation, handle: RowHandle, chosen: Callback<()>) -> ErasedView {
    let i18n = use_i18n();
    let cell = move |reaction: &'static str| cell(conversation, handle, reaction, chosen);
    let grid = |label: TextBinding, cells: Vec<ErasedView>| {
        view! { <div class="picker-grid" role="group" aria-label=label>{cells}</div> }.client_only()
    };
    let common = grid(said!(talk.common), COMMON.split(' ').map(cell).collect());
    let groups = Group::ALL.map(|group| {
        let of_group = EMOTICONS.iter().zip(wire_words()).filter(|(emoticon, _)| emoticon.group == group);
        grid(text(move || group_word(i18n, group)), of_group.map(|(_, word)| cell(word)).collect())
    });
    let walk = handler(|event| dom::walk(&event, CHOICES));
    view! { <div on:keydown=walk>{common} {Vec::from(groups)}</div> }.client_only()
}

/// One choice. A message takes a limited number of kinds; beyond it, only existing kinds can be chosen.
fn cell(conversation: Conversation, handle: RowHandle, reaction: &'static str, chosen: Callback<()>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let own = session.me.with_untracked(|me| me.id.clone());
    let is_mine = Memo::new(move |_| handle.row.with(|row| row.has_reaction(reaction, &own)));
    let is_too_much = move || {
        handle.row.with(|row| {
            let is_new = row.reactions.iter().all(|known| known.reaction != reaction);
            is_new && row.reactions.len() >= REACTION_KINDS_MAX
        })
    };
    let choose = move |_| {
        let id = handle.row.with_untracked(|row| row.id.clone());
        let is_there = !is_mine.get_untracked();
        session.run_for(&conversation.room_id(), move |state, room| state.react(room, &id, reaction, is_there));
        chosen.run(());
    };
    view! {
        <button
            class="picker-cell"
            type="button"
            aria-label=text(move || reaction_name(i18n, reaction))
            title=text(move || reaction_name(i18n, reaction))
            aria-pressed=aria_bool(move || is_mine.get())
            disabled=switch(is_too_much)
            on:click=handler(choose)
        >
            {glyph(reaction)}
        </button>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_choice_is_a_reaction_on_the_wire_and_no_two_are_the_same() {
        let all: Vec<&str> = wire_words().chain(COMMON.split(' ')).collect();
        assert_eq!(wire_words().count(), EMOTICONS.len());
        assert!(
            all.iter().all(|word| protocol::content::emoji::is_reaction(word)
                && protocol::content::emoji::of_one_kind(word) == *word),
            "{all:?}"
        );
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn what_stands_on_the_wire_leads_to_its_drawing() {
        let drawn = |reaction| drawing_of(reaction).map(Emoticon::name);
        assert_eq!(["like", "☕", "☀\u{fe0f}", "🔙"].map(drawn), ["thumbup", "coffee", "sun", "brb"].map(Some));
        assert_eq!(drawn("🔥"), None);
    }

    #[test]
    fn every_common_emoji_has_a_name_in_every_language() {
        for language in tags() {
            assert_eq!(words_in(language, "talk", "emoji"), COMMON.split(' ').count(), "{language}");
        }
    }
}
