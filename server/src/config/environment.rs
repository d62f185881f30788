//! Environment of the Worker.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A person's machine: test and load variables count, the Turnstile token `dev` may pass.
    Dev,
    /// Everything else, whatever `ENV` says: test and load variables count for nothing, and what is missing fails closed.
    Production,
}
