//! Tests with hand-made pictures: the parts that are kept, and those that are removed.

use super::*;
use crate::codec::checksum::crc32;
use crate::content::files::exif::{exif_of, orientation};

const SECRET: &[u8] = b"52.5200 N 13.4050 E <script>";

fn exif(turn: u16, is_little: bool) -> Vec<u8> {
    let two = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let four = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let mut out = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    out.extend([four(8).as_slice(), &two(2), &two(0x010f), &two(2), &four(4), b"abc\0"].concat());
    out.extend([two(0x0112).as_slice(), &two(3), &four(1), &two(turn), &[0, 0], &four(0), SECRET].concat());
    out
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xff, marker], (data.len() as u16 + 2).to_be_bytes().as_slice(), data].concat()
}

fn jpeg(middle: &[Vec<u8>], end: &[u8]) -> Vec<u8> {
    let frame = segment(0xc2, &[8, 0, 20, 0, 30, 1, 1, 0x11, 0]);
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![1, 0xff, 0, 2, 0xff, 0xd0, 3]].concat();
    let more = [segment(0xc4, &[0; 4]), segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![9, 0xff, 0xff, 0xd9]].concat();
    let all = [vec![0xff, 0xd8], middle.concat(), segment(0xdb, &[0; 65]), frame, scan, more, end.to_vec()];
    all.concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let sum = crc32(&[kind.as_slice(), data].concat());
    [(data.len() as u32).to_be_bytes().as_slice(), kind, data, &sum.to_be_bytes()].concat()
}

fn png(middle: &[Vec<u8>], end: &[u8]) -> Vec<u8> {
    let head = [30_u32.to_be_bytes().as_slice(), &20_u32.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let all = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        middle.concat(),
        chunk(b"IDAT", &[1, 2, 3]),
        chunk(b"IEND", &[]),
        end.to_vec(),
    ];
    all.concat()
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)], end: &[u8]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend([kind.as_slice(), &(data.len() as u32).to_le_bytes(), data].concat());
        body.extend(vec![0; data.len() % 2]);
    }
    [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body, end].concat()
}

fn gif(middle: &[Vec<u8>], end: &[u8]) -> Vec<u8> {
    let head = [b"GIF89a".as_slice(), &[30, 0, 20, 0, 0x80, 0, 0], &[0; 6]].concat();
    let image = vec![0x2c, 0, 0, 0, 0, 30, 0, 20, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 1, 2, 0];
    [head, middle.concat(), image, vec![0x3b], end.to_vec()].concat()
}

fn blocks(label: u8, first: &[u8], data: &[u8]) -> Vec<u8> {
    let part = |data: &[u8]| if data.is_empty() { Vec::new() } else { [&[data.len() as u8], data].concat() };
    [vec![0x21, label], part(first), part(data), vec![0]].concat()
}

/// Returns the remaining bytes, and the size of the picture as it is shown.
fn left(bytes: &[u8]) -> Option<(Vec<u8>, u32, u32)> {
    let picture = take_apart(bytes)?;
    let mut kept = bytes.to_vec();
    picture.keep_only_itself(&mut kept);
    let again = take_apart(&kept).expect("what was put together can be taken apart");
    assert_eq!((again.kind, again.width, again.height), (picture.kind, picture.width, picture.height));
    let mut twice = kept.clone();
    again.keep_only_itself(&mut twice);
    assert_eq!(twice, kept, "nothing more to be taken");
    assert!(!kept.windows(SECRET.len()).any(|window| window == SECRET), "something was kept");
    Some((kept, picture.width, picture.height))
}

fn webp_of(middle: Vec<(&'static [u8; 4], Vec<u8>)>, flags: u8) -> Vec<(&'static [u8; 4], Vec<u8>)> {
    let head = vec![flags, 0, 0, 0, 29, 0, 0, 19, 0, 0];
    let pixels = vec![0, 0, 0, 0x9d, 1, 0x2a, 30, 0, 20, 0, 7];
    [vec![(b"VP8X", head), (b"VP8 ", pixels)], middle].concat()
}

#[test]
fn nothing_but_the_picture_is_kept() {
    let jfif = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\0");
    let clean = jpeg(&[jfif.clone(), adobe.clone()], b"");
    let middle = [
        jfif,
        segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(1, true)].concat()),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
        segment(0xe2, &[b"MPF\0", SECRET].concat()),
        segment(0xed, SECRET),
        segment(0xfe, SECRET),
        adobe,
    ];
    assert_eq!(left(&jpeg(&middle, SECRET)), Some((clean.clone(), 30, 20)));

    let text = |kind| chunk(kind, SECRET);
    let middle = [
        chunk(b"gAMA", &[0; 4]),
        text(b"tEXt"),
        text(b"zTXt"),
        text(b"iTXt"),
        chunk(b"tIME", &[0; 7]),
        chunk(b"eXIf", &exif(1, false)),
        text(b"xXxX"),
    ];
    assert_eq!(left(&png(&middle, SECRET)), Some((png(&middle[..1], b""), 30, 20)));

    let middle = vec![(b"EXIF", exif(1, true)), (b"XMP ", SECRET.to_vec()), (b"ABCD", SECRET.to_vec())];
    assert_eq!(left(&riff(&webp_of(middle, 0x0c), SECRET)), Some((riff(&webp_of(vec![], 0), b""), 30, 20)));

    let middle = [
        blocks(0xff, b"NETSCAPE2.0", &[1, 0, 0]),
        blocks(0xfe, b"", SECRET),
        blocks(0xff, b"XMP DataXMP", SECRET),
        blocks(0x01, &[0; 12], SECRET),
        blocks(0xf9, &[0; 4], b""),
    ];
    assert_eq!(left(&gif(&middle, SECRET)), Some((gif(&[middle[0].clone(), middle[4].clone()], b""), 30, 20)));
}

#[test]
fn how_a_picture_is_turned_is_kept_and_nothing_else_of_its_exif() {
    for (turn, is_little) in [(6, true), (8, false), (3, true), (2, false)] {
        let shown = if turn > 4 { (20, 30) } else { (30, 20) };
        let small = exif_of(turn);
        let (kept, width, height) =
            left(&jpeg(&[segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(turn, is_little)].concat())], b"")).unwrap();
        assert_eq!((width, height), shown);
        assert_eq!(kept, jpeg(&[segment(0xe1, &[b"Exif\0\0".as_slice(), &small].concat())], b""));
        let (kept, width, height) = left(&png(&[chunk(b"eXIf", &exif(turn, is_little))], b"")).unwrap();
        assert_eq!(((width, height), kept), (shown, png(&[chunk(b"eXIf", &small)], b"")));
        let (kept, width, height) = left(&riff(&webp_of(vec![(b"EXIF", exif(turn, is_little))], 0x08), b"")).unwrap();
        assert_eq!(((width, height), kept), (shown, riff(&webp_of(vec![(b"EXIF", small)], 0x08), b"")));
    }
    for turn in [0, 1, 9, 65_535] {
        assert_eq!(orientation(&exif(turn, true)), None, "{turn}");
    }
}

#[test]
fn what_moves_is_known() {
    let moves = |bytes: &[u8]| take_apart(bytes).map(|picture| picture.is_moving);
    assert_eq!(moves(&png(&[], b"")), Some(false));
    assert_eq!(moves(&png(&[chunk(b"acTL", &[0; 8])], b"")), Some(true));
    assert_eq!(moves(&riff(&webp_of(vec![], 0), b"")), Some(false));
    assert_eq!(moves(&riff(&webp_of(vec![(b"ANIM", vec![0; 6]), (b"ANMF", vec![0; 16])], 0x02), b"")), Some(true));
}

#[test]
fn what_is_cut_short_or_says_nonsense_is_no_picture() {
    let whole = [jpeg(&[], b""), png(&[], b""), riff(&webp_of(vec![], 0), b""), gif(&[], b"")];
    for picture in whole {
        assert!(take_apart(&picture).is_some());
        for length in 0..picture.len() {
            assert_eq!(take_apart(&picture[..length]), None, "{:?} {length}", kind_of(&picture));
        }
    }
    for text in [
        b"<!doctype html><html>".as_slice(),
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"%PDF-1.7 %%EOF....",
        b"PK\x03\x04........",
        b"BM..........",
        b"",
    ] {
        assert_eq!((kind_of(text), take_apart(text)), (FileKind::Bin, None));
    }
    // These are HTML pages with the first bytes of pictures.
    for begin in [
        b"GIF89a=1;/*".as_slice(),
        b"\x89PNG\r\n\x1a\n<html>",
        b"\xff\xd8\xff<html><script>",
        b"RIFF\x20\0\0\0WEBP<html><script>alert(1)",
    ] {
        assert_eq!(take_apart(&[begin, &[b'x'; 64]].concat()), None);
    }
    assert_eq!(
        take_apart(
            &png(&[], b"")
                .iter()
                .enumerate()
                .map(|(at, byte)| if (16..20).contains(&at) { 0 } else { *byte })
                .collect::<Vec<u8>>()
        ),
        None,
        "no width"
    );
}

#[test]
fn smaller_forms_of_webp_say_their_size_themselves() {
    let lossless = |w: u32, h: u32| [vec![0x2f], ((w - 1) | (h - 1) << 14).to_le_bytes().to_vec(), vec![5]].concat();
    assert_eq!(left(&riff(&[(b"VP8L", lossless(16_384, 3))], b"")).map(|(_, w, h)| (w, h)), Some((16_384, 3)));
    assert_eq!(left(&riff(&webp_of(vec![], 0)[1..], b"x")).map(|(_, w, h)| (w, h)), Some((30, 20)));
    assert_eq!(take_apart(&riff(&[(b"EXIF", exif(1, true)), (b"VP8L", lossless(3, 3))], b"")), None);
}
