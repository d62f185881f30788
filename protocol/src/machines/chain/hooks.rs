//! Verdict of the owner's hooks on a frame, before anything else is looked at (`livestore.md` 14).

use super::machine::Frame;
use super::store::ChainEvent;

/// Yes, or why not: the words go to the client.
pub type HookResult = Result<(), &'static str>;

/// The frame, or what is left of it when its hook refuses: words for whoever sent it. Nothing is stored then, nobody else hears of it,
/// and the next frame is asked about anew.
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
