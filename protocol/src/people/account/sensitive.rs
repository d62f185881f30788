//! Acts of an account for which a session alone is no proof (`account.md` 11). The proof is the same at every door.

/// Act that changes what opens an account, or ends the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensitiveAct {
    /// Another password, by its owner.
    NewPassword,
    /// Another e-mail address.
    NewAddress,
    /// Deletion of the account.
    Deletion,
    /// One more passkey.
    NewPasskey,
    /// Another name of a passkey, or its end.
    ChangedPasskey,
    /// Recovery codes in the place of all earlier ones.
    RecoveryCodes,
    /// A second factor, or its end.
    SecondFactor,
}

/// Proof of being the owner of an account, beside its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password of today.
    Password,
    /// A sign-in that was just now.
    RecentSignIn,
}

impl SensitiveAct {
    /// All acts.
    pub const ALL: [Self; 7] = [
        Self::NewPassword,
        Self::NewAddress,
        Self::Deletion,
        Self::NewPasskey,
        Self::ChangedPasskey,
        Self::RecoveryCodes,
        Self::SecondFactor,
    ];

    /// Returns the proof that the act needs.
    pub const fn proof(self) -> Proof {
        match self {
            Self::NewPassword | Self::NewAddress | Self::Deletion | Self::SecondFactor => Proof::Password,
            Self::NewPasskey | Self::ChangedPasskey | Self::RecoveryCodes => Proof::RecentSignIn,
        }
    }

    /// Returns `true` if the proof of the act counts for `RATE_ACCOUNT`. An act that takes a password is a guess at it, too. A new
    /// passkey counts when it is stored, because a mail reports it then.
    pub const fn is_counted(self) -> bool {
        matches!(self.proof(), Proof::Password) || matches!(self, Self::RecoveryCodes)
    }

    /// Returns the words of the act in the contract.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NewPassword => "a new password",
            Self::NewAddress => "another address",
            Self::Deletion => "the deletion of an account",
            Self::NewPasskey => "a new passkey",
            Self::ChangedPasskey => "another name of a passkey, or its end",
            Self::RecoveryCodes => "recovery codes",
            Self::SecondFactor => "a second factor, or its end",
        }
    }
}

impl Proof {
    /// Returns the words of the proof in the contract.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Password => "the password of today",
            Self::RecentSignIn => "a sign-in that is not older than 10 min",
        }
    }
}
