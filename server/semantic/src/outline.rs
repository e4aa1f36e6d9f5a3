//! The parts of a file that linking needs. They are small, so they can be kept for many files whose trees cannot.

use std::sync::Arc;

use text::TextRange;

use crate::{Definition, GlobalUse, Init, LocalId, Script, environment::UsedIndices, values::Made};

/// An outline of a file.
#[derive(Clone, Default, Debug)]
pub struct Outline {
    /// The names, each once, concatenated.
    names: Box<[u8]>,
    includes: Box<[(u32, TextRange)]>,
    locals: Box<[Local]>,
    /// Start of each use, and its name in `names`.
    globals: Box<[(u32, Slice)]>,
    tables: [UsedIndices; 2],
    is_definitions: bool,
    reads_unknown_names: bool,
}

#[derive(Clone, Debug)]
struct Local {
    scope: u32,
    declared: TextRange,
    name: Slice,
    api: Option<Box<str>>,
    deprecated: Option<Box<str>>,
    gives_one: bool,
    made: Option<Arc<Made>>,
}

/// A part of the names.
#[derive(Clone, Copy, Debug)]
struct Slice {
    start: u32,
    len: u32,
}

impl Outline {
    /// The outline of a file.
    pub fn new(script: &Script) -> Self {
        let mut names: Vec<u8> = Vec::new();
        let mut known: rustc_hash::FxHashMap<&[u8], Slice> = rustc_hash::FxHashMap::default();
        let mut slice = |name| {
            *known.entry(name).or_insert_with(|| {
                let start = names.len() as u32;
                names.extend_from_slice(name);
                Slice { start, len: name.len() as u32 }
            })
        };
        let local = |&id: &LocalId| {
            let local = &script.scopes[id];
            let (mut api, mut deprecated, mut gives_one) = (None, None, false);
            match script.scopes.fixed(id) {
                Some(Init::Expr(expr)) => api = script.api(expr).map(|path| path.to_string().into()),
                Some(Init::Function(function)) => {
                    gives_one = script.gives_one(function);
                    if !script.annotations().is_empty() {
                        deprecated = script.deprecated(function).map(Into::into);
                    }
                }
                _ => {}
            }
            Local {
                scope: local.scope.start,
                declared: local.name.range,
                name: slice(local.name.text(&script.source)),
                api,
                deprecated,
                gives_one,
                made: Made::of(script, id).map(Arc::new),
            }
        };
        let locals = script.scopes.top_level().iter().map(local).collect();
        let global = |global: &GlobalUse| (global.name.range.start, slice(global.name.text(&script.source)));
        let globals = script.scopes.globals().iter().map(global).collect();
        Self {
            includes: script.file.includes.iter().map(|include| (include.offset, include.range)).collect(),
            locals,
            globals,
            tables: [UsedIndices::of(&script.keys), UsedIndices::of(&script.argv)],
            is_definitions: script.is_definitions(),
            reads_unknown_names: script.file.unknown_names().next().is_some(),
            names: names.into(),
        }
    }

    /// True if it only declares locals, see [`Script::is_definitions`].
    pub fn is_definitions(&self) -> bool {
        self.is_definitions
    }

    /// True if it reads a name that neither the file nor the API declares.
    pub fn reads_unknown_names(&self) -> bool {
        self.reads_unknown_names
    }

    /// The names that are read and that neither the file nor the API declares: where each use begins.
    pub fn unknown_names(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let all = self.globals.iter().filter(|_| self.reads_unknown_names);
        all.map(|&(offset, name)| (offset, self.name(name)))
            .filter(|(_, name)| std::str::from_utf8(name).is_ok_and(|name| commands::api::global(name).is_none()))
    }

    fn name(&self, slice: Slice) -> &[u8] {
        self.names.get(slice.start as usize..(slice.start + slice.len) as usize).unwrap_or_default()
    }

    /// For each include, the start of its comment and the range of its path.
    pub(crate) fn includes(&self) -> impl Iterator<Item = (u32, TextRange)> {
        self.includes.iter().copied()
    }

    /// The locals of the chunk: where the scope of each begins.
    pub(crate) fn locals(&self) -> impl Iterator<Item = (u32, LocalId)> {
        (0..).map(LocalId).zip(&self.locals).map(|(id, local)| (local.scope, id))
    }

    /// The name of a local, and where it is declared.
    pub(crate) fn local(&self, id: LocalId) -> (&[u8], TextRange) {
        let local = &self.locals[id.0 as usize];
        (self.name(local.name), local.declared)
    }

    /// Returns the definition of a free name that means this local.
    pub(crate) fn definition(&self, id: LocalId, path: &str) -> Definition {
        let local = &self.locals[id.0 as usize];
        Definition {
            api: local.api.as_deref().map(str::to_owned),
            deprecated: local.deprecated.as_deref().map(str::to_owned),
            gives_one: local.gives_one,
            made: local.made.clone(),
            path: path.to_owned(),
            range: local.declared,
        }
    }

    /// The free names: where each use begins.
    pub(crate) fn globals(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.globals.iter().map(|&(offset, name)| (offset, self.name(name)))
    }

    /// Its uses of KEYS and of ARGV.
    pub(crate) fn tables(&self) -> &[UsedIndices; 2] {
        &self.tables
    }
}
