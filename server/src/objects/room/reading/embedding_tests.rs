//! Promises of the row of an embedding (`embed.md` 5).

use protocol::machines::room::GroupStore;

use super::*;
use crate::objects::room::tests::{count, room, slept};

fn embedding(mode: EmbedMode) -> Embedding {
    let origins = ["https://blog.example", "https://b.example:8443"].map(str::to_owned).into();
    Embedding { origins, mode }
}

#[test]
fn a_permission_is_kept_to_the_letter_and_another_one_takes_its_place() {
    let mut store = room();
    assert_eq!(store.embedding(), Ok(None));
    for mode in [EmbedMode::Read, EmbedMode::Guest] {
        store.save_embedding(Some(&embedding(mode))).unwrap();
        assert_eq!(slept(&store).embedding(), Ok(Some(embedding(mode))));
    }
    assert_eq!(count(&store, "embedding"), 1);
    store.save_embedding(None).unwrap();
    assert_eq!(store.embedding(), Ok(None));
}

#[test]
fn the_permission_goes_with_its_group() {
    let mut store = room();
    store.save_embedding(Some(&embedding(EmbedMode::Read))).unwrap();
    store.erase().unwrap();
    assert_eq!(count(&store, "embedding"), 0);
}
