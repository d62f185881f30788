//! Export of a person's data from a room (`leaving.md` 1): one page of lines at a time, for the archive that the person's own object
//! assembles. It counts against no limit, because there is one archive a day.

use std::rc::Rc;

use protocol::log::Range;
use protocol::wire::messenger::{EventView, event_json};
use protocol::words::event::{Event, TOMBSTONE};
use protocol::words::limits::PAGE_EVENTS_MAX;
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Fault};

use crate::calls::leaving::{Portion, RoomExportCall};
use crate::kit::sql::rows;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::objects::room::tables::{EVENT, IS_MESSAGE, RoomSql};
use crate::runtime::call_error::CallError;

/// Number of events that one search for a person's own events reads.
const SPAN: u64 = 20_000;

pub async fn export(object: &Rc<RoomObject>, call: &RoomExportCall) -> Result<Portion, CallError> {
    let Some(id) = object.wake_existing()? else {
        return Ok(Portion { is_done: true, ..Portion::default() });
    };
    let principal: Principal = serde_json::from_str(&call.who)?;
    if !call.is_whole {
        return Ok(object.with(|room, store| {
            Ok(own(store, (id.as_str(), call), &principal, (room.log().oldest(), room.log().head()))?)
        })?);
    }
    id.admits(&principal)?;
    let privacy = privacy::wake_for_reader(object, &id, &principal).await?;
    let user = principal.user.as_str();
    Ok(object.with(|room, store| {
        let range = Range::Since(call.since);
        let page = room.page(store, &principal, privacy.as_ref(), range, PAGE_EVENTS_MAX)?;
        let is_theirs = |event: &&Event| !page.hidden.contains(&event.seq) || event.actor.as_deref() == Some(user);
        let lines = lines(id.as_str(), page.events.iter().filter(is_theirs));
        Ok::<_, Denied>(Portion { lines, next: page.next, is_done: !page.more, ..Portion::default() })
    })?)
}

fn own(
    store: &RoomSql,
    (room, call): (&str, &RoomExportCall),
    principal: &Principal,
    (oldest, head): (u64, u64),
) -> Result<Portion, Fault> {
    let from = oldest.max(call.since + 1);
    let to = head.min(from.saturating_add(SPAN));
    let query = format!(
        "SELECT {EVENT} FROM events WHERE seq BETWEEN ? AND ? AND actor = ? AND ts > ? \
         AND {} AND body <> ? ORDER BY seq LIMIT ?",
        *IS_MESSAGE
    );
    let values = [
        from.into(),
        to.into(),
        principal.user.as_str().into(),
        principal.visible_from.into(),
        TOMBSTONE.into(),
        PAGE_EVENTS_MAX.into(),
    ];
    let found = rows(&store.sql, &query, &values, |row| store.event(row))?;
    let is_cut = found.len() >= PAGE_EVENTS_MAX as usize;
    let next = found.last().map_or(to, |event| if is_cut { event.seq } else { to });
    Ok(Portion { lines: lines(room, found.iter()), next, is_done: next >= head, ..Portion::default() })
}

fn lines<'a>(room: &str, events: impl Iterator<Item = &'a Event>) -> String {
    events.map(|event| event_json(room, event, EventView::Replay) + "\n").collect()
}
