//! The files of a workspace at one moment, as every feature sees them. Nothing here changes once it is made.

use std::sync::{Arc, OnceLock};

use linter::{Diagnostic, Options};
use rustc_hash::{FxHashMap, FxHashSet};
use semantic::{
    Definition, LocalId, Script,
    points_to::{Input, Names, PointsTo},
};
use syntax::ExprId;
use text::{LineIndex, TextRange};

use crate::{annotation::TypeNames, vocabulary::Vocabulary};

/// True if a file is a transcript by its name: commands with their replies, and no Lua.
pub fn is_transcript(path: &str) -> bool {
    path.ends_with(".redis")
}

/// One file of a [`Project`].
#[derive(Debug)]
pub struct File {
    /// The path by which messages and includes call it: below the workspace's folder, with `/`.
    pub path: String,
    /// The script, linked with the others, its commands bound.
    pub script: Script,
    /// True if it is Redis Lua; of other files only the text counts.
    pub is_script: bool,
    /// Index of its lines.
    pub lines: LineIndex,
    /// Options of the linter.
    pub options: Arc<Options>,
    findings: OnceLock<Vec<Diagnostic>>,
    vocabulary: OnceLock<Vocabulary>,
}

impl File {
    /// A file whose script is linked; its commands are bound here.
    pub fn new(path: String, mut script: Script, is_script: bool, options: Arc<Options>) -> Self {
        let lines = LineIndex::new(&script.source);
        if is_script {
            script.bind_commands(&options.targets);
        }
        Self { path, script, is_script, lines, options, findings: OnceLock::new(), vocabulary: OnceLock::new() }
    }

    /// True if its findings are at hand.
    pub fn has_findings(&self) -> bool {
        self.findings.get().is_some()
    }

    /// The findings, computed on first use.
    pub fn findings(&self) -> &[Diagnostic] {
        self.findings.get_or_init(|| {
            let has_calls = !self.script.sites.is_empty();
            if self.is_script || has_calls { linter::lint(&self.script, &self.options) } else { Vec::new() }
        })
    }

    /// The key names and fields that it uses, read on first use.
    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        self.vocabulary.get_or_init(|| Vocabulary::of(self))
    }

    /// The text.
    pub fn source(&self) -> &[u8] {
        &self.script.source
    }

    /// True if it is a transcript, see [`is_transcript`].
    pub fn is_transcript(&self) -> bool {
        is_transcript(&self.path)
    }

    /// The text in a range, as it may be shown.
    pub fn text(&self, range: TextRange) -> std::borrow::Cow<'_, str> {
        self.script.text_of(range)
    }
}

/// A place in a file of a project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// The file's number.
    pub file: usize,
    /// Range in that file.
    pub range: TextRange,
}

/// The files of a workspace at one moment.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The files.
    pub files: Vec<Arc<File>>,
    /// For each include of each file, the numbers of its target files. They are not in the files: numbers change where others come
    /// and go.
    included: Arc<[Vec<Vec<usize>>]>,
    by_path: Arc<FxHashMap<String, usize>>,
    /// Per file, computed on first use; files that share locals share it.
    points_to: Arc<[OnceLock<Arc<PointsTo>>]>,
    /// The names of types in annotations, computed on first use.
    pub(crate) type_names: OnceLock<Arc<TypeNames>>,
}

/// Expressions that are analysed together at most. Files beyond are left out, those that use locals of others first.
const MAX_SHARED_EXPRS: usize = 1_000_000;

/// Length of the files whose key names and fields are offered in others, in bytes.
const MAX_VOCABULARY_BYTES: usize = 4 << 20;

impl Project {
    /// A project of these files. `included` has for each include of each file the numbers of its target files.
    pub fn new(files: Vec<Arc<File>>, included: Vec<Vec<Vec<usize>>>) -> Self {
        let by_path = Arc::new(files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect());
        let points_to = files.iter().map(|_| OnceLock::new()).collect();
        Self { files, included: included.into(), by_path, points_to, type_names: OnceLock::new() }
    }

    /// For each include of a file, the numbers of its target files.
    pub fn included(&self, file: usize) -> &[Vec<usize>] {
        self.included.get(file).map_or(&[], Vec::as_slice)
    }

    /// The project with other contents of some files, which keep their paths and where their includes lead.
    #[must_use]
    pub fn with(&self, changed: Vec<(usize, Arc<File>)>) -> Self {
        let mut files = self.files.clone();
        for (at, file) in changed {
            files[at] = file;
        }
        let points_to = files.iter().map(|_| OnceLock::new()).collect();
        let (included, by_path) = (Arc::clone(&self.included), Arc::clone(&self.by_path));
        Self { files, included, by_path, points_to, type_names: OnceLock::new() }
    }

    /// The number of the file with a path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The local of another file that a free name means.
    pub fn local_of(&self, definition: &Definition) -> Option<(usize, LocalId)> {
        let file = self.find(&definition.path)?;
        let (local, _) =
            self.files[file].script.scopes.locals().find(|(_, local)| local.name.range == definition.range)?;
        Some((file, local))
    }

    /// The local that a name expression means, in this file or in another.
    pub fn local(&self, file: usize, expr: ExprId) -> Option<(usize, LocalId)> {
        let script = &self.files[file].script;
        match script.scopes.local_of(expr) {
            Some(local) => Some((file, local)),
            None => self.local_of(script.environment_of(expr)?),
        }
    }

    /// The key names and fields of a file and then of the others, by their numbers. Of a large workspace the files that come first
    /// count.
    pub(crate) fn vocabularies(&self, file: usize) -> impl Iterator<Item = (usize, &Vocabulary)> {
        let others =
            self.files.iter().enumerate().filter(move |&(at, it)| at != file && (it.is_script || it.is_transcript()));
        let others = others.scan(0, |len, (at, it)| {
            *len += it.source().len();
            (*len <= MAX_VOCABULARY_BYTES).then_some(at)
        });
        std::iter::once(file).chain(others).map(|at| (at, self.files[at].vocabulary()))
    }

    /// A file with those that it includes and that include it, directly or through others; itself first.
    pub(crate) fn around(&self, file: usize) -> Vec<usize> {
        const MOST: usize = 400;
        let mut files: Vec<usize> = vec![file];
        let mut next = 0;
        while let Some(&at) = files.get(next) {
            next += 1;
            let it = &self.files[at];
            let included = self.included(at).iter().flatten().copied();
            let includers = it.script.environment.includers.iter().filter_map(|path| self.find(path));
            for other in included.chain(includers) {
                if !files.contains(&other) && files.len() < MOST {
                    files.push(other);
                }
            }
        }
        files
    }

    /// Returns the analysis of the tables and functions of a file and of those that share locals with it.
    pub(crate) fn points_to(&self, file: usize) -> &Arc<PointsTo> {
        self.points_to[file].get_or_init(|| {
            let files = self.sharing(file);
            // Another file of these may have been asked for first.
            if let Some(known) = files.iter().find_map(|&file| self.points_to[file].get().filter(|it| it.has(file))) {
                return Arc::clone(known);
            }
            let inputs: Vec<Input<'_>> =
                files.iter().map(|&file| Input { file, script: &self.files[file].script }).collect();
            let mut locals: FxHashMap<(usize, u32), LocalId> = FxHashMap::default();
            for input in &inputs {
                let scopes = &input.script.scopes;
                locals.extend(scopes.top_level().iter().map(|&id| ((input.file, scopes[id].name.range.start), id)));
            }
            let local_of = |file: usize, expr: ExprId| {
                let definition = self.files[file].script.environment_of(expr)?;
                let of = self.find(&definition.path)?;
                Some((of, *locals.get(&(of, definition.range.start))?))
            };
            let types = |file: usize, name: &str| self.types(file, name);
            Arc::new(PointsTo::new(&inputs, Names { local_of: &local_of, types: &types }))
        })
    }

    /// A file with those that it shares locals or classes with, directly or through others.
    fn sharing(&self, file: usize) -> Vec<usize> {
        let mut found = vec![file];
        let mut seen: FxHashSet<usize> = FxHashSet::from_iter([file]);
        let mut users: Option<FxHashMap<usize, Vec<usize>>> = None;
        let (mut next, mut exprs) = (0, 0);
        while let Some(&at) = found.get(next) {
            next += 1;
            let script = &self.files[at].script;
            exprs += script.tree().exprs().len();
            if exprs > MAX_SHARED_EXPRS {
                break;
            }
            let mut more: Vec<usize> =
                script.environment.given().filter_map(|(_, definition)| self.find(&definition.path)).collect();
            if script.scopes.top_level().iter().any(|&id| script.is_used_elsewhere(id)) {
                let users = users.get_or_insert_with(|| self.users());
                more.extend(users.get(&at).into_iter().flatten());
            }
            if !script.annotations().is_empty() {
                more.extend(self.sharing_types(at));
            }
            more.sort_unstable();
            found.extend(more.into_iter().filter(|&file| seen.insert(file)));
        }
        found.truncate(next);
        found.sort_unstable();
        found
    }

    /// For each file, the files that use its locals.
    fn users(&self) -> FxHashMap<usize, Vec<usize>> {
        let mut users: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (at, file) in self.files.iter().enumerate() {
            let mut of: Vec<usize> =
                file.script.environment.given().filter_map(|(_, definition)| self.find(&definition.path)).collect();
            of.sort_unstable();
            of.dedup();
            of.into_iter().for_each(|of| users.entry(of).or_default().push(at));
        }
        users
    }
}
