//! `/i/<code>`: who invites, and the ways on from there (`people.md` 5). The server renders it alone: it needs no script, and no
//! browser takes it over.

use leptos::prelude::*;

use super::document::{Document, Notice, PaperWindow, render};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::i18n::{Locale, ServerTexts, t_string};
use crate::ui::icon::portrait_url;
use crate::view::erased::{ErasedView, IntoErased};

/// Viewer of an invite.
#[derive(Debug)]
pub enum Viewer {
    /// Nobody who is signed in.
    Nobody,
    /// A guest, who comes by no invite.
    Guest,
    /// Somebody who can come by it; what the form proves with that it is from this page.
    Somebody(String),
}

/// An invite, as the page shows it.
#[derive(Debug)]
pub struct Invite {
    /// Its code, as it is made.
    pub code: String,
    /// Name of the person who invites.
    pub name: String,
    /// Their picture.
    pub avatar: String,
    /// Name of the group that it leads into.
    pub room: Option<String>,
    /// Viewer of the page.
    pub viewer: Viewer,
}

/// Why an invite opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedInvite {
    /// There is none, or not any more.
    Gone,
    /// Too many looks.
    TooFast,
    /// It is one's own.
    Own,
    /// Something is in the way: a list or a group that is full.
    Failed,
}

/// Renders the page of an invite.
pub fn invite(appearance: &Appearance, invite: Invite) -> String {
    document(appearance, |locale| view! { <OpenInvite locale invite /> }.erase())
}

/// Renders the page of what opens nothing.
pub fn shut(appearance: &Appearance, code: &str, why: ClosedInvite) -> String {
    document(appearance, |locale| view! { <ShutInvite locale code why /> }.erase())
}

fn document(appearance: &Appearance, paper: impl FnOnce(Locale) -> ErasedView) -> String {
    let locale = appearance.locale();
    render(|| {
        let title = t_string!(ServerTexts(locale), invite.title);
        let head = view! { <meta name="referrer" content="same-origin" /> }.erase();
        let paper = paper(locale);
        view! { <Document appearance=appearance.clone() title head>{paper}</Document> }
    })
}

/// Content of the page, for the gallery: as somebody who is not signed in sees it, a guest, or a member; or that it opens nothing any more.
pub fn story(locale: Locale, query: &str) -> ErasedView {
    let viewer = match query {
        "guest" => Viewer::Guest,
        "member" => Viewer::Somebody(String::new()),
        "gone" => return view! { <ShutInvite locale code="" why=ClosedInvite::Gone /> }.erase(),
        _ => Viewer::Nobody,
    };
    let room = matches!(viewer, Viewer::Somebody(_)).then(|| "Cake crew".to_owned());
    let (code, name, avatar) = ("0123456789ABCDEF".to_owned(), "Jonas".to_owned(), "av_01".to_owned());
    view! { <OpenInvite locale invite=Invite { code, name, avatar, room, viewer } /> }.erase()
}

#[component]
fn OpenInvite(locale: Locale, invite: Invite) -> impl IntoView {
    let t = ServerTexts(locale);
    let Invite { code, name, avatar, room, viewer } = invite;
    // Pictures that people brought are for those who are signed in.
    let is_shown = !(avatar.starts_with("up_") && matches!(viewer, Viewer::Nobody));
    let portrait = portrait_url(if is_shown { &avatar } else { "" });
    let to = if room.is_some() { t_string!(t, invite.to_group) } else { t_string!(t, invite.to_contact) };
    let actions = match viewer {
        Viewer::Somebody(csrf) => view! { <MemberActions t code=code.clone() csrf /> }.erase(),
        Viewer::Guest => view! { <GuestActions t /> }.erase(),
        Viewer::Nobody => view! { <VisitorActions t /> }.erase(),
    };
    view! {
        <InvitePaper locale code>
            <p>
                <img class="portrait" src=portrait alt="" width="96" height="96" />
            </p>
            <p>
                <b>{name}</b>
                {format!(" {to} ")}
                {room.map(|room| view! { <b>{room}</b> })}
            </p>
            {actions}
        </InvitePaper>
    }
}

#[component]
fn MemberActions(t: ServerTexts, code: String, csrf: String) -> impl IntoView {
    view! {
        <form method="post" action=format!("/i/{code}")>
            <input type="hidden" name="csrf" value=csrf />
            <p>
                <button class="btn" data-kind="default">
                    {t_string!(t, invite.accept)}
                </button>
                " "
                <a class="btn" href="/app">
                    {t_string!(t, invite.not_now)}
                </a>
            </p>
        </form>
    }
}

#[component]
fn GuestActions(t: ServerTexts) -> impl IntoView {
    view! {
        <Notice kind="note">{t_string!(t, invite.for_accounts)}</Notice>
        <p>
            <a class="btn" data-kind="default" href="/sign-in?form=new">
                {t_string!(t, invite.new_account)}
            </a>
            " "
            <a class="btn" href="/app">
                {t_string!(t, invite.not_now)}
            </a>
        </p>
    }
}

#[component]
fn VisitorActions(t: ServerTexts) -> impl IntoView {
    view! {
        <p>{t_string!(t, invite.come_back)}</p>
        <p>
            <a class="btn" data-kind="default" href="/app">
                {t_string!(t, invite.sign_in)}
            </a>
            " "
            <a class="btn" href="/sign-in?form=new">
                {t_string!(t, invite.new_account)}
            </a>
            " "
            <a class="btn" href="/sign-in#guest">
                {t_string!(t, invite.play)}
            </a>
        </p>
    }
}

#[component]
fn ShutInvite(locale: Locale, #[prop(into)] code: String, why: ClosedInvite) -> impl IntoView {
    let t = ServerTexts(locale);
    let words = match why {
        ClosedInvite::Gone => t_string!(t, invite.gone),
        ClosedInvite::TooFast => t_string!(t, invite.too_fast),
        ClosedInvite::Own => t_string!(t, invite.own),
        ClosedInvite::Failed => t_string!(t, invite.failed),
    };
    view! {
        <InvitePaper locale code>
            <Notice kind="error">{words}</Notice>
            <p>
                <a class="btn" data-kind="default" href="/">
                    {t_string!(t, invite.go_on)}
                </a>
            </p>
        </InvitePaper>
    }
}

#[component]
fn InvitePaper(locale: Locale, code: String, children: Children) -> impl IntoView {
    // A text that is no code is not written into addresses: the page in another language has the same address.
    let path = if code.is_empty() { String::new() } else { format!("/i/{code}") };
    let actions = other_languages(locale, &path).erase();
    view! {
        <PaperWindow id="invite" title=t_string!(ServerTexts(locale), invite.title) actions>
            {children()}
        </PaperWindow>
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Theme;

    fn appearance(language: &str) -> Appearance {
        Appearance { language: Some(language.to_owned()), theme: Some(Theme::Glass), ..Appearance::default() }
    }

    fn shown(viewer: Viewer, room: Option<&str>) -> Invite {
        let (code, name) = ("0123456789ABCDEF".to_owned(), "<i>\"Mia\"".to_owned());
        Invite { code, name, avatar: "up_1".to_owned(), room: room.map(str::to_owned), viewer }
    }

    #[test]
    fn what_people_wrote_is_text_and_a_form_proves_where_it_is_from() {
        for language in tags() {
            let html = invite(&appearance(language), shown(Viewer::Somebody("c".into()), Some("<script>")));
            assert!(html.contains(&format!("<html lang=\"{language}\" data-theme=\"glass\">")), "{html}");
            assert!(!html.contains("<i>") && !html.contains("<script") && !html.contains(" style="), "{html}");
            assert!(html.contains("<b>&lt;i&gt;\"Mia\"</b>") && html.contains("<b>&lt;script&gt;</b>"), "{html}");
            assert!(html.contains("name=\"csrf\" value=\"c\"") && html.contains("/api/avatars/up_1"), "{html}");
        }
    }

    #[test]
    fn values_of_attributes_end_where_the_framework_ends_them() {
        let viewer = Viewer::Somebody("\"><script>".into());
        let html = invite(&appearance("en"), Invite { code: "\"><script>".into(), ..shown(viewer, None) });
        assert!(!html.contains("<script"), "{html}");
        let count = html.matches("&quot;&gt;&lt;script&gt;").count();
        assert_eq!(count, Locale::ALL.len() + 1, "address in all languages, and proof");
    }

    #[test]
    fn who_is_not_signed_in_finds_links_and_no_form() {
        let html = invite(&appearance("de"), shown(Viewer::Nobody, None));
        assert!(!html.contains("<form") && !html.contains("/api/avatars/"));
        // By `/app`, so that a browser that is remembered asks for nothing.
        assert!(html.contains("href=\"/app\"") && html.contains("href=\"/sign-in?form=new\""));
        assert!(!invite(&appearance("en"), shown(Viewer::Guest, None)).contains("<form"));
        assert!(shut(&appearance("en"), "x", ClosedInvite::Gone).contains("role=\"status\""));
        assert!(shut(&appearance("en"), "", ClosedInvite::Gone).contains("<a href=\"?lang=de\""));
    }
}
