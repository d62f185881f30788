//! How one conversation looks and how loud it is, on this device. Kept with what else is kept of it, written by `session`
//! alone; the others are not told.

/// Hues a conversation can have, beside that of the theme.
pub const HUES: u8 = 12;
/// Backdrops a log can have, beside none.
pub const BACKDROPS: u8 = 12;

/// The ways of one conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// 1 to [`HUES`]; 0 = the theme's.
    pub hue: u8,
    /// 1 to [`BACKDROPS`]; 0 = none.
    pub backdrop: u8,
    /// What comes here is counted, but neither shown elsewhere nor heard.
    pub is_muted: bool,
    /// Nudges are lines only.
    pub is_still: bool,
    /// Nothing that comes here is heard.
    pub is_silent: bool,
}

// What cannot be read was not chosen.
protocol::record!(Ways {
    hue = "hue" or 0,
    backdrop = "backdrop" or 0,
    is_muted = "isMuted" or false,
    is_still = "isStill" or false,
    is_silent = "isSilent" or false,
});

impl Ways {
    /// Whether nudges shake here.
    pub fn shakes(&self) -> bool {
        !self.is_still && !self.is_muted
    }

    /// Whether what comes here is heard.
    pub fn sounds(&self) -> bool {
        !self.is_silent && !self.is_muted
    }
}

#[cfg(test)]
mod tests {
    use protocol::json;

    use super::*;

    #[test]
    fn ways_read_back_and_what_cannot_be_read_was_not_chosen() {
        let ways = Ways { hue: 7, backdrop: 12, is_muted: true, is_still: true, is_silent: false };
        assert_eq!(json::read(&json::write(&ways)), Some(ways));
        assert_eq!(json::read("{\"hue\":900,\"isMuted\":3}"), Some(Ways::default()));
    }

    #[test]
    fn who_is_muted_is_neither_felt_nor_heard() {
        let muted = Ways { is_muted: true, ..Ways::default() };
        assert!(!muted.shakes() && !muted.sounds());
        let still = Ways { is_still: true, ..Ways::default() };
        assert!(!still.shakes() && still.sounds());
        assert!(Ways::default().shakes() && Ways::default().sounds());
    }
}
