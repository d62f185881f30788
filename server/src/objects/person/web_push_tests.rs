//! Promises of new notifications (`push.md`): events of private conversations, once, by the choices of the person.

use protocol::people::contacts::Hides;
use protocol::words::status::Status;

use super::*;
use crate::kit::sql::exec;
use crate::objects::person::tests::{DIRECT, GROUP, NOW, leaves_no_trace, message, mia, relate, stored, tables};

/// A person with a browser that receives notifications.
fn with_browser() -> PersonMemory {
    let memory = mia();
    let call =
        PushCall { id: "b".to_owned(), session: "s1".to_owned(), endpoint: "e".to_owned(), ..PushCall::default() };
    push_tables::add(&memory.sql.0, &call, NOW).unwrap();
    memory
}

fn inbox_call(room: &str, events: Vec<InboxEvent>) -> InboxCall {
    InboxCall { room: room.to_owned(), epoch: String::new(), events, counted_for: None }
}

fn noted(memory: &PersonMemory, room: &str, seq: u64, content: &str) -> bool {
    note(memory, &inbox_call(room, vec![message(seq, "u_bo", content)]), NOW).unwrap()
}

fn waiting(memory: &PersonMemory, about: &str) -> Option<PendingNotification> {
    push_tables::waiting(&memory.sql.0, &("b".to_owned(), about.to_owned())).unwrap()
}

#[test]
fn private_conversations_are_told_and_public_rooms_are_not() {
    let memory = with_browser();
    assert_eq!([DIRECT, GROUP, "general"].map(|room| noted(&memory, room, 1, "hello")), [true, true, false]);
    assert_eq!(waiting(&memory, DIRECT).map(|waiting| waiting.words), Some("hello".to_owned()));
}

#[test]
fn where_no_browser_is_told_nothing_is_noted() {
    let memory = mia();
    assert!(!noted(&memory, DIRECT, 1, "hello"));
    assert_eq!(push_tables::mark(&memory.sql.0, DIRECT), Ok(0), "a browser that comes later hears of it");
}

#[test]
fn the_same_words_are_not_told_twice() {
    let memory = with_browser();
    assert_eq!([2, 2, 1, 3].map(|seq| noted(&memory, DIRECT, seq, "hello")), [true, false, false, true]);
}

#[test]
fn what_was_read_meanwhile_is_not_told() {
    let memory = with_browser();
    memory.sql.read_to(DIRECT, 5).unwrap();
    assert_eq!([5, 6].map(|seq| noted(&memory, DIRECT, seq, "hello")), [false, true]);
}

#[test]
fn of_several_events_the_last_waits() {
    let memory = with_browser();
    let events = (1..4).map(|seq| message(seq, "u_bo", &seq.to_string())).collect();
    assert!(note(&memory, &inbox_call(DIRECT, events), NOW).unwrap());
    assert_eq!(waiting(&memory, DIRECT).map(|waiting| (waiting.seq, waiting.words)), Some((3, "3".to_owned())));
}

#[test]
fn what_the_person_may_not_see_is_not_told() {
    let memory = with_browser();
    let mut hides = Hides::default();
    hides.block("u_bo", NOW + 5);
    memory.sql.save_hides(&hides).unwrap();
    memory.sql.set_fact(Fact::VisibleFrom, NOW + 2).unwrap();
    assert_eq!([2, 5].map(|seq| noted(&memory, DIRECT, seq, "hello")), [false, false]);
    assert!(noted(&memory, DIRECT, 4, "hello"));
}

#[test]
fn a_change_of_a_message_is_no_news() {
    let memory = with_browser();
    let change = InboxEvent { target: Some(1), ..message(2, "u_bo", "hello") };
    assert!(!note(&memory, &inbox_call(DIRECT, vec![change]), NOW).unwrap());
}

#[test]
fn a_conversation_tells_as_much_as_its_level_says() {
    let memory = with_browser();
    for (level, plain, called) in
        [(Level::Mentions, false, true), (Level::None, false, false), (Level::All, true, true)]
    {
        push_tables::save_level(&memory.sql.0, GROUP, level, None, NOW).unwrap();
        let mark = push_tables::mark(&memory.sql.0, GROUP).unwrap();
        let decided = [noted(&memory, GROUP, mark + 1, "hello"), noted(&memory, GROUP, mark + 2, "你好@Mia，早")];
        assert_eq!(decided, [plain, called], "{level:?}");
        let marks_none = noted(&memory, GROUP, mark + 3, "https://a.example/@Mia and `@Mia`");
        assert_eq!(marks_none, plain, "{level:?}: an address and code mention nobody");
        noted(&memory, GROUP, mark + 4, "hello @Mia");
    }
    assert!(waiting(&memory, GROUP).unwrap().is_called);
}

#[test]
fn a_group_is_named_beside_whoever_writes() {
    let memory = with_browser();
    let query = "INSERT INTO groups VALUES (?, 1, 'member', 'Crew', '', '', 5, 0, 0, 1)";
    exec(&memory.sql.0, query, &[GROUP.into()]).unwrap();
    for (room, title) in [(GROUP, "Bo – Crew"), (DIRECT, "Bo")] {
        noted(&memory, room, 1, "hello");
        assert_eq!(waiting(&memory, room).unwrap().title, title);
    }
}

#[test]
fn whoever_does_not_want_to_be_disturbed_is_told_nothing_also_not_later() {
    let mut memory = with_browser();
    memory.person.begin(NOW, "Mia", "cat", "", Status::Busy);
    assert!(!noted(&memory, DIRECT, 1, "hello"));
    memory.person.begin(NOW, "Mia", "cat", "", Status::Online);
    assert!(!noted(&memory, DIRECT, 1, "hello"));
}

#[test]
fn while_somebody_looks_it_is_withheld_and_goes_when_they_show_that_they_did() {
    let mut memory = with_browser();
    let _ = memory.person.arrive(NOW, 1, "s1");
    assert!(noted(&memory, DIRECT, 1, "hello"));
    assert_eq!(push_tables::due_at(&memory.sql.0), Ok(Some(NOW + PUSH_WITHHELD_MS)));
    note_seen(&memory, NOW).unwrap();
    assert_eq!(push_tables::due_at(&memory.sql.0), Ok(None));
}

#[test]
fn what_came_after_the_last_sign_of_a_device_that_is_gone_is_told_soon() {
    let mut memory = with_browser();
    let _ = memory.person.arrive(NOW, 1, "s1");
    note(&memory, &inbox_call(DIRECT, vec![message(1, "u_bo", "seen")]), NOW).unwrap();
    note(&memory, &inbox_call(GROUP, vec![message(1, "u_bo", "not seen")]), NOW + 9).unwrap();
    note_device_closed(&memory, NOW + 5, NOW + 50).unwrap();
    assert_eq!(push_tables::due_at(&memory.sql.0), Ok(Some(NOW + 9 + PUSH_WITHHELD_MS)), "somebody else still looks");
    let _ = memory.person.end_session(NOW, "s1");
    note_device_closed(&memory, NOW + 5, NOW + 50).unwrap();
    assert_eq!((push_tables::due_at(&memory.sql.0), waiting(&memory, DIRECT).is_none()), (Ok(Some(NOW + 50)), true));
}

#[test]
fn a_message_that_changes_or_ends_is_told_as_it_is_now() {
    let memory = with_browser();
    noted(&memory, GROUP, 1, "before");
    for (sender, is_called) in [("u_bo", true), ("hook_1", false)] {
        note_change(&memory, GROUP, 1, &message(1, sender, "after @Mia")).unwrap();
        let saved = waiting(&memory, GROUP).unwrap();
        assert_eq!((saved.words.as_str(), saved.is_called), ("after @Mia", is_called), "{sender}");
    }
    note_change(&memory, GROUP, 1, &InboxEvent { json: String::new(), ..message(1, "u_bo", "") }).unwrap();
    assert!(waiting(&memory, GROUP).is_none());
}

#[test]
fn a_request_is_told_without_a_conversation() {
    let memory = with_browser();
    assert!(note_request(&memory, "u_kai", "Kai", NOW).unwrap());
    let saved = waiting(&memory, "").unwrap();
    assert_eq!((saved.what, saved.title.as_str(), saved.sender.as_str()), (NotificationKind::Request, "Kai", "u_kai"));
    assert!(!note_request(&mia(), "u_kai", "Kai", NOW).unwrap(), "where no browser is told");
}

#[test]
fn what_became_otherwise_before_it_is_sent_is_not_told() {
    let memory = with_browser();
    noted(&memory, DIRECT, 1, "hello");
    note_request(&memory, "u_kai", "Kai", NOW).unwrap();
    relate(&memory.sql, "u_kai", Relation::Request);
    let wanted = |about: &str| is_wanted(&memory, &waiting(&memory, about).unwrap(), NOW).unwrap();
    assert_eq!([DIRECT, ""].map(wanted), [true, true]);
    relate(&memory.sql, "u_kai", Relation::Contact);
    push_tables::save_level(&memory.sql.0, DIRECT, Level::None, None, NOW).unwrap();
    assert_eq!([DIRECT, ""].map(wanted), [false, false]);
    push_tables::save_level(&memory.sql.0, DIRECT, Level::All, None, NOW).unwrap();
    let mut hides = Hides::default();
    hides.block("u_bo", NOW);
    memory.sql.save_hides(&hides).unwrap();
    assert!(!wanted(DIRECT));
}

#[test]
fn an_archive_has_nothing_of_web_push_where_nothing_was_chosen() {
    let sql = tables();
    assert_eq!(archived(&sql.0).as_deref(), Ok(""));
    push_tables::save_level(&sql.0, GROUP, Level::None, None, NOW).unwrap();
    let text = archived(&sql.0).unwrap();
    assert!(text.starts_with('{') && text.contains(GROUP), "{text}");
}

#[test]
fn choices_are_the_defaults_until_something_is_chosen_that_can_be_read() {
    let sql = tables();
    assert!(choices(&sql.0).unwrap().preview);
    push_tables::save_choices(&sql.0, "no json").unwrap();
    assert!(choices(&sql.0).unwrap().preview);
    push_tables::save_choices(
        &sql.0,
        &format!("{{{}}}", push_choices_json(&PushChoices { quiet: None, preview: false })),
    )
    .unwrap();
    assert!(!choices(&sql.0).unwrap().preview);
}

#[test]
fn a_note_that_does_not_commit_leaves_no_trace() {
    let memory = with_browser();
    leaves_no_trace(&memory.sql.0, || {
        noted(&memory, DIRECT, 1, "hello");
    });
    assert_eq!(stored(&memory.sql.0, "push_marks"), Vec::<String>::new());
}
