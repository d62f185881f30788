//! Reads of a room: pages for each door, the search, pages of other sites, and rows of the database.

pub mod backfill;
pub mod embedding;
pub mod history;
pub mod pages;
pub mod projection;
pub mod search;
