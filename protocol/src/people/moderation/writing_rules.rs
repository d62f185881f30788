//! Rules for messages in public rooms (`moderation.md` 8): words and links that are allowed, held for review or refused. `machines::room`
//! decides which people they apply to.

use crate::codec::json::Value;
use crate::codec::percent::decoded;
use crate::content::addresses::addresses;
use crate::content::normal::{Form, normal};
use crate::content::search::{Word, words};
use crate::content::unseen::is_ignorable;
use crate::words::limits::WRITING_PATTERN_CHARS_MAX;
use crate::words::refusal::Refusal;

/// Rule that is named when only `first_message` holds a message.
pub const FIRST_MESSAGE: &str = "first_message";
const ANY: char = '*';
/// Pattern of every link.
const EVERY_LINK: &str = "*";

crate::words! {
    /// Part of a text that a rule matches.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RuleKind {
        /// Words in a row.
        Word = "word",
        /// Host of a link, with its subdomains.
        Link = "link",
    }
}

crate::words! {
    /// Effect of a rule. A later one is stricter.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum RuleEffect {
        /// The word or link is allowed, whatever less specific patterns say.
        Allow = "allow",
        /// The message is held for review.
        Hold = "hold",
        Refuse = "refuse",
    }
}

crate::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WritingRule {
        pub kind: RuleKind = "kind",
        /// Normalized pattern.
        pub pattern: String = "pattern",
        pub effect: RuleEffect = "effect",
    }
}

crate::record! {
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct WritingRules {
        /// Rules for words and links, one for each kind and pattern.
        pub rules: Vec<WritingRule> = "rules" or Vec::new(),
        /// `true` if the first message of a guest is held.
        pub holds_first: bool = "holdsFirst" or false,
    }
}

/// Normalizes a typed pattern.
/// Errors: `VALIDATION` on `pattern`.
pub fn read_pattern(kind: RuleKind, typed: &str) -> Result<String, Refusal> {
    let typed = typed.trim();
    if typed.chars().count() > WRITING_PATTERN_CHARS_MAX {
        return Err(Refusal::over_limit("pattern", "This pattern is too long.", WRITING_PATTERN_CHARS_MAX));
    }
    let pattern = match kind {
        RuleKind::Word => word_pattern(typed),
        RuleKind::Link => host_pattern(typed),
    };
    pattern.ok_or(Refusal::validation("pattern", "A pattern is a word or the name of a host."))
}

fn word_pattern(typed: &str) -> Option<String> {
    let (text, rest) = typed.strip_suffix(ANY).map_or((typed, ""), |text| (text, EVERY_LINK));
    let folded: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    (!folded.is_empty()).then(|| folded.join(" ") + rest)
}

fn host_pattern(typed: &str) -> Option<String> {
    if typed == EVERY_LINK {
        return Some(typed.to_owned());
    }
    let host = host_of(typed.strip_prefix("*.").unwrap_or(typed));
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    let is_good = host.split('.').all(is_label);
    is_good.then_some(host)
}

/// Returns the host of an address in the browser's reading, in small letters and without its port.
fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    // Browsers read a backslash as a slash, and ignore further slashes before the host.
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = decoded(host, false).unwrap_or_else(|| host.to_owned());
    // In a host, wide letters become normal ones, invisible characters are dropped, and `。` is a dot (UTS #46).
    let host = normal(&host, Form::Nfkc).replace('。', ".").replace(is_ignorable, "").to_lowercase();
    host.split(':').next().unwrap_or_default().trim_matches('.').to_owned()
}

fn is_host_in(host: &str, pattern: &str) -> bool {
    let is_below = || host.strip_suffix(pattern).is_some_and(|before| before.ends_with('.'));
    pattern == EVERY_LINK || host == pattern || is_below()
}

impl WritingRule {
    /// Returns the rule for moderators and the audit log: its kind and its pattern.
    pub fn name(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.pattern)
    }
}

impl WritingRules {
    /// Returns the strictest applicable rule for the body of a message or edit; `None` if no rule holds or refuses it.
    pub fn judge_body(&self, body: &str) -> Option<&WritingRule> {
        if self.rules.is_empty() {
            return None;
        }
        strictest(texts_of(body).iter().filter_map(|text| self.judge(text)))
    }

    /// Returns the strictest applicable rule for a text; `None` if no rule holds or refuses it.
    pub fn judge(&self, text: &str) -> Option<&WritingRule> {
        strictest(self.judge_words(text).into_iter().chain(self.judge_links(text)))
    }

    fn of_kind(&self, kind: RuleKind) -> impl Iterator<Item = &WritingRule> {
        self.rules.iter().filter(move |rule| rule.kind == kind)
    }

    fn judge_words(&self, text: &str) -> Option<&WritingRule> {
        let rules: Vec<WordRule<'_>> = self.of_kind(RuleKind::Word).map(WordRule::of).collect();
        if rules.is_empty() {
            return None;
        }
        let words = words(text);
        let mut counting: Vec<Option<&WordRule<'_>>> = vec![None; words.len()];
        for rule in &rules {
            let length = rule.words.len();
            for (at, _) in words.windows(length).enumerate().filter(|(_, window)| rule.fits(window)) {
                for place in counting.iter_mut().skip(at).take(length) {
                    if place.is_none_or(|known| known.rank() < rule.rank()) {
                        *place = Some(rule);
                    }
                }
            }
        }
        strictest(counting.into_iter().flatten().map(|counts| counts.rule))
    }

    fn judge_links(&self, text: &str) -> Option<&WritingRule> {
        let rules: Vec<&WritingRule> = self.of_kind(RuleKind::Link).collect();
        if rules.is_empty() {
            return None;
        }
        let hosts: Vec<String> = addresses(text).into_iter().filter_map(|link| text.get(link)).map(host_of).collect();
        let counting = |host: &String| {
            let matching = rules.iter().copied().filter(|rule| is_host_in(host, &rule.pattern));
            matching.max_by_key(|rule| (rule.pattern != EVERY_LINK, rule.pattern.len()))
        };
        strictest(hosts.iter().filter_map(counting))
    }
}

/// Rule for words, prepared for matching.
struct WordRule<'a> {
    /// Words in a row; at least one.
    words: Vec<&'a str>,
    /// `true` if the last word is a prefix.
    is_prefix: bool,
    rule: &'a WritingRule,
}

impl<'a> WordRule<'a> {
    fn of(rule: &'a WritingRule) -> Self {
        let exact = rule.pattern.strip_suffix(ANY);
        let words = exact.unwrap_or(&rule.pattern).split(' ').collect();
        Self { words, is_prefix: exact.is_some(), rule }
    }

    fn fits(&self, window: &[Word]) -> bool {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().zip(window).enumerate().all(|(at, (wanted, word))| {
            let is_open = self.is_prefix && at == last;
            if is_open { word.folded.starts_with(*wanted) } else { word.folded == *wanted }
        })
    }

    /// Returns the precedence of the rule among those that match one word.
    fn rank(&self) -> (usize, bool, u8) {
        let effect = match self.rule.effect {
            RuleEffect::Allow => 2,
            RuleEffect::Refuse => 1,
            RuleEffect::Hold => 0,
        };
        (self.words.iter().map(|word| word.chars().count()).sum(), !self.is_prefix, effect)
    }
}

/// Returns the strictest of the applicable rules; `None` if all of them allow.
fn strictest<'a>(counting: impl Iterator<Item = &'a WritingRule>) -> Option<&'a WritingRule> {
    counting.filter(|rule| rule.effect != RuleEffect::Allow).max_by_key(|rule| rule.effect)
}

fn texts_of(body: &str) -> Vec<String> {
    let Some(body) = Value::parse(body) else { return Vec::new() };
    let text = |record: &Value, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut texts = vec![text(&body, "content")];
    for file in body.get("files").and_then(Value::as_array).into_iter().flatten() {
        texts.extend(["name", "alt"].map(|name| text(file, name)));
    }
    if let Some(link) = body.get("link") {
        texts.extend(["title", "description"].map(|name| text(link, name)));
    }
    texts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RuleEffect::{Allow, Hold, Refuse};
    use super::RuleKind::{Link, Word as Words};
    use super::*;
    use crate::codec::json;

    fn rules(rows: &[(RuleKind, &str, RuleEffect)]) -> WritingRules {
        let rule = |(kind, typed, effect): &(RuleKind, &str, RuleEffect)| WritingRule {
            kind: *kind,
            pattern: read_pattern(*kind, typed).unwrap(),
            effect: *effect,
        };
        WritingRules { rules: rows.iter().map(rule).collect(), holds_first: false }
    }

    fn effect(rules: &WritingRules, text: &str) -> Option<RuleEffect> {
        rules.judge(text).map(|rule| rule.effect)
    }

    #[test]
    fn a_word_is_matched_whole_without_case_and_accents() {
        let rules = rules(&[(Words, "Müller", Refuse), (Words, "buy now", Hold), (Words, "casino*", Refuse)]);
        for text in ["muller", "a MUELLER.", "«Müller»", "Casinos!", "casino", "Mu\u{ad}ller"] {
            assert_eq!(effect(&rules, text), Some(Refuse), "{text}");
        }
        assert_eq!(effect(&rules, "Buy, NOW"), Some(Hold));
        for text in ["", "mullers", "unmuller", "buy it now", "now buy", "occasion"] {
            assert_eq!(effect(&rules, text), None, "{text}");
        }
    }

    #[test]
    fn the_longest_pattern_counts_for_a_word_and_an_exact_one_first() {
        let rules = rules(&[
            (Words, "scun*", Refuse),
            (Words, "scunthorpe", Allow),
            (Words, "deal*", Hold),
            (Words, "deal", Refuse),
            (Words, "card deal", Allow),
        ]);
        let effects = ["Scunthorpe", "scunning", "deal", "dealer", "a card deal", "card deal, deal"];
        let expected = [None, Some(Refuse), Some(Refuse), Some(Hold), None, Some(Refuse)];
        assert_eq!(effects.map(|text| effect(&rules, text)), expected);
        assert_eq!(effect(&rules, "dealer and scunning"), Some(Refuse), "the stricter one counts for the message");
    }

    #[test]
    fn a_host_is_matched_with_its_subdomains_and_the_longest_one_counts() {
        let rules = rules(&[
            (Link, "*", Hold),
            (Link, "https://Evil.example/x", Refuse),
            (Link, "good.evil.example", Allow),
            (Link, "*.fine.example", Allow),
        ]);
        for (text, expected) in [
            ("http://evil.example", Some(Refuse)),
            ("see https://WWW.EVIL.EXAMPLE:8443/a?b", Some(Refuse)),
            ("https://good.evil.example/", None),
            ("https://notevil.example/", Some(Hold)),
            ("https://evil.example.org/", Some(Hold)),
            ("https://a.fine.example/ https://fine.example", None),
            ("https://fine.example https://evil.example", Some(Refuse)),
            ("evil.example without a scheme is a word", None),
        ] {
            assert_eq!(effect(&rules, text), expected, "{text}");
        }
    }

    #[test]
    fn a_host_is_the_one_that_a_browser_would_open() {
        for (address, host) in [
            ("http:///evil.example", "evil.example"),
            (r"http://evil.example\@good.example", "evil.example"),
            ("http://a:b@evil.example:80#x", "evil.example"),
            ("http://%65vil.example.", "evil.example"),
            ("http://ｅvil.example", "evil.example"),
            ("http://evil%E3%80%82example", "evil.example"),
            ("http://ev%C2%ADil.example", "evil.example"),
            ("http://", ""),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_refused() {
        for typed in ["", " ", "*", "!?", "😀"] {
            let refusal = read_pattern(Words, typed).unwrap_err();
            assert_eq!(refusal.field(), Some("pattern"), "{typed}");
        }
        for typed in ["", "a b.example", "a..example", "https://", "[::1]"] {
            assert!(read_pattern(Link, typed).is_err(), "{typed}");
        }
        let longest = "a".repeat(WRITING_PATTERN_CHARS_MAX);
        assert_eq!([Words, Link].map(|kind| read_pattern(kind, &longest)), [Ok(longest.clone()), Ok(longest.clone())]);
        assert!([Words, Link].iter().all(|kind| read_pattern(*kind, &format!("{longest}a")).is_err()));
        assert_eq!(read_pattern(Words, " Straße  Nr *"), Ok("strasse nr*".to_owned()));
    }

    #[test]
    fn names_of_files_and_the_card_of_a_link_are_texts_of_a_message() {
        let rules = rules(&[(Words, "bad", Refuse)]);
        let is_refused = |body: &str| rules.judge_body(body).is_some();
        for body in [
            r#"{"content":"bad"}"#,
            r#"{"messageId":"m","content":"bad"}"#,
            r#"{"content":"","files":[{"id":"f","name":"bad.png"}]}"#,
            r#"{"content":"","files":[{"id":"f","name":"x"},{"id":"g","alt":"bad"}]}"#,
            r#"{"content":"x","link":{"url":"https://x","title":"bad"}}"#,
            r#"{"content":"x","link":{"url":"https://x","title":"x","description":"so bad"}}"#,
        ] {
            assert!(is_refused(body), "{body}");
        }
        assert!(!is_refused(r#"{"content":"good","replyTo":"bad","font":{"style":1}}"#) && !is_refused("bad"));
    }

    #[test]
    fn rules_read_as_they_were_written_and_a_rule_is_named_by_kind_and_pattern() {
        let rules = WritingRules { holds_first: true, ..rules(&[(Words, "Bad*", Hold), (Link, "*", Refuse)]) };
        assert_eq!(json::read::<WritingRules>(&json::write(&rules)), Some(rules.clone()));
        assert_eq!(json::read::<WritingRules>("{}"), Some(WritingRules::default()));
        assert_eq!(rules.rules.iter().map(WritingRule::name).collect::<Vec<_>>(), ["word bad*", "link *"]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_or_said_is_judged(typed in "\\PC{0,20}", text in "(https?://|[\\PC a.@*]){0,40}") {
            for kind in RuleKind::ALL {
                if let Ok(pattern) = read_pattern(kind, &typed) {
                    let rule = WritingRule { kind, pattern, effect: Refuse };
                    let rules = WritingRules { rules: vec![rule], holds_first: false };
                    let _ = rules.judge(&text);
                }
            }
        }

        #[test]
        fn an_allowed_pattern_that_is_longer_lets_a_word_through(word in "[b-d]{2,9}") {
            let open = format!("{}*", word.get(..1).unwrap_or_default());
            let refusing = rules(&[(Words, &open, Refuse)]);
            let allowing = rules(&[(Words, &open, Refuse), (Words, &word, Allow)]);
            let text = format!("so {word} then");
            prop_assert_eq!((effect(&refusing, &text), effect(&allowing, &text)), (Some(Refuse), None));
        }
    }
}
