//! The layer table: no room (top-level module) may name a room that its row does not allow.
//!
//! Every source is parsed with `syn`; rooms named after `crate::` in use trees and in paths count. Paths
//! inside macro calls are not seen: keep room names out of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The rooms that each room may use, besides itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("policy", &["model"]),
    ("config", &["model"]),
    ("store", &["model", "policy", "config"]),
    ("service", &["model", "policy", "store", "config", "instance"]),
    ("http", &["model", "config", "instance", "service"]),
    ("api", &["http", "service", "model", "config", "instance", "policy", "store", "streaming"]),
    ("streaming", &["api", "service", "model", "instance"]),
    ("web", &["http", "service", "model", "config", "instance", "policy", "store"]),
    ("federation", &["http", "service", "model", "config", "instance", "policy", "store"]),
    ("jobs", &["service", "federation", "store", "model", "instance"]),
    ("telemetry", &["config", "fleet", "store"]),
    ("instance", &["config", "model", "service", "store"]),
    (
        "fleet",
        &[
            "api",
            "web",
            "federation",
            "jobs",
            "http",
            "service",
            "store",
            "config",
            "instance",
            "model",
            "telemetry",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "fleet",
            "federation",
            "service",
            "store",
            "config",
            "instance",
            "model",
            "policy",
            "telemetry",
        ],
    ),
];

/// The only types of the store that edges may name; the rest is for services.
const PLAIN_STORE_TYPES: &[&str] = &["AccountFilter", "Origin", "TagFilter"];

fn allowed(room: &str, used: &str) -> bool {
    room == used || LAYERS.iter().any(|(name, may)| *name == room && may.contains(&used))
}

/// Returns the paths that a source names after `crate::`, each as its segments.
fn paths_named_in(file: &syn::File) -> BTreeSet<Vec<String>> {
    #[derive(Default)]
    struct Finder {
        paths: BTreeSet<Vec<String>>,
    }

    impl Finder {
        fn walk(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
            match tree {
                syn::UseTree::Path(path) => {
                    before.push(path.ident.to_string());
                    self.walk(&path.tree, before);
                    before.pop();
                }
                syn::UseTree::Group(group) => {
                    for item in &group.items {
                        self.walk(item, before);
                    }
                }
                syn::UseTree::Name(name) => self.note(before, &name.ident.to_string()),
                syn::UseTree::Rename(rename) => self.note(before, &rename.ident.to_string()),
                syn::UseTree::Glob(_) => self.note(before, "*"),
            }
        }

        fn note(&mut self, before: &[String], last: &str) {
            let mut path = before.to_vec();
            path.push(last.to_owned());
            if path.first().is_some_and(|first| first == "crate") {
                self.paths.insert(path.split_off(1));
            }
        }
    }

    impl<'ast> Visit<'ast> for Finder {
        fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
            // A module's own tests may use any room.
            if !item.attrs.iter().any(is_test_only) {
                syn::visit::visit_item_mod(self, item);
            }
        }

        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            self.walk(&item.tree, &mut Vec::new());
        }

        fn visit_path(&mut self, path: &'ast syn::Path) {
            let segments: Vec<String> =
                path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if let Some((last, before)) = segments.split_last() {
                self.note(before, last);
            }
            syn::visit::visit_path(self, path);
        }
    }

    let mut finder = Finder::default();
    finder.visit_file(file);
    finder.paths
}

fn is_test_only(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "tests") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn room_of(file: &Path, root: &Path) -> String {
    let inside = file.strip_prefix(root).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_keep_to_their_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 40, "the sources were not found");
    let mut broken = Vec::new();
    for file in files {
        let room = room_of(&file, &root);
        if room == "main" || room == "lib" {
            continue;
        }
        assert!(LAYERS.iter().any(|(name, _)| *name == room), "{room} has no row in the layer table");
        let parsed = syn::parse_file(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for path in paths_named_in(&parsed) {
            // `pub(crate)` names no room.
            let Some(used) = path.first().map(String::as_str) else { continue };
            if !allowed(&room, used) {
                broken.push(format!("{}: {room} must not use {used}", file.display()));
            }
            let edge = matches!(room.as_str(), "api" | "web");
            if edge
                && used == "store"
                && !path.get(1).is_some_and(|t| PLAIN_STORE_TYPES.contains(&t.as_str()))
            {
                broken.push(format!("{}: {room} must not use {}", file.display(), path.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_route_of_the_client_api_is_documented() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let plain = text.lines().filter(|line| line.contains(".route(\"") && !line.contains("no_such_path"));
        let plain: Vec<&str> = plain.collect();
        assert!(plain.is_empty(), "{}: use api_route for {plain:?}", file.display());
    }
}

#[test]
fn the_fence_sees_every_form() {
    let sample = syn::parse_file(
        "use crate::{store::{Tx, Reader as R}, policy};
         use crate::web as face;
         use std::fmt;
         // crate::comment::is_not_seen
         fn f(x: crate::api::Thing) { let _ = \"crate::text::is_not\"; crate::jobs::run(); x.g::<crate::http::T>(); }
         #[cfg(test)] mod tests { use crate::cli; }",
    )
    .unwrap();
    let rooms: BTreeSet<String> = paths_named_in(&sample).into_iter().map(|path| path[0].clone()).collect();
    let expected = ["api", "http", "jobs", "policy", "store", "web"];
    assert_eq!(rooms.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Collects every function in the sources below a folder, tests included.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.split("fn ").skip(1);
            let name = |rest: &str| {
                rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap().to_owned()
            };
            found.extend(names.map(name));
        }
    }
}

#[test]
fn every_test_that_the_documentation_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    for folder in ["src", "federation-tests/scenarios"] {
        functions(&root.join(folder), &mut known);
    }
    let page = std::fs::read_to_string(root.join("docs/federation.md")).unwrap();
    let named: Vec<&str> =
        page.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains(' ')).collect();
    assert!(named.len() > 100, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    for row in 1..=76 {
        let line = page.lines().find(|line| line.starts_with(&format!("| S{row:02} |")));
        assert!(line.is_some_and(|line| line.contains('`') || row == 69), "S{row:02}");
    }
}
