//! The functions of every content of a row.

/// Content of a row in its wire form.
pub(super) trait Content {
    /// Appends the members of the content to an object.
    fn push(&self, out: &mut String);

    /// Returns the text of the message; empty if it has none.
    fn words(&self) -> String {
        String::new()
    }
}

/// Content of a kind that needs none.
impl Content for () {
    fn push(&self, _: &mut String) {}
}
