//! Texts of personas beside the scenes: answers to the visitor, and messages from before the page was opened.

use protocol::words::named_id::named_id;

/// Namespace of the ids of these messages.
const NAMESPACE: [u8; 16] =
    [0x3e, 0x91, 0x05, 0xd2, 0x7a, 0x4c, 0x46, 0xbb, 0x8f, 0x20, 0x61, 0xc8, 0x0d, 0x55, 0xe9, 0x17];

/// Texts beside the scenes in one language, with their personas.
pub(super) struct Lines {
    pub(super) language: &'static str,
    /// Persona of the visitor: one without a part in any scene of the language.
    pub(super) visitor: &'static str,
    /// Persona with whom the visitor has an earlier conversation.
    pub(super) partner: &'static str,
    /// Messages of that conversation.
    pub(super) before: &'static [EarlierLine],
    to_questions: [&'static str; 3],
    to_others: [&'static str; 4],
    to_nudges: &'static str,
    to_winks: &'static str,
}

/// Earlier message: its age in minutes, its writer (empty: the visitor), and its text.
pub(super) type EarlierLine = (u64, &'static str, &'static str);

/// Has a row for each language of scenes.
const LINES: &[Lines] = &[
    Lines {
        language: "en",
        visitor: "user_2",
        partner: "user_3",
        before: &[
            (190, "user_3", "Did you keep the recording from Sunday?"),
            (186, "", "Of course. Your solo is in it twice."),
            (184, "user_3", "Once would have been enough, but thank you :)"),
        ],
        to_questions: [
            "Good question. Ask me again after the next cup of tea.",
            "I think so, but do not quote me on it.",
            "Let me sleep on that one.",
        ],
        to_others: [
            "I am glad you wrote. It was quiet here.",
            "Ha, I can see it in front of me.",
            "That makes two of us.",
            "Noted. And now tell me the rest.",
        ],
        to_nudges: "Ouch! I am awake, I am awake.",
        to_winks: "Again! I blinked.",
    },
    Lines {
        language: "de",
        visitor: "user_5",
        partner: "user_10",
        before: &[
            (190, "user_10", "Hast du das Schild für den Laden fertig?"),
            (186, "", "Fast. Die Tinte trocknet langsamer als dein Brot."),
            (184, "user_10", "Das Brot ist auch noch warm. Komm vorbei :)"),
        ],
        to_questions: [
            "Gute Frage. Frag mich nach dem nächsten Tee noch einmal.",
            "Ich glaube schon, aber nagel mich nicht darauf fest.",
            "Da schlafe ich lieber eine Nacht drüber.",
        ],
        to_others: [
            "Schön, dass du schreibst. Es war so still hier.",
            "Ha, ich sehe es vor mir.",
            "Dann sind wir schon zu zweit.",
            "Ist notiert. Und jetzt erzähl den Rest.",
        ],
        to_nudges: "Autsch! Ich bin ja wach.",
        to_winks: "Noch mal! Ich habe geblinzelt.",
    },
    Lines {
        language: "fr",
        visitor: "user_1",
        partner: "user_6",
        before: &[
            (190, "user_6", "La table de mixage grésille encore\u{202f}?"),
            (186, "", "Plus du tout. C’était une miette de croissant."),
            (184, "user_6", "Je me demande bien de qui :) Merci, Jonas\u{202f}!"),
        ],
        to_questions: [
            "Bonne question. Redemande-moi après le prochain thé.",
            "Je crois que oui, mais ne le répète pas.",
            "La nuit porte conseil, je te dis ça demain.",
        ],
        to_others: [
            "Ça me fait plaisir que tu écrives. C’était bien calme ici.",
            "Ha, je vois ça d’ici.",
            "Alors on est deux.",
            "C’est noté. Et maintenant, raconte la suite.",
        ],
        to_nudges: "Aïe\u{202f}! Je ne dors pas, je ne dors pas.",
        to_winks: "Encore\u{202f}! J’ai cligné des yeux.",
    },
];

/// Returns the texts of a language of scenes.
pub(super) fn lines_in(language: &str) -> &'static Lines {
    LINES.iter().find(|lines| lines.language == language).unwrap_or(&LINES[0])
}

/// Kind of the visitor's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PromptKind {
    Question,
    /// Any other text.
    Text,
    Nudge,
    Wink,
}

impl Lines {
    /// Returns the answer to a prompt; it is the same for the same `id`.
    pub(super) fn answer(&self, prompt: PromptKind, id: &str) -> &'static str {
        let chosen = chance(id);
        match prompt {
            PromptKind::Question => self.to_questions[chosen % self.to_questions.len()],
            PromptKind::Text => self.to_others[chosen % self.to_others.len()],
            PromptKind::Nudge => self.to_nudges,
            PromptKind::Wink => self.to_winks,
        }
    }
}

/// Returns the id of a message that another one causes.
pub(super) fn id_of(name: &str) -> String {
    named_id(&NAMESPACE, name)
}

/// Returns a number that looks random.
fn chance(name: &str) -> usize {
    usize::from_str_radix(&id_of(name)[..6], 16).unwrap_or_default()
}
