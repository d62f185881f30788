//! A public group in pages of other sites (`embed.md`): who allows it, and what such a page shows.

use super::tests::{RoomFixture, principal};
use super::{
    Actor, Change, ChangeKind, EmbedMode, Embedding, EmbeddingStore, GroupChange, NewGroup, Newcomer, Outbound,
    ReactionOp, Role, Visibility, Write,
};
use crate::codec::json::json_text;
use crate::words::event::{Event, Kind};
use crate::words::ids::UserId;
use crate::words::limits::{EMBED_MESSAGES_MAX, EMBED_ORIGINS_MAX};
use crate::words::refusal::{Denied, Refusal};

fn actor(user: &str) -> Actor {
    Actor { user: UserId::parse(user).unwrap(), name: user.to_owned() }
}

/// Makes a group of user 1, who owns it, and of user 2.
fn group(visibility: Visibility) -> RoomFixture {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let Actor { user, name } = actor("user_2");
    let people = vec![Newcomer { user, name, is_asked: false, by_invite: false }];
    let plan = NewGroup { name: "Crew".into(), visibility, people };
    stage.room.make_group(&mut stage.store, 1, &actor("user_1"), &plan, &mut Outbound::default()).unwrap();
    stage
}

fn embedding() -> Embedding {
    Embedding { origins: vec!["https://blog.example".to_owned()], mode: EmbedMode::Guest }
}

impl RoomFixture {
    fn set_embedding_by(&mut self, by: &str, embedding: Option<&Embedding>) -> Result<Outbound, Denied> {
        let mut out = Outbound::default();
        self.room.set_embedding(&mut self.store, by, embedding, &mut out)?;
        Ok(out)
    }

    fn post_text(&mut self, id: &str) {
        // The limits of one person are another subject.
        self.now += 10_000;
        let body = format!("{{\"content\":{}}}", json_text(id));
        let write = Write { id: id.to_owned(), kind: Kind::Chat, body };
        self.room.post(&mut self.store, self.now, &principal("user_1"), write, &mut Outbound::default()).unwrap();
    }

    fn change_message(&mut self, message: &str, what: ChangeKind) {
        self.now += 10_000;
        let change = Change { id: format!("change of {message}"), message: message.to_owned(), what };
        self.room.change(&mut self.store, self.now, &principal("user_1"), change, &mut Outbound::default()).unwrap();
    }

    fn shown_ids(&self) -> Vec<String> {
        let id = |event: Event| event.id;
        self.room.newest_messages(&self.store).unwrap().into_iter().map(id).collect()
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Denied>) -> Refusal {
    match result.unwrap_err() {
        Denied::Refused(refusal) => refusal,
        Denied::Broken(fault) => panic!("{fault:?}"),
    }
}

#[test]
fn the_owner_and_admins_of_a_public_group_embed_it_and_nobody_else() {
    let mut stage = group(Visibility::Public);
    assert_eq!(refused(stage.room.embedding(&stage.store, "user_1")), Refusal::NotFound);
    assert_eq!(refused(stage.set_embedding_by("user_1", None)), Refusal::NotFound);
    let out = stage.set_embedding_by("user_1", Some(&embedding())).unwrap();
    assert_eq!((out.acts[0].what, out.acts[0].target.as_str()), ("embed_on", "grp_0123456789abc"));
    for user in ["user_2", "user_9"] {
        assert_eq!(refused(stage.set_embedding_by(user, None)), Refusal::Forbidden);
        assert_eq!(refused(stage.room.embedding(&stage.store, user)), Refusal::Forbidden);
        assert_eq!(stage.room.embedding_for(&stage.store, user), Ok(None));
    }
    let change = GroupChange::SetRole { user: actor("user_2").user, role: Role::Admin };
    stage.room.change_group(&mut stage.store, 2, &actor("user_1"), &change, &mut Outbound::default()).unwrap();
    assert_eq!(stage.room.embedding(&stage.store, "user_2").unwrap(), embedding());
    assert_eq!(stage.room.embedding_for(&stage.store, "user_2"), Ok(Some(embedding())));
    assert_eq!(stage.room.embedding_in_force(&stage.store), Ok(Some(embedding())));
    assert_eq!(stage.set_embedding_by("user_2", None).unwrap().acts[0].what, "embed_off");
    assert_eq!(stage.room.embedding_in_force(&stage.store), Ok(None));
}

#[test]
fn a_private_group_is_in_no_page_whatever_its_rows_say() {
    let mut stage = group(Visibility::Private);
    assert_eq!(refused(stage.set_embedding_by("user_1", Some(&embedding()))), Refusal::Forbidden);
    assert_eq!(refused(stage.set_embedding_by("user_9", Some(&embedding()))), Refusal::NotFound);
    stage.store.save_embedding(Some(&embedding())).unwrap();
    assert_eq!(stage.room.embedding_in_force(&stage.store), Ok(None));
}

#[test]
fn the_permission_ends_with_its_group() {
    let mut stage = group(Visibility::Public);
    stage.set_embedding_by("user_1", Some(&embedding())).unwrap();
    let mut out = Outbound::default();
    stage.room.change_group(&mut stage.store, 2, &actor("user_1"), &GroupChange::Delete, &mut out).unwrap();
    assert_eq!(stage.room.embedding_in_force(&stage.store), Ok(None));
}

#[test]
fn origins_have_a_form_and_a_number() {
    let of = |origins: Vec<String>| Embedding { origins, mode: EmbedMode::Read }.check(false);
    let some = |count: usize| (0..count).map(|n| format!("https://a{n}.example")).collect::<Vec<_>>();
    assert_eq!(of(some(EMBED_ORIGINS_MAX)), Ok(()));
    assert_eq!(of(some(EMBED_ORIGINS_MAX + 1)).unwrap_err().limit(), Some(EMBED_ORIGINS_MAX as u64));
    for bad in [vec![], vec!["https://a.example".to_owned(), "*".to_owned()]] {
        assert_eq!(of(bad).unwrap_err().field(), Some("origins"));
    }
}

#[test]
fn a_page_shows_the_newest_messages_and_no_other_event() {
    let mut stage = RoomFixture::new("general");
    assert_eq!(stage.shown_ids(), [""; 0]);
    stage.post_text("first");
    stage.change_message("first", ChangeKind::React { reaction: "star".to_owned(), op: ReactionOp::Add });
    stage.post_text("second");
    assert_eq!(stage.shown_ids(), ["first", "second"]);
    for n in 0..EMBED_MESSAGES_MAX {
        stage.post_text(&format!("m{n}"));
    }
    let shown = stage.shown_ids();
    assert_eq!((shown.len(), shown.first().map(String::as_str)), (EMBED_MESSAGES_MAX, Some("m0")));
}

#[test]
fn a_page_shows_a_message_as_it_reads_now() {
    let mut stage = RoomFixture::new("general");
    stage.post_text("first");
    stage.post_text("second");
    stage.change_message("second", ChangeKind::Edit { content: "new".to_owned() });
    stage.change_message("first", ChangeKind::Delete);
    let messages = stage.room.newest_messages(&stage.store).unwrap();
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert!(message.id == "second" && message.body.contains("\"new\""), "{message:?}");
}
