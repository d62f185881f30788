//! Actions on a person: add or remove, appear offline, block or unblock, report, and for people with a role moderate; owners also make
//! moderators.

use protocol::people::contacts::Relation;
use protocol::people::moderation::DeploymentRole;
use protocol::words::principal::UserKind;

use crate::store::arrangement::ListDialog;
use crate::store::moderation::ModerationSubject;
use crate::store::relations::PersonRef;
use crate::store::roster::is_bot;
use crate::store::toasts::News;
use crate::ui::prelude::*;

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
    pub fn person_items(menu: Popover, id: StoredValue<String>, name: Signal<String>) {
        let person = MenuPerson { session: use_session(), i18n: use_i18n(), menu, id, name };
        let label = text(move || t_string!(person.i18n, contacts.options, name = name.get()));
        menu.focus_items();
        view! {
            <div class="menu" role="menu" aria-label=label>
                {person.card_item()} {person.relation_item()} {person.arrange_item()} {person.invite_item()}
                {person.hide_item()} {person.block_item()} {person.report_item()} {person.moderate_item()}
                {person.role_item()}
            </div>
        }
        .client_only()
    }
}

/// Person of a menu. Copy it into every closure.
#[derive(Clone, Copy)]
struct MenuPerson {
    session: Session,
    i18n: Texts,
    menu: Popover,
    id: StoredValue<String>,
    name: Signal<String>,
}

impl MenuPerson {
    fn person(self) -> PersonRef {
        PersonRef { id: self.id.get_value(), name: self.name.get_untracked() }
    }

    fn relation_item(self) -> ErasedView {
        let Self { session, i18n, id, .. } = self;
        let relation = move || session.relations.relation(&id.get_value());
        let word = move || match relation() {
            Relation::Stranger => t_string!(i18n, dialogs.add_to),
            Relation::Requested => t_string!(i18n, dialogs.withdraw),
            Relation::Request => t_string!(i18n, dialogs.accept_request),
            Relation::Contact => t_string!(i18n, dialogs.remove_from),
        };
        let remove = move |news: News| {
            let person = self.person();
            session.run(move |state| state.remove_contact(&person, Some(news)));
        };
        let choose = move || match untrack(relation) {
            Relation::Stranger => session.add_contact(Some(self.person())),
            Relation::Request => session.run_for(&id.get_value(), move |state, user| state.answer_contact(user, true)),
            Relation::Requested => remove(News::Withdrawn),
            Relation::Contact => remove(News::RemovedContact),
        };
        let sign = match untrack(relation) {
            Relation::Stranger | Relation::Request => "ic-plus",
            Relation::Requested | Relation::Contact => "ic-close",
        };
        self.menu.item(sign, text(word), choose)
    }

    /// The card is known only for people in the list.
    fn card_item(self) -> Option<ErasedView> {
        let Self { session, id, .. } = self;
        let choose = move || session.home.asked_card.set(Some(id.get_value()));
        let is_known = untrack(|| session.roster.person(&id.get_value())).is_some();
        is_known.then(|| self.menu.item("ic-info", said!(home.card), choose))
    }

    fn arrange_item(self) -> ErasedView {
        let choose = move || self.session.list_dialog.set(ListDialog::Person(self.person()));
        self.menu.item("ic-spark", said!(dialogs.arrange), choose)
    }

    /// Guests cannot make groups.
    fn invite_item(self) -> Option<ErasedView> {
        let Self { session, i18n, name, .. } = self;
        let may_invite = session.me.with_untracked(|me| me.kind != UserKind::Guest);
        let word = move || t_string!(i18n, dialogs.new_with, name = name.get());
        let choose = move || session.new_group_with(Some(self.person()));
        may_invite.then(|| self.menu.item("ic-plus", text(word), choose))
    }

    /// Accounts can appear offline to single people (`presence.md` 2.7), but not to programs, which see no status.
    fn hide_item(self) -> Option<ErasedView> {
        let Self { session, i18n, id, name, .. } = self;
        let is_hidden = move || session.relations.is_hidden_from(&id.get_value());
        let word = move || match is_hidden() {
            true => t_string!(i18n, hiding.show_to, name = name.get()),
            false => t_string!(i18n, hiding.hide_from, name = name.get()),
        };
        let choose = move || {
            let (person, hides) = (self.person(), !untrack(is_hidden));
            session.run(move |state| state.hide_from(person, hides));
        };
        let may_hide = session.is_account() && !is_bot(&id.get_value());
        may_hide.then(|| self.menu.item("ic-hide", text(word), choose))
    }

    fn block_item(self) -> ErasedView {
        let Self { session, i18n, id, .. } = self;
        let is_blocked = move || session.relations.is_blocked(&id.get_value());
        let word = move || if is_blocked() { t_string!(i18n, dialogs.unblock) } else { t_string!(i18n, dialogs.block) };
        let choose = move || {
            let (person, blocks) = (self.person(), !untrack(is_blocked));
            session.run(move |state| state.block(&person, blocks));
        };
        self.menu.item("ic-block", text(word), choose)
    }

    fn report_item(self) -> ErasedView {
        self.menu.item("ic-warn", said!(dialogs.report), move || self.session.report_person(self.person()))
    }

    /// Entry for people with a role (`ux.md` 2.14).
    fn moderate_item(self) -> Option<ErasedView> {
        let choose = move || self.session.moderate(ModerationSubject::Person(self.person()));
        let is_offered = self.id.with_value(|id| self.session.may_moderate(id));
        is_offered.then(|| self.menu.item("ic-lock", said!(moderate.open_dialog), choose))
    }

    /// Entry of owners (`moderation.md` 1). Who has a role is asked when the menu opens; other owners are named on `/admin` alone.
    fn role_item(self) -> Option<ErasedView> {
        let Self { session, i18n, id, .. } = self;
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
                true => t_string!(i18n, moderate.end_moderator),
                false => t_string!(i18n, moderate.make_moderator),
            };
            self.menu.item("ic-lock", text(word), move || session.make_moderator(self.person(), !is_moderator))
        }))
    }
}
