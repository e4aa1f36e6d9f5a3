//! Names that other files give to a script through includes, and those that they take from it.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;

use crate::{TableUse, values::Made};

/// A map from a place in a file to something about it.
pub(crate) type ByOffset<T> = FxHashMap<u32, T>;

/// A local of another file that a free name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Definition {
    /// The part of the API that it stands for, as `redis.call`.
    pub api: Option<String>,
    /// The text of `@deprecated` above it, if it is a function that has it.
    pub deprecated: Option<String>,
    /// True if it is a function and each call gives one value.
    pub gives_one: bool,
    /// Its value, as far as its file shows it.
    pub made: Option<Arc<Made>>,
    /// The file that declares it.
    pub path: String,
    /// Range in that file.
    pub range: TextRange,
}

/// Mention of a script's free name in the program around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgramName {
    /// Its text has `local name` or `local function name`.
    Declared,
    /// Its text has the name in quotes, and names the script's file.
    Quoted,
}

/// Names that includes give to one file and take from it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Environment {
    /// For the free names that other files define, by their offset.
    pub(crate) names: ByOffset<Definition>,
    /// For the free names that some including script lacks, that script's path.
    pub missing: ByOffset<String>,
    /// For the free names that no file defines and a program speaks of, by their offset.
    pub programs: ByOffset<ProgramName>,
    /// The uses of names that several files of the folder lack and one of them declares.
    pub lacking: FxHashSet<u32>,
    /// Those of them that are reported here, in the first of the files: by the offset of a use.
    pub folder_lacks: ByOffset<FolderLack>,
    /// The offsets of the declarations that other files use.
    pub(crate) used: FxHashSet<u32>,
    /// The files that include this one directly.
    pub includers: Vec<String>,
    /// True if the names of the scripts in its folder give their numbers of keys.
    pub names_tell_keys: bool,
    /// Use of KEYS by the included files.
    pub included_keys: IncludedUse,
    /// Use of ARGV by the included files.
    pub included_argv: IncludedUse,
    /// True if an include could not be followed, so that names may be missing.
    pub incomplete: bool,
    /// The includes that lead to no file, by their places in the file's list.
    pub unresolved: Vec<usize>,
    /// The includes that lead back to this file: their offsets and the way.
    pub circles: Vec<(TextRange, String)>,
}

impl Environment {
    /// The free names of the file that other files define: start of each use, and its definition.
    pub fn given(&self) -> impl Iterator<Item = (u32, &Definition)> {
        self.names.iter().map(|(&offset, definition)| (offset, definition))
    }

    /// True if other files use declarations of the file.
    pub fn is_used(&self) -> bool {
        !self.used.is_empty()
    }

    /// Returns true if another file defines the free name at an offset.
    pub fn gives(&self, offset: u32) -> bool {
        self.names.contains_key(&offset)
    }
}

/// Names that several files of a folder lack, and that one other file of it declares: most likely a program joins them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FolderLack {
    /// The names, sorted.
    pub names: Vec<String>,
    /// The file that declares them.
    pub declared_in: String,
    /// The files that use them.
    pub files: Vec<String>,
}

/// Uses of KEYS or ARGV by included files.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct IncludedUse {
    /// The constant indices, with the file that uses them.
    pub indices: BTreeSet<(u32, String)>,
    /// True if elements at unknown indices are used.
    pub dynamic: bool,
}

impl IncludedUse {
    pub(crate) fn add(&mut self, uses: &UsedIndices, path: &str) {
        self.dynamic |= uses.dynamic;
        self.indices.extend(uses.indices.iter().map(|&index| (index, path.to_owned())));
    }
}

/// The use that one file makes of KEYS or ARGV.
#[derive(Clone, Default, Debug)]
pub(crate) struct UsedIndices {
    indices: Box<[u32]>,
    dynamic: bool,
}

impl UsedIndices {
    /// The highest constant index, 0 if there is none; none where other elements are used too.
    pub(crate) fn highest(&self) -> Option<u32> {
        (!self.dynamic).then(|| self.indices.iter().copied().max().unwrap_or(0))
    }

    pub(crate) fn of(uses: &TableUse) -> Self {
        let valid = uses.indices.iter().filter(|used| used.index >= 1.0);
        Self { indices: valid.map(|used| used.index as u32).collect(), dynamic: !uses.dynamic.is_empty() }
    }
}
