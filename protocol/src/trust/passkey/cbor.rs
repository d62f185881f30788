//! CBOR in CTAP2's canonical form: whole numbers, bytes, texts, lists, maps and the three simple values. Lengths come first, in the shortest
//! form. Tags, floating point and indefinite lengths are refused.

use crate::words::limits::{CBOR_DEPTH_MAX, CBOR_ENTRIES_MAX};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cbor<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    /// A map in its order; each key occurs once.
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Cbor<'a> {
    /// Parses the first item of `bytes`. Returns it with the rest.
    pub fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = CborReader(bytes);
        let item = reader.item(0)?;
        Some((item, reader.0))
    }

    /// Parses `bytes` as one item.
    pub fn whole(bytes: &'a [u8]) -> Option<Self> {
        Self::first(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
    }

    /// Returns the value that a map has under `key`.
    pub fn get(&self, key: &Self) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }
}

struct CborReader<'a>(&'a [u8]);

impl<'a> CborReader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Returns the number of an item's head. A number that is longer than necessary is refused.
    fn argument(&mut self, short: u8) -> Option<u64> {
        let (length, least) = match short {
            0..=23 => return Some(u64::from(short)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let number = self.take(length)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        (number >= least).then_some(number)
    }

    fn item(&mut self, depth: usize) -> Option<Cbor<'a>> {
        let head = *self.take(1)?.first()?;
        let (kind, short) = (head >> 5, head & 31);
        if kind == 7 {
            return match short {
                20 => Some(Cbor::Bool(false)),
                21 => Some(Cbor::Bool(true)),
                22 => Some(Cbor::Null),
                _ => None,
            };
        }
        let number = self.argument(short)?;
        match kind {
            0 => Some(Cbor::Number(i64::try_from(number).ok()?)),
            1 => Some(Cbor::Number(-1 - i64::try_from(number).ok()?)),
            2 => Some(Cbor::Bytes(self.take(usize::try_from(number).ok()?)?)),
            3 => Some(Cbor::Text(std::str::from_utf8(self.take(usize::try_from(number).ok()?)?).ok()?)),
            4 if depth < CBOR_DEPTH_MAX => {
                // The length is not trusted, so no memory is reserved for it.
                let mut items = Vec::new();
                for _ in 0..number {
                    items.push(self.item(depth + 1)?);
                }
                Some(Cbor::List(items))
            }
            5 if depth < CBOR_DEPTH_MAX => {
                let mut entries: Vec<(Cbor<'a>, Cbor<'a>)> = Vec::new();
                for _ in 0..number {
                    let key = self.item(depth + 1)?;
                    let is_key = matches!(key, Cbor::Number(_) | Cbor::Text(_));
                    if !is_key || entries.len() >= CBOR_ENTRIES_MAX || entries.iter().any(|(known, _)| *known == key) {
                        return None;
                    }
                    entries.push((key, self.item(depth + 1)?));
                }
                Some(Cbor::Map(entries))
            }
            _ => None,
        }
    }
}
