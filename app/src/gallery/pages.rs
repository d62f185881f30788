//! Stories of the pages that the server renders alone (`ux.md` 3.2). They need no script and get none: the server answers each under an
//! address of the gallery that may be framed, with the gallery's controls in the query.

use leptos_router::hooks::use_query_map;
use leptos_router::location::RequestUrl;

use super::PATH;
use crate::appearance::{Appearance, Motion, Theme};
use crate::boot::Boot;
use crate::page_files::path_of;
use crate::pages::frame::{StoryQuery, own_appearance};
use crate::pages::invite::story;
use crate::pages::privacy::Paper;
use crate::pages::sign_in::SignIn;
use crate::pages::{Entrance, account_pages, moderation, notice};
use crate::prelude::*;

/// Name of a page, and the query of its own address.
pub type PageStory = (&'static str, &'static str);

pub const PAGES: [PageStory; 24] = [
    ("sign-in", ""),
    (ACCOUNTS_FIRST, ""),
    ("sign-in-taken", "error=PERSONA_TAKEN&persona=user_7"),
    ("sign-in-busy", "error=RATE_LIMITED"),
    ("sign-in-locked", "form=account&error=RATE_LIMITED&retry=900"),
    ("sign-in-refused", "form=account&error=BAD_CREDENTIALS"),
    ("sign-in-second-factor", "form=account&error=SECOND_FACTOR"),
    ("new-account", "form=new"),
    ("new-account-refused", "form=new&error=VALIDATION&field=password"),
    ("forgot", ""),
    ("forgot-no-mail", ""),
    ("reset-refused", "error=VALIDATION&field=password"),
    ("recover-refused", "error=BAD_CREDENTIALS"),
    ("confirm", ""),
    ("undo-done", ""),
    ("link-gone", ""),
    (PRIVACY, ""),
    ("invite-page", ""),
    ("invite-page-guest", "guest"),
    ("invite-page-member", "member"),
    ("invite-page-gone", "gone"),
    (ACTS, ""),
    ("not-there", ""),
    ("unavailable", ""),
];
/// Sign-in page of a deployment for accounts, whatever this one is for.
const ACCOUNTS_FIRST: &str = "sign-in-accounts";
/// Pages of an invite, for each kind of viewer.
const INVITE: &str = "invite-page";
const PRIVACY: &str = "privacy";
/// Page of the acts of moderators on a person.
const ACTS: &str = "moderation";

pub fn find(name: &str) -> Option<PageStory> {
    PAGES.into_iter().find(|(known, _)| *known == name)
}

/// Returns the page of the request; on the server only.
pub fn asked() -> Option<PageStory> {
    let url = use_context::<RequestUrl>()?;
    find(path_of(url.as_ref()).strip_prefix(PATH)?.trim_start_matches('/'))
}

/// Returns the appearance of the page: the values of the controls, or else those of this device.
pub fn appearance() -> Appearance {
    let own = own_appearance();
    use_query_map().with_untracked(|query| Appearance {
        theme: query.get("theme").and_then(|word| Theme::parse(&word)).or(own.theme),
        motion: query.get("motion").and_then(|word| Motion::parse(&word)).or(own.motion),
        language: query.get("lang").or(own.language),
        text_percent: query.get("text").and_then(|word| word.parse().ok()).or(own.text_percent),
        status: own.status,
    })
}

pub fn written((name, query): PageStory, boot: Option<Boot>) -> ErasedView {
    provide_context(StoryQuery(query));
    if let Some(story) = account_pages::story(name).or_else(|| notice::story(name)) {
        return story;
    }
    if name == ACCOUNTS_FIRST {
        provide_context(Entrance::Accounts);
    }
    match boot {
        _ if name == PRIVACY => view! { <Paper /> }.erase(),
        _ if name == ACTS => moderation::story(use_i18n().locale()),
        _ if name.starts_with(INVITE) => view! { <div>{story(use_i18n().locale(), query)}</div> }.erase(),
        Some(boot) => view! { <SignIn boot /> }.erase(),
        None => ().erase(),
    }
}
