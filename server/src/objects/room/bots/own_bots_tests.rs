//! Promises of the rows of bots (`integrations.md` 7.5).

use protocol::machines::room::{BotCommand, GroupStore};
use protocol::machines::webhook::{DeadLetter, DeadLetterStore};
use protocol::testing::ODD_TEXTS;

use super::*;
use crate::objects::room::tests::{count, room, slept};

fn bot(id: &str, made_at: u64) -> OwnBot {
    OwnBot {
        id: id.to_owned(),
        name: "Ops".to_owned(),
        secret_hash: "5e".to_owned(),
        scopes: BotScope::ALL.to_vec(),
        commands: Vec::new(),
        webhook: None,
        maker: Maker { user: "user_1".to_owned(), visible_from: 5 },
        made_at,
        floor: 3,
    }
}

fn delivery(id: &str, seq: u64) -> BotDelivery {
    BotDelivery { bot: id.to_owned(), seq, due_at: 7, attempts: 0, busy_until: 0 }
}

fn dead(id: &str, seq: u64) -> DeadLetter {
    DeadLetter { hook: id.to_owned(), seq, status: 500, error: "nobody there".to_owned(), attempts: 9, died_at: 7 }
}

#[test]
fn bots_are_kept_to_the_letter_the_oldest_first() {
    let mut store = room();
    for (n, text) in ODD_TEXTS.iter().enumerate() {
        let command = BotCommand { name: "deploy".to_owned(), description: (*text).to_owned() };
        let (url, secret) = ((*text).to_owned(), "whsec_x".to_owned());
        let webhook = BotWebhook { url, secret, made_at: 8, given_up_in_a_row: 4 };
        let one = OwnBot {
            name: (*text).to_owned(),
            scopes: vec![BotScope::Write],
            commands: vec![command],
            webhook: Some(webhook),
            ..bot(&format!("hook_{n}"), 100 - n as u64)
        };
        store.save_own_bot(&one).unwrap();
        assert_eq!(store.own_bots().unwrap().first(), Some(&one));
    }
    assert_eq!(slept(&store).own_bots().unwrap().len(), ODD_TEXTS.len());
}

#[test]
fn the_first_message_waits_for_each_bot() {
    let mut store = room();
    for id in ["hook_a", "hook_b"] {
        store.save_own_bot(&bot(id, 1)).unwrap();
    }
    for (id, seq) in [("hook_a", 9), ("hook_a", 5), ("hook_b", 7)] {
        store.save_bot_delivery(&delivery(id, seq)).unwrap();
    }
    assert_eq!(store.bot_deliveries(), Ok(vec![delivery("hook_a", 5), delivery("hook_b", 7)]));
    let tried = BotDelivery { attempts: 2, busy_until: 99, ..delivery("hook_a", 5) };
    store.save_bot_delivery(&tried).unwrap();
    assert_eq!(slept(&store).bot_deliveries().unwrap().first(), Some(&tried));
    store.forget_bot_delivery("hook_a", Some(5)).unwrap();
    assert_eq!(store.bot_deliveries(), Ok(vec![delivery("hook_a", 9), delivery("hook_b", 7)]));
    store.forget_bot_delivery("hook_b", None).unwrap();
    assert_eq!(store.bot_deliveries(), Ok(vec![delivery("hook_a", 9)]));
}

#[test]
fn a_bot_goes_with_what_waits_for_it_and_with_its_group() {
    let mut store = room();
    for (id, made_at) in [("hook_a", 1), ("hook_b", 2)] {
        store.save_own_bot(&bot(id, made_at)).unwrap();
        store.save_bot_delivery(&delivery(id, 1)).unwrap();
        store.dead_letters_mut().dead_add(&dead(id, 2)).unwrap();
    }
    store.forget_own_bot("hook_a").unwrap();
    assert_eq!(store.own_bots(), Ok(vec![bot("hook_b", 2)]));
    assert_eq!((store.bot_deliveries(), count(&store, "bot_deliveries")), (Ok(vec![delivery("hook_b", 1)]), 1));
    assert_eq!(slept(&store).dead_letters().dead_after(("", 0), 9), Ok(vec![dead("hook_b", 2)]));
    store.erase().unwrap();
    assert_eq!(["own_bots", "bot_deliveries", "dead"].map(|table| count(&store, table)), [0, 0, 0]);
}
