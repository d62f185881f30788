//! The scenes that come with the product.

use std::sync::OnceLock;

use super::{Scene, SceneError};

/// Their files in `scenes/`, in the order presenters see them.
pub const CATALOGUE: [&str; 6] = [
    include_str!("../../../../scenes/en-harbour-night.json"),
    include_str!("../../../../scenes/en-five-voices.json"),
    include_str!("../../../../scenes/de-umzug.json"),
    include_str!("../../../../scenes/de-fuenf-stimmen.json"),
    include_str!("../../../../scenes/fr-pique-nique.json"),
    include_str!("../../../../scenes/fr-cinq-voix.json"),
];

/// All of them.
/// Errors: One of the files is no scene; a test keeps that from happening.
pub fn catalogue() -> Result<Vec<Scene>, SceneError> {
    CATALOGUE.into_iter().map(Scene::read).collect()
}

pub fn find(id: &str) -> Option<&'static Scene> {
    scenes().iter().find(|scene| scene.id == id)
}

/// All of them, read once.
pub fn scenes() -> &'static [Scene] {
    static SCENES: OnceLock<Vec<Scene>> = OnceLock::new();
    SCENES.get_or_init(|| catalogue().unwrap_or_default())
}
