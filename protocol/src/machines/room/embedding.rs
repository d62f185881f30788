//! A public group in pages of other sites (`embed.md`): the people who allow it, and the messages that such a page shows.

use serde::{Deserialize, Serialize};

use super::group::Group;
use super::outbound::Outbound;
use super::state::Room;
use crate::log::{LogStore, Range};
use crate::trust::frame_origin::is_frame_origin;
use crate::words::event::Event;
use crate::words::limits::{EMBED_EVENTS_MAX, EMBED_MESSAGES_MAX, EMBED_ORIGINS_MAX, PAGE_EVENTS_MAX};
use crate::words::refusal::{Denied, Fault, Refusal};

crate::words! {
    /// Permission of the people who look at a frame.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum EmbedMode {
        #[default]
        Read = "read",
        /// They also write, as guests.
        Guest = "guest",
    }
}

crate::record! {
    /// Permission to show a room in pages of other sites.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Embedding {
        pub origins: Vec<String> = "origins",
        pub mode: EmbedMode = "mode",
    }
}

impl Embedding {
    /// Checks number and form of the origins.
    /// Errors: `VALIDATION` on `origins`.
    pub fn check(&self, allows_local: bool) -> Result<(), Refusal> {
        if self.origins.len() > EMBED_ORIGINS_MAX {
            return Err(Refusal::over_limit("origins", "There are too many origins.", EMBED_ORIGINS_MAX));
        }
        let are_good = self.origins.iter().all(|origin| is_frame_origin(origin, allows_local));
        if self.origins.is_empty() || !are_good {
            return Err(Refusal::validation("origins", "An origin is written like https://blog.example."));
        }
        Ok(())
    }
}

pub trait EmbeddingStore {
    /// Returns the permission; `None` when there is none.
    fn embedding(&self) -> Result<Option<Embedding>, Fault>;
    /// Stores the permission, or removes it.
    fn save_embedding(&mut self, embedding: Option<&Embedding>) -> Result<(), Fault>;
}

impl Room {
    /// Returns the permission of the group, for its owner or an admin.
    /// Errors: `FORBIDDEN` for other people, and if the group is private; `NOT_FOUND` for a person from whom the group is
    /// hidden, and if no permission is stored.
    pub fn embedding(&self, store: &impl EmbeddingStore, user: &str) -> Result<Embedding, Denied> {
        self.check_embeds(user)?;
        store.embedding()?.ok_or(Denied::Refused(Refusal::NotFound))
    }

    /// Returns the permission as a part of the description of the group; `None` for everybody but those who may change it.
    pub fn embedding_for(&self, store: &impl EmbeddingStore, user: &str) -> Result<Option<Embedding>, Fault> {
        if self.check_embeds(user).is_ok() { store.embedding() } else { Ok(None) }
    }

    /// Changes the permission of the group, or ends it.
    /// Errors: Those of [`Self::embedding`].
    pub fn set_embedding(
        &self,
        store: &mut impl EmbeddingStore,
        by: &str,
        embedding: Option<&Embedding>,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        self.check_embeds(by)?;
        if embedding.is_none() && store.embedding()?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        store.save_embedding(embedding)?;
        let what = if embedding.is_some() { "embed_on" } else { "embed_off" };
        out.act(by, what, self.id.as_str());
        Ok(())
    }

    /// Returns the permission by which pages of other sites show this group; `None` if they may not.
    pub fn embedding_in_force(&self, store: &impl EmbeddingStore) -> Result<Option<Embedding>, Fault> {
        let is_shown = self.group.as_ref().is_some_and(|group| group.is_public() && !group.record.is_deleted);
        if is_shown { store.embedding() } else { Ok(None) }
    }

    /// Returns the newest messages, the oldest of them first. Only the newest events are searched, so that a room full of other events costs
    /// no more.
    pub fn newest_messages(&self, store: &impl LogStore) -> Result<Vec<Event>, Fault> {
        let mut before = self.log.head() + 1;
        let end = before.saturating_sub(EMBED_EVENTS_MAX);
        let mut found: Vec<Event> = Vec::new();
        while found.len() < EMBED_MESSAGES_MAX && before > end {
            let page = self.log.page(store, Range::Before(before), PAGE_EVENTS_MAX, end.saturating_sub(1))?;
            let Some(first) = page.events.first().map(|event| event.seq) else { break };
            before = first;
            found.extend(page.events.into_iter().rev().filter(Event::has_words));
            if !page.more {
                break;
            }
        }
        found.truncate(EMBED_MESSAGES_MAX);
        found.reverse();
        Ok(found)
    }

    /// Refuses everybody but the owner and the admins of a public group.
    fn check_embeds(&self, user: &str) -> Result<(), Refusal> {
        self.check_leads(user)?;
        if self.group.as_ref().is_some_and(Group::is_public) { Ok(()) } else { Err(Refusal::Forbidden) }
    }
}
