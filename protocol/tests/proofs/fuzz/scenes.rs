//! Scenes and pasts: files that a presenter may write.

use proptest::prelude::*;
use protocol::machines::scene::{History, LineContent, Run, Scene};
use protocol::words::limits::{CONTENT_UNITS_MAX, HISTORY_DAYS_MAX, HISTORY_LINES_MAX, SCENE_STEPS_MAX};
use protocol::words::time::DAY_MS;

use super::{fuzz, like};

const SCENES: &[&str] = &[
    r#"{"id":"a","title":"A","language":"en","seed":1,"lengthMs":9000,"repeats":true,"cast":["user_1","user_2"],"steps":[{"at":0,"persona":"user_1","action":"join"},{"at":0,"persona":"user_2","action":"join"},{"at":1500,"persona":"user_1","action":"say","name":"a","any":["one","two"]},{"at":2000,"persona":"user_2","action":"react","to":"a","reaction":"heart"},{"at":2500,"persona":"user_2","action":"say","replyTo":"a","text":"five"}]}"#,
];
const HISTORIES: &[&str] = &[
    r#"{"language":"de","name":"A","lines":[{"daysAgo":30,"at":"09:10","persona":"user_1","name":"q","text":"a"},{"daysAgo":30,"at":"23:59","persona":"user_2","nudge":true},{"daysAgo":2,"at":"00:00","persona":"user_1","wink":"storm"},{"daysAgo":2,"at":"00:01","persona":"user_20","replyTo":"q","text":"b"},{"daysAgo":1,"at":"08:00","persona":"user_2","react":"heart","to":"q"}]}"#,
];

#[test]
fn scenes() {
    assert!(SCENES.iter().all(|sample| Scene::read(sample).is_ok()), "the sample itself must be good");
    fuzz(like(SCENES), |text| {
        if let Ok(scene) = Scene::read(&text) {
            prop_assert!((1..=SCENE_STEPS_MAX).contains(&scene.steps.len()));
            let mut run = Run::begin("r", 0);
            for _ in 0..scene.steps.len() {
                prop_assert!(run.step(&scene, 0).is_some());
            }
        }
        Ok(())
    });
}

#[test]
fn histories() {
    assert!(HISTORIES.iter().all(|sample| History::read(sample).is_ok()), "the sample itself must be good");
    fuzz((like(HISTORIES), (HISTORY_DAYS_MAX + 1) * DAY_MS..), |(text, now)| {
        if let Ok(history) = History::read(&text) {
            let seeds = history.at("r", now);
            prop_assert!((1..=HISTORY_LINES_MAX).contains(&seeds.len()));
            prop_assert!(seeds.is_sorted_by(|a, b| a.at < b.at) && seeds.iter().all(|seed| seed.at < now));
            for seed in &seeds {
                if let LineContent::Text { text, .. } = &seed.say {
                    prop_assert!((1..=CONTENT_UNITS_MAX).contains(&text.encode_utf16().count()));
                }
            }
        }
        Ok(())
    });
}
