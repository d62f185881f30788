//! Files of a message: each a link that says its name and how large it is.

use leptos::prelude::*;
use protocol::client::FileShown;

use super::live::text;
use crate::browser::later::later_view;
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{said, t_string, use_i18n};

/// Sizes are told in these.
const KILOBYTE: u64 = 1_000;

later_view! {
    talk:
    /// The files of one message, which never change.
    pub fn attached_files(files: Vec<FileShown>) {
        let i18n = use_i18n();
        let files: Vec<Part> = files.into_iter().map(file).collect();
        view! { <ul class="attached-files" aria-label=said!(i18n, talk.files)>{files.late_part()}</ul> }.late_part()
    }
}

/// Opens in a tab of its own: what is no picture is written down by the browser.
fn file(file: FileShown) -> Part {
    let i18n = use_i18n();
    let FileShown { id, name, size, alt, .. } = file;
    let words = move || t_string!(i18n, talk.file, name = name.clone(), size = size.div_ceil(KILOBYTE));
    view! {
        <li>
            <a href=format!("/api/files/{id}") target="_blank" rel="noopener" title=alt>
                {text(words)}
            </a>
        </li>
    }
    .late_part()
}
