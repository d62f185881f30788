//! Erased views: views of one type, with as little code for each as possible, because every browser that loads the page pays for it.
//! (`AnyView` also prepares each view for lazy loading and for comparison with its predecessor.) Together with `view::bindings`, this
//! halved the page. The server compiles `erased_ssr` instead, which writes the document that this file expects.
//!
//! A replaced view is built again, so frequent changes should be texts or attributes inside a view.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Mountable, Position, PositionState};

/// Conversion of a view into an [`ErasedView`].
pub trait IntoErased {
    /// Erases the type of the view.
    fn erase(self) -> ErasedView;

    /// Erases the type of a view that is never in the server's document, because it appears after hydration.
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

/// Calls [`IntoErased::client_only`] for a view that the server cannot even make.
pub fn client_only<V: IntoErased>(view: impl FnOnce() -> V) -> ErasedView {
    view().client_only()
}

/// View with an erased type.
pub struct ErasedView(pub(super) Box<dyn DynView>);

/// Renders a view that is built again when its signals change.
pub fn choice(view: Box<dyn FnMut() -> ErasedView + Send>) -> ErasedView {
    ErasedView(Box::new(Choice(view)))
}

/// Operations of an erased view.
pub(super) trait DynView: Send {
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

    /// The document contains nothing of the view.
    fn hydrate(self: Box<Self>, _cursor: &Cursor, _position: &PositionState) -> ErasedState {
        self.build()
    }
}

struct Choice(Box<dyn FnMut() -> ErasedView + Send>);

impl Choice {
    /// Makes the first view, which is taken from the document if there is one.
    fn start(mut self, place: Option<(&Cursor, &PositionState)>) -> ErasedState {
        let mut place = place.map(|(cursor, position)| (cursor.clone(), position.clone()));
        ErasedState::of_effect(RenderEffect::new(move |state: Option<ErasedState>| {
            let view = (self.0)();
            match (state, place.take()) {
                (Some(mut state), _) => {
                    view.rebuild(&mut state);
                    state
                }
                (None, Some((cursor, position))) => view.hydrate::<true>(&cursor, &position),
                (None, None) => view.build(),
            }
        }))
    }
}

impl DynView for Choice {
    fn build(self: Box<Self>) -> ErasedState {
        self.start(None)
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> ErasedState {
        self.start(Some((cursor, position)))
    }
}

/// Effect that holds views. A dropped `RenderEffect` keeps its value until its task has ended, some turns of the executor later. Until then
/// the effects inside would run, and read signals whose owner is disposed. So the value is dropped at once.
struct Held<T: Mountable + 'static>(RenderEffect<T>);

impl<T: Mountable> Drop for Held<T> {
    fn drop(&mut self) {
        drop(self.0.take_value());
    }
}

impl<T: Mountable> Mountable for Held<T> {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

/// Erased view in the document. A view without elements marks its place with a comment.
pub struct ErasedState {
    pub(super) inside: Box<dyn Mountable>,
    pub(super) placeholder: Option<Placeholder>,
}

impl ErasedState {
    fn new(inside: impl Mountable + 'static, exists: bool) -> Self {
        Self { inside: Box::new(inside), placeholder: (!exists).then(Rndr::create_placeholder) }
    }

    /// Makes the state of views that an effect replaces.
    pub(super) fn of_effect<T: Mountable + 'static>(effect: RenderEffect<T>) -> Self {
        Self { inside: Box::new(Held(effect)), placeholder: None }
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

    /// The browser writes no document.
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
