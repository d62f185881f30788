//! Limits that `GET /api/config` returns (`messenger.md` 12).

use serde_json::{Value, json};

use crate::words::limits::{
    CONTENT_UNITS_MAX, FRAME_BYTES_MAX, GROUP_MEMBERS_MAX, GROUPS_PER_USER_MAX, GUEST_NAME_GRAPHEMES_MAX, JOIN_EVENTS,
    NAME_GRAPHEMES_MAX, OperatorLimits, PAGE_EVENTS_MAX, PASSWORD_BYTES_MAX, PASSWORD_GRAPHEMES_MIN,
    PERSONAL_MESSAGE_GRAPHEMES_MAX, PRINCIPAL_LOG_SOCKETS_MAX, PRINCIPAL_SOCKETS_MAX, REST_BODY_BYTES_MAX, TYPING_MS,
};
use crate::words::rate::Rules;

/// Returns the limits of a deployment that a client needs.
pub fn limits_json(limits: &OperatorLimits, rules: &Rules) -> Value {
    json!({
        "content": CONTENT_UNITS_MAX,
        "frameBytes": FRAME_BYTES_MAX,
        "bodyBytes": REST_BODY_BYTES_MAX,
        "displayName": NAME_GRAPHEMES_MAX,
        "guestName": GUEST_NAME_GRAPHEMES_MAX,
        "personalMessage": PERSONAL_MESSAGE_GRAPHEMES_MAX,
        "joinEvents": JOIN_EVENTS,
        "pageEvents": PAGE_EVENTS_MAX,
        "sessionTtlMs": limits.session_ttl_ms,
        "sessionAgeMs": limits.session_age_ms_max,
        "refreshTtlMs": limits.refresh_ttl_ms,
        "groupMembers": GROUP_MEMBERS_MAX,
        "groupsPerUser": GROUPS_PER_USER_MAX,
        "editWindowMs": limits.edit_window_ms,
        "deleteWindowMs": limits.delete_window_ms,
        "typingTtlMs": TYPING_MS,
        "socketsPerRoom": PRINCIPAL_LOG_SOCKETS_MAX,
        "sockets": PRINCIPAL_SOCKETS_MAX,
        "chat": rules.chat.text(),
        "nudge": rules.nudge.text(),
        "wink": rules.wink.text(),
        "typing": rules.typing.text(),
        "mutate": rules.mutate.text(),
        "packet": rules.packet.text(),
        "history": rules.history.text(),
        "presence": rules.presence.text(),
        "frame": rules.frame.text(),
        "login": rules.login.text(),
        "loginFail": rules.login_fail.text(),
        "register": rules.register.text(),
        // This member once counted bytes. A client that still reads it as bytes refuses no password that the server accepts.
        "passwordBytesMin": PASSWORD_GRAPHEMES_MIN,
        "passwordBytesMax": PASSWORD_BYTES_MAX,
        "rest": rules.rest.text(),
        "aiDaily": limits.bot_calls_max,
        "aiUserDaily": limits.bot_calls_person_max,
    })
}
