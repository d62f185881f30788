//! Seeded random numbers for jitter (SplitMix64, not for secrets): the same seed gives the same numbers, so runs can be repeated.

#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to `max`, both included.
    pub fn up_to(&mut self, max: u64) -> u64 {
        match max.checked_add(1) {
            Some(count) => self.throw() % count,
            None => self.throw(),
        }
    }

    /// Returns `true` with a probability of `percent` %.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.up_to(99) < percent
    }
}
