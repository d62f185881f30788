//! A channel's tables and its rows in memory say the same, whatever was done to both.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::json::json_text;
use protocol::machines::channel::MemoryChannelStore;
use protocol::testing::cases;

use super::tests::on;
use super::*;
use crate::kit::sealed::tests::A;
use crate::kit::sql::Database;

/// Something that a channel does to its rows.
#[derive(Clone, Debug)]
enum ChannelTableStep {
    Append { kind: String, payload: Option<String>, expires_at: Millis },
    Remove { back: u64 },
    Sweep { now: Millis },
    SetKey { publisher: u8, key: u8, results: Vec<String>, keep_until: Millis },
    ForgetOldest { count: usize },
    SetUsed { publisher: u8, now: Millis, keep_until: Millis },
    See { device: u8, now: Millis },
    ForgetDevices { after: Millis, max: usize },
    Done { back: u64, device: u8 },
}

/// Acts, with `true` where the turn of one is undone.
fn acts() -> impl Strategy<Value = Vec<(ChannelTableStep, bool)>> {
    let word = || "[a-zé🫖]{0,20}";
    let (time, small) = (0..40_u64, 0..4_u8);
    let json = word().prop_map(|word| json_text(&word));
    let results = vec(json.clone(), 0..4);
    let act = prop_oneof![
        6 => (word(), prop::option::of(json), time.clone())
            .prop_map(|(kind, payload, expires_at)| ChannelTableStep::Append { kind, payload, expires_at }),
        2 => (0..6_u64).prop_map(|back| ChannelTableStep::Remove { back }),
        1 => time.clone().prop_map(|now| ChannelTableStep::Sweep { now }),
        4 => (small.clone(), small.clone(), results, time.clone())
            .prop_map(|(publisher, key, results, keep_until)| ChannelTableStep::SetKey { publisher, key, results, keep_until }),
        1 => (0..4_usize).prop_map(|count| ChannelTableStep::ForgetOldest { count }),
        2 => (small.clone(), time.clone(), time.clone())
            .prop_map(|(publisher, now, keep_until)| ChannelTableStep::SetUsed { publisher, now, keep_until }),
        3 => (small.clone(), time.clone()).prop_map(|(device, now)| ChannelTableStep::See { device, now }),
        1 => (time, 0..4_usize).prop_map(|(after, max)| ChannelTableStep::ForgetDevices { after, max }),
        3 => (0..6_u64, small).prop_map(|(back, device)| ChannelTableStep::Done { back, device }),
    ];
    vec((act, prop::bool::weighted(0.1)), 1..60)
}

fn act_on(store: &mut impl ChannelStore, act: &ChannelTableStep) -> Result<(), Fault> {
    let meta = store.meta()?.unwrap_or(ChannelMeta { epoch: 7, head: 0, ts: 0 });
    let name = |what: &str, n: &u8| format!("{what} {n}");
    match act {
        ChannelTableStep::Append { kind, payload, expires_at } => {
            let seq = meta.head + 1;
            let (id, user) = (format!("e{seq}"), "mia".to_owned());
            let envelope = Envelope { id, kind: kind.clone(), user, ts: seq, payload: payload.clone() };
            store.insert(&StoredEnvelope { seq, expires_at: *expires_at, envelope })?;
            store.set_meta(&ChannelMeta { head: seq, ts: seq, ..meta })
        }
        ChannelTableStep::Remove { back } => store.remove(meta.head.saturating_sub(*back)),
        ChannelTableStep::Sweep { now } => {
            store.expired(*now)?.into_iter().try_for_each(|seq| store.remove(seq))?;
            store.forget_keys(*now)
        }
        ChannelTableStep::SetKey { publisher, key, results, keep_until } => {
            let (seq, results) = (Some(meta.head).filter(|head| head % 2 == 0), results.clone());
            let answer = Answer { envelope_id: "e".into(), seq, client_count: 3, results };
            let row = KeyRow { digest: [*key; 32], answer, keep_until: *keep_until };
            store.set_key(&name("publisher", publisher), &name("key", key), &row)
        }
        ChannelTableStep::ForgetOldest { count } => store.forget_oldest_keys(*count),
        ChannelTableStep::SetUsed { publisher, now, keep_until } => {
            store.set_used(&name("publisher", publisher), &name("used at", &(*now as u8)), *now, *keep_until)
        }
        ChannelTableStep::See { device, now } => store.device_seen(&name("device", device), *now),
        ChannelTableStep::ForgetDevices { after, max } => store.forget_devices(*after, *max),
        ChannelTableStep::Done { back, device } => {
            // Whoever answers is here.
            let device = name("device", device);
            if !store.devices(0)?.contains(&device) {
                store.device_seen(&device, 20)?;
            }
            store.done(meta.head.saturating_sub(*back), &device)
        }
    }
}

/// All that a store says, and some questions to it.
fn observed(store: &impl ChannelStore, dice: u64) -> Vec<String> {
    fn sorted<T: Ord>(found: Result<Vec<T>, Fault>) -> Vec<T> {
        let mut found = found.unwrap();
        found.sort();
        found
    }
    let head = store.meta().unwrap().map_or(0, |meta| meta.head);
    let (after, now) = (dice % (head + 2), dice % 40);
    let mut observed = vec![
        format!("{:?} {:?} {:?}", store.meta(), store.size(), store.next_end()),
        format!("{:?} {:?}", store.read(0, 100), store.read(after, (dice % 5) as u32)),
        format!("{:?} {:?}", store.find(&format!("e{after}")), store.keys_size().unwrap().0),
        format!("{:?} {:?}", sorted(store.expired(now)), sorted(store.devices(now))),
    ];
    for one in 0..4 {
        let publisher = format!("publisher {one}");
        observed.push(format!("{:?}", store.used(&publisher)));
        observed.extend((0..4).map(|key| format!("{:?}", store.key(&publisher, &format!("key {key}")))));
    }
    observed.extend((0..=head).map(|seq| format!("{:?}", sorted(store.done_by(seq)))));
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where a turn is undone, and whether words are sealed or not.
    #[test]
    fn tables_and_memory_say_the_same(acts in acts(), is_sealed in any::<bool>(), dice in vec(any::<u64>(), 60)) {
        let sql = Database::new();
        let (mut tables, mut memory) = (on(&sql, if is_sealed { A } else { "" }), MemoryChannelStore::default());
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
