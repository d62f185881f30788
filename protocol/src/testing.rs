//! Helpers that tests share.

/// Returns how many cases an expensive property runs: what `PROPTEST_CASES` says, as in the nightly run, else `otherwise`.
pub fn cases(otherwise: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
