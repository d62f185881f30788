//! A store's tables and its rows in memory say the same, whatever was done to both.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::chain::MemoryChainStore;
use protocol::testing::cases;

use super::tests::on;
use super::*;
use crate::kit::sql::Database;

/// Something that a chain does to its rows.
#[derive(Clone, Debug)]
enum StoreTableStep {
    Push { names: Vec<String>, args: Option<String>, later_ms: Millis, is_one_writer: bool },
    Clear,
    SetSent { client: u8, seq: u64 },
}

/// The end of an act.
#[derive(Clone, Copy, Debug)]
enum End {
    Committed,
    /// The store falls asleep afterwards, and wakes.
    Slept,
    /// The turn is undone, and the store wakes.
    Undone,
}

fn acts() -> impl Strategy<Value = Vec<(StoreTableStep, End)>> {
    let word = || "[a-zé🫖]{0,20}";
    let act = prop_oneof![
        6 => (vec(word(), 0..60), prop::option::of(word()), 0..1_000_u64, any::<bool>())
            .prop_map(|(names, args, later_ms, is_one_writer)| {
                StoreTableStep::Push { names, args, later_ms, is_one_writer }
            }),
        1 => Just(StoreTableStep::Clear),
        2 => (0..3_u8, 0..99_u64).prop_map(|(client, seq)| StoreTableStep::SetSent { client, seq }),
    ];
    let end = prop_oneof![6 => Just(End::Committed), 2 => Just(End::Slept), 1 => Just(End::Undone)];
    vec((act, end), 1..30)
}

fn act_on(store: &mut impl ChainStore, act: &StoreTableStep) -> Result<(), Fault> {
    match act {
        StoreTableStep::Push { names, args, later_ms, is_one_writer } => {
            let (head, created_at) = (store.head()? as i64, store.head_at()? + later_ms);
            let event = |(seq, name): (i64, &String)| {
                let client = if *is_one_writer { "one".to_owned() } else { name.chars().rev().collect() };
                let session = "s".to_owned();
                let event =
                    ChainEvent { name: name.clone(), args: args.clone(), seq, parent: seq - 1, client, session };
                StoredEvent { event, created_at }
            };
            let events: Vec<StoredEvent> = (head + 1..).zip(names).map(event).collect();
            store.insert(&events)
        }
        StoreTableStep::Clear => store.clear(),
        StoreTableStep::SetSent { client, seq } => store.set_sent(&format!("client {client}"), *seq, 5),
    }
}

/// All that a store says, and some questions to it.
fn observed(store: &impl ChainStore, dice: u64) -> Vec<String> {
    let head = store.head().unwrap();
    let (after, limit, bytes_max) = (dice % (head + 2), (dice / 7 % 40) as u32, (dice / 5 % 4_000) as usize);
    let mut observed = vec![
        format!("{:?} {:?}", store.head(), store.head_at()),
        format!("{:?}", store.read(0, 10_000, usize::MAX >> 12)),
        format!("{:?}", store.read(after, limit, bytes_max)),
    ];
    observed.extend((0..3).map(|client| format!("{:?}", store.sent(&format!("client {client}")))));
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where the store slept in between, or a turn was undone.
    #[test]
    fn tables_and_memory_say_the_same(acts in acts(), dice in vec(any::<u64>(), 30)) {
        let sql = Database::new();
        let (mut tables, mut memory) = (on(&sql, ""), MemoryChainStore::default());
        for ((act, end), dice) in acts.iter().zip(dice) {
            if matches!(end, End::Undone) {
                sql.in_transaction(|| act_on(&mut tables, act).is_err());
            } else {
                prop_assert_eq!(act_on(&mut tables, act), act_on(&mut memory, act), "{:?}", act);
            }
            if !matches!(end, End::Committed) {
                tables = on(&sql, "");
            }
            prop_assert_eq!(observed(&tables, dice), observed(&memory, dice), "after {:?}", act);
        }
    }
}
