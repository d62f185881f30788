//! Versions for the server, and for native tests, of modules that cannot run there: `clock`, `letters` and `numbers` have values of their
//! own, and `badge` and `sound` are cut into chunks.

pub mod clock {
    use protocol::words::event::Millis;

    pub fn now_ms() -> Millis {
        0
    }
    pub fn day_of(_at: Millis) -> i64 {
        0
    }
    pub fn days_ago(_at: Millis) -> i64 {
        0
    }
    pub fn turn_day() {}
    /// The server's page has no second clock.
    pub fn server_now_ms() -> Millis {
        now_ms()
    }
    /// The server's page has no second clock.
    pub fn note_server_ahead(_ms: i64) {}
    pub fn time_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    pub fn date_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    pub fn day_text(_day: &str, _language: &str) -> Option<String> {
        None
    }
    pub fn full_date_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    pub fn own_zone() -> String {
        String::new()
    }
    pub fn time_in(_at: Millis, _zone: &str, _language: &str) -> Option<String> {
        None
    }
    pub fn next_at(_time: &str) -> Option<Millis> {
        None
    }
    pub fn iso_text(_at: Millis) -> String {
        String::new()
    }
    pub fn new_id() -> String {
        String::new()
    }
    pub fn random_seed() -> u64 {
        0
    }
}

pub mod letters {
    /// Returns `text` in lower case, for comparison.
    pub fn lower(text: &str) -> String {
        text.to_lowercase()
    }
    pub fn comparable(text: &str) -> String {
        text.to_lowercase()
    }
    pub fn at_most(text: &str, _graphemes_max: usize, _bytes_max: usize) -> String {
        text.to_owned()
    }
}

pub mod badge {
    pub fn show(_count: u32) {}
}

pub mod numbers {
    /// Writes plain digits.
    pub fn number_text(number: usize, _language: &str) -> String {
        number.to_string()
    }
}

pub mod sound {
    pub fn set_volume(_percent: u8) {}
    pub fn is_open() -> bool {
        false
    }
    pub fn is_quiet() -> bool {
        true
    }
    pub fn open() {}
    pub fn play(_name: &str, _delay_ms: u64) {}
    pub fn open_with(_name: &'static str) {}
    pub fn set_quiet(_is_quiet: bool) {}
}
