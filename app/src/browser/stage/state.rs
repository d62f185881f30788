//! State of the stage: the people at its devices, and the events and figures since the page began.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::figures::Figures;
use super::people::{StageSession, StageSetup};
use super::reader::StageReader;

/// State of the page.
pub struct Stage {
    /// Presenter, who may control the room; `None` if another person shows this page.
    pub presenter: Option<StageSession>,
    /// People who sit at the devices.
    pub devices: [StageSession; 2],
    /// The room's language.
    pub language: String,
    /// One reader for each device.
    pub readers: RefCell<Vec<Rc<StageReader>>>,
    /// Figures that were measured.
    pub figures: RefCell<Figures>,
    /// Ids of people whose names are shown: personas and the presenter. The names of other people are private.
    pub named: RefCell<Vec<String>>,
    /// The kill of the server is running.
    pub is_on: Cell<bool>,
}

impl Stage {
    /// Makes the stage before its first event.
    pub fn new(StageSetup { presenter, devices, language }: StageSetup) -> Self {
        Self {
            presenter,
            devices,
            language,
            readers: RefCell::default(),
            figures: RefCell::default(),
            named: RefCell::default(),
            is_on: Cell::new(false),
        }
    }

    /// Returns the person whose session requests the public state of the room.
    pub fn asker(&self) -> &StageSession {
        self.presenter.as_ref().unwrap_or(&self.devices[0])
    }

    /// Returns the code of the room.
    pub fn code(&self) -> &str {
        &self.devices[0].code
    }
}
