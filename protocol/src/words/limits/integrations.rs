//! Limits of programs outside that write in a group (`integrations.md`).

/// Integrations of a group.
pub const INTEGRATIONS_MAX: usize = 10;
/// Letters of the name of an integration, as people count them.
pub const INTEGRATION_NAME_GRAPHEMES_MAX: usize = 64;
/// Bytes of a body that is sent to the address of an integration.
pub const INTEGRATION_BODY_BYTES_MAX: usize = 65_536;
