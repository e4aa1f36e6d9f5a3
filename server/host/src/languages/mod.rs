//! The languages of host files, one file each. A new one is a file here and its line in [`ALL`].

mod go;
mod java;
mod javascript;
#[cfg(test)]
mod marked;
mod python;

use std::path::Path;

use crate::{calls::Call, lexed::Lexed};

/// A host language.
#[derive(Clone, Copy)]
pub struct Language(&'static Definition);

/// What a language is made of.
pub(crate) struct Definition {
    /// Name as people write it.
    pub name: &'static str,
    /// Names that editors give to documents in it.
    pub ids: &'static [&'static str],
    /// Extensions of its files.
    pub extensions: &'static [&'static str],
    /// Programs that a first line with `#!` names.
    pub interpreters: &'static [&'static str],
    /// Splits a file into tokens.
    pub lex: fn(&[u8]) -> Lexed,
    /// Syntax of expressions around literals.
    pub syntax: Syntax,
    /// Calls that take scripts.
    pub calls: &'static [Call],
}

/// The parts of a language's syntax that make one text of several literals.
pub(crate) struct Syntax {
    /// Operators that join two texts.
    pub plus: &'static [&'static str],
    /// True if literals that stand side by side are one text.
    pub joins_adjacent: bool,
    /// True if that holds only with nothing between them (shell).
    pub joins_touching: bool,
    /// True if a line break ends an expression, unless it is within brackets.
    pub ends_at_newline: bool,
    /// True if a literal that is a statement of its own is a comment (docstrings of Python).
    pub has_docstrings: bool,
    /// True if the text of a literal with CRLF cannot be told (C#, PHP, shell).
    pub keeps_cr: bool,
    /// True if arguments follow the name of a call without brackets, up to the end of the command (shell).
    pub has_commands: bool,
}

impl Syntax {
    pub(crate) const DEFAULT: Self = Self {
        plus: &[],
        joins_adjacent: false,
        joins_touching: false,
        ends_at_newline: false,
        has_docstrings: false,
        keeps_cr: false,
        has_commands: false,
    };
}

/// All languages.
const ALL: &[&Definition] =
    &[&python::PYTHON, &javascript::JAVASCRIPT, &javascript::TYPESCRIPT, &javascript::COMPONENT, &go::GO, &java::JAVA];

impl Language {
    /// The language of files with the name of `path`.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        ALL.iter().find(|it| it.extensions.contains(&extension)).map(|it| Self(it))
    }

    /// The language with the name that editors give to documents in it (`python`, `typescriptreact`).
    pub fn of_id(id: &str) -> Option<Self> {
        ALL.iter().find(|it| it.ids.contains(&id)).map(|it| Self(it))
    }

    /// The language that the first line names: `#!/bin/sh`, `#!/usr/bin/env node`.
    pub fn of_first_line(source: &[u8]) -> Option<Self> {
        let line = source.strip_prefix(b"#!")?.split(|&it| it == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let program = words.find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
        ALL.iter().find(|it| it.interpreters.contains(&program)).map(|it| Self(it))
    }

    /// All languages.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|it| Self(it))
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

    pub(crate) fn calls(self) -> &'static [Call] {
        self.0.calls
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Language {}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}
