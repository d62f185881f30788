//! `GET /api/health` (`messagehub.md` 9, `core.md` 8 row 15, `wasmchannel.md` 5): whether the parts answer, and which bindings there
//! are. The route is public, so it is cheap: one object is asked, which writes one row, and an isolate remembers what it found.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use app::page_files::page_files;
use futures_util::future::join_all;
use protocol::wire::wasmchannel::{Packet, PacketKind};
use protocol::words::event::Millis;
use protocol::words::limits::{
    HEALTH_CHECK_MS_MAX, HEALTH_FAILURE_REMEMBERED_MS, HEALTH_REMEMBERED_MS, PACKET_PAYLOAD_BYTES_MAX,
};
use protocol::words::refusal::{Fault, Refusal};
use worker::{Env, Headers, Response};

use crate::calls::operator;
use crate::http::answer;
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::platform::timeout::within;
use crate::platform::{analytics, bucket, has_binding, kv};
use crate::telemetry;

const OK: &str = "ok";
const ABSENT: &str = "absent";
const FAILED: &str = "failed";
const QUEUES: [&str; 3] = ["WASMCHANNEL_QUEUE", "OUTBOUND_QUEUE", "DEAD_QUEUE"];
/// Bindings beside them and the objects; `ROOM` is a second name of `CHAT_ROOM`.
const OTHERS: [&str; 6] = ["ROOM", kv::BINDING, DATABASE, bucket::BINDING, analytics::BINDING, AI];
/// Names of the checks for people, in the order of the checks.
const LABELS: [&str; 6] = ["Durable Objects", "D1", "R2", "queues", "AI", "Turnstile"];
const DATABASE: &str = "DB";
const AI: &str = "AI";

/// A question to a binding.
type Probe<'a> = Pin<Box<dyn Future<Output = worker::Result<()>> + 'a>>;

/// Findings of a check of all bindings.
#[derive(Clone)]
struct HealthReport {
    until: Millis,
    is_well: bool,
    json: String,
    words: String,
}

thread_local! {
    static CACHED_REPORT: RefCell<Option<HealthReport>> = const { RefCell::new(None) };
}

/// 200 when nothing fails, 503 when something does. What is not bound does not fail. What was found is told in any case.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let HealthReport { is_well, json, .. } = current_report(incoming).await;
    let failure = Refusal::Overloaded { retry_after_ms: HEALTH_FAILURE_REMEMBERED_MS };
    answer::in_and_beside(incoming, &json, Some(&failure).filter(|_| !is_well))
}

pub async fn words(incoming: &Incoming) -> String {
    current_report(incoming).await.words
}

/// Returns the cached report while it is fresh, else runs the checks.
async fn current_report(incoming: &Incoming) -> HealthReport {
    if let Some(report) = CACHED_REPORT.with_borrow(|known| known.clone().filter(|report| report.until > incoming.now))
    {
        return report;
    }
    let report = run_checks(incoming).await;
    CACHED_REPORT.set(Some(report.clone()));
    report
}

async fn run_checks(incoming: &Incoming) -> HealthReport {
    let env = &incoming.env;
    let objects = Namespace::ALL.map(Namespace::binding);
    let asked: [(&str, Probe<'_>); 4] = [
        (Namespace::Operator.binding(), Box::pin(object(env))),
        (DATABASE, Box::pin(database(env))),
        (bucket::BINDING, Box::pin(files(env))),
        (kv::BINDING, Box::pin(edge_cache(env))),
    ];
    let words = join_all(asked.map(|(name, asked)| check(env, name, asked))).await;
    let asked = |at: usize| words.get(at).copied().unwrap_or(FAILED);
    let (object, database, files, edge_cache) = (asked(0), asked(1), asked(2), asked(3));
    let configured = |is_there: bool| if is_there { OK } else { ABSENT };
    let bound = |name: &str| configured(has_binding(env, name));
    let turnstile = configured(incoming.config.turnstile.secret.is_some());
    let queue = configured(QUEUES.iter().all(|name| has_binding(env, name)));
    let found_of = |name: &str| match name {
        kv::BINDING => edge_cache,
        DATABASE => database,
        bucket::BINDING => files,
        name => bound(name),
    };
    let names = objects.into_iter().chain(OTHERS).chain(QUEUES);
    let bindings: Vec<String> = names.map(|name| member(name, found_of(name))).collect();
    let packet = packets_work();
    let is_well = packet && [object, database, files, edge_cache].iter().all(|word| *word != FAILED);
    let checks = [
        ("do", object),
        ("d1", database),
        ("r2", files),
        ("queue", queue),
        ("ai", bound(AI)),
        ("turnstile", turnstile),
    ];
    let words: Vec<String> =
        LABELS.iter().zip(checks).map(|(label, (_, word))| format!("{label}: {}", state_words(word))).collect();
    let version = &page_files().version;
    let json = format!(
        "{{\"ok\":{is_well},\"checks\":{{{}}},\"version\":\"{version}\",\"packet\":{packet},\"bindings\":{{{}}}}}",
        checks.map(|(name, word)| member(name, word)).join(","),
        bindings.join(","),
    );
    // A failure is remembered for a shorter time, so that its end is seen soon. Frequent questions cost one check per period.
    let remembered_ms = if is_well { HEALTH_REMEMBERED_MS } else { HEALTH_FAILURE_REMEMBERED_MS };
    HealthReport { until: incoming.now + remembered_ms, is_well, json, words: words.join(", ") }
}

fn state_words(word: &str) -> &'static str {
    match word {
        OK => "OK",
        ABSENT => "not configured",
        _ => "not working",
    }
}

fn member(name: &str, word: &str) -> String {
    format!("\"{name}\":\"{word}\"")
}

/// Asks a binding; returns the word for what came of it in time. Why something failed is told to the operator alone.
async fn check(env: &Env, name: &str, asked: Probe<'_>) -> &'static str {
    if !has_binding(env, name) {
        return ABSENT;
    }
    let failure = match within(HEALTH_CHECK_MS_MAX, asked).await {
        Some(Ok(())) => return OK,
        Some(Err(error)) => error.to_string(),
        None => format!("no answer within {HEALTH_CHECK_MS_MAX} ms"),
    };
    telemetry::fault("health", &Fault(format!("{name}: {failure}")));
    FAILED
}

async fn files(env: &Env) -> worker::Result<()> {
    env.bucket(bucket::BINDING)?.head("health").await.map(|_| ())
}

/// One object stands for all: they run the same code on the same machines, and this one is awake anyway.
async fn object(env: &Env) -> worker::Result<()> {
    let text =
        call::get(env, Namespace::Operator, operator::OBJECT, operator::HEALTH, Headers::new()).await?.text().await?;
    expect(text == OK, "the object answers something else")
}

/// A name that is never written: one read, and the answer that there is nothing.
async fn edge_cache(env: &Env) -> worker::Result<()> {
    env.kv(kv::BINDING)?.get("health").text().await?;
    Ok(())
}

async fn database(env: &Env) -> worker::Result<()> {
    let one = env.d1(DATABASE)?.prepare("SELECT 1 AS one").first::<u32>(Some("one")).await?;
    expect(one == Some(1), "one is not one")
}

/// The packet codec reads what it writes (`wasmchannel.md` 4).
fn packets_work() -> bool {
    let packet = Packet::new(PacketKind::Message, OK.repeat(100));
    Packet::decode(&packet.encode(), PACKET_PAYLOAD_BYTES_MAX) == Ok(packet)
}

fn expect(holds: bool, otherwise: &str) -> worker::Result<()> {
    if holds { Ok(()) } else { Err(worker::Error::RustError(otherwise.to_owned())) }
}
