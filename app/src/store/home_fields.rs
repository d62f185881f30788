//! Fields of an account (`home.md` 1), made of what the page stores, and what they mean for it.
//!
//! Pure. `session::home` compares, sends and applies them.

use protocol::codec::json::{self, Read, Value, Write};
use protocol::codec::sorted::SortedMap;
use protocol::people::home::{HomeField, HomeGroup, HomeWord};
use protocol::words::event::Millis;
use protocol::words::limits::QUICK_TEXTS_MAX;

use super::arrangement::{Arrangement, ContactGroup};
use super::chat_preferences::ChatPreferences;
use super::kept_messages::{KEPT_MAX, KeptMessage};
use super::quick_texts::QuickText;
use crate::appearance::Appearance;

pub type Fields = SortedMap<String, Value>;

/// Id of the field about the group "Characters" (`ux.md` 1.2).
const CHARACTERS: &str = "characters";
/// Value of a group that the list does not show.
const HIDDEN: &str = "hidden";

protocol::record! {
    struct GroupValue {
        name: String = "name",
        place: usize = "place" or 0,
    }
}

protocol::record! {
    struct MuteValue {
        until: Millis = "until" or 0,
        lets_called: bool = "called" or false,
    }
}

protocol::record! {
    struct KeptValue {
        seq: u64 = "seq",
    }
}

protocol::record! {
    struct QuickValue {
        text: String = "text",
        place: usize = "place" or 0,
    }
}

fn value_of(what: &dyn Write) -> Value {
    Value::parse(&json::write(what)).unwrap_or(Value::Null)
}

// ---- Favourites, groups, nicknames

/// Adds the fields of the arrangement. All groups have an id ([`name_groups`]).
pub fn add_arrangement(fields: &mut Fields, arrangement: &Arrangement) {
    for user in &arrangement.favourites {
        fields.insert(HomeGroup::Favourite.name(user), Value::Bool(true));
    }
    for one in &arrangement.nicknames {
        fields.insert(HomeGroup::Nickname.name(&one.id), Value::Text(one.name.clone()));
    }
    if arrangement.hides_characters {
        fields.insert(HomeGroup::List.name(CHARACTERS), Value::Text(HIDDEN.to_owned()));
    }
    // The ids of a person's groups are in their own order, which does not change with the order of the groups.
    let mut members: SortedMap<&str, SortedMap<&str, ()>> = SortedMap::new();
    for (place, group) in arrangement.groups.iter().enumerate() {
        let value = value_of(&GroupValue { name: group.name.clone(), place });
        fields.insert(HomeGroup::Group.name(&group.id), value);
        for user in &group.members {
            members.get_or_default(user).insert(&group.id, ());
        }
    }
    for (user, groups) in members.iter() {
        let ids = groups.keys().map(|id| Value::Text((*id).to_owned())).collect();
        fields.insert(HomeGroup::Member.name(user), Value::List(ids));
    }
}

/// Returns `true` while a group has no id.
pub fn has_unnamed_group(arrangement: &Arrangement) -> bool {
    arrangement.groups.iter().any(|group| group.id.is_empty())
}

/// Gives each group an id, derived from its first name: a group that is made on two devices is one group.
pub fn name_groups(arrangement: &mut Arrangement) {
    for at in 0..arrangement.groups.len() {
        if arrangement.groups[at].id.is_empty() {
            let mut id = digest(&arrangement.groups[at].name);
            while arrangement.groups.iter().any(|group| group.id == id) {
                id = digest(&id);
            }
            arrangement.groups[at].id = id;
        }
    }
}

/// Returns 16 digits that differ for different texts (FNV-1a, which every release computes in the same way).
fn digest(text: &str) -> String {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
}

/// Returns the groups with their members that these fields describe, in order.
pub fn groups_in<'a>(values: impl Iterator<Item = (&'a str, &'a Value)> + Clone) -> Vec<ContactGroup> {
    let of = |kind: HomeGroup, name: &'a str| HomeField::parse(name).filter(|field| field.group == kind);
    // By id: of two groups with one name, that of the greater id gets a number.
    let mut groups: Vec<(usize, ContactGroup)> = Vec::new();
    for (name, value) in values.clone() {
        if let (Some(field), Some(group)) = (of(HomeGroup::Group, name), GroupValue::read(value)) {
            let is_taken = |name: &str| groups.iter().any(|(_, other)| other.name == name);
            let name = free_name(group.name, is_taken);
            groups.push((group.place, ContactGroup { name, members: Vec::new(), id: field.id.to_owned() }));
        }
    }
    for (name, value) in values {
        if let (Some(field), Some(ids)) = (of(HomeGroup::Member, name), Vec::<String>::read(value)) {
            let its = groups.iter_mut().filter(|(_, group)| ids.contains(&group.id));
            its.for_each(|(_, group)| group.members.push(field.id.to_owned()));
        }
    }
    let by_place = groups.into_iter().map(|(place, group)| ((place, group.id.clone()), group));
    let by_place: SortedMap<(usize, String), ContactGroup> = by_place.collect();
    by_place.values().cloned().collect()
}

fn free_name(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    let mut number = 2;
    let mut free = name.clone();
    while is_taken(&free) {
        free = format!("{name} {number}");
        number += 1;
    }
    free
}

/// Applies the value of a favourite or a nickname.
pub fn apply_person(arrangement: &mut Arrangement, field: HomeField<'_>, value: &Value) {
    if field.group == HomeGroup::Nickname {
        arrangement.call(field.id, value.as_str().unwrap_or_default());
    } else {
        arrangement.favourites.retain(|user| user != field.id);
        if *value == Value::Bool(true) {
            arrangement.favourites.push(field.id.to_owned());
        }
    }
}

/// Applies the value of a group that the product makes. A name or a word of another release changes nothing.
pub fn apply_list(arrangement: &mut Arrangement, name: &str, value: &Value) {
    if name == CHARACTERS && (*value == Value::Null || value.as_str() == Some(HIDDEN)) {
        arrangement.hides_characters = *value != Value::Null;
    }
}

// ---- Conversations

/// Adds the fields of a conversation: its preferences, and its mute.
pub fn add_chat(fields: &mut Fields, room: &str, preferences: ChatPreferences) {
    let plain = preferences.muted(None);
    if plain != ChatPreferences::default() {
        fields.insert(HomeGroup::Chat.name(room), value_of(&plain));
    }
    if preferences.is_muted {
        let ChatPreferences { muted_until: until, lets_called, .. } = preferences;
        fields.insert(HomeGroup::Mute.name(room), value_of(&MuteValue { until, lets_called }));
    }
}

/// Returns the preferences of a conversation with the value of its field `chat` or `mute`.
pub fn with_chat(preferences: ChatPreferences, group: HomeGroup, value: &Value) -> ChatPreferences {
    if group == HomeGroup::Chat {
        return ChatPreferences::read(value).unwrap_or_default().muted_like(preferences);
    }
    match MuteValue::read(value) {
        Some(MuteValue { until, lets_called }) => ChatPreferences { lets_called, ..preferences.muted(Some(until)) },
        None => preferences.muted(None),
    }
}

/// Returns `true` if the field is a mute that has ended by its time. Its end is no word of the person.
pub fn is_ended_mute(name: &str, value: &Value, now: Millis) -> bool {
    let is_mute = HomeField::parse(name).is_some_and(|field| field.group == HomeGroup::Mute);
    is_mute && MuteValue::read(value).is_some_and(|mute| mute.until != 0 && mute.until <= now)
}

// ---- Kept messages

pub fn add_kept(fields: &mut Fields, kept: &[KeptMessage]) {
    for one in kept {
        fields.insert(kept_name(one), value_of(&KeptValue { seq: one.seq }));
    }
}

pub fn kept_name(KeptMessage { room, id, .. }: &KeptMessage) -> String {
    HomeGroup::Kept.name(&format!("{room}/{id}"))
}

/// Returns the kept messages by the known words, the oldest word first, and the names of those that are too many. Messages of this page
/// without a word come before all others.
pub fn newest_kept<'a>(
    words: impl Iterator<Item = (&'a str, &'a HomeWord)>,
    here: &[KeptMessage],
) -> (Vec<KeptMessage>, Vec<String>) {
    let (mut known, mut by_time) = (SortedMap::new(), SortedMap::new());
    for (name, word) in words {
        let field = HomeField::parse(name).filter(|field| field.group == HomeGroup::Kept);
        let Some((room, id)) = field.and_then(HomeField::message) else { continue };
        known.insert(name, ());
        if let Some(KeptValue { seq }) = KeptValue::read(&word.value) {
            let one = KeptMessage { room: room.to_owned(), id: id.to_owned(), seq };
            by_time.insert((word.at, word.by.as_str(), name), one);
        }
    }
    let unsaid = here.iter().filter(|one| !known.contains_key(kept_name(one).as_str()));
    let mut all: Vec<KeptMessage> = unsaid.chain(by_time.values()).cloned().collect();
    let too_many = all.len().saturating_sub(KEPT_MAX);
    let removed = all.drain(..too_many).map(|one| kept_name(&one)).collect();
    (all, removed)
}

// ---- Quick texts

pub fn add_quick_texts(fields: &mut Fields, texts: &[QuickText]) {
    for (place, QuickText { id, text }) in texts.iter().enumerate() {
        fields.insert(HomeGroup::Quick.name(id), value_of(&QuickValue { text: text.clone(), place }));
    }
}

/// Returns the quick texts that these fields describe, in order.
pub fn quick_texts_in<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Vec<QuickText> {
    let text_of = |(name, value): (&'a str, &'a Value)| {
        let field = HomeField::parse(name).filter(|field| field.group == HomeGroup::Quick)?;
        let QuickValue { text, place } = QuickValue::read(value)?;
        Some(((place, field.id.to_owned()), QuickText { id: field.id.to_owned(), text }))
    };
    let by_place: SortedMap<(usize, String), QuickText> = values.filter_map(text_of).collect();
    by_place.values().take(QUICK_TEXTS_MAX).cloned().collect()
}

// ---- Appearance

/// Adds the fields of the appearance that was chosen. The last status belongs to the device.
pub fn add_look(fields: &mut Fields, appearance: &Appearance) {
    let chosen = Appearance { status: None, ..appearance.clone() };
    for (name, word) in Appearance::MEMBERS.iter().zip(chosen.into_words()) {
        if !word.is_empty() {
            fields.insert(HomeGroup::Look.name(name), Value::Text(word));
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::people::home::{HomeDevice, HomeEntry, HomePage};

    use super::*;
    use crate::appearance::Theme;

    fn arranged() -> Arrangement {
        let mut arrangement = Arrangement::default();
        arrangement.favour("u_ann");
        arrangement.put_into("u_bob", "Work", true);
        arrangement.put_into("u_bob", "Band", true);
        arrangement.put_into("u_cid", "Band", true);
        arrangement.call("u_bob", "Bobby");
        name_groups(&mut arrangement);
        arrangement
    }

    fn fields(arrangement: &Arrangement) -> Fields {
        let mut fields = Fields::new();
        add_arrangement(&mut fields, arrangement);
        fields
    }

    fn groups(fields: &Fields) -> Vec<ContactGroup> {
        groups_in(fields.iter().map(|(name, value)| (name.as_str(), value)))
    }

    #[test]
    fn an_arrangement_reads_back_from_its_fields() {
        let arrangement = arranged();
        let fields = fields(&arrangement);
        assert_eq!(groups(&fields), arrangement.groups);
        let mut other = Arrangement::default();
        for (name, value) in fields.iter() {
            let field = HomeField::parse(name).unwrap();
            if matches!(field.group, HomeGroup::Favourite | HomeGroup::Nickname) {
                apply_person(&mut other, field, value);
            }
        }
        assert_eq!((other.favourites, other.nicknames), (arrangement.favourites, arrangement.nicknames));
    }

    #[test]
    fn hidden_characters_are_a_field_and_shown_ones_are_none() {
        let mut arrangement = Arrangement { hides_characters: true, ..Arrangement::default() };
        let hidden = fields(&arrangement);
        assert_eq!(hidden.get("list/characters").and_then(Value::as_str), Some("hidden"));
        for (name, value, hides) in [
            ("characters", Value::Null, false),
            ("characters", Value::Text("hidden".to_owned()), true),
            ("characters", Value::Text("small".to_owned()), true),
            ("people", Value::Null, true),
        ] {
            apply_list(&mut arrangement, name, &value);
            assert_eq!(arrangement.hides_characters, hides, "{name}");
        }
        assert!(fields(&Arrangement::default()).get("list/characters").is_none());
    }

    #[test]
    fn a_move_of_a_group_changes_the_places_and_no_member() {
        let mut arrangement = arranged();
        let before = fields(&arrangement);
        arrangement.move_group("Band", true);
        let after = fields(&arrangement);
        let changed = after.iter().filter(|(name, value)| before.get(name.as_str()) != Some(*value));
        assert!(changed.clone().all(|(name, _)| name.starts_with("group/")) && changed.count() == 2);
        assert_eq!(groups(&after), arrangement.groups);
    }

    #[test]
    fn a_group_keeps_its_id_when_it_is_renamed_and_a_new_one_gets_another() {
        let mut arrangement = arranged();
        let id = arrangement.groups[0].id.clone();
        arrangement.rename_group("Work", "Play");
        arrangement.add_group("Work");
        name_groups(&mut arrangement);
        assert_eq!(arrangement.groups[0].id, id);
        assert!(arrangement.groups[2].id != id && !has_unnamed_group(&arrangement));
        assert_eq!(digest("Work"), digest("Work"));
    }

    #[test]
    fn of_two_groups_with_one_name_the_later_id_gets_a_number() {
        let group = |place| value_of(&GroupValue { name: "Work".to_owned(), place });
        let fields: Fields = [("group/b", group(0)), ("group/a", group(1)), ("member/u_bob", Value::Null)]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        let names: Vec<String> = groups(&fields).into_iter().map(|group| group.name).collect();
        assert_eq!(names, ["Work 2", "Work"]);
    }

    #[test]
    fn preferences_and_mute_are_two_fields() {
        let preferences = ChatPreferences { hue: 3, ..ChatPreferences::default() }.muted(Some(9));
        let mut fields = Fields::new();
        add_chat(&mut fields, "general", preferences);
        add_chat(&mut fields, "music", ChatPreferences::default());
        assert_eq!(fields.len(), 2);
        let chat =
            with_chat(ChatPreferences::default(), HomeGroup::Chat, &fields.get("chat/general").cloned().unwrap());
        assert_eq!(chat, preferences.muted(None));
        assert_eq!(with_chat(chat, HomeGroup::Mute, fields.get("mute/general").unwrap()), preferences);
        assert_eq!(with_chat(preferences, HomeGroup::Mute, &Value::Null), chat);
        assert_eq!(with_chat(preferences, HomeGroup::Chat, &Value::Null), ChatPreferences::default().muted(Some(9)));
    }

    fn kept(seq: u64) -> KeptMessage {
        KeptMessage { room: "general".to_owned(), id: format!("m{seq}"), seq }
    }

    /// Returns a device that has kept these messages, one after the other.
    fn keeper(by: char, all: std::ops::Range<u64>, at: Millis) -> HomeDevice {
        let mut device = HomeDevice::new(by.to_string().repeat(16));
        for seq in all {
            let mut fields = Fields::new();
            add_kept(&mut fields, &[kept(seq)]);
            fields.iter().for_each(|(name, value)| device.say(name, value.clone(), at + seq));
        }
        device
    }

    /// Brings the words of one device to another, which removes what it has too many of. Returns its messages.
    fn bring(from: &HomeDevice, to: &mut HomeDevice, now: Millis) -> Vec<KeptMessage> {
        let entry = |(name, word): (&str, &HomeWord)| HomeEntry { name: name.to_owned(), word: word.clone() };
        to.receive(HomePage { fields: from.words().map(entry).collect(), ..HomePage::default() });
        let (all, removed) = newest_kept(to.words(), &[]);
        removed.iter().for_each(|name| to.say(name, Value::Null, now));
        all
    }

    #[test]
    fn two_devices_that_have_kept_as_many_as_they_may_end_with_the_same_newest_ones() {
        let most = KEPT_MAX as u64;
        // The words of both devices are from the same time.
        let (mut one, mut other) = (keeper('a', 0..most, 1_000), keeper('b', most / 2..most / 2 + most, 1_000));
        for now in [5_000, 6_000] {
            let before = one.clone();
            bring(&other, &mut one, now);
            bring(&before, &mut other, now);
        }
        let here = bring(&other, &mut one, 7_000);
        assert_eq!(here, bring(&one, &mut other, 7_000));
        assert_eq!(here, (most / 2..most / 2 + most).map(kept).collect::<Vec<_>>());
        let there = |device: &HomeDevice| device.values().filter(|(_, value)| **value != Value::Null).count();
        assert_eq!((there(&one), there(&other)), (KEPT_MAX, KEPT_MAX));
    }

    #[test]
    fn a_kept_message_without_a_word_stays_and_makes_room_first() {
        let device = keeper('a', 0..KEPT_MAX as u64 - 1, 1_000);
        let (all, removed) = newest_kept(device.words(), &[kept(900), kept(0)]);
        assert_eq!((all.len(), all[0].seq, removed.len()), (KEPT_MAX, 900, 0));
        let (_, removed) = newest_kept(keeper('a', 0..KEPT_MAX as u64, 1_000).words(), &[kept(900)]);
        assert_eq!(removed, ["kept/general/m900"]);
    }

    #[test]
    fn only_the_end_of_a_mute_by_its_time_is_no_word() {
        let mute = |until| value_of(&MuteValue { until, lets_called: false });
        assert!(is_ended_mute("mute/general", &mute(5), 5));
        assert!(!is_ended_mute("mute/general", &mute(6), 5) && !is_ended_mute("mute/general", &mute(0), 5));
        assert!(!is_ended_mute("chat/general", &mute(5), 5) && !is_ended_mute("mute/general", &Value::Null, 5));
    }

    #[test]
    fn quick_texts_read_back_in_their_order_and_no_more_than_there_may_be() {
        let text = |number: usize| QuickText { id: format!("q{number:02}"), text: format!("text {number}") };
        let texts = [text(2), text(1)];
        let mut fields = Fields::new();
        add_quick_texts(&mut fields, &texts);
        let read = |fields: &Fields| quick_texts_in(fields.iter().map(|(name, value)| (name.as_str(), value)));
        assert_eq!(read(&fields), texts);
        add_quick_texts(&mut fields, &(0..QUICK_TEXTS_MAX + 5).map(text).collect::<Vec<_>>());
        assert_eq!(read(&fields).len(), QUICK_TEXTS_MAX);
        fields.insert("quick/q00".to_owned(), Value::Null);
        assert_eq!(read(&fields).first(), Some(&text(1)));
    }

    #[test]
    fn what_was_not_chosen_is_no_field() {
        let mut fields = Fields::new();
        add_look(&mut fields, &Appearance { theme: Some(Theme::Dusk), ..Appearance::default() });
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(&"look/theme".to_owned(), &Value::Text("dusk".to_owned()))]);
    }
}
