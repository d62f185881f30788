//! `GET /api/health` (`core.md` 8 row 15): every binding, tried for real, side by side.

use futures_util::future::join_all;
use protocol::doors::wasmchannel::{Packet, PacketKind};
use protocol::limits::PACKET_PAYLOAD_BYTES_MAX;
use serde_json::{Map, Value};
use worker::{Env, Response};

use crate::answer::{self, Reply};
use crate::incoming::Incoming;
use crate::objects::namespace::Namespace;
use crate::platform::{analytics, kv};

const OK: &str = "ok";
/// Which build this is.
const VERSION: &str = match option_env!("CFM_VERSION") {
    Some(version) => version,
    None => "dev",
};
/// Queues that we write to.
const QUEUES: [&str; 3] = ["WASMCHANNEL_QUEUE", "OUTBOUND_QUEUE", "DEAD_QUEUE"];
/// Second names of namespaces.
const ALIASES: [&str; 1] = ["ROOM"];

/// 200 when everything answers, 503 when something does not; either way each binding is named.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let env = &incoming.env;
    let mut checks: Vec<(String, worker::Result<()>)> = Vec::new();
    let objects = Namespace::ALL.iter().map(|namespace| namespace.binding()).chain(ALIASES);
    checks
        .extend(join_all(objects.map(|binding| async move { (binding.to_owned(), object(env, binding).await) })).await);
    let (edge_cache, database, files) = (key_value(env).await, database(env).await, files(env).await);
    checks.extend([(kv::BINDING.to_owned(), edge_cache), ("DB".to_owned(), database), ("FILES".to_owned(), files)]);
    checks.extend(QUEUES.map(|name| (name.to_owned(), env.queue(name).map(|_| ()))));
    checks.push((analytics::BINDING.to_owned(), env.analytics_engine(analytics::BINDING).map(|_| ())));
    let is_well = checks.iter().all(|(_, result)| result.is_ok());
    let rows: Map<String, Value> = checks.into_iter().map(|(name, result)| (name, words(result))).collect();
    let json = serde_json::json!({ "ok": is_well, "version": VERSION, "bindings": rows, "packet": packets_work() });
    let json = json.to_string();
    let status = if is_well { 200 } else { 503 };
    answer::envelope(incoming, Ok(Reply::raw(json).with_status(status)))
}

fn words(result: worker::Result<()>) -> Value {
    match result {
        Ok(()) => OK.into(),
        Err(error) => format!("failed: {error}").into(),
    }
}

async fn object(env: &Env, binding: &str) -> worker::Result<()> {
    let stub = env.durable_object(binding)?.get_by_name("health")?;
    let text = stub.fetch_with_str("https://object/health").await?.text().await?;
    expect(text == OK, "the object answers something else")
}

/// The packet codec reads what it writes (`wasmchannel.md` 4).
fn packets_work() -> bool {
    let packet = Packet::new(PacketKind::Message, OK.repeat(100));
    Packet::decode(&packet.encode(), PACKET_PAYLOAD_BYTES_MAX) == Ok(packet)
}

async fn key_value(env: &Env) -> worker::Result<()> {
    let kv = env.kv(kv::BINDING)?;
    kv.put("health", OK)?.expiration_ttl(60).execute().await?;
    let text = kv.get("health").text().await?;
    expect(text.as_deref() == Some(OK), "what was put is not what is got")
}

async fn database(env: &Env) -> worker::Result<()> {
    let one = env.d1("DB")?.prepare("SELECT 1 AS one").first::<u32>(Some("one")).await?;
    expect(one == Some(1), "one is not one")
}

async fn files(env: &Env) -> worker::Result<()> {
    env.bucket("FILES")?.head("health").await.map(|_| ())
}

fn expect(holds: bool, otherwise: &str) -> worker::Result<()> {
    if holds { Ok(()) } else { Err(worker::Error::RustError(otherwise.to_owned())) }
}
