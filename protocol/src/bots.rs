//! Names of our programs (`messenger.md` 7). They are reserved from the first day: nobody may pose as one.

/// User id and display name of each program.
pub const BOTS: [(&str, &str); 4] =
    [("bot_nova", "Nova"), ("bot_vento", "Vento"), ("bot_lexi", "Lexi"), ("bot_pip", "Pip")];
