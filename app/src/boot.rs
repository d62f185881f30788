//! State that server and browser share for the first rendering of a page.
//!
//! The server fills it once (`api::boot`), and the browser reads it from the document. Both render the same, so nothing flickers.

use protocol::people::moderation::DeploymentRole;
use protocol::words::event::Millis;
use protocol::words::limits::OperatorLimits;
use protocol::words::principal::UserKind;
use protocol::words::rate::Rules;
use protocol::words::status::Status;
use serde::{Deserialize, Serialize};

use crate::appearance::Appearance;

protocol::record! {
    /// Person who is signed in.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct BootUser {
        pub id: String = "id",
        pub kind: UserKind = "kind",
        pub display_name: String = "displayName",
        pub avatar_id: String = "avatarId",
        /// Empty when there is none.
        pub personal_message: String = "personalMessage",
        /// The status the person chose.
        pub status: Status = "status",
        /// Role of an account in this deployment (`moderation.md` 2.3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<DeploymentRole> = "role",
        /// End of a mute by a moderator that is in force, by the server's clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub muted_until: Option<Millis> = "mutedUntil",
    }
}

impl BootUser {
    /// Returns `true` for an account: guests and personas have less, and may become one while the page is open (`account.md` 10).
    pub fn is_account(&self) -> bool {
        self.kind == UserKind::User
    }
}

protocol::record! {
    /// Person of the contact list, or persona of the sign-in page.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct BootPerson {
        pub id: String = "id",
        /// Persona, guest or bot.
        pub kind: UserKind = "kind",
        pub display_name: String = "displayName",
        pub avatar_id: String = "avatarId",
        /// Empty when there is none.
        pub personal_message: String = "personalMessage",
        /// Wire status as others see it: the first six, or `offline`.
        pub status: String = "status",
        /// When the status began; 0 if unknown.
        pub since: Millis = "since",
        /// Number of unread messages of the person in the inbox.
        #[serde(default)]
        pub unread: u32 = "unread" or 0,
    }
}

protocol::record! {
    /// A room of the contact list.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct BootRoom {
        pub id: String = "id",
        pub name: String = "name",
        #[serde(default)]
        pub unread: u32 = "unread" or 0,
    }
}

protocol::record! {
    /// Limits of the deployment that the page follows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct PageLimits {
        /// Time in which a message can be edited.
        pub edit_window_ms: Millis = "editWindowMs",
        /// Time in which a message can be deleted for everybody.
        pub delete_window_ms: Millis = "deleteWindowMs",
        /// Longest window in which nudges are counted, and so the longest wait for the next nudge.
        pub nudge_window_ms: Millis = "nudgeWindowMs",
        /// Time for which a released handle is reserved.
        pub handle_free_ms: Millis = "handleFreeMs",
        /// Time in which a sign-in takes the deletion of an account back.
        pub account_undo_ms: Millis = "accountUndoMs" or OperatorLimits::DEFAULT.account_undo_ms,
    }
}

impl PageLimits {
    /// Returns the limits of a deployment with these settings.
    pub fn of(limits: &OperatorLimits, rules: &Rules) -> Self {
        let OperatorLimits { edit_window_ms, delete_window_ms, handle_free_ms, account_undo_ms, .. } = *limits;
        let nudge_window_ms = rules.nudge.longest_ms();
        Self { edit_window_ms, delete_window_ms, nudge_window_ms, handle_free_ms, account_undo_ms }
    }
}

/// Limits of a deployment that sets no variable.
impl Default for PageLimits {
    fn default() -> Self {
        Self::of(&OperatorLimits::DEFAULT, &Rules::default())
    }
}

protocol::record! {
    /// State that a page starts from.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Boot {
        /// Signed-in person. Without one, the messenger page redirects to `/sign-in`.
        pub user: Option<BootUser> = "user",
        /// The session's CSRF token; empty without a session.
        pub csrf: String = "csrf",
        /// Time at which the session ends unless it is extended; 0 without a session.
        pub expires_at: Millis = "expiresAt",
        /// Personas with their present status, then other visible people (partners of stored conversations).
        pub people: Vec<BootPerson> = "people",
        /// Public rooms.
        pub rooms: Vec<BootRoom> = "rooms",
        pub server_time: Millis = "serverTime",
        /// `ENV=dev`: without a site key the sign-in form sends the token `dev`.
        pub env_dev: bool = "envDev",
        pub turnstile_site_key: Option<String> = "turnstileSiteKey",
        /// The person has no contacts.
        #[serde(default)]
        pub is_alone: bool = "isAlone" or false,
        /// The browser is remembered, so it can begin a new session by itself.
        #[serde(default)]
        pub is_remembered: bool = "isRemembered" or false,
        /// Time for which the browser keeps the session's cookie.
        #[serde(default)]
        pub cookie_ms: Millis = "cookieMs" or 0,
        #[serde(default)]
        pub limits: PageLimits = "limits" or PageLimits::default(),
        /// Path of the invite by which the person came; empty without one. It is given once.
        #[serde(default)]
        pub invite: String = "invite" or String::new(),
        /// Quiet hours and previews that the person has chosen (`store::push::Choices`), as JSON that a lazy part of the page reads.
        #[serde(rename = "told", default)]
        pub notification_choices: String = "told" or String::new(),
        /// Time at which a sign-in took the deletion of the account back; 0 if none did.
        #[serde(default)]
        pub restored_at: Millis = "restoredAt" or 0,
        /// Appearance that this device wants for its pages (cookie `cfm-look`).
        #[serde(rename = "look")]
        pub appearance: Appearance = "look",
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;
    use protocol::words::rate::Rule;

    use super::*;

    #[test]
    fn the_page_reads_what_the_server_functions_write() {
        let user = BootUser {
            id: "u".to_owned(),
            kind: UserKind::Guest,
            display_name: "Mia".to_owned(),
            avatar_id: "a".to_owned(),
            personal_message: String::new(),
            status: Status::BeRightBack,
            role: Some(DeploymentRole::Moderator),
            muted_until: Some(8),
        };
        let person = BootPerson {
            id: "p".to_owned(),
            kind: UserKind::Persona,
            display_name: "Jonas".to_owned(),
            avatar_id: "b".to_owned(),
            personal_message: "hi".to_owned(),
            status: "offline".to_owned(),
            since: 7,
            unread: 2,
        };
        let boot = Boot {
            user: Some(user),
            csrf: "c".to_owned(),
            expires_at: 1,
            people: vec![person],
            rooms: vec![BootRoom { id: "general".to_owned(), name: "General".to_owned(), unread: 0 }],
            server_time: 3,
            env_dev: true,
            turnstile_site_key: None,
            appearance: Appearance { text_percent: Some(120), ..Appearance::default() },
            is_alone: true,
            is_remembered: true,
            cookie_ms: 9,
            limits: PageLimits {
                edit_window_ms: 1,
                delete_window_ms: 2,
                nudge_window_ms: 3,
                handle_free_ms: 4,
                account_undo_ms: 5,
            },
            invite: "/i/x".to_owned(),
            notification_choices: "{}".to_owned(),
            restored_at: 6,
        };
        let text = serde_json::to_string(&boot).unwrap();
        assert_eq!(json::read(&text).as_ref(), Some(&boot));
        assert_eq!(json::read(&json::write(&boot)).as_ref(), Some(&boot));
        // A boot that an earlier release stored has no limits.
        let mut stored = serde_json::to_value(&boot).unwrap();
        stored.as_object_mut().unwrap().remove("limits");
        let limits = json::read::<Boot>(&stored.to_string()).map(|boot| boot.limits);
        assert_eq!(limits, Some(PageLimits::default()));
    }

    #[test]
    fn the_limits_of_the_page_are_those_of_the_deployment() {
        let limits = OperatorLimits { edit_window_ms: 5_000, ..OperatorLimits::DEFAULT };
        let rules = Rules { nudge: Rule::parse("1/5,4/60").unwrap(), ..Rules::default() };
        let expected = PageLimits { edit_window_ms: 5_000, nudge_window_ms: 60_000, ..PageLimits::default() };
        assert_eq!(PageLimits::of(&limits, &rules), expected);
    }
}
