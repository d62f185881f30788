//! `/demo` and `/demo/join/<code>` (`docs/protocol/demo.md`): the ways into a demo room. Plain HTML from the server, which no browser takes
//! over. A session is told once, to whoever asks for it, so starting and joining are a small script's (`server/src/demo.js`); a code that is
//! typed is a form like any other.

use std::fmt::Write as _;

use super::admin::{bar, escaped};
use crate::i18n::{Locale, ServerTexts, t_string};
use crate::page_files::{PageFiles, page_files};

/// What the pages have beside the sheet of the pages without a script.
const SHEET: &str = "/pkg/demo-door.css";

/// Why somebody was led here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// For no reason.
    None,
    /// The presenter sent them away.
    Kicked,
    /// The room is gone.
    Ended,
    /// They went.
    Left,
    /// What was typed is no code.
    NoCode,
}

/// How a page is written.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Its language.
    pub locale: Locale,
    /// The theme that was chosen.
    pub theme: Option<&'a str>,
    /// The nonce of its script.
    pub nonce: &'a str,
    /// The script.
    pub script: &'a str,
}

/// The first page: start a room, come into one, or run without a network.
pub fn door(way: Way<'_>, why: Why) -> String {
    let t = ServerTexts(way.locale);
    let said = match why {
        Why::None => String::new(),
        Why::Kicked => bar("info", t_string!(t, demo_door.kicked)),
        Why::Ended => bar("info", t_string!(t, demo_door.ended)),
        Why::Left => bar("ok", t_string!(t, demo_door.left)),
        Why::NoCode => bar("error", t_string!(t, demo_door.no_code)),
    };
    let body = format!(
        "{said}<div id=\"said\" role=\"alert\"></div>\
         <section class=\"demo-way\" aria-labelledby=\"live\"><h2 id=\"live\">{live}</h2><p>{live_words}</p>\
         <p><button class=\"btn\" type=\"button\" data-kind=\"default\" id=\"start\">{start}</button></p></section>\
         <section class=\"demo-way\" aria-labelledby=\"come\"><h2 id=\"come\">{come}</h2>\
         <form class=\"demo-code\" method=\"get\" action=\"/demo/join\"><label class=\"signin-label\" for=\"code\">{code}</label>\
         <input class=\"field\" id=\"code\" name=\"code\" required maxlength=\"12\" autocomplete=\"off\" autocapitalize=\"characters\" \
         spellcheck=\"false\" placeholder=\"ABC-123\"><button class=\"btn\" type=\"submit\">{join}</button></form></section>\
         <section class=\"demo-way\" aria-labelledby=\"alone\"><h2 id=\"alone\">{alone}</h2><p>{alone_words}</p>\
         <p><a class=\"btn\" href=\"/demo/offline\">{offline}</a></p></section>\
         <section class=\"demo-way\" aria-labelledby=\"large\"><h2 id=\"large\">{stage_title}</h2><p>{stage_words}</p>\
         <p><a class=\"btn\" href=\"/demo/stage\">{stage}</a></p></section>",
        live = t_string!(t, demo_door.live),
        live_words = t_string!(t, demo_door.live_words),
        start = t_string!(t, demo_door.start),
        come = t_string!(t, demo_door.come),
        code = t_string!(t, demo_door.code),
        join = t_string!(t, demo_door.join),
        alone = t_string!(t, demo_door.alone),
        alone_words = t_string!(t, demo_door.alone_words),
        offline = t_string!(t, demo_door.offline),
        stage_title = t_string!(t, demo_door.stage_title),
        stage_words = t_string!(t, demo_door.stage_words),
        stage = t_string!(t, demo_door.stage),
    );
    document(way, "/demo", t_string!(t, demo_door.invitation), &body)
}

/// The page of a room, as a QR code leads to it: who one would like to be. `code` is shown as it is.
pub fn join(way: Way<'_>, code: &str) -> String {
    let t = ServerTexts(way.locale);
    let code = escaped(code);
    let body = format!(
        "<div id=\"said\" role=\"alert\"></div>\
         <form class=\"signin-form\" id=\"join\" data-code=\"{code}\"><p class=\"demo-room\" id=\"room\" role=\"status\">{looking}</p>\
         <fieldset class=\"signin-set\" id=\"free\" hidden><legend class=\"signin-label\">{who}</legend><div class=\"personas\"></div></fieldset>\
         <div id=\"own\" hidden><div class=\"or\" hidden>{or}</div><label class=\"signin-label\" for=\"name\">{name}</label>\
         <input class=\"field guest-name\" id=\"name\" name=\"name\" maxlength=\"128\" placeholder=\"{name_hint}\" autocomplete=\"nickname\">\
         <div class=\"signin-go\"><button class=\"btn\" data-kind=\"default\" type=\"submit\">{enter}</button></div></div>\
         <p class=\"demo-back\"><a href=\"/demo\">{other_code}</a></p></form>",
        looking = t_string!(t, demo_door.looking),
        who = t_string!(t, demo_door.who),
        or = t_string!(t, demo_door.or),
        name = t_string!(t, demo_door.name),
        name_hint = t_string!(t, demo_door.name_hint),
        enter = t_string!(t, demo_door.enter),
        other_code = t_string!(t, demo_door.other_code),
    );
    document(way, &format!("/demo/join/{code}"), t_string!(t, demo_door.join_invitation), &body)
}

/// What the script says, by the code of a refusal.
fn words(t: ServerTexts) -> String {
    let words = [
        ("NOT_FOUND", t_string!(t, demo_door.no_room)),
        ("FORBIDDEN", t_string!(t, demo_door.locked)),
        ("ROOM_FULL", t_string!(t, demo_door.full)),
        ("PERSONA_TAKEN", t_string!(t, demo_door.taken)),
        ("VALIDATION", t_string!(t, demo_door.name_taken)),
        ("RATE_LIMITED", t_string!(t, demo_door.too_fast)),
        ("NETWORK", t_string!(t, demo_door.no_network)),
        ("FAILED", t_string!(t, demo_door.failed)),
        ("room", t_string!(t, demo_door.room)),
        ("here", t_string!(t, demo_door.here)),
    ];
    let mut html = "<div id=\"words\" hidden>".to_owned();
    for (code, words) in words {
        // A string takes everything.
        let _ = write!(html, "<i data-code=\"{code}\">{words}</i>");
    }
    html + "</div>"
}

fn document(way: Way<'_>, path: &str, invitation: &str, body: &str) -> String {
    let Way { locale, theme, nonce, script } = way;
    let t = ServerTexts(locale);
    let lang = locale.as_str();
    let theme = theme.map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
    let language = |of: Locale, name: &str| {
        let tag = of.as_str();
        if of == locale {
            return format!("<b lang=\"{tag}\">{name}</b>");
        }
        format!("<a href=\"{path}?lang={tag}\" hreflang=\"{tag}\" lang=\"{tag}\">{name}</a>")
    };
    let languages = format!("{} / {}", language(Locale::En, "English"), language(Locale::De, "Deutsch"));
    let (title, promise, needs_script, privacy, words) = (
        t_string!(t, demo_door.title),
        t_string!(t, demo_door.promise),
        t_string!(t, demo_door.needs_script),
        t_string!(t, demo_door.privacy),
        words(t),
    );
    let PageFiles { js, wasm, main_css, sign_in_css, .. } = page_files();
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"{theme}><head><meta charset=\"utf-8\"><title>{title} – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"same-origin\">\
         <link rel=\"stylesheet\" href=\"{sign_in_css}\"><link rel=\"stylesheet\" href=\"{SHEET}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body class=\"page\" data-ahead=\"{main_css} {js} {wasm}\"><div class=\"desk\" aria-hidden=\"true\"></div>\
         <main class=\"centre\"><section class=\"window signin-window\" aria-labelledby=\"demo\"><div class=\"window-body\">\
         <div class=\"signin\"><div class=\"signin-brand\"><img src=\"/favicon.svg\" alt=\"\" width=\"52\" height=\"52\"><h1 id=\"demo\">{title}</h1>\
         <p>{invitation}</p></div><noscript>{}</noscript>{body}</div>\
         <footer class=\"signin-foot\">{promise} <a href=\"/privacy\">{privacy}</a> · {languages}</footer></div></section></main>\
         {words}<script type=\"module\" nonce=\"{nonce}\">{script}</script></body></html>",
        bar("error", needs_script)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(locale: Locale) -> Way<'static> {
        Way { locale, theme: Some("glass"), nonce: "n", script: "s()" }
    }

    #[test]
    fn the_door_has_its_three_ways_and_works_with_a_code_alone() {
        for locale in [Locale::En, Locale::De] {
            let html = door(way(locale), Why::None);
            for part in [
                "id=\"start\"",
                "action=\"/demo/join\"",
                "href=\"/demo/offline\"",
                "href=\"/demo/stage\"",
                "nonce=\"n\"",
            ] {
                assert!(html.contains(part), "{part}");
            }
            assert!(!html.contains("data-kind=\"info\"") && !html.contains(" style="));
        }
        assert!(door(way(Locale::En), Why::Kicked).contains("data-kind=\"info\""));
    }

    #[test]
    fn a_code_is_text() {
        let html = join(way(Locale::De), "<i>\"");
        assert!(!html.contains("<i>\"") && html.contains("id=\"join\""));
    }
}
