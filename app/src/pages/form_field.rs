//! Field of a form that the server renders, and the refusal of a form. A refused form comes back with what was typed; its wrong field is
//! marked, has the focus, and says what is wrong (`ux.md` 2.2). Secrets are typed again.

use super::frame::asked;
use super::moderation::ban_link;
use crate::api::PortHandle;
use crate::api::account::SECOND_FACTOR;
use crate::ui::prelude::*;
use crate::ui::words::{is_limit, limit_words};

/// Refusal of a form, of one of its fields or of the whole form.
#[derive(Clone, Default)]
pub struct FormRefusal {
    /// Code of the refusal; empty if the form was not refused.
    pub code: String,
    /// Words for the person.
    words: String,
    field: Option<WrongField>,
}

/// Field that a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongField {
    Email,
    /// Name of a guest or a new account.
    Name,
    Password,
    /// Password or recovery code that opens an account.
    Proof,
    /// Second factor of an account.
    Factor,
}

impl WrongField {
    /// Returns the field for a code and the refused member.
    fn of(code: &str, member: &str) -> Option<Self> {
        match (code, member) {
            ("VALIDATION", "email") | ("EMAIL_TAKEN", _) => Some(Self::Email),
            ("VALIDATION", "displayName" | "userId") | ("INVALID_TEXT", _) => Some(Self::Name),
            ("VALIDATION", "password") => Some(Self::Password),
            ("BAD_CREDENTIALS", _) => Some(Self::Proof),
            (SECOND_FACTOR, _) => Some(Self::Factor),
            _ => None,
        }
    }
}

impl FormRefusal {
    /// Returns the refusal that the address names. `words` has the texts of the codes but for limits.
    pub fn asked(words: impl Fn(Texts, &str, &str) -> String) -> Self {
        let Some(code) = asked("error") else { return Self::default() };
        let (i18n, member) = (use_i18n(), asked("field").unwrap_or_default());
        let words = match is_limit(&code) {
            true => limit_words(i18n, asked("retry").and_then(|seconds| seconds.parse().ok())),
            false => words(i18n, &code, &member),
        };
        Self { field: WrongField::of(&code, &member), code, words }
    }

    /// Makes a refusal of another field than these one of the whole form, which has these alone.
    pub fn within(self, fields: &[WrongField]) -> Self {
        Self { field: self.field.filter(|field| fields.contains(field)), ..self }
    }

    /// Adds that the password has to be typed again, which no refused form keeps, if the refusal is about another field than `own`.
    pub fn with_password(self, own: &[WrongField]) -> Self {
        if self.field.is_none_or(|field| own.contains(&field)) {
            return self;
        }
        let words = format!("{} {}", self.words, t_string!(use_i18n(), account.again));
        Self { words, ..self }
    }

    /// Returns the words under a field, if it is the wrong one.
    pub fn of(&self, field: WrongField) -> Option<String> {
        (self.field == Some(field)).then(|| self.words.clone())
    }

    /// Renders the line above the fields, if the refusal is about none of them. `instead` are other words.
    pub fn line(&self, instead: Option<ErasedView>) -> Option<ErasedView> {
        let is_of_form = !self.code.is_empty() && self.field.is_none();
        let words = instead.unwrap_or_else(|| self.words.clone().erase());
        is_of_form.then(|| {
            let why = (self.code == "BANNED").then(|| ban_link(ServerTexts(use_i18n().locale())));
            view! {
                <div class="bar" data-kind="error" role="alert">
                    {icon("ic-warn", "14")} <span>{words} {why}</span>
                </div>
            }
            .erase()
        })
    }
}

/// Mark of the address of a page that goes on with what was typed in a refused form.
const TYPED: &str = "typed";

/// Returns `true` if the page is that of a refused form, or was opened from there by [`keeping_typed`].
fn keeps_typed() -> bool {
    asked("error").or_else(|| asked(TYPED)).is_some()
}

/// Returns the address of another form, which goes on with what was typed if this page is that of a refused form.
pub fn keeping_typed(page: &str) -> String {
    if keeps_typed() { format!("{page}?{TYPED}=1") } else { page.to_owned() }
}

/// Returns what was typed in a field of the form that was just refused; `None` without a refusal.
pub fn typed(field: &str) -> Option<String> {
    if !keeps_typed() {
        return None;
    }
    let PortHandle(port) = use_context::<PortHandle>()?;
    port.typed(field)
}

/// Field with its label, its refusal and its hint.
#[component]
pub fn FormField(
    /// Id of the field. Those of its refusal and its hint continue it.
    id: &'static str,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// Words of the refusal, if this is the wrong field.
    refusal: Option<String>,
    /// Hint with the id `<id>-hint`.
    #[prop(default = None)]
    hint: Option<ErasedView>,
    /// Words in the empty field.
    #[prop(default = None)]
    placeholder: Option<&'static str>,
    #[prop(default = None)] dir: Option<&'static str>,
    /// The form is not sent without it.
    #[prop(default = true)]
    required: bool,
    #[prop(default = None)] minlength: Option<String>,
    maxlength: String,
    /// Kind of value that the browser may fill in.
    autocomplete: &'static str,
    /// The value is a code: no keyboard corrects it.
    #[prop(default = false)]
    is_code: bool,
    /// The field has the focus, although nothing in it is wrong.
    #[prop(default = false)]
    is_next: bool,
) -> impl IntoView {
    let described = [refusal.as_ref().map(|_| format!("{id}-refusal")), hint.as_ref().map(|_| format!("{id}-hint"))];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let is_wrong = refusal.is_some();
    view! {
        <label class="signin-label" for=id>{label}</label>
        <input
            class="field"
            id=id
            type=kind
            name=name
            dir=dir
            required=required
            minlength=minlength
            maxlength=maxlength
            placeholder=placeholder
            autocomplete=autocomplete
            autocapitalize=is_code.then_some("none")
            spellcheck=is_code.then_some("false")
            autofocus=is_wrong || is_next
            aria-invalid=is_wrong.then_some("true")
            aria-describedby=Some(described).filter(|ids| !ids.is_empty())
            value=typed(name).filter(|text| !text.is_empty())
        />
        {refusal.map(|words| field_refusal(id, text(move || words.clone())))}
        {hint}
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::super::document::render;
    use super::super::frame::StoryQuery;
    use super::*;
    use crate::i18n::{Locale, provide_i18n};

    fn shown(query: &'static str, field: WrongField) -> String {
        render(|| {
            provide_context(StoryQuery(query));
            let refused = FormRefusal::asked(|_, code, member| format!("{code} {member}"));
            let name = view! {
                <FormField
                    id="one"
                    name="one"
                    label="One"
                    refusal=refused.of(field)
                    maxlength="9".to_owned()
                    autocomplete="off"
                />
            };
            view! { {refused.line(None)} {name} }
        })
    }

    #[test]
    fn the_wrong_field_is_marked_has_the_focus_and_is_described_by_the_refusal() {
        for (query, field, words) in [
            ("error=VALIDATION&field=email", WrongField::Email, "VALIDATION email"),
            ("error=EMAIL_TAKEN", WrongField::Email, "EMAIL_TAKEN "),
            ("error=VALIDATION&field=userId", WrongField::Name, "VALIDATION userId"),
            ("error=VALIDATION&field=password", WrongField::Password, "VALIDATION password"),
            ("error=BAD_CREDENTIALS", WrongField::Proof, "BAD_CREDENTIALS "),
            ("error=SECOND_FACTOR", WrongField::Factor, "SECOND_FACTOR "),
        ] {
            let html = shown(query, field);
            assert!(html.contains("aria-invalid=\"true\"") && html.contains(" autofocus"), "{html}");
            assert!(html.contains("aria-describedby=\"one-refusal\"") && html.contains("id=\"one-refusal\""), "{html}");
            assert!(html.contains(words) && html.matches("role=\"alert\"").count() == 1, "{html}");
        }
    }

    #[test]
    fn a_refusal_of_another_field_or_of_the_whole_form_marks_none() {
        for (query, alerts) in
            [("error=EMAIL_TAKEN", 0), ("error=RATE_LIMITED", 1), ("error=VALIDATION&field=status", 1), ("", 0)]
        {
            let html = shown(query, WrongField::Password);
            assert!(!html.contains("aria-invalid") && !html.contains(" autofocus"), "{html}");
            assert_eq!(html.matches("role=\"alert\"").count(), alerts, "{query}");
        }
    }

    #[test]
    fn only_from_a_refused_form_another_one_takes_what_was_typed() {
        let kept = "/forgot?typed=1";
        for (query, address) in [("error=BAD_CREDENTIALS", kept), ("typed=1", kept), ("", "/forgot")] {
            let html = render(move || {
                provide_context(StoryQuery(query));
                view! { <a href=keeping_typed("/forgot")></a> }
            });
            assert!(html.contains(&format!("href=\"{address}\"")), "{html}");
        }
    }

    #[test]
    fn a_form_without_its_password_says_that_it_is_typed_again() {
        for (query, is_said) in [
            ("error=EMAIL_TAKEN", true),
            ("error=VALIDATION&field=password", false),
            ("error=VALIDATION&field=status", false),
            ("", false),
        ] {
            let html = render(move || {
                provide_context(StoryQuery(query));
                provide_i18n(Locale::En).add_lazy_texts();
                let refused = FormRefusal::asked(|_, code, _| code.to_owned()).with_password(&[WrongField::Password]);
                view! { {refused.line(None)} {refused.of(WrongField::Email)} {refused.of(WrongField::Password)} }
            });
            assert_eq!(html.contains("Type your password again"), is_said, "{html}");
        }
    }
}
