//! The other end of a conversation.

use crate::prelude::*;
use crate::store::conversation::Conversation;
use crate::store::roster::RosterPerson;

/// Person or room at the other end, as far as it is known.
#[derive(Clone, Copy)]
pub struct Peer {
    /// `None` for a room, and until the person is known.
    pub person: Memo<Option<RwSignal<RosterPerson>>>,
    /// Name of the person or room.
    pub name: Signal<String>,
}

impl Peer {
    pub fn of(session: Session, conversation: Conversation) -> Self {
        match conversation.partner() {
            Some(partner) => {
                let id = partner.clone();
                let person = Memo::new(move |_| session.roster.person(&id));
                let name = Signal::derive(move || match person.get() {
                    Some(person) => person.with(|person| person.display_name.clone()),
                    None => partner.clone(),
                });
                Self { person, name }
            }
            None => {
                let id = conversation.room_id();
                let name = Signal::derive(move || {
                    let row = session.roster.room(&id);
                    row.map_or_else(|| conversation.name_without_list(), |row| row.with(|row| row.name.clone()))
                });
                Self { person: Memo::new(|_| None), name }
            }
        }
    }
}
