//! The house against its plan: which crate may import which, which files may import each other, and who alone knows a library.

mod circles;
mod files;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

fn metadata() -> Metadata {
    match MetadataCommand::new().manifest_path(tests::root().join("Cargo.toml")).exec() {
        Ok(metadata) => metadata,
        Err(error) => panic!("cargo metadata: {error}"),
    }
}

/// Each crate with the crates of the house that it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("host", &["text"]),
    ("commands", &[]),
    ("syntax", &["text"]),
    ("semantic", &["syntax", "protocol", "commands", "host", "text"]),
    ("linter", &["semantic", "syntax", "commands", "host", "text"]),
    ("config", &["linter", "commands"]),
    ("format", &["syntax", "text"]),
    ("workspace", &["config", "linter", "semantic", "syntax", "commands", "host", "text"]),
    ("ide", &["config", "linter", "semantic", "syntax", "protocol", "commands", "text"]),
    ("meter", &[]),
    ("protocol", &["meter"]),
    ("engine", &["protocol", "meter", "commands"]),
    ("script", &["engine", "protocol", "meter", "commands"]),
    ("spec", &["script", "engine", "protocol", "meter", "commands"]),
    ("serve", &["script", "engine", "protocol", "meter", "commands"]),
    ("remote", &["protocol", "commands"]),
    ("servers", &["remote", "config", "spec", "script", "semantic", "syntax", "protocol", "commands"]),
    (
        "requests",
        &["ide", "workspace", "format", "linter", "semantic", "spec", "script", "protocol", "commands", "host", "text"],
    ),
    (
        "lsp",
        &[
            "requests",
            "servers",
            "remote",
            "ide",
            "workspace",
            "config",
            "format",
            "linter",
            "semantic",
            "syntax",
            "spec",
            "script",
            "engine",
            "protocol",
            "meter",
            "commands",
            "host",
            "text",
        ],
    ),
    (
        "cli",
        &[
            "lsp",
            "ide",
            "workspace",
            "config",
            "format",
            "linter",
            "semantic",
            "syntax",
            "spec",
            "serve",
            "servers",
            "remote",
            "script",
            "engine",
            "protocol",
            "meter",
            "commands",
            "host",
            "text",
        ],
    ),
    ("xtask", &["config", "host", "tests", "linter", "semantic", "syntax", "script", "engine", "protocol", "commands"]),
    (
        "tests",
        &[
            "ide", "linter", "semantic", "syntax", "spec", "serve", "remote", "script", "engine", "host", "protocol",
            "commands", "text",
        ],
    ),
];

/// Crates that a crate's own tests may import besides: a rule asks for the engine that its user gives it.
const IN_TESTS: &[(&str, &str)] = &[("linter", "engine")];

/// Libraries that only one crate may know.
const PRIVATE: &[(&str, &str)] = &[
    ("mlua-sys", "script"),
    ("tree-sitter", "xtask"),
    ("tower-lsp-server", "lsp"),
    ("ls-types", "requests"),
    ("stylua", "format"),
    ("clap", "cli"),
    ("rustls", "remote"),
];

#[test]
fn arrows_are_those_of_the_plan() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some(may) = allowed.get(name) else { panic!("crate {name} is not in the plan") };
        for dependency in package.dependencies.iter().filter(|it| it.kind != DependencyKind::Build) {
            let other = dependency.name.as_str();
            match &dependency.path {
                Some(_) => {
                    let in_tests = dependency.kind == DependencyKind::Development && IN_TESTS.contains(&(name, other));
                    assert!(may.contains(&other) || in_tests, "{name} may not import {other}");
                }
                None => {
                    for (library, owner) in PRIVATE {
                        assert!(dependency.name != *library || name == *owner, "only {owner} may import {library}");
                    }
                }
            }
        }
    }
}

#[test]
fn files_import_each_other_only_where_it_is_explained() {
    let mut wrong = Vec::new();
    for package in metadata().workspace_packages() {
        let src = package.manifest_path.parent().map(|folder| folder.join("src").into_std_path_buf());
        let Some(src) = src.filter(|src| src.is_dir()) else { continue };
        let imports = files::Files::read(&src).imports();
        let found = files::circles(&imports);
        let listed: Vec<BTreeSet<&str>> = circles::KNOWN
            .iter()
            .filter(|(crate_name, ..)| *crate_name == package.name.as_str())
            .map(|(_, files, _)| files.iter().copied().collect())
            .collect();
        let is_within = |circle: &BTreeSet<String>, listed: &BTreeSet<&str>| {
            listed.is_empty() || circle.iter().all(|file| listed.contains(file.as_str()))
        };
        for circle in found.iter().filter(|circle| !listed.iter().any(|listed| is_within(circle, listed))) {
            wrong.push(format!("{}: {} files import each other", package.name, circle.len()));
            for (from, to) in imports.iter().filter(|(from, _)| circle.contains(*from)) {
                for (to, path) in to.iter().filter(|(to, _)| circle.contains(*to)) {
                    wrong.push(format!("    {from} → {to} by `{path}`"));
                }
            }
        }
        for listed in listed.iter().filter(|listed| !found.iter().any(|circle| is_within(circle, listed))) {
            wrong.push(format!("{}: no such circle any more: {listed:?}", package.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
