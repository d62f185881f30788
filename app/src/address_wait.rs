//! Wait of a form whose sign-in met the limit per address (`account.md` 8), as the address of the form's page tells it.
//!
//! The server counts the tries: a form sends the number of its earlier tries in the field `try`.

use protocol::words::event::Millis;
use protocol::words::limits::SIGN_IN_TRIES_MAX;

/// State of a form after a refused try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressWait {
    /// Number of tries.
    pub tries: u32,
    /// Time after which the form is sent again; `None` after the last try.
    pub seconds: Option<u64>,
}

impl AddressWait {
    /// Returns the state after one more refused try. `before` is the field `try` of the form.
    pub fn after(before: &str, retry_after_ms: Millis) -> Self {
        let before: u32 = before.parse().unwrap_or_default();
        let tries = before.saturating_add(1).min(SIGN_IN_TRIES_MAX);
        Self { tries, seconds: (tries < SIGN_IN_TRIES_MAX).then(|| retry_after_ms.div_ceil(1_000)) }
    }

    /// Returns the state as a part of a query.
    pub fn query(self) -> String {
        let wait = self.seconds.map(|seconds| format!("&wait={seconds}")).unwrap_or_default();
        format!("{wait}&try={}", self.tries)
    }

    /// Reads the state from the values of a query.
    pub fn of(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let tries = value("try")?.parse().ok()?;
        Some(Self { tries, seconds: value("wait").and_then(|seconds| seconds.parse().ok()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_waits_after_four_tries_and_gives_up_after_the_fifth() {
        let mut before = String::new();
        for query in ["&wait=7&try=1", "&wait=7&try=2", "&wait=7&try=3", "&wait=7&try=4", "&try=5", "&try=5"] {
            let wait = AddressWait::after(&before, 6_001);
            assert_eq!(wait.query(), query);
            before = wait.tries.to_string();
        }
    }

    #[test]
    fn a_number_that_somebody_made_up_begins_anew() {
        for before in ["", "-1", "many", "99999999999"] {
            assert_eq!(AddressWait::after(before, 1_000), AddressWait { tries: 1, seconds: Some(1) }, "{before}");
        }
        assert_eq!(AddressWait::after("4294967295", 1_000).query(), "&try=5");
    }

    #[test]
    fn a_query_reads_as_it_was_written() {
        for wait in [AddressWait { tries: 2, seconds: Some(60) }, AddressWait { tries: 5, seconds: None }] {
            let query = wait.query();
            let value = |name: &str| {
                let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
                pair.map(str::to_owned)
            };
            assert_eq!(AddressWait::of(value), Some(wait));
        }
        assert_eq!(AddressWait::of(|_| None), None);
    }
}
