//! What the Worker says to a room about the demo room that it is (`docs/protocol/demo.md`).

use protocol::demo::{Lease, SceneAct, Ways, Wish};
use protocol::ids::UserId;
use serde::{Deserialize, Serialize};

/// To a room (`/demo-make`): be a demo room from now on. `CONFLICT` when the code is somebody's.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeDemoCall {
    /// Canonical room id.
    pub room: String,
    /// Its code, as it is shown.
    pub code: String,
    /// `en` or `de`.
    pub language: String,
    /// Whoever presents.
    pub presenter: Lease,
}

/// To a room (`/demo`): something that concerns the demo room. `NOT_FOUND` when it is none. Answer: JSON text.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoCall {
    /// Canonical room id.
    pub room: String,
    /// Who asks; nobody in particular before they have come.
    pub by: Option<UserId>,
    /// What.
    pub what: DemoWhat,
}

/// See [`DemoCall`].
#[derive(Debug, Serialize, Deserialize)]
pub enum DemoWhat {
    /// What somebody may know who is about to come.
    Look,
    /// Whether somebody could come so.
    May(Wish),
    /// Somebody comes.
    Join(Wish, Lease),
    /// How everything is, for whoever is in it.
    State,
    /// The presenter decides.
    Change(Ways),
    /// The presenter sends somebody away. Answer: who went, or null.
    Kick(UserId),
    /// The presenter begins anew.
    Reset,
    /// The presenter plays a scene.
    Scene(SceneAct),
    /// The presenter ends it. Answer: everybody who was in it.
    End,
    /// What is counted.
    Numbers,
}
