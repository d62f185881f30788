//! The `Cookie` header of a request (RFC 6265, section 4.2).

/// Returns the value of the first cookie of this name as it was set, neither decoded nor unquoted.
pub fn named<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_whole_name_and_the_first_of_two_counts() {
        let header = "cfm-refresh=a; cfm=b.c=; cfm=d;CFM=e; =f; g";
        for (name, value) in
            [("cfm-refresh", Some("a")), ("cfm", Some("b.c=")), ("CFM", Some("e")), ("g", None), ("fm", None)]
        {
            assert_eq!(named(header, name), value, "{name}");
        }
    }
}
