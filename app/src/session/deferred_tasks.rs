//! Tasks that a page does not need at its start: group members, searches for rooms and messages, drafts and arrangement on other devices, the
//! next session. Their code is in the chunk `home`; earlier tasks wait for it in order. The page has the types of this file from its start.

use protocol::people::draft::Draft;
use protocol::people::home::{HomeDevice, HomePage};
use protocol::words::event::Millis;

use super::Session;
use super::engine::State;
use crate::browser::passkeys;
use crate::browser::timer::Timer;
use crate::store::arrangement::Arrangement;
use crate::store::find::FindCommand;
use crate::store::home_fields::Fields;

/// Task whose code is in the chunk `home`.
pub(super) enum DeferredTask {
    /// Loads the members of a group.
    Group(String),
    /// Requests more time, or the next session.
    Renew,
    /// Goes on in the session that took the place of this one in the same browser.
    Follow,
    /// Searches public rooms by a part of their names.
    FindRooms(String),
    /// Carries out a command of the search for messages in this room, or in all of them.
    Find(Option<String>, FindCommand),
    /// Reports something about the passkeys of the account to the browser.
    Passkeys(&'static str, String),
    Drafts(DraftEvent),
    /// Handles an event about what the account arranges.
    Home(HomeEvent),
}

/// Function that runs deferred tasks, once it is loaded, and the tasks that wait for it.
#[derive(Default)]
pub(super) struct DeferredTasks {
    run: Option<fn(&mut State, DeferredTask)>,
    waiting: Vec<DeferredTask>,
}

impl Session {
    /// Runs the deferred tasks, because the chunk `home` is loaded.
    pub fn run_deferred_tasks(self) {
        self.run(|state| {
            if state.deferred_tasks.run.is_some() {
                return;
            }
            state.restore_drafts();
            state.deferred_tasks.run = Some(State::run_deferred_task);
            // The person may arrange something before the first look-up, or without a network.
            state.dispatch_home_event(HomeEvent::Begin);
            for task in std::mem::take(&mut state.deferred_tasks.waiting) {
                state.run_deferred_task(task);
            }
        });
    }
}

impl State {
    /// Runs a task now, or as soon as its code is loaded.
    pub(super) fn run_or_defer(&mut self, task: DeferredTask) {
        match self.deferred_tasks.run {
            Some(run) => run(self, task),
            None => self.deferred_tasks.waiting.push(task),
        }
    }

    fn run_deferred_task(&mut self, task: DeferredTask) {
        match task {
            DeferredTask::Group(room) => self.load_group(&room),
            DeferredTask::Renew => self.renew(),
            DeferredTask::Follow => self.follow(),
            DeferredTask::FindRooms(part) => self.find_rooms(&part),
            DeferredTask::Find(room, command) => self.find(room.as_deref(), command),
            DeferredTask::Passkeys(name, members) => passkeys::report(name, &self.own_id, &members),
            DeferredTask::Drafts(event) => self.handle_draft_event(event),
            DeferredTask::Home(event) => self.handle_home_event(event),
        }
    }
}

pub(super) enum DraftEvent {
    /// Compares the drafts with the server's.
    Load,
    /// Drafts of an earlier page were loaded late: those of these rooms, in which nothing has been written since.
    Restored(Vec<String>),
    /// A draft was changed or emptied here at a time. Its text is in the room, or stored.
    Written { room: String, is_empty: bool, now: Millis },
    /// Another device reports its draft.
    Received(Draft),
    /// Sends all due drafts to the server.
    Due(Millis),
    /// Sends the draft of a room now.
    Send(String),
    /// Sends the drafts of all rooms, because the person may be leaving.
    Leave,
}

pub(super) enum HomeEvent {
    /// Loads the words that an earlier page knew.
    Begin,
    /// Looks up what other devices have arranged.
    Load,
    /// The server has words up to this version.
    Heard(u64),
    /// Something was arranged here.
    Changed,
}

/// State of the fields of this device.
#[derive(Default)]
pub(super) struct HomeState {
    /// Arrangement of the list as the page found it when it began.
    pub(super) found: Arrangement,
    /// Words that the device knows; `None` before they are loaded.
    pub(super) device: Option<HomeDevice>,
    /// Fields as they were compared last: what differs from them was changed here.
    pub(super) compared: Fields,
    /// Pages of a look-up that is not complete. The device knows their words once it is, and applies them at once.
    pub(super) pages: Option<HomePage>,
    /// Largest version that a frame has named since the last look-up was sent.
    pub(super) heard: u64,
    /// A call is not answered yet.
    pub(super) is_asking: bool,
    /// Next try after a call that failed.
    pub(super) retry: Timer,
    /// The last call was such a try, or waits for it.
    pub(super) has_retried: bool,
    /// Values are being applied, so changes are not the person's.
    pub(super) is_applying: bool,
}
