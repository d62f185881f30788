//! Laws of scenes: their form; and a run performs each act once, in order, and never too early.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::words::ids::is_uuid;
use crate::words::limits::{SCENE_LATE_MS_MAX, SCENE_STEPS_MAX};

const SMALL: &str = r#"{
  "id": "small", "title": "Small", "language": "en", "seed": 1, "lengthMs": 9000, "cast": ["user_1", "user_2"],
  "steps": [
    {"at": 0, "persona": "user_1", "action": "join"},
    {"at": 0, "persona": "user_2", "action": "join"},
    {"at": 500, "persona": "user_1", "action": "typing", "forMs": 900},
    {"at": 1500, "persona": "user_1", "action": "say", "name": "a", "any": ["one", "two", "three", "four"]},
    {"at": 2000, "persona": "user_2", "action": "react", "to": "a", "reaction": "heart"},
    {"at": 2500, "persona": "user_2", "action": "say", "replyTo": "a", "text": "five"},
    {"at": 6000, "persona": "user_2", "action": "wink", "wink": "storm"},
    {"at": 6000, "persona": "user_1", "action": "nudge"},
    {"at": 7000, "persona": "user_1", "action": "status", "status": "busy"},
    {"at": 8000, "persona": "user_2", "action": "dropNetwork", "forMs": 700}
  ]
}"#;

fn small() -> Scene {
    Scene::read(SMALL).unwrap()
}

fn repeating() -> Scene {
    Scene { repeats: true, ..small() }
}

/// Action on a run.
#[derive(Clone, Copy, Debug)]
enum RunAction {
    Wait(Millis),
    WaitUntilDue,
    Back(Millis),
    Pause,
    GoOn,
    Speed(u64),
    Step,
    Sleep,
}

fn deeds() -> impl Strategy<Value = Vec<RunAction>> {
    let deed = prop_oneof![
        4 => (0u64..3_000).prop_map(RunAction::Wait),
        4 => Just(RunAction::WaitUntilDue),
        1 => (0u64..3_000).prop_map(RunAction::Back),
        1 => Just(RunAction::Pause),
        2 => Just(RunAction::GoOn),
        1 => (50u64..=400).prop_map(RunAction::Speed),
        1 => Just(RunAction::Step),
        1 => Just(RunAction::Sleep),
    ];
    prop::collection::vec(deed, 1..80)
}

#[test]
fn the_scenes_that_come_with_the_product_can_be_played_in_each_of_their_languages() {
    let scenes = catalogue().unwrap();
    assert!(languages().eq(language::tags()), "each language of the product has scenes");
    for language in languages() {
        assert!(scenes.iter().any(|scene| scene.language == language && !scene.repeats), "{language}");
        let voices = scenes.iter().find(|scene| scene.language == language && scene.repeats).unwrap();
        assert_eq!(voices.cast.len(), 5, "five talk while the plug is pulled");
    }
    let ids: BTreeSet<_> = scenes.iter().map(|scene| &scene.id).collect();
    assert_eq!(ids.len(), scenes.len());
    let texts = scenes.iter().flat_map(|scene| &scene.steps).filter_map(|step| match &step.action {
        Action::Say { texts, .. } => Some(texts),
        _ => None,
    });
    let said: Vec<_> = texts.flatten().collect();
    assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "nobody repeats what somebody else said");
}

#[test]
fn people_without_scenes_in_their_language_get_those_of_the_first() {
    for written in languages() {
        assert_eq!(scene_language(written), written);
        assert!(language::find(written).is_some(), "{written}");
    }
    for tag in ["tlh", "", "EN"] {
        assert_eq!(scene_language(tag), language::FIRST.tag, "{tag}");
    }
    assert!(languages().any(|written| written == language::FIRST.tag), "they are there");
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_step() {
    let wrong = [
        (r#""id": "small""#, r#""id": "Small""#, None),
        (r#""id": "small""#, r#""id": """#, None),
        (r#""title": "Small""#, r#""title": " ""#, None),
        (r#""language": "en""#, r#""language": "tlh""#, None),
        (r#""lengthMs": 9000"#, r#""lengthMs": 0"#, None),
        (r#""lengthMs": 9000"#, r#""lengthMs": 3600001"#, None),
        (r#""lengthMs": 9000"#, r#""lengthMs": 8000"#, Some(9)),
        (r#""seed": 1"#, r#""seed": -1"#, None),
        (r#""seed": 1"#, r#""seed": 1, "more": 2"#, None),
        (r#"["user_1", "user_2"]"#, "[]", None),
        (r#"["user_1", "user_2"]"#, r#"["user_1", "user_2", "user_1"]"#, None),
        (r#"["user_1", "user_2"]"#, r#"["user_1", "user_2", "user_99"]"#, None),
        (r#"["user_1", "user_2"]"#, r#"["user_1", "user_2", "user_3"]"#, None),
        (r#"["user_1", "user_2"]"#, r#"["user_1", "user_3"]"#, Some(1)),
        (r#""at": 500"#, r#""at": 1501"#, Some(3)),
        (r#""at": 500"#, r#""at": "500""#, None),
        (r#""persona": "user_2", "action": "join""#, r#""persona": "user_1", "action": "join""#, Some(1)),
        (r#""persona": "user_1", "action": "join""#, r#""persona": "user_1", "action": "nudge""#, Some(0)),
        (r#""action": "nudge""#, r#""action": "dance""#, Some(7)),
        (r#""action": "nudge""#, r#""action": "nudge", "wink": "storm""#, Some(7)),
        (r#""action": "nudge""#, r#""action": "nudge", "name": "b""#, Some(7)),
        (r#""forMs": 900"#, r#""forMs": 0"#, Some(2)),
        (r#", "forMs": 900"#, "", Some(2)),
        (r#""any": ["one", "two", "three", "four"]"#, r#""any": []"#, Some(3)),
        (r#""any": ["one", "two", "three", "four"]"#, r#""any": ["one", " "]"#, Some(3)),
        (r#""any": ["one", "two", "three", "four"]"#, r#""any": ["one"], "text": "two""#, Some(3)),
        (r#", "text": "five""#, "", Some(5)),
        (r#""replyTo": "a""#, r#""replyTo": "b""#, Some(5)),
        (r#""replyTo": "a", "text": "five""#, r#""replyTo": "a", "text": "five", "name": "a""#, Some(5)),
        (r#""to": "a""#, r#""to": "b""#, Some(4)),
        (r#""reaction": "heart""#, r#""reaction": "word""#, Some(4)),
        (r#""wink": "storm""#, r#""wink": "gale""#, Some(6)),
        (r#""status": "busy""#, r#""status": "offline""#, Some(8)),
        (r#""forMs": 700"#, r#""forMs": 3600001"#, Some(9)),
    ];
    for (right, other, step) in wrong {
        assert!(SMALL.contains(right), "{right}");
        let error = Scene::read(&SMALL.replace(right, other)).unwrap_err();
        let said = if let SceneError::Step(at, _) = error { Some(at) } else { None };
        assert_eq!(said, step, "{other}: {error}");
    }
    assert!(Scene::read("").is_err() && Scene::read("[]").is_err());
    let steps = r#"{"at": 0, "persona": "user_1", "action": "join"},"#.repeat(SCENE_STEPS_MAX);
    assert!(Scene::read(&SMALL.replace(r#""steps": ["#, &format!(r#""steps": [{steps}"#))).is_err());
}

#[test]
fn at_normal_speed_everything_comes_at_its_time() {
    let scene = small();
    let mut run = Run::begin("r", 1_000);
    let mut came = Vec::new();
    let mut now = 1_000;
    while let Some(at) = run.due_at(&scene) {
        assert!(at >= now);
        now = at;
        came.extend(run.due(&scene, now).into_iter().map(|cue| (now - 1_000, cue.persona.to_owned())));
    }
    let wanted: Vec<_> = scene.steps.iter().map(|step| (step.at_ms, step.persona.clone())).collect();
    assert_eq!(came, wanted);
    assert!(run.is_over(&scene) && run.due(&scene, now + 100_000).is_empty());
}

#[test]
fn what_is_answered_has_the_id_under_which_it_was_said() {
    let scene = small();
    let mut run = Run::begin("r", 0);
    let cues: Vec<_> = std::iter::from_fn(|| run.step(&scene, 0)).collect();
    assert_eq!(cues.len(), scene.steps.len());
    assert_eq!(cues[4].about.as_ref(), Some(&cues[3].id));
    assert_eq!(cues[5].about.as_ref(), Some(&cues[3].id));
    assert_eq!(cues[5].text, Some("five"));
    assert!(cues.iter().all(|cue| is_uuid(&cue.id)));
    assert!(run.is_paused() && run.is_over(&scene));
}

#[test]
fn a_seed_decides_what_is_said() {
    let words = |seed| {
        let scene = Scene { seed, ..repeating() };
        let mut run = Run::begin(&format!("run {seed}"), 0);
        let cues = std::iter::from_fn(|| run.step(&scene, 0)).take(200);
        cues.filter_map(|cue| cue.text.map(str::to_owned)).filter(|text| text != "five").collect::<Vec<_>>()
    };
    assert_eq!(words(1), words(1));
    assert_ne!(words(1), words(2));
    let all: BTreeSet<_> = words(1).into_iter().collect();
    assert_eq!(all.len(), 4, "each of them is said at some time");
}

#[test]
fn after_a_long_sleep_nothing_is_left_out_and_distances_stay() {
    let scene = small();
    let mut run = Run::begin("r", 0);
    assert_eq!(run.due(&scene, 600).len(), 3);
    // An hour later only the due act is performed, not all acts of that time.
    let woken = 3_600_000;
    let cues = run.due(&scene, woken);
    assert_eq!(cues.iter().map(|cue| cue.text.is_some()).collect::<Vec<_>>(), [true]);
    assert_eq!(run.due_at(&scene), Some(woken + 500));
    // Slightly late acts are caught up.
    assert_eq!(run.due(&scene, woken + 500 + SCENE_LATE_MS_MAX).len(), 2);
}

#[test]
fn a_speed_that_nobody_can_follow_is_refused() {
    let mut run = Run::begin("r", 0);
    for percent in [0, 49, 401, u64::MAX] {
        assert!(run.set_speed(percent, 0).is_err());
    }
    run.set_speed(400, 0).unwrap();
    assert_eq!((run.at_ms(1_000), run.speed_percent()), (4_000, 400));
}

proptest! {
    #[test]
    fn each_thing_is_done_once_in_order_and_never_too_early(deeds in deeds(), repeats: bool) {
        let scene = Scene { repeats, ..small() };
        let mut run = Run::begin("r", 10_000);
        let (mut now, mut done, mut ids) = (10_000, 0usize, BTreeSet::new());
        for deed in deeds {
            let is_step = matches!(deed, RunAction::Step);
            match deed {
                RunAction::Wait(ms) => now += ms,
                RunAction::WaitUntilDue => {
                    if let Some(at) = run.due_at(&scene).filter(|at| *at > now) {
                        // A moment before, nothing is due; at that time, an act is due or a round begins.
                        prop_assert!(run.clone().due(&scene, at - 1).is_empty());
                        now = at;
                    }
                }
                RunAction::Back(ms) => now = now.saturating_sub(ms),
                RunAction::Pause => run.pause(now),
                RunAction::GoOn => run.go_on(now),
                RunAction::Speed(percent) => run.set_speed(percent, now).unwrap(),
                RunAction::Step => {}
                // The player was away in between, and continues with the stored run.
                RunAction::Sleep => run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap(),
            }
            let was_paused = run.is_paused();
            let cues: Vec<_> = if is_step { run.step(&scene, now).into_iter().collect() } else { run.due(&scene, now) };
            prop_assert!(is_step || !was_paused || cues.is_empty());
            prop_assert!(!is_step || run.is_paused());
            for cue in cues {
                let step = &scene.steps[done % scene.steps.len()];
                prop_assert_eq!((cue.persona, cue.action), (step.persona.as_str(), &step.action));
                prop_assert!(run.at_ms(now) >= step.at_ms || (repeats && done % scene.steps.len() > 0));
                prop_assert!(ids.insert(cue.id), "an id twice");
                done += 1;
            }
            prop_assert!(repeats || done <= scene.steps.len());
        }
    }

    #[test]
    fn whoever_plays_it_again_from_what_was_stored_does_the_same(ticks in prop::collection::vec(0u64..5_000, 1..40)) {
        let scene = repeating();
        let mut run = Run::begin("r", 0);
        let mut now = 0;
        for tick in ticks {
            now += tick;
            let mut again: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
            let first: Vec<_> = run.due(&scene, now);
            prop_assert_eq!(first, again.due(&scene, now));
            prop_assert_eq!(&run, &again);
        }
    }

    #[test]
    fn no_file_makes_it_panic(at in 0..SMALL.len(), other in "[ -~]{0,12}", cut: bool) {
        let end = if cut { SMALL.len() } else { (at + other.len()).min(SMALL.len()) };
        let _ = Scene::read(&[&SMALL[..at], &other, &SMALL[end..]].concat());
    }
}
