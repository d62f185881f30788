//! JSON bodies of calls to objects, and of their answers.

use protocol::codec::json::{self, Read, Write};
use protocol::words::refusal::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that travels between objects.
pub trait MessageBody: Sized {
    /// Writes the value as JSON text.
    ///
    /// # Errors
    ///
    /// A fault if the value has no JSON text.
    fn to_text(&self) -> Result<String, Fault>;

    /// Reads a value from JSON text; the reverse of [`MessageBody::to_text`].
    ///
    /// # Errors
    ///
    /// A fault if the text is not of this type.
    fn of_text(text: String) -> Result<Self, Fault>;
}

impl<T: Serialize + DeserializeOwned> MessageBody for T {
    fn to_text(&self) -> Result<String, Fault> {
        Ok(serde_json::to_string(self)?)
    }

    fn of_text(text: String) -> Result<Self, Fault> {
        Ok(serde_json::from_str(&text)?)
    }
}

/// Empty body. It accepts any text, because another version of the Worker may send one.
#[derive(Debug)]
pub struct Empty;

impl MessageBody for Empty {
    fn to_text(&self) -> Result<String, Fault> {
        Ok("{}".to_owned())
    }

    fn of_text(_text: String) -> Result<Self, Fault> {
        Ok(Self)
    }
}

/// JSON text that is passed on unread.
#[derive(Debug)]
pub struct Json(pub String);

impl MessageBody for Json {
    fn to_text(&self) -> Result<String, Fault> {
        Ok(self.0.clone())
    }

    fn of_text(text: String) -> Result<Self, Fault> {
        Ok(Self(text))
    }
}

/// A value of `protocol` that `protocol::codec::json` reads and writes and serde does not.
#[derive(Debug)]
pub struct Record<T>(pub T);

impl<T: Read + Write> MessageBody for Record<T> {
    fn to_text(&self) -> Result<String, Fault> {
        Ok(json::write(&self.0))
    }

    fn of_text(text: String) -> Result<Self, Fault> {
        json::read(&text).map(Self).ok_or_else(|| Fault("a record that cannot be read".to_owned()))
    }
}

/// Makes bodies of types that `protocol::codec::json` reads and writes.
macro_rules! record_bodies {
    ($($name:ty),+ $(,)?) => {
        $(
            impl $crate::kit::body::MessageBody for $name {
                fn to_text(&self) -> Result<String, ::protocol::words::refusal::Fault> {
                    Ok(::protocol::codec::json::write(self))
                }

                fn of_text(text: String) -> Result<Self, ::protocol::words::refusal::Fault> {
                    ::protocol::codec::json::read(&text)
                        .ok_or_else(|| ::protocol::words::refusal::Fault("a record that cannot be read".to_owned()))
                }
            }
        )+
    };
}

pub(crate) use record_bodies;
