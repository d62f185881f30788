//! Dialogs of the contact list: options, favourite and group of a person, a status with an end.

use protocol::words::limits::{
    CONTACT_GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX, NAME_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX,
    PERSONAL_MESSAGE_GRAPHEMES_MAX,
};
use protocol::words::status::Status;

use super::messages::message_dialog;
use super::quick_texts::quick_texts;
use super::rows::{new_row, row_buttons};
use crate::features::emoticons::dialog::own_emoticons;
use crate::features::keys::dialog::Keys;
use crate::features::messages::kept_messages::open_kept_messages;
use crate::features::messages::message_text::short_text;
use crate::features::moderation::moderate;
use crate::features::profile::dialog::Profile;
use crate::features::reports::report_person;
use crate::features::review::review_link;
use crate::store::arrangement::{AWAY_MIN_MAX, Arrangement, Density, ListDialog, Sort};
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;
use crate::ui::words::status_word;

/// The open dialog, if there is one.
#[component]
pub fn ListDialogs() -> impl IntoView {
    let session = use_session();
    choice(move || match session.list_dialog.get() {
        ListDialog::Closed => ().erase(),
        ListDialog::Options => view! { <Options /> }.client_only(),
        ListDialog::Person(person) => view! { <Arrange person /> }.client_only(),
        ListDialog::Until => view! { <Until /> }.client_only(),
        ListDialog::Keys => view! { <Keys /> }.client_only(),
        ListDialog::Profile => view! { <Profile /> }.client_only(),
        ListDialog::GuestSignOut => guest_sign_out(),
        ListDialog::Emoticons => emoticons(),
        ListDialog::QuickTexts => quick_texts(),
        ListDialog::Report(outcome) => report_person(outcome),
        ListDialog::Moderate(subject) => moderate(subject),
        ListDialog::Message(dialog) => message_dialog(dialog),
    })
}

/// The person's own emoticons; the content is in the chunk `files`.
fn emoticons() -> ErasedView {
    let frame = DialogRef::new();
    let body = view! {
        <div class="dialog-body">{load_view(own_emoticons)}</div>
        {done(frame)}
    };
    framed(frame, said!(own_emoticons.title), body.client_only())
}

#[component]
fn Options() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let arrangement = session.arrangement;
    let frame = DialogRef::new();
    let sorts = Sort::ALL.map(|sort| {
        let is_it = move || arrangement.with(|arrangement| arrangement.sort == sort);
        let chosen = handler(move |_| arrangement.update(|arrangement| arrangement.sort = sort));
        radio("list-sort", text(move || sort_word(i18n, sort)), Box::new(is_it), chosen)
    });
    let densities = Density::ALL.map(|density| {
        let is_it = move || arrangement.with(|arrangement| arrangement.density == density);
        let chosen = handler(move |_| arrangement.update(|arrangement| arrangement.density = density));
        radio("list-density", text(move || density_word(i18n, density)), Box::new(is_it), chosen)
    });
    let away_chosen = move |event| {
        let minutes = event_target_value(&event).parse::<u8>().unwrap_or(0).min(AWAY_MIN_MAX);
        arrangement.update(|arrangement| arrangement.away_min = minutes);
    };
    let away_min = Memo::new(move |_| usize::from(arrangement.with(|arrangement| arrangement.away_min)));
    let body = view! {
        <div class="dialog-body">
            <div class="choices">{other_actions(frame)}</div>
            {radios(said!(dialogs.sort), Vec::from(sorts))}
            {radios(said!(dialogs.rows), Vec::from(densities))}
            <div class="setting-row">
                <label class="label" for="away-after">{said!(dialogs.away_after)}</label>
                <input
                    class="field"
                    id="away-after"
                    type="number"
                    min="0"
                    max=AWAY_MIN_MAX.to_string()
                    prop:value=text(move || away_min.get().to_string())
                    on:change=handler(away_chosen)
                />
            </div>
            <fieldset class="setting">
                <legend>{said!(dialogs.contact_groups)}</legend>
                <ul aria-label=said!(dialogs.contact_groups)>
                    {list_of(move || group_names(arrangement), move |group| group_row(arrangement, group))}
                </ul>
                {new_group(Box::new(move |name| arrangement.update(|arrangement| arrangement.add_group(&name))))}
            </fieldset>
        </div>
        {done(frame)}
    };
    framed(frame, said!(list.options), body.client_only())
}

/// Buttons without a place under the list, and the link of people with a role. This dialog closes first, and gives the focus back before the
/// next dialog takes it.
fn other_actions(frame: DialogRef) -> Vec<ErasedView> {
    let session = use_session();
    let action = |word: TextBinding, go: fn(Session)| {
        let chosen = move |_| {
            dialog::close(frame);
            dom::after_paint(move || go(session));
        };
        button_of("small", word, handler(chosen)).client_only()
    };
    let actions = [
        action(said!(groups.find), Session::open_group_search),
        action(said!(talk.kept), open_kept_messages),
        action(said!(keys.title), |session| session.list_dialog.set(ListDialog::Keys)),
    ];
    actions.into_iter().chain(review_link(Some("small"))).collect()
}

/// Row of a group: its name, which can be changed, its position, and its deletion.
fn group_row(arrangement: RwSignal<Arrangement>, name: String) -> ErasedView {
    let (renamed, said, shown) = (name.clone(), name.clone(), name.clone());
    let rename = move |event: ev::Event| {
        let name = dom::held(&event, CONTACT_GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX);
        arrangement.update(|arrangement| arrangement.rename_group(&renamed, name.trim()));
    };
    let buttons = row_buttons(&name, Signal::stored(name.clone()), Arrangement::move_group, Arrangement::remove_group);
    view! {
        <li class="setting-row">
            <input
                class="field"
                dir="auto"
                aria-label=said!(home.name_of_group, name = &said)
                autocomplete="off"
                prop:value=shown
                on:change=handler(rename)
            />
            {buttons}
        </li>
    }
    .client_only()
}

fn new_group(made: Box<dyn Fn(String) + Send>) -> ErasedView {
    let limits = (CONTACT_GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX);
    new_row(|| said!(dialogs.new_contact_group), limits, made)
}

#[component]
fn Arrange(person: PersonRef) -> impl IntoView {
    let session = use_session();
    let arrangement = session.arrangement;
    let frame = DialogRef::new();
    let PersonRef { id, name } = person;
    let (liked, favoured, member, put) = (id.clone(), id.clone(), id.clone(), id.clone());
    let (named, called) = (id.clone(), id.clone());
    let own_name =
        untrack(|| session.roster.person(&id)).map(|person| person.with_untracked(|one| one.own_name.clone()));
    let call = move |event: ev::Event| {
        let nickname = dom::held(&event, NAME_GRAPHEMES_MAX, NAME_BYTES_MAX);
        arrangement.update(|arrangement| arrangement.call(&called, nickname.trim()));
    };
    let is_favourite = move || arrangement.with(|arrangement| arrangement.favourites.contains(&liked));
    let groups =
        list_of(move || group_names(arrangement), move |group| group_choice(arrangement, member.clone(), group));
    let made = move |name: String| {
        if !name.is_empty() {
            arrangement.update(|arrangement| arrangement.put_into(&put, &name, true));
            session.roster.welcome(&put);
        }
    };
    let favour = move |_| {
        arrangement.update(|arrangement| arrangement.favour(&favoured));
        session.roster.welcome(&favoured);
    };
    // Other conversations change the arrangement too, and must not replace the text that is being typed.
    let nickname = move || session.roster.name_of(&named, "");
    let body = view! {
        <div class="dialog-body">
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=switch(is_favourite)
                    on:change=handler(favour)
                />
                {said!(dialogs.favourite)}
            </label>
            <div class="setting-row">
                <label class="label" for="nickname">{said!(home.nickname)}</label>
                <input
                    class="field"
                    id="nickname"
                    dir="auto"
                    autocomplete="off"
                    placeholder=own_name.unwrap_or_default()
                    prop:value=text(nickname)
                    on:change=handler(call)
                />
            </div>
            <fieldset class="setting" aria-label=said!(dialogs.contact_groups)>
                <legend>{said!(dialogs.contact_groups)}</legend>
                <div class="choices">{groups}</div>
                {new_group(Box::new(made))}
            </fieldset>
        </div>
        {done(frame)}
    };
    framed(frame, text(move || name.clone()), body.client_only())
}

fn group_choice(arrangement: RwSignal<Arrangement>, user: String, group: String) -> ErasedView {
    let roster = use_session().roster;
    let (member, own, chosen) = (user.clone(), group.clone(), group.clone());
    let is_in = move || arrangement.with(|arrangement| arrangement.is_in(&member, &own));
    let choose = move |event: ev::Event| {
        arrangement.update(|arrangement| arrangement.put_into(&user, &chosen, event_target_checked(&event)));
        roster.welcome(&user);
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=switch(is_in) on:change=handler(choose) />
            {group}
        </label>
    }
    .client_only()
}

fn radios(label: TextBinding, choices: Vec<ErasedView>) -> ErasedView {
    view! {
        <fieldset class="setting">
            <legend>{label}</legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
    .client_only()
}

/// Status with a text, which may end by itself.
#[component]
fn Until() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let status = RwSignal::new(session.me.with_untracked(|me| me.status));
    let (words, end) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let choices = Status::ALL.map(|one| {
        let word = text(move || status_word(i18n, one.as_str()));
        radio("until-status", word, Box::new(move || status.get() == one), handler(move |_| status.set(one)))
    });
    let write = move |event: ev::Event| {
        words.set(dom::held(&event, PERSONAL_MESSAGE_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX));
    };
    let submit = move || {
        // A field of time is empty or has a complete time, because the browser refuses an incomplete one.
        let until = clock::next_at(&end.get_untracked());
        let (status, words) = (status.get_untracked(), words.get_untracked());
        session.run(move |state| state.set_status_saying(status, words, until));
        dialog::close(frame);
    };
    let body = view! {
        <form on:submit=submit_handler(submit)>
            <div class="dialog-body">
                {radios(said!(sign_in.status), Vec::from(choices))}
                <div class="setting-row">
                    <label class="label" for="status-words">{said!(dialogs.status_words)}</label>
                    <input
                        class="field"
                        id="status-words"
                        dir="auto"
                        autocomplete="off"
                        on:input=handler(write)
                    />
                </div>
                <div class="setting-row">
                    <label class="label" for="until">{said!(dialogs.until)}</label>
                    <input
                        class="field"
                        id="until"
                        type="time"
                        on:input=handler(move |event| end.set(event_target_value(&event)))
                    />
                </div>
                <p class="setting-note">{said!(dialogs.status_end)}</p>
                {when(move || session.arrangement.with(|all| !all.messages.is_empty()), move || messages(frame))}
            </div>
            <div class="dialog-foot">
                <button class="btn" type="submit" data-kind="default">
                    {said!(settings.done)}
                </button>
            </div>
        </form>
    };
    framed(frame, said!(identity.my_status), body.client_only())
}

/// Returns the names of the person's own groups of contacts. Reactive.
fn group_names(arrangement: RwSignal<Arrangement>) -> Vec<String> {
    arrangement.with(|arrangement| arrangement.groups.iter().map(|group| group.name.clone()).collect())
}

/// Earlier personal messages, to choose again.
fn messages(frame: DialogRef) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let row = move |message: String| {
        let said = message.clone();
        let again = move |_| {
            let said = said.clone();
            session.run(move |state| state.set_personal_message(said));
            dialog::close(frame);
        };
        let words = short_text(i18n, &message);
        view! {
            <li>
                <button class="btn" type="button" on:click=handler(again)><span class="clip">{words}</span></button>
            </li>
        }
        .client_only()
    };
    let messages = move || session.arrangement.with(|all| all.messages.clone());
    view! {
        <fieldset class="setting">
            <legend>{said!(dialogs.messages)}</legend>
            <ul class="found jump" aria-label=said!(dialogs.messages)>{list_of(messages, row)}</ul>
        </fieldset>
    }
    .client_only()
}

fn sort_word(i18n: Texts, sort: Sort) -> &'static str {
    match sort {
        Sort::Status => t_string!(i18n, sign_in.status),
        Sort::Name => t_string!(i18n, dialogs.name),
        Sort::Recent => t_string!(i18n, dialogs.by_recent),
    }
}

fn density_word(i18n: Texts, density: Density) -> &'static str {
    match density {
        Density::Compact => t_string!(i18n, dialogs.compact),
        Density::Cosy => t_string!(i18n, dialogs.cosy),
        Density::Large => t_string!(i18n, dialogs.large),
    }
}

/// Asks before a guest signs out: nobody can sign in again as this guest, so the conversations are lost.
fn guest_sign_out() -> ErasedView {
    let session = use_session();
    let frame = DialogRef::new();
    let submit = move || {
        dialog::close(frame);
        session.run(State::sign_out);
    };
    let body = view! {
        <form on:submit=submit_handler(submit)>
            <div class="dialog-body"><p>{said!(upgrade.leaving)}</p></div>
            {submit_or_cancel(frame, said!(identity.sign_out))}
        </form>
    };
    framed(frame, said!(identity.sign_out), body.client_only())
}
