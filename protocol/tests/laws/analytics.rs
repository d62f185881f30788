//! Queries of data points in `docs/deploy.md`: their columns are those of `messenger.md` 11, and the code writes no others.

use crate::documents::read;

/// Files that write data points.
const WRITERS: [&str; 7] = [
    "server/src/platform/analytics.rs",
    "server/src/kit/refusals.rs",
    "server/src/kit/counters.rs",
    "server/src/objects/room/bots/cast.rs",
    "server/src/objects/room/metrics.rs",
    "server/src/objects/person/sessions/devices.rs",
    "server/src/doors/messenger/sign_in_attempts.rs",
];

/// Event with the names of its columns: blobs after the event's own, and doubles.
struct Described {
    event: String,
    blobs: Vec<String>,
    doubles: Vec<String>,
}

impl Described {
    /// Returns the name of a column such as `blob2` or `double1`.
    fn name_of(&self, column: &str) -> Option<&str> {
        let (names, digits, first) = match column.strip_prefix("blob") {
            Some(digits) => (&self.blobs, digits, 2),
            None => (&self.doubles, column.strip_prefix("double")?, 1),
        };
        let place = digits.parse::<usize>().ok()?.checked_sub(first)?;
        names.get(place).map(String::as_str)
    }
}

/// Returns the events of the table in the specification.
fn described() -> Vec<Described> {
    let text = read("docs/spec/messenger.md");
    let part = text.split("\n## 11. ").nth(1).and_then(|rest| rest.split("\n### ").next()).unwrap();
    let names = |cell: &str| cell.split(',').map(|name| name.trim().to_owned()).collect::<Vec<String>>();
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    let read_row = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let events = cells[0].split(',').map(|event| event.trim().trim_matches('`').to_owned());
        let (blobs, doubles) = (names(cells[1]), names(cells[2]));
        events.map(|event| Described { event, blobs: blobs.clone(), doubles: doubles.clone() }).collect::<Vec<_>>()
    };
    rows.flat_map(read_row).collect()
}

/// Returns the columns that a query names, each with its alias where it has one of its own.
fn columns(query: &str) -> Vec<(String, Option<String>)> {
    let words: Vec<&str> = query.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let is_column = |word: &str| {
        let digits = word.strip_prefix("blob").or_else(|| word.strip_prefix("double"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let alias = |at: usize| (words.get(at + 1) == Some(&"AS")).then(|| words.get(at + 2).map(|&name| name.to_owned()));
    let named = words.iter().enumerate().filter(|(_, word)| is_column(word));
    named.map(|(at, word)| ((*word).to_owned(), alias(at).flatten())).collect()
}

#[test]
fn queries_name_columns_that_their_event_has() {
    let events = described();
    assert_eq!(events.len(), 11, "the table has changed its form");
    let page = read("docs/deploy.md");
    let queries: Vec<&str> = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(queries.len() >= 6);
    for query in queries {
        let event = query.split("blob1 = '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        let described = events.iter().find(|described| described.event == event).unwrap_or_else(|| panic!("{event}"));
        for (column, alias) in columns(query).into_iter().filter(|(column, _)| column != "blob1") {
            let name = described.name_of(&column);
            assert!(name.is_some(), "{event} has no {column}");
            assert!(alias.is_none() || alias.as_deref() == name, "{column} of {event} is {name:?}, not {alias:?}");
        }
    }
}

#[test]
fn the_code_writes_the_events_that_are_described_with_no_more_blobs() {
    let code: String = WRITERS.into_iter().map(read).collect();
    for Described { event, blobs, .. } in described() {
        assert!(code.contains(&format!("\"{event}\"")), "nothing writes {event}");
        let begin = format!("[\"{event}\"");
        let lists = code.split(&begin).skip(1).filter_map(|rest| rest.split(']').next());
        for list in lists {
            assert!(list.matches(',').count() <= blobs.len(), "{event} is written with more blobs: {list}");
        }
    }
}
