//! Files: malformed pictures and pages, ids, names and ranges.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::content::files::{
    ByteRange, FileId, check_owner, disposition, file_ids, file_name, kind_of, part_of, push_attached, shown_name,
    take_apart,
};
use protocol::content::own_emoticons::{emoticons_in, is_code, member_json, push_emoticons, shown_words};
use protocol::content::preview::preview_of;
use protocol::words::limits::{
    EMOTICONS_IN_MESSAGE_MAX, FILE_NAME_BYTES_MAX, LINK_DESCRIPTION_UNITS_MAX, LINK_TITLE_UNITS_MAX,
};

use super::{fuzz, like};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\0\0\0\0\0\0\0\x03tEXta\0b\0\0\0\0\0\0\0\x01IDATx\0\0\0\0\0\0\0\0IEND\0\0\0\0tail";
const JPEG: &[u8] = b"\xff\xd8\xff\xe1\0\x28Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0abcdef\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\0c\xff\xd9tail";
const WEBP: &[u8] = b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\x0c\0\0\0\x02\0\0\x01\0\0VP8L\x05\0\0\0\x2f\x02\x40\0\0\0EXIF\x03\0\0\0abc\0tail";
const GIF: &[u8] = b"GIF89a\x03\0\x02\0\x80\0\0abcdef\x21\xfe\x03abc\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x2c\0\0\0\0\x03\0\x02\0\0\x02\x01a\0\x3btail";
const ID: &str = "user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720";

fn picture() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), vec(any::<u8>(), 0..6), any::<bool>());
    let samples = prop::sample::select(vec![PNG, JPEG, WEBP, GIF]);
    (samples, vec(change, 0..5)).prop_map(|(sample, changes)| {
        let mut bytes = sample.to_vec();
        for (at, to, put, doubles) in changes.into_iter() {
            if bytes.is_empty() {
                break;
            }
            let (a, b) = (at.index(bytes.len()), to.index(bytes.len()));
            let piece = bytes[a.min(b)..a.max(b)].to_vec();
            if doubles && piece.len() < 40 {
                bytes.splice(a..a, piece);
            } else {
                let end = (a + put.len()).min(bytes.len());
                bytes.splice(a..end, put);
            }
        }
        bytes
    })
}

#[test]
fn pictures() {
    for sample in [PNG, JPEG, WEBP, GIF] {
        assert!(take_apart(sample).is_some(), "the sample itself must be good: {sample:?}");
    }
    fuzz(prop_oneof![9 => picture(), 1 => vec(any::<u8>(), 0..64)], |bytes| {
        let Some(picture) = take_apart(&bytes) else { return Ok(()) };
        prop_assert!(picture.kind == kind_of(&bytes) && picture.width > 0 && picture.height > 0);
        let mut kept = bytes.clone();
        picture.keep_only_itself(&mut kept);
        prop_assert!(kept.len() <= bytes.len());
        let again = take_apart(&kept);
        prop_assert!(again.is_some(), "what was put together can be taken apart: {kept:?}");
        let again = again.unwrap();
        prop_assert_eq!((again.kind, again.width, again.height), (picture.kind, picture.width, picture.height));
        let mut twice = kept.clone();
        again.keep_only_itself(&mut twice);
        prop_assert_eq!(twice, kept, "nothing more to be taken");
        Ok(())
    });
}

#[test]
fn names_of_files() {
    fuzz(prop_oneof![any::<String>(), "[ ./\\\\:a-zCONPRAUXLT0-9\u{202e}\u{e9}]{0,200}"], |text| {
        let name = file_name(&text);
        prop_assert!(!name.is_empty() && name.len() <= FILE_NAME_BYTES_MAX, "{name}");
        prop_assert!(!name.starts_with('.') && !name.contains(['/', '\\', '\0', '\n']));
        prop_assert_eq!(file_name(&name), name.clone(), "cleaning twice changes nothing");
        prop_assert!(disposition(&name, false).bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
        Ok(())
    });
}

#[test]
fn ids_and_ranges() {
    fuzz((like(&[ID]), "(bytes=)?[0-9]{0,22}-[0-9]{0,22}", 1..1_000_u64), |(text, range, bytes)| {
        if let Some(id) = FileId::parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
        if let ByteRange::Span { from, length } = part_of(&range, bytes) {
            prop_assert!(length > 0 && from + length <= bytes);
        }
        Ok(())
    });
}

#[test]
fn files_of_messages() {
    const FILES: &[&str] = &[
        r#"[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720","name":"a.png","alt":"A cat"}]"#,
        r#"[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.bin-9"},{"id":"user_7.01980000-0002-7fff-bfff-ffffffffffff.bin-9"}]"#,
        r#"{"url":"https://a.example/","title":"T","description":"D","imageFileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720"}"#,
    ];
    fuzz((like(FILES), like(FILES)), |(files, link)| {
        let content = "see https://a.example/";
        for (files, link) in [(Some(files.as_str()), None), (None, Some(link.as_str())), (Some(&files), Some(&link))] {
            let mut body = format!("{{\"content\":\"{content}\"");
            let pushed = push_attached(&mut body, content, files, link);
            body.push('}');
            if pushed.is_ok() {
                prop_assert!(
                    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&body).is_ok(),
                    "{body}"
                );
                prop_assert!(
                    file_ids(&body).iter().all(|id| FileId::parse(id).is_some() && shown_name(&body, id).is_some())
                );
                prop_assert!(
                    file_ids(&body).iter().all(|id| id.starts_with("user_7."))
                        == check_owner(&body, "user_7", 0).is_ok()
                );
            }
        }
        Ok(())
    });
}

#[test]
fn emoticons_of_messages() {
    const EMOTICONS: &[&str] = &[
        r#"[{"code":"(mia)","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"Mia"}]"#,
        r#"[{"code":":x","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-900-48x48","alt":"x"},{"code":"§§","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.webp-9-1x1","alt":"y"}]"#,
    ];
    fuzz(like(EMOTICONS), |emoticons| {
        let content = "so (mia) :x §§ :) mia";
        let mut body = format!("{{\"content\":\"{content}\"");
        let pushed = push_emoticons(&mut body, content, &emoticons);
        body.push('}');
        if pushed.is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&body).is_ok(), "{body}");
            let shown = emoticons_in(&body);
            prop_assert!(shown.len() <= EMOTICONS_IN_MESSAGE_MAX);
            for one in &shown {
                prop_assert!(
                    is_code(&one.code)
                        && content.contains(&one.code)
                        && protocol::content::own_emoticons::picture(&one.file).is_some(),
                    "{body}"
                );
                let words = shown_words(&one.alt);
                prop_assert_eq!(words.as_ref().ok(), Some(&one.alt));
            }
            prop_assert_eq!(file_ids(&body).len(), shown.len());
            let again = member_json(&shown);
            prop_assert!(shown.is_empty() || body.contains(&again), "{again}");
        }
        Ok(())
    });
}

#[test]
fn codes() {
    fuzz("\\PC{0,14}|[:()a-z.@/]{1,13}", |code: String| {
        if is_code(&code) {
            prop_assert!((2..=12).contains(&code.chars().count()) && !code.contains(char::is_whitespace));
            prop_assert!(!code.contains(['"', '\'', '`', '\0']) && !code.chars().all(char::is_alphanumeric));
        }
        Ok(())
    });
}

#[test]
fn pages() {
    let piece = prop_oneof![
        "<(title|meta|script|body|!--|/title|TITLE|p)[ />]?",
        "(property|content|name)=[\"']?(og:title|og:image|description|\\PC{0,8})[\"']?",
        "&(amp|#x?[0-9a-f]{0,8}|lt|\\PC{0,3});?",
        "<meta (charset=|http-equiv=content-type content='text/html;charset=)(utf-8|utf-16|koi8-r|gbk|iso-2022-jp|\\PC{0,4})['>]",
        "[<>\"'=/ -]{0,3}",
        "\\PC{0,12}",
    ];
    let kind = "(text/html|Text/HTML|application/xhtml\\+xml)[ ;]{0,2}(charset=(\"?[a-z0-9_-]{0,12}\"?|big5|utf-16be|euc-kr|iso-2022-kr))?";
    fuzz((kind, vec(piece, 0..24), vec(any::<u8>(), 0..8)), |(kind, pieces, bytes)| {
        let body = [pieces.concat().as_bytes(), &bytes, b"<title>", &bytes].concat();
        let Some(preview) = preview_of(&kind, &body) else { return Ok(()) };
        let units = |text: &Option<String>| text.as_ref().map_or(1, |text| text.encode_utf16().count());
        prop_assert!((1..=LINK_TITLE_UNITS_MAX).contains(&units(&preview.title)));
        prop_assert!((1..=LINK_DESCRIPTION_UNITS_MAX).contains(&units(&preview.description)));
        Ok(())
    });
}
