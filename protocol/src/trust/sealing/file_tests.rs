//! Laws of sealed files: their exact sizes, parts that open without the rest, and chunks that open at their own place alone.

use proptest::prelude::*;

use super::*;

const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const B: &str = "b:HxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PLACE: &str = "files/ann/1";
const SEED: Seed = [7; SEED_BYTES];
/// Plain bytes of the first chunk.
const FIRST: usize = SEGMENT_BYTES - HEADER_BYTES - 16;
/// Plain bytes of every other full chunk.
const CHUNK: usize = SEGMENT_BYTES - 16;

fn keys(text: &str) -> ContentKeys {
    ContentKeys::parse(text).unwrap()
}

fn file_of(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}

fn cipher(place: &str, seed: &Seed) -> FileCipher {
    keys(A).file_sealer(place, seed).unwrap().unwrap()
}

/// Seals a file that arrives in pieces of this length.
fn sealed_in(file: &[u8], piece: usize) -> Vec<u8> {
    let mut sealer = FileSealer::new(cipher(PLACE, &SEED));
    let mut sealed: Vec<u8> = file.chunks(piece).flat_map(|piece| sealer.push(piece).unwrap()).collect();
    sealed.extend(sealer.finish().unwrap());
    sealed
}

/// Opens a part of a file whose stored bytes arrive in pieces of this length.
fn part_of(stored: &[u8], bytes: u64, (from, length): (u64, u64), piece: usize) -> Result<Vec<u8>, SealError> {
    let mut opener = FileOpener::new(keys(A).file_opener(PLACE, stored)?, bytes, from, length);
    let (at, span) = opener.stored_span();
    let end = stored.len().min((at + span) as usize);
    let mut opened = Vec::new();
    for piece in stored[(at as usize).min(end)..end].chunks(piece) {
        opened.extend(opener.push(piece)?);
    }
    opener.finish().map(|()| opened)
}

#[test]
fn a_sealed_file_looks_like_this() {
    // The bytes are fixed: every later version must open stored files. Another program computed the last of them.
    let sealed = sealed_in(b"hi", 1);
    let mut wanted = [b"\x01cfm.file.1:a:".as_slice(), &SEED].concat();
    wanted.resize(HEADER_BYTES, 0);
    wanted.extend([0xd7, 0x52, 0x32, 0xba, 0x94, 0x3d, 0xed, 0x89, 0xed]);
    wanted.extend([0x7e, 0xe9, 0x8d, 0xbe, 0xb3, 0x63, 0x5a, 0xf4, 0x41]);
    assert_eq!(sealed, wanted);
    assert!(is_sealed_file(&sealed) && !is_sealed_file(b"\x01cfm:a:") && !is_sealed_file(b"hi"));
    assert_eq!(keys(A).open_file(PLACE, &sealed).unwrap(), b"hi");
}

#[test]
fn the_length_of_a_sealed_file_is_known_before() {
    for bytes in [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + CHUNK, FIRST + CHUNK + 1] {
        let sealed = sealed_in(&file_of(bytes), 50_000);
        assert_eq!(sealed.len() as u64, sealed_bytes(bytes as u64), "{bytes}");
        assert_eq!(plain_bytes(sealed.len() as u64), Some(bytes as u64), "{bytes}");
        assert_eq!(keys(A).open_file(PLACE, &sealed).unwrap(), file_of(bytes));
    }
    assert_eq!(sealed_bytes(25_000_000), 25_000_000 + 64 + 382 * 16);
    assert_eq!([0, 79, SEGMENT_BYTES as u64 + 16].map(plain_bytes), [None; 3]);
    assert_eq!([0, 1, 2].map(bytes_of_segments), [0, FIRST as u64, (FIRST + CHUNK) as u64]);
}

#[test]
fn parts_of_whole_segments_make_the_same_file() {
    let file = file_of(2 * SEGMENT_BYTES);
    let (first, rest) = file.split_at(bytes_of_segments(1) as usize);
    let cipher = cipher(PLACE, &SEED);
    let parts = [cipher.seal_part(0, first, false).unwrap(), cipher.seal_part(1, rest, true).unwrap()];
    assert_eq!(parts[0].len(), SEGMENT_BYTES);
    assert_eq!(parts.concat(), sealed_in(&file, file.len()));
}

#[test]
fn a_file_that_was_changed_does_not_open() {
    let file = file_of(2 * SEGMENT_BYTES + 100);
    let sealed = sealed_in(&file, file.len());
    let segments: Vec<&[u8]> = sealed.chunks(SEGMENT_BYTES).collect();
    let [first, second, last] = segments[..] else { panic!("three segments") };
    let other = cipher(PLACE, &[8; SEED_BYTES]).seal_part(0, &file, true).unwrap();
    let changed = [
        ("without its last chunk", [first, second].concat()),
        ("without a chunk in the middle", [first, last].concat()),
        ("with chunks in another order", [first, last, second].concat()),
        ("with a chunk twice", [first, second, second, last].concat()),
        ("with a chunk of another file", [first, &other[SEGMENT_BYTES..2 * SEGMENT_BYTES], last].concat()),
        ("cut in a chunk", sealed[..sealed.len() - 1].to_vec()),
        ("with more behind it", [sealed.as_slice(), b"x"].concat()),
        ("cut to an empty file", sealed[..HEADER_BYTES + 16].to_vec()),
        ("cut in the header", sealed[..HEADER_BYTES - 1].to_vec()),
        ("empty", Vec::new()),
    ];
    for (what, stored) in changed {
        assert!(keys(A).open_file(PLACE, &stored).is_err(), "{what}");
        assert!(
            part_of(&stored, file.len() as u64, (0, file.len() as u64), 70_000).is_err()
                || what.starts_with("with more"),
            "{what}"
        );
    }
    assert!(keys(A).open_file("files/ann/2", &sealed).is_err(), "at another place");
}

#[test]
fn a_chunk_knows_its_number_and_that_it_is_the_last() {
    let cipher = cipher(PLACE, &SEED);
    let sealed = cipher.seal_chunk(3, false, b"words").unwrap();
    assert_eq!(cipher.open_chunk(3, false, &sealed).unwrap(), b"words");
    for (number, is_last) in [(2, false), (4, false), (3, true)] {
        assert_eq!(cipher.open_chunk(number, is_last, &sealed), Err(SealError::BrokenFile("a".into())));
    }
}

#[test]
fn a_file_opens_with_the_key_that_sealed_it_whatever_the_newest_is() {
    let sealed = sealed_in(b"hi", 2);
    for ring in [A.to_owned(), format!("{B},{A}"), format!("{PLAIN},{A}")] {
        assert_eq!(keys(&ring).open_file(PLACE, &sealed).unwrap(), b"hi", "{ring}");
    }
    let unknown = Err(SealError::UnknownKey("a".into()));
    assert_eq!(keys(B).open_file(PLACE, &sealed), unknown);
    assert_eq!(ContentKeys::default().open_file(PLACE, &sealed), unknown);
    assert_eq!(ContentKeys::unusable().open_file(PLACE, &sealed), Err(SealError::Unusable));
    let other = keys(&B.replace("b:", "a:")).open_file(PLACE, &sealed);
    assert_eq!(other, Err(SealError::BrokenFile("a".into())));
    assert!(is_about_keys(&SealError::BrokenFile("a".into()).into()));
}

#[test]
fn without_a_key_in_front_a_file_is_stored_as_it_is_or_not_at_all() {
    for ring in [ContentKeys::default(), keys(&format!("{PLAIN},{A}"))] {
        assert!(ring.file_sealer(PLACE, &SEED).unwrap().is_none());
    }
    assert_eq!(ContentKeys::unusable().file_sealer(PLACE, &SEED).map(|_| ()), Err(SealError::Unusable));
    let longest = keys(&A.replace("a:", "a234567890123456:")).file_sealer(PLACE, &SEED).unwrap().unwrap();
    assert_eq!(longest.header().len(), HEADER_BYTES, "every id has room in the header");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_part_opens_in_whatever_pieces_it_comes(
        bytes in 1..3 * SEGMENT_BYTES, piece in 1_000..100_000_usize,
        (from, length) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()), bent in any::<prop::sample::Index>(),
    ) {
        let file = file_of(bytes);
        let sealed = sealed_in(&file, piece);
        prop_assert_eq!(&sealed, &sealed_in(&file, bytes));
        let from = from.index(bytes);
        let length = 1 + length.index(bytes - from);
        let span = (from as u64, length as u64);
        prop_assert_eq!(part_of(&sealed, bytes as u64, span, piece).unwrap(), &file[from..from + length]);
        // Any changed byte is noticed.
        let mut changed = sealed;
        let at = bent.index(changed.len());
        changed[at] ^= 1;
        prop_assert!(keys(A).open_file(PLACE, &changed).is_err());
    }
}
