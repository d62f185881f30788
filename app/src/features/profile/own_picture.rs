//! The person's own picture: picked, cropped to a square and shrunk here, then sent. The server accepts no other form (`files.md` 3).

use leptos::task::spawn_local;
use protocol::codec::json::member;
use protocol::people::names::GUEST_AVATAR;
use protocol::words::limits::AVATAR_PX;

use crate::browser::{Crop, PickedFile, files};
use crate::ui::pictures::styles;
use crate::ui::prelude::*;

/// Canvas on which the square is drawn.
const CANVAS: &str = "own-picture";
/// Media types that can be picked.
const KINDS: &str = "image/png,image/jpeg,image/webp,image/gif,image/avif";
const ZOOM_PERCENT_MAX: u32 = 400;
const MIDDLE: Crop = Crop { zoom_percent: 100, across_percent: 50, down_percent: 50 };

/// Progress of a new picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CropStage {
    Nothing,
    Cutting(u64),
    Sending(u64),
}

/// State of a new picture. Copy it into every closure.
#[derive(Clone, Copy)]
struct PictureState {
    stage: RwSignal<CropStage>,
    crop: RwSignal<Crop>,
    /// Text of the last refusal.
    fault: RwSignal<String>,
    /// Key of the file that was picked last.
    last_picked: StoredValue<u64>,
    /// Number of choices, of own pictures and of tiles.
    choices: StoredValue<u32>,
    /// Callback with the id of an uploaded picture.
    chosen: Callback<String>,
}

lazy_view! {
    files:
    /// Renders the buttons and the crop editor. `chosen` gets the picture's id, unless another picture was chosen in between, which
    /// `choices` counts.
    pub fn own_picture(avatar: RwSignal<String>, choices: StoredValue<u32>, chosen: Callback<String>) {
        let (session, i18n) = (use_session(), use_i18n());
        let (stage, crop) = (RwSignal::new(CropStage::Nothing), RwSignal::new(MIDDLE));
        let (fault, last_picked) = (RwSignal::new(String::new()), StoredValue::new(0));
        let place = PictureState { stage, crop, fault, last_picked, choices, chosen };
        let came = move |picked: Vec<PickedFile>| take_picked(i18n, place, picked);
        let story_value = session.home.story_value.get_untracked();
        if !story_value.is_empty() {
            spawn_local(async move { came(files::drawing_at(story_value).await.into_iter().collect()) });
        }
        // The square is drawn again after each change of the crop.
        Effect::new(move |_| {
            let crop = crop.get();
            if let CropStage::Cutting(key) = stage.get() {
                dom::after_paint(move || spawn_local(async move {
                    files::draw_square(key, CANVAS, crop).await;
                }));
            }
        });
        let has_own = move || avatar.with(|avatar| avatar.starts_with("up_"));
        let pick = handler(move |_| files::pick(KINDS, false, came));
        view! {
            {styles()}
            <div class="own-picture">
                {button(said!(files.choose_picture), pick)}
                {when(has_own, move || removal(place))}
                {when(move || stage.get() != CropStage::Nothing, move || cutting(place))}
                <div class="tray-faults" role="alert">{text(move || fault.get())}</div>
            </div>
        }
        .client_only()
    }
}

/// Counts a choice, and returns its number.
fn count_choice(place: PictureState) -> u32 {
    let choice = place.choices.try_update_value(|number| {
        *number += 1;
        *number
    });
    choice.unwrap_or_default()
}

/// Checks the picked file, and starts the crop of a picture.
fn take_picked(i18n: Texts, place: PictureState, picked: Vec<PickedFile>) {
    let Some(picked) = picked.into_iter().next() else { return };
    place.last_picked.set_value(picked.key);
    spawn_local(async move {
        let is_picture = files::measure(picked.key).await.is_some();
        if place.last_picked.try_get_value() != Some(picked.key) {
            return files::forget(picked.key, "");
        }
        let words = if is_picture { String::new() } else { t_string!(i18n, files.no_picture, name = picked.name) };
        let _ = place.fault.try_set(words);
        if is_picture {
            place.crop.try_set(MIDDLE);
            let _ = place.stage.try_set(CropStage::Cutting(picked.key));
        }
    });
}

/// Uploads the square. Another picture may be cropped or chosen before the answer arrives.
fn take(session: Session, i18n: Texts, place: PictureState) {
    let CropStage::Cutting(key) = place.stage.get_untracked() else { return };
    place.stage.set(CropStage::Sending(key));
    let choice = count_choice(place);
    let csrf = session.csrf.get_value();
    spawn_local(async move {
        let sent = sent(&csrf).await;
        let (is_done, is_last) = (sent.is_some(), place.choices.try_get_value() == Some(choice));
        let is_shown = place.stage.try_get_untracked() == Some(CropStage::Sending(key));
        if let Some(id) = sent.filter(|_| is_last) {
            place.chosen.try_run(id);
        }
        if is_done || !is_shown {
            files::forget(key, "");
        }
        if is_shown {
            let words = if is_done { "" } else { t_string!(i18n, files.not_taken) };
            let _ = place.fault.try_set(words.to_owned());
            let _ = place.stage.try_set(if is_done { CropStage::Nothing } else { CropStage::Cutting(key) });
        }
        // The pressed button is gone or disabled.
        if is_shown && is_last {
            dom::focus_soon(".own-picture .btn");
        }
    });
}

/// Uploads the square, and returns the id of the picture.
async fn sent(csrf: &str) -> Option<String> {
    let drawn = files::drawing(CANVAS).await?;
    let answer = files::send("/api/me/avatar", csrf, &drawn, |_| ()).await;
    files::forget(drawn.key, "");
    member(&answer.ok()?, "avatarId")
}

/// Crop editor: the square, its sliders, and the button that uploads it.
fn cutting(place: PictureState) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let PictureState { stage, crop, .. } = place;
    let sliders = [
        slider(said!(files.zoom), 100, ZOOM_PERCENT_MAX, crop, |crop| &mut crop.zoom_percent),
        slider(said!(files.across), 0, 100, crop, |crop| &mut crop.across_percent),
        slider(said!(files.down), 0, 100, crop, |crop| &mut crop.down_percent),
    ];
    let side = AVATAR_PX.to_string();
    view! {
        <div class="own-cut">
            <canvas id=CANVAS role="img" aria-label=said!(files.cut) width=side.clone() height=side></canvas>
            <div class="own-sliders">{Vec::from(sliders)}</div>
        </div>
        <button
            class="btn"
            type="button"
            disabled=switch(move || matches!(stage.get(), CropStage::Sending(_)))
            on:click=handler(move |_| take(session, i18n, place))
        >
            {said!(files.use_it)}
        </button>
    }
    .client_only()
}

/// Button that removes the own picture.
fn removal(place: PictureState) -> ErasedView {
    let remove = handler(move |_| {
        count_choice(place);
        place.chosen.run(GUEST_AVATAR.to_owned());
    });
    button(said!(files.remove_picture), remove).client_only()
}

/// Slider of the crop, which arrow keys change as well.
fn slider(label: TextBinding, min: u32, max: u32, crop: RwSignal<Crop>, part: fn(&mut Crop) -> &mut u32) -> ErasedView {
    let set = move |event: leptos::ev::Event| {
        if let Ok(number) = event_target_value(&event).parse::<u32>() {
            crop.update(|crop| *part(crop) = number);
        }
    };
    let value = move || {
        let mut now = crop.get();
        part(&mut now).to_string()
    };
    view! {
        <label class="own-slider">
            <span class="label">{label}</span>
            <input
                type="range"
                min=min.to_string()
                max=max.to_string()
                prop:value=text(value)
                aria-valuetext=text(move || format!("{} %", value()))
                on:input=handler(set)
            />
        </label>
    }
    .client_only()
}
