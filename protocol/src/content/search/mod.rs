//! Finding messages (`messenger.md` 3 *search*): how words are compared, what a question means, and the answers of many rooms as
//! one.
//!
//! Pure: the index itself is the room's storage, which keeps for each message the tokens that `index` names and is asked for the
//! clauses that `query` makes. Who may see what is found is decided in `room`.
//!
//! | File | Part |
//! |---|---|
//! | `fold` | words of a text, in the form in which they are compared |
//! | `has` | what a message can have beside its text |
//! | `query` | what somebody typed: words, phrases, `from:` `in:` `before:` `has:` |
//! | `index` | the tokens of a message, and whether they meet a clause |
//! | `merge` | one page out of the answers of many rooms, and cursors |
//! | `turn` | which rooms a page asks, and what is owed by those that did not answer |
//! | `snippet` | a line of a message around what was looked for |

mod fold;
mod has;
mod index;
mod merge;
mod query;
mod snippet;
mod turn;

pub use fold::{Word, fold, words};
pub use has::Has;
pub use index::{Clause, PREFIX_LETTERS, Term, expression, meets, tokens_of};
pub use merge::{OwedRoom, RoomHits, SearchCursor, SearchPage, merge};
pub use query::{Phrase, Query, QueryFilter, TextRange, filters_of, has_filter, take_filters, unclear_filter};
pub use snippet::snippet;
pub use turn::Turn;
