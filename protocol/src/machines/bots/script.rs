//! Answers without a model: lines in character, in the language of the caller, always the same for the same message (`messenger.md` 7).

use crate::words::bot_cast::Bot;
use crate::words::named_id::sha1;

/// Answers of one bot in one language: to a question, and to anything else.
struct Lines {
    to_questions: [&'static str; 3],
    to_others: [&'static str; 3],
}

/// Answers by bot, in English and in German.
const LINES: [(&str, [Lines; 2]); 4] = [
    (
        "bot_nova",
        [
            Lines {
                to_questions: [
                    "Good question. The light I see tonight left before anybody asked it, so give me a moment more than that.",
                    "I would look at it from further away first. From out here most things are small and quite beautiful.",
                    "Two answers twinkle, one does not. I would trust the steady one.",
                ],
                to_others: [
                    "I hear you. Clear sky here, by the way: the Swan is right overhead.",
                    "Noted, between two constellations.",
                    "That will shine for a while. Tell me more.",
                ],
            },
            Lines {
                to_questions: [
                    "Gute Frage. Das Licht von heute Nacht ist älter als sie, lass mir also einen Augenblick.",
                    "Ich würde es zuerst von weiter weg ansehen. Von hier draußen ist das meiste klein und ziemlich schön.",
                    "Zwei Antworten flackern, eine nicht. Ich würde der ruhigen trauen.",
                ],
                to_others: [
                    "Ich höre dich. Hier ist klarer Himmel, der Schwan steht genau über mir.",
                    "Ist notiert, zwischen zwei Sternbildern.",
                    "Das leuchtet noch eine Weile nach. Erzähl weiter.",
                ],
            },
        ],
    ),
    (
        "bot_vento",
        [
            Lines {
                to_questions: [
                    "Depends on the wind. From the west: yes. From the east: ask me tomorrow.",
                    "An old sailor told me once, but he wanted a coffee for it.",
                    "Pack light and find out. That has answered most of my questions.",
                ],
                to_others: [
                    "Heard that from a ferry deck. Carry on.",
                    "Nice. It smells of salt and tar where I am.",
                    "I have been to a town where everybody talks like that. Good bread there.",
                ],
            },
            Lines {
                to_questions: [
                    "Kommt auf den Wind an. Von Westen: ja. Von Osten: frag morgen noch mal.",
                    "Ein alter Seemann hat es mir einmal verraten, aber er wollte einen Kaffee dafür.",
                    "Leicht packen und nachsehen. Das hat die meisten meiner Fragen beantwortet.",
                ],
                to_others: [
                    "Hab ich vom Deck einer Fähre aus gehört. Weiter so.",
                    "Schön. Bei mir riecht es nach Salz und Teer.",
                    "Ich war mal in einer Stadt, in der alle so reden. Gutes Brot gibt es da.",
                ],
            },
        ],
    ),
    (
        "bot_lexi",
        [
            Lines {
                to_questions: [
                    "The short answer has three letters. The long one has a footnote.",
                    "Before I answer: which word in your question did you mean most?",
                    "There is a word for that in no language I know, which is suspicious.",
                ],
                to_others: [
                    "Well put. I would keep every word but one.",
                    "That sentence wears its comma beautifully.",
                    "I am writing that down, with a pencil, in the good notebook.",
                ],
            },
            Lines {
                to_questions: [
                    "Die kurze Antwort hat zwei Buchstaben. Die lange hat eine Fußnote.",
                    "Bevor ich antworte: Welches Wort deiner Frage war dir das wichtigste?",
                    "Dafür gibt es in keiner Sprache, die ich kenne, ein Wort. Das ist verdächtig.",
                ],
                to_others: [
                    "Gut gesagt. Ich würde jedes Wort behalten, bis auf eines.",
                    "Dieser Satz trägt sein Komma mit Würde.",
                    "Das schreibe ich mir auf, mit Bleistift, ins gute Heft.",
                ],
            },
        ],
    ),
    (
        "bot_pip",
        [
            Lines {
                to_questions: [
                    "Yes! Or no. But quickly!",
                    "Not sure. Small me, big question.",
                    "Let us try it and see!",
                ],
                to_others: ["Hooray!", "Got it. Anything else?", "Pip was here and liked that."],
            },
            Lines {
                to_questions: [
                    "Ja! Oder nein. Aber schnell!",
                    "Weiß nicht. Ich bin klein, die Frage ist groß.",
                    "Probieren wir es aus!",
                ],
                to_others: ["Hurra!", "Verstanden. Noch etwas?", "Pip war hier und fand das gut."],
            },
        ],
    ),
];

/// Words that are German and nothing else, and that hardly any sentence does without.
const GERMAN: [&str; 32] = [
    "aber", "auch", "bin", "bist", "bitte", "danke", "das", "dein", "dich", "dir", "du", "ein", "eine", "er", "gibt",
    "hallo", "ich", "ist", "kannst", "mein", "mir", "nicht", "oder", "sie", "sind", "und", "warum", "wer", "wie",
    "wir", "wo", "zu",
];

/// Returns `true` when the words are German, as far as it shows.
pub(super) fn is_german(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains(['ä', 'ö', 'ü', 'ß'])
        || words.split(|letter: char| !letter.is_alphabetic()).any(|word| GERMAN.contains(&word))
}

/// Returns all lines of `bot`, in English and in German.
#[cfg(test)]
pub(super) fn lines_of(bot: &Bot) -> [Vec<&'static str>; 2] {
    let of = |lines: &Lines| lines.to_questions.iter().chain(&lines.to_others).copied().collect();
    let found = LINES.iter().find(|(id, _)| *id == bot.id);
    found.map_or_else(Default::default, |(_, [english, german])| [of(english), of(german)])
}

/// Returns the answer of `bot` to the words of the message `trigger`.
pub fn scripted(bot: &Bot, trigger: &str, words: &str) -> &'static str {
    let Some((_, [english, german])) = LINES.iter().find(|(id, _)| *id == bot.id) else {
        return "";
    };
    let lines = if is_german(words) { german } else { english };
    let lines = if words.trim_end().ends_with('?') { &lines.to_questions } else { &lines.to_others };
    lines[usize::from(sha1(trigger.as_bytes())[0]) % lines.len()]
}
