//! Erased views: views of one type, with as little code for each as can be, because every browser that loads the page pays for it.
//! (`AnyView` also prepares each view for lazy loading and for being compared with its predecessor.) Together with
//! `view::bindings` this halved the page. The server compiles `erased_ssr` instead, which writes the document
//! that this file expects.
//!
//! A view that replaces another is built anew, so what changes often should be a text or an attribute in it.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Mountable, Position, PositionState};

use super::bindings::{Entries, Entry};

/// Conversion of a view into an [`ErasedView`].
pub trait IntoErased {
    /// Erases the type of the view.
    fn erase(self) -> ErasedView;

    /// The same for what is never in the server's document, because it appears only after the browser took over.
    fn client_only(self) -> ErasedView;
}

impl<V> IntoErased for V
where
    V: RenderHtml + Send + 'static,
    V::State: 'static,
{
    fn erase(self) -> ErasedView {
        ErasedView(Box::new(Hydrated(self)))
    }

    fn client_only(self) -> ErasedView {
        ErasedView(Box::new(ClientOnly(self)))
    }
}

/// [`IntoErased::client_only`] of a view that the server need not even be able to make.
pub fn client_only<V: IntoErased>(view: impl FnOnce() -> V) -> ErasedView {
    view().client_only()
}

/// A view whose type is erased.
pub struct ErasedView(Box<dyn DynView>);

/// Operations of an erased view.
trait DynView: Send {
    fn build(self: Box<Self>) -> ErasedState;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> ErasedState;
}

struct Hydrated<V>(V);

impl<V> DynView for Hydrated<V>
where
    V: RenderHtml + Send,
    V::State: 'static,
{
    fn build(self: Box<Self>) -> ErasedState {
        ErasedState::new(self.0.build(), V::EXISTS)
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> ErasedState {
        let inside = Box::new(self.0.hydrate::<true>(cursor, position));
        let placeholder = (!V::EXISTS).then(|| cursor.next_placeholder(position));
        ErasedState { inside, placeholder }
    }
}

struct ClientOnly<V>(V);

impl<V> DynView for ClientOnly<V>
where
    V: RenderHtml + Send,
    V::State: 'static,
{
    fn build(self: Box<Self>) -> ErasedState {
        ErasedState::new(self.0.build(), V::EXISTS)
    }

    /// There is nothing of it in the document.
    fn hydrate(self: Box<Self>, _cursor: &Cursor, _position: &PositionState) -> ErasedState {
        self.build()
    }
}

/// A list whose entries keep their elements, focus and selection while they stay, whatever comes or goes around them. (`<For>`
/// takes rows out and in again when several come before them, and is twice the code.)
pub fn list(entries: Entries) -> ErasedView {
    ErasedView(Box::new(List(entries)))
}

struct List(Entries);

impl List {
    /// Rows that are made at once are taken from the document, if there is one.
    fn start(self, place: Option<(&Cursor, &PositionState)>) -> ErasedState {
        let owner = Owner::current().unwrap_or_default();
        let mut place = place.map(|(cursor, position)| (cursor.clone(), position.clone()));
        let inside = RenderEffect::new(move |rows: Option<Rows>| {
            let entries = (self.0)();
            untrack(|| match (rows, place.take()) {
                (Some(mut rows), _) => {
                    rows.take(&owner, entries);
                    rows
                }
                (None, Some((cursor, position))) => {
                    let hydrated = |view: ErasedView| view.0.hydrate(&cursor, &position);
                    let rows = entries.into_iter().map(|entry| Row::new(&owner, entry, &hydrated)).collect();
                    let end = cursor.next_placeholder(&position);
                    position.set(Position::NextChild);
                    Rows { rows, end }
                }
                (None, None) => {
                    let rows = entries.into_iter().map(|entry| Row::new(&owner, entry, &ErasedView::build)).collect();
                    Rows { rows, end: Rndr::create_placeholder() }
                }
            })
        });
        ErasedState { inside: Box::new(inside), placeholder: None }
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

/// An entry in the document.
struct Row {
    key: u64,
    view: ErasedState,
    owner: Owner,
}

impl Row {
    fn new(owner: &Owner, entry: Entry, build: &dyn Fn(ErasedView) -> ErasedState) -> Self {
        let owner = owner.child();
        let view = owner.with(|| build((entry.build)()));
        Self { key: entry.key, view, owner }
    }
}

/// A list in the document; a comment is its end.
struct Rows {
    rows: Vec<Row>,
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
        for (at, entry) in entries.into_iter().enumerate() {
            let mut row = match self.rows[at..].iter().position(|row| row.key == entry.key) {
                Some(0) => continue,
                Some(ahead) => self.rows.remove(at + ahead),
                None => Row::new(owner, entry, &ErasedView::build),
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

/// An erased view in the document. One without elements of its own marks its place with a comment.
pub struct ErasedState {
    inside: Box<dyn Mountable>,
    placeholder: Option<Placeholder>,
}

impl ErasedState {
    fn new(inside: impl Mountable + 'static, exists: bool) -> Self {
        Self { inside: Box::new(inside), placeholder: (!exists).then(Rndr::create_placeholder) }
    }
}

impl Mountable for ErasedState {
    fn unmount(&mut self) {
        self.inside.unmount();
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.unmount();
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.inside.mount(parent, marker);
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.mount(parent, marker);
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.inside.insert_before_this(child)
            || self.placeholder.as_ref().is_some_and(|placeholder| placeholder.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.inside.elements()
    }
}

impl Render for ErasedView {
    type State = ErasedState;

    fn build(self) -> ErasedState {
        self.0.build()
    }

    fn rebuild(self, state: &mut ErasedState) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

/// Attributes belong to elements: an erased view takes none.
impl AddAnyAttr for ErasedView {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl RenderHtml for ErasedView {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    /// No document is written in the browser.
    fn to_html_with_buf(
        self,
        _buf: &mut String,
        _position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> ErasedState {
        self.0.hydrate(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
