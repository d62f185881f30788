//! Requirements that a passkey may miss (WebAuthn 7.1, 7.2), in the order of the checks.

/// Requirement that does not hold. The checks have this order, and the answer does not reveal which one failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The passkey was used in the other ceremony.
    Kind,
    /// The page is not ours.
    Origin,
    /// The page was in a frame of another site.
    CrossOrigin,
    /// The authenticator's statement cannot be read.
    Form,
    /// The passkey belongs to another relying party.
    RelyingParty,
    /// Nobody touched the authenticator.
    UserAbsent,
    /// The authenticator did not verify the person.
    UserUnknown,
    /// The key is not an ES256 key.
    Algorithm,
    /// The signature is malformed.
    Signature,
}
