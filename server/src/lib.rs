//! The Worker's entry points. No logic: `route` decides, doors translate, objects keep state.

mod answer;
mod auth;
mod config;
mod dev_styles;
mod doors;
mod health;
mod incoming;
mod objects;
mod page;
mod platform;
mod route;
mod telemetry;

use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Every request that no static file answers.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    route::answer(request, env).await
}

/// Messages of our queues. No door writes to one yet: what arrives is of no use and is not kept.
#[event(queue)]
async fn queue(batch: MessageBatch<serde_json::Value>, _env: Env, _context: Context) -> worker::Result<()> {
    telemetry::event("queue_without_reader", serde_json::json!({ "queue": batch.queue() }));
    batch.ack_all();
    Ok(())
}

/// The crons of `wrangler.toml`. Objects look after their own times by alarm; nothing is left to do here yet.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, _env: Env, _context: ScheduleContext) {
    telemetry::event("scheduled", serde_json::json!({ "cron": event.cron() }));
}
