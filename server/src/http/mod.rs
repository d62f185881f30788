//! Requests and answers as everything above knows them: the request parsed once, its line in the log, cookies, headers, pages of text.

pub mod answer;
pub mod appearance;
pub mod cookie;
pub mod door;
pub mod entry;
pub mod form;
pub mod html;
pub mod incoming;
mod request_facts;
pub mod request_line;
