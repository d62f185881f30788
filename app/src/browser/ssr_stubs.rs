//! Server-side stubs of the modules of the browser: they have the same names and do nothing. The server renders with them.

/// Stub of `clock`.
pub mod clock {
    use protocol::words::event::Millis;

    /// No clock.
    pub fn now_ms() -> Millis {
        0
    }
    /// No local days.
    pub fn day_of(_at: Millis) -> i64 {
        0
    }
    /// No local days.
    pub fn days_ago(_at: Millis) -> i64 {
        0
    }
    /// No local days.
    pub fn turn_day() {}
    /// No clock but one's own.
    pub fn server_now_ms() -> Millis {
        now_ms()
    }
    /// No clock but one's own.
    pub fn note_server_ahead(_ms: i64) {}
    /// No words.
    pub fn time_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    /// No words.
    pub fn date_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    /// No words.
    pub fn full_date_text(_at: Millis, _language: &str) -> String {
        String::new()
    }
    /// No zone.
    pub fn own_zone() -> String {
        String::new()
    }
    /// No words.
    pub fn time_in(_at: Millis, _zone: &str, _language: &str) -> Option<String> {
        None
    }
    /// No clock.
    pub fn next_at(_time: &str) -> Option<Millis> {
        None
    }
    /// No words.
    pub fn iso_text(_at: Millis) -> String {
        String::new()
    }
    /// No ids.
    pub fn new_id() -> String {
        String::new()
    }
    /// No randomness.
    pub fn random_seed() -> u64 {
        0
    }
}

/// Stub of `keys`.
pub mod keys {
    use leptos::ev::KeyboardEvent;

    /// Never asked.
    pub fn is_composing(_event: &KeyboardEvent) -> bool {
        false
    }
    /// Never asked.
    pub fn is_send(_event: &KeyboardEvent, _needs_modifier: bool) -> bool {
        false
    }
}

/// Stub of `letters`.
pub mod letters {
    /// In lower case, for comparing.
    pub fn lower(text: &str) -> String {
        text.to_lowercase()
    }
    /// Nobody writes.
    pub fn at_most(text: &str, _graphemes_max: usize, _bytes_max: usize) -> String {
        text.to_owned()
    }
}

/// Stub of `badge`.
pub mod badge {
    /// No title to change.
    pub fn show(_count: u32) {}
}

/// Stub of `demo_credentials`.
pub mod demo_credentials {
    /// No credentials.
    #[derive(Clone)]
    pub struct DemoCredentials;
    impl DemoCredentials {
        /// Nothing to replace.
        pub fn install(_session: String, _home: impl Fn(bool) + 'static) -> Self {
            Self
        }
        /// Never called.
        pub fn end(&self, _is_wanted: bool) {}
    }
    /// Nothing is kept.
    pub fn tab_item(_key: &str) -> Option<String> {
        None
    }
    /// Nothing is kept.
    pub fn remove_tab_item(_key: &str) {}
}

/// Stub of `cache`.
pub mod cache {
    use super::super::CacheStore;

    /// Never opened.
    pub struct Cache;

    impl Cache {
        /// No database.
        pub async fn open(_user: &str) -> Option<Self> {
            None
        }
        /// Never called.
        pub fn put(&self, _store: CacheStore, _key: &str, _value: &str) {}
        /// Never called.
        pub fn remove(&self, _store: CacheStore, _key: &str) {}
        /// Never called.
        pub async fn get(&self, _store: CacheStore, _key: &str) -> Option<String> {
            None
        }
        /// Never called.
        pub async fn all(&self, _store: CacheStore) -> Vec<(String, String)> {
            Vec::new()
        }
        /// Never called.
        pub async fn clear(&self) -> bool {
            false
        }
        /// Never called.
        pub async fn wipe(self) {}
    }
}

/// Stub of `files`.
pub mod files {
    use protocol::codec::json::Value;

    use super::super::{CallError, Crop, PickedFile};

    /// Nobody picks.
    pub fn pick(_accept: &str, _is_many: bool, _then: impl Fn(Vec<PickedFile>) + 'static) {}
    /// Nothing is brought.
    pub fn hear(
        _may_come: impl Fn() -> bool + Copy + 'static,
        _over: impl Fn(bool) + Copy + 'static,
        _take: impl Fn(Vec<PickedFile>) + Copy + 'static,
    ) {
    }
    /// No file.
    pub fn address(_key: u64) -> String {
        String::new()
    }
    /// No file.
    pub fn forget(_key: u64, _address: &str) {}
    /// No file.
    pub fn of_text(_name: &str, _words: &str) -> Option<PickedFile> {
        None
    }
    /// No picture.
    pub async fn drawing_at(_address: &str) -> Option<PickedFile> {
        None
    }
    /// No picture.
    pub async fn measure(_key: u64) -> Option<(u32, u32)> {
        None
    }
    /// No picture.
    pub async fn smaller(_chosen: &PickedFile, _pixels_max: u64) -> Option<PickedFile> {
        None
    }
    /// No picture.
    pub async fn draw_square(_key: u64, _canvas_id: &str, _crop: Crop) -> Option<()> {
        None
    }
    /// No canvas.
    pub async fn drawing(_canvas_id: &str) -> Option<PickedFile> {
        None
    }
    /// No picture.
    pub async fn animation(_path: &str, _is_still: bool) -> Option<(u64, bool)> {
        None
    }
    /// No address.
    pub fn release(_address: &str) {}
    /// Never called.
    pub async fn send(
        _path: &str,
        _csrf: &str,
        _chosen: &PickedFile,
        _tell: impl Fn(u32) + 'static,
    ) -> Result<Value, CallError> {
        Err(CallError::network())
    }
    /// Never called.
    pub fn cancel(_key: u64) {}
}

/// Stub of `device`.
pub mod device {
    use super::super::DeviceEvent;
    use crate::appearance::Motion;

    /// Nothing happens.
    pub fn watch(_on_event: impl Fn(DeviceEvent) + Clone + 'static) {}
    /// Nobody looks.
    pub fn has_attention() -> bool {
        false
    }
    /// Nobody looks.
    pub fn is_visible() -> bool {
        false
    }
    /// Nobody wants anything.
    pub fn preferred_theme() -> crate::appearance::Theme {
        crate::appearance::Theme::Azure
    }
    /// Nobody changes anything.
    pub fn on_preference(_tell: impl Fn() + Clone + 'static) {}
    /// The server does not know.
    pub fn preferred_motion() -> Motion {
        Motion::Full
    }
    /// The shell writes the root.
    pub fn root_attribute(_name: &str) -> Option<String> {
        None
    }
    /// The shell writes the root.
    pub fn set_root_attribute(_name: &str, _value: &str) {}
    /// The shell writes the root.
    pub fn set_text_percent(_percent: u16) {}
    /// Nothing to shake.
    pub fn vibrate(_pattern_ms: &[u32]) {}
    /// Nowhere to go.
    pub fn go_to(_path: &str) {}
    /// Nothing to keep.
    pub fn register_worker(_path: &str) {}
    /// Nothing is newer.
    pub fn on_release(_tell: impl Fn() + 'static) {}
    /// Nothing is newer.
    pub fn look_for_release() {}
    /// Never called.
    pub fn reload() {}
    /// No address.
    pub fn path() -> String {
        String::new()
    }
    /// No address.
    pub fn query() -> String {
        String::new()
    }
    /// No address.
    pub fn forget_query() {}
    /// Nothing to press.
    pub fn press_shortcut() {}
    /// Nothing waits.
    pub fn catch_up() {}
    /// No address.
    pub fn origin() -> String {
        String::new()
    }
}

/// Stub of `numbers`.
pub mod numbers {
    /// Digits.
    pub fn number_text(number: usize, _language: &str) -> String {
        number.to_string()
    }
}

/// Stub of `fetch`.
pub mod fetch {
    use protocol::codec::json::{Read, Value, Write};

    use super::super::CallError;

    /// Nobody asks.
    pub fn speak_for(_person: &str, _on_other: impl Fn() + 'static) {}
    /// Code of an answer to the page of somebody else.
    pub const SESSION_CHANGED: &str = "SESSION_CHANGED";
    /// Nobody asks.
    pub fn stop() {}
    /// No network.
    pub fn may_ask() -> Result<(), CallError> {
        Err(CallError::network())
    }
    /// Nobody hears.
    pub fn refused(_error: &CallError) {}
    /// No network.
    pub async fn who_is_here<T: Read>() -> Result<T, CallError> {
        Err(CallError::network())
    }
    /// Nothing answers.
    pub fn on_answer(_tell: impl Fn() + 'static) {}
    /// Never called.
    pub fn answered() {}
    /// No network.
    pub async fn get<T: Read>(_path: &str) -> Result<T, CallError> {
        Err(CallError::network())
    }
    /// No network.
    pub async fn call(_: &str, _: &str, _: &str, _: Option<String>) -> Result<Value, CallError> {
        Err(CallError::network())
    }
    /// No network.
    pub async fn delete<T: Read>(_path: &str, _csrf: &str) -> Result<T, CallError> {
        Err(CallError::network())
    }
    /// No network.
    pub async fn post<T: Read>(_path: &str, _csrf: &str, _body: &dyn Write) -> Result<T, CallError> {
        Err(CallError::network())
    }
    /// No network.
    pub async fn file(_path: &str) -> Option<String> {
        None
    }
}

/// Stub of `local`.
pub mod local {
    use std::marker::PhantomData;

    /// No page, no server in it.
    pub struct Local<S>(PhantomData<fn() -> S>);

    impl<S> Clone for Local<S> {
        fn clone(&self) -> Self {
            Self(PhantomData)
        }
    }

    impl<S> Local<S> {
        /// Never called.
        pub fn install(_server: S, _copied: &[&str]) -> Self {
            Self(PhantomData)
        }
        /// Never called.
        pub fn with(&self, _job: impl FnOnce(&mut S, u64)) {}
        /// Never called.
        pub fn on_change(&self, _tell: impl Fn() + 'static) {}
    }

    /// Nothing is kept.
    pub async fn cache_page(_path: &str, _begin: &str, _end: &str) -> bool {
        false
    }
    /// Lent elsewhere.
    pub fn lend_normal_forms() {}
    /// No page.
    pub fn name_page(_title: &str) {}
}

/// Stub of `lock`.
pub mod lock {
    use std::future::Future;
    use std::pin::Pin;

    /// Never done.
    pub type Work = Pin<Box<dyn Future<Output = ()>>>;

    /// No tabs.
    pub async fn alone(_name: &str, _work: Work) {}
}

/// Stub of `translated`.
pub mod translated {
    /// Nobody translates.
    pub fn watch() {}
}

/// Stub of `whose`.
pub mod whose {
    /// No tabs.
    pub fn announce(_person: &str, _on_page: impl Fn(bool) + 'static) {}
}

/// Stub of `notify`.
pub mod notify {
    /// Nobody is told.
    pub fn is_allowed() -> bool {
        false
    }
    /// Nobody is asked.
    pub fn ask(_then: impl FnOnce(bool) + 'static) {}
    /// Nobody is told.
    pub fn show(_title: &str, _body: &str, _tag: &str, _then: impl FnOnce() + 'static) {}
}

/// Stub of `passkeys`.
pub mod passkeys {
    use protocol::codec::json::Value;

    /// No browser.
    pub fn user_agent() -> String {
        String::new()
    }
    /// No browser.
    pub fn are_known() -> bool {
        false
    }
    /// Nobody is asked.
    pub async fn make(_asked: &Value) -> Option<String> {
        None
    }
}

/// Stub of `push`.
pub mod push {
    /// No browser.
    pub fn is_known() -> bool {
        false
    }
    /// Nobody is told.
    pub async fn subscribe(_public_key: &str) -> Option<String> {
        None
    }
    /// Nobody was told.
    pub async fn unsubscribe() {}
    /// Nobody keeps it.
    pub async fn store_subscription(_user: &str, _public_key: &str, _language: &str) {}
    /// Nobody is waited for.
    pub async fn worker_rests() {}
    /// Nobody hears it.
    pub async fn say_here(_language: &str) {}
    /// Nothing is pressed.
    pub fn on_press(_open: impl Fn(String) + 'static) {}
}

/// Stub of `odd_events`.
pub mod odd_events {
    /// No events.
    pub fn block() {}
}

/// Stub of `own_keys`.
pub mod own_keys {
    use leptos::ev::KeyboardEvent;

    use crate::keys::{KeyMeaning, KeyPress};

    /// No keys.
    pub fn translate(_meaning: impl Fn(KeyPress<'_>) -> KeyMeaning + 'static) {}
    /// Never asked.
    pub fn name_of(_event: &KeyboardEvent) -> Option<String> {
        None
    }
}

/// Stub of `people_check`.
pub mod people_check {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    /// Nothing to show.
    pub fn show(_place: NodeRef<Div>, _site_key: &str) {}
    /// Nobody answers.
    pub fn answer() -> String {
        String::new()
    }
}

/// Stub of `scroll`.
pub mod scroll {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    use super::super::ScrollReport;

    /// Nothing scrolls.
    pub fn follow(
        _log: NodeRef<Div>,
        _goes_on: impl Fn() -> bool + Copy + 'static,
        _report: impl Fn(ScrollReport) + 'static,
    ) {
    }
    /// Nothing scrolls.
    pub fn to_bottom(_log: NodeRef<Div>) {}
}

/// Stub of `rows`.
pub mod rows {
    use leptos::html::{Div, Ul};
    use leptos::prelude::NodeRef;

    use super::super::RowHeights;

    /// Nothing scrolls.
    pub fn follow(
        _list: NodeRef<Div>,
        _tell: impl Fn(f64, f64) + Clone + 'static,
        _resized: impl Fn() + Clone + 'static,
    ) {
    }
    /// Nothing is measured.
    pub fn measure(_list: NodeRef<Div>) -> Vec<RowHeights> {
        Vec::new()
    }
    /// Nothing is numbered.
    pub fn number(_list: NodeRef<Div>) {}
    /// Nothing is shown.
    pub fn pad(_rows: NodeRef<Ul>, _above_px: f64, _below_px: f64) {}
    /// Nothing has the focus.
    pub fn focused(_list: NodeRef<Div>) -> Option<(usize, Option<usize>)> {
        None
    }
    /// Nothing scrolls.
    pub fn reveal(_list: NodeRef<Div>, _top_px: f64, _height_px: f64) {}
    /// Nothing has the focus.
    pub fn focus(_list: NodeRef<Div>, _section: usize, _row: Option<usize>) -> bool {
        false
    }
    /// Nothing has the focus.
    pub fn catch_focus(_list: NodeRef<Div>) {}
    /// Nothing has had it.
    pub fn is_focus_lost() -> bool {
        false
    }
}

/// Stub of `socket`.
pub mod socket {
    use super::super::SocketEvent;

    /// Never opened.
    pub struct Socket;

    impl Socket {
        /// No socket.
        pub fn open(_path_and_query: &str, _on_event: impl Fn(SocketEvent) + Clone + 'static) -> Option<Self> {
            None
        }
        /// Never called.
        pub fn send(&self, _text: &str) {}
        /// Never called.
        pub fn close(self, _code: u16) {}
    }
}

/// Stub of `sound`.
pub mod sound {
    /// Silence is never loud.
    pub fn set_volume(_percent: u8) {}
    /// Silence.
    pub fn is_open() -> bool {
        false
    }
    /// Silence.
    pub fn is_quiet() -> bool {
        true
    }
    /// Silence.
    pub fn open() {}
    /// Silence.
    pub fn play(_name: &str, _delay_ms: u64) {}
    /// Silence.
    pub fn open_with(_name: &'static str) {}
}

/// Stub of `anchor`.
pub mod anchor {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;
    use leptos::web_sys::EventTarget;

    /// Nothing is pointed at.
    pub fn person_of(_target: Option<EventTarget>) -> Option<String> {
        None
    }
    /// Nothing is pointed at.
    pub fn is_in(_target: Option<EventTarget>, _selector: &str) -> bool {
        false
    }
    /// Nothing has the focus.
    pub fn focused_person() -> Option<String> {
        None
    }
    /// Nothing has the focus.
    pub fn person_with_focus() -> Option<String> {
        None
    }
    /// Nothing has the focus.
    pub fn remember_focus() {}
    /// Nothing has the focus.
    pub fn restore_focus() {}
    /// Nothing is shown.
    pub fn place(_card: NodeRef<Div>, _user: &str) {}
    /// Nothing is shown.
    pub fn set_root_px(_name: &str, _px: i32) {}
    /// Nobody writes.
    pub fn hold_field(_selector: &str, _graphemes_max: usize, _bytes_max: usize) {}
    /// Nothing is pointed at.
    pub fn hold_pointer(_element: NodeRef<Div>, _pointer: i32) {}
    /// Nothing is scrolled.
    pub fn watch_room(_strip: NodeRef<Div>, _tell: impl Fn(bool) + 'static) {}
    /// No places.
    pub fn bottom_px(_element: NodeRef<Div>) -> i32 {
        0
    }
    /// Nothing is shown.
    pub fn left_px(_element: NodeRef<Div>) -> i32 {
        0
    }
    /// No fingers.
    pub fn on_hold(_tell: impl Fn(String) + 'static) {}
}

/// Stub of `tabs`.
pub mod tabs {
    /// There are no tabs.
    pub fn first(_name: &str, _action: impl FnOnce() + 'static) {}
}

/// Stub of `storage`.
pub mod storage {
    /// Nothing is kept.
    pub fn get(_key: &str) -> Option<String> {
        None
    }
    /// Nothing is kept.
    pub fn put(_key: &str, _value: &str) {}
    /// Nothing is kept.
    pub fn remove(_key: &str) {}
}

/// Stub of `timer`.
pub mod timer {
    /// Never rings.
    #[derive(Default)]
    pub struct Timer {
        _nothing: (),
    }

    impl Timer {
        /// Never rings.
        pub fn set(&mut self, _wait_ms: u64, _on_time: impl FnOnce() + 'static) {}
        /// Never rings.
        pub fn clear(&mut self) {}
    }

    /// Does not wait.
    pub async fn wait(_wait_ms: u32) {}

    /// Does not wait.
    pub async fn paint() {}
}

/// Stub of `tokens`.
pub mod tokens {
    /// No sheets.
    pub fn names() -> Vec<String> {
        Vec::new()
    }
    /// No sheets.
    pub fn value(_name: &str) -> String {
        String::new()
    }
    /// No colours.
    pub fn painted(_name: &str) -> (String, String) {
        Default::default()
    }
    /// Nothing is tried.
    pub fn put(_name: &str, _value: &str) {}
    /// Nothing is tried.
    pub fn tried() -> Vec<(String, String)> {
        Vec::new()
    }
    /// Nothing is tried.
    pub fn put_again() {}
    /// No frame.
    pub fn dress(_name: &str, _value: &str) {}
    /// No address.
    pub fn fragment() -> String {
        String::new()
    }
    /// No address.
    pub fn set_fragment(_words: &str) {}
}

/// Stub of `tree`.
pub mod tree {
    /// No keys.
    pub fn maintain_tab_stop() {}
}

/// Stub of `wink`.
pub mod wink {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    use crate::appearance::Motion;
    use crate::browser::WinkPlayback;

    /// Nothing plays.
    pub fn perform(_stage: NodeRef<Div>, _playback: WinkPlayback, _motion: Motion, _on_end: impl Fn() + 'static) {}
}
