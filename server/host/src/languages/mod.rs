//! The languages of host files, one file each. A new one is a file here and its line in [`ALL`].

mod csharp;
mod definition;
mod go;
mod java;
mod javascript;
mod kotlin;
mod lua;
mod markdown;
#[cfg(test)]
mod marked;
mod php;
mod python;
mod ruby;
mod rust;
mod shell;
mod transcript;

use std::path::Path;

pub(crate) use self::definition::{Definition, Functions, Syntax};
use crate::{bindings::Bindings, lexed::Lexed};

/// A host language.
#[derive(Clone, Copy)]
pub struct Language(&'static Definition);

/// All languages.
static ALL: &[&Definition] = &[
    &python::PYTHON,
    &javascript::JAVASCRIPT,
    &javascript::TYPESCRIPT,
    &javascript::COMPONENT,
    &go::GO,
    &java::JAVA,
    &kotlin::KOTLIN,
    &php::PHP,
    &ruby::RUBY,
    &csharp::CSHARP,
    &rust::RUST,
    &shell::SHELL,
    &lua::LUA,
    &markdown::MARKDOWN,
    &transcript::TRANSCRIPT,
];

impl Language {
    /// The language of transcripts.
    pub const TRANSCRIPT: Self = Self(&transcript::TRANSCRIPT);

    /// The language of files with the name of `path`.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        ALL.iter().find(|it| it.extensions.contains(&extension)).map(|it| Self(it))
    }

    /// The language with the name that editors give to documents in it (`python`, `typescriptreact`).
    pub fn of_id(id: &str) -> Option<Self> {
        ALL.iter().find(|it| it.ids.contains(&id)).map(|it| Self(it))
    }

    /// The language of a file by its name, and for a `.lua` file by its text: see [`Self::of_lua`].
    pub fn of_file(path: &Path, source: &[u8]) -> Option<Self> {
        let is_lua = path.extension().is_some_and(|it| it == "lua");
        if is_lua { Self::of_lua(source) } else { Self::of_path(path) }
    }

    /// The language that the first line names: `#!/bin/sh`, `#!/usr/bin/env node`.
    pub fn of_first_line(source: &[u8]) -> Option<Self> {
        let line = source.strip_prefix(b"#!")?.split(|&it| it == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let program = words.find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
        ALL.iter().find(|it| it.interpreters.contains(&program)).map(|it| Self(it))
    }

    /// Lua, if a Lua file is a program that calls scripts (of OpenResty) and is none itself.
    pub fn of_lua(source: &[u8]) -> Option<Self> {
        lua::is_host(source).then_some(Self(&lua::LUA))
    }

    /// All languages.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|it| Self(it))
    }

    /// Names in settings: those of editors, `lua` and `redis`.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        let own = [(Self::TRANSCRIPT, "redis"), (Self(&lua::LUA), "lua")];
        let own = own.into_iter().find(|(it, _)| *it == self).map(|(_, key)| key);
        self.0.ids.iter().copied().chain(own)
    }

    /// Name as people write it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Names that editors give to documents in it.
    pub fn ids(self) -> &'static [&'static str] {
        self.0.ids
    }

    /// Extensions of its files.
    pub fn extensions(self) -> &'static [&'static str] {
        self.0.extensions
    }

    /// Splits a file into tokens.
    pub fn lex(self, source: &[u8]) -> Lexed {
        (self.0.lex)(source)
    }

    pub(crate) fn syntax(self) -> &'static Syntax {
        &self.0.syntax
    }

    /// Calls that take and run scripts.
    pub fn bindings(self) -> &'static Bindings {
        (self.0.bindings)()
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Language {}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}
