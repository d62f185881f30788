//! Placement of a row among its neighbours: heads of groups, rules of days, the rule "new". It is derived, never stored.
//!
//! Pure: the local day of a time is an argument, because only the browser knows the time zone.

use protocol::client::{Maker, Row, RowKind, RowState};
use protocol::words::event::Millis;

/// Time within which rows of one sender share one head (`ux.md` 1.3).
pub const GROUP_MS_MAX: Millis = 5 * 60_000;

/// Rules above a row, and its place in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowPlacement {
    /// The row continues the group of the row above: its head is for screen readers only.
    pub is_grouped: bool,
    /// The row is the first of a day: a rule stands above it.
    pub starts_day: bool,
    /// The rule "new" stands above this row.
    pub starts_new: bool,
    /// Length of the run of nudges that ends with this row: "Jonas nudged you 4 times" (`ux.md` 4.8). Messages of blocked people (1.2) and
    /// arrivals (1.3) are counted likewise.
    pub nudges: u32,
    /// The next row includes this one in its count.
    pub is_folded: bool,
}

/// Returns the placement of `row` under `above`; `new_after` is the read position when the rule "new" was set.
pub fn place(above: Option<&Row>, row: &Row, new_after: Option<u64>, day_of: impl Fn(Millis) -> i64) -> RowPlacement {
    let starts_day = above.is_none_or(|above| day_of(above.at) != day_of(row.at));
    let is_new = |row: &Row| match (row.seq, new_after) {
        (Some(seq), Some(new_after)) => seq > new_after,
        _ => false,
    };
    let starts_new = !row.is_own && is_new(row) && above.is_none_or(|above| !is_new(above));
    let is_grouped = !starts_day && !starts_new && above.is_some_and(|above| continues(above, row));
    let nudges = u32::from(run_of(row).is_some());
    RowPlacement { is_grouped, starts_day, starts_new, nudges, is_folded: false }
}

/// Rows that are counted in one line.
#[derive(PartialEq, Eq)]
enum Run {
    Nudges,
    /// Messages of blocked people, which are delivered without their senders.
    Blocked,
    Arrivals,
}

fn run_of(row: &Row) -> Option<Run> {
    match &row.kind {
        RowKind::Nudge => Some(Run::Nudges),
        kind if kind.is_blocked() => Some(Run::Blocked),
        _ if is_arrival(row) => Some(Run::Arrivals),
        _ => None,
    }
}

pub fn is_arrival(row: &Row) -> bool {
    matches!(&row.kind, RowKind::System(note) if matches!(note.code.as_str(), "member_joined" | "member_added"))
}

/// Returns `true` if `row` continues a run of nudges or the like after `above`. An undelivered nudge stands alone, because it shows its
/// state.
pub fn nudges_again(above: &Row, row: &Row, place: RowPlacement) -> bool {
    let is_sent = |row: &Row| row.state == RowState::Sent;
    let run = run_of(row).filter(|run| run_of(above).as_ref() == Some(run));
    let goes_on = match run {
        // Different people arrive, at any time.
        Some(Run::Arrivals) => true,
        Some(_) => above.sender == row.sender && row.at.saturating_sub(above.at) < GROUP_MS_MAX,
        None => false,
    };
    goes_on && is_sent(above) && is_sent(row) && !place.starts_day && !place.starts_new
}

fn continues(above: &Row, row: &Row) -> bool {
    let is_chat = |row: &Row| matches!(row.kind, RowKind::Chat { .. });
    // An integration has a name for each message (`integrations.md` 3).
    let is_one_name = row.maker != Some(Maker::Integration) || above.sender_name == row.sender_name;
    let is_soon = row.at.saturating_sub(above.at) < GROUP_MS_MAX;
    is_chat(above) && is_chat(row) && above.sender == row.sender && is_one_name && is_soon
}

#[cfg(test)]
mod tests {
    use protocol::client::ChatContent;
    use protocol::words::event::Kind;

    use super::*;

    fn row(seq: u64, sender: &str, at: Millis) -> Row {
        Row {
            id: format!("id-{seq}"),
            seq: Some(seq),
            sender: sender.to_owned(),
            sender_name: sender.to_owned(),
            is_own: sender == "me",
            maker: None,
            at,
            kind: RowKind::Chat(ChatContent { content: "x".to_owned(), ..ChatContent::default() }),
            state: RowState::Sent,
            is_replay: false,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            as_of: 0,
            first: None,
        }
    }

    fn day(at: Millis) -> i64 {
        (at / 86_400_000) as i64
    }

    #[test]
    fn a_group_is_one_sender_within_five_minutes() {
        let first = row(1, "a", 0);
        assert!(place(Some(&first), &row(2, "a", 299_999), None, day).is_grouped);
        assert!(!place(Some(&first), &row(2, "a", 300_000), None, day).is_grouped);
        assert!(!place(Some(&first), &row(2, "b", 1), None, day).is_grouped);
        let nudge = Row { kind: RowKind::Nudge, ..row(1, "a", 0) };
        assert!(!place(Some(&nudge), &row(2, "a", 1), None, day).is_grouped);
    }

    #[test]
    fn an_integration_with_another_name_begins_a_group() {
        let named = |seq, name: &str| Row {
            sender_name: name.to_owned(),
            maker: Some(Maker::Integration),
            ..row(seq, "hook_a", 0)
        };
        let is_grouped = |name| place(Some(&named(1, "Builds")), &named(2, name), None, day).is_grouped;
        assert!(is_grouped("Builds") && !is_grouped("Watchdog"));
    }

    #[test]
    fn messages_of_blocked_people_are_said_together_and_not_with_nudges() {
        let blocked = |seq, at| Row { kind: RowKind::blocked(), ..row(seq, "", at) };
        let again = |above: &Row, row: &Row| nudges_again(above, row, place(Some(above), row, None, day));
        assert_eq!(place(None, &blocked(1, 0), None, day).nudges, 1);
        assert!(again(&blocked(1, 0), &blocked(2, 1)));
        assert!(!again(&blocked(1, 0), &row(2, "a", 1)) && !again(&row(1, "a", 0), &blocked(2, 1)));
        assert!(!again(&Row { kind: RowKind::Nudge, ..row(1, "a", 0) }, &blocked(2, 1)));
    }

    #[test]
    fn arrivals_of_a_day_are_said_together_whoever_comes() {
        let came = |seq, sender: &str, at, code: &str| Row {
            kind: RowKind::of_body(Kind::System, &format!(r#"{{"code":"{code}"}}"#)),
            ..row(seq, sender, at)
        };
        let again = |above: &Row, row: &Row, new| nudges_again(above, row, place(Some(above), row, new, day));
        let (joined, added) = (came(1, "a", 0, "member_joined"), came(2, "b", 3 * GROUP_MS_MAX, "member_added"));
        assert_eq!(place(None, &joined, None, day).nudges, 1);
        assert!(again(&joined, &added, None) && again(&added, &Row { at: 86_399_999, ..joined.clone() }, None));
        assert!(!again(&joined, &added, Some(1)), "the rule of new rows is between them");
        assert!(!again(&joined, &Row { at: 86_400_000, ..added.clone() }, None), "a day is between them");
        let nudge = Row { kind: RowKind::Nudge, ..row(2, "a", 1) };
        for other in [nudge, row(2, "a", 1), came(2, "a", 1, "member_left"), came(2, "a", 1, "created")] {
            assert!(!again(&joined, &other, None) && !again(&other, &added, None));
        }
    }

    #[test]
    fn a_day_begins_with_its_first_row() {
        assert!(place(None, &row(1, "a", 5), None, day).starts_day);
        let late = row(1, "a", 86_399_999);
        let place_after = place(Some(&late), &row(2, "a", 86_400_000), None, day);
        assert!(place_after.starts_day && !place_after.is_grouped);
    }

    #[test]
    fn the_rule_of_new_rows_stands_once_and_never_above_own_ones() {
        let old = row(4, "a", 0);
        assert!(place(Some(&old), &row(5, "a", 1), Some(4), day).starts_new);
        assert!(!place(Some(&row(5, "a", 1)), &row(6, "a", 2), Some(4), day).starts_new);
        assert!(!place(Some(&old), &row(5, "me", 1), Some(4), day).starts_new);
        assert!(!place(Some(&old), &row(5, "a", 1), None, day).starts_new);
    }
}
