//! The Worker's entry points. No logic: `route` decides, doors translate, objects keep state.

mod admin;
mod alarms;
mod answer;
mod audit;
mod auth;
mod config;
mod connectors;
mod cron;
mod dead;
mod demo_pages;
mod demo_stage;
mod dev_styles;
mod developers;
mod doors;
mod health;
mod hub_config;
mod incoming;
mod invite_page;
mod invite_qr;
mod metrics;
mod objects;
mod page;
mod platform;
mod push;
mod queue;
mod rebuild;
mod request_line;
mod route;
mod telemetry;

use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Once for each program that the runtime starts, also after a panic, and before it calls anything of it: entry point or object.
#[event(start)]
fn start() {
    protocol::content::normal::lend(platform::normal::normalize);
    platform::page_files::load();
}

/// Every request that no static file answers.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    route::answer(request, env).await
}

/// Messages of our queues.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> worker::Result<()> {
    queue::consume(batch, &env).await
}

/// The crons of `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    telemetry::event("scheduled", serde_json::json!({ "cron": event.cron() }));
    cron::run(&env, &event.cron()).await;
}
