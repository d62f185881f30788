//! Promises of the rows of integrations (`integrations.md` 5).

use protocol::machines::room::GroupStore;
use protocol::testing::ODD_TEXTS;

use super::*;
use crate::objects::room::tests::{count, room, slept};

fn integration(id: &str, made_at: u64) -> Integration {
    let [id, name, secret_hash] = [id, "Builds", "5e"].map(str::to_owned);
    let maker = Maker { user: "user_1".to_owned(), visible_from: 5 };
    Integration { id, name, secret_hash, maker, made_at, used_at: None }
}

#[test]
fn integrations_are_kept_to_the_letter_the_oldest_first() {
    let mut store = room();
    for (n, text) in ODD_TEXTS.iter().enumerate() {
        let one = Integration { name: (*text).to_owned(), ..integration(&format!("hook_{n}"), 100 - n as u64) };
        store.save_integration(&one).unwrap();
        assert_eq!(store.integrations().unwrap().first(), Some(&one));
    }
    assert_eq!(slept(&store).integrations().unwrap().len(), ODD_TEXTS.len());
}

#[test]
fn a_use_changes_the_row_and_an_end_removes_it() {
    let mut store = room();
    let one = integration("hook_a", 7);
    store.save_integration(&one).unwrap();
    store.save_integration(&integration("hook_b", 8)).unwrap();
    let used = Integration { used_at: Some(9), ..one };
    store.save_integration(&used).unwrap();
    assert_eq!(store.integrations(), Ok(vec![used, integration("hook_b", 8)]));
    store.forget_integration("hook_a").unwrap();
    assert_eq!(store.integrations(), Ok(vec![integration("hook_b", 8)]));
}

#[test]
fn integrations_go_with_their_group() {
    let mut store = room();
    store.save_integration(&integration("hook_a", 7)).unwrap();
    store.erase().unwrap();
    assert_eq!(count(&store, "integrations"), 0);
}
