//! Arrows between folders: a file uses its own folder and those below it. Each list names the folders of one place, from the lowest up.
//! Within a folder there are still circles; their number is recorded, and may only fall.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::{Repository, is_of_word, product_code};

/// Folders and files of one place.
struct Floors {
    /// The place, with a slash at its end.
    place: &'static str,
    /// Floors from the lowest up. Folders on one floor do not use each other, except on the lowest floor, which holds plain values.
    floors: &'static [&'static [&'static str]],
}

/// The page: values, views, the browser, texts, stores, the session, then views of features and pages.
const PAGE: Floors = Floors {
    place: "app/src/",
    floors: &[
        &["address_wait", "appearance", "boot", "keys", "page_files", "proof", "structure"],
        &["view"],
        &["browser"],
        &["api", "i18n"],
        &["mail", "scripts", "store"],
        &["session"],
        &["prelude"],
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
    floors: &[&[], &["auth", "channel", "directory", "gate", "hub", "operator", "person", "quota", "room", "store"]],
};

/// A person: rows, the object, subjects by their use of each other, the alarm, and calls.
const PERSON: Floors = Floors {
    place: "server/src/objects/person/",
    floors: &[
        &[],
        &["tables"],
        &["object"],
        &["watching"],
        &["web_push"],
        &["belongings", "people"],
        &["leaving"],
        &["sessions"],
        &["duties", "schema"],
        &["handlers"],
    ],
};

/// A room: rows, the object, its numbers, subjects by their use of each other, the alarm, and calls.
const ROOM: Floors = Floors {
    place: "server/src/objects/room/",
    floors: &[
        &[],
        &["tables"],
        &["object"],
        &["metrics"],
        &["deliveries"],
        &["people"],
        &["bots", "demo", "leaving", "messages", "reading"],
        &["duties", "schema"],
        &["handlers"],
    ],
};

/// Number of files and folders, by crate, that use each other in a circle with others of their folder.
const IN_CIRCLES: [(&str, usize); 7] = [
    ("app/src/", 50),
    ("bench/src/", 21),
    ("frontend/src/", 0),
    ("protocol/src/", 70),
    ("server/src/", 31),
    ("simulator/src/", 0),
    ("xtask/src/", 31),
];

/// Finds uses of a folder above a file's own, so that there are no circles between folders, and compares the number of those in circles
/// with the record.
pub fn arrows(repository: &Repository) -> Vec<Finding> {
    let floors = [PROTOCOL, SERVER, OBJECTS, PERSON, ROOM, PAGE, FEATURES];
    let of_crate = |(place, recorded): (&str, usize)| {
        let sources = sources(repository, place);
        let mut findings = compared(place, recorded, in_circles(&sources));
        let below = floors.iter().filter(|all| all.place.starts_with(place));
        findings.extend(below.flat_map(|all| upwards(&sources, all)));
        findings
    };
    IN_CIRCLES.into_iter().flat_map(of_crate).collect()
}

/// Compares the number of those in circles with the record.
fn compared(place: &str, recorded: usize, found: usize) -> Vec<Finding> {
    let text = format!("{found} files and folders use each other in circles, {recorded} are recorded in arrows.rs");
    match found.cmp(&recorded) {
        Ordering::Less => vec![Finding::warning(place, format!("{text}: record the lower number"))],
        Ordering::Equal => Vec::new(),
        Ordering::Greater => vec![Finding::of(place, text)],
    }
}

fn upwards(sources: &[Source<'_>], all: &Floors) -> Vec<Finding> {
    let mut findings = Vec::new();
    let above = module_of(all.place);
    for source in sources.iter().filter(|source| source.path.starts_with(all.place)) {
        let Some(name) = source.path[all.place.len()..].split(['/', '.']).next() else { continue };
        let Some(own) = floor_of(all, name) else {
            if !["lib", "mod"].contains(&name) {
                let text = format!("{name} stands in no floor of xtask/src/tidy/arrows.rs");
                findings.push(Finding::of(source.path, text));
            }
            continue;
        };
        for (line, used) in &source.used {
            let Some(used) = used.strip_prefix(&above[..]).and_then(<[String]>::first) else { continue };
            let is_wrong = |floor: usize| floor > own || (floor == own && own > 0 && used != name);
            if floor_of(all, used).is_some_and(is_wrong) {
                findings.push(Finding::at(source.path, *line, format!("{name} uses {used}, which is not below it")));
            }
        }
    }
    findings.dedup();
    findings
}

fn floor_of(all: &Floors, name: &str) -> Option<usize> {
    all.floors.iter().position(|floor| floor.contains(&name))
}

/// File of a crate.
struct Source<'a> {
    path: &'a str,
    /// Module, from the root of the crate.
    module: Vec<String>,
    /// Line and path, from the root of the crate, of all that it uses.
    used: Vec<(usize, Vec<String>)>,
}

fn sources<'a>(repository: &'a Repository, place: &'a str) -> Vec<Source<'a>> {
    // Tests of a machine use wire forms, as a door does.
    let files = || repository.below(place, ".rs").filter(|(path, _)| !path.ends_with("tests.rs"));
    let modules = files().map(|(path, _)| module_of(path)).collect();
    let source = |(path, text)| {
        let module = module_of(path);
        Source { path, used: uses_of(&product_code(text), &module, &modules), module }
    };
    files().map(source).collect()
}

/// Returns the module of a file, or of a folder with a slash at its end.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or("", |(_, inside)| inside).trim_end_matches(".rs");
    let names = inside.split('/').filter(|name| !["", "lib", "main", "mod"].contains(name));
    names.map(str::to_owned).collect()
}

/// Returns the line and the path of everything that code names by a path into its crate.
fn uses_of(code: &str, module: &[String], modules: &BTreeSet<Vec<String>>) -> Vec<(usize, Vec<String>)> {
    let (mut found, mut line, mut counted) = (Vec::new(), 1, 0);
    for (at, colons) in code.match_indices("::") {
        let begin = code[..at].trim_end_matches(is_of_word).len();
        let (before, word) = (&code[..begin], &code[begin..at]);
        // The path goes on, or says where something is visible.
        if before.ends_with(':') || before.ends_with("(in ") {
            continue;
        }
        let mut path = if word == "crate" { Vec::new() } else { module.to_vec() };
        match word {
            "crate" | "self" => {}
            "super" => drop(path.pop()),
            _ => {
                path.push(word.to_owned());
                if !modules.contains(&path) {
                    continue;
                }
            }
        }
        line += code[counted..at].matches('\n').count();
        counted = at;
        let mut paths = Vec::new();
        push_paths(&code[at + colons.len()..], path, &mut paths);
        found.extend(paths.into_iter().map(|path| (line, path)));
    }
    found
}

/// Adds the path at the beginning of `rest`, or all paths of its group. Returns the text behind them.
fn push_paths<'a>(mut rest: &'a str, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    loop {
        rest = rest.trim_start();
        // Nothing follows the last comma of a group.
        if rest.starts_with('}') {
            return rest;
        }
        if rest.starts_with('{') {
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = push_paths(&rest[1..], path.clone(), found);
                // Another name (`as`) may follow.
                rest = rest.find([',', '}']).map_or("", |end| &rest[end..]);
            }
            return rest.get(1..).unwrap_or_default();
        }
        let (name, behind) = rest.split_at(rest.find(|character| !is_of_word(character)).unwrap_or(rest.len()));
        match name {
            "self" => {}
            "super" => drop(path.pop()),
            // The name of a macro may be that of a folder.
            _ if behind.starts_with('!') => {}
            _ => path.push(name.to_owned()),
        }
        match behind.strip_prefix("::") {
            Some(next) => rest = next,
            None => {
                found.extend(Some(path).filter(|path| !path.is_empty()));
                return behind;
            }
        }
    }
}

/// Name of a folder's own file among those of the folder.
const OWN_FILE: &str = "mod";

/// Returns the number of files and folders that reach themselves through others of their folder.
fn in_circles(sources: &[Source<'_>]) -> usize {
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let mut arrows: BTreeMap<(&[String], &str), BTreeSet<&str>> = BTreeMap::new();
    for (source, (_, used)) in sources.iter().flat_map(|source| source.used.iter().map(move |used| (source, used))) {
        let depth = source.module.iter().zip(used).take_while(|(own, used)| own == used).count();
        let from = source.module.get(depth).map_or(OWN_FILE, String::as_str);
        let is_module = modules.contains(&used[..used.len().min(depth + 1)]);
        let to = used.get(depth).filter(|_| is_module).map_or(OWN_FILE, String::as_str);
        if from != to {
            arrows.entry((&source.module[..depth], from)).or_default().insert(to);
        }
    }
    let is_in_circle = |(folder, name): &&(&[String], &str)| {
        let (mut open, mut seen) = (vec![*name], BTreeSet::new());
        while let Some(next) = open.pop() {
            let fresh = arrows.get(&(*folder, next)).into_iter().flatten().filter(|to| seen.insert(**to));
            open.extend(fresh.copied().collect::<Vec<_>>());
        }
        seen.contains(name)
    };
    arrows.keys().filter(is_in_circle).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what fails in a repository of one file; the record of circles is only a warning there.
    fn upward(path: &str, code: &str) -> Vec<Finding> {
        arrows(&Repository::of(&[(path, code)])).into_iter().filter(|finding| !finding.is_warning).collect()
    }

    #[test]
    fn a_folder_uses_those_below_it_and_none_above_or_beside_it() {
        let found = |path, code| upward(path, code).len();
        assert_eq!(found("app/src/store/a.rs", "use crate::browser::dom;\nuse crate::store::b;\n"), 0);
        assert_eq!(found("app/src/browser/a.rs", "use crate::store::b;\n"), 1);
        assert_eq!(found("app/src/demo/a.rs", "use crate::gallery::b;\n"), 1);
        assert_eq!(found("app/src/boot.rs", "use crate::appearance::Appearance;\n"), 0);
        assert_eq!(found("app/src/features/messages/a.rs", "use crate::features::contacts::b;\n"), 1);
        assert_eq!(found("app/src/features/contacts/a.rs", "use crate::features::messages::b;\n"), 0);
        assert_eq!(found("app/src/browser/a.rs", "crate::store!(Sort);\n"), 0);
    }

    #[test]
    fn groups_and_ways_through_the_folder_above_are_followed() {
        let found = |path, code| upward(path, code).into_iter().map(|finding| finding.place).collect::<Vec<_>>();
        let grouped = "use crate::{\n    store::{self, a as b},\n    view, session::c,\n};\nuse crate::ui::d;\n";
        let place = "app/src/browser/a.rs";
        assert_eq!(found(place, grouped), [format!("{place}:1"), format!("{place}:1"), format!("{place}:5")]);
        assert_eq!(found("app/src/features/messages/a.rs", "use super::super::contacts::b;\n").len(), 1);
        assert_eq!(found("app/src/features/messages/mod.rs", "use super::{contacts::b, keys};\n").len(), 1);
        assert_eq!(found("server/src/kit/a.rs", "pub(in crate::objects) fn a() {}\n"), [""; 0]);
    }

    #[test]
    fn the_comma_at_the_end_of_a_group_names_nothing() {
        let code = "use super::{\n    b::{C, D,},\n    e,\n};\nuse super::*;\n";
        let found: Vec<String> = uses_of(code, &["a".to_owned(), "f".to_owned()], &BTreeSet::new())
            .into_iter()
            .map(|(line, path)| format!("{line} {}", path.join("::")))
            .collect();
        assert_eq!(found, ["1 a::b::C", "1 a::b::D", "1 a::e", "5 a::"]);
    }

    #[test]
    fn what_stands_in_no_floor_is_found() {
        assert_eq!(upward("app/src/other/a.rs", "").len(), 1);
        assert_eq!(upward("app/src/lib.rs", "use crate::shell;\n").len(), 0);
    }

    #[test]
    fn circles_are_counted_by_their_members() {
        let count = |files: &[(&str, &str)]| in_circles(&sources(&Repository::of(files), "app/src/"));
        let straight = [
            ("app/src/a/mod.rs", "mod b;\nmod c;\npub use b::B;\n"),
            ("app/src/a/b.rs", "use super::c::C;\nuse crate::d::D;\n"),
            ("app/src/a/c.rs", ""),
            ("app/src/d.rs", ""),
        ];
        assert_eq!(count(&straight), 0);
        let [own, b, ..] = straight;
        assert_eq!(count(&[own, b, ("app/src/a/c.rs", "use super::B;\n"), ("app/src/d.rs", "")]), 3);
        assert_eq!(count(&[own, b, ("app/src/a/c.rs", ""), ("app/src/d.rs", "use crate::a;\n")]), 2);
    }
}
