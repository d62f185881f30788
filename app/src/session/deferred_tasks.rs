//! Tasks that no page needs to begin with: who is in a group, looking for rooms and messages, drafts on other devices, the next session. Their
//! code comes with the chunk `home`; what is to be done before that waits, and is done in its order.

use super::Session;
use super::drafts::DraftNews;
use super::engine::State;

/// Task of the chunk `home`.
pub(super) enum Errand {
    /// Members of a group are asked for.
    Group(String),
    /// More time is asked for, or the next session.
    Renew,
    /// Public rooms are looked for by a part of their names.
    FindRooms(String),
    /// Messages are searched for; true = more of them.
    Search(bool),
    /// Something concerns drafts.
    Drafts(DraftNews),
}

/// Function that runs the errands, once it is there, and those that wait until then.
#[derive(Default)]
pub(super) struct Errands {
    run: Option<fn(&mut State, Errand)>,
    waiting: Vec<Errand>,
}

impl Session {
    /// The chunk `home` is there.
    pub fn run_errands(self) {
        self.intend(|state| {
            if state.errands.run.is_some() {
                return;
            }
            state.restore_drafts();
            state.errands.run = Some(State::run_errand);
            for errand in std::mem::take(&mut state.errands.waiting) {
                state.run_errand(errand);
            }
        });
    }
}

impl State {
    /// Does something as soon as it can be done.
    pub(super) fn errand(&mut self, errand: Errand) {
        match self.errands.run {
            Some(run) => run(self, errand),
            None => self.errands.waiting.push(errand),
        }
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Group(room) => self.load_group(&room),
            Errand::Renew => self.renew(),
            Errand::FindRooms(part) => self.find_rooms(&part),
            Errand::Search(is_next) => self.search(is_next),
            Errand::Drafts(news) => self.hear_of_drafts(news),
        }
    }
}
