//! The part of the API that each expression of a file is, found once for the file: rules ask it of every call.

use rustc_hash::FxHashMap;
use syntax::{ExprId, ExprKind, Tree};

use crate::{Init, Scopes};

const NONE: u32 = u32::MAX;

/// A global or a member of a global table, as `redis.call`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ApiPath<'a> {
    /// A global by its name.
    Global(&'a str),
    /// A member of a global table.
    Member(&'a str, &'a str),
}

impl ApiPath<'_> {
    /// The global or member, if some server has it.
    pub fn item(&self) -> Option<&'static commands::api::Item> {
        match self {
            Self::Global(name) => commands::api::global(name),
            Self::Member(table, name) => commands::api::member(table, name),
        }
    }

    /// True if some server has the global, or the global that it is a member of.
    pub fn is_of_server(&self) -> bool {
        match self {
            Self::Global(name) | Self::Member(name, _) => commands::api::global(name).is_some(),
        }
    }
}

impl std::fmt::Display for ApiPath<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Global(name) => f.write_str(name),
            Self::Member(table, name) => write!(f, "{table}.{name}"),
        }
    }
}

/// The paths into the API by their expressions, as if no other file gave any names.
#[derive(Debug)]
pub(crate) struct ApiPaths {
    paths: Vec<Path>,
    /// For each expression its path by its place, and the global name that it begins with.
    of: Vec<(u32, ExprId)>,
}

#[derive(Debug)]
struct Path {
    /// The table, unless the path is a global.
    table: Option<u32>,
    name: Box<str>,
}

impl ApiPaths {
    /// Finds the paths of a file. Expressions stand behind their parts and behind the locals that they read, so one pass
    /// in their order finds all.
    pub(crate) fn new(tree: &Tree, scopes: &Scopes, source: &[u8]) -> Self {
        let mut made = Builder { paths: Vec::new(), ids: FxHashMap::default() };
        let mut of: Vec<(u32, ExprId)> = Vec::with_capacity(tree.exprs().len());
        for (id, expr) in tree.exprs() {
            let known = |part: ExprId| of.get(part.index()).copied().unwrap_or((NONE, part));
            let path = match &expr.kind {
                ExprKind::Paren(inner) => known(*inner),
                ExprKind::Name(name) => match scopes.local_of(id) {
                    Some(local) => match scopes.fixed(local) {
                        Some(Init::Expr(init)) => known(init),
                        _ => (NONE, id),
                    },
                    None => (made.path(None, name.text(source)), id),
                },
                ExprKind::Field { base, name } => made.member(known(*base), name.text(source)),
                ExprKind::Index { base, key } => {
                    let (base, key) = (known(*base), tree.unparen(*key));
                    match quoted(tree, key, source) {
                        Some(name) if base.0 != NONE => made.indexed(base, name),
                        _ => (NONE, id),
                    }
                }
                _ => (NONE, id),
            };
            of.push(path);
        }
        Self { paths: made.paths, of }
    }

    /// The path of an expression, and the global name that it begins with.
    pub(crate) fn get(&self, expr: ExprId) -> Option<(ApiPath<'_>, ExprId)> {
        let &(path, root) = self.of.get(expr.index())?;
        let path = self.paths.get(path as usize)?;
        Some((
            match path.table {
                Some(table) => ApiPath::Member(&self.paths[table as usize].name, &path.name),
                None => ApiPath::Global(&path.name),
            },
            root,
        ))
    }
}

/// The text between the quotes of a literal that has no escapes.
fn quoted<'s>(tree: &Tree, key: ExprId, source: &'s [u8]) -> Option<&'s [u8]> {
    let ExprKind::String = tree[key].kind else { return None };
    let text = tree[key].range.slice(source);
    text.get(1..text.len().saturating_sub(1)).filter(|inner| !inner.contains(&b'\\'))
}

struct Builder<'s> {
    paths: Vec<Path>,
    ids: FxHashMap<(Option<u32>, &'s [u8]), u32>,
}

impl<'s> Builder<'s> {
    fn path(&mut self, table: Option<u32>, name: &'s [u8]) -> u32 {
        if let Some(&id) = self.ids.get(&(table, name)) {
            return id;
        }
        let Ok(text) = std::str::from_utf8(name) else { return NONE };
        let id = self.paths.len() as u32;
        self.paths.push(Path { table, name: text.into() });
        self.ids.insert((table, name), id);
        id
    }

    /// A field of a path: of `_G` it is a global again.
    fn member(&mut self, base: (u32, ExprId), name: &'s [u8]) -> (u32, ExprId) {
        match self.paths.get(base.0 as usize) {
            Some(Path { table: None, name: table }) if &**table == "_G" => (self.path(None, name), base.1),
            _ => self.indexed(base, name),
        }
    }

    fn indexed(&mut self, (table, root): (u32, ExprId), name: &'s [u8]) -> (u32, ExprId) {
        match self.paths.get(table as usize) {
            Some(Path { table: None, .. }) => (self.path(Some(table), name), root),
            _ => (NONE, root),
        }
    }
}
