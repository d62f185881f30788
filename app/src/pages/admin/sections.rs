//! Frame of `/admin`: its sections, one below the other, and links to them, which stay in view. The document has all sections, so that the
//! page can be searched and printed, and needs no script.

use crate::prelude::*;

/// Section of the page.
pub struct Section {
    /// Id of the section, which is the fragment of its address.
    pub id: &'static str,
    /// A wrong field of the section has the id in its place.
    pub is_at_field: bool,
    pub link: &'static str,
    pub title: &'static str,
    pub content: ErasedView,
}

/// Sections with the links to them.
#[component]
pub fn Sections(
    /// Accessible name of the links.
    label: &'static str,
    sections: Vec<Section>,
) -> impl IntoView {
    let link = |section: &Section| {
        let (href, link) = (format!("#{}", section.id), section.link);
        view! { <a href=href>{link}</a> }
    };
    let links: Vec<_> = sections.iter().map(link).collect();
    let sections: Vec<ErasedView> = sections.into_iter().map(framed).collect();
    view! {
        <div class="admin-parts">
            <nav class="admin-nav" aria-label=label>
                {links}
            </nav>
            <div class="admin-sections">{sections}</div>
        </div>
    }
}

fn framed(section: Section) -> ErasedView {
    let Section { id, is_at_field, title, content, .. } = section;
    let heading = format!("{id}-heading");
    view! {
        <section id=(!is_at_field).then_some(id) aria-labelledby=heading>
            <h2 id=heading.clone()>{title}</h2>
            {content}
        </section>
    }
    .erase()
}
