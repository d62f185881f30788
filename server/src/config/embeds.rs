//! The variable `EMBED`: rooms of the deployment that pages of other sites show (`embed.md` 1).

use std::collections::BTreeMap;

use protocol::machines::room::{EmbedMode, Embedding};
use protocol::trust::guard::origin_of;
use protocol::words::ids::{RoomForm, RoomId, RoomRules};
use serde::Deserialize;

use super::reader::VariableReader;

#[derive(Deserialize)]
struct EmbedRow {
    room: String,
    origins: Vec<String>,
    #[serde(default)]
    mode: EmbedMode,
}

pub(super) fn embeds(reader: &mut VariableReader<'_>, rooms: &RoomRules) -> BTreeMap<String, Embedding> {
    let Some(text) = reader.text("EMBED") else { return BTreeMap::new() };
    let read = read(&text, rooms, reader.is_dev());
    read.unwrap_or_else(|| {
        reader.complain("EMBED", "a JSON list of public rooms with their origins");
        BTreeMap::new()
    })
}

fn read(text: &str, rooms: &RoomRules, is_dev: bool) -> Option<BTreeMap<String, Embedding>> {
    let rows: Vec<EmbedRow> = serde_json::from_str(text).ok()?;
    let permission = |row: EmbedRow| {
        let EmbedRow { room, origins, mode } = row;
        let id = RoomId::parse(&room, rooms).ok().filter(|id| *id.form() == RoomForm::Public)?;
        let origin = |text: String| origin_of(&text).unwrap_or(text);
        let embedding = Embedding { origins: origins.into_iter().map(origin).collect(), mode };
        embedding.check(is_dev).ok()?;
        Some((id.as_str().to_owned(), embedding))
    };
    rows.into_iter().map(permission).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_of_the_deployment_have_origins_and_a_mode() {
        let rooms = RoomRules { public: vec!["lobby".to_owned(), "music".to_owned()], open: false };
        let of = |text: &str| read(text, &rooms, false);
        let known = of(
            r#"[{"room":"lobby","origins":["https://a.example"],"mode":"guest"},{"room":"music","origins":["https://b.example"]}]"#,
        );
        let modes: Vec<EmbedMode> = known.iter().flatten().map(|(_, embedding)| embedding.mode).collect();
        assert_eq!(modes, [EmbedMode::Guest, EmbedMode::Read]);
        assert_eq!(of("[]"), Some(BTreeMap::new()));
        for bad in [
            "",
            "{}",
            r#"[{"room":"lobby"}]"#,
            r#"[{"room":"attic","origins":["https://a.example"]}]"#,
            r#"[{"room":"grp_0123456789abc","origins":["https://a.example"]}]"#,
            r#"[{"room":"lobby","origins":[]}]"#,
            r#"[{"room":"lobby","origins":["*"]}]"#,
            r#"[{"room":"lobby","origins":["https://a.example"],"mode":"write"}]"#,
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
