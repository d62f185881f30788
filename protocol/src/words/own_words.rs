//! Words of the product that stand among those of people, in every language of the page: names of public rooms, personal messages of
//! personas and bots. The wire and the store have them in English; a page shows them in its own language.

use super::language::{LANGUAGES, tags};

/// All of them, each in the order of [`LANGUAGES`].
const OWN_WORDS: [[&str; LANGUAGES.len()]; 27] = [
    ["General", "Allgemein", "Général"],
    ["Music", "Musik", "Musique"],
    ["Room", "Raum", "Salon"],
    ["working on the demo", "arbeitet an der Vorführung", "prépare la démo"],
    ["soup day, back at two", "Suppentag, um zwei wieder da", "jour de soupe, de retour à 14 h"],
    ["Blue Hour – Low Tide", "Blue Hour – Low Tide", "Blue Hour – Low Tide"],
    ["deadline till five", "Abgabe um fünf", "à rendre avant 17 h"],
    ["ink on my sleeve again", "schon wieder Tusche am Ärmel", "encore de l’encre sur ma manche"],
    ["in the booth", "in der Kabine", "en cabine"],
    ["back on the train", "wieder im Zug", "de retour dans le train"],
    ["feeding the cat", "füttert die Katze", "nourrit le chat"],
    ["two, three, four …", "zwei, drei, vier …", "deux, trois, quatre…"],
    ["rye is out at six", "um sechs gibt es Roggenbrot", "le pain de seigle sort à six heures"],
    ["night shift, whisper please", "Nachtdienst, bitte leise", "garde de nuit, chuchotez"],
    ["exam week, send snacks", "Prüfungswoche, schickt Kekse", "semaine d’examens, envoyez des biscuits"],
    ["your move, no hurry", "du bist dran, keine Eile", "à toi de jouer, rien ne presse"],
    ["match on Saturday, come and shout", "Samstag Heimspiel, kommt brüllen", "match samedi, venez donner de la voix"],
    ["write, don’t ring", "lieber schreiben als anrufen", "écrivez, n’appelez pas"],
    ["cab closed till Ulm", "im Führerstand bis Ulm", "aux commandes jusqu’à Ulm"],
    ["that reminds me of Isfahan …", "dabei fällt mir Isfahan ein …", "ça me rappelle Ispahan…"],
    ["rings visible tonight", "heute Nacht sieht man die Ringe", "anneaux visibles cette nuit"],
    ["landed it. nearly", "geschafft. fast", "réussi. presque"],
    ["in the beans, shout", "bin in den Bohnen, ruft laut", "dans les haricots, criez"],
    ["counting stars, listening anyway", "zählt Sterne und hört trotzdem zu", "compte les étoiles, mais écoute"],
    ["somewhere between two harbours", "irgendwo zwischen zwei Häfen", "quelque part entre deux ports"],
    ["the right word is worth the wait", "auf das richtige Wort warte ich gern", "le mot juste mérite qu’on l’attende"],
    ["small but ready", "klein, aber bereit", "petit, mais prêt"],
];

/// Returns the product's own words in a language (the first one if it has no texts); other words as they are.
pub fn in_language<'words>(words: &'words str, language: &str) -> &'words str {
    let at = tags().position(|tag| tag == language).unwrap_or_default();
    let row = OWN_WORDS.iter().find(|row| row.contains(&words));
    row.and_then(|row| row.get(at)).copied().unwrap_or(words)
}

/// Returns the name of a public room: its id with a capital letter.
pub fn public_name(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns the words as the readers of each language see them.
pub fn in_all_languages(words: &str) -> impl Iterator<Item = &str> {
    tags().map(move |tag| in_language(words, tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::bot_cast::BOTS;
    use crate::words::personas::PERSONAS;

    #[test]
    fn the_whole_cast_speaks_every_language_and_no_two_of_it_alike() {
        let cast = PERSONAS.iter().map(|persona| persona.message_en).chain(BOTS.iter().map(|bot| bot.message));
        for message in cast {
            assert!(OWN_WORDS.iter().any(|row| row[0] == message), "{message}");
        }
        for (at, row) in OWN_WORDS.iter().enumerate() {
            let mut others = OWN_WORDS[at + 1..].iter().flatten();
            assert!(row.iter().all(|words| !words.is_empty()) && others.all(|words| !row.contains(words)), "{row:?}");
        }
    }

    #[test]
    fn own_words_change_with_the_language_and_others_stay() {
        for words in ["Music", "Musik", "Musique"] {
            let read = ["de", "fr", "tlh"].map(|language| in_language(words, language));
            assert_eq!(read, ["Musik", "Musique", "Music"]);
        }
        assert_eq!(in_language("music", "de"), "music");
        assert!(in_all_languages("Room").eq(["Room", "Raum", "Salon"]));
    }
}
