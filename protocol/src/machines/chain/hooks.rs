//! Verdict of the owner's hooks on a frame, before any other check (`livestore.md` 14).

use super::machine::Frame;
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
