//! Memory that a packet with wrong lengths, or a compression bomb, may take (`wasmchannel.md` 2 and 9), counted in the allocator. All laws
//! use this allocator, which counts each thread separately.
//!
//! The limit of a millisecond for a refusal is not measured, because a clock would measure the machine. Instead, the tests check that only
//! the bytes of the packet are read, and that no memory is taken for its content.

#![allow(unsafe_code, reason = "an allocator that counts is the only witness of what is taken")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use protocol::codec::checksum::crc32;
use protocol::wire::wasmchannel::{Packet, PacketError, PacketKind, RawPacket, deflate, read_client_packet};
use protocol::words::limits::{PACKET_BYTES_MAX, PACKET_CODEC_BYTES_MAX, PACKET_PAYLOAD_BYTES_MAX};

/// Number of bytes that the specification allows for a wrong length.
const LIE_BYTES_MAX: usize = 100 * 1024;
/// Number of bytes that are allowed beside the cap (`wasmchannel.md` 2).
const SLACK_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    /// Bytes that this thread holds since counting began, and their maximum.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn note(bytes: isize) {
    // A thread that ends may free memory after its counter is gone.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: all calls go to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's guarantee is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: the caller's guarantee is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize - layout.size() as isize);
        // SAFETY: the caller's guarantee is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Returns the result of `work`, and the largest number of bytes that it held.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    HELD.with(|held| held.set((0, 0)));
    let result = work();
    let (_, most) = HELD.with(Cell::get);
    (result, most.max(0) as usize)
}

/// Encodes a length in its longest form, which fits every number.
fn length(bytes: u64) -> Vec<u8> {
    [&[0xfd][..], &bytes.to_le_bytes()].concat()
}

/// Makes a message with this frame and a right checksum.
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
            // The wrong length is followed by as many bytes as a valid packet has.
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
    // The claimed lengths of blocks exceed the rest of the frame, stored and compressed, in frames of all four sizes.
    for (code, sum) in [(0x40, 0x82), (0x50, 0xfb), (0x60, 0x51), (0x70, 0x73)] {
        for size in [4_u32, 100, 65_536, 65_537, 1 << 20, 4 << 20, (4 << 20) + 1, u32::MAX >> 1] {
            for stored in [0, 1 << 31] {
                let size = (size | stored).to_le_bytes();
                frames.push([&head(0x60, code)[..], &[sum], &size, b"abc"].concat());
            }
        }
    }
    // The frame claims its content size. All 256 values of the header checksum are tried: one is right.
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
    // The claims of right headers were checked: six times too large for a room, three times for the codec.
    assert_eq!(too_large, 9);
}

#[test]
fn a_bomb_takes_no_more_than_its_cap() {
    let bomb = message(&deflate(&vec![0; 1 << 20]));
    assert!(bomb.len() < 5_000);
    let (refused, most) = counted(|| read_client_packet(&bomb).err());
    assert_eq!(refused, Some(PacketError::PayloadTooLarge));
    assert!(most <= PACKET_PAYLOAD_BYTES_MAX + SLACK_BYTES_MAX, "{most}");
    // This is the largest packet, with 16 MB of claimed content.
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
