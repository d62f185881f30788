//! Limits of programs outside that write in a group (`integrations.md`).

/// Integrations of a group.
pub const INTEGRATIONS_MAX: usize = 10;
/// Letters of the name of an integration, as people count them.
pub const INTEGRATION_NAME_GRAPHEMES_MAX: usize = 64;
/// Bytes of a body that is sent to the address of an integration.
pub const INTEGRATION_BODY_BYTES_MAX: usize = 65_536;
/// Longest time that a webhook may take for the echo of a challenge.
pub const CHALLENGE_MS_MAX: u64 = 5_000;
/// Bytes of that answer that are read at most.
pub const CHALLENGE_BYTES_MAX: usize = 1_024;
/// Bots of a group, beside its integrations.
pub const OWN_BOTS_MAX: usize = 10;
/// Commands of a bot.
pub const BOT_COMMANDS_MAX: usize = 20;
/// Bytes of the name of a command.
pub const BOT_COMMAND_BYTES_MAX: usize = 32;
/// Letters of the description of a command, as people count them.
pub const BOT_COMMAND_GRAPHEMES_MAX: usize = 100;
