//! Moderation (`moderation.md`): roles, acts, their effects, and rules for messages.

mod act;
mod report_answer;
mod role;
mod standing;
mod writing_rules;

pub use act::{Act, ActKind, check_objection, is_act_id, may_be_acted_on};
pub use report_answer::ReportAnswer;
pub use role::{DeploymentRole, OPERATOR, OPERATOR_NAME};
pub use standing::{Ban, Mute, RoleRow, RoomRule, Standing};
pub use writing_rules::{FIRST_MESSAGE, RuleEffect, RuleKind, WritingRule, WritingRules, read_pattern};
