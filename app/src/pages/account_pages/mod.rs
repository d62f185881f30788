//! Pages around a lost password and the links of mails (`account.md` 3 to 6): plain forms without a script, in the look of the sign-in page.
//! A refusal returns as a code in the address (`api::account`).
//!
//! | File | Page |
//! |---|---|
//! | `forgot` | `/forgot`: a mail with a link |
//! | `reset` | `/reset`: a new password by that link |
//! | `recover` | `/recover`: a new password by a recovery code |
//! | `links` | `/verify` and `/undo`: a button for what the link does |
//! | `window` | the window of all of them, and the state of a link |

mod forgot;
mod links;
mod recover;
mod reset;
mod window;

pub use forgot::ForgotPage;
pub use links::{UndoPage, VerifyPage};
pub use recover::RecoverPage;
pub use reset::ResetPage;

use window::LinkState;

use crate::api::account::{PageLink, RESET, UNDO, VERIFY};
use crate::view::erased::ErasedView;

/// Pages whose address holds a token. Nothing foreign is loaded by them, and no other address learns theirs (`account.md` 2).
pub const TOKEN_PAGES: [&str; 3] = [RESET, VERIFY, UNDO];

/// Renders a page for the gallery, by the name of its story.
pub fn story(name: &str) -> Option<ErasedView> {
    let link = PageLink { email: "mia@example.org".to_owned(), is_own: true, ..PageLink::default() };
    let open = || LinkState::Open { token: "0".to_owned(), link: link.clone() };
    Some(match name {
        "forgot" => forgot::form(true),
        "forgot-no-mail" => forgot::form(false),
        "reset-refused" => reset::form(open()),
        "recover-refused" => recover::form(),
        "confirm" => links::verify_form(open()),
        "undo-done" => links::undo_form(LinkState::Done),
        "link-gone" => reset::form(LinkState::Gone),
        _ => return None,
    })
}
