//! Parts of a page whose type is forgotten, as the server needs them: they write themselves once, and at once. What a
//! page waits for (its boot) was waited for before its views are made.
//!
//! `AnyView` would bring ways to wait and to stream for each view; with it the Worker was half as large again. The
//! browser compiles `erased` instead, which takes over the document that is written here.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};

use super::bindings::Entries;

/// Makes a part of a view.
pub trait IntoPart {
    /// Forgets the type of the view.
    fn part(self) -> Part;

    /// Nothing: what appears only after the browser took over is not in the server's document, and not in the Worker.
    fn late_part(self) -> Part;
}

impl<V: RenderHtml + Send + 'static> IntoPart for V {
    fn part(self) -> Part {
        Part(Box::new(Whole(self)))
    }

    fn late_part(self) -> Part {
        Part(Box::new(Nothing))
    }
}

/// Nothing; how the view is made is not compiled.
pub fn late<V>(_view: impl FnOnce() -> V) -> Part {
    Part(Box::new(Nothing))
}

/// A list of entries.
pub fn list(entries: Entries) -> Part {
    view! { <For each=entries key=|entry| entry.key children=|entry| (entry.build)() /> }.part()
}

/// A view whose type is forgotten.
pub struct Part(Box<dyn Write>);

/// Operations that are left of a view when its type is forgotten.
trait Write: Send {
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

/// In the place of what comes later.
struct Nothing;

impl Write for Nothing {
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

struct Whole<V>(V);

impl<V: RenderHtml + Send> Write for Whole<V> {
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
            // Where there is no element the browser looks for a comment.
            buf.push_str("<!--<() />-->");
        }
    }
}

impl Render for Part {
    type State = ();

    /// No document lives on the server.
    fn build(self) -> Self::State {}

    fn rebuild(self, _state: &mut Self::State) {}
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
