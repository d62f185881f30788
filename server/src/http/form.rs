//! Form that a page has sent without script.

use protocol::words::refusal::Refusal;
use worker::Url;

use super::incoming::Incoming;
use crate::runtime::call_error::CallError;

pub struct Form(Url);

impl Form {
    pub async fn read(incoming: &Incoming) -> Result<Self, CallError> {
        let body = incoming.body().await?;
        Ok(Self(Url::parse(&format!("http://form/?{body}")).map_err(|_| Refusal::BadJson)?))
    }

    /// Returns the first value of a field; empty if the form has none.
    pub fn field(&self, name: &str) -> String {
        let mut fields = self.0.query_pairs();
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}
