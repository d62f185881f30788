//! Notice about the act that an operator has just done: one sentence with the person and the act, in the section of its form. The address to
//! which the form leads names both.

use super::content::{DoneAct, People};
use crate::i18n::isolated;
use crate::pages::document::Notice;
use crate::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DonePlace {
    /// Section of the reports.
    Reports,
    /// Form of the roles.
    Roles,
    /// Open objections.
    Objections,
}

/// Renders the notice, if the act belongs to this place.
pub fn done_notice(t: ServerTexts, done: Option<&DoneAct>, people: &People, place: DonePlace) -> Option<ErasedView> {
    let DoneAct { act, user } = done?;
    let person = people.of(user);
    let name = person.name.unwrap_or(person.id);
    let (at, words) = words_of(t, act, &isolated(&name))?;
    (at == place).then(|| view! { <Notice kind="ok">{words}</Notice> }.erase())
}

fn words_of(t: ServerTexts, act: &str, name: &str) -> Option<(DonePlace, String)> {
    use DonePlace::{Objections, Reports, Roles};
    Some(match act {
        "remove" => (Reports, t_string!(t, reports.done_remove, name = name)),
        "mute-hour" => (Reports, t_string!(t, reports.done_mute_hour, name = name)),
        "mute-day" => (Reports, t_string!(t, reports.done_mute_day, name = name)),
        "ban-week" => (Reports, t_string!(t, reports.done_ban_week, name = name)),
        "dismiss" => (Reports, t_string!(t, reports.done_dismiss, name = name)),
        "role-moderator" => (Roles, t_string!(t, moderation.done_moderator, name = name)),
        "role-owner" => (Roles, t_string!(t, moderation.done_owner, name = name)),
        "role-none" => (Roles, t_string!(t, moderation.done_no_role, name = name)),
        "lift" => (Objections, t_string!(t, moderation.done_lift, name = name)),
        "keep" => (Objections, t_string!(t, moderation.done_keep, name = name)),
        _ => return None,
    })
}
