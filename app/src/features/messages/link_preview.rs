//! Preview of a link. The server requests the page and serves the preview; the writer can leave it out. No browser requests the page itself
//! (`files.md` 1).

use leptos::task::spawn_local;
use protocol::codec::json::{Value, json_text, member};
use protocol::content::spans::{Span, spans};
use protocol::people::draft::Draft;
use protocol::words::limits::LINK_URL_BYTES_MAX;

use super::message_text::follow_here;
use crate::browser::delay::Delay;
use crate::browser::{address, fetch};
use crate::store::conversation::Conversation;
use crate::store::tray::{LinkPreview, Tray, has_link};
use crate::ui::prelude::*;

/// Pause in typing after which a link is looked up.
const PAUSE_MS: u64 = 600;

/// Preview under a message, unless the person has switched previews off. The content comes from the sender and is not trusted: it links to
/// web addresses only, and its picture is shown only if the writer `is_known`.
pub fn link_card(link: Value, is_known: Memo<bool>) -> ErasedView {
    let message_settings = use_session().settings.message_settings;
    let text = |name: &str| member::<String>(&link, name).unwrap_or_default();
    let said = LinkPreview {
        url: text("url"),
        title: text("title"),
        description: text("description"),
        image: member(&link, "imageFileId"),
    };
    let is_web = address::read(&said.url).is_some();
    let is_shown = move || is_web && message_settings.with(|settings| !settings.has_no_previews);
    when(is_shown, move || card(&said, is_known, ().erase())).client_only()
}

fn card(said: &LinkPreview, is_known: Memo<bool>, more: ErasedView) -> ErasedView {
    let LinkPreview { url, title, description, image } = said.clone();
    let (leads, press) = (address::read(&url), follow_here(&url));
    let (host, plain) = leads.map(|leads| (leads.host, leads.plain)).unwrap_or_default();
    let said_host = host.clone();
    let picture =
        |id: &String| view! { <img src=format!("/api/files/{id}") alt="" width="64" height="64" /> }.client_only();
    let image = image.map(|id| when(move || is_known.get(), move || picture(&id)).client_only());
    view! {
        <div class="link-card" role="group" aria-label=said!(files.preview, host = &said_host)>
            {image}
            <div class="link-text">
                <a href=url title=plain target="_blank" rel="noopener noreferrer nofollow ugc" on:click=press>
                    <bdi>{title}</bdi>
                </a>
                <span class="link-words" dir="auto">{description}</span>
                <span class="link-host">{host}</span>
            </div>
            {more}
        </div>
    }
    .client_only()
}

/// Preview in the tray, which can be removed.
pub fn in_tray(tray: Tray) -> ErasedView {
    let view = choice(move || {
        let Some(said) = tray.link.get() else { return ().erase() };
        let remove = handler(move |_| {
            tray.link.set(None);
            dom::focus_soon(".editor");
        });
        let without = icon_button("ic-close", "14", &|| said!(files.no_preview), remove);
        card(&said, Memo::new(|_| true), without.client_only())
    });
    view.client_only()
}

/// Requests the preview of the first link in the text, once for each link, after a pause in typing.
pub fn watch_links(session: Session, conversation: Conversation, tray: Tray) {
    let message_settings = session.settings.message_settings;
    let delay = Delay::default();
    Effect::new(move |_| {
        let words = conversation.draft.with(|draft| draft.content.clone());
        let wants = message_settings.with(|settings| !settings.has_no_previews);
        let removed = tray.link.get_untracked().filter(|link| !wants || !has_link(&words, &link.url));
        // During the sending, the preview stays a part of the message.
        if let Some(removed) = removed.filter(|_| !tray.is_sending.get_untracked()) {
            tray.link.set(None);
            forget(tray, &removed.url);
        }
        delay.clear();
        let Some(url) = first_link(&words).filter(|_| wants) else { return };
        delay.set(PAUSE_MS, move || ask(session, conversation, tray, url));
    });
}

/// Allows another request for the link, unless the person has removed its preview.
fn forget(tray: Tray, url: &str) {
    tray.known_links.update_untracked(|known| known.retain(|other| other != url));
}

fn first_link(words: &str) -> Option<String> {
    let link = spans(words).into_iter().find_map(|span| if let Span::Link(url) = span { Some(url) } else { None })?;
    Some(link.to_owned()).filter(|link| link.len() <= LINK_URL_BYTES_MAX)
}

fn ask(session: Session, conversation: Conversation, tray: Tray, url: String) {
    let is_known = tray.known_links.with_untracked(|known| known.contains(&url));
    if is_known || tray.link.with_untracked(Option::is_some) {
        return;
    }
    tray.known_links.update_untracked(|known| known.push(url.clone()));
    let csrf = session.csrf.get_value();
    spawn_local(async move {
        let body = format!("{{\"url\":{}}}", json_text(&url));
        // A missing preview is no loss, so no error is shown.
        let Ok(said) = fetch::call("POST", "/api/links", &csrf, Some(body)).await else { return };
        let text = |name: &str| member::<String>(&said, name).unwrap_or_default();
        let found = LinkPreview {
            url: url.clone(),
            title: text("title"),
            description: text("description"),
            image: member(&said, "imageFileId"),
        };
        // The text may have changed: another link, an earlier link, or previews are switched off.
        let is_first = |draft: &Draft| first_link(&draft.content).as_deref() == Some(&*url);
        let is_wanted = conversation.draft.try_with_untracked(is_first).unwrap_or_default()
            && session.settings.message_settings.with_untracked(|settings| !settings.has_no_previews);
        if !is_wanted {
            return forget(tray, &url);
        }
        if !found.title.is_empty() {
            tray.link.set(Some(found));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_is_asked_for() {
        assert_eq!(first_link("see https://a.example/x, http://b.example").as_deref(), Some("https://a.example/x"));
        assert_eq!(first_link("`https://a.example` a.b"), None);
    }
}
