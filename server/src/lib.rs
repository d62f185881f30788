//! The Worker's entry points. No logic: `route` decides, doors translate, objects keep state.

mod auth;
mod calls;
mod config;
mod doors;
mod http;
mod jobs;
mod kit;
mod objects;
mod operation;
mod outbound;
mod pages;
mod platform;
mod projection;
mod route;
mod runtime;
mod session_cache;
mod telemetry;

use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Once for each program that the runtime starts, also after a panic, and before it calls anything of it: entry point or object.
#[event(start)]
fn start() {
    #[cfg(target_family = "wasm")]
    protocol::content::normal::lend(platform::normal::normalize);
    platform::page_files::load();
}

/// Every request that no static file answers.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    route::answer(request, env).await
}

#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> worker::Result<()> {
    jobs::consume(batch, &env).await;
    Ok(())
}

/// The crons of `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    telemetry::event("scheduled", serde_json::json!({ "cron": event.cron() }));
    jobs::cron::run(&env, &event.cron()).await;
}
