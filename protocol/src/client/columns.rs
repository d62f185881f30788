//! Frames of a text message in the form of `cfm.v1`: columns are expanded into the frames that they stand for (`messenger.md` 5.6).

use std::iter;

use crate::codec::json::Value;
use crate::codec::short_id::long_id;

/// Returns the frames of one text message in order: a frame, an array (`core.md` 5.1) or columns. Unreadable frames are left out.
pub fn frames_in(text: &str) -> Vec<Value> {
    let frames = match Value::parse(text) {
        Some(Value::List(frames)) => frames,
        Some(frame) if is(&frame, "columns") => written_out(&frame).unwrap_or_default(),
        Some(frame) => vec![frame],
        None => Vec::new(),
    };
    frames.into_iter().filter_map(with_messages).collect()
}

fn is(frame: &Value, kind: &str) -> bool {
    frame.get("type").and_then(Value::as_str) == Some(kind)
}

/// Replaces the columns of a page by its messages.
fn with_messages(mut frame: Value) -> Option<Value> {
    if is(&frame, "history")
        && let Value::Record(members) = &mut frame
    {
        for (name, value) in members.iter_mut().filter(|(name, _)| name == "columns") {
            *value = Value::List(written_out(value)?);
            *name = "messages".to_owned();
        }
    }
    Some(frame)
}

/// Expands columns into frames; `None` if their parts do not fit together.
fn written_out(columns: &Value) -> Option<Vec<Value>> {
    let mut messages = messages(columns)?;
    for pair in list(columns, "more") {
        let (at, more) = numbered(pair)?;
        let Value::Record(members) = messages.get_mut(at)? else { return None };
        members.extend(more.as_object()?.iter().cloned());
    }
    let others = list(columns, "others").map(numbered).collect::<Option<Vec<(usize, &Value)>>>()?;
    let places = messages.len() + others.len();
    let (mut messages, mut others) = (messages.into_iter(), others.into_iter().peekable());
    // If the indices of others do not ascend, there are too few messages for the frames.
    let frame_at = |place| match others.next_if(|(at, _)| *at == place) {
        Some((_, other)) => Some(other.clone()),
        None => messages.next(),
    };
    (0..places).map(frame_at).collect()
}

fn messages(columns: &Value) -> Option<Vec<Value>> {
    let room = columns.get("roomId")?;
    let ids = columns.get("ids")?.as_array()?;
    let texts = columns.get("texts")?.as_array().filter(|texts| texts.len() == ids.len())?;
    let people = columns.get("people")?.as_array()?;
    let by = numbers(columns, "by", ids.len(), 0)?;
    let seqs = sums(columns, "seq", &numbers(columns, "seqs", ids.len().checked_sub(1)?, 1)?)?;
    let times = sums(columns, "timestamp", &numbers(columns, "times", ids.len() - 1, 0)?)?;
    let mut messages = Vec::with_capacity(ids.len());
    for (((id, text), by), (seq, time)) in ids.iter().zip(texts).zip(by).zip(seqs.into_iter().zip(times)) {
        let [sender, name] = people.get(usize::try_from(by).ok()?)?.as_array()?.as_slice() else { return None };
        let members = [
            ("type", Value::Text("chat".to_owned())),
            ("roomId", room.clone()),
            ("seq", Value::Number(seq.to_string())),
            ("id", Value::Text(long_id(id.as_str()?)?)),
            ("senderId", sender.clone()),
            ("displayName", name.clone()),
            ("timestamp", Value::Number(time.to_string())),
            ("content", text.clone()),
        ];
        messages.push(Value::Record(members.map(|(name, value)| (name.to_owned(), value)).into()));
    }
    Some(messages)
}

/// Returns a column of `count` numbers; an absent column has `usual` everywhere.
fn numbers(columns: &Value, name: &str, count: usize, usual: i64) -> Option<Vec<i64>> {
    let Some(column) = columns.get(name) else {
        return Some(vec![usual; count]);
    };
    let numbers: Vec<i64> = column.as_array()?.iter().map(whole).collect::<Option<_>>()?;
    (numbers.len() == count).then_some(numbers)
}

/// Returns the number in the member `name`, and the numbers that follow from it by `differences`.
fn sums(columns: &Value, name: &str, differences: &[i64]) -> Option<Vec<u64>> {
    let first = columns.get(name)?.as_u64()?;
    let mut sum = first;
    let later = differences.iter().map(|difference| {
        sum = sum.checked_add_signed(*difference)?;
        Some(sum)
    });
    iter::once(Some(first)).chain(later).collect()
}

fn whole(value: &Value) -> Option<i64> {
    if let Value::Number(digits) = value { digits.parse().ok() } else { None }
}

fn numbered(pair: &Value) -> Option<(usize, &Value)> {
    let [at, value] = pair.as_array()?.as_slice() else { return None };
    Some((usize::try_from(at.as_u64()?).ok()?, value))
}

fn list<'a>(columns: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    columns.get(name).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(members: &str) -> String {
        format!(
            r#"{{"type":"columns","roomId":"r","seq":7,"timestamp":5,"people":[["a","A"],["b","B"]],"ids":["=x","=y"]{members}}}"#
        )
    }

    fn written(text: &str) -> Vec<String> {
        frames_in(text).iter().map(Value::to_string).collect()
    }

    #[test]
    fn columns_are_the_frames_that_they_stand_for() {
        let message = |seq: u64, id: &str, who: &str, time: u64, rest: &str| {
            let name = who.to_uppercase();
            format!(
                r#"{{"type":"chat","roomId":"r","seq":{seq},"id":"{id}","senderId":"{who}","displayName":"{name}","timestamp":{time},{rest}}}"#
            )
        };
        let plain = [message(7, "x", "a", 5, r#""content":"1""#), message(8, "y", "a", 5, r#""content":"2""#)];
        assert_eq!(written(&columns(r#","texts":["1","2"]"#)), plain);
        let all = columns(
            r#","texts":["1","2"],"by":[1,0],"seqs":[3],"times":[2],"more":[[1,{"bot":true}]],"others":[[0,{"type":"lag","head":3}],[2,7]]"#,
        );
        let [first, second] =
            [message(7, "x", "b", 5, r#""content":"1""#), message(10, "y", "a", 7, r#""content":"2","bot":true"#)];
        assert_eq!(written(&all), [r#"{"type":"lag","head":3}"#, first.as_str(), "7", second.as_str()]);
        let page = all.replacen(r#""type":"columns","#, r#""type":"history","columns":{"#, 1) + "}";
        let messages = [r#"{"type":"lag","head":3}"#, first.as_str(), "7", second.as_str()].join(",");
        assert_eq!(written(&page), [format!(r#"{{"type":"history","messages":[{messages}]}}"#)]);
    }

    #[test]
    fn columns_that_do_not_fit_together_are_nothing() {
        for members in [
            "",
            r#","texts":["1"]"#,
            r#","texts":["1","2"],"by":[0]"#,
            r#","texts":["1","2"],"by":[0,2]"#,
            r#","texts":["1","2"],"by":[0,-1]"#,
            r#","texts":["1","2"],"seqs":[-8]"#,
            r#","texts":["1","2"],"seqs":[1,1]"#,
            r#","texts":["1","2"],"times":[0.5]"#,
            r#","texts":["1","2"],"more":[[2,{}]]"#,
            r#","texts":["1","2"],"more":[[1,[]]]"#,
            r#","texts":["1","2"],"others":[[1,{}],[0,{}]]"#,
            r#","texts":["1","2"],"others":[[4,{}]]"#,
            r#","texts":["1","2"],"ids":["x","y"]"#,
            r#","texts":["1","2"],"people":[]"#,
            r#","texts":[],"ids":[]"#,
        ] {
            assert_eq!(written(&columns(members)), [""; 0], "{members}");
        }
        assert_eq!(written(r#"{"type":"history","columns":{},"head":3}"#), [""; 0]);
        assert_eq!(written(r#"{"type":"lag","columns":{}}"#), [r#"{"type":"lag","columns":{}}"#]);
    }
}
