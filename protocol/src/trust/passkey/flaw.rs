//! Requirements of passkeys (WebAuthn 7.1, 7.2).

/// Requirement that failed, in the order of the checks. The answer does not reveal which one it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The passkey was used in another ceremony.
    Kind,
    /// The page is not ours.
    Origin,
    /// The page was in a frame of another site.
    CrossOrigin,
    /// The authenticator's statement cannot be read.
    Form,
    /// The passkey belongs to another relying party.
    RelyingParty,
    /// The person did not touch the authenticator.
    UserAbsent,
    /// The authenticator did not verify the person.
    UserUnknown,
    /// The key is not an ES256 key.
    Algorithm,
    /// The signature is malformed.
    Signature,
}
