//! All rate limits: one row for each, with its name and its default.

use super::{LimitRule, Rule, Window};

/// Makes the struct of all rules out of one row for each: comment, field, name, default as `<count>/<seconds>`, several with commas.
macro_rules! rules {
    ($(
        #[doc = $comment:literal]
        $field:ident: $name:literal = $($count:literal / $seconds:literal),+;
    )+) => {
        /// All rules (`messenger.md` 12, `integrations.md` 2, 7.2, `hopeflow.md` 8, `livestore.md` 2, 11), each changeable by the Worker variable `RATE_<RULE>`.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Rules {
            $(
                #[doc = $comment]
                pub $field: Rule,
            )+
        }

        impl Default for Rules {
            fn default() -> Self {
                Self { $($field: Rule(vec![$(Window { count: $count, ms: $seconds * 1_000 }),+]),)+ }
            }
        }

        impl Rules {
            /// Names of all rules, in the order of their rows.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The rule that the variable `RATE_<name>` sets, if there is one.
            pub fn named(&mut self, name: &str) -> Option<&mut Rule> {
                Some(match name {
                    $($name => &mut self.$field,)+
                    _ => return None,
                })
            }
        }
    };
}

rules! {
    /// Chat messages per (user, room).
    chat: "CHAT" = 10/5, 60/60;
    /// Messages and reactions together per (user, room), for packets.
    packet: "PACKET" = 5/1;
    /// Nudges per (user, room).
    nudge: "NUDGE" = 3/10;
    /// Winks per (user, room).
    wink: "WINK" = 1/5, 10/60;
    /// Reactions, edits, deletions and pins together per (user, room).
    mutate: "MUTATE" = 20/10;
    /// Relayed typing frames per (user, room).
    typing: "TYPING" = 1/1;
    /// Asked history pages per (user, room).
    history: "HISTORY" = 20/10;
    /// Changes of one's presence.
    presence: "PRESENCE" = 5/10;
    /// Frames of any kind per socket.
    frame: "FRAME" = 100/10;
    /// Login attempts per address.
    login: "LOGIN" = 5/10, 10/60;
    /// Failed logins per e-mail address and place.
    login_fail: "LOGIN_FAIL" = 10/3_600;
    /// New accounts per address, but for those that an invite brings.
    register: "REGISTER" = 5/3_600;
    /// Refused tries to get an account per address, each of which can say that somebody has one, and tries under way (a class has many).
    register_try: "REGISTER_TRY" = 60/3_600;
    /// New accounts that invites bring, per address: a school has one.
    invited: "INVITED" = 200/3_600;
    /// People whom one code brings, a new account by an invite or a visitor of a demo room: a class comes by one.
    code: "CODE" = 60/3_600;
    /// Mails that an address asks for.
    mail: "MAIL" = 10/600;
    /// Changes of an account's password, address or recovery codes, per account.
    account: "ACCOUNT" = 10/3_600;
    /// REST calls per session, refreshes per remembered browser, and offers of passkeys per address.
    rest: "REST" = 120/60;
    /// HopeFlow: publishes per (publisher, person).
    publish: "PUBLISH" = 3_000/10;
    /// HopeFlow: frames per socket; answers that are waited for and `ping` do not count.
    channel_frame: "CHANNEL_FRAME" = 1_000/10;
    /// MessageHub: messages per (writer, room).
    hub: "HUB" = 600/10;
    /// LiveStore: sockets that an address opens of a store.
    store_connect: "STORE_CONNECT" = 2_000/10;
    /// LiveStore: frames per socket; `Ping` does not count.
    store_frame: "STORE_FRAME" = 60_000/10;
    /// Wrong service tokens, and wrong admin secrets of LiveStore whichever stores they were for, per address.
    guess: "GUESS" = 5/60;
    /// Files per person.
    file: "FILE" = 30/60, 300/86_400;
    /// Files of guests per address: who brings more as another guest brings no more.
    guest_file: "GUEST_FILE" = 60/60, 600/86_400;
    /// Previews per person.
    link: "LINK" = 20/60;
    /// Requests for previews per host, whoever asks for them.
    link_host: "LINK_HOST" = 120/60;
    /// Searches for people by their handle, and claims of a handle, per person.
    find: "FIND" = 20/60;
    /// Contact requests and invitations into groups per (sender, person).
    ask: "ASK" = 3/86_400;
    /// Ids of nobody that a person wants to watch.
    watch: "WATCH" = 200/60;
    /// Codes that are no invite's, per address.
    invite: "INVITE" = 20/60;
    /// Codes that are no demo room's, per address: a class that mistypes one has one.
    demo_code: "DEMO_CODE" = 60/60;
    /// Demo rooms that are made, per address.
    demo_room: "DEMO_ROOM" = 10/3_600;
    /// People who come into demo rooms beyond those of [`Rules::code`], per address: a hall full of them has one.
    demo_join: "DEMO_JOIN" = 200/600;
    /// Drafts per person; changes of emoticons have a counter of their own with these numbers.
    draft: "DRAFT" = 60/60;
    /// Tries of push subscriptions per person.
    push_test: "PUSH_TEST" = 5/3_600;
    /// Messages per integration of a group.
    hook: "HOOK" = 30/60;
    /// Messages per bot of a group.
    bot: "BOT" = 10/5, 60/60;
    /// Calls to webhooks of bots per account that made them.
    webhook_account: "WEBHOOK_ACCOUNT" = 600/60;
    /// Calls to webhooks of bots per (account that made them, host): nobody has all calls of a host.
    webhook_share: "WEBHOOK_SHARE" = 30/60;
    /// Calls to webhooks of bots per host.
    webhook_host: "WEBHOOK_HOST" = 120/60;
    /// Challenges of webhooks per account, and per host.
    webhook_challenge: "WEBHOOK_CHALLENGE" = 10/60;
}

impl Rules {
    /// Reads the variables. Where `may_be_off` is not set, a rule without any limit (`0`) counts for nothing. The second value is a complaint
    /// about the first that cannot be used; its rule stays the default.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>, may_be_off: bool) -> (Self, Option<String>) {
        let mut rules = Self::default();
        let mut complaint: Option<String> = None;
        for name in Self::NAMES {
            let own = format!("RATE_{name}");
            let Some(text) = variable(&own) else { continue };
            match (Rule::parse(&text), rules.named(name)) {
                (Some(rule), _) if rule.0.is_empty() && !may_be_off => {}
                (Some(rule), Some(place)) => *place = rule,
                _ => {
                    let form = "<count>/<seconds>, several with commas, or 0";
                    complaint.get_or_insert_with(|| format!("the variable {own} is not {form}"));
                }
            }
        }
        (rules, complaint)
    }
}

impl LimitRule {
    /// Returns the rule of this name.
    pub fn of(self, rules: &Rules) -> &Rule {
        match self {
            Self::Chat => &rules.chat,
            Self::Nudge => &rules.nudge,
            Self::Wink => &rules.wink,
            Self::Mutate => &rules.mutate,
            Self::History => &rules.history,
            Self::Presence => &rules.presence,
            Self::Packet => &rules.packet,
            Self::Frame => &rules.frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], may_be_off: bool) -> (Rules, Option<String>) {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        Rules::read(&variable, may_be_off)
    }

    fn of_chat(text: &str) -> Rules {
        Rules { chat: Rule::parse(text).unwrap(), ..Rules::default() }
    }

    #[test]
    fn a_variable_sets_its_rule_and_no_other() {
        assert_eq!(read(&[("RATE_CHAT", "7/9,8/90")], false), (of_chat("7/9,8/90"), None));
        assert_eq!(read(&[("CHAT", "7/9")], false), (Rules::default(), None));
    }

    #[test]
    fn a_rule_is_off_only_where_nobody_is_harmed_by_it() {
        assert_eq!(read(&[("RATE_CHAT", "0")], true), (of_chat("0"), None));
        assert_eq!(read(&[("RATE_CHAT", "0")], false), (Rules::default(), None));
    }

    #[test]
    fn what_is_no_rule_is_named_and_sets_nothing() {
        let (rules, complaint) = read(&[("RATE_WINK", "often"), ("RATE_NUDGE", "3"), ("RATE_CHAT", "1/2")], true);
        let words = "the variable RATE_NUDGE is not <count>/<seconds>, several with commas, or 0";
        assert_eq!((rules, complaint.as_deref()), (of_chat("1/2"), Some(words)));
    }

    #[test]
    fn every_name_has_its_rule() {
        let mut rules = Rules::default();
        assert!(Rules::NAMES.iter().all(|name| rules.named(name).is_some()));
        assert!(rules.named("ELSE").is_none());
    }
}
