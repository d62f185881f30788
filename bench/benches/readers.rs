//! Times of all parsers of foreign objects, with every order of members that has been expensive for some map.
//!
//! Each parser gets the longest text that its door accepts, and one of an eighth. The budget is about growth, not time. A byte of the long
//! text may cost at most [`GROWTH_MAX`] times as much as one of the short text; a quadratic parser would need eight times as much. `cargo
//! bench -p bench --bench readers` prints the figures and fails above the budget.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use protocol::codec::raw_json;
use protocol::machines::chain;
use protocol::machines::channel::{self, Members};
use protocol::machines::hub::ClientOp;
use protocol::wire::messenger::{self, read_frame};
use protocol::wire::{hopeflow, livestore};
use protocol::words::limits::{
    BATCH_IN_BYTES_MAX, CHANNEL_FRAME_BYTES_MAX, HUB_FRAME_BYTES_MAX, PUBLISH_BYTES_MAX, REST_BODY_BYTES_MAX,
};
use serde_json::value::RawValue;

/// Factor by which the short text is shorter.
const SHORTER: usize = 8;
/// Allowed cost of a byte of the long text, relative to the short one: caches are small, and noise is large.
const GROWTH_MAX: f64 = 4.0;
/// Number of runs, of which the fastest counts.
const RUNS: usize = 15;

/// Function that writes the member at a position among many.
type Member = fn(usize, usize) -> String;
/// Function that returns `true` if a text is valid.
type Reader = fn(&str) -> bool;

/// Shapes of objects with many members.
const SHAPES: [(&str, Member); 6] = [
    ("ascending", |at, _| format!("\"k{at:08}\":1")),
    ("descending", |at, all| format!("\"k{:08}\":1", all - at)),
    ("scattered", |at, _| format!("\"k{:08x}\":1", (at as u32).wrapping_mul(0x9e37_79b9))),
    ("one name", |_, _| "\"k\":1".to_owned()),
    ("escaped", |at, all| format!("\"\\u006b{:08}\":\"\\u00e9\"", all - at)),
    ("nested", |at, all| format!("\"k{:08}\":{{\"k\":[{{}}]}}", all - at)),
];

/// Parsers of such objects, with the length of the longest text. Each returns a value that the compiler cannot leave out.
const READERS: [(&str, usize, Reader); 10] = [
    ("walk of serde_json", PUBLISH_BYTES_MAX, |text| serde_json::from_str::<&RawValue>(text).is_ok()),
    ("raw_json::object", PUBLISH_BYTES_MAX, |text| raw_json::object(text).is_some()),
    ("raw_json::members", PUBLISH_BYTES_MAX, |text| raw_json::members(text, &["a", "b", "c"]).is_some()),
    ("members of a payload", PUBLISH_BYTES_MAX, |text| Members::of(Some(text)).get("a").is_some()),
    ("HopeFlow frame", CHANNEL_FRAME_BYTES_MAX, |text| hopeflow::read_frame(text) == channel::Frame::Ignored),
    ("HopeFlow publish", PUBLISH_BYTES_MAX, |text| {
        hopeflow::read_publish("p", None, Some("application/json"), text.as_bytes()).is_ok()
    }),
    ("LiveStore frame", PUBLISH_BYTES_MAX, |text| matches!(livestore::read_frame(text), chain::Frame::Unusable { .. })),
    ("hub frame", HUB_FRAME_BYTES_MAX, |text| ClientOp::read(text).is_ok()),
    ("messenger frame", BATCH_IN_BYTES_MAX, |text| read_frame(text).is_ok()),
    ("body of a call", REST_BODY_BYTES_MAX, |text| messenger::Members::read(text.to_owned(), &["a", "b"]).is_ok()),
];

fn main() -> ExitCode {
    println!(
        "{:<22}{:<12}{:>9}{:>15}{:>14}{:>9}",
        "reader", "members", "bytes", "ns/byte short", "ns/byte long", "growth"
    );
    let mut is_linear = true;
    for (reader, bytes, read) in READERS {
        for (shape, member) in SHAPES {
            let (short, long) = (object(bytes / SHORTER, member), object(bytes, member));
            let [before, after] = [&short, &long].map(|text| cost(read, text));
            let growth = after / before;
            let is_within = growth <= GROWTH_MAX;
            is_linear &= is_within;
            let verdict = if is_within { "" } else { "  beyond the budget" };
            println!("{reader:<22}{shape:<12}{:>9}{before:>15.3}{after:>14.3}{growth:>9.2}{verdict}", long.len());
        }
    }
    if is_linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes an object of at most this many bytes.
fn object(bytes: usize, member: Member) -> String {
    let count = bytes.saturating_sub(2) / (member(1, 1).len() + 1);
    let members: Vec<String> = (0..count).map(|at| member(at, count)).collect();
    format!("{{{}}}", members.join(","))
}

/// Returns the nanoseconds for a byte in the fastest run.
fn cost(read: Reader, text: &str) -> f64 {
    let fastest = (0..RUNS).map(|_| {
        let started = Instant::now();
        black_box(read(black_box(text)));
        started.elapsed()
    });
    fastest.min().unwrap_or_default().as_secs_f64() * 1e9 / text.len() as f64
}
