//! Parts of a page whose type is forgotten, with as little code for each as can be (`into_any` of leptos makes three times
//! as much: it prepares every view for lazy loading and for being compared with its predecessor).
//!
//! A part is built or hydrated at once. Where one takes the place of another it is built anew, so what changes often
//! should be a text or an attribute inside it.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Mountable, Position, PositionState};

/// Makes a part of a view.
pub trait IntoPart {
    /// Forgets the type of the view.
    fn part(self) -> AnyView;

    /// The same for what is never in the server's document, because it appears only after the browser took over.
    fn late_part(self) -> AnyView;
}

impl<V> IntoPart for V
where
    V: RenderHtml + Send + 'static,
    V::Owned: Send,
{
    fn part(self) -> AnyView {
        Part::<V, false>(self).into_any()
    }

    fn late_part(self) -> AnyView {
        Part::<V, true>(self).into_any()
    }
}

struct Part<V, const IS_LATE: bool>(V);

impl<V: Render, const IS_LATE: bool> Render for Part<V, IS_LATE> {
    type State = V::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        let mut new = self.0.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

/// Attributes belong to elements: a part takes none.
impl<V: RenderHtml + Send, const IS_LATE: bool> AddAnyAttr for Part<V, IS_LATE>
where
    V::Owned: Send,
{
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl<V: RenderHtml + Send, const IS_LATE: bool> RenderHtml for Part<V, IS_LATE>
where
    V::Owned: Send,
{
    type AsyncOutput = V::AsyncOutput;
    type Owned = Part<V::Owned, IS_LATE>;

    const MIN_LENGTH: usize = V::MIN_LENGTH;
    const EXISTS: bool = V::EXISTS;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.0.resolve().await
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
    }

    // Once, not again inside of each lazy twin that leptos makes of it.
    #[inline(never)]
    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        if IS_LATE { self.0.build() } else { self.0.hydrate::<FROM_SERVER>(cursor, position) }
    }

    fn into_owned(self) -> Self::Owned {
        Part(self.0.into_owned())
    }
}
