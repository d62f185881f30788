//! Methods of rows.

/// A method of a row; `ANY` stands for all of them.
pub const ANY: &str = "*";
pub const GET: &str = "GET";
pub const HEAD: &str = "HEAD";
pub const POST: &str = "POST";
pub const PATCH: &str = "PATCH";
pub const PUT: &str = "PUT";
pub const DELETE: &str = "DELETE";
