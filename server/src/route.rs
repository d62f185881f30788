//! The route table of the Worker (`core.md` 8): one row per line, first match wins, numbers as in the specification.
//!
//! Rows of doors that do not exist yet are here all the same, as `Later`: what they will own must not fall to another row.

use protocol::wire::messagehub::HEALTH_TEXT;
use protocol::wire::wasmchannel::{DEFAULT_ROOM, PROTOCOL as PACKETS};
use protocol::words::refusal::Refusal;
use worker::{Env, Headers, Request, Response};

use crate::calls::flags;
use crate::config::Environment;
use crate::doors::messenger::{self, Call};
use crate::doors::{demo, hopeflow, livestore, messagehub, wasmchannel};
use crate::http::answer::{self, Asked};
use crate::http::door::Door;
use crate::http::incoming::{Incoming, decoded};
use crate::http::request_line::Line;
use crate::operation::health;
use crate::pages::{
    admin, app as app_pages, demo as demo_pages, demo_stage, dev_styles, developers, invite, invite_qr,
};
use crate::telemetry;

/// Action of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// A REST call or socket of the messenger.
    Messenger(Call),
    /// A call of the WasmChannel door.
    WasmChannel(wasmchannel::Call),
    /// A device's socket of HopeFlow.
    HopeFlowSocket,
    /// A publish of HopeFlow.
    HopeFlowPublish,
    /// The socket of a LiveStore store.
    LiveStoreSocket,
    /// A call or socket of MessageHub; it decodes its segments itself.
    Hub(messagehub::Call),
    /// Switches of the deployment.
    Flags,
    /// The audit log.
    Audit,
    /// The database, written again.
    Projection,
    /// The page of whoever runs the deployment.
    Admin,
    /// Numbers of the deployment.
    Metrics,
    /// The same as JSON.
    Stats,
    /// A room's socket for packets.
    Packets,
    /// A rendered page.
    Page,
    /// The page of an invite.
    Invite,
    /// Its address as a QR code.
    InviteQr,
    /// The gallery, on a person's machine only.
    Gallery,
    /// The page that shows the doors.
    Developers,
    /// A page of the demo that needs no framework.
    DemoPage(demo_pages::Page),
    /// A call of the demo.
    Demo(demo::Call),
    /// The address of a demo room as a QR code.
    DemoQr,
    /// A server function of the app.
    ServerFunction,
    /// Status of the Worker as JSON.
    Status,
    /// The word `ok`.
    Alive,
    /// Every binding, tried.
    Health,
    /// Description of all routes.
    Description,
    /// The stage of a demo.
    DemoStage,
    /// Style sheets that are being edited.
    DevStyles,
    /// Belongs to a door that does not exist yet, or to nobody.
    Later,
}

/// Condition of a row beside method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    Upgrade,
    /// An upgrade that offers this subprotocol.
    Offers(&'static str),
    /// An upgrade of a packet client that does not name its subprotocol, where such are served (`wasmchannel.md` 3.1).
    OldPacketClient,
    /// `Accept` contains this type.
    Accepts(&'static str),
}

impl Action {
    /// Returns true if people who have nothing but a demo room may ask for it (`demo.md`); in it their room decides like any other.
    fn is_for_demo(self) -> bool {
        match self {
            Self::Messenger(call) => call.is_for_demo(),
            Self::ServerFunction | Self::Demo(_) => true,
            _ => false,
        }
    }

    /// The door's name in lines: the packet door answers as the messenger's neighbour.
    fn door_word(self, door: Door) -> &'static str {
        match (self, door) {
            (Self::WasmChannel(_) | Self::Packets, _) => "wasmchannel",
            (_, Door::Hub) => "hub",
            (_, Door::App) => "app",
            (_, Door::Messenger) => "messenger",
            (_, Door::HopeFlow) => "hopeflow",
            (_, Door::LiveStore) => "livestore",
        }
    }
}

use Action::{
    Admin, Alive, Audit, DemoQr, DemoStage, Description, DevStyles, Developers, Flags, Gallery, Health,
    HopeFlowPublish, HopeFlowSocket, Invite, InviteQr, Later, LiveStoreSocket, Metrics, Packets, Page, Projection,
    ServerFunction, Stats, Status,
};
use Call as C;
use When::{Accepts, Always, Offers, OldPacketClient, Upgrade};
use demo::Call as D;
use demo_pages::Page as P;
use messagehub::Call as H;
use wasmchannel::Call as W;

/// Where messages of a hub room are written: every answer has hints, whatever is wrong.
const MESSAGES: &str = "/rooms/:room/messages";
/// Path of a store below a path of the client's choice, as the table has it.
const ANY_STORE: &str = "/*/websocket";
/// Paths that belong to other doors and the app altogether, rows or not (`core.md` 8, rows 13 to 19a).
const NO_STORES: [&str; 7] = ["/api/", "/sf/", "/demo/", "/admin/", "/pkg/", "/assets/", "/__dev/"];

/// A method of a row; `ANY` stands for all of them.
const ANY: &str = "*";
const GET: &str = "GET";
const HEAD: &str = "HEAD";
const POST: &str = "POST";
const PATCH: &str = "PATCH";
const PUT: &str = "PUT";
const DELETE: &str = "DELETE";

/// Number, method, path (`:x` is one segment, `*` any rest or any beginning), condition, door, action.
#[allow(dead_code, reason = "the number is for readers who come from the specification")]
struct Row(&'static str, &'static str, &'static str, When, Door, Action);

const fn m(call: Call) -> Action {
    Action::Messenger(call)
}

const fn h(call: messagehub::Call) -> Action {
    Action::Hub(call)
}

const fn d(call: demo::Call) -> Action {
    Action::Demo(call)
}

const fn p(page: demo_pages::Page) -> Action {
    Action::DemoPage(page)
}

const fn w(call: wasmchannel::Call) -> Action {
    Action::WasmChannel(call)
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row("2",   GET,    "/",                          Offers(PACKETS),      Door::Messenger, Packets),
    Row("2",   GET,    "/",                          OldPacketClient,      Door::Messenger, Packets),
    Row("3",   GET,    "/",                          Upgrade,              Door::HopeFlow,  HopeFlowSocket),
    Row("4",   GET,    "/",                          Accepts("text/html"), Door::App,       Page),
    Row("5",   GET,    "/",                          Always,               Door::Hub,       Status),
    Row("5",   HEAD,   "/",                          Always,               Door::Hub,       Status),
    Row("6",   GET,    "/health",                    Always,               Door::Hub,       Alive),
    Row("6",   HEAD,   "/health",                    Always,               Door::Hub,       Alive),
    Row("7",   GET,    "/websocket",                 Always,               Door::LiveStore, LiveStoreSocket),
    Row("8",   GET,    "/ws/:room",                  Offers(PACKETS),      Door::Messenger, Packets),
    Row("9",   GET,    "/ws/:room",                  Always,               Door::Hub,       h(H::Socket)),
    Row("10",  GET,    "/rooms/:room/messages",      Always,               Door::Hub,       h(H::Read)),
    Row("10",  POST,   "/rooms/:room/messages",      Always,               Door::Hub,       h(H::Write)),
    Row("10",  GET,    "/rooms/:room/events",        Always,               Door::Hub,       h(H::Events)),
    Row("10",  GET,    "/rooms/:room/presence",      Always,               Door::Hub,       h(H::Presence)),
    Row("10",  GET,    "/rooms/:room/stats",         Always,               Door::Hub,       h(H::Stats)),
    Row("10",  GET,    "/rooms/:room/webhooks",      Always,               Door::Hub,       h(H::Hooks)),
    Row("10",  GET,    "/rooms/:room/webhooks/:hook", Always,              Door::Hub,       h(H::Hook)),
    Row("10",  PUT,    "/rooms/:room/webhooks/:hook", Always,              Door::Hub,       h(H::PutHook)),
    Row("10",  DELETE, "/rooms/:room/webhooks/:hook", Always,              Door::Hub,       h(H::RemoveHook)),
    Row("10",  GET,    "/rooms/:room/webhooks/:hook/dead", Always,         Door::Hub,       h(H::Dead)),
    Row("10",  POST,   "/rooms/:room/webhooks/:hook/dead/:id/retry", Always, Door::Hub,     h(H::RetryDead)),
    Row("10",  DELETE, "/rooms/:room/webhooks/:hook/dead/:id", Always,     Door::Hub,       h(H::RemoveDead)),
    Row("11",  POST,   "/publish",                   Always,               Door::HopeFlow,  HopeFlowPublish),
    Row("12",  POST,   "/api/auth/sign-up/email",    Always,               Door::Messenger, w(W::SignUp)),
    Row("12",  POST,   "/api/auth/sign-in/email",    Always,               Door::Messenger, w(W::SignIn)),
    Row("12",  GET,    "/api/auth/get-session",      Always,               Door::Messenger, w(W::GetSession)),
    Row("12",  POST,   "/api/auth/sign-out",         Always,               Door::Messenger, w(W::SignOut)),
    Row("13",  GET,    "/api/config",                Always,               Door::Messenger, m(C::Config)),
    Row("13",  GET,    "/api/auth/accounts",         Always,               Door::Messenger, m(C::Accounts)),
    Row("13",  POST,   "/api/auth/login",            Always,               Door::Messenger, m(C::Login)),
    Row("13",  POST,   "/api/auth/register",         Always,               Door::Messenger, m(C::Register)),
    Row("13",  GET,    "/api/auth/me",               Always,               Door::Messenger, m(C::Me)),
    Row("13",  POST,   "/api/auth/refresh",          Always,               Door::Messenger, m(C::Refresh)),
    Row("13",  POST,   "/api/auth/logout",           Always,               Door::Messenger, m(C::Logout)),
    Row("13",  POST,   "/api/auth/ws-ticket",        Always,               Door::Messenger, m(C::Ticket)),
    Row("13",  POST,   "/api/auth/passkey/register/begin",  Always,        Door::Messenger, m(C::PasskeyBegin)),
    Row("13",  POST,   "/api/auth/passkey/register/finish", Always,        Door::Messenger, m(C::PasskeyFinish)),
    Row("13",  POST,   "/api/auth/passkey/login/begin",     Always,        Door::Messenger, m(C::PasskeyLogin)),
    Row("13",  POST,   "/api/auth/passkey/login/finish",    Always,        Door::Messenger, m(C::PasskeyLoggedIn)),
    Row("13",  GET,    "/api/auth/passkey",          Always,               Door::Messenger, m(C::Passkeys)),
    Row("13",  PATCH,  "/api/auth/passkey/:id",      Always,               Door::Messenger, m(C::NamePasskey)),
    Row("13",  DELETE, "/api/auth/passkey/:id",      Always,               Door::Messenger, m(C::RemovePasskey)),
    Row("13",  GET,    "/api/me",                    Always,               Door::Messenger, m(C::Profile)),
    Row("13",  GET,    "/api/me/sessions",           Always,               Door::Messenger, m(C::Sessions)),
    Row("13",  DELETE, "/api/me/sessions/:id",       Always,               Door::Messenger, m(C::EndSession)),
    Row("13",  PUT,    "/api/me",                    Always,               Door::Messenger, m(C::ChangeProfile)),
    Row("13",  DELETE, "/api/me",                    Always,               Door::Messenger, m(C::Leave)),
    Row("13",  PUT,    "/api/me/avatar",             Always,               Door::Messenger, m(C::SetAvatar)),
    Row("13",  GET,    "/api/me/contacts",           Always,               Door::Messenger, m(C::Contacts)),
    Row("13",  POST,   "/api/me/contacts",           Always,               Door::Messenger, m(C::RequestContact)),
    Row("13",  DELETE, "/api/me/contacts/:id",       Always,               Door::Messenger, m(C::RemoveContact)),
    Row("13",  POST,   "/api/me/contacts/:id/accept", Always,              Door::Messenger, m(C::AcceptContact)),
    Row("13",  POST,   "/api/me/contacts/:id/decline", Always,             Door::Messenger, m(C::DeclineContact)),
    Row("13",  GET,    "/api/me/blocks",             Always,               Door::Messenger, m(C::Blocks)),
    Row("13",  PUT,    "/api/me/blocks/:id",         Always,               Door::Messenger, m(C::Block)),
    Row("13",  DELETE, "/api/me/blocks/:id",         Always,               Door::Messenger, m(C::Unblock)),
    Row("13",  POST,   "/api/me/reports",            Always,               Door::Messenger, m(C::Report)),
    Row("13",  GET,    "/api/me/settings",           Always,               Door::Messenger, m(C::Settings)),
    Row("13",  PUT,    "/api/me/settings",           Always,               Door::Messenger, m(C::ChangeSettings)),
    Row("13",  GET,    "/api/me/clock",              Always,               Door::Messenger, m(C::Clock)),
    Row("13",  PUT,    "/api/me/clock",              Always,               Door::Messenger, m(C::ChangeClock)),
    Row("13",  GET,    "/api/users/:id/clock",       Always,               Door::Messenger, m(C::ClockOf)),
    Row("13",  GET,    "/api/users",                 Always,               Door::Messenger, m(C::Users)),
    Row("13",  GET,    "/api/me/handle",             Always,               Door::Messenger, m(C::Handle)),
    Row("13",  PUT,    "/api/me/handle",             Always,               Door::Messenger, m(C::ChooseHandle)),
    Row("13",  DELETE, "/api/me/handle",             Always,               Door::Messenger, m(C::GiveUpHandle)),
    Row("13",  GET,    "/api/me/drafts",             Always,               Door::Messenger, m(C::Drafts)),
    Row("13",  PUT,    "/api/me/drafts/:id",         Always,               Door::Messenger, m(C::PutDraft)),
    Row("13",  GET,    "/api/me/push",               Always,               Door::Messenger, m(C::Push)),
    Row("13",  POST,   "/api/me/push",               Always,               Door::Messenger, m(C::AddPush)),
    Row("13",  PUT,    "/api/me/push",               Always,               Door::Messenger, m(C::ChoosePush)),
    Row("13",  POST,   "/api/me/push/test",          Always,               Door::Messenger, m(C::TestPush)),
    Row("13",  PUT,    "/api/me/push/rooms/:id",     Always,               Door::Messenger, m(C::PushLevel)),
    Row("13",  DELETE, "/api/me/push/:id",           Always,               Door::Messenger, m(C::RemovePush)),
    Row("13",  POST,   "/api/me/invites",            Always,               Door::Messenger, m(C::MakeInvite)),
    Row("13",  GET,    "/api/me/invites",            Always,               Door::Messenger, m(C::Invites)),
    Row("13",  DELETE, "/api/me/invites/:code",      Always,               Door::Messenger, m(C::EndInvite)),
    Row("13",  GET,    "/api/me/emoticons",          Always,               Door::Messenger, m(C::Emoticons)),
    Row("13",  POST,   "/api/me/emoticons",          Always,               Door::Messenger, m(C::AddEmoticon)),
    Row("13",  POST,   "/api/me/emoticons/keep",     Always,               Door::Messenger, m(C::KeepEmoticon)),
    Row("13",  PATCH,  "/api/me/emoticons/:id",      Always,               Door::Messenger, m(C::ChangeEmoticon)),
    Row("13",  DELETE, "/api/me/emoticons/:id",      Always,               Door::Messenger, m(C::RemoveEmoticon)),
    Row("13",  GET,    "/api/invites/:code",         Always,               Door::Messenger, m(C::Invite)),
    Row("13",  POST,   "/api/invites/:code",         Always,               Door::Messenger, m(C::UseInvite)),
    Row("13",  GET,    "/api/rooms",                 Always,               Door::Messenger, m(C::Rooms)),
    Row("13",  POST,   "/api/rooms",                 Always,               Door::Messenger, m(C::MakeGroup)),
    Row("13",  POST,   "/api/rooms/dm",              Always,               Door::Messenger, m(C::OpenDirect)),
    Row("13",  GET,    "/api/rooms/:id",             Always,               Door::Messenger, m(C::Room)),
    Row("13",  PATCH,  "/api/rooms/:id",             Always,               Door::Messenger, m(C::DescribeGroup)),
    Row("13",  DELETE, "/api/rooms/:id",             Always,               Door::Messenger, m(C::DeleteGroup)),
    Row("13",  PUT,    "/api/rooms/:id/pin",         Always,               Door::Messenger, m(C::Pin)),
    Row("13",  DELETE, "/api/rooms/:id/pin",         Always,               Door::Messenger, m(C::Unpin)),
    Row("13",  POST,   "/api/rooms/:id/members",     Always,               Door::Messenger, m(C::AddMembers)),
    Row("13",  POST,   "/api/rooms/:id/members/me",  Always,               Door::Messenger, m(C::EnterGroup)),
    Row("13",  PATCH,  "/api/rooms/:id/members/:user", Always,             Door::Messenger, m(C::SetRole)),
    Row("13",  DELETE, "/api/rooms/:id/members/:user", Always,             Door::Messenger, m(C::RemoveMember)),
    Row("13",  GET,    "/api/messages",              Always,               Door::Messenger, m(C::Messages)),
    Row("13",  GET,    "/api/messages/search",       Always,               Door::Messenger, m(C::Search)),
    Row("13",  POST,   "/api/messages",              Always,               Door::Messenger, m(C::Post)),
    Row("13",  PATCH,  "/api/messages/:id",          Always,               Door::Messenger, m(C::Edit)),
    Row("13",  DELETE, "/api/messages/:id",          Always,               Door::Messenger, m(C::Delete)),
    Row("13",  PUT,    "/api/messages/:id/react",    Always,               Door::Messenger, m(C::React)),
    Row("13",  POST,   "/api/presence",              Always,               Door::Messenger, m(C::Presence)),
    Row("13",  GET,    "/api/inbox",                 Always,               Door::Messenger, m(C::Inbox)),
    Row("13",  POST,   "/api/inbox/ack",             Always,               Door::Messenger, m(C::AckInbox)),
    Row("13",  ANY,    "/api/data/:collection",      Always,               Door::Messenger, m(C::Data)),
    Row("13",  PUT,    "/api/files",                 Always,               Door::Messenger, m(C::Upload)),
    Row("13",  GET,    "/api/files/:id",             Always,               Door::Messenger, m(C::File)),
    Row("13",  GET,    "/api/avatars/:id",           Always,               Door::Messenger, m(C::Avatar)),
    Row("13",  POST,   "/api/links",                 Always,               Door::Messenger, m(C::Link)),
    Row("13",  POST,   "/api/telemetry",             Always,               Door::Messenger, m(C::PageBroke)),
    Row("13",  GET,    "/api/admin/audit",           Always,               Door::Messenger, Audit),
    Row("13",  GET,    "/api/admin/flags",           Always,               Door::Messenger, Flags),
    Row("13",  POST,   "/api/admin/flags",           Always,               Door::Messenger, Flags),
    Row("13",  PUT,    "/api/admin/flags",           Always,               Door::Messenger, Flags),
    Row("13",  POST,   "/api/admin/projection",      Always,               Door::Messenger, Projection),
    Row("13",  GET,    "/api/admin/stats",           Always,               Door::Messenger, Stats),
    Row("13",  GET,    "/api/bots",                  Always,               Door::Messenger, m(C::Bots)),
    Row("13",  POST,   "/api/export",                Always,               Door::Messenger, m(C::Export)),
    Row("13",  GET,    "/api/export",                Always,               Door::Messenger, m(C::NewestExport)),
    Row("13",  GET,    "/api/export/:id",            Always,               Door::Messenger, m(C::OneExport)),
    Row("13",  GET,    "/api/export/:id/archive",    Always,               Door::Messenger, m(C::Archive)),
    Row("14",  GET,    "/api/ws/room/:id",           Always,               Door::Messenger, m(C::RoomSocket)),
    Row("14",  GET,    "/api/ws/presence",           Always,               Door::Messenger, m(C::PresenceSocket)),
    Row("15",  GET,    "/api/health",                Always,               Door::Messenger, Health),
    Row("16",  POST,   "/rpc/messages/get",          Always,               Door::Messenger, w(W::GetMessages)),
    Row("17",  GET,    "/openapi.json",              Always,               Door::Hub,       Description),
    Row("18",  GET,    "/metrics",                   Always,               Door::Hub,       Metrics),
    Row("19",  GET,    "/app",                       Always,               Door::App,       Page),
    Row("19",  GET,    "/app/*",                     Always,               Door::App,       Page),
    Row("19",  GET,    "/sign-in",                   Always,               Door::App,       Page),
    Row("19",  GET,    "/privacy",                   Always,               Door::App,       Page),
    Row("19",  GET,    "/gallery",                   Always,               Door::App,       Gallery),
    Row("19",  GET,    "/gallery/*",                 Always,               Door::App,       Gallery),
    Row("19",  GET,    "/i/:code",                   Always,               Door::App,       Invite),
    Row("19",  POST,   "/i/:code",                   Always,               Door::App,       Invite),
    Row("19",  GET,    "/i/:code/qr.svg",            Always,               Door::App,       InviteQr),
    Row("19",  GET,    "/developers",                Always,               Door::App,       Developers),
    Row("19",  GET,    "/demo",                      Always,               Door::App,       p(P::Door)),
    Row("19",  GET,    "/demo/end",                  Always,               Door::App,       p(P::End)),
    Row("19",  GET,    "/demo/join",                 Always,               Door::App,       p(P::Typed)),
    Row("19",  GET,    "/demo/join/:code",           Always,               Door::App,       p(P::Join)),
    Row("19",  GET,    "/demo/join/:code/qr.svg",    Always,               Door::App,       DemoQr),
    Row("19",  GET,    "/demo/device",               Always,               Door::App,       Page),
    Row("19",  GET,    "/demo/stage",                Always,               Door::App,       DemoStage),
    Row("19",  GET,    "/demo/offline",              Always,               Door::App,       Page),
    Row("19",  GET,    "/demo/scenes",               Always,               Door::Messenger, d(D::Scenes)),
    Row("19",  POST,   "/demo/rooms",                Always,               Door::Messenger, d(D::Make)),
    Row("19",  GET,    "/demo/rooms/:code",          Always,               Door::Messenger, d(D::Look)),
    Row("19",  PATCH,  "/demo/rooms/:code",          Always,               Door::Messenger, d(D::Change)),
    Row("19",  DELETE, "/demo/rooms/:code",          Always,               Door::Messenger, d(D::End)),
    Row("19",  POST,   "/demo/rooms/:code/join",     Always,               Door::Messenger, d(D::Join)),
    Row("19",  GET,    "/demo/rooms/:code/state",    Always,               Door::Messenger, d(D::State)),
    Row("19",  POST,   "/demo/rooms/:code/kick",     Always,               Door::Messenger, d(D::Kick)),
    Row("19",  POST,   "/demo/rooms/:code/reset",    Always,               Door::Messenger, d(D::Reset)),
    Row("19",  POST,   "/demo/rooms/:code/scene",    Always,               Door::Messenger, d(D::Scene)),
    Row("19",  GET,    "/demo/rooms/:code/numbers",  Always,               Door::Messenger, d(D::Numbers)),
    Row("19",  GET,    "/demo/plug",                 Always,               Door::Messenger, d(D::HasPlug)),
    Row("19",  POST,   "/demo/rooms/:code/plug",     Always,               Door::Messenger, d(D::Pull)),
    Row("19",  GET,    "/admin",                     Always,               Door::App,       Admin),
    Row("19",  POST,   "/admin",                     Always,               Door::App,       Admin),
    Row("19a", POST,   "/sf/*",                      Always,               Door::App,       ServerFunction),
    Row("19",  GET,    "/__dev/*",                   Always,               Door::App,       DevStyles),
    Row("20",  ANY,    "/deliver",                   Always,               Door::Hub,       Later),
    Row("20",  ANY,    "/connect",                   Always,               Door::Hub,       Later),
    // Also row 7, but only where no row in between has the path, with whatever method.
    Row("7",   GET,    "/*/websocket",               Always,               Door::LiveStore, LiveStoreSocket),
];

/// Answers one request of the Worker.
pub async fn answer(request: Request, env: Env) -> worker::Result<Response> {
    let incoming = Incoming::new(request, env)?;
    let line = Line::begin(&incoming);
    let asked = Asked::of(&incoming);
    let rest = incoming.rest();
    let result = find(incoming).await;
    let is_left = rest.is_left().await;
    let status = result.as_ref().map_or(500, Response::status_code);
    line.end(status, result.as_ref().err().map(ToString::to_string));
    match result {
        Ok(response) if status == 101 => with_socket(response, asked.headers()?),
        Err(_) => answer::broken(&asked),
        Ok(response) if is_left => {
            // Headers that cannot be changed are an answer all the same.
            let _ = response.headers().set("connection", "close");
            Ok(response)
        }
        answered => answered,
    }
}

/// An object's answer to a handshake is an answer of ours like any other (`core.md` 9).
fn with_socket(response: Response, headers: Headers) -> worker::Result<Response> {
    const SUBPROTOCOL: &str = "sec-websocket-protocol";
    if let Some(subprotocol) = response.headers().get(SUBPROTOCOL)? {
        headers.set(SUBPROTOCOL, &subprotocol)?;
    }
    Ok(response.with_headers(headers))
}

async fn find(incoming: Incoming) -> worker::Result<Response> {
    if let Some(problem) = &incoming.config.problem {
        telemetry::event("misconfigured", serde_json::json!({ "problem": problem }));
        if incoming.method == POST && captures(MESSAGES, incoming.path()).is_some() {
            return messagehub::misconfigured(&incoming);
        }
        return answer::refused(&incoming, Door::Messenger, &Refusal::Misconfigured);
    }
    let mut on_path: Vec<(&Row, Vec<&str>)> =
        TABLE.iter().filter_map(|row| Some((row, captures(row.2, incoming.path())?))).collect();
    // A path that the table names itself is nobody's id: `/api/rooms/dm` is no room.
    if on_path.iter().any(|(row, _)| row.2 == incoming.path()) {
        on_path.retain(|(row, _)| !row.2.contains(':'));
    }
    if on_path.len() > 1 || NO_STORES.iter().any(|prefix| incoming.path().starts_with(prefix)) {
        on_path.retain(|(row, _)| row.2 != ANY_STORE);
    }
    let owner = on_path.iter().find(|(row, _)| row.3 == Always).map(|(row, _)| row.4);
    if let Some(door) = owner.filter(|_| incoming.method == "OPTIONS") {
        return answer::preflight(&incoming, door, &methods(&on_path));
    }
    let is_asked =
        |row: &Row| row.1 == ANY || row.1 == incoming.method || (incoming.method == HEAD && answers_head(row));
    let is_meant = |row: &Row| is_asked(row) && holds(row.3, &incoming);
    let found = on_path.iter().find(|(row, _)| is_meant(row));
    if let Some((row, _)) = found {
        let mut noted = incoming.noted.borrow_mut();
        (noted.door, noted.route) = (row.5.door_word(row.4), row.2);
        noted.is_for_demo = row.5.is_for_demo();
    }
    let found = found.map(|(row, captured)| (row.4, row.5, captured.clone()));
    match found {
        Some((_, Action::Hub(call), captured)) => {
            let captured: Vec<String> = captured.into_iter().map(str::to_owned).collect();
            let captured: Vec<&str> = captured.iter().map(String::as_str).collect();
            messagehub::answer(&incoming, call, &captured).await
        }
        Some((door, action, captured)) => {
            if let Some(refusal) = refused_now(&incoming, action).await {
                return answer::refused(&incoming, door, &refusal);
            }
            let captured: Option<Vec<String>> = captured.into_iter().map(decoded).collect();
            match captured {
                Some(captured) => carry_out(incoming, door, action, &captured).await,
                None => answer::refused(&incoming, door, &Refusal::NotFound),
            }
        }
        None => {
            let owner = on_path.iter().find(|(row, _)| row.3 == Always).or(on_path.first());
            let owner = owner.map(|(row, _)| (row.4, methods(&on_path)));
            nobody(incoming, owner).await
        }
    }
}

/// Returns the refusal of a write while the deployment takes none (`messagehub.md` 8). Signing in and out goes on, and so does what
/// turns the switch back; new accounts and passkeys are writes. Forms, sign-ups and MessageHub look for themselves.
async fn refused_now(incoming: &Incoming, action: Action) -> Option<Refusal> {
    let path = incoming.path();
    let is_way_in =
        |rest: &str| rest != "register" && (!rest.starts_with("passkey/") || rest.starts_with("passkey/login/"));
    let is_apart = path.strip_prefix("/api/auth/").is_some_and(is_way_in) || path.starts_with("/api/admin/");
    let is_read = matches!(incoming.method.as_str(), GET | HEAD);
    if is_apart || is_read || !matches!(action, Action::Messenger(_) | Action::Demo(_) | Action::HopeFlowPublish) {
        return None;
    }
    flags::check_writes(&incoming.env).await.err()
}

async fn carry_out(incoming: Incoming, door: Door, action: Action, captured: &[String]) -> worker::Result<Response> {
    match action {
        Action::Messenger(call) => messenger::answer(&incoming, call, captured).await,
        Action::HopeFlowSocket => hopeflow::socket(&incoming).await,
        Action::HopeFlowPublish => hopeflow::publish(&incoming).await,
        Action::LiveStoreSocket => livestore::socket(&incoming).await,
        Action::Flags => messagehub::operation::flags(&incoming).await,
        Action::Audit => messagehub::operation::audit(&incoming).await,
        Action::Projection => messagehub::operation::projection(&incoming).await,
        Action::Metrics => or_nothing(messagehub::operation::metrics(&incoming).await?, incoming, door).await,
        Action::Stats => messagehub::operation::stats(&incoming).await,
        Action::WasmChannel(call) => wasmchannel::answer(&incoming, call).await,
        Action::Packets => {
            let room = captured.first().map_or(DEFAULT_ROOM, String::as_str);
            messenger::sockets::packets(&incoming, room).await
        }
        Action::Gallery if incoming.config.environment == Environment::Dev => app_pages::answer(incoming).await,
        Action::Page | Action::ServerFunction => app_pages::answer(incoming).await,
        Action::Status => status(&incoming),
        Action::Alive => {
            let headers = Headers::new();
            headers.set("content-type", "text/plain; charset=utf-8")?;
            answer::respond(&incoming, door, 200, HEALTH_TEXT.to_owned(), headers, &[])
        }
        Action::Health => health::answer(&incoming).await,
        Action::Description => {
            let document = protocol::wire::openapi::document(&incoming.config.limits);
            answer::json_response(&incoming, door, 200, document.to_string(), &[])
        }
        Action::Admin => or_nothing(admin::answer(&incoming).await?, incoming, door).await,
        Action::Invite => invite::answer(&incoming, captured.first().map_or("", String::as_str)).await,
        Action::InviteQr => invite_qr::answer(&incoming, captured.first().map_or("", String::as_str)),
        Action::Developers => developers::answer(&incoming).await,
        Action::DemoPage(page) => demo_pages::answer(&incoming, page, captured.first().map_or("", String::as_str)),
        Action::Demo(call) => demo::answer(&incoming, call, captured.first().map_or("", String::as_str)).await,
        Action::DemoQr => invite_qr::of_demo(&incoming, captured.first().map_or("", String::as_str)),
        Action::DemoStage => demo_stage::answer(&incoming),
        Action::DevStyles => or_nothing(dev_styles::answer(&incoming).await?, incoming, door).await,
        Action::Hub(_) | Action::Later | Action::Gallery => nothing(incoming, door).await,
    }
}

/// Row 5: what the Worker says of itself to tools. Varies with `Accept`, because browsers get the page of row 4.
fn status(incoming: &Incoming) -> worker::Result<Response> {
    let body = protocol::wire::messagehub::STATUS_JSON.to_owned();
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    answer::respond(incoming, Door::Hub, 200, body, headers, &[("vary", "Accept".to_owned())])
}

/// Rows 21 and 22: a known path with another method, or nothing at all.
async fn nobody(incoming: Incoming, owner: Option<(Door, String)>) -> worker::Result<Response> {
    match owner {
        Some((door, allow)) => answer::refused(&incoming, door, &Refusal::MethodNotAllowed { allow: allow.into() }),
        None if answer::is_private(incoming.path()) => answer::refused(&incoming, Door::Messenger, &Refusal::NotFound),
        // Everybody may read that there is nothing, but for what is the messenger's (`messagehub.md` 1).
        None => nothing(incoming, Door::Hub).await,
    }
}

/// Makes a 404 look like that of a path which does not exist: so does everything that is kept from somebody as if it were not there.
async fn or_nothing(answered: Response, incoming: Incoming, door: Door) -> worker::Result<Response> {
    if answered.status_code() == 404 { nothing(incoming, door).await } else { Ok(answered) }
}

/// There is nothing: a page for people, with a way home, and a line of JSON for programs.
async fn nothing(incoming: Incoming, door: Door) -> worker::Result<Response> {
    if incoming.method == GET && holds(Accepts("text/html"), &incoming) && !incoming.is_upgrade() {
        return app_pages::nothing(incoming).await;
    }
    answer::refused_by_kind(&incoming, door, &Refusal::NotFound)
}

/// Returns true if `HEAD` is asked of this row as well: files, and what MessageHub reads, but for what stays open (`core.md` 9).
fn answers_head(row: &Row) -> bool {
    use messagehub::Call::{self, Dead, Hook, Hooks, Presence, Read};
    let is_read = |action| {
        matches!(action, Action::Hub(Read | Presence | Call::Stats | Hooks | Hook | Dead) | Action::Messenger(C::File))
    };
    row.1 == GET && is_read(row.5)
}

fn methods(rows: &[(&Row, Vec<&str>)]) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for (row, _) in rows {
        let own: &[&str] = if row.1 == ANY { &[GET, POST] } else { &[row.1] };
        for method in own {
            if !methods.contains(method) {
                methods.push(method);
            }
        }
        if answers_head(row) && !methods.contains(&HEAD) {
            methods.push(HEAD);
        }
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

fn holds(when: When, incoming: &Incoming) -> bool {
    match when {
        When::Always => true,
        When::Upgrade => incoming.is_upgrade(),
        When::Offers(name) => incoming.is_upgrade() && incoming.subprotocols().iter().any(|offer| offer == name),
        When::OldPacketClient => wasmchannel::is_old_client(incoming),
        When::Accepts(kind) => incoming.header("accept").is_some_and(|accept| accept.contains(kind)),
    }
}

/// The captured segments of `path`, if it has the form of `pattern`.
fn captures<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    if let Some(prefix) = pattern.strip_suffix('*') {
        return path.strip_prefix(prefix).map(|rest| vec![rest]);
    }
    if let Some(ending) = pattern.strip_prefix("/*") {
        return path.strip_prefix('/')?.strip_suffix(ending).map(|rest| vec![rest]);
    }
    let mut captured = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captured),
            // That a room without a name is none is for its door to say (`messagehub.md` 1.1).
            (Some(":room"), Some(segment)) => captured.push(segment),
            (Some(name), Some(segment)) if name.starts_with(':') && !segment.is_empty() => captured.push(segment),
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}
