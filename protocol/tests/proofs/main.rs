//! Proofs that need many runs: decoders with malformed texts.
//!
//! The nightly run optimises them, with debug assertions:
//! `cargo nextest run --cargo-profile simulation -p protocol --features doors --test proofs`.

// A failed `unwrap` is a failed test.
#![allow(clippy::unwrap_used)]

mod fuzz;
