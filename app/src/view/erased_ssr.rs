//! Erased views on the server: they write themselves once, at once. The boot state of a page is loaded before its views are made.
//!
//! `AnyView` would add code to wait and to stream for each view, which made the Worker half as large again. The browser compiles `erased`
//! instead, which hydrates the document that is written here.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};

/// Conversion of a view into an [`ErasedView`].
pub trait IntoErased {
    /// Erases the type of the view.
    fn erase(self) -> ErasedView;

    /// Returns an empty view: a view that appears after hydration is neither in the server's document nor in the Worker.
    fn client_only(self) -> ErasedView;
}

impl<V: RenderHtml + Send + 'static> IntoErased for V {
    fn erase(self) -> ErasedView {
        ErasedView(Box::new(Rendered(self)))
    }

    fn client_only(self) -> ErasedView {
        ErasedView(Box::new(ClientOnly))
    }
}

/// Returns an empty view; the code of the view is not compiled.
pub fn client_only<V>(_view: impl FnOnce() -> V) -> ErasedView {
    ErasedView(Box::new(ClientOnly))
}

/// Renders a view once.
pub fn choice(view: Box<dyn FnMut() -> ErasedView + Send>) -> ErasedView {
    view.erase()
}

pub struct ErasedView(Box<dyn DynView>);

trait DynView: Send {
    fn dry_resolve(&mut self);
    fn write(
        self: Box<Self>,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    );
}

/// View that only the browser makes.
struct ClientOnly;

impl DynView for ClientOnly {
    fn dry_resolve(&mut self) {}

    fn write(
        self: Box<Self>,
        _buf: &mut String,
        _position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
    }
}

struct Rendered<V>(V);

impl<V: RenderHtml + Send> DynView for Rendered<V> {
    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    fn write(
        self: Box<Self>,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        if !V::EXISTS {
            // The browser looks for a comment in the place of an absent element.
            buf.push_str("<!--<() />-->");
        }
    }
}

impl Render for ErasedView {
    type State = ();

    /// The server has no live document.
    fn build(self) -> Self::State {}

    fn rebuild(self, _state: &mut Self::State) {}
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

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.write(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, _cursor: &Cursor, _position: &PositionState) -> Self::State {}

    fn into_owned(self) -> Self {
        self
    }
}
