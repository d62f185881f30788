//! The structure of a page on its way to the browser: how many elements, comments and texts its body has. Whoever changes them on the way or
//! before the page lives (a proxy that drops comments or blanks, a password manager, a translation) would lead hydration astray, which walks
//! from node to node.
//! The server says the numbers; where the document has others, the browser renders the page anew instead.

/// Attribute of the body: elements, comments and texts in it, as `12,34,56`.
pub const ATTRIBUTE: &str = "data-nodes";

/// Begin of the body, as `shell.rs` writes it.
const BODY: &str = "<body ";

/// Elements whose content is no markup for a browser that runs scripts.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "noscript"];

/// Numbers of elements, comments and texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Elements.
    pub elements: u32,
    /// Comments.
    pub comments: u32,
    /// Texts, of which blanks alone are one as well.
    pub texts: u32,
}

impl Nodes {
    /// The value of [`ATTRIBUTE`].
    pub fn written(self) -> String {
        format!("{},{},{}", self.elements, self.comments, self.texts)
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
            // A browser makes a comment of it: `<!>`.
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

/// Splits the markup behind a start tag: content that is no markup, and the rest.
fn split_element(tag: &str) -> (&str, &str) {
    let name = tag.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').next().unwrap_or_default();
    let inside = after_tag(tag);
    if !RAW.contains(&name) {
        return ("", inside);
    }
    let (raw, rest) = inside.split_once(&format!("</{name}")).unwrap_or((inside, ""));
    (raw, after(rest, ">"))
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
