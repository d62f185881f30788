//! Files of the archive of a person's data (`leaving.md` 1).

use crate::codec::json::{json_text, write};
use crate::codec::percent;
use crate::content::own_emoticons::EmoticonEntry;
use crate::machines::presence::Record;
use crate::people::contacts::Settings;
use crate::words::event::Millis;

/// Data of an account: its address, creation time, passkeys and emoticons.
pub struct AccountExport<'a> {
    pub email: &'a str,
    pub created_at: Millis,
    /// Passkeys, each as JSON of [`exported_passkey_json`].
    pub passkeys: &'a [String],
    pub emoticons: &'a [EmoticonEntry],
}

/// Returns a passkey of `profile.json`.
pub fn exported_passkey_json(id: &str, name: &str, created_at: Millis, used_at: Option<Millis>) -> String {
    let (id, name, used_at) = (json_text(id), json_text(name), write(&used_at));
    format!("{{\"id\":{id},\"name\":{name},\"createdAt\":{created_at},\"lastUsedAt\":{used_at}}}")
}

/// Returns `profile.json`.
pub fn profile_json(
    record: &Record,
    settings: &Settings,
    account: Option<AccountExport<'_>>,
    handle: Option<&str>,
    at: Millis,
) -> String {
    let Record { user, kind, name, avatar, message, choice, .. } = record;
    let (user, name, avatar, message) = (json_text(user), json_text(name), json_text(avatar), json_text(message));
    let (kind, choice, settings) = (kind.as_str(), choice.as_str(), write(settings));
    let mut out = format!(
        "{{\"id\":{user},\"kind\":\"{kind}\",\"displayName\":{name},\"avatarId\":{avatar},\"personalMessage\":{message},\
         \"status\":\"{choice}\",\"settings\":{settings}"
    );
    if let Some(AccountExport { email, created_at, passkeys, emoticons }) = account {
        let (email, passkeys) = (json_text(email), passkeys.join(","));
        out.push_str(&format!(",\"email\":{email},\"createdAt\":{created_at},\"passkeys\":[{passkeys}]"));
        if !emoticons.is_empty() {
            let emoticons: Vec<String> = emoticons.iter().map(|one| write(one)).collect();
            out.push_str(&format!(",\"emoticons\":[{}]", emoticons.join(",")));
        }
    }
    if let Some(handle) = handle {
        out.push_str(&format!(",\"handle\":{}", json_text(handle)));
    }
    out.push_str(&format!(",\"exportedAt\":{at}}}\n"));
    out
}

/// Returns a contact of `contacts.json`.
pub fn exported_contact_json(user: &str, name: &str, relation: &str, note: &str, since: Millis) -> String {
    let (user, name, note) = (json_text(user), json_text(name), json_text(note));
    format!("{{\"id\":{user},\"displayName\":{name},\"relation\":\"{relation}\",\"note\":{note},\"since\":{since}}}")
}

/// Returns a blocked person of `contacts.json`.
pub fn exported_block_json(user: &str, since: Millis) -> String {
    format!("{{\"id\":{},\"since\":{since}}}", json_text(user))
}

/// Returns a group of `contacts.json`.
pub fn exported_group_json(room: &str, name: &str, is_pending: bool) -> String {
    format!("{{\"id\":{},\"name\":{},\"pending\":{is_pending}}}", json_text(room), json_text(name))
}

/// Returns `contacts.json`. `hidden_from` are ids; the other lists are JSON texts.
pub fn exported_people_json(
    contacts: &[String],
    blocks: &[String],
    hidden_from: &[String],
    groups: &[String],
    invites: &[String],
) -> String {
    let hidden_from: Vec<String> = hidden_from.iter().map(|user| json_text(user)).collect();
    let [contacts, blocks, hidden_from, groups, invites] =
        [contacts, blocks, hidden_from.as_slice(), groups, invites].map(|items| items.join(","));
    format!(
        "{{\"contacts\":[{contacts}],\"blocks\":[{blocks}],\"hiddenFrom\":[{hidden_from}],\"groups\":[{groups}],\"invites\":[{invites}]}}\n"
    )
}

/// Returns a file of `files.json`; `path` is its place in the archive, if it is there.
pub fn exported_file_json(id: &str, name: &str, at: Millis, path: Option<&str>) -> String {
    let path = path.map_or_else(|| "null".to_owned(), json_text);
    format!("{{\"id\":{},\"name\":{},\"at\":{at},\"path\":{path}}}", json_text(id), json_text(name))
}

/// Returns the state of an archive, with its address if it can be downloaded.
pub fn archive_json(id: &str, state: &str, at: Millis, expires_at: Millis, bytes: u64) -> String {
    let url = if state == "ready" { format!(",\"url\":\"/api/export/{id}/archive\"") } else { String::new() };
    format!(
        "{{\"jobId\":\"{id}\",\"state\":\"{state}\",\"at\":{at},\"expiresAt\":{expires_at},\"bytes\":{bytes}{url}}}"
    )
}

/// Returns `index.html`, which links to the other files.
pub fn index_html(name: &str, user: &str, paths: &[String]) -> String {
    let rows = paths.iter().map(|path| {
        let address: Vec<String> = path.split('/').map(percent::encoded).collect();
        format!("<li><a href=\"{}\">{}</a></li>\n", address.join("/"), escaped(path))
    });
    let (rows, title) = (rows.collect::<String>(), escaped(&format!("CF Messenger: {name} ({user})")));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{rows}</ul>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_markup_stay_names() {
        let page = index_html("<b>", "u_1", &["files/1-a \"b\" & <c>.txt".to_owned()]);
        assert!(
            page.contains(
                "href=\"files/1-a%20%22b%22%20%26%20%3Cc%3E.txt\">files/1-a &quot;b&quot; &amp; &lt;c&gt;.txt<"
            )
        );
        assert!(page.contains("<h1>CF Messenger: &lt;b&gt; (u_1)</h1>"));
    }
}
