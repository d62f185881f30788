//! Pages of the messenger.
//!
//! The Worker renders `App` (feature `ssr`). The browser hydrates one page of it (feature `hydrate`): the messenger, by `pages::resume`.
//! Router and sign-in page stay on the server. `shell` is the HTML document around the page.

#![recursion_limit = "512"]

pub mod address_wait;
pub mod api;
pub mod appearance;
pub mod boot;
pub mod browser;
pub mod demo;
pub mod features;
pub mod gallery;
pub mod i18n;
pub mod keys;
#[cfg(not(feature = "hydrate"))]
pub mod mail;
pub mod page_files;
pub mod pages;
pub mod prelude;
pub mod proof;
pub mod scripts;
pub mod session;
pub mod shell;
pub mod store;
pub mod structure;
pub mod ui;
pub mod view;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::browser::device;
use crate::demo::{DemoDevicePage, OfflinePage};
use crate::gallery::GalleryPage;
use crate::i18n::Locale;
use crate::pages::{
    ForgotPage, HomePage, MessengerPage, NotFound, PrivacyPage, RecoverPage, ResetPage, SignInPage, UndoPage,
    VerifyPage,
};

/// Application below `<body>`.
///
/// Every page waits for its boot state (`SsrMode::Async`), so that the document is complete and needs no script that moves streamed parts.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/forgot") view=ForgotPage ssr=SsrMode::Async />
                <Route path=path!("/reset") view=ResetPage ssr=SsrMode::Async />
                <Route path=path!("/recover") view=RecoverPage ssr=SsrMode::Async />
                <Route path=path!("/verify") view=VerifyPage ssr=SsrMode::Async />
                <Route path=path!("/undo") view=UndoPage ssr=SsrMode::Async />
                <Route path=path!("/privacy") view=PrivacyPage ssr=SsrMode::Async />
                <Route path=path!("/gallery") view=GalleryPage ssr=SsrMode::Async />
                <Route path=path!("/gallery/*any") view=GalleryPage ssr=SsrMode::Async />
                <Route path=path!("/demo/offline") view=OfflinePage ssr=SsrMode::Async />
                <Route path=path!("/demo/device") view=DemoDevicePage ssr=SsrMode::Async />
                <Route path=path!("/app") view=MessengerPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// Returns the language of the document.
pub fn language() -> Locale {
    let asked = if gallery::is_gallery() { gallery::language() } else { device::root_attribute("lang") };
    Locale::of(&asked.unwrap_or_default())
}
