//! Changes of a person's sessions, as their shards report them: the effects of an end, and warnings before it (`sign-in.md` 2).

use std::rc::Rc;

use protocol::machines::presence::{DeviceKey, PresenceDelta};
use protocol::machines::room::Notification;
use protocol::wire::messenger::{frame_json, signed_out_json};
use protocol::words::closing::CloseCode;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;

use super::devices;
use crate::calls::auth::REFRESHED;
use crate::calls::{SessionCall, SessionChange};
use crate::objects::person::belongings::drafts;
use crate::objects::person::object::PersonObject;
use crate::objects::person::people::{contacts, group_calls, privacy};
use crate::objects::person::tables::{Fact, ListenerKind, push_tables};
use crate::objects::person::watching::rooms;
use crate::objects::person::web_push;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Handles the change of a session, which its shard reports.
pub async fn receive_change(object: &Rc<PersonObject>, call: &SessionCall) -> Result<(), CallError> {
    if !object.wake(None)? {
        return Ok(());
    }
    let session = call.session.as_str();
    match &call.what {
        SessionChange::Ended { code, reason } => ended(object, session, *code, reason)?,
        SessionChange::Slid { expires_at } => {
            send_notice(object, session, &Notification::Session { expires_at: *expires_at })?
        }
        SessionChange::Ending { expires_in_ms } => {
            send_notice(object, session, &Notification::SessionEnding { expires_in_ms: *expires_in_ms })?;
        }
    }
    // The shard repeats the notification of a room that failed, as the error is returned to it.
    rooms::forward_change(object, call).await
}

/// Handles the end of a session: its devices are closed at once, and with the last session the person goes offline.
fn ended(object: &Rc<PersonObject>, session: &str, code: u16, reason: &str) -> Result<(), Fault> {
    let now = runtime::now_ms();
    let (devices, changed) = object.with(|memory| {
        let was_here = memory.sql.remove_session(session)?;
        push_tables::end_owner(&memory.sql.0, session)?;
        memory.sql.unlisten(ListenerKind::Session, session)?;
        let (devices, mut changed) = match reason {
            // The same browser is about to return in its next session.
            REFRESHED => memory.person.part_session(now, session),
            _ => memory.person.end_session(now, session),
        };
        if was_here && memory.sql.sessions()?.is_empty() {
            let left = memory.person.leave_at_once(now);
            changed = PresenceDelta { shown: changed.shown || left.shown, card: changed.card || left.card };
            memory.sql.set_fact(Fact::LeftAt, now)?;
            if memory.person.record().kind == UserKind::Persona {
                memory.sql.set_fact(Fact::VisibleFrom, now)?;
                memory.sql.close_book()?;
                group_calls::enqueue_program_ends(memory, (now, None), now)?;
                drafts::forget_all(&memory.sql.0)?;
                push_tables::forget_all(&memory.sql.0)?;
                contacts::close_requests(memory, now)?;
                // Blocks of this player end now. The blocked people must not see this departure, so it is stored before the blocks end.
                memory.store()?;
                if memory.sql.forget_wishes_of_player(now)? {
                    memory.person.forget_settings();
                    changed.card |= privacy::has_changed(memory, true)?.card;
                }
            }
        }
        Ok((devices, changed))
    })?;
    let farewell = signed_out_json(reason);
    for key in devices {
        object.send_frame(&[key], &farewell);
        object.close_device(key, code, reason);
        devices::forget(object, key, code, |_, _| Ok(PresenceDelta::default()))?;
    }
    object.apply(changed)?;
    web_push::update_push_state(object)?;
    contacts::spawn_sending(object);
    group_calls::spawn_sending(object);
    Ok(())
}

fn devices_of(object: &PersonObject, session: &str) -> Result<Vec<DeviceKey>, Fault> {
    object.with(|memory| {
        let own = memory.devices.iter().filter(|(_, device)| device.attachment.session == session);
        Ok(own.map(|(key, _)| *key).collect())
    })
}

pub fn send_notice(object: &PersonObject, session: &str, notification: &Notification) -> Result<(), Fault> {
    let devices = devices_of(object, session)?;
    if !devices.is_empty() {
        object.send_frame(&devices, &frame_json("", notification));
    }
    Ok(())
}

/// Ends a session here that its shard knows no more.
pub async fn forget_dead(object: &Rc<PersonObject>, session: String) -> Result<(), CallError> {
    let what = SessionChange::Ended { code: CloseCode::Unauthenticated.code(), reason: "expired".to_owned() };
    receive_change(object, &SessionCall { session, what }).await
}
