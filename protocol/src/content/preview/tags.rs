//! Tags of a page's head in their order. An incomplete page is read to its end, and every byte once.

pub struct Tag<'a> {
    /// Its name, in small letters.
    pub name: String,
    /// Text of an element without tags inside: a title, a script and the like. Empty for all others.
    pub inner: &'a str,
    attributes: Vec<(String, String)>,
}

impl Tag<'_> {
    /// Returns an attribute; of two with the same name, the first.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Tags<'a> {
    pub fn of(html: &'a str) -> Self {
        Self { rest: html }
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let (_, tag) = self.rest.split_once('<')?;
            if let Some(comment) = tag.strip_prefix("!--") {
                (_, self.rest) = comment.split_once("-->")?;
                continue;
            }
            let name_end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
            let (name, behind) = tag.split_at(name_end);
            let (attributes, behind) = attributes_of(behind);
            let name = name.to_ascii_lowercase();
            if name == "body" {
                return None;
            }
            let has_text = matches!(name.as_str(), "script" | "style" | "title" | "noscript");
            let (inner, behind) = behind.split_at(if has_text { end_of(behind, &name) } else { 0 });
            self.rest = behind;
            return Some(Tag { name, inner, attributes });
        }
    }
}

/// Returns the position where the element `name` ends.
fn end_of(text: &str, name: &str) -> usize {
    let ends = text.match_indices("</").map(|(at, _)| at);
    let is_it = |at: &usize| text.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name));
    ends.into_iter().find(is_it).unwrap_or(text.len())
}

/// Returns the attributes of a tag after its name, and the text after the tag.
pub fn attributes_of(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return (attributes, behind);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A lone sign is a name of its own.
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
        if end == 0 {
            return (attributes, "");
        }
        let (name, behind) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        rest = behind.trim_start();
        let mut value = "";
        if let Some(behind) = rest.strip_prefix('=') {
            let behind = behind.trim_start();
            (value, rest) = match behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                Some(quote) => behind.get(1..).and_then(|inner| inner.split_once(quote)).unwrap_or(("", "")),
                None => {
                    behind.split_at(behind.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(behind.len()))
                }
            };
        }
        attributes.push((name, value.to_owned()));
    }
}
