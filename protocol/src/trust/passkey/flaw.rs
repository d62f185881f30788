//! Requirements that a passkey may miss (WebAuthn 7.1, 7.2), in the order in which they are looked at.

/// Requirement that does not hold. They are looked at in this order, and nobody outside is told which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It was made in the other ceremony.
    Kind,
    /// It was made on a page that is not ours.
    Origin,
    /// It was made in a frame of another site's page.
    CrossOrigin,
    /// The authenticator's statement cannot be read.
    Form,
    /// It was made for somebody else.
    RelyingParty,
    /// Nobody touched the authenticator.
    UserAbsent,
    /// Anybody may have touched it.
    UserUnknown,
    /// It is no ES256 key.
    Algorithm,
    /// The signature has no form.
    Signature,
}
