//! Moderation on `/admin` (`moderation.md` 1 and 4): roles of accounts, and objections that nobody has answered.

use protocol::words::limits::EMAIL_BYTES_MAX;

use super::OwnerForm;
use super::content::{NamedPerson, OpenObjection, People, RoleForm, Staff};
use super::elements::{FormChoice, FormText, Table, Time, options, person, refusal};
use crate::pages::document::{Notice, words_about};
use crate::prelude::*;

/// Roles and open objections, in the section of people.
#[component]
pub fn Moderation(
    t: ServerTexts,
    csrf: String,
    staff: Staff,
    people: People,
    role_form: RoleForm,
    /// Notice about a role that was just given or taken.
    done_role: Option<ErasedView>,
    /// Notice about an objection that was just answered.
    done_objection: Option<ErasedView>,
) -> impl IntoView {
    let Staff { roles, objections } = staff;
    let (named, wrong) = (people.clone(), role_form.is_unknown.then_some("roles"));
    let role = move |(user, role): (String, &'static str)| {
        let words = if role == "owner" { t_string!(t, moderation.owner) } else { t_string!(t, moderation.moderator) };
        view! {
            <tr>
                <th scope="row">{person(named.of(&user))}</th>
                <td>{words}</td>
            </tr>
        }
    };
    let roles = if roles.is_empty() {
        view! { <p>{t_string!(t, moderation.no_roles)}</p> }.erase()
    } else {
        let heads = vec![t_string!(t, moderation.who), t_string!(t, moderation.role)];
        view! { <Table heads>{roles.into_iter().map(role).collect::<Vec<_>>()}</Table> }.erase()
    };
    let own_csrf = csrf.clone();
    let none = objections.is_empty().then(|| view! { <p>{t_string!(t, moderation.no_objections)}</p> });
    let objections = objections.into_iter().map(|objection| {
        let (csrf, people) = (csrf.clone(), people.clone());
        view! { <Objection t csrf objection people /> }.erase()
    });
    view! {
        <h3 id=wrong.is_none().then_some("roles")>{t_string!(t, moderation.roles)}</h3>
        {done_role}
        {roles}
        <Roles t csrf=own_csrf role_form people=people.clone() wrong />
        <h3 id="objections">{t_string!(t, moderation.objections)}</h3>
        {done_objection}
        {none}
        {objections.collect::<Vec<_>>()}
    }
}

/// Form that gives and takes roles, and the people from whom the operator chooses after a name.
#[component]
fn Roles(
    t: ServerTexts,
    csrf: String,
    role_form: RoleForm,
    people: People,
    /// Id of the field, if it names nobody.
    wrong: Option<&'static str>,
) -> impl IntoView {
    let RoleForm { typed, role, choices, is_unknown } = role_form;
    let roles = [
        ("moderator", t_string!(t, moderation.moderator)),
        ("owner", t_string!(t, moderation.owner)),
        ("", t_string!(t, moderation.no_role)),
    ];
    // A form that was not sent begins with the first role.
    let is_sent = is_unknown || !choices.is_empty();
    let roles = options(roles, is_sent.then_some(role.as_str()));
    let choices = choices.iter().map(|user| {
        let (csrf, role, found) = (csrf.clone(), role.clone(), people.of(user));
        view! { <RoleChoice csrf role found /> }.erase()
    });
    let choices: Vec<ErasedView> = choices.collect();
    // The address `/admin?role=<id>` names the person by the id alone (`moderation.md` 1).
    let named = people.known(&typed).map(|found| view! { <p>{person(found)}</p> });
    let choices = (!choices.is_empty()).then(|| {
        view! {
            <Notice kind="note">{t_string!(t, moderation.choose)}</Notice>
            <div class="admin-search">{choices}</div>
        }
    });
    view! {
        {named}
        <form method="post" action="/admin#roles" class="admin-search">
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="do" value="role" />
            <FormText
                label=t_string!(t, moderation.account)
                name="user"
                value=typed
                maxlength=EMAIL_BYTES_MAX
                wrong
            />
            <FormChoice label=t_string!(t, moderation.role) name="role" options=roles />
            <button class="btn">{t_string!(t, moderation.set_role)}</button>
        </form>
        {refusal(wrong, t_string!(t, moderation.no_account))}
        {choices}
    }
}

/// Button that gives the chosen role to a person.
#[component]
fn RoleChoice(csrf: String, role: String, found: NamedPerson) -> impl IntoView {
    let id = found.id.clone();
    view! {
        <OwnerForm action="role" place="#roles" csrf>
            <input type="hidden" name="user" value=id />
            <input type="hidden" name="role" value=role />
            <button class="btn">{person(found)}</button>
        </OwnerForm>
    }
}

#[component]
fn Objection(t: ServerTexts, csrf: String, objection: OpenObjection, people: People) -> impl IntoView {
    let OpenObjection { at, act, user, kind, reason, text } = objection;
    let user = people.of(&user);
    let buttons = [("lift", t_string!(t, moderation.lift)), ("keep", t_string!(t, moderation.keep))];
    let buttons = buttons.map(|(action, words)| {
        let (csrf, act, whose) = (csrf.clone(), act.clone(), user.words());
        let of_user = user.id.clone();
        view! {
            <OwnerForm action place="#objections" csrf>
                <input type="hidden" name="act" value=act />
                <input type="hidden" name="user" value=of_user />
                <button class="btn">{words_about(words, &whose)}</button>
            </OwnerForm>
        }
        .erase()
    });
    view! {
        <section>
            <h4>{person(user)}</h4>
            <p>
                <Time at />
                {format!(" · {}", t_string!(t, conversation.named, name = act_words(t, &kind), words = reason))}
            </p>
            <p>{text}</p>
            <div class="admin-search">{buttons.into_iter().collect::<Vec<_>>()}</div>
        </section>
    }
}

/// Returns the words for a kind of act on somebody else.
fn act_words(t: ServerTexts, kind: &str) -> &'static str {
    match kind {
        "remove" => t_string!(t, moderation.act_remove),
        "mute" => t_string!(t, moderation.act_mute),
        "unmute" => t_string!(t, moderation.act_unmute),
        "ban" => t_string!(t, moderation.act_ban),
        _ => t_string!(t, moderation.act_unban),
    }
}
