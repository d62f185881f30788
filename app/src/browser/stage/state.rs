//! State of the stage: the people at its devices, and what was heard and measured since the page began.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::figures::Figures;
use super::people::{StageSession, StageSetup};
use super::reader::StageReader;

/// Everything the page knows.
pub struct Stage {
    /// Presenter, who may move the room; `None` where somebody else shows this page.
    pub presenter: Option<StageSession>,
    /// People who sit at the devices.
    pub devices: [StageSession; 2],
    /// The room's language.
    pub language: String,
    /// One for each device.
    pub readers: RefCell<Vec<Rc<StageReader>>>,
    /// Figures that were measured.
    pub figures: RefCell<Figures>,
    /// Ids of people whose names are shown: characters, and the presenter. Others came with names of their own.
    pub named: RefCell<Vec<String>>,
    /// The plug is being pulled.
    pub is_on: Cell<bool>,
}

impl Stage {
    /// A stage on which nothing has happened yet.
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

    /// Returns the person who asks for what everybody in the room may know.
    pub fn asker(&self) -> &StageSession {
        self.presenter.as_ref().unwrap_or(&self.devices[0])
    }

    /// Code of the room.
    pub fn code(&self) -> &str {
        &self.devices[0].code
    }
}
