//! What linking needs of a file. It is small, so that it can be kept of many files whose trees cannot.

use std::sync::Arc;

use text::TextRange;

use crate::{Init, LocalId, Script, environment::UsedIndices, values::Made};

/// A file as linking sees it.
pub(crate) trait LinkSource {
    /// For each include, where its comment starts and where its path stands.
    fn includes(&self) -> impl Iterator<Item = (u32, TextRange)>;
    /// The locals of the chunk: where the scope of each begins.
    fn locals(&self) -> impl Iterator<Item = (u32, LocalId)>;
    /// The name of a local, and where it is declared.
    fn local(&self, id: LocalId) -> (&[u8], TextRange);
    /// The part of the API that a local stands for.
    fn api(&self, id: LocalId) -> Option<String>;
    /// The text of `@deprecated` above a local function.
    fn deprecated(&self, id: LocalId) -> Option<String>;
    /// True if a local is a function of which each call gives one value.
    fn gives_one(&self, id: LocalId) -> bool;
    /// The value of a local that is never written again, as far as the file tells it.
    fn made(&self, id: LocalId) -> Option<Arc<Made>>;
    /// The free names: where each use begins.
    fn globals(&self) -> impl Iterator<Item = (u32, &[u8])>;
    /// What it uses of KEYS and of ARGV.
    fn tables(&self) -> [UsedIndices; 2];
    /// Whether it only declares locals, see [`Script::is_definitions`].
    fn is_definitions(&self) -> bool;
}

impl LinkSource for Script {
    fn includes(&self) -> impl Iterator<Item = (u32, TextRange)> {
        self.file.includes.iter().map(|include| (include.offset, include.range))
    }

    fn locals(&self) -> impl Iterator<Item = (u32, LocalId)> {
        self.scopes.top_level().iter().map(|&id| (self.scopes[id].scope.start, id))
    }

    fn local(&self, id: LocalId) -> (&[u8], TextRange) {
        let name = self.scopes[id].name;
        (name.text(&self.source), name.range)
    }

    fn api(&self, id: LocalId) -> Option<String> {
        match self.scopes.fixed(id) {
            Some(Init::Expr(expr)) => Self::api(self, expr).map(|path| path.to_string()),
            _ => None,
        }
    }

    fn deprecated(&self, id: LocalId) -> Option<String> {
        match self.scopes.fixed(id).filter(|_| !self.annotations().is_empty()) {
            Some(Init::Function(function)) => self.deprecated(function).map(str::to_owned),
            _ => None,
        }
    }

    fn gives_one(&self, id: LocalId) -> bool {
        matches!(self.scopes.fixed(id), Some(Init::Function(function)) if Self::gives_one(self, function))
    }

    fn made(&self, id: LocalId) -> Option<Arc<Made>> {
        Made::of(self, id).map(Arc::new)
    }

    fn globals(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.scopes.globals().iter().map(|global| (global.name.range.start, global.name.text(&self.source)))
    }

    fn tables(&self) -> [UsedIndices; 2] {
        [UsedIndices::of(&self.keys), UsedIndices::of(&self.argv)]
    }

    fn is_definitions(&self) -> bool {
        Self::is_definitions(self)
    }
}

/// An outline of a file.
#[derive(Clone, Default, Debug)]
pub struct Outline {
    /// The names, each once, one behind the other.
    names: Box<[u8]>,
    includes: Box<[(u32, TextRange)]>,
    locals: Box<[Local]>,
    /// Where each use begins, and its name in `names`.
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
        let local = |(scope, id)| {
            let (name, declared) = LinkSource::local(script, id);
            let api = LinkSource::api(script, id).map(Into::into);
            let deprecated = LinkSource::deprecated(script, id).map(Into::into);
            let (gives_one, made) = (LinkSource::gives_one(script, id), script.made(id));
            Local { scope, declared, name: slice(name), api, deprecated, gives_one, made }
        };
        let locals = script.locals().map(local).collect();
        let globals = LinkSource::globals(script).map(|(offset, name)| (offset, slice(name))).collect();
        Self {
            includes: script.includes().collect(),
            locals,
            globals,
            tables: script.tables(),
            is_definitions: script.is_definitions(),
            reads_unknown_names: script.file.unknown_names().next().is_some(),
            names: names.into(),
        }
    }

    /// Whether it only declares locals, see [`Script::is_definitions`].
    pub fn is_definitions(&self) -> bool {
        self.is_definitions
    }

    /// Whether it reads a name that neither the file nor the API declares.
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
}

impl LinkSource for Outline {
    fn includes(&self) -> impl Iterator<Item = (u32, TextRange)> {
        self.includes.iter().copied()
    }

    fn locals(&self) -> impl Iterator<Item = (u32, LocalId)> {
        (0..).map(LocalId).zip(&self.locals).map(|(id, local)| (local.scope, id))
    }

    fn local(&self, id: LocalId) -> (&[u8], TextRange) {
        let local = &self.locals[id.0 as usize];
        (self.name(local.name), local.declared)
    }

    fn api(&self, id: LocalId) -> Option<String> {
        self.locals[id.0 as usize].api.as_deref().map(str::to_owned)
    }

    fn deprecated(&self, id: LocalId) -> Option<String> {
        self.locals[id.0 as usize].deprecated.as_deref().map(str::to_owned)
    }

    fn gives_one(&self, id: LocalId) -> bool {
        self.locals[id.0 as usize].gives_one
    }

    fn made(&self, id: LocalId) -> Option<Arc<Made>> {
        self.locals[id.0 as usize].made.clone()
    }

    fn globals(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.globals.iter().map(|&(offset, name)| (offset, self.name(name)))
    }

    fn tables(&self) -> [UsedIndices; 2] {
        self.tables.clone()
    }

    fn is_definitions(&self) -> bool {
        self.is_definitions
    }
}
