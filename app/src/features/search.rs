//! Search of messages from the search box (`ux.md` 1.2): its filters, the row that begins it, and the messages found, below the people and
//! rooms of the list.

use protocol::content::search::{Has, QueryFilter, filters_of, unclear_filter};

use crate::store::find::{Find, FindCommand};
use crate::store::search::{SearchHit, SearchState};
use crate::ui::prelude::*;
use crate::ui::when::{brief_time, day_words, iso};

/// Field of the search.
pub const SEARCH_BOX: &str = ".search > input";

// ---- Filters

/// Filters beside the text of the search box. Each is a button that removes it.
pub fn filter_chips() -> ErasedView {
    let search = use_session().search;
    let chip =
        |(at, filter): (usize, QueryFilter)| Entry::of((at, filter.to_string()), move || filter_chip(at, filter));
    list(move || search.filters.get().into_iter().enumerate().map(chip).collect())
}

fn filter_chip(at: usize, filter: QueryFilter) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let words = Memo::new(move |_| filter_words(i18n, &filter));
    let remove = move |_| {
        session.remove_filter(at);
        return_to_field();
    };
    view! {
        <button
            class="chip"
            type="button"
            aria-label=said!(dialogs.filter_remove, filter = words.get())
            on:click=handler(remove)
        >
            <span class="clip">{text(move || words.get())}</span>
            {icon("ic-close", "12")}
        </button>
    }
    .client_only()
}

/// Moves from a button that goes away to the field. On touch, the field would open the keyboard.
pub fn return_to_field() {
    if !dom::is_touch() {
        dom::focus(SEARCH_BOX);
    }
}

fn filter_words(i18n: Texts, filter: &QueryFilter) -> String {
    match filter {
        QueryFilter::From(name) => t_string!(i18n, dialogs.filter_from, name = name),
        QueryFilter::In(name) => t_string!(i18n, dialogs.filter_in, name = name),
        QueryFilter::Before(day) => t_string!(i18n, dialogs.filter_before, date = day_words(i18n, day)),
        QueryFilter::Has(word) => nth(t_string!(i18n, dialogs.filter_has), Has::of(word).map_or(0, |has| has as usize)),
    }
}

// ---- Messages

/// Row that searches messages and the messages found, once the person searches for anything.
pub fn found_messages() -> ErasedView {
    let search = use_session().search;
    load_view_when(move || search.is_on(), offer_and_answers)
}

lazy_view! {
    home:
    /// The row until messages are searched, then these.
    pub fn offer_and_answers() {
        use_i18n().add_lazy_texts();
        let search = use_session().search;
        let is_asked = move || search.stage() != SearchState::Nothing;
        view! {
            {when(move || search.is_on() && !is_asked(), offer)}
            {load_view_when(is_asked, answers)}
        }
        .client_only()
    }
}

/// Row that searches messages, and the meaning of Enter.
fn offer() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let words = move || {
        session.search.text.with(|text| match text.trim() {
            "" => t_string!(i18n, dialogs.search_messages).to_owned(),
            text => t_string!(i18n, dialogs.search_messages_for, text = text),
        })
    };
    let enter = move || match session.first_found() {
        // Phones have no key of that name; the row above is pressed there.
        _ if dom::is_touch() => String::new(),
        Some(first) => t_string!(i18n, dialogs.enter_opens, name = first.name),
        None => t_string!(i18n, dialogs.enter_searches).to_owned(),
    };
    let search = move |_| {
        session.search();
        return_to_field();
    };
    view! {
        <section class="found-messages">
            <button class="found-message" type="button" on:click=handler(search)>
                {icon("ic-search", "14")} " " {text(words)}
            </button>
            <p class="setting-note" role="status">{text(enter)}</p>
        </section>
    }
    .client_only()
}

lazy_view! {
    dialogs:
    /// Results of the search; nothing without a search.
    pub fn answers() {
        let search = use_session().search;
        when(move || search.stage() != SearchState::Nothing, move || view! { <Answer /> }.client_only()).client_only()
    }
}

#[component]
fn Answer() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let search = session.search;
    let hits = move || search.messages.with(|find| find.as_ref().map(|find| find.hits.clone()).unwrap_or_default());
    let state = move || search.messages.with(|find| find.as_ref().map(|find| state_words(i18n, find)));
    let more = move || {
        let find_more = move |_| session.run(|state| state.find_messages(None, FindCommand::More));
        button(said!(dialogs.more_messages), handler(find_more)).client_only()
    };
    view! {
        <section class="list-group found-messages">
            <h2 class="group">{said!(dialogs.messages_found)}</h2>
            <p role="status" class="setting-note">{text(move || state().unwrap_or_default())}</p>
            {when(move || search.stage() != SearchState::Off, move || view! { <p class="setting-note">{said!(dialogs.narrower)}</p> }.client_only())}
            <ul class="found" aria-label=said!(dialogs.messages_found)>
                {list_of(hits, move |found| view! { <Message found /> }.client_only())}
            </ul>
            {when(move || search.stage() == SearchState::More, more)}
        </section>
    }
    .client_only()
}

/// Says why a text cannot be searched for.
pub fn refused_words(i18n: Texts, words: &str) -> &'static str {
    match unclear_filter(words) {
        Some(QueryFilter::Has(_)) => t_string!(i18n, dialogs.unclear_has),
        Some(QueryFilter::Before(_)) => t_string!(i18n, dialogs.unclear_before),
        _ => t_string!(i18n, dialogs.unclear_long),
    }
}

fn state_words(i18n: Texts, find: &Find) -> String {
    let room_named = || {
        filters_of(&find.words).into_iter().find_map(|filter| match filter {
            QueryFilter::In(name) => Some(name),
            _ => None,
        })
    };
    match (find.stage, find.hits.len(), find.rooms) {
        (SearchState::Nothing, ..) => String::new(),
        (SearchState::Asked, ..) => t_string!(i18n, dialogs.searching).to_owned(),
        (SearchState::Off, ..) => t_string!(i18n, dialogs.search_off).to_owned(),
        (SearchState::Refused, ..) => refused_words(i18n, &find.words).to_owned(),
        (SearchState::Done, 0, 0) if room_named().is_some() => t_string!(i18n, talk.searched_nowhere).to_owned(),
        (SearchState::More, count, rooms) => t_string!(i18n, talk.searched_so_far, count = count, rooms = rooms),
        (SearchState::Done, 0, rooms) => match room_named() {
            Some(room) => t_string!(i18n, talk.searched_one, room = room),
            None => t_string!(i18n, talk.searched_none, rooms = rooms),
        },
        // `in:` searches one conversation.
        (SearchState::Done, count, 0 | 1) => t_string!(i18n, talk.results, count = count),
        (SearchState::Done, count, rooms) => t_string!(i18n, talk.searched, count = count, rooms = rooms),
    }
}

#[component]
fn Message(found: SearchHit) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (name, room) = (found.name.clone(), found.room_name.clone());
    let pieces: Vec<_> = found
        .line
        .iter()
        .cloned()
        .map(
            |(piece, is_found)| {
                if is_found { view! { <mark>{piece}</mark> }.client_only() } else { piece.client_only() }
            },
        )
        .collect();
    // Conversations between two people have the name of the other one.
    let head = move || match name == room {
        true => name.clone(),
        false => t_string!(i18n, talk.found_in, name = &name, room = &room),
    };
    let at = found.at;
    let time = move || if at == 0 { String::new() } else { brief_time(i18n, at) };
    let open = move |_| {
        let found = found.clone();
        session.run(move |state| state.open_found(&found));
    };
    view! {
        <li>
            <button class="found-message" type="button" on:click=handler(open)>
                <b>{text(head)}</b>
                <span dir="auto">{pieces}</span>
                " "
                <time datetime=iso(at)>{text(time)}</time>
            </button>
        </li>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn each_property_of_a_filter_has_a_word_in_every_language() {
        for language in tags() {
            assert_eq!(words_in(language, "dialogs", "filter_has"), Has::ALL.len(), "{language}");
        }
    }
}
