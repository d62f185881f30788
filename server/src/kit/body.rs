//! JSON bodies of calls to objects, and of their answers.

use protocol::codec::json::{Read, Write};
use protocol::words::refusal::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Write", deserialize = "T: Read"))]
pub struct Record<T>(#[serde(with = "as_record")] pub T);

/// Form of a member that `protocol::codec::json` reads and writes: `#[serde(with = "as_record")]`.
pub mod as_record {
    use protocol::codec::json::{self, Read, Write};
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    pub fn serialize<T: Write, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(json::write(value)).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: Read, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        json::read(text.get()).ok_or_else(|| D::Error::custom("a record that cannot be read"))
    }
}
