//! Menu of quick texts in the composer (`ux.md` 2.11), once the person has one.

use crate::store::arrangement::ListDialog;
use crate::ui::prelude::*;

lazy_view! {
    talk:
    /// Button and menu, while there are quick texts. `insert` writes a text at the caret.
    pub fn quick_menu(insert: Callback<String>) {
        let session = use_session();
        let popover = Popover::new("[role=menuitem]");
        let has_some = move || session.arrangement.with(|all| !all.quick_texts.is_empty());
        when(has_some, move || popover.anchored(button(popover), move || menu(popover, insert))).erase()
    }
}

fn button(popover: Popover) -> ErasedView {
    view! {
        <button
            class="fmt"
            type="button"
            data-kind="quick"
            aria-haspopup="menu"
            aria-expanded=aria_bool(move || popover.is_open.get())
            aria-label=said!(quick.title)
            title=said!(quick.title)
            on:click=handler(move |_| popover.toggle())
        >
            {icon("ic-menu", "16")}
        </button>
    }
    .client_only()
}

fn menu(popover: Popover, insert: Callback<String>) -> ErasedView {
    let session = use_session();
    let item = |text: String| {
        let shown = text.clone();
        let choose = move |_| {
            popover.close();
            insert.run(text.clone());
        };
        view! {
            <button class="menu-item" type="button" role="menuitem" tabindex="-1" on:click=handler(choose)>
                <span class="clip" dir="auto">{shown}</span>
            </button>
        }
        .client_only()
    };
    let texts = session.arrangement.with_untracked(|all| all.quick_texts.clone());
    let items: Vec<ErasedView> = texts.into_iter().map(|known| item(known.text)).collect();
    let change = move || session.list_dialog.set(ListDialog::QuickTexts);
    view! {
        <div class="menu quick-menu" role="menu" aria-label=said!(quick.title)>
            {items}
            {popover.item("ic-pencil", said!(quick.change), change)}
        </div>
    }
    .client_only()
}
