//! Comparison of what a page has stored with the words that it knew (`home.md` 4), when it begins.
//!
//! Pure. Another tab or an older page may have overwritten a store, and a browser may have removed one: what the page found when it began
//! is therefore no word of the person. What has changed since is one. `session::home` says and applies the result.

use protocol::codec::json::Value;
use protocol::codec::sorted::SortedMap;
use protocol::people::home::{HomeDevice, HomeField, HomeGroup};
use protocol::words::event::Millis;

use super::arrangement::Arrangement;
use super::chat_preferences::ChatPreferences;
use super::home_fields::{
    Fields, add_arrangement, add_chat, add_kept, add_look, add_quick_texts, apply_list, apply_person, groups_in,
    newest_kept, quick_texts_in, with_chat,
};
use crate::appearance::Appearance;

/// Fields of the stores of a page.
pub struct StoredFields {
    /// Fields of the arrangement as it was found when the page began.
    pub found: Fields,
    /// All fields as they are now.
    pub here: Fields,
    /// The person has chosen all of the appearance.
    pub has_own_look: bool,
}

/// Fields that bring stores and words together, with their values.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// Words that the device has to say.
    pub said: Vec<(String, Value)>,
    /// Values that the stores have to get.
    pub applied: Vec<(String, Value)>,
}

/// Compares the stores with the words. A field is compared as this release reads and writes it.
pub fn repair(device: &HomeDevice, stored: &StoredFields, now: Millis) -> Repair {
    let told = as_stored(device, now);
    let missing = told.keys().filter(|name| !stored.here.contains_key(name.as_str()));
    let mut repair = Repair::default();
    for name in stored.here.keys().chain(missing) {
        let (mine, told) = (stored.here.get(name.as_str()), told.get(name.as_str()));
        let Some(field) = HomeField::parse(name).filter(|_| mine != told) else { continue };
        match device.value(name) {
            None if field.group == HomeGroup::Look && !stored.has_own_look => {}
            None => repair.said.push((name.clone(), mine.cloned().unwrap_or(Value::Null))),
            Some(word) if told.is_none() && is_unread(field, word) => {}
            Some(word) if is_choice(field, word, mine, stored) => {
                repair.said.push((name.clone(), mine.cloned().unwrap_or(Value::Null)));
            }
            Some(word) => repair.applied.push((name.clone(), word.clone())),
        }
    }
    repair
}

/// Returns `true` for a word of another release, which this one cannot read. A mute without a field has ended.
fn is_unread(field: HomeField<'_>, word: &Value) -> bool {
    *word != Value::Null && field.group != HomeGroup::Mute
}

/// Returns `true` if the value of this page is a later choice of the person than the word that it differs from.
fn is_choice(field: HomeField<'_>, word: &Value, mine: Option<&Value>, stored: &StoredFields) -> bool {
    match field.group {
        HomeGroup::Favourite
        | HomeGroup::Group
        | HomeGroup::Member
        | HomeGroup::Nickname
        | HomeGroup::Quick
        | HomeGroup::List => stored.found.get(field.group.name(field.id).as_str()) != mine,
        HomeGroup::Look => stored.has_own_look && *word != Value::Null,
        // These are stored beside the words. A removed one does not come back by a page that did not know of it.
        HomeGroup::Chat | HomeGroup::Mute | HomeGroup::Kept => *word != Value::Null,
    }
}

/// Returns the fields of a page that has stored exactly these words.
fn as_stored(device: &HomeDevice, now: Millis) -> Fields {
    let values: Vec<(&str, &Value)> = device.values().collect();
    let (groups, quick_texts) = (groups_in(values.iter().copied()), quick_texts_in(values.iter().copied()));
    let mut arrangement = Arrangement { groups, quick_texts, ..Arrangement::default() };
    let mut rooms: SortedMap<&str, ChatPreferences> = SortedMap::new();
    let mut words = [""; Appearance::WORDS];
    for (name, value) in values {
        let Some(field) = HomeField::parse(name) else { continue };
        match field.group {
            HomeGroup::Favourite | HomeGroup::Nickname => apply_person(&mut arrangement, field, value),
            HomeGroup::List => apply_list(&mut arrangement, field.id, value),
            HomeGroup::Chat | HomeGroup::Mute => {
                let preferences = rooms.get_or_default(field.id);
                *preferences = with_chat(*preferences, field.group, value);
            }
            HomeGroup::Look => {
                let place = Appearance::MEMBERS.iter().position(|member| *member == field.id);
                if let Some((place, word)) = place.zip(value.as_str()) {
                    words[place] = word;
                }
            }
            HomeGroup::Group | HomeGroup::Member | HomeGroup::Kept | HomeGroup::Quick => {}
        }
    }
    let mut fields = Fields::new();
    add_arrangement(&mut fields, &arrangement);
    add_quick_texts(&mut fields, &arrangement.quick_texts);
    rooms.iter().for_each(|(room, preferences)| add_chat(&mut fields, room, preferences.at(now)));
    add_kept(&mut fields, &newest_kept(device.words(), &[]).0);
    add_look(&mut fields, &Appearance::default().with_words(words));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_000_000;

    type Rows<'a> = &'a [(&'a str, &'a str)];

    fn list(rows: Rows<'_>) -> Vec<(String, Value)> {
        rows.iter().map(|(name, value)| ((*name).to_owned(), Value::parse(value).unwrap())).collect()
    }

    /// Returns the repair of a page that knows `words`, has found the arrangement `found`, and now has the fields `here`.
    fn repaired(words: Rows<'_>, found: Rows<'_>, here: Rows<'_>, has_own_look: bool) -> Repair {
        let mut device = HomeDevice::new("a".repeat(16));
        list(words).into_iter().for_each(|(name, value)| device.say(&name, value, 5));
        let [found, here] = [found, here].map(|rows| list(rows).into_iter().collect());
        repair(&device, &StoredFields { found, here, has_own_look }, NOW)
    }

    fn expected(said: Rows<'_>, applied: Rows<'_>) -> Repair {
        Repair { said: list(said), applied: list(applied) }
    }

    #[test]
    fn what_was_changed_since_the_page_began_is_said() {
        let found: Rows<'_> = &[("favourite/u_bo", "true"), ("nickname/u_bo", "\"Bo\"")];
        let here: Rows<'_> = &[("favourite/u_al", "true"), ("nickname/u_bo", "\"Bobby\"")];
        let said: Rows<'_> = &[("favourite/u_al", "true"), ("nickname/u_bo", "\"Bobby\""), ("favourite/u_bo", "null")];
        assert_eq!(repaired(found, found, here, false), expected(said, &[]));
    }

    #[test]
    fn what_the_page_has_found_is_no_word() {
        let words: Rows<'_> = &[("favourite/u_al", "null"), ("favourite/u_bo", "true"), ("nickname/u_bo", "\"Bobby\"")];
        let stale: Rows<'_> = &[("favourite/u_al", "true"), ("nickname/u_bo", "\"Bo\"")];
        let applied: Rows<'_> =
            &[("favourite/u_al", "null"), ("nickname/u_bo", "\"Bobby\""), ("favourite/u_bo", "true")];
        assert_eq!(repaired(words, stale, stale, false), expected(&[], applied));
        let lost = repaired(words, &[], &[], false);
        assert_eq!(lost, expected(&[], &words[1..]), "the whole store is gone");
        assert_eq!(repaired(&[], stale, stale, false), expected(stale, &[]), "nobody has said anything about it");
    }

    #[test]
    fn hidden_characters_follow_the_last_word() {
        let hidden: Rows<'_> = &[("list/characters", "\"hidden\"")];
        let shown: Rows<'_> = &[("list/characters", "null")];
        assert_eq!(repaired(shown, &[], hidden, false), expected(hidden, &[]), "hidden since the page began");
        assert_eq!(repaired(hidden, hidden, &[], false), expected(shown, &[]), "shown since the page began");
        assert_eq!(repaired(shown, hidden, hidden, false), expected(&[], shown), "shown on another device");
        assert_eq!(repaired(&[("list/characters", "\"small\"")], &[], &[], false), Repair::default());
    }

    #[test]
    fn a_removed_preference_does_not_come_back_and_a_changed_one_counts() {
        let words: Rows<'_> = &[("chat/general", "null"), ("chat/music", "{\"hue\":3}")];
        let chat = |hue: u8| {
            let mut fields = Fields::new();
            add_chat(&mut fields, "room", ChatPreferences { hue, ..ChatPreferences::default() });
            fields.get("chat/room").unwrap().to_string()
        };
        let (three, five) = (chat(3), chat(5));
        let here: Rows<'_> = &[("chat/general", five.as_str()), ("chat/music", five.as_str())];
        let said: Rows<'_> = &[("chat/music", five.as_str())];
        assert_eq!(repaired(words, &[], here, false), expected(said, &[("chat/general", "null")]));
        let same: Rows<'_> = &[("chat/music", three.as_str())];
        assert_eq!(repaired(words, &[], same, false), Repair::default(), "only the text of the value differs");
    }

    #[test]
    fn what_this_release_cannot_read_stays_and_the_end_of_a_mute_is_nothing() {
        let words: Rows<'_> = &[
            ("chat/general", "7"),
            ("group/g1", "{\"name\":\"Work\",\"place\":4,\"colour\":\"red\"}"),
            ("kept/general/m1", "true"),
            ("look/theme", "\"of-tomorrow\""),
            ("mute/general", "{\"until\":900000}"),
        ];
        let here: Rows<'_> = &[("group/g1", "{\"name\":\"Work\",\"place\":0}"), ("look/theme", "\"dusk\"")];
        assert_eq!(repaired(words, here, here, true), Repair::default());
    }

    #[test]
    fn only_the_own_appearance_is_said() {
        let words: Rows<'_> = &[("look/theme", "\"glass\"")];
        let here: Rows<'_> = &[("look/motion", "\"calm\""), ("look/theme", "\"dusk\"")];
        assert_eq!(repaired(words, &[], here, false), expected(&[], words));
        assert_eq!(repaired(words, &[], here, true), expected(here, &[]));
    }
}
