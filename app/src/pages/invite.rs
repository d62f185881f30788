//! `/i/<code>`: an invite with its sender and the next steps (`people.md` 5). The server renders it alone: no script and no hydration.

use super::document::{Document, Notice, PaperWindow, render};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::i18n::Locale;
use crate::ui::prelude::*;

/// Viewer of an invite.
#[derive(Debug)]
pub enum Viewer {
    /// Visitor without a session.
    Nobody,
    /// Guest, who can accept an invite for guests alone, with the CSRF token of the form.
    Guest(String),
    /// Person who can accept it, with the CSRF token of the form.
    Somebody(String),
    /// Contact of its sender already, with the address of their conversation.
    Contact(String),
}

/// Invite, as the page shows it.
#[derive(Debug)]
pub struct Invite {
    /// Canonical code.
    pub code: String,
    pub name: String,
    pub avatar: String,
    /// Name of the group that the invite is for.
    pub room: Option<String>,
    /// Guests may use it, too.
    pub takes_guests: bool,
    pub viewer: Viewer,
}

/// Reason why an invite cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedInvite {
    /// The invite does not exist, or has ended.
    Gone,
    /// Too many requests.
    TooFast,
    /// The viewer is its sender.
    Own,
    /// A limit is reached: a full list or group.
    Failed,
}

/// Renders the page of an invite.
pub fn invite(appearance: &Appearance, invite: Invite) -> String {
    document(appearance, |locale| view! { <OpenInvite locale invite /> }.erase())
}

/// Renders the page of an invite that cannot be used.
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

/// Renders the content of the page for the gallery: for a visitor, a guest or a member, or with a closed invite.
pub fn story(locale: Locale, query: &str) -> ErasedView {
    let viewer = match query {
        "guest" => Viewer::Guest(String::new()),
        "member" => Viewer::Somebody(String::new()),
        "gone" => return view! { <ShutInvite locale code="" why=ClosedInvite::Gone /> }.erase(),
        _ => Viewer::Nobody,
    };
    let room = matches!(viewer, Viewer::Somebody(_)).then(|| "Cake crew".to_owned());
    let (code, name, avatar) = ("0123456789ABCDEF".to_owned(), "Jonas".to_owned(), "av_01".to_owned());
    view! { <OpenInvite locale invite=Invite { code, name, avatar, room, takes_guests: false, viewer } /> }.erase()
}

#[component]
fn OpenInvite(locale: Locale, invite: Invite) -> impl IntoView {
    let t = ServerTexts(locale);
    let Invite { code, name, avatar, room, takes_guests, viewer } = invite;
    // Uploaded pictures are visible to signed-in people only.
    let is_shown = !(avatar.starts_with("up_") && matches!(viewer, Viewer::Nobody));
    let portrait = portrait_url(if is_shown { &avatar } else { "" });
    let to = match (&viewer, &room) {
        (Viewer::Contact(_), _) => "",
        (_, Some(_)) => t_string!(t, invite.to_group),
        (_, None) => t_string!(t, invite.to_contact),
    };
    let actions = match viewer {
        Viewer::Somebody(csrf) => view! { <MemberActions t code=code.clone() csrf /> }.erase(),
        Viewer::Guest(csrf) if takes_guests => view! {
            <Notice kind="note">{t_string!(t, invite.for_guests)}</Notice>
            <MemberActions t code=code.clone() csrf />
        }
        .erase(),
        Viewer::Guest(_) => view! { <GuestActions t /> }.erase(),
        Viewer::Contact(address) => view! { <ContactActions t address /> }.erase(),
        Viewer::Nobody => {
            let code = code.clone();
            view! { <VisitorActions t code name=name.clone() is_to_group=room.is_some() takes_guests /> }.erase()
        }
    };
    view! {
        <InvitePaper locale code>
            <p>
                <img class="portrait" src=portrait alt="" width="96" height="96" />
            </p>
            <p>
                <b><bdi>{name}</bdi></b>
                {format!(" {to} ")}
                {room.map(|room| view! { <b><bdi>{room}</bdi></b> })}
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
            <p class="paper-acts">
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

/// Way to the conversation with somebody who is a contact by now, by this invite or another way.
#[component]
fn ContactActions(t: ServerTexts, address: String) -> impl IntoView {
    view! {
        <p>{t_string!(t, invite.known)}</p>
        <p class="paper-acts">
            <a class="btn" data-kind="default" href=address>
                {t_string!(t, invite.open_chat)}
            </a>
        </p>
    }
}

#[component]
fn GuestActions(t: ServerTexts) -> impl IntoView {
    view! {
        <Notice kind="note">{t_string!(t, invite.for_accounts)}</Notice>
        <p class="paper-acts">
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

/// Ways in for a visitor. The first is a form, because who presses it accepts the invite, and is not asked again with the new account.
#[component]
fn VisitorActions(t: ServerTexts, code: String, name: String, is_to_group: bool, takes_guests: bool) -> impl IntoView {
    let hint = if takes_guests { t_string!(t, invite.for_guests) } else { t_string!(t, invite.come_back) };
    let new_account = match is_to_group {
        true => t_string!(t, invite.account_and_join).to_owned(),
        false => t_string!(t, invite.account_and_add, name = name),
    };
    view! {
        <p>{hint}</p>
        <form method="post" action=format!("/i/{code}")>
            <input type="hidden" name="new" value="1" />
            <p class="paper-acts">
                <button class="btn" data-kind="default">
                    {new_account}
                </button>
                " "
                <a class="btn" href="/app">
                    {t_string!(t, invite.sign_in)}
                </a>
                {takes_guests.then(|| view! {
                    " "
                    <a class="btn" href="/sign-in#guest">
                        {t_string!(t, invite.play)}
                    </a>
                })}
            </p>
        </form>
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
    // A text that is no code is not written into addresses: links to other languages lead to the same address.
    let path = if code.is_empty() { String::new() } else { format!("/i/{code}") };
    let actions = other_languages(locale, &path);
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
        Invite { code, name, avatar: "up_1".to_owned(), room: room.map(str::to_owned), takes_guests: false, viewer }
    }

    #[test]
    fn what_people_wrote_is_text_and_a_form_proves_where_it_is_from() {
        for language in tags() {
            let html = invite(&appearance(language), shown(Viewer::Somebody("c".into()), Some("<script>")));
            assert!(html.contains(&format!("<html lang=\"{language}\" data-theme=\"glass\">")), "{html}");
            assert!(!html.contains("<i>") && !html.contains("<script") && !html.contains(" style="), "{html}");
            assert!(
                html.contains("<b><bdi>&lt;i&gt;\"Mia\"</bdi></b>")
                    && html.contains("<b><bdi>&lt;script&gt;</bdi></b>"),
                "{html}"
            );
            assert!(html.contains("name=\"csrf\" value=\"c\"") && html.contains("/api/avatars/up_1"), "{html}");
        }
    }

    #[test]
    fn a_contact_of_the_sender_is_led_to_the_conversation_and_asked_nothing() {
        let viewer = Viewer::Contact("/app?room=dm_user_1____user_2".into());
        let html = invite(&appearance("en"), shown(viewer, None));
        assert!(html.contains("href=\"/app?room=dm_user_1____user_2\"") && html.contains("already contacts"), "{html}");
        assert!(!html.contains("<form") && !html.contains("would like to add you"), "{html}");
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
    fn who_is_not_signed_in_finds_ways_in_and_no_proof() {
        let html = invite(&appearance("de"), shown(Viewer::Nobody, None));
        assert!(!html.contains("csrf") && !html.contains("/api/avatars/"));
        // The link goes to `/app`, so that a remembered browser signs in by itself.
        assert!(html.contains("href=\"/app\"") && html.contains("name=\"new\""));
        assert!(html.find("name=\"new\"") < html.find("href=\"/app\""), "an account comes first");
        assert!(!html.contains("#guest"), "guests cannot use it");
        assert!(html.contains("Konto erstellen und &lt;i&gt;\"Mia\" hinzufügen"), "{html}");
        let to_group = invite(&appearance("en"), shown(Viewer::Nobody, Some("Crew")));
        assert!(to_group.contains("Create account and join"), "{to_group}");
        assert!(!invite(&appearance("en"), shown(Viewer::Guest("c".into()), None)).contains("<form"));
        let for_guests = |viewer| invite(&appearance("en"), Invite { takes_guests: true, ..shown(viewer, None) });
        assert!(for_guests(Viewer::Guest("c".into())).contains("name=\"csrf\" value=\"c\""));
        let to_guests = for_guests(Viewer::Nobody);
        assert!(to_guests.contains("You can chat as a guest.") && to_guests.contains("/sign-in#guest"), "{to_guests}");
        assert!(shut(&appearance("en"), "x", ClosedInvite::Gone).contains("role=\"status\""));
        assert!(shut(&appearance("en"), "", ClosedInvite::Gone).contains("<a href=\"?lang=de\""));
    }
}
