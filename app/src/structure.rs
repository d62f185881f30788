//! The structure of a page on its way to the browser: how many elements and comments its body has. Whoever changes them on the way or before
//! the page lives (a proxy that drops comments, a password manager, a translation) would lead hydration astray, which walks from node to node.
//! The server says the numbers; where the document has others, the browser renders the page anew instead.

/// Attribute of the body: elements and comments in it, as `12,34`.
pub const ATTRIBUTE: &str = "data-nodes";

/// Begin of the body, as `shell.rs` writes it.
const BODY: &str = "<body ";

/// Elements whose content is no markup for a browser that runs scripts.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "noscript"];

/// Numbers of elements and comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Elements.
    pub elements: u32,
    /// Comments.
    pub comments: u32,
}

impl Nodes {
    /// The value of [`ATTRIBUTE`].
    pub fn written(self) -> String {
        format!("{},{}", self.elements, self.comments)
    }
}

/// Writes down in the body of a document what there is in it. A document without a body stays as it is.
pub fn sealed(html: &str) -> String {
    let Some((head, rest)) = html.split_once(BODY) else { return html.to_owned() };
    let Some((attributes, inside)) = rest.split_once('>') else { return html.to_owned() };
    format!("{head}{BODY}{ATTRIBUTE}=\"{}\" {attributes}>{inside}", count(inside).written())
}

/// Counts as a browser does that reads our own markup, which closes what it opens and quotes its values.
fn count(html: &str) -> Nodes {
    let mut nodes = Nodes::default();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = if let Some(comment) = tag.strip_prefix("!--") {
            nodes.comments += 1;
            after(comment, "-->")
        } else if tag.starts_with(['!', '?']) {
            // A browser makes a comment of it: `<!>`.
            nodes.comments += 1;
            after(tag, ">")
        } else if tag.starts_with(|first: char| first.is_ascii_alphabetic()) {
            nodes.elements += 1;
            after_element(tag)
        } else {
            tag
        };
    }
    nodes
}

/// Rest of the markup behind a start tag, and behind its content where that is no markup.
fn after_element(tag: &str) -> &str {
    let name = tag.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').next().unwrap_or_default();
    let inside = after_tag(tag);
    if RAW.contains(&name) { after(inside, &format!("</{name}")) } else { inside }
}

/// Rest of the markup behind the end of a tag; a `>` in a quoted value is none.
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

#[cfg(test)]
mod tests {
    use super::{Nodes, count, sealed};

    #[test]
    fn elements_and_comments_are_counted_as_a_browser_does() {
        for (html, elements, comments) in [
            ("", 0, 0),
            ("only words, 1 < 2 & so on", 0, 0),
            ("<p>a<!>b<!--c--></p>", 1, 2),
            ("<a title=\"x > y\"><br></a><svg><use href=\"#a\"/></svg>", 4, 0),
            ("<script>if (a<b) '<p>'</script><p></p>", 2, 0),
            ("<textarea><b>words</b></textarea><noscript><div></div></noscript>", 2, 0),
            ("<style>a<b</style><title><i></title>", 2, 0),
            ("<p>never closed <!-- either", 1, 1),
            ("<my-part data-x=\"1\"></my-part></body></html><script></script>", 2, 0),
        ] {
            assert_eq!(count(html), Nodes { elements, comments }, "{html}");
        }
    }

    #[test]
    fn a_body_says_what_is_in_it() {
        let sent = "<html><head><!--x--></head><body class=\"page\"><p></p><!></body></html>";
        let expected = sent.replace("<body ", "<body data-nodes=\"1,1\" ");
        assert_eq!(sealed(sent), expected);
        assert_eq!(sealed("no page"), "no page");
    }
}
