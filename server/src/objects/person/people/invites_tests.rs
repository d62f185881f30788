//! Promises of the rows of invites (`people.md` 5): a limited number of people may come by one, each once, and an expired one leaves
//! nothing.

use protocol::people::contacts::Hides;
use protocol::words::limits::{CONTACTS_MAX, SEQ_MAX};
use protocol::words::status::Visible;

use super::*;
use crate::objects::person::tests::{GROUP, NOW, is_safe_to_repeat, leaves_no_trace, mia, relate, stored, tables};

const HASH: &str = "0123456789abcdef0123456789abcdef";
/// Name and picture of the maker when the invite was made.
const MAKER: (&str, &str) = ("Mia then", "av_09");

fn invite(hash: &str, uses: u64, expires_at: Millis) -> InviteCall {
    InviteCall { hash: hash.to_owned(), uses, expires_at, ..InviteCall::default() }
}

fn by(other: &str) -> InviteUseCall {
    InviteUseCall { hash: HASH.to_owned(), by: other.to_owned(), is_guest: false, is_in: Vec::new() }
}

/// A person who has made one invite.
fn maker(uses: u64) -> PersonMemory {
    let memory = mia();
    insert(&memory.sql.0, &invite(HASH, uses, NOW + 1_000), MAKER, NOW).unwrap();
    memory
}

/// A person who has made an invite to a group of theirs.
fn maker_of_group() -> PersonMemory {
    let memory = mia();
    let call = InviteCall { room: Some(GROUP.to_owned()), ..invite(HASH, 2, NOW + 1_000) };
    insert(&memory.sql.0, &call, MAKER, NOW).unwrap();
    exec(&memory.sql.0, "INSERT INTO groups VALUES (?, 1, 'member', 'Crew', '', '', 5, 0, 0, 1)", &[GROUP.into()])
        .unwrap();
    memory
}

fn uses_left(sql: &Database) -> u64 {
    read_invite(sql, HASH).unwrap().unwrap().uses_left
}

fn use_of(memory: &PersonMemory, call: &InviteUseCall, now: Millis) -> Result<InviteUse, Refusal> {
    let is_blocked = memory.sql.hides().unwrap().blocks(&call.by);
    find_use(memory, call, is_blocked, now).map(|(_, what)| what).map_err(Refusal::from)
}

// ---- making and ending

#[test]
fn an_invite_reads_back_as_it_was_made() {
    let sql = tables();
    let call = InviteCall { room: Some("grp_🏴‍☠️ \"".to_owned()), ..invite(HASH, SEQ_MAX, SEQ_MAX) };
    insert(&sql.0, &call, MAKER, NOW).unwrap();
    let Invite { hash, room, uses_left, expires_at, made_at, .. } = read_invite(&sql.0, HASH).unwrap().unwrap();
    assert_eq!((hash.as_str(), room, uses_left, expires_at, made_at), (HASH, call.room, SEQ_MAX, SEQ_MAX, NOW));
    assert!(read_invite(&sql.0, "another").unwrap().is_none());
}

#[test]
fn a_list_names_invites_by_a_part_of_their_hash_in_the_order_in_which_they_were_made() {
    let sql = tables();
    for (hash, made_at) in [("c", 7), ("b", 5), ("a", 7)] {
        insert(&sql.0, &invite(&hash.repeat(32), 1, NOW), MAKER, made_at).unwrap();
    }
    let items = items(&sql.0, 8).unwrap();
    let starts = ["b", "a", "c"].map(|hash| format!("{{\"id\":\"{}\",", hash.repeat(ID_CHARS)));
    assert!(items.iter().zip(&starts).all(|(item, start)| item.starts_with(start)), "{items:?}");
}

#[test]
fn so_many_invites_can_be_open() {
    let sql = tables();
    for n in 0..INVITES_MAX {
        insert(&sql.0, &invite(&n.to_string(), 1, NOW + 9), MAKER, NOW).unwrap();
    }
    let refused = insert(&sql.0, &invite("more", 1, NOW + 9), MAKER, NOW).map_err(Refusal::from).unwrap_err();
    assert_eq!(refused.field(), Some("uses"));
    assert!(read_invite(&sql.0, "more").unwrap().is_none());
}

#[test]
fn invites_that_are_used_up_or_over_keep_no_place() {
    for query in
        ["UPDATE invites SET uses_left = 0 WHERE hash = '0'", "UPDATE invites SET expires_at = 1 WHERE hash = '0'"]
    {
        let sql = tables();
        for n in 0..INVITES_MAX {
            insert(&sql.0, &invite(&n.to_string(), 1, NOW + 9), MAKER, NOW).unwrap();
        }
        exec(&sql.0, query, &[]).unwrap();
        assert!(insert(&sql.0, &invite("more", 1, NOW + 9), MAKER, NOW).is_ok(), "{query}");
    }
}

#[test]
fn of_an_invite_that_is_over_nothing_is_kept_nor_who_came_by_it() {
    let memory = maker(2);
    let sql = &memory.sql.0;
    take_use(sql, &by("u_bo")).unwrap();
    insert(sql, &invite("later", 1, NOW + 1_001), MAKER, NOW).unwrap();
    assert_eq!(due_at(sql), Ok(Some(NOW + 1_000)));
    is_safe_to_repeat(sql, || forget_old(sql, NOW + 1_000).unwrap());
    assert_eq!((stored(sql, "invites").len(), stored(sql, "invite_uses").len()), (1, 0));
    assert_eq!(due_at(sql), Ok(Some(NOW + 1_001)));
}

#[test]
fn an_invite_that_lives_keeps_who_came_by_it() {
    let memory = maker(2);
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    forget_old(&memory.sql.0, NOW + 999).unwrap();
    assert_eq!(stored(&memory.sql.0, "invite_uses").len(), 1);
}

#[test]
fn of_an_invite_that_was_withdrawn_nothing_is_kept_nor_who_came_by_it() {
    let memory = maker(2);
    let sql = &memory.sql.0;
    insert(sql, &invite("other", 2, NOW + 1_000), MAKER, NOW).unwrap();
    for hash in [HASH, "other"] {
        take_use(sql, &InviteUseCall { hash: hash.to_owned(), ..by("u_bo") }).unwrap();
    }
    is_safe_to_repeat(sql, || withdraw(sql, HASH).unwrap());
    assert!(read_invite(sql, HASH).unwrap().is_none());
    assert_eq!(stored(sql, "invite_uses"), ["'other', 'u_bo', 1"]);
}

#[test]
fn invites_since_a_time_end_with_those_who_came_by_them_and_older_ones_stay() {
    for (made_since, left) in
        [(0, &[][..]), (NOW, &["before"]), (NOW + 1, &["before", "same"]), (SEQ_MAX, &["after", "before", "same"])]
    {
        let sql = tables().0;
        for (hash, made_at) in [("before", NOW - 1), ("same", NOW), ("after", NOW + 1)] {
            insert(&sql, &invite(hash, 2, NOW + 1_000), MAKER, made_at).unwrap();
            take_use(&sql, &InviteUseCall { hash: hash.to_owned(), ..by("u_bo") }).unwrap();
        }
        let ended = withdraw_since(&sql, made_since).unwrap();
        assert_eq!((ended.len(), withdraw_since(&sql, made_since)), (3 - left.len(), Ok(vec![])));
        for table in ["invites", "invite_uses"] {
            let query = format!("SELECT hash FROM {table} ORDER BY hash");
            assert_eq!(rows(&sql, &query, &[], |row| row.text(0)).unwrap(), left, "{table} since {made_since}");
        }
    }
}

#[test]
fn without_invites_none_is_due() {
    assert_eq!(due_at(&tables().0), Ok(None));
}

// ---- coming by one

#[test]
fn whoever_comes_the_first_time_costs_a_use_and_later_none() {
    let memory = maker(2);
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Ok(InviteUse::First));
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!((use_of(&memory, &by("u_bo"), NOW), uses_left(&memory.sql.0)), (Ok(InviteUse::Again), 1));
    close_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!((use_of(&memory, &by("u_bo"), NOW), uses_left(&memory.sql.0)), (Ok(InviteUse::Done), 1));
}

#[test]
fn one_person_cannot_take_two_uses() {
    let memory = maker(2);
    let sql = &memory.sql.0;
    take_use(sql, &by("u_bo")).unwrap();
    assert!(!sql.in_transaction(|| take_use(sql, &by("u_bo")).is_ok()));
    assert_eq!((uses_left(sql), stored(sql, "invite_uses").len()), (1, 1));
}

#[test]
fn an_invite_that_is_used_up_opens_for_those_alone_who_came() {
    let memory = maker(1);
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Ok(InviteUse::Again));
    assert_eq!(use_of(&memory, &by("u_kai"), NOW), Err(Refusal::NotFound));
}

#[test]
fn a_guest_comes_by_an_invite_for_guests_alone() {
    let memory = mia();
    for takes_guests in [false, true] {
        let hash = takes_guests.to_string();
        let call = InviteCall { takes_guests, ..invite(&hash, 1, NOW + 1_000) };
        insert(&memory.sql.0, &call, MAKER, NOW).unwrap();
        let invite = read_invite(&memory.sql.0, &hash).unwrap().unwrap();
        let comes = |is_guest| check_guest(&invite, &InviteUseCall { is_guest, ..by("g_bo") }).is_ok();
        assert_eq!([comes(false), comes(true)], [true, takes_guests]);
    }
    let items = items(&memory.sql.0, NOW).unwrap();
    assert_eq!(items.iter().map(|item| item.contains(",\"guests\":true")).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn an_invite_that_is_unknown_or_over_opens_nothing() {
    let memory = maker(1);
    let unknown = InviteUseCall { hash: "unknown".to_owned(), ..by("u_bo") };
    assert_eq!(use_of(&memory, &unknown, NOW), Err(Refusal::NotFound));
    assert_eq!(use_of(&memory, &by("u_bo"), NOW + 999), Ok(InviteUse::First));
    assert_eq!(use_of(&memory, &by("u_bo"), NOW + 1_000), Err(Refusal::NotFound));
}

#[test]
fn whoever_is_blocked_comes_by_no_invite_and_is_told_nothing_else() {
    let memory = maker(2);
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    let mut hides = Hides::default();
    hides.block("u_bo", NOW);
    memory.sql.save_hides(&hides).unwrap();
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Err(Refusal::NotFound));
    assert_eq!(use_of(&memory, &by("u_kai"), NOW), Ok(InviteUse::First));
}

#[test]
fn a_blocked_person_learns_no_new_name_by_an_invite_with_a_session_or_without() {
    let memory = maker(1);
    let mut hides = Hides::default();
    hides.block("u_bo", NOW);
    memory.sql.save_hides(&hides).unwrap();
    let stranger = memory.views().unwrap().to("");
    let frozen = Visible { display_name: "Mia at the block".to_owned(), ..stranger.clone() };
    memory.sql.save_block("u_bo", &frozen, &frozen, NOW).unwrap();
    let (invite, _) = find_use(&memory, &by("u_bo"), false, NOW).unwrap();
    let shown = |viewer: &str| shown_maker(&memory, &invite, viewer).unwrap().0;
    assert_eq!(shown("u_bo"), "Mia at the block");
    assert_eq!(shown(""), MAKER.0);
    assert_eq!(shown("u_kai"), stranger.display_name);
    // An invite from before names were kept shows the name of today.
    exec(&memory.sql.0, "UPDATE invites SET name = NULL, avatar = NULL", &[]).unwrap();
    let older = read_invite(&memory.sql.0, HASH).unwrap().unwrap();
    assert_eq!(shown_maker(&memory, &older, "").unwrap().0, stranger.display_name);
}

#[test]
fn a_contact_or_a_member_has_no_need_of_it_and_costs_nothing() {
    let memory = maker(1);
    relate(&memory.sql, "u_bo", Relation::Contact);
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Ok(InviteUse::Done));
    let memory = maker_of_group();
    relate(&memory.sql, "u_bo", Relation::Contact);
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Ok(InviteUse::First), "a contact need not be a member");
    let member = InviteUseCall { is_in: vec![GROUP.to_owned()], ..by("u_bo") };
    assert_eq!(use_of(&memory, &member, NOW), Ok(InviteUse::Done));
}

#[test]
fn an_invite_of_somebody_with_a_full_list_opens_nothing_and_one_into_a_group_does() {
    for (memory, what) in [(maker(2), Err(Refusal::NotFound)), (maker_of_group(), Ok(InviteUse::First))] {
        for n in 0..CONTACTS_MAX {
            relate(&memory.sql, &format!("u_{n}"), Relation::Contact);
        }
        assert_eq!(use_of(&memory, &by("u_bo"), NOW), what);
    }
}

#[test]
fn an_invite_into_a_group_that_its_maker_left_opens_nothing() {
    let memory = maker_of_group();
    assert_eq!(group_name(&memory, GROUP).map_err(Refusal::from), Ok("Crew".to_owned()));
    exec(&memory.sql.0, "UPDATE groups SET standing = 'gone'", &[]).unwrap();
    assert_eq!(group_name(&memory, GROUP).map_err(Refusal::from), Err(Refusal::NotFound));
}

#[test]
fn a_use_that_opened_nothing_is_as_if_it_had_not_been() {
    let memory = maker(1);
    let sql = &memory.sql.0;
    let before = (stored(sql, "invites"), stored(sql, "invite_uses"));
    take_use(sql, &by("u_bo")).unwrap();
    is_safe_to_repeat(sql, || give_use_back(sql, &by("u_bo")).unwrap());
    assert_eq!((stored(sql, "invites"), stored(sql, "invite_uses")), before);
}

#[test]
fn a_use_by_which_all_is_open_is_not_given_back() {
    let memory = maker(1);
    let sql = &memory.sql.0;
    take_use(sql, &by("u_bo")).unwrap();
    close_use(sql, &by("u_bo")).unwrap();
    give_use_back(sql, &by("u_bo")).unwrap();
    assert_eq!((uses_left(sql), stored(sql, "invite_uses").len()), (0, 1));
}

#[test]
fn a_use_that_is_finished_finishes_no_other() {
    let memory = maker(2);
    for user in ["u_bo", "u_kai"] {
        take_use(&memory.sql.0, &by(user)).unwrap();
    }
    close_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!(
        ["u_bo", "u_kai"].map(|user| use_of(&memory, &by(user), NOW)),
        [Ok(InviteUse::Done), Ok(InviteUse::Again)]
    );
}

// ---- the consent

#[test]
fn the_consent_of_an_invite_is_taken_once() {
    let memory = maker(2);
    let sql = &memory.sql.0;
    take_use(sql, &by("u_bo")).unwrap();
    assert_eq!([(); 2].map(|()| memory.sql.takes_consent("u_bo", NOW)), [Ok(true), Ok(false)]);
    assert_eq!(use_of(&memory, &by("u_bo"), NOW), Ok(InviteUse::Done));
}

#[test]
fn whoever_did_not_come_has_no_consent() {
    let memory = maker(2);
    assert_eq!(memory.sql.takes_consent("u_bo", NOW), Ok(false));
}

#[test]
fn the_consent_ends_with_its_invite() {
    let memory = maker(2);
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!(memory.sql.takes_consent("u_bo", NOW + 1_000), Ok(false));
    assert_eq!(memory.sql.takes_consent("u_bo", NOW + 999), Ok(true));
}

#[test]
fn an_invite_into_a_group_is_no_consent_to_be_contacts() {
    let memory = maker_of_group();
    take_use(&memory.sql.0, &by("u_bo")).unwrap();
    assert_eq!(memory.sql.takes_consent("u_bo", NOW), Ok(false));
}

#[test]
fn a_use_that_does_not_commit_leaves_no_trace() {
    let memory = maker(1);
    leaves_no_trace(&memory.sql.0, || take_use(&memory.sql.0, &by("u_bo")).unwrap());
}
