//! Promises of MessageHub: every notation of a private address is refused, and a hook's messages are delivered in order and completely.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::webhook::{AttemptOutcome, HookDisposition, HookRow, MemoryHookStore, Receivers};
use protocol::trust::guard::{GuardRefusal, UrlPolicy, check_url, is_public};

use crate::room::config;

/// Returns addresses, half of them from networks that are not public.
fn address() -> impl Strategy<Value = u32> {
    let private = prop::sample::select(vec![
        0x0a00_0000_u32,
        0x7f00_0000,
        0xa9fe_0000,
        0xac10_0000,
        0xc0a8_0000,
        0x6440_0000,
        0xe000_0000,
        0xf000_0000,
        0,
    ]);
    prop_oneof![any::<u32>(), (private, any::<u16>()).prop_map(|(network, host)| network | u32::from(host))]
}

/// Returns the spellings of an address that parsers accept.
fn spellings(address: u32) -> Vec<String> {
    let [a, b, c, d] = address.to_be_bytes();
    let (low, tail) = (address & 0x00ff_ffff, address & 0xffff);
    let (high, rest) = (address >> 16, address & 0xffff);
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}."),
        format!("{address}"),
        format!("{address:#x}"),
        format!("0{address:o}"),
        format!("{a}.{low}"),
        format!("{a:#x}.{low:#X}"),
        format!("{a}.{b}.{tail}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a}.{b:#x}.0{c:o}.{d}"),
        format!("[::ffff:{a}.{b}.{c}.{d}]"),
        format!("[::ffff:{high:x}:{rest:x}]"),
        format!("[64:ff9b::{high:x}:{rest:x}]"),
        format!("[2002:{high:x}:{rest:x}::1]"),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn all_spellings_of_an_address_are_one_address(address in address()) {
        let is_open = is_public(std::net::Ipv4Addr::from(address).into());
        for host in spellings(address) {
            let result = check_url(&format!("https://{host}/"), UrlPolicy::default());
            prop_assert_eq!(result.is_ok(), is_open, "{}: {:?}", host, result);
            prop_assert!(is_open || result == Err(GuardRefusal::NotPublic), "{}", host);
        }
    }

    /// Characters that a parser of names drops do not hide an address.
    #[test]
    fn nothing_that_is_left_out_hides_an_address(address in address(), spelling in 0..11_usize, at in 0..64_usize, c in prop::sample::select(vec!['\u{ad}', '\u{200b}', '\u{200d}', '\u{2060}', '\u{fe0f}', '\u{feff}', '\u{e0041}'])) {
        let mut host: Vec<char> = spellings(address)[spelling].chars().collect();
        host.insert(at % (host.len() + 1), c);
        let host: String = host.into_iter().collect();
        prop_assert_eq!(check_url(&format!("https://{host}/"), UrlPolicy::default()).err(), Some(GuardRefusal::Form), "{}", host);
    }

    /// With a receiver that fails at random, no message is reordered, lost, or tried after its end.
    #[test]
    fn an_ordered_hook_keeps_its_order(count in 1..6_u64, statuses in vec(prop::sample::select(vec![200_u16, 204, 302, 429, 500, 503]), 0..80)) {
        let mut store = MemoryHookStore::default();
        let hook = HookRow::fixed("h".into(), "https://h.example".into(), String::new());
        let mut receivers = Receivers::open(vec![hook], &mut store, 0).unwrap();
        for seq in 1..=count {
            prop_assert_eq!(receivers.fill(&mut store, 0, seq), Ok(true));
        }
        let (mut now, mut ended) = (0, Vec::new());
        let mut statuses = statuses.into_iter().chain(std::iter::repeat(200));
        while receivers.waiting() > 0 {
            let due = receivers.take_due(&mut store, now).unwrap();
            prop_assert_eq!((due.len(), due[0].seq), (1, ended.len() as u64 + 1));
            prop_assert!(due[0].attempt <= 9);
            let outcome = AttemptOutcome::Status { status: statuses.next().unwrap_or(200), retry_after_ms: None };
            let attempt = ("h", due[0].seq, due[0].attempt);
            match receivers.settle(&mut store, now, attempt, outcome, "", now).unwrap().after {
                Some(HookDisposition::Retry { wait_ms }) => {
                    prop_assert!(receivers.take_due(&mut store, now + wait_ms - 1).unwrap().is_empty());
                    now += wait_ms;
                }
                _ => ended.push(due[0].seq),
            }
        }
        prop_assert_eq!(ended, (1..=count).collect::<Vec<u64>>());
    }
}
