//! The short form of schemas: `{id: text, since?: time, kind: 'guest'|'user', next: text?, items: [Room]}`.
//!
//! A name with a small letter is a plain type, one with a capital letter an object of `schemas`. `?` behind the name of a member means that
//! it may be missing, behind a type that it may be null. The reader has no errors, because all texts are constants: a malformed word appears
//! in the snapshot as itself.

use serde_json::{Map, Value, json};

use crate::words::event::Kind;
use crate::words::language::tags;

/// Returns the JSON schema of a short form.
pub fn schema(text: &str) -> Value {
    FormReader { rest: text }.union()
}

/// Returns members without brackets: name, `true` if it is required, schema.
pub fn members(text: &str) -> Vec<(String, bool, Value)> {
    FormReader { rest: text }.members()
}

struct FormReader<'a> {
    rest: &'a str,
}

impl<'a> FormReader<'a> {
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(sign) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        word
    }

    fn union(&mut self) -> Value {
        let first = self.one();
        let mut all = vec![first];
        while self.takes('|') {
            all.push(self.one());
        }
        let literals: Option<Vec<&Value>> = all.iter().map(|one| one.get("const")).collect();
        match (all.len(), literals) {
            (1, _) => all.remove(0),
            (_, Some(literals)) => json!({ "type": "string", "enum": literals }),
            _ => json!({ "anyOf": all }),
        }
    }

    fn one(&mut self) -> Value {
        let value = if self.takes('{') {
            let members = self.members();
            self.takes('}');
            object(members)
        } else if self.takes('[') {
            let items = self.union();
            self.takes(']');
            json!({ "type": "array", "items": items })
        } else if self.takes('\'') {
            let (literal, after) = self.rest.split_once('\'').unwrap_or((self.rest, ""));
            self.rest = after;
            json!({ "const": literal })
        } else {
            plain(self.word())
        };
        if self.takes('?') { json!({ "anyOf": [value, { "type": "null" }] }) } else { value }
    }

    fn members(&mut self) -> Vec<(String, bool, Value)> {
        let mut members = Vec::new();
        loop {
            let name = self.word();
            if name.is_empty() {
                return members;
            }
            let is_needed = !self.takes('?');
            self.takes(':');
            members.push((name.to_owned(), is_needed, self.union()));
            if !self.takes(',') {
                return members;
            }
        }
    }
}

fn object(members: Vec<(String, bool, Value)>) -> Value {
    let needed: Vec<String> =
        members.iter().filter(|(_, is_needed, _)| *is_needed).map(|(name, ..)| name.clone()).collect();
    // `collect` would add the code of a sort.
    let mut properties = Map::new();
    properties.extend(members.into_iter().map(|(name, _, schema)| (name, schema)));
    json!({ "type": "object", "required": needed, "properties": properties })
}

fn plain(name: &str) -> Value {
    match name {
        "text" => json!({ "type": "string" }),
        "uuid" => json!({ "type": "string", "format": "uuid" }),
        "int" => json!({ "type": "integer", "minimum": 0 }),
        "seq" => json!({ "type": "integer", "minimum": 0, "maximum": crate::words::limits::SEQ_MAX }),
        "time" => json!({ "type": "integer", "description": "Milliseconds since 1970." }),
        "bool" => json!({ "type": "boolean" }),
        "eventType" => json!({ "type": "string", "enum": event_types() }),
        "language" => json!({ "type": "string", "enum": tags().collect::<Vec<_>>() }),
        "any" => json!({}),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

/// Returns the types of events; `hidden` is the position of an event that the reader may not see.
fn event_types() -> Vec<&'static str> {
    Kind::ALL.map(Kind::as_str).into_iter().chain(["hidden"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_say_what_they_mean() {
        let object = schema("{id: text, since?: time, kind: 'a'|'b', next: text?, items: [Room], x: {y: bool}}");
        assert_eq!(object["required"], json!(["id", "kind", "next", "items", "x"]));
        assert_eq!(object["properties"]["kind"], json!({ "type": "string", "enum": ["a", "b"] }));
        assert_eq!(object["properties"]["next"]["anyOf"][1], json!({ "type": "null" }));
        assert_eq!(object["properties"]["items"]["items"]["$ref"], json!("#/components/schemas/Room"));
        assert_eq!(object["properties"]["x"]["properties"]["y"], json!({ "type": "boolean" }));
        assert_eq!(members("q?: text, limit?: int").len(), 2);
    }
}
