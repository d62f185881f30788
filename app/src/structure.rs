//! Structure of a page on its way to the browser: the numbers of elements, comments and texts in its body. A proxy that drops comments or
//! blanks, a password manager or a translator may change the body before hydration, which walks from node to node and would fail. The
//! server writes the numbers; if the document has others, the browser renders the page again instead.
//!
//! [`escaped`] is for places where the framework writes a text as it is.

/// Attribute of the body: elements, comments and texts in it, as `12,34,56`.
pub const ATTRIBUTE: &str = "data-nodes";

/// Start of the body, as `shell.rs` writes it.
const BODY: &str = "<body ";

/// Elements whose content is not markup if scripts are on.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "noscript"];

/// Numbers of elements, comments and texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Elements.
    pub elements: u32,
    /// Comments.
    pub comments: u32,
    /// Texts, including those of blanks only.
    pub texts: u32,
}

impl Nodes {
    /// Returns the value of [`ATTRIBUTE`].
    pub fn written(self) -> String {
        format!("{},{},{}", self.elements, self.comments, self.texts)
    }
}

/// Writes the numbers into the body of a document. A document without a body is unchanged.
pub fn sealed(html: &str) -> String {
    let Some((head, rest)) = html.split_once(BODY) else { return html.to_owned() };
    let Some((attributes, inside)) = rest.split_once('>') else { return html.to_owned() };
    format!("{head}{BODY}{ATTRIBUTE}=\"{}\" {attributes}>{inside}", count(inside).written())
}

/// Counts like a browser, for our own markup, which closes all elements and quotes all values.
fn count(html: &str) -> Nodes {
    let mut nodes = Nodes::default();
    let mut rest = html;
    let mut is_in_text = false;
    while let Some((text, tag)) = rest.split_once('<') {
        is_in_text |= !text.is_empty();
        if tag.starts_with("/body") || tag.starts_with("/html") {
            // Content after these tags belongs to the body too.
            rest = after(tag, ">");
            continue;
        }
        if !tag.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?')) {
            (is_in_text, rest) = (true, tag);
            continue;
        }
        nodes.texts += u32::from(std::mem::take(&mut is_in_text));
        rest = if let Some(comment) = tag.strip_prefix("!--") {
            nodes.comments += 1;
            after(comment, "-->")
        } else if tag.starts_with(['!', '?']) {
            // A browser turns `<!>` into a comment.
            nodes.comments += 1;
            after(tag, ">")
        } else if tag.starts_with('/') {
            after(tag, ">")
        } else {
            nodes.elements += 1;
            let (raw, rest) = split_element(tag);
            nodes.texts += u32::from(!raw.is_empty());
            rest
        };
    }
    nodes.texts += u32::from(is_in_text || !rest.is_empty());
    nodes
}

/// Splits the markup behind a start tag into content that is not markup, and the rest.
fn split_element(tag: &str) -> (&str, &str) {
    let name = tag.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').next().unwrap_or_default();
    let inside = after_tag(tag);
    if !RAW.contains(&name) {
        return ("", inside);
    }
    let (raw, rest) = inside.split_once(&format!("</{name}")).unwrap_or((inside, ""));
    (raw, after(rest, ">"))
}

/// Returns the markup behind the end of a tag; a `>` in a quoted value does not end it.
fn after_tag(tag: &str) -> &str {
    let mut is_quoted = false;
    let end = tag.find(|sign| {
        is_quoted ^= sign == '"';
        sign == '>' && !is_quoted
    });
    end.map_or("", |end| &tag[end + 1..])
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// Escapes a text for elements and for attributes in quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Nodes, count, sealed};

    #[test]
    fn nodes_are_counted_as_a_browser_does() {
        for (html, elements, comments, texts) in [
            ("", 0, 0, 0),
            ("only words, 1 < 2 & so on", 0, 0, 1),
            ("<p>a<!>b<!--c--></p>", 1, 2, 2),
            ("<a title=\"x > y\"><br></a><svg><use href=\"#a\"/></svg>", 4, 0, 0),
            ("<script>if (a<b) '<p>'</script><p></p>", 2, 0, 1),
            ("<textarea><b>words</b></textarea><noscript><div></div></noscript>", 2, 0, 2),
            ("<style>a<b</style><title><i></title>", 2, 0, 2),
            ("<p>never closed <!-- either", 1, 1, 1),
            ("<my-part data-x=\"1\"></my-part></body></html><script></script>", 2, 0, 0),
            ("<p>a</p> <p> </p>b</body>\n</html>\n", 2, 0, 4),
        ] {
            assert_eq!(count(html), Nodes { elements, comments, texts }, "{html}");
        }
    }

    #[test]
    fn a_body_says_what_is_in_it() {
        let sent = "<html><head><!--x--></head><body class=\"page\"><p></p><!></body></html>";
        let expected = sent.replace("<body ", "<body data-nodes=\"1,1,0\" ");
        assert_eq!(sealed(sent), expected);
        assert_eq!(sealed("no page"), "no page");
    }
}
