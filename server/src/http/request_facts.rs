//! Facts for the line of a request, and for its answer.

use protocol::operation::telemetry::Pseudonyms;
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;

use crate::kit::namespace::Namespace;

#[derive(Debug, Default)]
pub struct RequestFacts {
    /// Name of the door that answers.
    pub door: &'static str,
    /// The path's pattern in the route table; empty when there is none.
    pub route: &'static str,
    /// It is for accounts whose address is not proved as well, although it writes (`account.md` 3).
    pub is_for_unproved: bool,
    /// Person who asks, if somebody was recognised.
    pub principal: Option<String>,
    pub log: Option<LogName>,
    /// The place it got in it.
    pub seq: Option<u64>,
    /// Bytes of the answer; unknown for streams and sockets.
    pub bytes_out: Option<usize>,
    /// Result of a server function, if its form could be read at all: nothing, or why it was refused.
    pub function: Option<Option<Refusal>>,
    /// The limit of sign-ins per address refused it.
    pub is_limited_by_address: bool,
}

#[derive(Debug)]
pub enum LogName {
    /// A name that names no person.
    Plain(String),
    /// The log of a person in one namespace. The line has the pseudonym, which is made only if the line is written: it is a digest.
    OfPerson(Namespace, String),
}

impl LogName {
    pub fn in_line(&self, pseudonyms: &Pseudonyms, now: Millis) -> String {
        match self {
            Self::Plain(name) => name.clone(),
            Self::OfPerson(namespace, person) => namespace.object_name(&pseudonyms.of(now, person)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_pseudonym_of_a_person_and_never_the_id() {
        let (pseudonyms, now) = (Pseudonyms::new(b"a secret"), 1_795_000_000_000);
        let line = |name: LogName| name.in_line(&pseudonyms, now);
        assert_eq!(line(LogName::Plain("hub:r".into())), "hub:r");
        let of_mia = line(LogName::OfPerson(Namespace::Channel, "mia".into()));
        assert_eq!(of_mia, format!("user:{}", pseudonyms.of(now, "mia")));
        assert!(!of_mia.contains("mia"));
    }
}
