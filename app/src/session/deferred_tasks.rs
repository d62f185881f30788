//! Tasks that no page needs to begin with: who is in a group, looking for rooms and messages, drafts on other devices, the next session. Their
//! code comes with the chunk `home`; what is to be done before that waits, and is done in its order.

use super::Session;
use super::draft_event::DraftEvent;
use super::engine::State;

/// Task whose code comes with the chunk `home`.
pub(super) enum DeferredTask {
    /// Members of a group are asked for.
    Group(String),
    /// More time is asked for, or the next session.
    Renew,
    /// Public rooms are looked for by a part of their names.
    FindRooms(String),
    /// Messages are searched for; true = more of them.
    Search(bool),
    /// Something concerns drafts.
    Drafts(DraftEvent),
}

/// Function that runs deferred tasks, once it is there, and the tasks that wait until then.
#[derive(Default)]
pub(super) struct DeferredTasks {
    run: Option<fn(&mut State, DeferredTask)>,
    waiting: Vec<DeferredTask>,
}

impl Session {
    /// The chunk `home` is there.
    pub fn run_deferred_tasks(self) {
        self.intend(|state| {
            if state.deferred_tasks.run.is_some() {
                return;
            }
            state.restore_drafts();
            state.deferred_tasks.run = Some(State::run_deferred_task);
            for task in std::mem::take(&mut state.deferred_tasks.waiting) {
                state.run_deferred_task(task);
            }
        });
    }
}

impl State {
    /// Runs a task now, or as soon as its code is there.
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
            DeferredTask::FindRooms(part) => self.find_rooms(&part),
            DeferredTask::Search(is_next) => self.search(is_next),
            DeferredTask::Drafts(event) => self.handle_draft_event(event),
        }
    }
}
