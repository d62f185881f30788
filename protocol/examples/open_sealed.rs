//! Opens what the deployment has sealed outside of its objects, with the keys in `CONTENT_KEYS` (`docs/runbooks/keys.md`): an archive of a
//! hub room, `open_sealed archive hub:<room> <key in the bucket> < file > file.jsonl.gz`, words of a row of D1,
//! `open_sealed row rm:<room> <content_seq> < content`, or a file, a picture or an archive of a person,
//! `open_sealed file - <key in the bucket> < file > opened`.

use std::io::{Read, Write};

use protocol::trust::sealing::{AssociatedData, ContentKeys};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, log, row] = arguments.as_slice() else {
        return Err("open_sealed archive|row|file <log> <key or content_seq>".into());
    };
    let keys = ContentKeys::parse(&std::env::var("CONTENT_KEYS")?)?;
    let mut stored = Vec::new();
    std::io::stdin().read_to_end(&mut stored)?;
    if what == "file" {
        return Ok(std::io::stdout().write_all(&keys.open_file(row, &stored)?)?);
    }
    let (table, column) = match what.as_str() {
        "archive" => ("r2.archive", ""),
        "row" => ("d1.messages", "content"),
        other => return Err(format!("{other} is neither archive nor row nor file").into()),
    };
    let place = AssociatedData { log, table, column, row };
    let opened = if what == "row" {
        keys.open(place, String::from_utf8(stored)?.trim_end().to_owned())?.into_bytes()
    } else {
        keys.open_bytes(place, stored)?
    };
    Ok(std::io::stdout().write_all(&opened)?)
}
