//! Packs of the queue (`wasmchannel.md` 6). What a room reports at once becomes one message, because the platform charges for messages.

use serde_json::Value;

use super::projection::{RowChange, RowPointer, read_change, read_pointer};
use crate::words::limits::{QUEUE_PACK_BYTES_MAX, QUEUE_PACK_ROWS_MAX};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueEntry {
    Change(RowChange),
    /// Position of an event, for which the consumer asks the room.
    Pointer(RowPointer),
}

/// Packs entries into queue messages in their order. A single entry needs no array. An entry that is longer than a pack is a message of its
/// own.
pub fn packed(entries: &[String]) -> Vec<String> {
    let (mut packs, mut rest) = (Vec::new(), entries);
    while !rest.is_empty() {
        let (pack, others) = rest.split_at(fitting(rest));
        packs.push(if let [single] = pack { single.clone() } else { format!("[{}]", pack.join(",")) });
        rest = others;
    }
    packs
}

/// Returns the number of leading entries that fit into one message: at least one.
fn fitting(entries: &[String]) -> usize {
    // An entry needs its bytes and a comma or the closing bracket.
    let mut bytes = 1;
    let fits = entries.iter().take(QUEUE_PACK_ROWS_MAX as usize).take_while(|entry| {
        bytes += entry.len() + 1;
        bytes <= QUEUE_PACK_BYTES_MAX
    });
    fits.count().max(1)
}

/// Reads a queue message: an entry, or an array of them. `None` unless every entry is valid.
pub fn read_queue_entries(text: &str) -> Option<Vec<QueueEntry>> {
    match serde_json::from_str::<Value>(text).ok()? {
        Value::Array(entries) if !entries.is_empty() => entries.iter().map(read_entry).collect(),
        entry => Some(vec![read_entry(&entry)?]),
    }
}

fn read_entry(entry: &Value) -> Option<QueueEntry> {
    read_pointer(entry).map(QueueEntry::Pointer).or_else(|| read_change(entry).map(QueueEntry::Change))
}

#[cfg(test)]
mod tests {
    use super::super::projection::{pointer_message, trim_message};
    use super::*;

    fn entries(count: u64) -> Vec<String> {
        (1..=count).map(|seq| pointer_message("rm:general", seq)).collect()
    }

    fn places(text: &str) -> Vec<u64> {
        let place = |entry| match entry {
            QueueEntry::Pointer(pointer) => pointer.seq,
            QueueEntry::Change(change) => change.version,
        };
        read_queue_entries(text).unwrap().into_iter().map(place).collect()
    }

    #[test]
    fn a_single_entry_is_a_message_as_it_is() {
        assert_eq!(packed(&entries(1)), entries(1));
        assert_eq!(packed(&[]), [""; 0]);
    }

    #[test]
    fn what_is_packed_is_read_back_in_its_order() {
        let most = u64::from(QUEUE_PACK_ROWS_MAX);
        for count in [2, most - 1, most, most + 1, most * 3 + 2] {
            let packs = packed(&entries(count));
            assert_eq!(packs.len() as u64, count.div_ceil(most));
            let read: Vec<u64> = packs.iter().flat_map(|pack| places(pack)).collect();
            assert_eq!(read, (1..=count).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn a_pack_has_so_many_bytes_and_a_longer_entry_is_alone() {
        let entry = |bytes: usize| "x".repeat(bytes);
        let lengths = |entries: &[usize]| {
            let entries: Vec<String> = entries.iter().map(|bytes| entry(*bytes)).collect();
            packed(&entries).iter().map(String::len).collect::<Vec<usize>>()
        };
        let half = (QUEUE_PACK_BYTES_MAX - 3) / 2;
        let odd = (QUEUE_PACK_BYTES_MAX - 3) % 2;
        assert_eq!(lengths(&[half, half + odd]), [QUEUE_PACK_BYTES_MAX]);
        assert_eq!(lengths(&[half, half + odd + 1]), [half, half + odd + 1]);
        let long = QUEUE_PACK_BYTES_MAX * 2;
        assert_eq!(lengths(&[1, long, 1, 1]), [1, long, 5]);
    }

    #[test]
    fn a_pack_has_changes_and_places() {
        let trim = trim_message("rm:general", "9f31c0aa", 7);
        let [pack]: [String; 1] = packed(&[trim.clone(), pointer_message("rm:general", 8)]).try_into().unwrap();
        assert_eq!(pack, format!(r#"[{trim},{{"v":1,"log":"rm:general","seq":8}}]"#));
        assert_eq!(places(&pack), [7, 8]);
        assert_eq!(places(&trim), [7]);
    }

    #[test]
    fn a_pack_with_one_entry_of_strangers_is_not_ours() {
        let ours = pointer_message("rm:general", 8);
        for text in ["", "[]", "[[]]", "3", "{}", r#"{"hello":"world"}"#] {
            assert_eq!(read_queue_entries(text), None, "{text}");
        }
        for stranger in ["3", "{}", "[]", &format!("[{ours}]")] {
            assert_eq!(read_queue_entries(&format!("[{ours},{stranger}]")), None, "{stranger}");
        }
    }
}
