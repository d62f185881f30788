//! Limits that an operator sets by a variable of the Worker (`messenger.md` 12.1): one row for each, which everybody reads.
//!
//! The Worker takes its values from here, and tells the page those that it needs. A test writes the rows into `.dev.vars.example` and
//! `end2end/harness/limits.ts`. How often something may be done is in `rate`; flags and secrets are the Worker's own.

/// A hundred years: with more, times would not be exact any more in JavaScript.
const CENTURY_DAYS: u64 = 36_500;
/// The same in seconds.
const CENTURY_S: u64 = CENTURY_DAYS * 86_400;
/// Largest count, far above what a day can have.
const COUNT_MAX: u64 = u32::MAX as u64;

/// Unit in which a variable is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; the value has milliseconds.
    Seconds,
    /// Days.
    Days,
    /// A number of things.
    Count,
}

impl Unit {
    /// Returns the value that a variable with this number has.
    const fn value(self, number: u64) -> u64 {
        match self {
            Self::Seconds => number * 1_000,
            Self::Days | Self::Count => number,
        }
    }
}

/// Variable of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// Name of the variable.
    pub variable: &'static str,
    /// Unit in which it is written.
    pub unit: Unit,
    /// Number without the variable.
    pub default: u64,
    /// Smallest number that is taken …
    pub min: u64,
    /// … and the largest.
    pub max: u64,
    /// The comment of the field, as it stands in the source.
    comment: &'static str,
}

impl LimitRow {
    /// Sentence that says what is limited.
    pub fn description(&self) -> &'static str {
        self.comment.trim()
    }

    fn read(&self, text: &str) -> Option<u64> {
        let number = text.parse::<u64>().ok().filter(|number| (self.min..=self.max).contains(number))?;
        Some(self.unit.value(number))
    }

    fn complaint(&self) -> String {
        format!("the variable {} is not a whole number from {} to {}", self.variable, self.min, self.max)
    }
}

/// Makes the struct of all limits, and their rows, out of one row for each: comment, field, unit, variable, default, bounds.
macro_rules! operator_limits {
    ($(
        #[doc = $comment:literal]
        $field:ident: $unit:ident $variable:literal = $default:literal, $min:literal..=$max:ident;
    )+) => {
        /// Limits of one deployment. A field whose name ends in `_ms` has milliseconds, whatever its variable is written in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct OperatorLimits {
            $(
                #[doc = $comment]
                pub $field: u64,
            )+
        }

        impl OperatorLimits {
            /// Limits of a deployment that sets none of the variables.
            pub const DEFAULT: Self = Self { $($field: Unit::$unit.value($default),)+ };

            /// Variables of the fields, in their order.
            pub const ROWS: &'static [LimitRow] = &[$(
                LimitRow {
                    variable: $variable,
                    unit: Unit::$unit,
                    default: $default,
                    min: $min,
                    max: $max,
                    comment: $comment,
                },
            )+];

            /// Reads the variables. The second value is a complaint about the first that cannot be used; its limit stays the default.
            pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> (Self, Option<String>) {
                let mut limits = Self::DEFAULT;
                let mut complaint: Option<String> = None;
                for (row, value) in Self::ROWS.iter().zip([$(&mut limits.$field),+]) {
                    let Some(text) = variable(row.variable) else { continue };
                    if let Some(set) = row.read(&text) {
                        *value = set;
                    } else {
                        complaint.get_or_insert_with(|| row.complaint());
                    }
                }
                (limits, complaint)
            }
        }
    };
}

operator_limits! {
    /// Life of a session without use.
    session_ttl_ms: Seconds "SESSION_TTL_S" = 1_200, 1..=CENTURY_S;
    /// Life of a session altogether, however much it is used.
    session_age_ms_max: Seconds "SESSION_MAX_S" = 86_400, 1..=CENTURY_S;
    /// Time for which a browser is remembered.
    refresh_ttl_ms: Seconds "REFRESH_TTL_S" = 2_592_000, 1..=CENTURY_S;
    /// Time in which the challenge of a passkey can be answered.
    passkey_challenge_ms: Seconds "PASSKEY_CHALLENGE_S" = 120, 1..=CENTURY_S;
    /// Greatest age of a sign-in for changes to the ways of signing in.
    reauth_ms: Seconds "REAUTH_S" = 600, 1..=CENTURY_S;
    /// Time in which a message can be edited.
    edit_window_ms: Seconds "EDIT_WINDOW_S" = 900, 1..=CENTURY_S;
    /// Time in which a message can be deleted for everybody.
    delete_window_ms: Seconds "DELETE_WINDOW_S" = 86_400, 1..=CENTURY_S;
    /// Time in which the deletion of an account can be taken back.
    account_undo_ms: Seconds "ACCOUNT_UNDO_S" = 604_800, 1..=CENTURY_S;
    /// Time for which a reset by mail ends a second factor instead of asking for it.
    second_factor_new_ms: Seconds "SECOND_FACTOR_NEW_S" = 604_800, 0..=CENTURY_S;
    /// Time after the choice of a handle before there may be another.
    handle_change_ms: Seconds "HANDLE_CHANGE_S" = 604_800, 1..=CENTURY_S;
    /// Time for which a handle that was given up is nobody else's.
    handle_free_ms: Seconds "HANDLE_FREE_S" = 2_592_000, 1..=CENTURY_S;
    /// Time for which a file is kept that no message shows.
    file_unlinked_ms: Seconds "FILE_UNLINKED_S" = 86_400, 1..=CENTURY_S;
    /// Time for which messages of rooms are kept.
    retention_days: Days "RETENTION_DAYS" = 90, 1..=CENTURY_DAYS;
    /// Time for which a message waits for somebody who is away.
    inbox_days: Days "INBOX_DAYS" = 30, 1..=CENTURY_DAYS;
    /// Time for which audit rows are kept.
    audit_days: Days "AUDIT_DAYS" = 180, 1..=CENTURY_DAYS;
    /// Time for which messages of MessageHub's rooms are kept.
    hub_retention_days: Days "HUB_RETENTION_DAYS" = 7, 1..=CENTURY_DAYS;
    /// Calls of the model in a UTC day.
    bot_calls_max: Count "BOT_DAILY_LIMIT" = 10_000, 1..=COUNT_MAX;
    /// Calls of the model in a UTC day for one person.
    bot_calls_person_max: Count "BOT_USER_DAILY_LIMIT" = 50, 1..=COUNT_MAX;
    /// Calls of the model in a UTC day in one demo room, whoever comes.
    bot_calls_demo_room_max: Count "BOT_DEMO_DAILY_LIMIT" = 100, 1..=COUNT_MAX;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> (OperatorLimits, Option<String>) {
        OperatorLimits::read(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn a_variable_sets_its_limit_and_no_other() {
        let expected = OperatorLimits {
            session_ttl_ms: 5_000,
            retention_days: 3,
            bot_calls_person_max: 1,
            ..OperatorLimits::DEFAULT
        };
        let set = [("SESSION_TTL_S", "5"), ("RETENTION_DAYS", "3"), ("BOT_USER_DAILY_LIMIT", "1")];
        assert_eq!(read(&set), (expected, None));
        assert_eq!(read(&[]), (OperatorLimits::DEFAULT, None));
    }

    #[test]
    fn what_is_no_number_within_the_bounds_is_named_and_sets_nothing() {
        let words = "the variable AUDIT_DAYS is not a whole number from 1 to 36500";
        for text in ["", "0", "-1", "1.5", "a", "36501", "99999999999999999999"] {
            assert_eq!(read(&[("AUDIT_DAYS", text)]), (OperatorLimits::DEFAULT, Some(words.to_owned())), "{text}");
        }
        let (limits, complaint) = read(&[("BOT_DAILY_LIMIT", "0"), ("AUDIT_DAYS", "x"), ("INBOX_DAYS", "9")]);
        assert_eq!((limits.inbox_days, complaint.as_deref()), (9, Some(words)), "the first is named");
    }

    #[test]
    fn every_row_has_a_name_of_its_own_and_a_default_within_its_bounds() {
        let names: BTreeSet<&str> = OperatorLimits::ROWS.iter().map(|row| row.variable).collect();
        assert_eq!(names.len(), OperatorLimits::ROWS.len());
        for row in OperatorLimits::ROWS {
            assert!((row.min..=row.max).contains(&row.default), "{}", row.variable);
            assert!(row.description().ends_with('.'), "{}", row.variable);
        }
    }
}
