//! Server-side stubs of the modules of the browser: the same names, with functions that do nothing. The server renders with them.

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

pub mod demo_credentials {
    #[derive(Clone)]
    pub struct DemoCredentials;
    impl DemoCredentials {
        pub fn install(_session: String, _home: impl Fn(bool) + 'static) -> Self {
            Self
        }
        pub fn end(&self, _is_wanted: bool) {}
    }
    pub fn tab_item(_key: &str) -> Option<String> {
        None
    }
    pub fn remove_tab_item(_key: &str) {}
}

pub mod files {
    use protocol::codec::json::Value;

    use super::super::{CallError, Crop, PickedFile};

    pub fn pick(_accept: &str, _is_many: bool, _then: impl Fn(Vec<PickedFile>) + 'static) {}
    pub fn watch_files(
        _may_come: impl Fn() -> bool + Copy + 'static,
        _over: impl Fn(bool) + Copy + 'static,
        _take: impl Fn(Vec<PickedFile>) + Copy + 'static,
    ) {
    }
    pub fn address(_key: u64) -> String {
        String::new()
    }
    pub fn forget(_key: u64, _address: &str) {}
    pub fn of_text(_name: &str, _words: &str) -> Option<PickedFile> {
        None
    }
    pub async fn drawing_at(_address: &str) -> Option<PickedFile> {
        None
    }
    pub async fn is_readable(_key: u64) -> bool {
        false
    }
    pub async fn measure(_key: u64) -> Option<(u32, u32)> {
        None
    }
    pub async fn smaller(_chosen: &PickedFile, _pixels_max: u64) -> Option<PickedFile> {
        None
    }
    pub async fn draw_square(_key: u64, _canvas_id: &str, _crop: Crop) -> Option<()> {
        None
    }
    pub async fn drawing(_canvas_id: &str) -> Option<PickedFile> {
        None
    }
    pub async fn animation(_path: &str, _is_still: bool) -> Option<(u64, bool)> {
        None
    }
    pub fn release(_address: &str) {}
    pub async fn send(
        _path: &str,
        _csrf: &str,
        _chosen: &PickedFile,
        _notify: impl Fn(u32) + 'static,
    ) -> Result<Value, CallError> {
        Err(CallError::network())
    }
    pub fn cancel(_key: u64) {}
}

pub mod numbers {
    /// Writes plain digits.
    pub fn number_text(number: usize, _language: &str) -> String {
        number.to_string()
    }
}

pub mod fetch {
    use protocol::codec::json::{Read, Value, Write};

    use super::super::CallError;

    pub fn speak_for(_person: &str, _on_other: impl Fn() + 'static) {}
    /// Code of the answer to a page of another person.
    pub const SESSION_CHANGED: &str = "SESSION_CHANGED";
    pub fn stop() {}
    pub fn may_ask() -> Result<(), CallError> {
        Err(CallError::network())
    }
    pub fn refused(_error: &CallError) {}
    pub async fn who_is_here<T: Read>() -> Result<T, CallError> {
        Err(CallError::network())
    }
    pub fn on_answer(_notify: impl Fn() + 'static) {}
    pub fn answered() {}
    pub async fn get<T: Read>(_path: &str) -> Result<T, CallError> {
        Err(CallError::network())
    }
    pub async fn call(_: &str, _: &str, _: &str, _: Option<String>) -> Result<Value, CallError> {
        Err(CallError::network())
    }
    pub async fn delete<T: Read>(_path: &str, _csrf: &str) -> Result<T, CallError> {
        Err(CallError::network())
    }
    pub async fn post<T: Read>(_path: &str, _csrf: &str, _body: &dyn Write) -> Result<T, CallError> {
        Err(CallError::network())
    }
    pub async fn file(_path: &str) -> Option<String> {
        None
    }
}

pub mod local {
    use std::marker::PhantomData;

    /// The server runs no local server.
    pub struct Local<S>(PhantomData<fn() -> S>);

    impl<S> Clone for Local<S> {
        fn clone(&self) -> Self {
            Self(PhantomData)
        }
    }

    impl<S> Local<S> {
        pub fn install(_server: S, _copied: &[&str]) -> Self {
            Self(PhantomData)
        }
        pub fn with(&self, _job: impl FnOnce(&mut S, u64)) {}
        pub fn on_change(&self, _notify: impl Fn() + 'static) {}
    }

    pub async fn cache_page(_path: &str, _begin: &str, _end: &str) -> bool {
        false
    }
    pub fn lend_normal_forms() {}
    pub fn name_page(_title: &str) {}
}

pub mod whose {
    pub fn announce(_person: &str, _on_page: impl Fn(bool) + 'static) {}
}

pub mod socket {
    use super::super::SocketEvent;

    pub struct Socket;

    impl Socket {
        pub fn open(_path_and_query: &str, _on_event: impl Fn(SocketEvent) + Clone + 'static) -> Option<Self> {
            None
        }
        pub fn send(&self, _text: &str) {}
        pub fn close(self, _code: u16) {}
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
}
