//! Lists of erased views, whose rows follow their entries. The server compiles `list_ssr` instead, which writes the rows that this file
//! hydrates.

use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Mountable, Position, PositionState};

use super::entries::{Entries, Entry};
use super::erased::{DynView, ErasedState, ErasedView};

/// Renders a list whose entries keep their elements, focus and selection while they stay, whatever changes around them. (`<For>` removes
/// and inserts rows when several are added before them, and is twice the code.)
pub fn list(entries: Entries) -> ErasedView {
    ErasedView(Box::new(List(entries)))
}

struct List(Entries);

impl List {
    /// Makes the first rows, which are taken from the document if there is one.
    fn start(self, place: Option<(&Cursor, &PositionState)>) -> ErasedState {
        let owner = Owner::current().unwrap_or_default();
        let mut place = place.map(|(cursor, position)| (cursor.clone(), position.clone()));
        ErasedState::of_effect(RenderEffect::new(move |rows: Option<Rows>| {
            let entries = (self.0)();
            untrack(|| match (rows, place.take()) {
                (Some(mut rows), _) => {
                    rows.take(&owner, entries);
                    rows
                }
                (None, Some((cursor, position))) => {
                    let hydrated = |view: ErasedView| view.hydrate::<true>(&cursor, &position);
                    let rows = entries.into_iter().map(|entry| ListRow::new(&owner, entry, &hydrated)).collect();
                    let end = cursor.next_placeholder(&position);
                    position.set(Position::NextChild);
                    Rows { rows, end }
                }
                (None, None) => {
                    let rows =
                        entries.into_iter().map(|entry| ListRow::new(&owner, entry, &ErasedView::build)).collect();
                    Rows { rows, end: Rndr::create_placeholder() }
                }
            })
        }))
    }
}

impl DynView for List {
    fn build(self: Box<Self>) -> ErasedState {
        self.start(None)
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> ErasedState {
        self.start(Some((cursor, position)))
    }
}

/// Entry in the document.
struct ListRow {
    key: u64,
    view: ErasedState,
    owner: Owner,
}

impl ListRow {
    fn new(owner: &Owner, entry: Entry, build: &dyn Fn(ErasedView) -> ErasedState) -> Self {
        let owner = owner.child();
        let view = owner.with(|| build((entry.build)()));
        Self { key: entry.key, view, owner }
    }
}

/// List in the document; a comment marks its end.
struct Rows {
    rows: Vec<ListRow>,
    end: Placeholder,
}

impl Rows {
    fn take(&mut self, owner: &Owner, entries: Vec<Entry>) {
        self.rows.retain_mut(|row| {
            let stays = entries.iter().any(|entry| entry.key == row.key);
            if !stays {
                row.view.unmount();
                row.owner.cleanup();
            }
            stays
        });
        // Rows that go further down. They alone move: an element that is inserted again loses its focus and a press that has begun.
        let mut later: Vec<ListRow> = Vec::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let mut row = match self.rows[at..].iter().position(|row| row.key == entry.key) {
                Some(0) => continue,
                Some(1) => {
                    later.push(self.rows.remove(at));
                    continue;
                }
                Some(ahead) => self.rows.remove(at + ahead),
                None => match later.iter().position(|row| row.key == entry.key) {
                    Some(known) => later.remove(known),
                    None => ListRow::new(owner, entry, &ErasedView::build),
                },
            };
            match self.rows.get(at) {
                Some(next) => next.view.insert_before_this(&mut row.view),
                None => self.end.insert_before_this(&mut row.view),
            };
            self.rows.insert(at, row);
        }
    }
}

impl Mountable for Rows {
    fn unmount(&mut self) {
        self.rows.iter_mut().for_each(|row| row.view.unmount());
        self.end.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.rows.iter_mut().for_each(|row| row.view.mount(parent, marker));
        self.end.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match self.rows.first() {
            Some(row) => row.view.insert_before_this(child),
            None => self.end.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        self.rows.iter().flat_map(|row| row.view.elements()).collect()
    }
}
