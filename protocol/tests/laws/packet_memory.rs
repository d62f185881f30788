//! Memory that a packet that lies, and a bomb, may take (`wasmchannel.md` 2 and 9), counted where memory comes from. The allocator is that
//! of all laws, and counts for each thread by itself.
//!
//! That a refusal takes less than a millisecond is not measured: a clock would tell of the machine. What stands for it is that nothing
//! but the bytes of the packet is there to be read, and that nothing is taken to put them into.

#![allow(unsafe_code, reason = "an allocator that counts is the only witness of what is taken")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use protocol::codec::checksum::crc32;
use protocol::wire::wasmchannel::{Packet, PacketError, PacketKind, RawPacket, deflate, read_client_packet};
use protocol::words::limits::{PACKET_BYTES_MAX, PACKET_CODEC_BYTES_MAX, PACKET_PAYLOAD_BYTES_MAX};

/// Bytes that the list of the specification lets a lie cost.
const LIE_BYTES_MAX: usize = 100 * 1024;
/// Bytes that may be taken beside the cap (`wasmchannel.md` 2).
const SLACK_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    /// Bytes this thread holds since it began to count, and the most it held.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn note(bytes: isize) {
    // A thread that ends frees what nobody counts any more.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: everything is the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize - layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Returns the result of `work`, and the most bytes that it held at any moment.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    HELD.with(|held| held.set((0, 0)));
    let result = work();
    let (_, most) = HELD.with(Cell::get);
    (result, most.max(0) as usize)
}

/// A length in its longest form, which says every number.
fn length(bytes: u64) -> Vec<u8> {
    [&[0xfd][..], &bytes.to_le_bytes()].concat()
}

/// A message with this frame, whose checksum is right.
fn message(frame: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 3];
    bytes.extend_from_slice(b"m-1");
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend(length(frame.len() as u64));
    bytes.extend_from_slice(frame);
    bytes.extend_from_slice(&[1, 0xfc]);
    bytes.extend_from_slice(&crc32(frame).to_le_bytes());
    bytes
}

#[test]
fn the_counting_counts() {
    let (stored, most) = counted(|| {
        drop(vec![0_u8; 300_000]);
        vec![0_u8; 1_000]
    });
    assert_eq!((stored.len(), most), (1_000, 300_000));
    assert_eq!(counted(|| 5).1, 0);
}

#[test]
fn a_length_that_lies_takes_nothing() {
    let text = "x".repeat(40);
    let whole = Packet { message_id: Some(text.clone()), ..Packet::new(PacketKind::Message, text.as_bytes()) }.encode();
    assert!(read_client_packet(&whole).is_ok());
    let lies = [250, 1_000, 65_535, 65_537, 1 << 31, u64::from(u32::MAX), 1 << 32, 1 << 40, 1 << 63, u64::MAX];
    let begins: [&[u8]; 3] = [&[0, 1], &[0, 0, 1], &[0, 0, 0, 0]];
    for begin in begins {
        for lie in lies {
            // Behind the lie stands as much as there is of a packet that would be good.
            let bytes = [begin, &length(lie), &whole[3..]].concat();
            assert!(bytes.len() < 250);
            let (parsed, most) = counted(|| RawPacket::parse(&bytes).err());
            assert_eq!((parsed, most), (Some(PacketError::Truncated), 0), "{begin:?} {lie}");
            let (read, most) = counted(|| read_client_packet(&bytes).err());
            assert_eq!((read.is_some(), most), (true, 0), "{begin:?} {lie}");
        }
    }
}

#[test]
fn lengths_inside_a_frame_that_lie_take_next_to_nothing() {
    let head = |flags: u8, code: u8| [0x04, 0x22, 0x4d, 0x18, flags, code];
    let mut frames = Vec::new();
    // Blocks that say that they are longer than what is left, stored and packed, in frames of all four sizes.
    for (code, sum) in [(0x40, 0x82), (0x50, 0xfb), (0x60, 0x51), (0x70, 0x73)] {
        for size in [4_u32, 100, 65_536, 65_537, 1 << 20, 4 << 20, (4 << 20) + 1, u32::MAX >> 1] {
            for stored in [0, 1 << 31] {
                let size = (size | stored).to_le_bytes();
                frames.push([&head(0x60, code)[..], &[sum], &size, b"abc"].concat());
            }
        }
    }
    // A frame that says how long its content is, and whose header has one of the 256 checksums there are: one is right.
    for promised in [1_000_u64, 1 << 20, 1 << 23, (1 << 23) + 1, 1 << 40, u64::MAX] {
        for sum in 0..=255 {
            let block = [&3_u32.to_le_bytes()[..], &[0x20, b'a', b'b'], &[0; 4]].concat();
            frames.push([&head(0x68, 0x70)[..], &promised.to_le_bytes(), &[sum], &block].concat());
        }
    }
    let mut too_large = 0;
    for frame in frames {
        let bytes = message(&frame);
        for cap in [PACKET_PAYLOAD_BYTES_MAX, PACKET_CODEC_BYTES_MAX] {
            let (refused, most) = counted(|| Packet::decode(&bytes, cap).err());
            assert!(
                matches!(refused, Some(PacketError::Frame | PacketError::PayloadTooLarge)),
                "{refused:?} {frame:?}"
            );
            too_large += usize::from(refused == Some(PacketError::PayloadTooLarge));
            assert!(most < LIE_BYTES_MAX, "{most} bytes for {frame:?}");
        }
        let (refused, most) = counted(|| read_client_packet(&bytes).err());
        assert!(refused.is_some() && most < PACKET_PAYLOAD_BYTES_MAX + SLACK_BYTES_MAX, "{most} bytes for {frame:?}");
    }
    // What a right header promises was looked at: six times too much for a room, three times for the codec.
    assert_eq!(too_large, 9);
}

#[test]
fn a_bomb_takes_no_more_than_its_cap() {
    let bomb = message(&deflate(&vec![0; 1 << 20]));
    assert!(bomb.len() < 5_000);
    let (refused, most) = counted(|| read_client_packet(&bomb).err());
    assert_eq!(refused, Some(PacketError::PayloadTooLarge));
    assert!(most <= PACKET_PAYLOAD_BYTES_MAX + SLACK_BYTES_MAX, "{most}");
    // The largest packet there is, all of it one promise: 16 MB.
    let bomb = message(&deflate(&vec![0; 16 << 20]));
    let large = [&bomb[..], &[0; PACKET_BYTES_MAX]].concat();
    let (refused, most) = counted(|| read_client_packet(&large).err());
    assert_eq!((refused, most), (Some(PacketError::Oversized), 0));
    let (refused, most) = counted(|| Packet::decode(&bomb, PACKET_CODEC_BYTES_MAX).err());
    assert_eq!(refused, Some(PacketError::PayloadTooLarge));
    assert!(most <= PACKET_CODEC_BYTES_MAX + SLACK_BYTES_MAX, "{most}");
    let (read, most) = counted(|| {
        Packet::decode(&message(&deflate(&vec![0; 1 << 20])), PACKET_CODEC_BYTES_MAX).map(|packet| packet.payload.len())
    });
    assert_eq!(read, Ok(1 << 20));
    assert!(most > 1 << 20, "the count sees what is held");
}
