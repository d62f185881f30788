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

pub mod keys {
    use leptos::ev::KeyboardEvent;

    pub fn is_composing(_event: &KeyboardEvent) -> bool {
        false
    }
    pub fn is_send(_event: &KeyboardEvent, _needs_modifier: bool) -> bool {
        false
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

pub mod cache {
    use super::super::{CacheEntries, CacheStore};

    #[derive(Clone)]
    pub struct Cache;

    impl Cache {
        pub async fn open(_user: &str) -> Option<Self> {
            None
        }
        pub fn put(&self, _store: CacheStore, _key: &str, _value: &str) {}
        pub fn remove(&self, _store: CacheStore, _key: &str) {}
        pub async fn get(&self, _store: CacheStore, _key: &str) -> Option<String> {
            None
        }
        pub async fn all(&self) -> CacheEntries {
            CacheEntries::default()
        }
        pub async fn clear(&self) -> bool {
            false
        }
        pub async fn wipe(self) {}
    }
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

pub mod device {
    use super::super::DeviceEvent;
    use crate::appearance::Motion;

    pub fn watch(_on_event: impl Fn(DeviceEvent) + Clone + 'static) {}
    pub fn is_local() -> bool {
        false
    }
    pub fn is_reading() -> bool {
        false
    }
    pub fn has_attention() -> bool {
        false
    }
    pub fn is_visible() -> bool {
        false
    }
    pub fn preferred_theme() -> crate::appearance::Theme {
        crate::appearance::Theme::Azure
    }
    pub fn on_preference(_notify: impl Fn() + Clone + 'static) {}
    /// The server does not know the preference.
    pub fn preferred_motion() -> Motion {
        Motion::Full
    }
    /// The shell writes the root.
    pub fn root_attribute(_name: &str) -> Option<String> {
        None
    }
    /// The shell writes the root.
    pub fn set_root_attribute(_name: &str, _value: &str) {}
    pub fn remove_root_attribute(_name: &str) {}
    /// The shell writes the root.
    pub fn set_text_percent(_percent: u16) {}
    pub fn has_network() -> bool {
        true
    }
    pub fn vibrate(_pattern_ms: &[u32]) {}
    pub fn can_share() -> bool {
        false
    }
    pub fn share(_url: &str) {}
    pub fn go_to(_path: &str) {}
    pub fn register_worker(_path: &str) {}
    pub fn on_release(_notify: impl Fn() + 'static) {}
    pub fn check_for_release() {}
    pub fn reload() {}
    pub fn path() -> String {
        String::new()
    }
    pub fn query() -> String {
        String::new()
    }
    pub fn forget_query() {}
    pub fn show_address(_path: &str) {}
    pub fn step() -> Option<usize> {
        None
    }
    pub fn number_step(_number: usize) {}
    pub fn add_step(_number: usize) {}
    pub fn go_back(_steps: usize) {}
    pub fn on_step(_then: impl Fn(Option<usize>) + 'static) {}
    pub fn on_resize(_notify: impl Fn() + 'static) {}
    pub fn is_stacked() -> bool {
        false
    }
    pub fn press_shortcut() {}
    pub fn catch_up() {}
    pub fn origin() -> String {
        String::new()
    }
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

pub mod lock {
    use std::future::Future;
    use std::pin::Pin;

    pub type Work = Pin<Box<dyn Future<Output = ()>>>;

    pub async fn alone(_name: &str, _work: Work) {}
}

pub mod translated {
    pub fn watch() {}
}

pub mod whose {
    pub fn announce(_person: &str, _on_page: impl Fn(bool) + 'static) {}
}

pub mod notify {
    pub fn is_allowed() -> bool {
        false
    }
    pub fn ask(_then: impl FnOnce(bool) + 'static) {}
    pub fn show(_title: &str, _body: &str, _tag: &str, _message: &str, _then: impl FnOnce() + 'static) {}
    pub fn close(_tag: &str) {}
    pub fn close_where(_is_meant: impl Fn(&str) -> bool + 'static) {}
    pub fn reword(_tag: &str, _message: &str, _seq: Option<u64>, _now: &str) {}
}

pub mod passkeys {
    use protocol::codec::json::Value;

    pub fn user_agent() -> String {
        String::new()
    }
    pub fn are_known() -> bool {
        false
    }
    pub fn is_nameless() -> bool {
        false
    }
    pub fn report(_name: &str, _user: &str, _members: &str) {}
    pub async fn make(_asked: &Value) -> Option<String> {
        None
    }
}

pub mod push {
    pub fn is_known() -> bool {
        false
    }
    pub async fn subscribe(_public_key: &str) -> Option<String> {
        None
    }
    pub async fn unsubscribe() {}
    pub async fn store_subscription(_user: &str, _id: &str, _public_key: &str, _language: &str) {}
    pub async fn worker_rests() {}
    pub async fn say_here(_user: &str, _language: &str) {}
    pub fn on_press(_open: impl Fn(String) + 'static) {}
}

pub mod odd_events {
    pub fn block() {}
}

pub mod own_keys {
    use leptos::ev::KeyboardEvent;

    use crate::keys::{KeyMeaning, KeyPress};

    pub fn translate(_meaning: impl Fn(KeyPress<'_>) -> KeyMeaning + 'static) {}
    pub fn name_of(_event: &KeyboardEvent) -> Option<String> {
        None
    }
}

pub mod people_check {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    pub fn show(_place: NodeRef<Div>, _site_key: &str) {}
    pub fn renew() {}
    pub fn answer() -> String {
        String::new()
    }
}

pub mod scroll {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    use super::super::ScrollReport;

    pub fn follow(
        _log: NodeRef<Div>,
        _goes_on: impl Fn() -> bool + Copy + 'static,
        _report: impl Fn(ScrollReport) + 'static,
    ) {
    }
    pub fn to_bottom(_log: NodeRef<Div>) {}
}

pub mod rows {
    use leptos::html::{Div, Ul};
    use leptos::prelude::NodeRef;

    use super::super::RowHeights;

    pub fn follow(
        _list: NodeRef<Div>,
        _notify: impl Fn(f64, f64) + Clone + 'static,
        _resized: impl Fn() + Clone + 'static,
    ) {
    }
    pub fn measure(_list: NodeRef<Div>) -> Vec<RowHeights> {
        Vec::new()
    }
    pub fn number(_list: NodeRef<Div>) {}
    pub fn pad(_rows: NodeRef<Ul>, _above_px: f64, _below_px: f64) {}
    pub fn focused(_list: NodeRef<Div>) -> Option<(usize, Option<usize>)> {
        None
    }
    pub fn reveal(_list: NodeRef<Div>, _top_px: f64, _height_px: f64) {}
    pub fn focus(_list: NodeRef<Div>, _section: usize, _row: Option<usize>) -> bool {
        false
    }
    pub fn catch_focus(_list: NodeRef<Div>) {}
    pub fn is_focus_lost() -> bool {
        false
    }
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

pub mod anchor {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;
    use leptos::web_sys::{Element, Event, EventTarget};

    pub fn person_of(_target: Option<EventTarget>) -> Option<String> {
        None
    }
    pub fn is_in(_target: Option<EventTarget>, _selector: &str) -> bool {
        false
    }
    pub fn walked_person(_event: &Event) -> Option<String> {
        None
    }
    pub fn person_with_focus() -> Option<String> {
        None
    }
    pub fn remember_focus() {}
    pub fn restore_focus() {}
    pub fn place(_card: NodeRef<Div>, _user: &str) {}
    pub fn set_room(_anchor: &Element) {}
    pub fn set_root_px(_name: &str, _px: i32) {}
    pub fn hold_field(_selector: &str, _graphemes_max: usize, _bytes_max: usize) {}
    pub fn hold_pointer(_element: NodeRef<Div>, _pointer: i32) {}
    pub fn watch_room(_strip: NodeRef<Div>, _notify: impl Fn(bool) + 'static) {}
    pub fn bottom_px(_element: NodeRef<Div>) -> i32 {
        0
    }
    pub fn left_px(_element: NodeRef<Div>) -> i32 {
        0
    }
    pub fn note_walks() {}
    pub fn on_hold(_notify: impl Fn(String) + 'static) {}
}

pub mod tabs {
    pub struct Channel;

    impl Channel {
        pub fn open(_name: &str, _on_text: impl Fn(String) + 'static) -> Option<Self> {
            None
        }
        pub fn post(&self, _text: &str) {}
    }

    pub fn first(_name: &str, _action: impl FnOnce() + 'static) {}
}

pub mod storage {
    pub fn get(_key: &str) -> Option<String> {
        None
    }
    pub fn put(_key: &str, _value: &str) {}
    pub fn remove(_key: &str) {}
}

pub mod timer {
    #[derive(Default)]
    pub struct Timer {
        _nothing: (),
    }

    impl Timer {
        pub fn set(&mut self, _wait_ms: u64, _on_time: impl FnOnce() + 'static) {}
        pub fn clear(&mut self) {}
    }

    pub async fn wait(_wait_ms: u32) {}

    pub async fn paint() {}
}

pub mod tokens {
    pub fn names() -> Vec<String> {
        Vec::new()
    }
    pub fn value(_name: &str) -> String {
        String::new()
    }
    pub fn painted(_name: &str) -> (String, String) {
        Default::default()
    }
    pub fn put(_name: &str, _value: &str) {}
    pub fn tried() -> Vec<(String, String)> {
        Vec::new()
    }
    pub fn put_again() {}
    pub fn dress(_name: &str, _value: &str) {}
    pub fn fragment() -> String {
        String::new()
    }
    pub fn set_fragment(_words: &str) {}
}

pub mod tree {
    pub fn maintain_tab_stop() {}
}

pub mod wink {
    use leptos::html::Div;
    use leptos::prelude::NodeRef;

    use crate::appearance::Motion;
    use crate::browser::WinkPlayback;

    pub fn perform(_stage: NodeRef<Div>, _playback: WinkPlayback, _motion: Motion, _on_end: impl Fn() + 'static) {}
}
