//! Words for the actions of the audit log (`leaving.md` 4.2). Rows, the search and the API keep the stored names.

use crate::i18n::{Locale, ServerTexts, names};

/// Names of all actions in the order of the specification, for the search.
pub const ACTIONS: [&str; 70] = [
    "login",
    "logout",
    "register",
    "refresh-reuse",
    "passkey-add",
    "passkey-rename",
    "passkey-remove",
    "passkey-clone",
    "email_verify",
    "password_forgot",
    "password_reset",
    "password_change",
    "sessions_end",
    "second_factor",
    "second_factor_end",
    "email_change",
    "email_undo",
    "recovery_codes",
    "recover",
    "upgrade",
    "recovery_link",
    "export",
    "delete_request",
    "delete_cancel",
    "delete",
    "room_create",
    "room_delete",
    "member_add",
    "member_remove",
    "role",
    "message_delete",
    "bot_add",
    "bot_change",
    "bot_remove",
    "bot_webhook_off",
    "integration_add",
    "integration_remove",
    "embed_on",
    "embed_off",
    "block",
    "unblock",
    "report",
    "rate_limit_close",
    "moderation_remove",
    "moderation_mute",
    "moderation_unmute",
    "moderation_ban",
    "moderation_unban",
    "moderation_slow",
    "moderation_close",
    "moderation_open",
    "moderation_objection",
    "moderation_answer",
    "moderation_publish",
    "moderation_drop",
    "writing_rule_set",
    "writing_rule_remove",
    "first_message",
    "report_view",
    "report_answer",
    "role_give",
    "role_take",
    "flag_on",
    "flag_off",
    "flag_set",
    "flag_default",
    "admin_login",
    "admin_logout",
    "rebuild",
    "hook-disabled",
];

/// Returns the words for an action. An action without words, of another version, is shown by its name.
pub fn act_words(t: ServerTexts, action: &str) -> &str {
    // Names of texts have no hyphen.
    names::audit_acts::find(&action.replace('-', "_")).map_or(action, |text| t.plain(text))
}

/// Returns the actions that a typed text means: the one with this name, else those whose name or words contain it, else the text itself.
pub fn sought_actions(locale: Locale, typed: &str) -> Vec<String> {
    let (t, word) = (ServerTexts(locale), typed.to_lowercase());
    let is_meant = |action: &&str| action.contains(&word) || act_words(t, action).to_lowercase().contains(&word);
    let meant: Vec<String> = match ACTIONS.contains(&typed) {
        true => Vec::new(),
        false => ACTIONS.into_iter().filter(is_meant).map(str::to_owned).collect(),
    };
    if meant.is_empty() { vec![typed.to_owned()] } else { meant }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the actions of the table in the specification. `_mute` stands for an action with the beginning of the one before.
    fn specified() -> Vec<String> {
        let text = include_str!("../../../../docs/spec/leaving.md");
        let section = text.split("### 4.2 ").nth(1).and_then(|rest| rest.split("\n### ").next()).unwrap();
        let mut actions: Vec<String> = Vec::new();
        for cell in section.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next()) {
            for name in cell.split('`').step_by(2).filter(|name| *name != "action") {
                let begin = actions.last().and_then(|last| last.split('_').next()).unwrap_or_default();
                actions.push(if name.starts_with('_') { format!("{begin}{name}") } else { name.to_owned() });
            }
        }
        actions
    }

    #[test]
    fn every_action_of_the_specification_has_words_in_every_language_and_no_other_has() {
        assert_eq!(specified(), ACTIONS);
        for locale in Locale::ALL {
            for action in ACTIONS {
                let words = act_words(ServerTexts(locale), action);
                assert!(!words.is_empty() && words != action, "{action} in {}", locale.as_str());
            }
            assert_eq!(act_words(ServerTexts(locale), "of_a_later_version"), "of_a_later_version");
        }
    }

    #[test]
    fn an_action_is_sought_by_its_name_or_by_the_words_that_are_shown() {
        let sought = |typed| sought_actions(Locale::En, typed);
        assert_eq!(
            (sought("block"), sought("Person banned")),
            (vec!["block".to_owned()], vec!["moderation_ban".to_owned()])
        );
        assert_eq!(sought("ban"), ["moderation_ban", "moderation_unban"]);
        assert_eq!(sought("of_a_later_version"), ["of_a_later_version"]);
    }

    #[test]
    fn no_two_actions_have_the_same_words() {
        for locale in Locale::ALL {
            let mut words = ACTIONS.map(|action| act_words(ServerTexts(locale), action));
            words.sort_unstable();
            for pair in words.windows(2) {
                assert_ne!(pair[0], pair[1], "{}", locale.as_str());
            }
        }
    }
}
