//! Verdict of the owner's hooks on a frame, before any other check (`livestore.md` 14).

use super::machine::Frame;
use super::rpc::RpcFrame;
use super::store::ChainEvent;

/// Yes, or why not: the words go to the client.
pub type HookResult = Result<(), &'static str>;

/// Returns the frame, or the refusal of its hook: a text for its sender. Then nothing is stored, no other client is notified, and the next
/// frame is checked anew.
pub fn admitted(
    frame: Frame,
    on_push: impl FnOnce(&[ChainEvent]) -> HookResult,
    on_pull: impl FnOnce(u64) -> HookResult,
) -> Frame {
    let (request_id, hooked) = match &frame {
        Frame::Push { request_id, batch } => (request_id, on_push(batch)),
        Frame::Pull { request_id, after } => (request_id, on_pull(*after)),
        _ => return frame,
    };
    match hooked {
        Ok(()) => frame,
        Err(reason) => Frame::Unusable { request_id: Some(request_id.clone()), reason },
    }
}

/// Returns the frame of a client of version 0.4, or the refusal of its hook.
pub fn admitted_rpc(
    frame: RpcFrame,
    on_push: impl FnOnce(&[ChainEvent]) -> HookResult,
    on_pull: impl FnOnce(u64) -> HookResult,
) -> RpcFrame {
    let (request_id, hooked) = match &frame {
        RpcFrame::Push(push) => (&push.request_id, on_push(&push.batch)),
        RpcFrame::Pull { request_id, cursor, .. } => {
            (request_id, on_pull(cursor.as_ref().map_or(0, |cursor| cursor.after)))
        }
        _ => return frame,
    };
    match hooked {
        Ok(()) => frame,
        Err(reason) => RpcFrame::Refused { request_id: request_id.clone(), is_push: frame.pushes().is_some(), reason },
    }
}
