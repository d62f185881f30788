//! Proofs that need many runs: storms from seeds (`simulation`) and decoders against texts that nobody would send (`fuzz`).
//!
//! The night runs them optimised, with the checks of a debug build:
//! `cargo nextest run --cargo-profile simulation -p protocol --features doors,sim --test proofs`.

// Tests from the first line to the last: what cannot be unwrapped is a failure.
#![allow(clippy::unwrap_used)]

mod fuzz;
mod simulation;
