//! Roles of accounts in a deployment (`moderation.md` 1).

use serde::{Deserialize, Serialize};

use crate::words::refusal::Refusal;

crate::words! {
    /// Role of an account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum DeploymentRole {
        /// Acts on everyone but owners.
        Owner = "owner",
        /// Acts on everyone without a role.
        Moderator = "moderator",
    }
}

/// User id under which an operator removes a message (`moderation.md` 7.2). No person has an id of this form.
pub const OPERATOR: &str = "operator";
/// Name that everyone in the room sees with that id.
pub const OPERATOR_NAME: &str = "Operator";

impl DeploymentRole {
    /// Checks that this role may act on a person with the role `other`.
    /// Errors: `FORBIDDEN` if it may not.
    pub fn check_over(self, other: Option<Self>) -> Result<(), Refusal> {
        match (self, other) {
            (_, None) | (Self::Owner, Some(Self::Moderator)) => Ok(()),
            (_, Some(_)) => Err(Refusal::Forbidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DeploymentRole::{Moderator, Owner};
    use super::*;

    #[test]
    fn a_role_acts_on_those_below_it_alone() {
        let may = |who: DeploymentRole, whom| who.check_over(whom).is_ok();
        assert_eq!([None, Some(Moderator), Some(Owner)].map(|whom| may(Owner, whom)), [true, true, false]);
        assert_eq!([None, Some(Moderator), Some(Owner)].map(|whom| may(Moderator, whom)), [true, false, false]);
    }
}
