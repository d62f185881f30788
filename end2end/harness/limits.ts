// Limits of a deployment that sets no variable. A test of `protocol` writes this file (`protocol/tests/laws/limits.rs`).

/** Limits as `/api/config` tells them; a rate is `<count>/<seconds>`, several with commas. */
export const limits = {
  "aiDaily": 10000,
  "aiUserDaily": 50,
  "bodyBytes": 16384,
  "chat": "10/5,60/60",
  "content": 2048,
  "deleteWindowMs": 86400000,
  "displayName": 64,
  "editWindowMs": 900000,
  "frame": "100/10",
  "frameBytes": 16384,
  "groupMembers": 100,
  "groupsPerUser": 200,
  "guestName": 32,
  "history": "20/10",
  "joinEvents": 100,
  "login": "5/10,10/60",
  "loginFail": "10/3600",
  "mutate": "20/10",
  "nudge": "3/10",
  "packet": "5/1",
  "pageEvents": 200,
  "passwordBytesMax": 128,
  "passwordBytesMin": 10,
  "personalMessage": 140,
  "presence": "5/10",
  "refreshTtlMs": 2592000000,
  "register": "5/3600",
  "rest": "120/60",
  "sessionAgeMs": 86400000,
  "sessionTtlMs": 1200000,
  "sockets": 64,
  "socketsPerRoom": 8,
  "typing": "1/1",
  "typingTtlMs": 3000,
  "wink": "1/5,10/60"
} as const;

/** Limits that no variable sets and `/api/config` does not name. */
export const fixed = {
  "hubBodyBytes": 65536,
  "inboxEntries": 1000,
  "reportsDay": 20,
  "socketsPerLog": 1024
} as const;

/** Variables that set a limit: the number without the variable, the smallest and the largest that is taken. */
export const variables = {
  "ACCOUNT_UNDO_S": {
    "default": 604800,
    "max": 3153600000,
    "min": 1
  },
  "AUDIT_DAYS": {
    "default": 180,
    "max": 36500,
    "min": 1
  },
  "BOT_DAILY_LIMIT": {
    "default": 10000,
    "max": 4294967295,
    "min": 1
  },
  "BOT_DEMO_DAILY_LIMIT": {
    "default": 100,
    "max": 4294967295,
    "min": 1
  },
  "BOT_USER_DAILY_LIMIT": {
    "default": 50,
    "max": 4294967295,
    "min": 1
  },
  "DELETE_WINDOW_S": {
    "default": 86400,
    "max": 3153600000,
    "min": 1
  },
  "EDIT_WINDOW_S": {
    "default": 900,
    "max": 3153600000,
    "min": 1
  },
  "FILE_UNLINKED_S": {
    "default": 86400,
    "max": 3153600000,
    "min": 1
  },
  "HANDLE_CHANGE_S": {
    "default": 604800,
    "max": 3153600000,
    "min": 1
  },
  "HANDLE_FREE_S": {
    "default": 2592000,
    "max": 3153600000,
    "min": 1
  },
  "HUB_RETENTION_DAYS": {
    "default": 7,
    "max": 36500,
    "min": 1
  },
  "INBOX_DAYS": {
    "default": 30,
    "max": 36500,
    "min": 1
  },
  "PASSKEY_CHALLENGE_S": {
    "default": 120,
    "max": 3153600000,
    "min": 1
  },
  "REAUTH_S": {
    "default": 600,
    "max": 3153600000,
    "min": 1
  },
  "REFRESH_TTL_S": {
    "default": 2592000,
    "max": 3153600000,
    "min": 1
  },
  "RETENTION_DAYS": {
    "default": 90,
    "max": 36500,
    "min": 1
  },
  "SECOND_FACTOR_NEW_S": {
    "default": 604800,
    "max": 3153600000,
    "min": 0
  },
  "SESSION_MAX_S": {
    "default": 86400,
    "max": 3153600000,
    "min": 1
  },
  "SESSION_TTL_S": {
    "default": 1200,
    "max": 3153600000,
    "min": 1
  }
} as const;
