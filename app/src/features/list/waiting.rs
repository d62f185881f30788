//! Questions above the contact list: contact requests, and invitations to groups; and own requests that wait for an answer. Most people have
//! none, so the code is a lazy view.

use protocol::people::contacts::Relation;

use crate::features::contacts::contact_requests::{ContactRequests, SentRequests};
use crate::features::groups::invitations::GroupInvitations;
use crate::prelude::*;
use crate::store::relations::Contact;

/// Renders the questions, from the first one on.
pub fn questions() -> ErasedView {
    let session = use_session();
    let is_asked = move || {
        let is_open = |contact: &Contact| matches!(contact.relation, Relation::Request | Relation::Requested);
        session.relations.contacts.with(|all| all.iter().any(is_open))
            || session.groups.invitations.with(|all| !all.is_empty())
    };
    load_view_when(is_asked, all_questions)
}

lazy_view! {
    dialogs:
    /// All questions. Only messages stand below a search with a filter; what is folded or was just answered stays as it is meanwhile.
    pub fn all_questions() {
        let search = use_session().search;
        view! {
            <div hidden=switch(move || search.has_filter())>
                <ContactRequests />
                <GroupInvitations />
                <SentRequests />
            </div>
        }
        .client_only()
    }
}
