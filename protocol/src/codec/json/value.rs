//! The tree of a JSON text, and its reader, which is strict about the form (RFC 8259) and ignores the meaning.

use std::fmt;

use super::push_json_text;

/// Largest depth of nesting.
const DEPTH_MAX: u32 = 100;

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Members in order; the last of two with the same name counts.
    Record(Vec<(String, Value)>),
}

impl Value {
    /// Reads a JSON text; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = JsonReader { text, at: 0 };
        let value = reader.value(0)?;
        reader.skip_blanks();
        (reader.at == text.len()).then_some(value)
    }

    /// Returns a member of a record.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Record(members) = self else { return None };
        members.iter().rev().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Returns the text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the Boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(is_so) = self { Some(*is_so) } else { None }
    }

    /// Returns the whole number, unless it is negative, too large, or written with a fraction or an exponent.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }

    /// Returns the number to 15 digits.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(digits) = self { Some(float(digits)) } else { None }
    }

    /// Returns the values of a list.
    pub fn as_array(&self) -> Option<&Vec<Self>> {
        if let Self::List(values) = self { Some(values) } else { None }
    }

    /// Returns the members of a record.
    pub fn as_object(&self) -> Option<&Vec<(String, Self)>> {
        if let Self::Record(members) = self { Some(members) } else { None }
    }

    /// Appends the value as JSON.
    pub fn push_to(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(is_so) => out.push_str(if *is_so { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => push_json_text(out, text),
            Self::List(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    value.push_to(out);
                }
                out.push(']');
            }
            Self::Record(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    push_json_text(out, name);
                    out.push(':');
                    value.push_to(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.push_to(&mut out);
        f.write_str(&out)
    }
}

/// Reads `digits`, whose form was checked. The standard library's reader is exact to the last bit, but its tables are large and do not
/// compress.
pub(super) fn float(digits: &str) -> f64 {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (mut number, mut places, mut is_behind_point) = (0.0_f64, 0_i32, false);
    for byte in mantissa.bytes() {
        match byte {
            b'.' => is_behind_point = true,
            b'0'..=b'9' => {
                number = number * 10.0 + f64::from(byte - b'0');
                places += i32::from(is_behind_point);
            }
            _ => {}
        }
    }
    let exponent = exponent.parse::<i32>().unwrap_or(0).clamp(-400, 400) - places;
    // Powers of ten are exact up to 10^22, and one step of 22 loses less than many steps of one.
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        let step = left.min(22);
        let power = (0..step).fold(1.0, |power: f64, _| power * 10.0);
        number = if exponent < 0 { number / power } else { number * power };
        left -= step;
    }
    if mantissa.starts_with('-') { -number } else { number }
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
}

impl JsonReader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Skips whitespace and returns the next byte without consuming it.
    fn next(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.peek()
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.next()? {
            b'{' => self.record(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let is_it = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        is_it.then_some(value)
    }

    fn list(&mut self, depth: u32) -> Option<Value> {
        let mut values = Vec::new();
        self.at += 1;
        if self.next()? == b']' {
            self.at += 1;
            return Some(Value::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Some(Value::List(values));
            }
        }
    }

    fn record(&mut self, depth: u32) -> Option<Value> {
        let mut members = Vec::new();
        self.at += 1;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(Value::Record(members));
        }
        loop {
            self.skip_blanks();
            let name = self.string()?;
            self.skip_blanks();
            if !self.takes(b':') {
                return None;
            }
            members.push((name, self.value(depth + 1)?));
            if self.ends(b'}')? {
                return Some(Value::Record(members));
            }
        }
    }

    /// Reads the byte behind an element: the end, or a comma.
    fn ends(&mut self, end: u8) -> Option<bool> {
        self.skip_blanks();
        if self.takes(end) {
            return Some(true);
        }
        self.takes(b',').then_some(false)
    }

    fn string(&mut self) -> Option<String> {
        if !self.takes(b'"') {
            return None;
        }
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | ..b' ') {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at)?);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(out);
                }
                b'\\' => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let unit = self.hex()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                if !(self.takes(b'\\') && self.takes(b'u')) {
                    return None;
                }
                let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.chars().try_fold(0, |sum, digit| Some(sum * 16 + digit.to_digit(16)?))
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        self.text.get(start..self.at).map(|digits| Value::Number(digits.to_owned()))
    }

    /// Reads one digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Converts the tree of serde.
    fn by_serde(value: serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(is_so) => Value::Bool(is_so),
            serde_json::Value::Number(number) => Value::Number(number.to_string()),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(values) => Value::List(values.into_iter().map(by_serde).collect()),
            serde_json::Value::Object(members) => {
                Value::Record(members.into_iter().map(|(name, value)| (name, by_serde(value))).collect())
            }
        }
    }

    #[test]
    fn it_reads_what_serde_reads() {
        for text in [
            r#" { "a" : [ 1 , -2 , 0 ] , "b" : { } , "c" : [ ] , "d" : null , "e" : true , "f" : false } "#,
            r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#,
            r#"[[[[[]]]],"",{"":""}]"#,
            "18446744073709551615",
        ] {
            assert_eq!(Value::parse(text), Some(by_serde(serde_json::from_str(text).unwrap())), "{text}");
        }
    }

    #[test]
    fn it_refuses_what_serde_refuses() {
        for text in [
            "",
            " ",
            "nul",
            "nulll",
            "tru",
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,]",
            "[1 2]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "1 1",
            "01",
            "-",
            "1.",
            ".1",
            "1e",
            "1e+",
            "+1",
            "0x1",
            "--1",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"a\nb\"",
            "'a'",
            "\u{feff}1",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
            assert_eq!(Value::parse(text), None, "{text}");
        }
        assert_eq!(Value::parse(&"[".repeat(100_000)), None);
    }

    #[test]
    fn numbers_are_whole_or_not() {
        let number = |text: &str| Value::parse(text).map(|value| (value.as_u64(), value.as_f64()));
        assert_eq!(number("12"), Some((Some(12), Some(12.0))));
        for (text, float) in
            [("-1", -1.0), ("1.5", 1.5), ("-0.25e1", -2.5), ("2E+3", 2000.0), ("0.1", 0.1), ("3e-2", 0.03)]
        {
            assert_eq!(number(text), Some((None, Some(float))), "{text}");
        }
        assert_eq!(number("18446744073709551616").and_then(|(whole, _)| whole), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = r#"{"a":[1,-2.5e3,"x\"\\\n\u0001é"],"b":{"c":null,"d":[true,false]},"e":{}}"#;
        let value = Value::parse(text).unwrap();
        assert_eq!(value.to_string(), text);
        assert_eq!(Value::parse(r#"{"a":1,"a":2}"#).unwrap().get("a").and_then(Value::as_u64), Some(2));
    }
}
