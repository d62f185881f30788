//! Parts of a page whose type is forgotten, with as little code for each as can be: every browser that loads the page
//! pays for it. (`AnyView` prepares each view for lazy loading and for being compared with its predecessor as well.)
//! Together with
//! `components::live` this halved the page. The server's twin is `part_on_server`: one writes the document
//! that the other expects.
//!
//! Where one part takes the place of another it is built anew, so what changes often should be a text or an attribute
//! in it.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Mountable, Position, PositionState};

/// Makes a part of a view.
pub trait IntoPart {
    /// Forgets the type of the view.
    fn part(self) -> Part;

    /// The same for what is never in the server's document, because it appears only after the browser took over.
    fn late_part(self) -> Part;
}

impl<V> IntoPart for V
where
    V: RenderHtml + Send + 'static,
    V::State: 'static,
{
    fn part(self) -> Part {
        Part(Box::new(Early(self)))
    }

    fn late_part(self) -> Part {
        Part(Box::new(Late(self)))
    }
}

/// A view whose type is forgotten.
pub struct Part(Box<dyn Make>);

/// What is left of a view when its type is forgotten.
trait Make: Send {
    fn build(self: Box<Self>) -> PartState;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PartState;
}

struct Early<V>(V);

impl<V> Make for Early<V>
where
    V: RenderHtml + Send,
    V::State: 'static,
{
    fn build(self: Box<Self>) -> PartState {
        PartState::new(self.0.build(), V::EXISTS)
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PartState {
        let inside = Box::new(self.0.hydrate::<true>(cursor, position));
        let placeholder = (!V::EXISTS).then(|| cursor.next_placeholder(position));
        PartState { inside, placeholder }
    }
}

struct Late<V>(V);

impl<V> Make for Late<V>
where
    V: RenderHtml + Send,
    V::State: 'static,
{
    fn build(self: Box<Self>) -> PartState {
        PartState::new(self.0.build(), V::EXISTS)
    }

    /// There is nothing of it in the document.
    fn hydrate(self: Box<Self>, _cursor: &Cursor, _position: &PositionState) -> PartState {
        self.build()
    }
}

/// A part in the document. One without elements of its own keeps its place by a comment.
pub struct PartState {
    inside: Box<dyn Mountable>,
    placeholder: Option<Placeholder>,
}

impl PartState {
    fn new(inside: impl Mountable + 'static, exists: bool) -> Self {
        Self { inside: Box::new(inside), placeholder: (!exists).then(Rndr::create_placeholder) }
    }
}

impl Mountable for PartState {
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

impl Render for Part {
    type State = PartState;

    fn build(self) -> PartState {
        self.0.build()
    }

    fn rebuild(self, state: &mut PartState) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

/// Attributes belong to elements: a part takes none.
impl AddAnyAttr for Part {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl RenderHtml for Part {
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

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> PartState {
        self.0.hydrate(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
