//! Limits of scenes (`docs/scenes.md`).

/// A scene's file.
pub const SCENE_BYTES_MAX: usize = 262_144;
/// Steps of a scene.
pub const SCENE_STEPS_MAX: usize = 2_000;
/// Texts of one step, of which one is said.
pub const SCENE_TEXTS_MAX: usize = 16;
/// Longest time of a scene, and of anything in it.
pub const SCENE_MS_MAX: u64 = 3_600_000;
/// The slowest …
pub const SCENE_SPEED_PERCENT_MIN: u64 = 50;
/// … and the fastest a scene can be played.
pub const SCENE_SPEED_PERCENT_MAX: u64 = 400;
/// Delay, in the scene's own time, above which a due step waited because nobody could play it: the scene goes on from there.
pub const SCENE_LATE_MS_MAX: u64 = 2_000;
/// The file of a demo room's past.
pub const HISTORY_BYTES_MAX: usize = 262_144;
/// Lines of it.
pub const HISTORY_LINES_MAX: usize = 400;
/// Days that it goes back.
pub const HISTORY_DAYS_MAX: u64 = 30;
