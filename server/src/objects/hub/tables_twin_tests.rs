//! A hub room's tables and its rows in memory say the same, whatever was done to both.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::hub::MemoryHubStore;
use protocol::machines::webhook::{DeadLetter, DeadLetterStore, HookRow, HookStore, OutboxRow};
use protocol::testing::cases;

use super::tests::on;
use super::*;
use crate::kit::sealed::tests::A;

/// Something that a room does to its rows. Places are counted back from the head.
#[derive(Clone, Debug)]
enum HubTableStep {
    Say { writer: u8, id: u8, later_ms: u64, body: Body, is_keyed: bool },
    Trim { count: u64 },
    Forget { retained: u64, ago_ms: u64 },
    Hook { id: u8, dead_in_a_row: u32, has_previous: bool },
    RemoveHook { id: u8 },
    Wait { hook: u8, back: u64, due_at: u64 },
    Attempt { hook: u8, back: u64, attempts: u32 },
    Leave { hook: u8, back: u64 },
    Die { hook: u8, back: u64, died_at: u64 },
    Bury { hook: u8, back: u64 },
    BuryUntil { died_at: u64 },
}

/// Acts, with `true` where the turn of one is undone.
fn acts() -> impl Strategy<Value = Vec<(HubTableStep, bool)>> {
    let body = prop_oneof!["[a-zäé🫖]{0,40}".prop_map(Body::Text), vec(any::<u8>(), 0..40).prop_map(Body::Bytes),];
    let said = (0..3_u8, 0..12_u8, 0..300_u64, body, any::<bool>());
    let said = said.prop_map(|(writer, id, later_ms, body, is_keyed)| HubTableStep::Say {
        writer,
        id,
        later_ms,
        body,
        is_keyed,
    });
    let (hook, back) = (0..3_u8, 0..6_u64);
    let act = prop_oneof![
        12 => said,
        2 => (0..5_u64).prop_map(|count| HubTableStep::Trim { count }),
        2 => (0..4_u64, 0..2_000_u64).prop_map(|(retained, ago_ms)| HubTableStep::Forget { retained, ago_ms }),
        1 => (hook.clone(), 0..9_u32, any::<bool>())
            .prop_map(|(id, dead_in_a_row, has_previous)| HubTableStep::Hook { id, dead_in_a_row, has_previous }),
        1 => hook.clone().prop_map(|id| HubTableStep::RemoveHook { id }),
        3 => (hook.clone(), back.clone(), 0..99_u64)
            .prop_map(|(hook, back, due_at)| HubTableStep::Wait { hook, back, due_at }),
        2 => (hook.clone(), back.clone(), 0..9_u32)
            .prop_map(|(hook, back, attempts)| HubTableStep::Attempt { hook, back, attempts }),
        2 => (hook.clone(), back.clone()).prop_map(|(hook, back)| HubTableStep::Leave { hook, back }),
        2 => (hook.clone(), back.clone(), 0..99_u64)
            .prop_map(|(hook, back, died_at)| HubTableStep::Die { hook, back, died_at }),
        1 => (hook, back).prop_map(|(hook, back)| HubTableStep::Bury { hook, back }),
        1 => (0..99_u64).prop_map(|died_at| HubTableStep::BuryUntil { died_at }),
    ];
    vec((act, prop::bool::weighted(0.1)), 1..60)
}

fn name_of(hook: u8) -> String {
    format!("hook {hook}")
}

/// Does it, and says what came of it.
fn act_on(store: &mut impl HubStore, act: &HubTableStep) -> Result<bool, Fault> {
    let meta = store.meta()?.unwrap();
    let place = |back: u64| meta.head.saturating_sub(back);
    match act {
        HubTableStep::Say { writer, id, later_ms, body, is_keyed } => {
            let sender = Some(format!("user {writer}")).filter(|_| *writer > 0);
            let (seq, ts, bytes_end) = (meta.head + 1, meta.ts + later_ms, meta.bytes_end + body.bytes().len() as u64);
            let item = Item { seq, id: format!("id {id}"), ts, sender, content_type: "a/b".into(), body: body.clone() };
            return store.insert(NewMessage { item: &item, payer: "payer", bytes_end, is_keyed: *is_keyed });
        }
        HubTableStep::Trim { count } => {
            let next = (meta.oldest + count).min(meta.head + 1);
            let digests: Vec<(u64, Vec<u8>)> = (meta.oldest..next).map(|seq| (seq, vec![seq as u8; 32])).collect();
            store.drop_bodies(&digests, next)?;
        }
        HubTableStep::Forget { retained, ago_ms } => {
            store.drop_rows(meta.oldest.saturating_sub(*retained), meta.ts.saturating_sub(*ago_ms))?;
        }
        HubTableStep::Hook { id, dead_in_a_row, has_previous } => store.hook_store_mut().save_hook(&HookRow {
            id: name_of(*id),
            url: "https://example.org".into(),
            secret: "secret".into(),
            previous: has_previous.then(|| ("former".into(), 5)),
            is_active: dead_in_a_row % 2 == 0,
            is_ordered: dead_in_a_row % 3 == 0,
            dead_in_a_row: *dead_in_a_row,
            is_fixed: false,
        })?,
        HubTableStep::RemoveHook { id } => store.hook_store_mut().remove_hook(&name_of(*id))?,
        HubTableStep::Wait { hook, back, due_at } => {
            store.hook_store_mut().outbox_add(&name_of(*hook), place(*back), *due_at)?;
        }
        HubTableStep::Attempt { hook, back, attempts } => {
            let row = OutboxRow { seq: place(*back), due_at: 7, attempts: *attempts, busy_until: 8 };
            store.hook_store_mut().outbox_save(&name_of(*hook), &row)?;
        }
        HubTableStep::Leave { hook, back } => store.hook_store_mut().outbox_remove(&name_of(*hook), place(*back))?,
        HubTableStep::Die { hook, back, died_at } => {
            let (hook, seq, error) = (name_of(*hook), place(*back), "error".to_owned());
            store.hook_store_mut().dead_add(&DeadLetter {
                hook,
                seq,
                status: 500,
                error,
                attempts: 9,
                died_at: *died_at,
            })?;
        }
        HubTableStep::Bury { hook, back } => return store.hook_store_mut().dead_remove(&name_of(*hook), place(*back)),
        HubTableStep::BuryUntil { died_at } => store.hook_store_mut().dead_forget(*died_at)?,
    }
    Ok(true)
}

/// All that a store says, and some questions to it; `dice` chooses them.
fn observed(store: &impl HubStore, dice: u64) -> Vec<String> {
    let meta = store.meta().unwrap().unwrap();
    let (some, few) = (dice % (meta.head + 2), (dice / 7) % 5);
    let from = meta.oldest.max(some);
    let (ts, bytes) = (1_000 + dice % (meta.ts - 999), dice % (meta.bytes_end + 2));
    let mut observed = vec![
        format!("{meta:?} {:?}", store.oldest_row()),
        format!("{:?}", store.read(1, u64::from(u32::MAX), 100, u64::MAX)),
        format!("{:?}", store.read(some, from + few, 3, bytes)),
        format!("{:?}", store.first_within(from, meta.head.saturating_sub(few), bytes)),
        format!("{:?} {:?} {:?}", store.recent(ts), store.seq_at(ts), store.seq_of_bytes(bytes)),
        format!("{:?} {:?}", store.bytes_before(from), store.time_of(some)),
        format!("{:?} {:?}", store.hook_store().hooks(), store.hook_store().outbox_hooks()),
        format!(
            "{:?} {:?} {:?}",
            store.hook_store().outbox_count(),
            store.hook_store().outbox_oldest(),
            store.hook_store().dead_state()
        ),
    ];
    for hook in 0..3 {
        let hook = name_of(hook);
        observed.push(format!(
            "{:?} {:?}",
            store.hook_store().outbox(&hook, 100),
            store.hook_store().outbox(&hook, few as u32)
        ));
        observed.push(format!(
            "{:?} {:?}",
            store.hook_store().dead(&hook, 0, 100),
            store.hook_store().dead(&hook, some, few as u32)
        ));
    }
    for id in 0..12 {
        for writer in ["", "user 1", "user 2"] {
            observed.push(format!("{:?}", store.find(writer, &format!("id {id}"))));
        }
    }
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where a turn is undone, and whether words are sealed or not.
    #[test]
    fn tables_and_memory_say_the_same(acts in acts(), is_sealed in any::<bool>(), dice in vec(any::<u64>(), 60)) {
        let sql = Database::new();
        let (mut tables, mut memory) = (on(&sql, if is_sealed { A } else { "" }), MemoryHubStore::default());
        let meta = HubMeta { epoch: 7, head: 0, oldest: 1, ts: 1_000, bytes_end: 0 };
        tables.create(&meta).unwrap();
        memory.create(&meta).unwrap();
        for ((act, is_undone), dice) in acts.iter().zip(dice) {
            if *is_undone {
                sql.in_transaction(|| act_on(&mut tables, act).is_err());
            } else {
                prop_assert_eq!(act_on(&mut tables, act), act_on(&mut memory, act), "{:?}", act);
            }
            prop_assert_eq!(observed(&tables, dice), observed(&memory, dice), "after {:?}", act);
        }
    }
}
