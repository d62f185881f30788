//! The route table of the Worker (`core.md` 8): one row per line, first match wins, numbers as in the specification. A row names its handler.
//!
//! Rows of paths that nobody answers are here all the same: they must not fall to another row.

use protocol::wire::wasmchannel::PROTOCOL as PACKETS;

use super::handlers::{self, Handler, hub, hub_write, or_not_found, raw, reply};
use super::methods::{ANY, DELETE, GET, HEAD, PATCH, POST, PUT};
use crate::doors::messagehub::operation;
use crate::doors::{demo, hopeflow, livestore, messagehub, messenger, wasmchannel};
use crate::http::door::Door;
use crate::operation::health;
use crate::pages::{
    admin, demo as demo_pages, demo_stage, dev_styles, developers, embed, invite, invite_qr, mailbox, moderation,
};

/// Condition of a row beside method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    Upgrade,
    /// An upgrade that offers this subprotocol.
    Offers(&'static str),
    /// An upgrade of the page of the original WasmChannel, which names no subprotocol (`wasmchannel.md` 3.1).
    OldPacketClient,
    /// `Accept` contains this type.
    Accepts(&'static str),
    /// The query is that of a LiveStore client of version 0.4 (`livestore-0.4.md` 1). Such a request is for these rows alone.
    Syncs,
}

use When::{Accepts, Always, Offers, OldPacketClient, Syncs, Upgrade};

/// One method of one path.
pub struct RouteRow {
    /// Upper-case method, or [`ANY`].
    pub method: &'static str,
    /// Path: `:x` is one segment, `*` any rest or any beginning.
    pub path: &'static str,
    /// Condition beside method and path.
    pub when: When,
    /// Door that answers.
    pub door: Door,
    /// Function that answers.
    pub handler: Handler,
    /// People who have nothing but a demo room may ask for it (`demo.md`); in it their room decides like any other.
    pub is_for_demo: bool,
    /// Accounts whose address is not proved may ask for it, although it writes (`account.md` 3).
    pub is_for_unproved: bool,
    /// `HEAD` is asked of this row as well: files, and what MessageHub reads, but for what stays open (`core.md` 9).
    pub answers_head: bool,
}

/// A row. The number is for readers who come from the specification.
const fn row(
    _number: &'static str,
    method: &'static str,
    path: &'static str,
    when: When,
    door: Door,
    handler: Handler,
) -> RouteRow {
    RouteRow { method, path, when, door, handler, is_for_demo: false, is_for_unproved: false, answers_head: false }
}

impl RouteRow {
    const fn for_demo(self) -> Self {
        Self { is_for_demo: true, ..self }
    }

    const fn for_unproved(self) -> Self {
        Self { is_for_unproved: true, ..self }
    }

    const fn with_head(self) -> Self {
        Self { answers_head: true, ..self }
    }
}

#[rustfmt::skip]
pub const TABLE: &[RouteRow] = &[
    row("1a",  GET,    "/",                                  Syncs,            Door::LiveStore,   raw!(livestore::open_rpc_socket)),
    row("1a",  POST,   "/",                                  Syncs,            Door::LiveStore,   raw!(livestore::answer_request)),
    row("2",   GET,    "/",                                  Offers(PACKETS),  Door::WasmChannel, raw!(messenger::sockets::packets_at_root)),
    row("2",   GET,    "/",                                  OldPacketClient,  Door::WasmChannel, raw!(messenger::sockets::packets_at_root)),
    row("3",   GET,    "/",                                  Upgrade,          Door::HopeFlow,    raw!(hopeflow::open_socket)),
    row("4",   GET,    "/",                                  Accepts("text/html"), Door::App,         handlers::page),
    row("5",   GET,    "/",                                  Always,           Door::Hub,         raw!(handlers::status)),
    row("5",   HEAD,   "/",                                  Always,           Door::Hub,         raw!(handlers::status)),
    row("6",   GET,    "/health",                            Always,           Door::Hub,         raw!(handlers::alive)),
    row("6",   HEAD,   "/health",                            Always,           Door::Hub,         raw!(handlers::alive)),
    row("7",   GET,    "/websocket",                         Syncs,            Door::LiveStore,   raw!(livestore::open_rpc_socket)),
    row("7",   POST,   "/websocket",                         Syncs,            Door::LiveStore,   raw!(livestore::answer_request)),
    row("7",   GET,    "/websocket",                         Always,           Door::LiveStore,   raw!(livestore::open_socket)),
    row("8",   GET,    "/ws/:room",                          Offers(PACKETS),  Door::WasmChannel, raw!(messenger::sockets::open_packets, 0)),
    row("9",   GET,    "/ws/:room",                          Always,           Door::Hub,         hub!(messagehub::sockets::open_socket)),
    row("10",  GET,    "/rooms/:room/messages",              Always,           Door::Hub,         hub!(messagehub::messages::read_messages)).with_head(),
    row("10",  POST,   "/rooms/:room/messages",              Always,           Door::Hub,         hub_write!()),
    row("10",  GET,    "/rooms/:room/events",                Always,           Door::Hub,         hub!(messagehub::messages::stream_events)),
    row("10",  GET,    "/rooms/:room/presence",              Always,           Door::Hub,         hub!(messagehub::messages::read_presence)).with_head(),
    row("10",  GET,    "/rooms/:room/stats",                 Always,           Door::Hub,         hub!(messagehub::hooks::read_stats)).with_head(),
    row("10",  GET,    "/rooms/:room/webhooks",              Always,           Door::Hub,         hub!(messagehub::hooks::list_hooks)).with_head(),
    row("10",  GET,    "/rooms/:room/webhooks/:hook",        Always,           Door::Hub,         hub!(messagehub::hooks::find_hook, 1)).with_head(),
    row("10",  PUT,    "/rooms/:room/webhooks/:hook",        Always,           Door::Hub,         hub!(messagehub::hooks::put_hook, 1)),
    row("10",  DELETE, "/rooms/:room/webhooks/:hook",        Always,           Door::Hub,         hub!(messagehub::hooks::remove_hook, 1)),
    row("10",  GET,    "/rooms/:room/webhooks/:hook/dead",   Always,           Door::Hub,         hub!(messagehub::hooks::list_dead_letters, 1)).with_head(),
    row("10",  POST,   "/rooms/:room/webhooks/:hook/dead/:id/retry", Always,   Door::Hub,         hub!(messagehub::hooks::retry_dead, 1, 2)),
    row("10",  DELETE, "/rooms/:room/webhooks/:hook/dead/:id", Always,         Door::Hub,         hub!(messagehub::hooks::remove_dead, 1, 2)),
    row("11",  POST,   "/publish",                           Always,           Door::HopeFlow,    raw!(hopeflow::publish_message)),
    row("12",  POST,   "/api/auth/sign-up/email",            Always,           Door::WasmChannel, raw!(wasmchannel::sessions::sign_up)),
    row("12",  POST,   "/api/auth/sign-in/email",            Always,           Door::WasmChannel, raw!(wasmchannel::sessions::sign_in)),
    row("12",  GET,    "/api/auth/get-session",              Always,           Door::WasmChannel, raw!(wasmchannel::sessions::get_session)),
    row("12",  POST,   "/api/auth/sign-out",                 Always,           Door::WasmChannel, raw!(wasmchannel::sessions::sign_out)),
    row("12",  POST,   "/api/auth/change-password",          Always,           Door::WasmChannel, raw!(wasmchannel::accounts::change_password)),
    row("12",  POST,   "/api/auth/request-password-reset",   Always,           Door::WasmChannel, raw!(wasmchannel::mail_links::request_password_reset)),
    row("12",  POST,   "/api/auth/reset-password",           Always,           Door::WasmChannel, raw!(wasmchannel::mail_links::reset_password)),
    row("12",  POST,   "/api/auth/send-verification-email",  Always,           Door::WasmChannel, raw!(wasmchannel::mail_links::send_verification_email)),
    row("12",  GET,    "/api/auth/verify-email",             Always,           Door::WasmChannel, raw!(wasmchannel::mail_links::verify_email)),
    row("12",  GET,    "/api/auth/list-sessions",            Always,           Door::WasmChannel, raw!(wasmchannel::own_sessions::list_sessions)),
    row("12",  POST,   "/api/auth/revoke-session",           Always,           Door::WasmChannel, raw!(wasmchannel::own_sessions::revoke_session)),
    row("12",  POST,   "/api/auth/revoke-sessions",          Always,           Door::WasmChannel, raw!(wasmchannel::own_sessions::revoke_sessions)),
    row("12",  POST,   "/api/auth/revoke-other-sessions",    Always,           Door::WasmChannel, raw!(wasmchannel::own_sessions::revoke_other_sessions)),
    row("12",  POST,   "/api/auth/update-user",              Always,           Door::WasmChannel, raw!(wasmchannel::accounts::update_user)),
    row("12",  POST,   "/api/auth/change-email",             Always,           Door::WasmChannel, raw!(wasmchannel::accounts::change_email)),
    row("12",  POST,   "/api/auth/delete-user",              Always,           Door::WasmChannel, raw!(wasmchannel::accounts::delete_user)),
    row("13",  GET,    "/api/config",                        Always,           Door::Messenger,   reply!(messenger::auth::read_config)).for_demo(),
    row("13",  GET,    "/api/auth/accounts",                 Always,           Door::Messenger,   reply!(messenger::people::list_accounts)),
    row("13",  POST,   "/api/auth/login",                    Always,           Door::Messenger,   reply!(messenger::auth::login)).for_unproved(),
    row("13",  POST,   "/api/auth/register",                 Always,           Door::Messenger,   reply!(messenger::auth::register)).for_unproved(),
    row("13",  GET,    "/api/auth/me",                       Always,           Door::Messenger,   reply!(messenger::auth::read_session)).for_demo(),
    row("13",  POST,   "/api/auth/refresh",                  Always,           Door::Messenger,   reply!(messenger::refresh::refresh)).for_demo().for_unproved(),
    row("13",  POST,   "/api/auth/logout",                   Always,           Door::Messenger,   reply!(messenger::auth::logout)).for_demo().for_unproved(),
    row("13",  POST,   "/api/auth/ws-ticket",                Always,           Door::Messenger,   reply!(messenger::auth::issue_ticket)).for_demo().for_unproved(),
    row("13",  POST,   "/api/auth/email/send",               Always,           Door::Messenger,   reply!(messenger::verification::request_mail)).for_unproved(),
    row("13",  POST,   "/api/auth/email/verify",             Always,           Door::Messenger,   reply!(messenger::verification::verify_address)).for_unproved(),
    row("13",  POST,   "/api/auth/password/forgot",          Always,           Door::Messenger,   reply!(messenger::forgotten::request_link)).for_unproved(),
    row("13",  POST,   "/api/auth/password/reset",           Always,           Door::Messenger,   reply!(messenger::forgotten::choose_password)).for_unproved(),
    row("13",  POST,   "/api/auth/passkey/register/begin",   Always,           Door::Messenger,   reply!(messenger::passkeys::begin_registration)).for_unproved(),
    row("13",  POST,   "/api/auth/passkey/register/finish",  Always,           Door::Messenger,   reply!(messenger::passkeys::finish_registration)).for_unproved(),
    row("13",  POST,   "/api/auth/passkey/login/begin",      Always,           Door::Messenger,   reply!(messenger::passkeys::begin_login)).for_unproved(),
    row("13",  POST,   "/api/auth/passkey/login/finish",     Always,           Door::Messenger,   reply!(messenger::passkeys::finish_login)).for_unproved(),
    row("13",  GET,    "/api/auth/passkey",                  Always,           Door::Messenger,   reply!(messenger::passkeys::list_passkeys)),
    row("13",  PATCH,  "/api/auth/passkey/:id",              Always,           Door::Messenger,   reply!(messenger::passkeys::rename_passkey, 0)).for_unproved(),
    row("13",  DELETE, "/api/auth/passkey/:id",              Always,           Door::Messenger,   reply!(messenger::passkeys::remove_passkey, 0)).for_unproved(),
    row("13",  POST,   "/api/auth/recover",                  Always,           Door::Messenger,   reply!(messenger::recovery::recover_account)).for_unproved(),
    row("13",  POST,   "/api/auth/email/undo",               Always,           Door::Messenger,   reply!(messenger::addresses::undo_change)).for_unproved(),
    row("13",  GET,    "/api/me",                            Always,           Door::Messenger,   reply!(messenger::people::read_profile)).for_demo(),
    row("13",  GET,    "/api/me/sessions",                   Always,           Door::Messenger,   reply!(messenger::auth::list_sessions)),
    row("13",  DELETE, "/api/me/sessions",                   Always,           Door::Messenger,   reply!(messenger::own_account::end_others)).for_unproved(),
    row("13",  DELETE, "/api/me/sessions/:id",               Always,           Door::Messenger,   reply!(messenger::auth::end_session, 0)).for_unproved(),
    row("13",  PUT,    "/api/me",                            Always,           Door::Messenger,   reply!(messenger::people::change_profile)),
    row("13",  DELETE, "/api/me",                            Always,           Door::Messenger,   reply!(messenger::leaving::begin_leaving)).for_unproved(),
    row("13",  GET,    "/api/me/account",                    Always,           Door::Messenger,   reply!(messenger::own_account::read_account)),
    row("13",  POST,   "/api/me/password",                   Always,           Door::Messenger,   reply!(messenger::passwords::change_password)).for_unproved(),
    row("13",  POST,   "/api/me/upgrade",                    Always,           Door::Messenger,   reply!(messenger::upgrade::upgrade_person)).for_unproved(),
    row("13",  PUT,    "/api/me/avatar",                     Always,           Door::Messenger,   reply!(messenger::avatars::upload_avatar)),
    row("13",  POST,   "/api/me/email",                      Always,           Door::Messenger,   reply!(messenger::addresses::change_address)).for_unproved(),
    row("13",  POST,   "/api/me/recovery-codes",             Always,           Door::Messenger,   reply!(messenger::recovery::create_codes)).for_unproved(),
    row("13",  GET,    "/api/me/contacts",                   Always,           Door::Messenger,   reply!(messenger::contacts::list_contacts)).for_demo(),
    row("13",  POST,   "/api/me/contacts",                   Always,           Door::Messenger,   reply!(messenger::contacts::request_contact)),
    row("13",  DELETE, "/api/me/contacts/:id",               Always,           Door::Messenger,   reply!(messenger::contacts::remove_contact, 0)),
    row("13",  POST,   "/api/me/contacts/:id/accept",        Always,           Door::Messenger,   reply!(messenger::contacts::accept_request, 0)),
    row("13",  POST,   "/api/me/contacts/:id/decline",       Always,           Door::Messenger,   reply!(messenger::contacts::decline_request, 0)),
    row("13",  GET,    "/api/me/blocks",                     Always,           Door::Messenger,   reply!(messenger::contacts::list_blocks)).for_demo(),
    row("13",  PUT,    "/api/me/blocks/:id",                 Always,           Door::Messenger,   reply!(messenger::contacts::block_person, 0)),
    row("13",  DELETE, "/api/me/blocks/:id",                 Always,           Door::Messenger,   reply!(messenger::contacts::unblock_person, 0)),
    row("13",  GET,    "/api/me/hidden-from",                Always,           Door::Messenger,   reply!(messenger::hidden_from::list_hidden_from)),
    row("13",  PUT,    "/api/me/hidden-from/:id",            Always,           Door::Messenger,   reply!(messenger::hidden_from::hide_from, 0)),
    row("13",  DELETE, "/api/me/hidden-from/:id",            Always,           Door::Messenger,   reply!(messenger::hidden_from::show_again, 0)),
    row("13",  GET,    "/api/me/moderation",                 Always,           Door::Messenger,   reply!(messenger::moderation::list_own)),
    row("13",  GET,    "/api/moderation/state",              Always,           Door::Messenger,   reply!(messenger::moderation::read_state)),
    row("13",  POST,   "/api/moderation/acts",               Always,           Door::Messenger,   reply!(messenger::moderation::act)),
    row("13",  GET,    "/api/moderation/held",               Always,           Door::Messenger,   reply!(messenger::held::list)),
    row("13",  POST,   "/api/moderation/held",               Always,           Door::Messenger,   reply!(messenger::held::judge)),
    row("13",  POST,   "/api/moderation/objections",         Always,           Door::Messenger,   reply!(messenger::moderation::object)).for_unproved(),
    row("13",  POST,   "/api/me/reports",                    Always,           Door::Messenger,   reply!(messenger::reports::report_person)),
    row("13",  GET,    "/api/me/settings",                   Always,           Door::Messenger,   reply!(messenger::contacts::read_settings)).for_demo(),
    row("13",  PUT,    "/api/me/settings",                   Always,           Door::Messenger,   reply!(messenger::contacts::change_settings)).for_unproved(),
    row("13",  GET,    "/api/me/clock",                      Always,           Door::Messenger,   reply!(messenger::contacts::read_clock)),
    row("13",  PUT,    "/api/me/clock",                      Always,           Door::Messenger,   reply!(messenger::contacts::change_clock)).for_unproved(),
    row("13",  GET,    "/api/users/:id/clock",               Always,           Door::Messenger,   reply!(messenger::contacts::read_clock_of, 0)),
    row("13",  GET,    "/api/users",                         Always,           Door::Messenger,   reply!(messenger::people::list_users)).for_demo(),
    row("13",  GET,    "/api/me/handle",                     Always,           Door::Messenger,   reply!(messenger::handles::read_own_handle)),
    row("13",  PUT,    "/api/me/handle",                     Always,           Door::Messenger,   reply!(messenger::handles::choose_handle)),
    row("13",  DELETE, "/api/me/handle",                     Always,           Door::Messenger,   reply!(messenger::handles::give_up_handle)),
    row("13",  GET,    "/api/me/drafts",                     Always,           Door::Messenger,   reply!(messenger::drafts::list_drafts)),
    row("13",  PUT,    "/api/me/drafts/:id",                 Always,           Door::Messenger,   reply!(messenger::drafts::put_draft, 0)),
    row("13",  GET,    "/api/me/home",                       Always,           Door::Messenger,   reply!(messenger::home::read_home)),
    row("13",  PUT,    "/api/me/home",                       Always,           Door::Messenger,   reply!(messenger::home::write_home)),
    row("13",  GET,    "/api/me/push",                       Always,           Door::Messenger,   reply!(messenger::push::read_state)),
    row("13",  POST,   "/api/me/push",                       Always,           Door::Messenger,   reply!(messenger::push::add_subscription)),
    row("13",  PUT,    "/api/me/push",                       Always,           Door::Messenger,   reply!(messenger::push::change_choices)),
    row("13",  POST,   "/api/me/push/test",                  Always,           Door::Messenger,   reply!(messenger::push::send_test)),
    row("13",  PUT,    "/api/me/push/rooms/:id",             Always,           Door::Messenger,   reply!(messenger::push::set_level, 0)),
    row("13",  DELETE, "/api/me/push/:id",                   Always,           Door::Messenger,   reply!(messenger::push::remove_subscription, 0)),
    row("13",  POST,   "/api/me/invites",                    Always,           Door::Messenger,   reply!(messenger::invites::make_invite)),
    row("13",  GET,    "/api/me/invites",                    Always,           Door::Messenger,   reply!(messenger::invites::list_invites)),
    row("13",  DELETE, "/api/me/invites/:code",              Always,           Door::Messenger,   reply!(messenger::invites::end_invite, 0)),
    row("13",  GET,    "/api/me/emoticons",                  Always,           Door::Messenger,   reply!(messenger::emoticons::list_emoticons)),
    row("13",  POST,   "/api/me/emoticons",                  Always,           Door::Messenger,   reply!(messenger::emoticons::add_emoticon)),
    row("13",  POST,   "/api/me/emoticons/keep",             Always,           Door::Messenger,   reply!(messenger::emoticons::keep_emoticon)),
    row("13",  PATCH,  "/api/me/emoticons/:id",              Always,           Door::Messenger,   reply!(messenger::emoticons::change_emoticon, 0)),
    row("13",  DELETE, "/api/me/emoticons/:id",              Always,           Door::Messenger,   reply!(messenger::emoticons::remove_emoticon, 0)),
    row("13",  GET,    "/api/invites/:code",                 Always,           Door::Messenger,   reply!(messenger::invites::read_invite, 0)),
    row("13",  POST,   "/api/invites/:code",                 Always,           Door::Messenger,   reply!(messenger::invites::use_invite, 0)),
    row("13",  GET,    "/api/rooms",                         Always,           Door::Messenger,   reply!(messenger::rooms::list_rooms)).for_demo(),
    row("13",  POST,   "/api/rooms",                         Always,           Door::Messenger,   reply!(messenger::groups::create_group)),
    row("13",  POST,   "/api/rooms/dm",                      Always,           Door::Messenger,   reply!(messenger::rooms::open_direct)),
    row("13",  GET,    "/api/rooms/:id",                     Always,           Door::Messenger,   reply!(messenger::rooms::read_room, 0)).for_demo(),
    row("13",  PATCH,  "/api/rooms/:id",                     Always,           Door::Messenger,   reply!(messenger::groups::describe_group, 0)),
    row("13",  DELETE, "/api/rooms/:id",                     Always,           Door::Messenger,   reply!(messenger::groups::delete_group, 0)),
    row("13",  PUT,    "/api/rooms/:id/pin",                 Always,           Door::Messenger,   reply!(messenger::pins::pin_message, 0)),
    row("13",  DELETE, "/api/rooms/:id/pin",                 Always,           Door::Messenger,   reply!(messenger::pins::unpin_message, 0)),
    row("13",  GET,    "/api/rooms/:id/hooks",               Always,           Door::Messenger,   reply!(messenger::integrations::list_integrations, 0)),
    row("13",  POST,   "/api/rooms/:id/hooks",               Always,           Door::Messenger,   reply!(messenger::integrations::add_integration, 0)),
    row("13",  DELETE, "/api/rooms/:id/hooks/:hook",         Always,           Door::Messenger,   reply!(messenger::integrations::remove_integration, 0, 1)),
    row("13",  GET,    "/api/rooms/:id/embed",               Always,           Door::Messenger,   reply!(messenger::embed::read_permission, 0)),
    row("13",  PUT,    "/api/rooms/:id/embed",               Always,           Door::Messenger,   reply!(messenger::embed::set_permission, 0)),
    row("13",  DELETE, "/api/rooms/:id/embed",               Always,           Door::Messenger,   reply!(messenger::embed::end_permission, 0)),
    row("13",  POST,   "/api/hooks/:room/:token",            Always,           Door::Messenger,   raw!(messenger::integrations::take_message, 0, 1)),
    row("13",  GET,    "/api/rooms/:id/bots",                Always,           Door::Messenger,   reply!(messenger::own_bots::list_bots, 0)),
    row("13",  POST,   "/api/rooms/:id/bots",                Always,           Door::Messenger,   reply!(messenger::own_bots::add_bot, 0)),
    row("13",  PATCH,  "/api/rooms/:id/bots/:bot",           Always,           Door::Messenger,   reply!(messenger::own_bots::change_bot, 0, 1)),
    row("13",  DELETE, "/api/rooms/:id/bots/:bot",           Always,           Door::Messenger,   reply!(messenger::own_bots::remove_bot, 0, 1)),
    row("13",  POST,   "/api/rooms/:id/members",             Always,           Door::Messenger,   reply!(messenger::groups::add_member, 0)),
    row("13",  POST,   "/api/rooms/:id/members/me",          Always,           Door::Messenger,   reply!(messenger::groups::enter_group, 0)),
    row("13",  PATCH,  "/api/rooms/:id/members/:user",       Always,           Door::Messenger,   reply!(messenger::groups::set_role, 0, 1)),
    row("13",  DELETE, "/api/rooms/:id/members/:user",       Always,           Door::Messenger,   reply!(messenger::groups::remove_member, 0, 1)),
    row("13",  GET,    "/api/messages",                      Always,           Door::Messenger,   reply!(messenger::messages::list_messages)).for_demo(),
    row("13",  GET,    "/api/messages/search",               Always,           Door::Messenger,   reply!(messenger::search::search_messages)).for_demo(),
    row("13",  POST,   "/api/messages",                      Always,           Door::Messenger,   reply!(messenger::messages::post_message)).for_demo(),
    row("13",  PATCH,  "/api/messages/:id",                  Always,           Door::Messenger,   reply!(messenger::changes::edit_message, 0)).for_demo(),
    row("13",  DELETE, "/api/messages/:id",                  Always,           Door::Messenger,   reply!(messenger::changes::delete_message, 0)).for_demo(),
    row("13",  PUT,    "/api/messages/:id/react",            Always,           Door::Messenger,   reply!(messenger::changes::react_to_message, 0)).for_demo(),
    row("13",  POST,   "/api/presence",                      Always,           Door::Messenger,   reply!(messenger::people::change_presence)).for_demo().for_unproved(),
    row("13",  GET,    "/api/inbox",                         Always,           Door::Messenger,   reply!(messenger::people::read_inbox)).for_demo(),
    row("13",  POST,   "/api/inbox/ack",                     Always,           Door::Messenger,   reply!(messenger::people::ack_inbox)).for_demo().for_unproved(),
    row("13",  ANY,    "/api/data/:collection",              Always,           Door::Messenger,   reply!(messenger::data::answer, 0)),
    row("13",  PUT,    "/api/files",                         Always,           Door::Messenger,   reply!(messenger::files::upload_file)),
    row("13",  GET,    "/api/files/:id",                     Always,           Door::Messenger,   raw!(messenger::files::read_file, 0)).with_head(),
    row("13",  GET,    "/api/avatars/:id",                   Always,           Door::Messenger,   raw!(messenger::avatars::read_avatar, 0)).for_demo(),
    row("13",  POST,   "/api/links",                         Always,           Door::Messenger,   reply!(messenger::links::preview_link)),
    row("13",  POST,   "/api/telemetry",                     Always,           Door::Messenger,   reply!(messenger::broken::report_error)).for_unproved(),
    row("13",  GET,    "/api/admin/audit",                   Always,           Door::Messenger,   raw!(operation::list_audit)),
    row("13",  GET,    "/api/admin/flags",                   Always,           Door::Messenger,   raw!(operation::answer_flags)),
    row("13",  POST,   "/api/admin/flags",                   Always,           Door::Messenger,   raw!(operation::answer_flags)),
    row("13",  PUT,    "/api/admin/flags",                   Always,           Door::Messenger,   raw!(operation::answer_flags)),
    row("13",  POST,   "/api/admin/projection",              Always,           Door::Messenger,   raw!(operation::rebuild_projection)),
    row("13",  GET,    "/api/admin/stats",                   Always,           Door::Messenger,   raw!(operation::read_stats)),
    row("13",  GET,    "/api/bots",                          Always,           Door::Messenger,   reply!(messenger::bots::list_bots)).for_demo(),
    row("13",  POST,   "/api/export",                        Always,           Door::Messenger,   reply!(messenger::leaving::begin_export)).for_unproved(),
    row("13",  GET,    "/api/export",                        Always,           Door::Messenger,   reply!(messenger::leaving::read_newest_export)),
    row("13",  GET,    "/api/export/:id",                    Always,           Door::Messenger,   reply!(messenger::leaving::read_export, 0)),
    row("13",  GET,    "/api/export/:id/archive",            Always,           Door::Messenger,   raw!(messenger::leaving::read_archive, 0)),
    row("14",  GET,    "/api/ws/room/:id",                   Always,           Door::Messenger,   raw!(messenger::sockets::open_room, 0)).for_demo(),
    row("14",  GET,    "/api/ws/presence",                   Always,           Door::Messenger,   raw!(messenger::sockets::open_presence)).for_demo(),
    row("15",  GET,    "/api/health",                        Always,           Door::Messenger,   raw!(health::answer)),
    row("16",  POST,   "/rpc/messages/get",                  Always,           Door::WasmChannel, raw!(wasmchannel::history::answer_rpc)),
    row("17",  GET,    "/openapi.json",                      Always,           Door::Hub,         raw!(handlers::description)),
    row("18",  GET,    "/metrics",                           Always,           Door::Hub,         or_not_found!(operation::read_metrics)),
    row("19",  GET,    "/app",                               Always,           Door::App,         handlers::page),
    row("19",  GET,    "/app/*",                             Always,           Door::App,         handlers::page),
    row("19",  GET,    "/sign-in",                           Always,           Door::App,         handlers::page),
    row("19",  GET,    "/forgot",                            Always,           Door::App,         handlers::page),
    row("19",  GET,    "/reset",                             Always,           Door::App,         handlers::page),
    row("19",  GET,    "/recover",                           Always,           Door::App,         handlers::page),
    row("19",  GET,    "/verify",                            Always,           Door::App,         handlers::page),
    row("19",  GET,    "/undo",                              Always,           Door::App,         handlers::page),
    row("19",  GET,    "/privacy",                           Always,           Door::App,         handlers::page),
    row("19",  GET,    "/gallery",                           Always,           Door::App,         handlers::gallery),
    row("19",  GET,    "/gallery/*",                         Always,           Door::App,         handlers::gallery),
    row("19",  GET,    "/moderation",                        Always,           Door::App,         raw!(moderation::answer)),
    row("19",  POST,   "/moderation",                        Always,           Door::App,         raw!(moderation::answer)),
    row("19",  GET,    "/i/:code",                           Always,           Door::App,         raw!(invite::answer, 0)),
    row("19",  POST,   "/i/:code",                           Always,           Door::App,         raw!(invite::answer, 0)),
    row("19",  GET,    "/i/:code/qr.svg",                    Always,           Door::App,         raw!(invite_qr::answer, 0)),
    row("19",  GET,    "/embed/:room",                       Always,           Door::App,         or_not_found!(embed::answer, 0)),
    row("19",  GET,    "/embed/:room/events",                Always,           Door::App,         or_not_found!(embed::events, 0)),
    row("19",  POST,   "/embed/:room/enter",                 Always,           Door::Messenger,   reply!(messenger::embed::enter, 0)),
    row("19",  POST,   "/embed/:room/say",                   Always,           Door::Messenger,   reply!(messenger::embed::say, 0)),
    row("19",  GET,    "/developers",                        Always,           Door::App,         raw!(developers::answer)),
    row("19",  GET,    "/demo",                              Always,           Door::App,         raw!(demo_pages::door_page)),
    row("19",  GET,    "/demo/end",                          Always,           Door::App,         raw!(demo_pages::end_page)),
    row("19",  GET,    "/demo/join",                         Always,           Door::App,         raw!(demo_pages::typed_code_page)),
    row("19",  GET,    "/demo/join/:code",                   Always,           Door::App,         raw!(demo_pages::join_page, 0)),
    row("19",  GET,    "/demo/join/:code/qr.svg",            Always,           Door::App,         raw!(invite_qr::of_demo, 0)),
    row("19",  GET,    "/demo/device",                       Always,           Door::App,         handlers::page),
    row("19",  GET,    "/demo/stage",                        Always,           Door::App,         raw!(demo_stage::answer)),
    row("19",  GET,    "/demo/offline",                      Always,           Door::App,         handlers::page),
    row("19",  GET,    "/demo/scenes",                       Always,           Door::Messenger,   reply!(demo::scene_list)).for_demo(),
    row("19",  POST,   "/demo/rooms",                        Always,           Door::Messenger,   reply!(demo::make_room)).for_demo(),
    row("19",  GET,    "/demo/rooms/:code",                  Always,           Door::Messenger,   reply!(demo::read_room, 0)).for_demo(),
    row("19",  PATCH,  "/demo/rooms/:code",                  Always,           Door::Messenger,   reply!(demo::change_room, 0)).for_demo(),
    row("19",  DELETE, "/demo/rooms/:code",                  Always,           Door::Messenger,   reply!(demo::end_room, 0)).for_demo(),
    row("19",  POST,   "/demo/rooms/:code/join",             Always,           Door::Messenger,   reply!(demo::join_room, 0)).for_demo(),
    row("19",  GET,    "/demo/rooms/:code/state",            Always,           Door::Messenger,   reply!(demo::read_state, 0)).for_demo(),
    row("19",  POST,   "/demo/rooms/:code/kick",             Always,           Door::Messenger,   reply!(demo::kick_visitor, 0)).for_demo(),
    row("19",  POST,   "/demo/rooms/:code/reset",            Always,           Door::Messenger,   reply!(demo::reset_room, 0)).for_demo(),
    row("19",  POST,   "/demo/rooms/:code/scene",            Always,           Door::Messenger,   reply!(demo::play_scene, 0)).for_demo(),
    row("19",  GET,    "/demo/rooms/:code/numbers",          Always,           Door::Messenger,   reply!(demo::read_metrics, 0)).for_demo(),
    row("19",  GET,    "/demo/plug",                         Always,           Door::Messenger,   reply!(demo::has_plug)).for_demo(),
    row("19",  POST,   "/demo/rooms/:code/plug",             Always,           Door::Messenger,   reply!(demo::pull_plug, 0)).for_demo(),
    row("19",  GET,    "/admin",                             Always,           Door::App,         or_not_found!(admin::answer)),
    row("19",  POST,   "/admin",                             Always,           Door::App,         or_not_found!(admin::answer)),
    row("19a", POST,   "/sf/*",                              Always,           Door::App,         handlers::page).for_demo(),
    row("19",  GET,    "/__dev/mail",                        Always,           Door::App,         or_not_found!(mailbox::answer)),
    row("19",  GET,    "/__dev/*",                           Always,           Door::App,         or_not_found!(dev_styles::answer)),
    row("20",  ANY,    "/deliver",                           Always,           Door::Hub,         handlers::not_found),
    row("20",  ANY,    "/connect",                           Always,           Door::Hub,         handlers::not_found),
    // Also row 7, but only where no row in between has the path, with whatever method.
    row("7",   GET,    "/*/websocket",                       Syncs,            Door::LiveStore,   raw!(livestore::open_rpc_socket)),
    row("7",   POST,   "/*/websocket",                       Syncs,            Door::LiveStore,   raw!(livestore::answer_request)),
    row("7",   GET,    "/*/websocket",                       Always,           Door::LiveStore,   raw!(livestore::open_socket)),
];
