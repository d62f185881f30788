//! Proofs that need many runs: decoders against texts that nobody would send.
//!
//! The night runs them optimised, with the checks of a debug build:
//! `cargo nextest run --cargo-profile simulation -p protocol --features doors --test proofs`.

// Tests from the first line to the last: what cannot be unwrapped is a failure.
#![allow(clippy::unwrap_used)]

mod fuzz;
