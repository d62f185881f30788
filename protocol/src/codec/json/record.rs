//! Records in JSON. [`record!`](crate::record) names the members once for reading and writing, [`words!`](crate::words) does the same for an
//! enum of words. A missing or wrong member makes the record unreadable, unless it is an `Option` or has a default behind `or`. Every member
//! of [`settings!`](crate::settings) has a default.

use super::{Value, push_json_text};

/// Type that can be read from a JSON value.
pub trait Read: Sized {
    /// Reads a value of this type.
    fn read(value: &Value) -> Option<Self>;

    /// Returns the value of a missing member; `None` if the record is then unreadable.
    fn missing() -> Option<Self> {
        None
    }
}

/// Type that can be written as JSON.
pub trait Write {
    /// Appends the value.
    fn write(&self, out: &mut String);

    /// Returns `true` if a record leaves the member out.
    fn is_nothing(&self) -> bool {
        false
    }
}

/// Reads a JSON text.
pub fn read<T: Read>(text: &str) -> Option<T> {
    T::read(&Value::parse(text)?)
}

/// Returns `what` as a JSON text.
pub fn write(what: &dyn Write) -> String {
    let mut out = String::new();
    what.write(&mut out);
    out
}

/// Reads a member of a record.
#[inline(never)]
pub fn member<T: Read>(record: &Value, name: &str) -> Option<T> {
    match record.get(name) {
        Some(value) => T::read(value),
        None => record.as_object().and_then(|_| T::missing()),
    }
}

/// Appends a member to a record that begins with `{`.
#[inline(never)]
pub fn push_member(out: &mut String, name: &str, value: &dyn Write) {
    if value.is_nothing() {
        return;
    }
    if !out.ends_with('{') {
        out.push(',');
    }
    push_json_text(out, name);
    out.push(':');
    value.write(out);
}

/// Declares a struct with the names of its fields in JSON: `record! { pub struct SavedCursor { pub epoch: String = "epoch", pub seq: u64 = "seq"
/// or 0 } }`.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty = $member:literal $(or $otherwise:expr)?),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::codec::json::Read for $name {
            fn read(value: &$crate::codec::json::Value) -> Option<Self> {
                value.as_object()?;
                Some(Self { $($field: $crate::codec::json::member(value, $member)$(.or(Some($otherwise)))??),* })
            }
        }

        impl $crate::codec::json::Write for $name {
            fn write(&self, out: &mut String) {
                out.push('{');
                $($crate::codec::json::push_member(out, $member, &self.$field);)*
                out.push('}');
            }
        }
    };
}

/// Declares a struct of settings, each in one row: `settings! { pub struct Sounds { volume: u8 as "volume" = 100 } }`. A missing or
/// unreadable member has its default.
#[macro_export]
macro_rules! settings {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty as $member:literal = $default:expr),* $(,)?
    }) => {
        $crate::record! {
            $(#[$meta])*
            pub struct $name { $($(#[$doc])* pub $field: $type = $member or $default),* }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
}

/// Declares an enum of words, each in one row: `words! { pub enum Sort { Name = "name", Recent = "recent" } }`. An enum that has its own
/// `as_str` and `parse` is only named: `words!(Theme)`.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// All values, in the order of their declaration.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// Returns the word by which it is stored and sent.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }

            /// Returns the value with this word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == text)
            }
        }

        $crate::words!($name);
    };
    ($($type:ty),* $(,)?) => {$(
        impl $crate::codec::json::Read for $type {
            fn read(value: &$crate::codec::json::Value) -> Option<Self> {
                Self::parse(value.as_str()?)
            }
        }

        impl $crate::codec::json::Write for $type {
            fn write(&self, out: &mut String) {
                $crate::codec::json::push_json_text(out, self.as_str());
            }
        }
    )*};
}

impl Read for Value {
    fn read(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl Write for Value {
    fn write(&self, out: &mut String) {
        self.push_to(out);
    }
}

impl Read for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Write for String {
    fn write(&self, out: &mut String) {
        push_json_text(out, self);
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Write for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Read for $type {
            fn read(value: &Value) -> Option<Self> {
                value.as_u64()?.try_into().ok()
            }
        }

        impl Write for $type {
            fn write(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, usize);

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::read(value).map(Some) }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }

    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect()
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (at, value) in self.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            value.write(out);
        }
        out.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    record! {
        #[derive(Debug, PartialEq)]
        struct Parcel {
            name: String = "theName",
            weight: Option<u8> = "weight",
            marks: Vec<u64> = "marks" or Vec::new(),
            is_here: bool = "isHere" or true,
        }
    }

    settings! {
        /// Settings for a test.
        #[derive(Debug, PartialEq)]
        pub struct Sounds {
            /// Number with a default of its own.
            volume: u8 as "volumePercent" = 100,
            /// Optional choice.
            wave: Option<bool> as "wave" = None,
        }
    }

    words! {
        /// Word for a test.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Pace {
            /// The first.
            Slow = "slow",
            /// The last.
            AtOnce = "at-once",
        }
    }

    #[test]
    fn a_record_reads_back() {
        let parcel = Parcel { name: "a\"b".to_owned(), weight: Some(7), marks: vec![1, 2], is_here: false };
        let text = write(&parcel);
        assert_eq!(text, r#"{"theName":"a\"b","weight":7,"marks":[1,2],"isHere":false}"#);
        assert_eq!(read(&text), Some(parcel));
    }

    #[test]
    fn a_word_reads_back() {
        assert_eq!(Pace::ALL.map(Pace::as_str), ["slow", "at-once"]);
        assert_eq!(read::<Vec<Pace>>(&write(&Pace::ALL.to_vec())), Some(Pace::ALL.to_vec()));
        assert_eq!(read::<Pace>("\"never\""), None);
    }

    #[test]
    fn what_may_be_missing_may_be_missing_and_the_rest_must_be_right() {
        let parcel = Parcel { name: String::new(), weight: None, marks: Vec::new(), is_here: true };
        assert_eq!(write(&parcel), r#"{"theName":"","marks":[],"isHere":true}"#);
        assert_eq!(read(r#"{"theName":"","more":{}}"#), Some(parcel));
        assert_eq!(read(r#"{"theName":"","weight":null,"marks":3}"#).map(|it: Parcel| it.marks), Some(Vec::new()));
        for text in ["{}", "[]", "null", "\"\"", r#"{"theName":1}"#, r#"{"theName":"","weight":300}"#] {
            assert_eq!(read::<Parcel>(text), None, "{text}");
        }
    }

    #[test]
    fn settings_that_cannot_be_read_were_not_chosen() {
        assert_eq!(Sounds::default(), Sounds { volume: 100, wave: None });
        assert_eq!(write(&Sounds::default()), r#"{"volumePercent":100}"#);
        assert_eq!(read(r#"{"volumePercent":300,"wave":false}"#), Some(Sounds { volume: 100, wave: Some(false) }));
        assert_eq!(read::<Sounds>("[]"), None);
    }
}
