//! Actions on a person: add or remove, appear offline, block or unblock, report, and for people with a role moderate; owners also make
//! moderators.

use leptos::prelude::*;
use protocol::people::contacts::Relation;
use protocol::people::moderation::DeploymentRole;
use protocol::words::principal::UserKind;

use crate::i18n::{t_string, use_i18n};
use crate::session::{State, use_session};
use crate::store::arrangement::ListDialog;
use crate::store::moderation::ModerationSubject;
use crate::store::relations::PersonRef;
use crate::store::roster::is_bot;
use crate::store::toasts::News;
use crate::ui::icon::icon;
use crate::ui::popover::Popover;
use crate::view::bindings::{aria_bool, choice, handler, text};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

/// Button with a menu for `person`.
#[component]
pub fn PersonMenu(id: String, name: Signal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let menu = Popover::new("[role=menuitem]");
    let label = move || t_string!(i18n, contacts.options, name = name.get());
    let id = StoredValue::new(id);
    let button = view! {
        <button
            class="icon-btn"
            type="button"
            aria-haspopup="menu"
            aria-expanded=aria_bool(move || menu.is_open.get())
            aria-label=text(label)
            title=text(label)
            on:click=handler(move |_| menu.toggle())
        >
            {icon("ic-more", "16")}
        </button>
    };
    menu.anchored(button.client_only(), move || load_view(move || person_items(menu, id, name)))
}

lazy_view! {
    dialogs:
    /// Menu that opens at the button.
    pub fn person_items(menu: Popover, id: StoredValue<String>, name: Signal<String>) {
        let i18n = use_i18n();
        let label = text(move || t_string!(i18n, contacts.options, name = name.get()));
        menu.focus_items();
        view! {
            <div class="menu" role="menu" aria-label=label>
                {card_item(menu, id)} {relation_item(menu, id, name)} {arrange_item(menu, id, name)} {invite_item(menu, id, name)}
                {hide_item(menu, id, name)} {block_item(menu, id, name)} {report_item(menu, id, name)} {moderate_item(menu, id, name)}
                {role_item(menu, id, name)}
            </div>
        }
        .client_only()
    }
}

fn relation_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let relation = move || session.relations.relation(&id.get_value());
    let word = move || match relation() {
        Relation::Stranger => t_string!(i18n, dialogs.add_to),
        Relation::Requested => t_string!(i18n, dialogs.withdraw),
        Relation::Request => t_string!(i18n, dialogs.accept_request),
        Relation::Contact => t_string!(i18n, dialogs.remove_from),
    };
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let remove = move |news: News| {
        let person = person();
        session.run(move |state| state.remove_contact(&person, Some(news)));
    };
    let choose = move || match untrack(relation) {
        Relation::Stranger => session.add_contact(Some(person())),
        Relation::Request => session.run_for(&id.get_value(), move |state, user| state.answer_contact(user, true)),
        Relation::Requested => remove(News::Withdrawn),
        Relation::Contact => remove(News::RemovedContact),
    };
    let sign = match untrack(relation) {
        Relation::Stranger | Relation::Request => "ic-plus",
        Relation::Requested | Relation::Contact => "ic-close",
    };
    item(menu, sign, Box::new(move || word().to_owned()), Box::new(choose))
}

/// The card is known only for people in the list.
fn card_item(menu: Popover, id: StoredValue<String>) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let choose = move || session.home.asked_card.set(Some(id.get_value()));
    let is_known = untrack(|| session.roster.person(&id.get_value())).is_some();
    is_known.then(|| item(menu, "ic-info", Box::new(move || t_string!(i18n, home.card).to_owned()), Box::new(choose)))
}

fn arrange_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let choose = move || session.list_dialog.set(ListDialog::Person(person()));
    item(menu, "ic-spark", Box::new(move || t_string!(i18n, dialogs.arrange).to_owned()), Box::new(choose))
}

/// Guests cannot make groups.
fn invite_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let choose = move || session.new_group_with(Some(person()));
    let may_invite = session.me.with_untracked(|me| me.kind != UserKind::Guest);
    let word = move || t_string!(i18n, dialogs.new_with, name = name.get());
    may_invite.then(|| item(menu, "ic-plus", Box::new(word), Box::new(choose)))
}

/// Accounts can appear offline to single people (`presence.md` 2.7), but not to programs, which see no status.
fn hide_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let is_hidden = move || session.relations.is_hidden_from(&id.get_value());
    let word = move || match is_hidden() {
        true => t_string!(i18n, hiding.show_to, name = name.get()),
        false => t_string!(i18n, hiding.hide_from, name = name.get()),
    };
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let choose = move || session.run(move |state| state.hide_from(person(), !untrack(is_hidden)));
    let is_account = session.is_account();
    (is_account && !is_bot(&id.get_value())).then(|| item(menu, "ic-hide", Box::new(word), Box::new(choose)))
}

fn block_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_blocked = move || session.relations.is_blocked(&id.get_value());
    let word = move || {
        let word = if is_blocked() { t_string!(i18n, dialogs.unblock) } else { t_string!(i18n, dialogs.block) };
        word.to_owned()
    };
    let choose = move || {
        let (person, blocks) = (PersonRef { id: id.get_value(), name: name.get_untracked() }, !untrack(is_blocked));
        session.run(move |state| state.block(&person, blocks));
    };
    item(menu, "ic-block", Box::new(word), Box::new(choose))
}

fn report_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let choose = move || session.report_person(person());
    item(menu, "ic-warn", Box::new(move || t_string!(i18n, dialogs.report).to_owned()), Box::new(choose))
}

/// Entry for people with a role (`ux.md` 2.14).
fn moderate_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
    let choose = move || session.moderate(ModerationSubject::Person(person()));
    let is_offered = id.with_value(|id| session.may_moderate(id));
    is_offered.then(|| {
        item(menu, "ic-lock", Box::new(move || t_string!(i18n, moderate.open_dialog).to_owned()), Box::new(choose))
    })
}

/// Entry of owners (`moderation.md` 1). Who has a role is asked when the menu opens; other owners are named on `/admin` alone.
fn role_item(menu: Popover, id: StoredValue<String>, name: Signal<String>) -> Option<ErasedView> {
    let (session, i18n) = (use_session(), use_i18n());
    if !id.with_value(|id| session.may_make_moderator(id)) {
        return None;
    }
    session.run(State::load_standing);
    let role = Memo::new(move |_| session.standing.with(|standing| id.with_value(|id| standing.role_of(id))));
    Some(choice(move || {
        let is_moderator = match role.get() {
            Some(DeploymentRole::Owner) => return ().erase(),
            role => role.is_some(),
        };
        let word = move || match is_moderator {
            true => t_string!(i18n, moderate.end_moderator).to_owned(),
            false => t_string!(i18n, moderate.make_moderator).to_owned(),
        };
        let person = move || PersonRef { id: id.get_value(), name: name.get_untracked() };
        let choose = move || session.make_moderator(person(), !is_moderator);
        item(menu, "ic-lock", Box::new(word), Box::new(choose))
    }))
}

/// Renders an entry: its icon, its words, and its act.
pub(super) fn item(
    menu: Popover,
    sign: &'static str,
    word: Box<dyn FnMut() -> String + Send>,
    choose: Box<dyn Fn() + Send>,
) -> ErasedView {
    let clicked = move |_| {
        menu.close();
        choose();
    };
    view! {
        <button class="menu-item" type="button" role="menuitem" tabindex="-1" on:click=handler(clicked)>
            {icon(sign, "16")} {word}
        </button>
    }
    .client_only()
}
