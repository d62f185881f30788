//! Answers without a model: lines in character, in the language of the caller, always the same for the same message (`messenger.md` 7).

use crate::words::bot_cast::Bot;
use crate::words::language::LANGUAGES;
use crate::words::named_id::sha1;

/// Answers of one bot in one language: to a question, and to anything else.
struct Lines {
    to_questions: [&'static str; 3],
    to_others: [&'static str; 3],
}

/// Answers by bot, each in the languages of [`LANGUAGES`] and in their order.
const LINES: [(&str, [Lines; LANGUAGES.len()]); 4] = [
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
            Lines {
                to_questions: [
                    "Bonne question. La lumière de ce soir est plus vieille qu’elle, j’ai donc droit à un instant.",
                    "Je la regarderais d’abord de plus loin. Vu d’ici, presque tout est petit et plutôt beau.",
                    "Deux réponses scintillent, la troisième non. Je ferais confiance à celle qui reste calme.",
                ],
                to_others: [
                    "Je t’écoute. Le ciel est clair ici, le Cygne est juste à la verticale.",
                    "C’est noté, entre deux constellations.",
                    "Ça va briller encore un moment. Raconte la suite.",
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
            Lines {
                to_questions: [
                    "Ça dépend du vent. D’ouest\u{a0}: oui. D’est\u{a0}: redemande demain.",
                    "Un vieux marin me l’a confié un jour, contre un café.",
                    "Boucle un petit sac et va voir. C’est ma réponse à presque tout.",
                ],
                to_others: [
                    "Je l’ai entendu depuis le pont d’un ferry. Continue comme ça.",
                    "Joli. Chez moi, ça sent le sel et le goudron.",
                    "J’ai connu une ville où tout le monde parlait comme ça. Le pain y était bon.",
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
            Lines {
                to_questions: [
                    "La réponse courte tient en trois lettres. La longue a une note de bas de page.",
                    "Avant de répondre\u{a0}: quel mot de ta question comptait le plus\u{202f}?",
                    "Je ne connais aucune langue qui ait un mot pour ça. C’est suspect.",
                ],
                to_others: [
                    "Bien dit. Je garderais chaque mot, sauf un.",
                    "Cette phrase porte sa virgule avec élégance.",
                    "Je le note au crayon, dans le beau cahier.",
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
            Lines {
                to_questions: [
                    "Oui\u{202f}! Ou non. Mais vite\u{202f}!",
                    "Aucune idée. Petit Pip, grande question.",
                    "On essaie et on voit\u{202f}!",
                ],
                to_others: ["Hourra\u{202f}!", "Compris. Autre chose\u{202f}?", "Pip est passé et a bien aimé."],
            },
        ],
    ),
];

/// Signs by which words show their language: letters and words that the other languages hardly have.
struct Signs {
    letters: &'static [char],
    words: &'static [&'static str],
}

/// Signs of each language, in the order of [`LANGUAGES`].
const SIGNS: [Signs; LANGUAGES.len()] = [
    Signs {
        letters: &[],
        words: &[
            "and", "are", "can", "do", "does", "for", "hello", "how", "is", "it", "my", "of", "that", "the", "this",
            "what", "when", "where", "who", "why", "with", "you", "your",
        ],
    },
    Signs {
        letters: &['ä', 'ö', 'ü', 'ß'],
        words: &[
            "aber", "auch", "bin", "bist", "bitte", "danke", "das", "dein", "dich", "dir", "du", "ein", "eine", "er",
            "gibt", "hallo", "ich", "ist", "kannst", "mein", "mir", "nicht", "oder", "sie", "sind", "und", "warum",
            "wer", "wie", "wir", "wo", "zu",
        ],
    },
    Signs {
        letters: &['à', 'â', 'ç', 'è', 'é', 'ê', 'ë', 'î', 'ï', 'ô', 'œ', 'ù', 'û'],
        words: &[
            "avec", "bien", "bonjour", "bonsoir", "ce", "cette", "chez", "dans", "elle", "est", "et", "il", "je", "le",
            "les", "mais", "merci", "moi", "nous", "oui", "pas", "peux", "pourquoi", "que", "quel", "quelle", "qui",
            "quoi", "salut", "suis", "toi", "tu", "une", "veux", "vous",
        ],
    },
];

/// Returns the place in [`LANGUAGES`] of the language of which the words show the most signs; the first one if they show none.
pub(super) fn language_of(words: &str) -> usize {
    let words = words.to_lowercase();
    let mut best = (0, 0);
    for (at, signs) in SIGNS.iter().enumerate() {
        let spoken = words.split(|letter: char| !letter.is_alphabetic());
        let count = spoken.filter(|word| signs.words.contains(word)).count();
        let count = count + usize::from(words.contains(signs.letters));
        if count > best.1 {
            best = (at, count);
        }
    }
    best.0
}

/// Returns all lines of `bot`, by language.
#[cfg(test)]
pub(super) fn lines_of(bot: &Bot) -> Vec<Vec<&'static str>> {
    let of =
        |lines: &Lines| -> Vec<&'static str> { lines.to_questions.iter().chain(&lines.to_others).copied().collect() };
    let found = LINES.iter().find(|(id, _)| *id == bot.id);
    found.map(|(_, languages)| languages.iter().map(of).collect()).unwrap_or_default()
}

/// Returns the answer of `bot` to the words of the message `trigger`.
pub fn scripted(bot: &Bot, trigger: &str, words: &str) -> &'static str {
    let Some((_, languages)) = LINES.iter().find(|(id, _)| *id == bot.id) else {
        return "";
    };
    let lines = &languages[language_of(words)];
    let lines = if words.trim_end().ends_with('?') { &lines.to_questions } else { &lines.to_others };
    lines[usize::from(sha1(trigger.as_bytes())[0]) % lines.len()]
}
