//! One script with all results of its analysis: the tree, its names, its kind, and the commands it calls.

use std::sync::Arc;

use syntax::{ExprId, ExprKind, Parse, StmtId, StmtKind, Tree};
use text::TextRange;

use crate::{
    Callers, CommandCall, Environment, Header, Include, Library, LocalId, Scopes, Shebang, Site, TableUse,
    annotations::Annotations, api_paths::ApiPaths, environment::Definition, flow::Flow, members::Members,
};

/// Marks an expression that is part of no other.
pub(crate) const NO_PARENT: u32 = u32::MAX;

/// One file, analysed by itself.
#[derive(Debug)]
pub struct File {
    /// The bytes of the file.
    pub source: Arc<[u8]>,
    /// Tree, errors and comments.
    pub parse: Parse,
    /// Declaration of each name.
    pub scopes: Scopes,
    /// The first line, if it is a shebang.
    pub shebang: Option<Shebang>,
    /// Registrations of the script, if it is a function library.
    pub library: Option<Library>,
    /// The includes it asks for, in source order.
    pub includes: Vec<Include>,
    /// The keys and arguments that comments at its top name.
    pub header: Header,
    /// The number at the end of the file's name: 2 for `take-2.lua`. See [`Script::named_keys`].
    pub(crate) number_in_name: Option<u32>,
    /// The uses of KEYS.
    pub keys: TableUse,
    /// The uses of ARGV.
    pub argv: TableUse,
    /// The expression that each is a direct part of, or `NO_PARENT`.
    pub(crate) parents: Vec<u32>,
    pub(crate) annotations: std::sync::OnceLock<Annotations>,
    pub(crate) members: std::sync::OnceLock<Members>,
    pub(crate) api_paths: std::sync::OnceLock<ApiPaths>,
    /// The places among the globals of those that no server has.
    pub(crate) unknown: std::sync::OnceLock<Box<[u32]>>,
}

impl File {
    /// The paths into the API, found when they are first asked for.
    pub(crate) fn api_paths(&self) -> &ApiPaths {
        self.api_paths.get_or_init(|| ApiPaths::new(&self.parse.tree, &self.scopes, &self.source))
    }

    /// The names that are read and that neither the file nor the API declares: where each use begins.
    pub fn unknown_names(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let globals = self.scopes.globals();
        let unknown = self.unknown.get_or_init(|| {
            let is_unknown = |at: &u32| {
                let global = &globals[*at as usize];
                global.write.is_none() && commands::api::global(global.name.as_str(&self.source)).is_none()
            };
            (0..globals.len() as u32).filter(is_unknown).collect()
        });
        unknown.iter().map(|&at| {
            let name = globals[at as usize].name;
            (name.range.start, name.text(&self.source))
        })
    }
}

/// A script, library or fragment: its file with its links to other files. The file is shared, so that a change
/// elsewhere costs no new analysis of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file by itself; its fields are the script's, through `Deref`.
    pub file: Arc<File>,
    /// The command calls; filled by [`Script::bind_commands`].
    pub calls: Vec<CommandCall>,
    /// Names from other files; filled by the project's linking.
    pub environment: Arc<Environment>,
    /// Values that vary and that a program pastes into the text; set by who reads the program.
    pub pasted: Arc<[Pasted]>,
    /// The calls of a program that run scripts; its script has no text. Set by who reads the program.
    pub sites: Arc<[Site]>,
    /// The calls that run it, if all are known and agree; set by who reads the program.
    pub callers: Option<Callers>,
    /// The servers that the calls were bound for.
    pub(crate) targets: Vec<commands::Target>,
    /// The types, computed at the first use.
    pub(crate) flow: std::sync::OnceLock<Arc<Flow>>,
}

/// A value that a program pastes into a script, for which an opaque name stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pasted {
    /// Range of the name.
    pub range: TextRange,
    /// The program's expression.
    pub expression: String,
}

impl std::ops::Deref for Script {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Script {
    /// True if a string goes over lines, so that the indentation of the source is a part of it.
    pub fn has_strings_over_lines(&self) -> bool {
        let mut strings = self.tree().exprs().filter(|(_, it)| matches!(it.kind, syntax::ExprKind::String));
        strings.any(|(_, it)| it.range.slice(&self.file.source).contains(&b'\n'))
    }

    /// The script of a file that is analysed already, as if there were no others.
    pub fn of(file: Arc<File>) -> Self {
        Self {
            file,
            calls: Vec::new(),
            environment: Arc::default(),
            pasted: Arc::default(),
            sites: Arc::default(),
            callers: None,
            targets: Vec::new(),
            flow: std::sync::OnceLock::new(),
        }
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.parse.tree
    }

    /// The source text of an expression.
    pub fn text(&self, expr: ExprId) -> &[u8] {
        self.parse.tree[expr].range.slice(&self.source)
    }

    /// The source text of a range, as readable text.
    pub fn text_of(&self, range: TextRange) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(range.slice(&self.source))
    }

    /// The name of a local.
    pub fn name(&self, local: LocalId) -> &str {
        let it = &self.scopes[local];
        match it.name.range.is_empty() {
            false => it.name.as_str(&self.source),
            // `self` is a parameter of its method; `arg` is none.
            true if self.scopes.params(it.function).first() == Some(&local) => "self",
            true => "arg",
        }
    }

    /// The expression that `expr` is a direct part of.
    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        Some(self.parents[expr.index()]).filter(|&parent| parent != NO_PARENT).map(ExprId)
    }

    /// The call whose callee `expr` is.
    pub fn call_by_callee(&self, expr: ExprId) -> Option<ExprId> {
        let parent = self.parent(expr)?;
        match &self.tree()[parent].kind {
            ExprKind::Call(call) if call.callee == expr => Some(parent),
            ExprKind::Paren(_) => self.call_by_callee(parent),
            _ => None,
        }
    }

    /// True if the value of `expr` is thrown away: a call that is a statement.
    pub fn is_statement(&self, expr: ExprId) -> bool {
        self.parent(expr).is_none() && self.tree()[self.scopes.stmt_of(expr)].kind == StmtKind::Call(expr)
    }

    /// True if the file does nothing but declare locals and put functions and values into them: it is made to be joined with
    /// others by the program that loads it, for by itself it has no effect.
    pub fn is_definitions(&self) -> bool {
        let tree = self.tree();
        let stmts = &tree[tree.root()].stmts;
        let declares = |&stmt: &StmtId| match &tree[stmt].kind {
            StmtKind::Local { .. } | StmtKind::LocalFunction { .. } => true,
            StmtKind::Function { target, .. } => self.is_part_of_local(*target),
            StmtKind::Assign { targets, .. } => targets.iter().all(|&target| self.is_part_of_local(target)),
            _ => false,
        };
        !stmts.is_empty() && self.library.is_none() && self.includes.is_empty() && stmts.iter().all(declares)
    }

    /// True if an expression is a field of a local, or a field of one.
    fn is_part_of_local(&self, mut expr: ExprId) -> bool {
        let tree = self.tree();
        if matches!(tree[expr].kind, ExprKind::Name(_)) {
            return false;
        }
        while let ExprKind::Field { base, .. } | ExprKind::Index { base, .. } = tree[expr].kind {
            expr = base;
        }
        self.scopes.local_of(expr).is_some()
    }

    /// The includes that were looked for and lead to no file.
    pub fn unresolved_includes(&self) -> impl Iterator<Item = &Include> {
        self.environment.unresolved.iter().filter_map(|&at| self.includes.get(at))
    }

    /// Returns another file's definition of the global name `expr`.
    pub fn environment_of(&self, expr: ExprId) -> Option<&Definition> {
        if self.environment.names.is_empty() || !self.scopes.is_global(expr) {
            return None;
        }
        self.environment.names.get(&self.tree()[expr].range.start)
    }

    /// Number of keys in the file's name, 2 for `take-2.lua`, if the script agrees or the names of its folder do. Other
    /// numbers are dates, sizes, encodings.
    pub fn named_keys(&self) -> Option<u32> {
        let number = self.number_in_name?;
        let included = &self.environment.included_keys;
        let highest = included.indices.iter().map(|&(index, _)| index).chain([self.keys.highest()]).max();
        let agrees = highest == Some(number)
            || self.header.key_count() == Some(number)
            || included.dynamic
            || !self.keys.dynamic.is_empty();
        (agrees || self.environment.names_tell_keys).then_some(number)
    }

    /// True if another file reads this local through an include.
    pub fn is_used_elsewhere(&self, local: LocalId) -> bool {
        self.environment.used.contains(&self.scopes[local].name.range.start)
    }

    /// True if the file is a piece of other scripts: something includes it.
    pub fn is_fragment(&self) -> bool {
        !self.environment.includers.is_empty()
    }
}
