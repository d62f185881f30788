//! Promises of sockets and pages that read from the archive: everything once, in order, across the seam of archive and log.

use super::tests::{HubFixture, at};
use super::*;
use crate::words::limits::LAG_BYTES_MAX;
use crate::words::socket::ConnKey;

/// Archive in memory: files of three messages.
struct FakeArchive(Vec<Vec<Item>>);

impl FakeArchive {
    fn after(&self, since: u64) -> Option<&[Item]> {
        let has_more = |file: &&Vec<Item>| file.last().is_some_and(|item| item.seq > since);
        self.0.iter().find(has_more).map(Vec::as_slice)
    }
}

/// A room with this many messages, of which all but the newest `kept` are archived.
fn archived(count: u64, kept: u64, body: &str) -> (HubFixture, FakeArchive) {
    let retention = HubRetention { events_max: kept, ..HubRetention::default() };
    let mut world = HubFixture::new("0", retention);
    for n in 1..=count {
        world.post("a", None, &format!("{n}{body}")).unwrap();
    }
    let mut gone = Vec::new();
    loop {
        let going = world.hub.going(&world.store, world.now, count).unwrap();
        if going.is_empty() {
            break;
        }
        world.step(|hub, step| hub.trim(step.store, step.now, &going).unwrap());
        gone.extend(going);
    }
    assert_eq!(gone.len() as u64, count - kept);
    world.hub.set_replays_archive(true);
    let archive = FakeArchive(gone.chunks(3).map(<[Item]>::to_vec).collect());
    (world, archive)
}

/// Somebody writes; what is said in that turn.
fn say(world: &mut HubFixture, text: &str) -> HubOut {
    let writer = Writer { principal: None, payer: "p".into() };
    let write = || HubWrite { id: None, content_type: "text/plain".into(), body: Body::Text(text.into()) };
    world.step(|hub, step| hub.write(step, &writer, None, write()).unwrap()).1
}

/// Serves the sockets until nobody waits. Returns the frames that `conn` was sent.
fn serve_all(world: &mut HubFixture, archive: &FakeArchive, conn: ConnKey) -> Vec<String> {
    let mut received = Vec::new();
    loop {
        let now = world.now;
        let out = if let Some(since) = world.hub.archive_wanted(now) {
            let items = archive.after(since);
            world.step(|hub, step| hub.serve_archived(step.now, since, items, step.out)).1
        } else if let Some(at) = world.hub.serve_at(now) {
            world.now = at;
            world.step(|hub, step| hub.serve(step.store, step.now, step.out).unwrap()).1
        } else {
            return received;
        };
        received.extend(world.received(conn, &out));
    }
}

fn numbers(from: u64, to: u64) -> Vec<String> {
    (from..=to).map(|n| n.to_string()).collect()
}

#[test]
fn a_raw_socket_gets_archive_and_log_once_and_in_order_from_any_place() {
    for since in 0..=12 {
        let (mut world, archive) = archived(12, 4, "");
        let (conn, out) = world.join(HubWire::Raw, at(since));
        let mut received = world.received(conn, &out);
        let out = say(&mut world, "13");
        received.extend(world.received(conn, &out));
        received.extend(serve_all(&mut world, &archive, conn));
        let out = say(&mut world, "14");
        received.extend(world.received(conn, &out));
        assert_eq!(received, numbers(since + 1, 14), "{since}");
    }
}

#[test]
fn a_hole_in_the_archive_is_skipped_and_without_the_switch_the_archive_is() {
    let (mut world, mut archive) = archived(12, 4, "");
    archive.0.remove(1);
    let (conn, _) = world.join(HubWire::Raw, at(0));
    let received = serve_all(&mut world, &archive, conn);
    assert_eq!(received, [numbers(1, 3), numbers(7, 12)].concat());
    let (conn, _) = world.join(HubWire::Raw, at(0));
    let received = serve_all(&mut world, &FakeArchive(Vec::new()), conn);
    assert_eq!(received, numbers(9, 12), "nothing is archived");
    world.hub.set_replays_archive(false);
    let (conn, out) = world.join(HubWire::Raw, at(0));
    assert_eq!(world.received(conn, &out), numbers(9, 12));
    assert_eq!(world.hub.archive_wanted(world.now), None);
}

#[test]
fn a_raw_socket_whose_place_is_void_gets_what_is_kept() {
    let (mut world, _) = archived(12, 4, "");
    let (conn, out) = world.join(HubWire::Raw, Some(HubCursor { epoch: Some(8), seq: 3 }));
    assert_eq!(world.received(conn, &out), numbers(9, 12));
}

#[test]
fn who_waits_for_the_archive_still_waits_after_a_sleep_and_a_socket_that_left_does_not() {
    let (mut world, archive) = archived(12, 4, "");
    let (gone, _) = world.join(HubWire::Raw, at(0));
    let (conn, _) = world.join(HubWire::Raw, at(5));
    world.step(|hub, step| hub.leave(gone, step.out));
    let conn = world.sleep()[&conn];
    world.hub.set_replays_archive(true);
    assert_eq!(serve_all(&mut world, &archive, conn), numbers(6, 12));
    // Messages of a file that was read for somebody else's place are not used.
    let (conn, _) = world.join(HubWire::Raw, at(0));
    let items = archive.after(5);
    let (_, out) = world.step(|hub, step| hub.serve_archived(step.now, 5, items, step.out));
    assert_eq!((world.received(conn, &out), world.hub.archive_wanted(world.now)), (Vec::new(), Some(0)));
}

#[test]
fn a_reader_that_reports_has_a_window_in_the_archive_too() {
    let big = "x".repeat(60_000);
    let (mut world, archive) = archived(200, 20, &big);
    let (conn, _) = world.join(HubWire::Envelope, at(0));
    let mut seqs: Vec<u64> = Vec::new();
    let note = |seqs: &mut Vec<u64>, frames: Vec<String>| {
        let of = |frame: &String| crate::codec::json::Value::parse(frame)?.get("seq")?.as_u64();
        seqs.extend(frames.iter().filter_map(of));
    };
    while seqs.len() < 200 {
        let before = seqs.len();
        let frames = serve_all(&mut world, &archive, conn);
        note(&mut seqs, frames);
        let bytes = (seqs.len() - before) as u64 * 60_000;
        assert!(bytes > 0 && bytes <= LAG_BYTES_MAX, "{bytes}");
        let out = world.say(conn, &format!(r#"{{"op":"cursor","seq":{}}}"#, seqs.last().unwrap()));
        let frames = world.received(conn, &out);
        note(&mut seqs, frames);
    }
    assert_eq!(seqs, (1..=200).collect::<Vec<u64>>());
}

#[test]
fn messages_that_are_archived_while_a_reader_waits_do_not_fill_its_window() {
    let big = "x".repeat(60_000);
    let (mut world, mut archive) = archived(400, 300, &big);
    let (conn, _) = world.join(HubWire::Envelope, at(0));
    let going = world.store.read(101, 380, 280, u64::MAX).unwrap();
    assert!(going.iter().map(|item| item.body.bytes().len() as u64).sum::<u64>() > LAG_BYTES_MAX);
    world.step(|hub, step| hub.trim(step.store, step.now, &going).unwrap());
    archive.0.extend(going.chunks(3).map(<[Item]>::to_vec));
    let frames = serve_all(&mut world, &archive, conn);
    let messages = frames.iter().filter(|frame| frame.contains("\"op\":\"msg\"")).count() as u64;
    assert_eq!(messages, LAG_BYTES_MAX / 60_003, "as many as are allowed in front of it");
}

#[test]
fn a_page_of_the_archive_says_where_a_hole_is() {
    let (world, archive) = archived(12, 4, "");
    let page = |since, items: &[Item], limit| world.hub.log().archived_page(since, items, limit);
    let seqs = |page: &HubPage| page.items.iter().map(|item| item.seq).collect::<Vec<u64>>();
    let first = page(0, archive.after(0).unwrap(), 100);
    assert_eq!((seqs(&first), first.next, first.more, first.truncated_at), (vec![1, 2, 3], 3, true, None));
    let middle = page(1, archive.after(1).unwrap(), 1);
    assert_eq!((seqs(&middle), middle.next, middle.truncated_at), (vec![2], 2, None));
    let hole = page(1, &archive.0[1], 100);
    assert_eq!((seqs(&hole), hole.truncated_at, hole.head), (vec![4, 5, 6], Some(4), 12));
}
