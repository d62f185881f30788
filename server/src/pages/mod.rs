//! Pages: those of the app through leptos_axum, and those that the server renders alone.

pub mod admin;
mod admin_people;
mod admin_reports;
mod admin_rules;
pub mod app;
pub mod demo;
pub mod demo_stage;
pub mod dev_styles;
pub mod developers;
pub mod embed;
mod held;
pub mod invite;
pub mod invite_qr;
pub mod mailbox;
pub mod moderation;
