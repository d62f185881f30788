//! Own messages until the server has stored them: order, message in flight, and retries (`messenger.md` 5.5).
//!
//! It has ids and times, but no sockets: the room client asks for the next message and reports the result. A resent message has the same id,
//! so the server stores it only once (`core.md` 3).

use crate::codec::json::{Value, json_text, push_member};
use crate::content::font::Font;
use crate::content::kinds::Nature;
use crate::words::event::{Kind, Millis};
use crate::words::limits::{ANSWER_MS_MAX, PATIENCE_MS};

/// Code of a message that is held for review (`moderation.md` 8.1).
const HELD: &str = "HELD";
/// Code of a message that a moderator has dropped. It comes from a frame, and no refusal has it (`moderation.md` 8.2).
const DROPPED: &str = "DROPPED";

pub(super) fn is_held(code: &str) -> bool {
    code == HELD
}

crate::record! {
    /// Message that the server has not stored yet, with everything that is needed to show and send it after a reload.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OutboxEntry {
        /// UUIDv7 from the writer.
        pub id: String = "id",
        /// Chat, nudge or wink.
        pub kind: Kind = "kind",
        /// JSON *object* text with the members of the frame beside `type` and `id`.
        pub body: String = "body",
        /// Own display name at the time of writing.
        pub name: String = "name",
        /// Time of writing, by this device's clock.
        pub at: Millis = "at",
        /// Code of the final refusal, if it was refused.
        pub failed: Option<String> = "failed",
    }
}

impl OutboxEntry {
    pub fn chat(id: &str, content: &str, reply_to: Option<&str>, name: &str, at: Millis) -> Self {
        let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(id))).unwrap_or_default();
        let body = format!("{{\"content\":{}{reply_to}}}", json_text(content));
        Self { id: id.to_owned(), kind: Kind::Chat, body, name: name.to_owned(), at, failed: None }
    }

    /// Returns the message with a font (`messenger.md` 5.3). The page's own font needs no member.
    #[must_use]
    pub fn in_font(mut self, font: Font) -> Self {
        if font != Font::default() && self.body.pop().is_some() {
            push_member(&mut self.body, "font", &font);
            self.body.push('}');
        }
        self
    }

    /// Returns the message with attachments, which are members of the frame as JSON text.
    #[must_use]
    pub fn with(mut self, members: &str) -> Self {
        if !members.is_empty() && self.body.pop().is_some() {
            self.body.push(',');
            self.body.push_str(members);
            self.body.push('}');
        }
        self
    }

    pub fn nudge(id: &str, name: &str, at: Millis) -> Self {
        let body = "{}".to_owned();
        Self { id: id.to_owned(), kind: Kind::Nudge, body, name: name.to_owned(), at, failed: None }
    }

    pub fn wink(id: &str, wink_id: &str, name: &str, at: Millis) -> Self {
        let body = format!("{{\"winkId\":{}}}", json_text(wink_id));
        Self { id: id.to_owned(), kind: Kind::Wink, body, name: name.to_owned(), at, failed: None }
    }

    pub fn edit(id: &str, message: &str, content: &str, at: Millis) -> Self {
        Self::change(Kind::Edit, id, message, &format!("\"content\":{}", json_text(content)), at)
    }

    /// Returns the deletion of a message, for everyone or for this person alone.
    pub fn delete(id: &str, message: &str, for_all: bool, at: Millis) -> Self {
        Self::change(Kind::Delete, id, message, if for_all { "\"for\":\"all\"" } else { "\"for\":\"me\"" }, at)
    }

    /// Returns a reaction, or its removal.
    pub fn react(id: &str, message: &str, reaction: &str, is_there: bool, at: Millis) -> Self {
        let op = if is_there { "add" } else { "remove" };
        Self::change(Kind::Reaction, id, message, &format!("\"reaction\":{},\"op\":\"{op}\"", json_text(reaction)), at)
    }

    fn change(kind: Kind, id: &str, message: &str, members: &str, at: Millis) -> Self {
        let body = format!("{{\"messageId\":{},{members}}}", json_text(message));
        Self { id: id.to_owned(), kind, body, name: String::new(), at, failed: None }
    }

    /// Returns a held message in its state after a moderator has dropped it; `None` for any other message.
    pub fn dropped(self) -> Option<Self> {
        let is_held = self.failed.as_deref().is_some_and(is_held);
        is_held.then(|| Self { failed: Some(DROPPED.to_owned()), ..self })
    }

    /// Returns the message that this one deletes for this person alone.
    pub fn hides(&self) -> Option<&str> {
        self.deletes_with("\",\"for\":\"me\"}")
    }

    /// Returns the message that this one deletes for everyone.
    pub fn deletes(&self) -> Option<&str> {
        self.deletes_with("\",\"for\":\"all\"}")
    }

    /// Returns the message that this one edits, and its new text.
    pub fn edits(&self) -> Option<(String, String)> {
        let body = Value::parse(&self.body).filter(|_| self.kind == Kind::Edit)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("messageId")?, text("content")?))
    }

    fn deletes_with(&self, end: &str) -> Option<&str> {
        let message = self.body.strip_prefix("{\"messageId\":\"")?.strip_suffix(end)?;
        (self.kind == Kind::Delete).then_some(message)
    }

    pub fn frame(&self) -> String {
        let members = self.body.strip_prefix('{').and_then(|body| body.strip_suffix('}')).unwrap_or("");
        let comma = if members.is_empty() { "" } else { "," };
        format!("{{\"type\":\"{}\",\"id\":{}{comma}{members}}}", self.kind.as_str(), json_text(&self.id))
    }

    /// Returns `true` if the message may be sent later. A late nudge is worse than none.
    pub fn is_resendable(&self) -> bool {
        matches!(self.kind.nature(), Nature::Words | Nature::Change(_))
    }
}

/// Unsent messages of one room. One is in flight at a time: several could overtake each other when a limit opens between them, but the
/// events of one sender must stay in order (`core.md` 2).
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    entries: Vec<OutboxEntry>,
    in_flight: Option<InFlight>,
    /// Ids of messages that were sent and not answered, also on earlier sockets. The server may have stored them.
    unanswered: Vec<String>,
    /// Time before which nothing is sent.
    hold_until: Option<Millis>,
}

#[derive(Clone, Debug)]
struct InFlight {
    id: String,
    sent_at: Millis,
}

impl Outbox {
    /// Returns an outbox with the unsent messages of an earlier client.
    pub fn new(entries: Vec<OutboxEntry>) -> Self {
        let mut outbox = Self::default();
        for entry in entries {
            outbox.post(entry);
        }
        outbox
    }

    pub fn entries(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.entries.iter()
    }

    pub fn find(&self, id: &str) -> Option<&OutboxEntry> {
        self.entries().find(|entry| entry.id == id)
    }

    /// Adds a message at the end. Returns `false` if its id is known.
    pub fn post(&mut self, entry: OutboxEntry) -> bool {
        let is_new = self.find(&entry.id).is_none();
        if is_new {
            self.entries.push(entry);
        }
        is_new
    }

    /// Adds messages before all others, in their order. Returns `false` if all of them are known.
    pub fn post_before(&mut self, entries: Vec<OutboxEntry>) -> bool {
        let new: Vec<OutboxEntry> = entries.into_iter().filter(|entry| self.find(&entry.id).is_none()).collect();
        let is_any_new = !new.is_empty();
        let others = std::mem::replace(&mut self.entries, new);
        self.entries.extend(others);
        is_any_new
    }

    /// Removes a message that was stored or discarded.
    pub fn take(&mut self, id: &str) -> Option<OutboxEntry> {
        let at = self.entries.iter().position(|entry| entry.id == id)?;
        self.landed(id);
        Some(self.entries.remove(at))
    }

    /// Handles a temporary refusal: all messages wait, and are then sent in the old order.
    pub fn refused_for_now(&mut self, now: Millis, id: &str, retry_after_ms: Option<Millis>) {
        self.landed(id);
        let until = now + retry_after_ms.unwrap_or(PATIENCE_MS).max(1);
        self.hold_until = Some(self.hold_until.map_or(until, |held| held.max(until)));
    }

    /// Handles a final refusal. Returns the message in the form to save.
    pub fn fail(&mut self, id: &str, code: &str) -> Option<OutboxEntry> {
        self.landed(id);
        let entry = self.entries.iter_mut().find(|entry| entry.id == id)?;
        entry.failed = Some(code.to_owned());
        Some(entry.clone())
    }

    /// Moves a failed message to the end, to send it again. Returns it in the form to save.
    pub fn retry(&mut self, id: &str) -> Option<OutboxEntry> {
        self.find(id)?.failed.as_ref()?;
        let mut entry = self.take(id)?;
        entry.failed = None;
        self.post(entry.clone());
        Some(entry)
    }

    /// Returns `true` for a message that was not sent yet, so the server cannot have stored it.
    pub fn is_unsent(&self, id: &str) -> bool {
        self.find(id).is_some() && !self.unanswered.iter().any(|sent| sent == id)
    }

    /// Handles the end of the socket, after which nothing is in flight.
    pub fn lost(&mut self) {
        self.in_flight = None;
    }

    /// Ends the wait, because the clock went back.
    pub fn release(&mut self) {
        self.hold_until = None;
    }

    /// Returns the message in flight, which is the cause if the server answers "too big".
    pub fn in_flight(&self) -> Option<&str> {
        self.in_flight.as_ref().map(|in_flight| in_flight.id.as_str())
    }

    /// Returns the next frame to send, which is then in flight. A message without an answer is sent again.
    pub fn due(&mut self, now: Millis) -> Option<String> {
        if self.wait_until().is_some_and(|until| until > now) {
            return None;
        }
        self.hold_until = None;
        let next = self.entries.iter().find(|entry| entry.failed.is_none())?;
        let (id, frame) = (next.id.clone(), next.frame());
        if !self.unanswered.contains(&id) {
            self.unanswered.push(id.clone());
        }
        self.in_flight = Some(InFlight { id, sent_at: now });
        Some(frame)
    }

    /// Returns the time at which a waiting message may be sent.
    pub fn wake_at(&self) -> Option<Millis> {
        let is_waiting = self.entries.iter().any(|entry| entry.failed.is_none());
        self.wait_until().filter(|_| is_waiting)
    }

    fn wait_until(&self) -> Option<Millis> {
        let answer_by = self.in_flight.as_ref().map(|in_flight| in_flight.sent_at + ANSWER_MS_MAX);
        answer_by.max(self.hold_until)
    }

    fn landed(&mut self, id: &str) {
        self.unanswered.retain(|sent| sent != id);
        self.in_flight.take_if(|in_flight| in_flight.id == id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(id: &str) -> OutboxEntry {
        OutboxEntry::chat(id, "hi", None, "Mia", 0)
    }

    fn due(outbox: &mut Outbox, now: Millis) -> Option<String> {
        let frame: serde_json::Value = serde_json::from_str(&outbox.due(now)?).unwrap();
        frame["id"].as_str().map(str::to_owned)
    }

    fn drain(outbox: &mut Outbox, now: Millis) -> Vec<String> {
        std::iter::from_fn(|| due(outbox, now).inspect(|id| drop(outbox.take(id)))).collect()
    }

    #[test]
    fn frames_are_what_the_door_reads() {
        let entry = OutboxEntry::chat("x", "say \"hi\"\n", Some("y"), "Mia", 0);
        assert_eq!(entry.frame(), r#"{"type":"chat","id":"x","content":"say \"hi\"\n","replyTo":"y"}"#);
        let font = Font::default().colored(9).toggled(Font::ITALIC);
        let dressed = OutboxEntry::chat("x", "hi", None, "Mia", 0).in_font(font);
        assert_eq!(dressed.frame(), r#"{"type":"chat","id":"x","content":"hi","font":{"color":9,"style":2}}"#);
        let plain = OutboxEntry::chat("x", "hi", None, "Mia", 0).in_font(Font::default());
        assert_eq!(plain, OutboxEntry::chat("x", "hi", None, "Mia", 0));
        let files = OutboxEntry::chat("x", "", None, "Mia", 0).with("\"files\":[{\"id\":\"f\"}]");
        assert_eq!(files.frame(), r#"{"type":"chat","id":"x","content":"","files":[{"id":"f"}]}"#);
        assert_eq!(OutboxEntry::nudge("x", "Mia", 0).frame(), r#"{"type":"nudge","id":"x"}"#);
        assert_eq!(OutboxEntry::wink("x", "toast", "Mia", 0).frame(), r#"{"type":"wink","id":"x","winkId":"toast"}"#);
    }

    #[test]
    fn an_edit_knows_its_message_and_text() {
        let edit = OutboxEntry::edit("x", "m", "say \"hi\"\n", 0);
        assert_eq!(edit.edits(), Some(("m".to_owned(), "say \"hi\"\n".to_owned())));
        assert_eq!([chat("x"), OutboxEntry::delete("x", "m", true, 0)].map(|other| other.edits()), [None, None]);
    }

    #[test]
    fn one_is_in_flight_and_a_refused_one_is_not_overtaken() {
        let mut outbox = Outbox::new(["a", "b"].map(chat).to_vec());
        assert_eq!(due(&mut outbox, 0).as_deref(), Some("a"));
        assert_eq!(due(&mut outbox, 1), None);
        outbox.refused_for_now(10, "a", Some(1_000));
        assert_eq!((due(&mut outbox, 1_009), outbox.wake_at()), (None, Some(1_010)));
        assert_eq!(drain(&mut outbox, 1_010), ["a", "b"]);
        assert_eq!(outbox.wake_at(), None);
    }

    #[test]
    fn a_lost_socket_means_everything_again_in_the_old_order() {
        let mut outbox = Outbox::new(["a", "b"].map(chat).to_vec());
        outbox.due(0);
        outbox.post(chat("c"));
        outbox.lost();
        assert_eq!(drain(&mut outbox, 1), ["a", "b", "c"]);
    }

    #[test]
    fn what_was_sent_once_may_be_stored_until_the_server_answers() {
        let mut outbox = Outbox::new(["a", "b"].map(chat).to_vec());
        assert!(outbox.is_unsent("a") && !outbox.is_unsent("c"));
        outbox.due(0);
        outbox.lost();
        assert!(!outbox.is_unsent("a") && outbox.is_unsent("b"));
        outbox.due(1);
        outbox.refused_for_now(2, "a", None);
        assert!(outbox.is_unsent("a"), "a refused message is not stored");
    }

    #[test]
    fn what_is_put_before_the_others_is_sent_next_and_nothing_is_there_twice() {
        let mut outbox = Outbox::new(["c", "d"].map(chat).to_vec());
        assert_eq!(due(&mut outbox, 0).as_deref(), Some("c"));
        assert!(outbox.post_before(["a", "c", "b"].map(chat).to_vec()));
        assert_eq!(due(&mut outbox, 1), None, "one is in flight");
        outbox.take("c");
        assert!(!outbox.post_before(["b", "a"].map(chat).to_vec()));
        assert_eq!(drain(&mut outbox, 2), ["a", "b", "d"]);
    }

    #[test]
    fn what_is_never_answered_is_sent_again() {
        let mut outbox = Outbox::new(vec![chat("a")]);
        outbox.due(0);
        assert_eq!(outbox.wake_at(), Some(ANSWER_MS_MAX));
        assert_eq!(due(&mut outbox, ANSWER_MS_MAX).as_deref(), Some("a"));
    }

    #[test]
    fn what_failed_is_kept_and_sent_only_when_asked() {
        let mut outbox = Outbox::new(["a", "b"].map(chat).to_vec());
        outbox.due(0);
        let saved = outbox.fail("a", "FORBIDDEN").unwrap();
        assert_eq!(saved.failed.as_deref(), Some("FORBIDDEN"));
        assert_eq!(drain(&mut outbox, 1), ["b"]);
        assert_eq!(outbox.retry("b"), None, "b has not failed");
        assert_eq!(outbox.retry("a").unwrap().failed, None);
        assert_eq!(drain(&mut outbox, 2), ["a"]);
    }
}
