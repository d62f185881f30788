//! Permission to show a group in pages of other sites, while the dialog of the group shows it (`embed.md` 1.1). `session` writes the
//! permission and the refusal, the section all else.

use leptos::prelude::{Get, RwSignal, Set, With};
use protocol::machines::room::{EmbedMode, Embedding};
use protocol::trust::frame_origin::may_be_frame_origin;
use protocol::words::limits::EMBED_ORIGINS_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddingProblem {
    /// The line with this number is no origin.
    Line(usize),
    /// There are more origins than a group has.
    TooMany,
    Refused,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddingForm {
    /// Permission of the shown group; `None` while no other site shows it.
    pub current: RwSignal<Option<Embedding>>,
    /// Typed lines of origins; `None` while they are those of the permission.
    pub lines: RwSignal<Option<String>>,
    /// Chosen mode; `None` while it is that of the permission.
    pub mode: RwSignal<Option<EmbedMode>>,
    pub problem: RwSignal<Option<EmbeddingProblem>>,
    pub is_copied: RwSignal<bool>,
}

impl EmbeddingForm {
    /// Forgets what an earlier dialog left in the form.
    pub fn clear(self) {
        self.lines.set(None);
        self.mode.set(None);
        self.clear_note();
    }

    /// Forgets what is said under the form.
    pub fn clear_note(self) {
        self.problem.set(None);
        self.is_copied.set(false);
    }

    /// Shows the permission that the server has now, in the place of what was typed.
    pub fn changed(self, embedding: Option<Embedding>) {
        self.current.set(embedding);
        self.clear();
    }

    pub fn shown_lines(self) -> String {
        let current = || self.current.with(|current| current.as_ref().map(|it| it.origins.join("\n")));
        self.lines.get().or_else(current).unwrap_or_default()
    }

    pub fn shown_mode(self) -> EmbedMode {
        let current = || self.current.with(|current| current.as_ref().map(|it| it.mode));
        self.mode.get().or_else(current).unwrap_or_default()
    }

    /// Returns `true` if the form differs from the permission, as far as the person has touched it.
    pub fn is_edited(self) -> bool {
        self.lines.with(Option::is_some) || self.mode.with(Option::is_some)
    }
}

/// Reads origins from lines. A slash at the end of a line and empty lines do not count. The server knows if an origin counts, and writes it as
/// browsers do.
///
/// # Errors
///
/// The first line that is no origin, or too many of them.
pub fn origins_of(lines: &str) -> Result<Vec<String>, EmbeddingProblem> {
    let numbered = lines.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let origin = |(line, number): (&str, usize)| {
        let origin = line.strip_suffix('/').unwrap_or(line);
        if may_be_frame_origin(origin) { Ok(origin.to_owned()) } else { Err(EmbeddingProblem::Line(number)) }
    };
    let origins = numbered.map(origin).collect::<Result<Vec<String>, EmbeddingProblem>>()?;
    match origins.len() {
        0 => Err(EmbeddingProblem::Line(1)),
        1..=EMBED_ORIGINS_MAX => Ok(origins),
        _ => Err(EmbeddingProblem::TooMany),
    }
}

/// Returns the HTML with which a page shows a room of this site. The title names the frame to people with a screen reader.
pub fn frame_tag(site: &str, room: &str, title: &str) -> String {
    format!(
        "<iframe src=\"{site}/embed/{room}\" title=\"{title}\" width=\"400\" height=\"560\" loading=\"lazy\"></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Owner};
    use protocol::codec::json;

    use super::*;

    #[test]
    fn lines_are_origins_and_the_first_other_line_is_named() {
        let two = "https://blog.example/\n\n  http://localhost:4000 \n";
        assert_eq!(origins_of(two), Ok(vec!["https://blog.example".to_owned(), "http://localhost:4000".to_owned()]));
        for (lines, number) in [
            ("", 1),
            (" \n", 1),
            ("blog.example", 1),
            ("https://a.example\n\nhttps://*.example", 3),
            ("https://a.example\nhttps://a.example/path", 2),
            ("https://a.example https://b.example", 1),
        ] {
            assert_eq!(origins_of(lines), Err(EmbeddingProblem::Line(number)), "{lines:?}");
        }
        let many = |count: usize| {
            let lines: Vec<String> = (0..count).map(|n| format!("https://a{n}.example")).collect();
            lines.join("\n")
        };
        assert_eq!(origins_of(&many(EMBED_ORIGINS_MAX)).map(|all| all.len()), Ok(EMBED_ORIGINS_MAX));
        assert_eq!(origins_of(&many(EMBED_ORIGINS_MAX + 1)), Err(EmbeddingProblem::TooMany));
    }

    #[test]
    fn the_form_shows_the_permission_until_something_is_typed() {
        Owner::new().with(|| {
            let form = EmbeddingForm::default();
            assert_eq!((form.shown_lines(), form.shown_mode()), (String::new(), EmbedMode::Read));
            let sent = r#"{"origins":["https://a.example","https://b.example"],"mode":"guest"}"#;
            let set = json::read::<Embedding>(sent).unwrap();
            assert_eq!(json::write(&set), sent);
            form.lines.set(Some("https://c.example".to_owned()));
            assert!(form.is_edited() && form.shown_lines() == "https://c.example");
            form.changed(Some(set));
            assert_eq!(form.shown_lines(), "https://a.example\nhttps://b.example");
            assert!(!form.is_edited() && form.shown_mode() == EmbedMode::Guest);
            form.mode.set(Some(EmbedMode::Read));
            form.problem.set(Some(EmbeddingProblem::Refused));
            assert!(form.is_edited() && form.shown_mode() == EmbedMode::Read);
            form.clear();
            assert!(form.problem.get_untracked().is_none() && form.shown_mode() == EmbedMode::Guest);
        });
    }

    #[test]
    fn the_tag_names_the_room_of_this_site() {
        let tag = frame_tag("https://messenger.example", "grp_1", "Conversation");
        assert!(
            tag.starts_with(r#"<iframe src="https://messenger.example/embed/grp_1" title="Conversation" "#),
            "{tag}"
        );
        assert!(tag.ends_with("></iframe>"), "{tag}");
    }
}
