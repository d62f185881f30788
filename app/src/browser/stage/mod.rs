//! Browser half of `/demo/stage` (`demo::stage` renders the page): sessions for two devices, their traffic, measured figures, simulated
//! conditions, and the theatre in which the server is killed. It is a lazy view, so people who chat do not load it.
//!
//! | Module | For |
//! |---|---|
//! | `people` | the room, and the people at the devices |
//! | `reader` | a second socket of one person, which only listens and counts |
//! | `state` | state of the page, with its measured figures |
//! | `meter` | measurements, and participants of the room |
//! | `ticker` | events in words and on the lane |
//! | `frames` | the devices, and their simulated conditions |
//! | `theatre` | the kill of the server, and its proof |
//! | `page` | the document |

mod frames;
mod meter;
mod page;
mod people;
mod reader;
mod state;
mod theatre;
mod ticker;

use std::rc::Rc;

use leptos::task::spawn_local;

use self::reader::{ReaderEvent, StageReader};
use self::state::Stage;
use crate::browser::{ask, device};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view};

/// Returns `true` if the address is the stage's.
pub fn is_here() -> bool {
    device::path() == page::PATH
}

pub fn page() -> ErasedView {
    load_view(opened)
}

lazy_view! {
    stage:
    /// Starts the page; the document already shows all of its content.
    pub fn opened() {
        device::catch_up();
        frames::fit();
        spawn_local(begin());
        ().erase()
    }
}

async fn begin() {
    frames::watch_panels();
    let stage = match people::gather().await {
        Ok(stage) => Rc::new(stage),
        Err(error) => return page::say("problem", &page::refused_word(&error.code)),
    };
    show_room(&stage);
    frames::begin(&stage);
    for number in 0..2 {
        let (device, owner) = (&stage.devices[number], Rc::clone(&stage));
        let reader = StageReader::open(device, move |event| handle_event(&owner, number, event));
        stage.readers.borrow_mut().push(reader);
    }
    meter::begin(&stage);
    theatre::begin(&stage).await;
}

fn show_room(stage: &Stage) {
    let code = stage.code();
    page::say("code-top", code);
    page::say("code", code);
    let host = page::host();
    page::say("address", &format!("{host}/demo"));
    page::set("qr", "src", &format!("/demo/join/{code}/qr.svg"));
    page::show("qr", true);
    for (at, device) in stage.devices.iter().enumerate() {
        page::say(&format!("name-{}", at + 1), &device.user.display_name);
        page::say(&format!("lane-{}", at + 1), &device.user.display_name);
    }
}

/// Handles an event of a reader. Events of the first reader are shown; of the second, only its tally and pings count.
fn handle_event(stage: &Rc<Stage>, number: usize, event: ReaderEvent) {
    match event {
        ReaderEvent::Pong(took_ms) => stage.figures.borrow_mut().answered(took_ms),
        _ if number != 0 => {}
        ReaderEvent::Event(event) => {
            stage.figures.borrow_mut().passed(page::now());
            ticker::event(stage, &event);
        }
        ReaderEvent::Status(person) => ticker::status(stage, &person),
        ReaderEvent::Closed => ticker::plain("ic-warn", &page::word("offline")),
        ReaderEvent::Reset => ticker::plain("ic-warn", &page::word("reset")),
        ReaderEvent::Ended => {
            let stage = Rc::clone(stage);
            spawn_local(async move { ended(&stage).await });
        }
    }
}

/// Shows that the room has ended. If it is still there, only the person at the device was removed, which the log has told.
async fn ended(stage: &Stage) {
    // The request carries no session, because the session has ended.
    if ask::get(&format!("/demo/rooms/{}", stage.code()), "").await.is_ok() {
        return;
    }
    let words = page::word("ended");
    ticker::plain("ic-warn", &words);
    page::say("people", &page::worded("people", 0));
    page::say("door", &words);
    // Nobody can join by the code any more.
    page::show("qr", false);
    page::show("pull", false);
}
