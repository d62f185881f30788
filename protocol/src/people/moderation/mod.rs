//! Moderation (`moderation.md`): who acts on whom, what an act needs, and what stands because of all acts.

mod act;
mod role;
mod standing;

pub use act::{Act, ActKind, check_objection, is_act_id};
pub use role::DeploymentRole;
pub use standing::{Ban, Mute, RoleRow, RoomRule, Standing};
