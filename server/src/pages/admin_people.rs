//! People on `/admin` (`moderation.md` 7.2): the present names and handles of the ids in stored rows.

use std::collections::BTreeSet;

use app::pages::admin::content::{AdminPage, NamedPerson, People};
use protocol::codec::json::Value;
use protocol::words::ids::UserId;
use protocol::words::limits::ADMIN_NAMES_MS_MAX;
use protocol::words::refusal::Fault;
use protocol::words::{bot_cast, personas};

use crate::calls::directory;
use crate::doors::messenger::profiles::profile_of;
use crate::http::incoming::Incoming;
use crate::kit::call::in_portions;
use crate::platform::timeout::within;
use crate::telemetry;

/// Names the people of a page. A person who is not known, or whose object does not answer in time, is shown by the id alone.
pub async fn name_all(incoming: &Incoming, page: AdminPage) -> AdminPage {
    let ids = ids_of(&page);
    let asked = async {
        // The object of an unknown person must not be asked, because a call would create it.
        let known = directory::known(&incoming.env, ids.iter().map(String::as_str)).await;
        in_portions(known.iter().map(|id| find_name(incoming, id))).await
    };
    let found = within(ADMIN_NAMES_MS_MAX, asked).await.unwrap_or_else(|| {
        telemetry::fault("admin", &Fault(format!("names: no answer within {ADMIN_NAMES_MS_MAX} ms")));
        Vec::new()
    });
    AdminPage { people: People::new(found.into_iter().flatten()), ..page }
}

/// Returns all ids of people in the sections of a page. The audit log also names other things.
fn ids_of(page: &AdminPage) -> BTreeSet<String> {
    let mut named: Vec<&str> = page.staff.roles.iter().map(|(user, _)| user.as_str()).collect();
    named.extend(page.staff.objections.iter().map(|objection| objection.user.as_str()));
    let opened = page.reports.opened.iter().map(|opened| &opened.report);
    let reports = page.reports.rows.iter().chain(opened);
    named.extend(reports.flat_map(|report| [report.reporter.as_str(), report.user.as_str()]));
    for row in page.found.iter().flat_map(|(rows, _)| rows) {
        let texts = ["actor", "target"].into_iter().filter_map(move |member| row.get(member).and_then(Value::as_str));
        // The target of a report is a person, and after a space the place.
        named.extend(texts.filter_map(|text| text.split(' ').next()));
    }
    named.into_iter().filter(|id| UserId::parse(id).is_ok()).map(str::to_owned).collect()
}

async fn find_name(incoming: &Incoming, id: &str) -> Option<NamedPerson> {
    let person = |name: String, handle| NamedPerson { id: id.to_owned(), name: Some(name), handle };
    // A bot is always the same, and must not have an object that everybody calls.
    if let Some(bot) = bot_cast::find(id) {
        return Some(person(bot.name.to_owned(), None));
    }
    match profile_of(incoming, &UserId::parse(id).ok()?).await {
        Ok(profile) if profile.exists => Some(person(profile.name, profile.handle)),
        // A character that nobody has played yet has the name of the cast.
        Ok(_) => personas::find(id).map(|persona| person(persona.name.to_owned(), None)),
        Err(error) => {
            telemetry::call_failed("profile", &error);
            None
        }
    }
}
