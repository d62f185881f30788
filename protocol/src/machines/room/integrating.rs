//! Integrations of a group (`integrations.md`): who makes and revokes one, and the messages that come through it.
//!
//! An integration ends with the right of the person who made it (`programs`).

use std::rc::Rc;

use subtle::ConstantTimeEq;

use super::integration::{Integration, IntegrationStore};
use super::outbound::Outbound;
use super::reading::event_at;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::write::WriteOutcome;
use crate::codec::json::json_text;
use crate::content::look_alikes::skeleton;
use crate::log::Appended;
use crate::people::names::{belongs_to_somebody_else, with_end_of_id};
use crate::words::event::{Draft, Event, Kind, Millis};
use crate::words::limits::INTEGRATIONS_MAX;
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Refusal};

/// Message that came to the address of an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationMessage {
    pub integration: String,
    /// SHA-256 of the secret that came with it, in hex.
    pub secret_hash: String,
    pub id: String,
    /// Name that its sender gives itself, ready to be shown.
    pub name: Option<String>,
    /// Its text, ready for a message.
    pub content: String,
}

impl Room {
    /// Lists the integrations for an owner or admin of the group.
    /// Errors: `FORBIDDEN` for other members, `NOT_FOUND` for a person from whom the group is hidden.
    pub fn integrations(&self, store: &impl IntegrationStore, user: &str) -> Result<Vec<Integration>, Denied> {
        self.check_leads(user)?;
        Ok(store.integrations()?)
    }

    /// Adds an integration.
    /// Errors: Those of [`Self::integrations`], and `VALIDATION` with the limit.
    pub fn add_integration(
        &self,
        store: &mut impl IntegrationStore,
        by: &str,
        integration: &Integration,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        if self.integrations(store, by)?.len() >= INTEGRATIONS_MAX {
            return Err(
                Refusal::over_limit("name", "This group has no room for more integrations.", INTEGRATIONS_MAX).into()
            );
        }
        store.save_integration(integration)?;
        out.act(by, "integration_add", &self.place_of(&integration.id));
        Ok(())
    }

    /// Revokes an integration. What it has said stays.
    /// Errors: Those of [`Self::integrations`], and `NOT_FOUND` if there is none with this id.
    pub fn remove_integration(
        &self,
        store: &mut impl IntegrationStore,
        by: &str,
        id: &str,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        if !self.integrations(store, by)?.iter().any(|known| known.id == id) {
            return Err(Refusal::NotFound.into());
        }
        store.forget_integration(id)?;
        out.act(by, "integration_remove", &self.place_of(id));
        Ok(())
    }

    /// Stores the message of an integration. A known id gets its first answer again. The outcome has the name that the sender knows: it is
    /// not told if somebody in the group has the same.
    /// Errors: `NOT_FOUND` for a wrong secret, a revoked integration and a deleted group alike; `OVERLOADED` during maintenance;
    /// `RATE_LIMITED`, and what the log says of the id.
    pub fn integration_says(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        message: &IntegrationMessage,
        out: &mut Outbound,
    ) -> Result<WriteOutcome, Denied> {
        let integration = self.open_integration(store, message)?;
        self.check_maintenance()?;
        let name = message.name.clone().unwrap_or_else(|| integration.name.clone());
        let draft = Draft {
            id: message.id.clone(),
            actor: Some(integration.id.clone()),
            session: None,
            name: self.name_beside_people(&integration.id, &name),
            kind: Kind::Chat,
            body: integration_body(&message.content),
        };
        let (rate_allowance, rules) = (&mut self.rate_allowance, &self.settings.rules);
        let rule = Rule([&rules.hook.0[..], &rules.chat.0].concat());
        let appended = self
            .log
            .append(store, now, draft, |log| rate_allowance.check(log, &rule, &integration.id, Kind::Chat, now))?;
        match appended {
            Appended::New(event) => {
                self.rate_allowance.count(&integration.id, Kind::Chat, now);
                store.save_integration(&Integration { used_at: Some(now), ..integration })?;
                let event = Rc::new(event);
                self.announce(&mut Step { store, now, out }, &event)?;
                Ok(WriteOutcome { event: named(&event, name), duplicate: false })
            }
            Appended::Duplicate { seq, .. } => {
                out.counters.replayed += 1;
                Ok(WriteOutcome { event: named(&event_at(store, seq)?, name), duplicate: true })
            }
        }
    }

    /// Returns the integration that an address opens. Every address that opens none is refused alike.
    fn open_integration(
        &self,
        store: &impl IntegrationStore,
        message: &IntegrationMessage,
    ) -> Result<Integration, Denied> {
        if self.group.as_ref().is_none_or(|group| group.record.is_deleted) {
            return Err(Refusal::NotFound.into());
        }
        let known = store.integrations()?.into_iter().find(|known| known.id == message.integration);
        let is_opened_by = |hash: &str| bool::from(hash.as_bytes().ct_eq(message.secret_hash.as_bytes()));
        known.filter(|known| is_opened_by(&known.secret_hash)).ok_or(Denied::Refused(Refusal::NotFound))
    }

    /// Returns the name for a message of an integration. One that looks like that of a member, a persona or a bot has the end of the id, as
    /// an account of that name would have (`sign-in.md` 1.7).
    pub(super) fn name_beside_people(&self, id: &str, name: &str) -> String {
        let looks = skeleton(name);
        let mut members = self.group.iter().flat_map(|group| group.people());
        match belongs_to_somebody_else(id, name) || members.any(|member| skeleton(&member.name) == looks) {
            true => with_end_of_id(id, name),
            // A member may have another name by now.
            false => self.name_among_people(id, name),
        }
    }

    /// Refuses everybody but the owner and the admins of the group.
    pub(super) fn check_leads(&self, user: &str) -> Result<(), Refusal> {
        self.group.as_ref().ok_or(Refusal::NotFound)?.check_describes(user)
    }

    /// Returns the integration as the audit log names it.
    pub(super) fn place_of(&self, id: &str) -> String {
        format!("{}/{id}", self.id.as_str())
    }
}

fn named(event: &Event, name: String) -> Rc<Event> {
    Rc::new(Event { name, ..event.clone() })
}

/// Returns the members of a message of an integration: marked as that of a program, and made by none of ours.
fn integration_body(content: &str) -> String {
    format!("{{\"content\":{},\"bot\":true,\"client\":\"integration\"}}", json_text(content))
}
