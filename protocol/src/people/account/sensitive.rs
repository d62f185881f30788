//! Acts of an account that need more proof than a session (`account.md` 11). The proof is the same at every door.

/// Act that changes how an account is opened, or ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensitiveAct {
    /// New password, chosen by the owner.
    NewPassword,
    NewAddress,
    Deletion,
    NewPasskey,
    /// New name of a passkey, or its removal.
    ChangedPasskey,
    /// New recovery codes, which replace all earlier ones.
    RecoveryCodes,
    /// New second factor, or its removal.
    SecondFactor,
}

/// Proof of being the owner of an account, beside its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Password,
    RecentSignIn,
}

impl SensitiveAct {
    pub const fn proof(self) -> Proof {
        match self {
            Self::NewPassword | Self::NewAddress | Self::Deletion | Self::SecondFactor => Proof::Password,
            Self::NewPasskey | Self::ChangedPasskey | Self::RecoveryCodes => Proof::RecentSignIn,
        }
    }

    /// Returns `true` if the proof of the act counts for `RATE_ACCOUNT`. A password that is typed for an act is also a guess. A new passkey
    /// counts when it is stored, because that causes a mail.
    pub const fn is_counted(self) -> bool {
        matches!(self.proof(), Proof::Password) || matches!(self, Self::RecoveryCodes)
    }
}
