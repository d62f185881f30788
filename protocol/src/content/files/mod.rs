//! Files that people send (`files.md` 1): what they are, what they are called, how much of them is kept.
//!
//! Pure: bytes in, a plan out. What is in an id was measured by us, yet nobody believes one that its owner's list does not hold.
//!
//! | File | Part |
//! |---|---|
//! | `id` | ids, and what they say |
//! | `attached` | files of a message: as they are sent, and as they are shown |
//! | `name` | names, and the header that carries them |
//! | `take_apart` | pictures by their first bytes, taken apart; `jpeg`, `png`, `webp`, `gif` know one form each |
//! | `picture` | a picture that was taken apart, and what stays of it; `exif` says how it is turned |
//! | `once` | a picture that moves, moving once |
//! | `range` | parts of a file |

mod attached;
mod exif;
mod gif;
mod id;
mod jpeg;
mod name;
mod numbers;
mod once;
mod picture;
mod png;
mod range;
mod take_apart;
mod webp;

pub use attached::{check_owner, file_ids, keeps_card, push_attached, push_file, shown_name};
pub use id::{FileId, FileKind};
pub use name::{disposition, file_name};
pub use once::play_once;
pub use picture::Picture;
pub use range::{ByteRange, part_of};
pub use take_apart::{kind_of, take_apart};
