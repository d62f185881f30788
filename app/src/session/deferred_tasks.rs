//! Tasks that a page does not need at its start: group members, searches for rooms and messages, drafts and arrangement on other devices, the
//! next session.
//! Their code is in the chunk `home`; earlier tasks wait for it in order.

use super::Session;
use super::draft_event::DraftEvent;
use super::engine::State;
use super::home_event::HomeEvent;
use crate::browser::passkeys;
use crate::store::find::FindCommand;

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
    /// Handles an event about drafts.
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
