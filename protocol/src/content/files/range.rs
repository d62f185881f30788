//! Parts of a file (RFC 9110, 14): one range of bytes, or the whole.

/// Requested part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    Whole,
    Span {
        from: u64,
        /// Number of bytes; at least one.
        length: u64,
    },
    /// No byte of the file: 416.
    Outside,
}

/// Returns the part that the header `Range` requests of a file of `bytes`. A malformed header, or one with several ranges, is ignored.
pub fn part_of(header: &str, bytes: u64) -> ByteRange {
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX));
    let span = header.strip_prefix("bytes=").and_then(|span| span.trim().split_once('-'));
    let Some((first, last)) = span.and_then(|(first, last)| number(first).zip(number(last)).map(|_| (first, last)))
    else {
        return ByteRange::Whole;
    };
    let (from, to) = match (first.is_empty(), last.is_empty()) {
        (true, true) => return ByteRange::Whole,
        (true, false) => (bytes.saturating_sub(number(last).unwrap_or(0)), u64::MAX),
        (false, _) => (number(first).unwrap_or(0), if last.is_empty() { u64::MAX } else { number(last).unwrap_or(0) }),
    };
    if to < from {
        return ByteRange::Whole;
    }
    if from >= bytes {
        return ByteRange::Outside;
    }
    ByteRange::Span { from, length: to.min(bytes - 1) - from + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_or_the_whole() {
        let span = |from, length| ByteRange::Span { from, length };
        for (header, part) in [
            ("bytes=0-0", span(0, 1)),
            ("bytes=2-4", span(2, 3)),
            ("bytes=5-", span(5, 5)),
            ("bytes=9-99", span(9, 1)),
            ("bytes=-3", span(7, 3)),
            ("bytes=-99", span(0, 10)),
            ("bytes=0-99999999999999999999999", span(0, 10)),
            ("bytes=10-", ByteRange::Outside),
            ("bytes=-0", ByteRange::Outside),
            ("bytes=99999999999999999999999-", ByteRange::Outside),
            ("bytes=4-2", ByteRange::Whole),
            ("bytes=0-1,3-4", ByteRange::Whole),
            ("bytes=-", ByteRange::Whole),
            ("bytes=+1-2", ByteRange::Whole),
            ("bytes=a-b", ByteRange::Whole),
            ("lines=0-1", ByteRange::Whole),
            ("", ByteRange::Whole),
        ] {
            assert_eq!(part_of(header, 10), part, "{header}");
        }
    }
}
