//! `/i/<code>`: who invites, and the ways on from there (`docs/protocol/people.md`). Plain HTML from the server: it needs no script, and no
//! browser takes it over.

use super::admin::{bar, escaped};
use crate::components::icon::portrait_url;
use crate::i18n::{Locale, ServerTexts, t_string};
use crate::page_files::page_files;

/// Whoever looks at an invite.
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
    /// Who invites.
    pub name: String,
    /// Their picture.
    pub avatar: String,
    /// Name of the group that it leads into.
    pub room: Option<String>,
    /// Who looks.
    pub viewer: Viewer,
}

/// The page of an invite.
pub fn invite(locale: Locale, theme: Option<&str>, invite: &Invite) -> String {
    document(locale, theme, &invited(locale, invite))
}

fn invited(locale: Locale, invite: &Invite) -> String {
    let t = ServerTexts(locale);
    let Invite { code, name, avatar, room, viewer } = invite;
    // Pictures that people brought are for those who are signed in.
    let is_shown = !(avatar.starts_with("up_") && matches!(viewer, Viewer::Nobody));
    let portrait = if is_shown { portrait_url(avatar) } else { portrait_url("") };
    let name = escaped(name);
    let what = match room {
        Some(room) => format!("{} <b>{}</b>", t_string!(t, invite.to_group), escaped(room)),
        None => t_string!(t, invite.to_contact).to_owned(),
    };
    let ways = match viewer {
        Viewer::Somebody(csrf) => format!(
            "<form method=\"post\" action=\"/i/{code}\"><input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\
             <p><button class=\"btn\" data-kind=\"default\">{}</button> <a class=\"btn\" href=\"/app\">{}</a></p></form>",
            t_string!(t, invite.accept),
            t_string!(t, invite.not_now)
        ),
        Viewer::Guest => format!(
            "{}<p><a class=\"btn\" data-kind=\"default\" href=\"/sign-in?form=new\">{}</a> <a class=\"btn\" href=\"/app\">{}</a></p>",
            bar("note", t_string!(t, invite.for_accounts)),
            t_string!(t, invite.new_account),
            t_string!(t, invite.not_now)
        ),
        Viewer::Nobody => format!(
            "<p>{}</p><p><a class=\"btn\" data-kind=\"default\" href=\"/app\">{}</a> <a class=\"btn\" href=\"/sign-in?form=new\">{}</a> \
             <a class=\"btn\" href=\"/sign-in#guest\">{}</a></p>",
            t_string!(t, invite.come_back),
            t_string!(t, invite.sign_in),
            t_string!(t, invite.new_account),
            t_string!(t, invite.play)
        ),
    };
    let body = format!(
        "<p><img class=\"portrait\" src=\"{portrait}\" alt=\"\" width=\"96\" height=\"96\"></p><p><b>{name}</b> {what}</p>{ways}"
    );
    paper(locale, code, &body)
}

/// Why an invite opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    /// There is none, or not any more.
    Gone,
    /// Too many looks.
    TooFast,
    /// It is one's own.
    Own,
    /// Something is in the way: a list or a group that is full.
    Failed,
}

/// The page of what opens nothing.
pub fn shut(locale: Locale, theme: Option<&str>, code: &str, why: Shut) -> String {
    document(locale, theme, &closed(locale, code, why))
}

fn closed(locale: Locale, code: &str, why: Shut) -> String {
    let t = ServerTexts(locale);
    let words = match why {
        Shut::Gone => t_string!(t, invite.gone),
        Shut::TooFast => t_string!(t, invite.too_fast),
        Shut::Own => t_string!(t, invite.own),
        Shut::Failed => t_string!(t, invite.failed),
    };
    let body = format!(
        "{}<p><a class=\"btn\" data-kind=\"default\" href=\"/\">{}</a></p>",
        bar("error", words),
        t_string!(t, invite.go_on)
    );
    paper(locale, code, &body)
}

/// What the page shows, for the gallery: to whoever is not signed in, to a guest, or that it opens nothing any more.
pub fn posed(locale: Locale, pose: &str) -> String {
    let viewer = match pose {
        "guest" => Viewer::Guest,
        "member" => Viewer::Somebody(String::new()),
        "gone" => return closed(locale, "", Shut::Gone),
        _ => Viewer::Nobody,
    };
    let room = matches!(viewer, Viewer::Somebody(_)).then(|| "Cake crew".to_owned());
    let (code, name, avatar) = ("0123456789ABCDEF".to_owned(), "Jonas".to_owned(), "av_01".to_owned());
    invited(locale, &Invite { code, name, avatar, room, viewer })
}

fn paper(locale: Locale, code: &str, body: &str) -> String {
    let t = ServerTexts(locale);
    let other = if locale == Locale::De { "en" } else { "de" };
    // What is no code is written into no address: the page in the other language is where this one is.
    let way = if code.is_empty() { String::new() } else { format!("/i/{code}") };
    let (title, other_name) = (t_string!(t, invite.title), t_string!(t, admin.other_language));
    format!(
        "<div class=\"desk\" aria-hidden=\"true\"></div>\
         <main class=\"centre\"><article class=\"window paper\" aria-labelledby=\"invite\"><div class=\"window-body\">\
         <div class=\"paper-ways\"><a href=\"{way}?lang={other}\" hreflang=\"{other}\" lang=\"{other}\">{other_name}</a></div>\
         <div class=\"paper-text\"><h1 id=\"invite\">{title}</h1>{body}</div></div></article></main>"
    )
}

fn document(locale: Locale, theme: Option<&str>, paper: &str) -> String {
    let (lang, title) = (locale.as_str(), t_string!(ServerTexts(locale), invite.title));
    let theme = theme.map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
    let sign_in_css = &page_files().sign_in_css;
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"{theme}><head><meta charset=\"utf-8\"><title>{title} – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"referrer\" content=\"same-origin\"><link rel=\"stylesheet\" href=\"{sign_in_css}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head><body class=\"page\">{paper}</body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(viewer: Viewer, room: Option<&str>) -> Invite {
        let (code, name) = ("0123456789ABCDEF".to_owned(), "<i>Mia".to_owned());
        Invite { code, name, avatar: "up_1".to_owned(), room: room.map(str::to_owned), viewer }
    }

    #[test]
    fn what_people_wrote_is_text_and_a_form_proves_where_it_is_from() {
        for locale in [Locale::En, Locale::De] {
            let html = invite(locale, Some("glass"), &shown(Viewer::Somebody("c".into()), Some("<script>")));
            assert!(!html.contains("<i>") && !html.contains("<script") && !html.contains(" style="));
            assert!(html.contains("&lt;i>Mia") && html.contains("name=\"csrf\" value=\"c\""));
            assert!(html.contains("/api/avatars/up_1"));
        }
    }

    #[test]
    fn who_is_not_signed_in_finds_ways_and_no_form() {
        let html = invite(Locale::De, None, &shown(Viewer::Nobody, None));
        assert!(!html.contains("<form") && !html.contains("/api/avatars/"));
        // By `/app`, so that a browser that is remembered asks for nothing.
        assert!(html.contains("href=\"/app\"") && html.contains("href=\"/sign-in?form=new\""));
        assert!(!invite(Locale::En, None, &shown(Viewer::Guest, None)).contains("<form"));
        assert!(shut(Locale::En, None, "x", Shut::Gone).contains("role=\"status\""));
        assert!(shut(Locale::En, None, "", Shut::Gone).contains("<a href=\"?lang=de\""));
    }
}
