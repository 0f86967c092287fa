//! The rules of the house that cargo alone does not enforce.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The crates of ours that each crate may use. Cargo refuses an import without a dependency; this table refuses
/// the dependency.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("html", &["domain"]),
    ("media", &["domain", "config"]),
    ("http-signatures", &["domain"]),
    ("net", &["domain", "config", "http-signatures"]),
    ("activitystreams", &["domain", "html", "http-signatures"]),
    ("store", &["domain", "config"]),
    ("jobs", &["domain", "store"]),
    ("service", &["domain", "config", "html", "media", "store", "jobs"]),
    ("http", &["domain", "config", "service"]),
    (
        "federation",
        &[
            "domain",
            "config",
            "http-signatures",
            "net",
            "activitystreams",
            "store",
            "jobs",
            "service",
            "http",
        ],
    ),
    ("api", &["domain", "config", "html", "media", "service", "http"]),
    ("web", &["domain", "config", "html", "media", "service", "http"]),
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn crates_use_only_the_crates_below_them() {
    for (name, may) in MAY_USE {
        let manifest = std::fs::read_to_string(src().join(name).join("Cargo.toml")).unwrap();
        let (_, rest) = manifest.split_once("[dependencies]").unwrap();
        let dependencies = rest.split("\n[").next().unwrap();
        let used: BTreeSet<&str> = dependencies
            .lines()
            .filter_map(|line| line.strip_prefix("portico-")?.split('.').next())
            .collect();
        let allowed: BTreeSet<&str> = may.iter().copied().collect();
        assert!(used.is_subset(&allowed), "{name} must not use {:?}", used.difference(&allowed));
    }
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

#[test]
fn every_route_of_the_client_api_is_documented() {
    let mut files = Vec::new();
    sources(&src().join("api/src"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let plain = text.lines().filter(|line| line.contains(".route(") && !line.contains("no_such_path"));
        let plain: Vec<&str> = plain.collect();
        assert!(plain.is_empty(), "{}: use endpoint for {plain:?}", file.display());
    }
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
    let root = src().join("..");
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

/// Collects the names of the types that a file defines outside of its tests.
#[derive(Default)]
struct TypeNames(Vec<String>);

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name) = match item {
            syn::Item::Struct(it) => (&it.attrs, &it.ident),
            syn::Item::Enum(it) => (&it.attrs, &it.ident),
            syn::Item::Union(it) => (&it.attrs, &it.ident),
            syn::Item::Trait(it) => (&it.attrs, &it.ident),
            syn::Item::Type(it) => (&it.attrs, &it.ident),
            syn::Item::Mod(it) if is_for_tests(&it.attrs) => return,
            syn::Item::Impl(it) if is_for_tests(&it.attrs) => return,
            syn::Item::Fn(it) if is_for_tests(&it.attrs) => return,
            other => return visit::visit_item(self, other),
        };
        if !is_for_tests(attributes) && name != "Error" && name != "Result" {
            self.0.push(name.to_string());
        }
        visit::visit_item(self, item);
    }
}

#[test]
fn no_type_name_stands_twice_in_a_crate() {
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(src()).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut files = Vec::new();
        sources(&folder.join("src"), &mut files);
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files {
            let parsed = syn::parse_file(&std::fs::read_to_string(&file).unwrap()).unwrap();
            let mut names = TypeNames::default();
            names.visit_file(&parsed);
            for found in names.0 {
                let place = file.strip_prefix(&folder).unwrap().display().to_string();
                places.entry(found).or_default().push(place);
            }
        }
        let twice = places.into_iter().filter(|(_, places)| places.len() > 1);
        faults.extend(twice.map(|(found, places)| format!("{name}: {found} in {}", places.join(", "))));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
