//! Names of files: people see them and their computer writes them, so a name must not lead to another path or mislead anybody.

use crate::content::text::{first_graphemes, undisguised};
use crate::content::unseen::{is_blank, is_unseen};
use crate::words::limits::FILE_NAME_BYTES_MAX;

/// Name of a file without a name.
const NAMELESS: &str = "file";
/// Names of devices on Windows, with any extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Returns `text` as a file name: without separators of folders, control characters and changes of the direction; never empty, never a
/// device, and short enough.
pub fn file_name(text: &str) -> String {
    let is_separator = |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let mut name: String =
        undisguised(text).chars().filter(|c| !is_separator(*c) && !matches!(c, '\u{2028}' | '\u{2029}')).collect();
    // Dots and blanks at either end mean hidden files or other folders, or are dropped by some systems.
    name = no_device(name.trim_matches(is_end));
    if name.len() > FILE_NAME_BYTES_MAX {
        // Trimming can turn a shorter name into that of a device again.
        name = no_device(&shortened(&name));
    }
    if is_unseen(&name) { NAMELESS.to_owned() } else { name }
}

/// Adds a prefix to the name of a device.
fn no_device(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = |begin: &str| {
        stem.strip_prefix(begin).is_some_and(|rest| rest.chars().count() == 1 && !rest.starts_with(char::is_alphabetic))
    };
    let is_device = DEVICES.contains(&stem.as_str()) || is_port("COM") || is_port("LPT");
    if is_device { format!("_{name}") } else { name.to_owned() }
}

fn is_end(c: char) -> bool {
    c == '.' || is_blank(c)
}

/// Shortens a name between two graphemes, and retains its extension.
fn shortened(name: &str) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let stem = first_graphemes(stem, FILE_NAME_BYTES_MAX - 1 - ending.len(), str::len).trim_end_matches(is_end);
    // One grapheme of many marks may be longer than a name.
    format!("{}{ending}", if stem.is_empty() { NAMELESS } else { stem })
}

/// Returns the header with the file name of a download (RFC 6266); `inline` for a file that is shown.
pub fn disposition(name: &str, is_inline: bool) -> String {
    let mut out = if is_inline { "inline" } else { "attachment" }.to_owned();
    out.push_str("; filename*=UTF-8''");
    for byte in name.bytes() {
        // These are the `attr-char` of RFC 8187 that are special nowhere.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_misleads_nobody() {
        for (sent, kept) in [
            ("holiday photo.jpg", "holiday photo.jpg"),
            ("Grüße 🎉.png", "Grüße 🎉.png"),
            ("../../etc/passwd", "etcpasswd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\x.exe", "Cx.exe"),
            ("/", "file"),
            ("", "file"),
            (" . . ", "file"),
            ("...", "file"),
            (".htaccess", "htaccess"),
            ("a\0b\r\nc\u{7f}.txt", "abc.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{2066}b\u{200f}\u{200b}c", "abc"),
            ("Jo\u{2063}\u{ffa0}b.txt", "Job.txt"),
            ("\u{2800}\u{2800}.\u{2800}", "file"),
            ("\u{3164}\u{fe0f}", "file"),
            ("👩\u{200d}🎓 ❤\u{fe0f}.png", "👩\u{200d}🎓 ❤\u{fe0f}.png"),
            ("con", "_con"),
            ("CON.txt", "_CON.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT²", "_LPT²"),
            ("company.txt", "company.txt"),
            ("comx", "comx"),
            ("x. ", "x"),
            ("<img src=x onerror=a()>.html", "img src=x onerror=a().html"),
        ] {
            assert_eq!(file_name(sent), kept, "{sent:?}");
        }
        let long = file_name(&format!("{}.jpeg", "ü".repeat(300)));
        assert!(long.len() <= FILE_NAME_BYTES_MAX && long.ends_with("ü.jpeg"), "{long}");
        for (sent, stem) in [
            ("名", "名".repeat(38)),
            ("й", "й".repeat(57)),
            ("e\u{301}", "e\u{301}".repeat(38)),
            ("👩‍👩‍👧", "👩‍👩‍👧".repeat(6)),
        ] {
            let name = file_name(&format!("{}.pdf", sent.repeat(99)));
            assert_eq!(name, format!("{stem}.pdf"));
            assert_eq!(file_name(&name), name);
        }
        assert_eq!(file_name(&format!("{}.pdf", "👩\u{200d}".repeat(99))), "file.pdf", "one grapheme");
        for device in ["con.".to_owned() + &"x".repeat(FILE_NAME_BYTES_MAX - 4), format!("con{}x.txt", " ".repeat(300))]
        {
            let name = file_name(&device);
            assert!(name.starts_with("_con") && name.len() <= FILE_NAME_BYTES_MAX, "{name}");
            assert_eq!(file_name(&name), name);
        }
        assert!(file_name(&"x".repeat(999)).len() <= FILE_NAME_BYTES_MAX);
        assert!(file_name(&format!("a.{}", "é".repeat(200))).len() <= FILE_NAME_BYTES_MAX);
    }

    #[test]
    fn a_header_holds_nothing_but_plain_letters() {
        assert_eq!(disposition("a b\"é'%.txt", false), "attachment; filename*=UTF-8''a%20b%22%C3%A9%27%25.txt");
        assert_eq!(disposition("x.png", true), "inline; filename*=UTF-8''x.png");
    }
}
