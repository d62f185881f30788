//! Arrows between folders: a file uses its own folder and those below it. Each list names the folders of one place, from the lowest up.

use super::Finding;
use super::source::{Repository, product_code};

/// Folders and files of one place.
struct Floors {
    /// The place, with a slash at its end.
    place: &'static str,
    /// Path by which Rust names the place, with colons at its end.
    path: &'static str,
    /// Floors from the lowest up. Folders on one floor do not use each other, except on the lowest floor, which holds plain values.
    floors: &'static [&'static [&'static str]],
}

/// The page: values, views, the browser, texts, stores, the session, then views of features and pages.
const PAGE: Floors = Floors {
    place: "app/src/",
    path: "crate::",
    floors: &[
        &["address_wait", "appearance", "boot", "keys", "page_files", "proof", "structure"],
        &["view"],
        &["browser"],
        &["api", "i18n"],
        &["mail", "scripts", "store"],
        &["session"],
        &["ui"],
        &["features"],
        &["pages"],
        &["demo", "gallery"],
        &["shell"],
    ],
};

/// Features, ordered by their use of each other's parts.
const FEATURES: Floors = Floors {
    place: "app/src/features/",
    path: "crate::features::",
    floors: &[
        &[],
        &["emoticons", "keys", "profile", "reports", "review", "search"],
        &["messages"],
        &["alerts", "effects"],
        &["composer", "contacts"],
        &["bots", "moderation", "settings"],
        &["conversation"],
        &["groups"],
        &["dialogs", "list"],
        &["parts"],
    ],
};

/// Wings of `protocol`. Machines know no wire form.
const PROTOCOL: Floors = Floors {
    place: "protocol/src/",
    path: "crate::",
    floors: &[
        &["codec"],
        &["words"],
        &["content"],
        &["log", "trust"],
        &["people"],
        &["machines", "operation"],
        &["client"],
        &["wire"],
        &["testing"],
    ],
};

/// The Worker: the runtime, the objects' shared code and requests, the objects, then requests, doors and pages.
const SERVER: Floors = Floors {
    place: "server/src/",
    path: "crate::",
    floors: &[
        &[],
        &["runtime"],
        &["telemetry"],
        &["config"],
        &["platform"],
        &["kit"],
        &["calls"],
        &["outbound", "projection", "session_cache"],
        &["objects"],
        &["http"],
        &["auth", "operation"],
        &["jobs"],
        &["doors"],
        &["pages"],
        &["route"],
    ],
};

/// The Durable Objects, which use each other only by `calls`.
const OBJECTS: Floors = Floors {
    place: "server/src/objects/",
    path: "crate::objects::",
    floors: &[&[], &["auth", "channel", "directory", "flags", "gate", "hub", "person", "quota", "room", "store"]],
};

/// Finds uses of a folder above a file's own, so that there are no circles between folders.
pub fn between_folders(repository: &Repository) -> Vec<Finding> {
    [PROTOCOL, SERVER, OBJECTS, PAGE, FEATURES].iter().flat_map(|floors| upwards(repository, floors)).collect()
}

fn upwards(repository: &Repository, all: &Floors) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Tests of a machine use wire forms, as a door does.
    let product = repository.below(all.place, ".rs").filter(|(path, _)| !path.ends_with("tests.rs"));
    for (path, text) in product {
        let Some(name) = path[all.place.len()..].split(['/', '.']).next() else { continue };
        let Some(own) = floor_of(all, name) else {
            if !["lib", "mod"].contains(&name) {
                findings.push(Finding::of(path, format!("{name} stands in no floor of xtask/src/tidy/arrows.rs")));
            }
            continue;
        };
        for (index, line) in product_code(text).lines().enumerate() {
            for used in line.split(all.path).skip(1) {
                let end = used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(used.len());
                let (used, rest) = used.split_at(end);
                // The name of a macro may be that of a folder.
                if rest.starts_with('!') {
                    continue;
                }
                let is_wrong = |floor: usize| floor > own || (floor == own && own > 0 && used != name);
                if floor_of(all, used).is_some_and(is_wrong) {
                    findings.push(Finding::at(path, index + 1, format!("{name} uses {used}, which is not below it")));
                }
            }
        }
    }
    findings
}

fn floor_of(all: &Floors, name: &str) -> Option<usize> {
    all.floors.iter().position(|floor| floor.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_uses_those_below_it_and_none_above_or_beside_it() {
        let found = |path, code| between_folders(&Repository::of(&[(path, code)])).len();
        assert_eq!(found("app/src/store/a.rs", "use crate::browser::dom;\nuse crate::store::b;\n"), 0);
        assert_eq!(found("app/src/browser/a.rs", "use crate::store::b;\n"), 1);
        assert_eq!(found("app/src/demo/a.rs", "use crate::gallery::b;\n"), 1);
        assert_eq!(found("app/src/boot.rs", "use crate::appearance::Appearance;\n"), 0);
        assert_eq!(found("app/src/features/messages/a.rs", "use crate::features::contacts::b;\n"), 1);
        assert_eq!(found("app/src/features/contacts/a.rs", "use crate::features::messages::b;\n"), 0);
        assert_eq!(found("app/src/browser/a.rs", "crate::store!(Sort);\n"), 0);
    }

    #[test]
    fn what_stands_in_no_floor_is_found() {
        assert_eq!(between_folders(&Repository::of(&[("app/src/other/a.rs", "")])).len(), 1);
        assert_eq!(between_folders(&Repository::of(&[("app/src/lib.rs", "use crate::shell;\n")])).len(), 0);
    }
}
