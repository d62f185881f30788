//! Files and the preview of a link in a message: parsed from the writer's frame, written for all readers.

use super::id::FileId;
use super::name::file_name;
use crate::codec::json::{Value, push_json_text};
use crate::content::letters::is_letter;
use crate::content::own_emoticons::{self, emoticons_in};
use crate::content::spans::links;
use crate::content::unseen::is_unseen;
use crate::words::event::Millis;
use crate::words::ids::uuid_v7_at;
use crate::words::limits::{
    ALT_UNITS_MAX, FILES_MAX, LINK_DESCRIPTION_UNITS_MAX, LINK_TITLE_UNITS_MAX, LINK_URL_BYTES_MAX,
};
use crate::words::refusal::Refusal;

/// Appends `files` and `link` of a chat, as JSON texts, to its body. Returns `false` if it has no files.
/// Errors: `VALIDATION` on either. The owner of the files is not checked here: see [`check_owner`].
pub fn push_attached(
    body: &mut String,
    content: &str,
    files: Option<&str>,
    link: Option<&str>,
) -> Result<bool, Refusal> {
    let files = files.map_or(Some(Value::Null), Value::parse).unwrap_or(Value::Bool(false));
    let has_files = files != Value::Null;
    if has_files {
        push_files(body, &files).ok_or(Refusal::over_limit(
            "files",
            "A message has 1 to 4 files of one's own.",
            FILES_MAX,
        ))?;
    }
    if let Some(link) = link.filter(|link| *link != "null") {
        let read = Value::parse(link).and_then(|link| push_link(body, content, &link));
        read.ok_or(Refusal::validation("link", "A link needs a title, and a url that is in the message."))?;
    }
    Ok(has_files)
}

fn push_files(body: &mut String, files: &Value) -> Option<()> {
    let files = files.as_array().filter(|files| (1..=FILES_MAX).contains(&files.len()))?;
    let mut seen: Vec<String> = Vec::new();
    for file in files {
        let id = file.get("id")?.as_str()?;
        let known = FileId::parse(id)?;
        if seen.iter().any(|seen| seen == id) {
            return None;
        }
        body.push_str(if seen.is_empty() { ",\"files\":[{" } else { ",{" });
        push_file(body, &known, text_in(file, "name", usize::MAX)?.unwrap_or_default());
        push_text(body, "alt", text_in(file, "alt", ALT_UNITS_MAX)?);
        body.push('}');
        seen.push(id.to_owned());
    }
    body.push(']');
    Some(())
}

/// Writes the members that every description of a file has: the data of its id, and its name.
pub fn push_file(out: &mut String, id: &FileId, name: &str) {
    let FileId { kind, bytes, size, .. } = id;
    out.push_str(&format!("\"id\":\"{id}\",\"name\":"));
    push_json_text(out, &file_name(name));
    out.push_str(&format!(",\"type\":\"{}\",\"size\":{bytes}", kind.media_type()));
    if let Some((width, height)) = size {
        out.push_str(&format!(",\"width\":{width},\"height\":{height}"));
    }
}

fn push_link(body: &mut String, content: &str, link: &Value) -> Option<()> {
    let url = link.get("url")?.as_str().filter(|url| url.len() <= LINK_URL_BYTES_MAX && content.contains(url))?;
    Some(url).filter(|url| leads_where_it_says(url))?;
    body.push_str(",\"link\":{\"url\":");
    push_json_text(body, url);
    let title = text_in(link, "title", LINK_TITLE_UNITS_MAX)?;
    title?;
    push_text(body, "title", title);
    push_text(body, "description", text_in(link, "description", LINK_DESCRIPTION_UNITS_MAX)?);
    let image = text_in(link, "imageFileId", usize::MAX)?;
    if let Some(image) = image {
        FileId::parse(image).filter(|image| image.kind.is_picture())?;
    }
    push_text(body, "imageFileId", image);
    body.push('}');
    Some(())
}

/// Returns `true` if every reader finds the host of `url` where it is written. Browsers repair an address: they read `\` as `/`, `。` as a
/// dot, and drop tabs and invisible characters, so a person or a program would see another host than the one that is called.
fn leads_where_it_says(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or(url.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_of_host = |character: char| is_letter(character) || matches!(character, '-' | '.' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(is_of_host)
}

/// Returns `true` if the card of `url`, which belongs to the text `before`, still fits the text `after`. An address that is only longer does
/// not count.
pub fn keeps_card(url: &str, before: &str, after: &str) -> bool {
    let stands_in = |text: &str| links(text).contains(&url);
    if stands_in(before) { stands_in(after) } else { after.contains(url) }
}

fn push_text(body: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        body.push_str(&format!(",\"{name}\":"));
        push_json_text(body, text);
    }
}

/// Returns a text that may be missing or empty, which is the same; `None` for another type, or if it is too long.
fn text_in<'a>(record: &'a Value, name: &str, units_max: usize) -> Option<Option<&'a str>> {
    match record.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => {
            let text = value.as_str()?;
            let is_good = !text.contains('\0') && text.encode_utf16().count() <= units_max;
            is_good.then_some(Some(text).filter(|text| !is_unseen(text)))
        }
    }
}

/// Returns all files that a body shows: attachments, the picture of its link, and its emoticons.
pub fn file_ids(body: &str) -> Vec<String> {
    let mut ids = attached_ids(body);
    ids.extend(emoticons_in(body).into_iter().map(|one| one.file));
    ids
}

/// Returns the files of a body without those of its emoticons.
fn attached_ids(body: &str) -> Vec<String> {
    // A quotation mark inside a text is escaped, so a body without these has no files.
    if !body.contains("\"files\":[") && !body.contains("\"imageFileId\":\"") {
        return Vec::new();
    }
    let body = Value::parse(body).unwrap_or(Value::Null);
    let text = |record: &Value, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let files = body.get("files").and_then(Value::as_array).into_iter().flatten().filter_map(|file| text(file, "id"));
    files.chain(body.get("link").and_then(|link| text(link, "imageFileId"))).collect()
}

/// Returns the name of a file in a body that shows it: empty if it has no name there, `None` if it is not shown.
pub fn shown_name(body: &str, id: &str) -> Option<String> {
    if !file_ids(body).iter().any(|shown| shown == id) {
        return None;
    }
    let body = Value::parse(body)?;
    let text = |file: &Value, name| file.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut files = body.get("files").and_then(Value::as_array).into_iter().flatten();
    let file = files.find(|file| file.get("id").and_then(Value::as_str) == Some(id));
    Some(file.and_then(|file| text(file, "name")).unwrap_or_default())
}

/// Checks that all files of a body belong to its writer and were uploaded after `from`: a persona's player must not use files of an earlier
/// one.
pub fn check_owner(body: &str, actor: &str, from: Millis) -> Result<(), Refusal> {
    let is_own = |id: &String| {
        let is_new = || from == 0 || FileId::parse(id).and_then(|id| uuid_v7_at(&id.uuid)).is_some_and(|at| at > from);
        id.split_once('.').is_some_and(|(owner, _)| owner == actor) && is_new()
    };
    if !emoticons_in(body).iter().all(|one| is_own(&one.file)) {
        return Err(own_emoticons::refused());
    }
    if attached_ids(body).iter().all(is_own) {
        return Ok(());
    }
    Err(Refusal::validation("files", "A message has 1 to 4 files of one's own."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &str = "user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720";
    const BIN: &str = "user_7.01980000-0002-7fff-bfff-ffffffffffff.bin-9";

    fn pushed(content: &str, files: Option<&str>, link: Option<&str>) -> Result<(String, bool), String> {
        let mut body = format!("{{\"content\":{}", crate::codec::json::json_text(content));
        let has_files = push_attached(&mut body, content, files, link);
        body.push('}');
        has_files.map(|has| (body, has)).map_err(|refusal| refusal.field().unwrap_or_default().to_owned())
    }

    #[test]
    fn files_of_an_earlier_player_are_not_the_next_ones() {
        let files = format!(r#"[{{"id":"{PNG}"}}]"#);
        let (body, _) = pushed("", Some(&files), None).unwrap();
        let at = uuid_v7_at("01980000-0001-7fff-bfff-ffffffffffff").unwrap();
        assert!(check_owner(&body, "user_7", at - 1).is_ok());
        assert!(check_owner(&body, "user_7", at).is_err());
    }

    #[test]
    fn emoticons_are_links_of_files_and_their_writers_own() {
        let body = format!(
            r#"{{"content":"(a)","files":[{{"id":"{BIN}","name":"b"}}],"emoticons":[{{"code":"(a)","fileId":"{PNG}","alt":"a"}}]}}"#
        );
        assert_eq!(file_ids(&body), [BIN, PNG]);
        assert_eq!(shown_name(&body, PNG).as_deref(), Some(""));
        assert!(check_owner(&body, "user_7", 0).is_ok());
        let others = body.replace("\"fileId\":\"user_7", "\"fileId\":\"user_8");
        let refused = |body: &str| check_owner(body, "user_7", 0).map_err(|refusal| refusal.field().map(str::to_owned));
        assert_eq!(refused(&others), Err(Some("emoticons".to_owned())));
        assert_eq!(refused(&body.replace(BIN, &BIN.replace('7', "8"))), Err(Some("files".to_owned())));
    }

    #[test]
    fn files_are_shown_with_what_their_ids_say() {
        let files = format!(
            r#"[{{"id":"{PNG}","name":"../a\u202eb.png","alt":"A \"cat\"","size":1,"x":[]}},{{"id":"{BIN}","alt":""}}]"#
        );
        let (body, has_files) = pushed("", Some(&files), None).unwrap();
        assert!(has_files);
        assert_eq!(
            body,
            format!(
                r#"{{"content":"","files":[{{"id":"{PNG}","name":"ab.png","type":"image/png","size":34567,"width":1280,"height":720,"alt":"A \"cat\""}},{{"id":"{BIN}","name":"file","type":"application/octet-stream","size":9}}]}}"#
            )
        );
        assert_eq!(file_ids(&body), [PNG, BIN]);
        assert_eq!((shown_name(&body, PNG).as_deref(), shown_name(&body, "x")), (Some("ab.png"), None));
        assert!(
            check_owner(&body, "user_7", 0).is_ok()
                && check_owner(&body, "user_8", 0).is_err()
                && check_owner(&body, "user", 0).is_err()
        );
        assert_eq!(pushed("x", None, None), Ok((r#"{"content":"x"}"#.to_owned(), false)));
        assert_eq!(pushed("x", Some("null"), Some("null")), Ok((r#"{"content":"x"}"#.to_owned(), false)));
    }

    #[test]
    fn files_that_are_none_are_refused() {
        let one = format!(r#"{{"id":"{BIN}"}}"#);
        let long = format!(r#"[{{"id":"{BIN}","alt":"{}"}}]"#, "x".repeat(301));
        for files in [
            "[]",
            "{}",
            "7",
            "\"x\"",
            "[{}]",
            "[null]",
            r#"[{"id":7}]"#,
            r#"[{"id":"x"}]"#,
            &format!("[{one},{one}]"),
            &format!("[{}]", [one.as_str(); 5].join(",")),
            &long,
            &format!(r#"[{{"id":"{BIN}","alt":7}}]"#),
            &format!(r#"[{{"id":"{BIN}","alt":"a\u0000"}}]"#),
        ] {
            assert_eq!(pushed("x", Some(files), None), Err("files".to_owned()), "{files}");
        }
    }

    #[test]
    fn a_link_stands_in_its_message() {
        let link = |rest: &str| format!(r#"{{"url":"https://a.example/x","title":"T"{rest}}}"#);
        let content = "see https://a.example/x";
        let (body, _) =
            pushed(content, None, Some(&link(&format!(r#","description":"D","imageFileId":"{PNG}","y":1"#)))).unwrap();
        let shown =
            format!(r#","link":{{"url":"https://a.example/x","title":"T","description":"D","imageFileId":"{PNG}"}}}}"#);
        assert!(body.ends_with(&shown), "{body}");
        assert_eq!((file_ids(&body), shown_name(&body, PNG)), (vec![PNG.to_owned()], Some(String::new())));
        assert!(check_owner(&body, "user_8", 0).is_err());
        for (content, link) in [
            ("elsewhere", link("")),
            ("javascript:x", r#"{"url":"javascript:x","title":"T"}"#.to_owned()),
            ("https://a", r#"{"url":"https://a"}"#.to_owned()),
            ("https://", r#"{"url":"https://","title":"T"}"#.to_owned()),
            (content, link(&format!(r#","imageFileId":"{BIN}""#))),
            (content, link(r#","description":7"#)),
            (content, "[]".to_owned()),
        ] {
            assert_eq!(pushed(content, None, Some(&link)), Err("link".to_owned()), "{link}");
        }
    }

    #[test]
    fn the_address_of_a_card_says_where_it_leads() {
        let card = |url: &str| {
            let link = format!("{{\"url\":{},\"title\":\"Your bank\"}}", crate::codec::json::json_text(url));
            pushed(&format!("see {url}"), None, Some(&link)).is_ok()
        };
        for url in [
            "https://a.example",
            "http://a.example:8080/x.?y=https://b.example#z.",
            "https://a.example./(x)",
            "https://[2001:db8::1]/",
            "https://пример.рф/путь",
            "https://例え.テスト?x",
            "https://a.example/@b\\c",
            "https://a.example/\u{202e}gpj.exe",
        ] {
            assert!(card(url), "{url}");
        }
        for url in [
            "https://evil.example\\@bank.example",
            "https://bank.example@evil.example/",
            "https://evil.example%2f@bank.example",
            "https://ev\til.example/",
            "https://evil。example/",
            "https://evil．example",
            "https://bank.example\u{ad}evil.example/",
            "https://evil\u{200b}.example/",
            "https:///evil.example/",
            "https:\\\\evil.example/",
            "https://",
            "http://?",
        ] {
            assert!(!card(url), "{url}");
        }
    }

    #[test]
    fn what_a_text_says_of_files_is_no_file() {
        let content =
            crate::codec::json::json_text(&format!("\"files\":[{{\"id\":\"{PNG}\"}}],\"imageFileId\":\"{PNG}\""));
        assert!(file_ids(&format!("{{\"content\":{content}}}")).is_empty());
    }
}
