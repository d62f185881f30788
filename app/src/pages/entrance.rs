//! Entrance that the sign-in page puts first: accounts or the demo (`ux.md` 1.1, `SIGN_IN`).

use crate::prelude::*;

/// Entrance that stands first. The server puts it into the context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entrance {
    /// Accounts, then guests, then personas.
    #[default]
    Accounts,
    /// Personas, then guests, then accounts.
    Demo,
}

/// Returns the entrance of the deployment, or that of a story.
pub fn entrance() -> Entrance {
    use_context::<Entrance>().unwrap_or_default()
}

/// Renders the link to the demo, where the page puts accounts first.
pub fn demo_link() -> Option<ErasedView> {
    let words = t_string!(ServerTexts(use_i18n().locale()), entrance.without_account);
    (entrance() == Entrance::Accounts).then(|| view! { <a href="/demo">{words}</a> }.erase())
}
