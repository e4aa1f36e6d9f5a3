//! The code that annotations belong to: the statement or the field of a constructor below them, or the code before them.

use rustc_hash::FxHashMap;
use syntax::{ExprId, ExprKind, FunctionId, Stmt, StmtKind, TableField, Tree};
use text::TextRange;

use super::{Alias, Annotations, Block, Cast, Change, Class, FieldKey, NameKind, Tag, TagKind, TypeExpr, TypeKind};
use crate::{LocalId, script::File};

struct Attacher<'a> {
    file: &'a File,
    /// The functions, by where they begin.
    functions: Vec<(u32, FunctionId)>,
    /// The locals, by where their names begin.
    locals: FxHashMap<u32, LocalId>,
    out: Annotations,
}

/// Attaches each block to its code.
pub(super) fn attach(file: &File, blocks: Vec<Block>) -> Annotations {
    let tree = &file.parse.tree;
    let mut functions: Vec<(u32, FunctionId)> = tree
        .functions()
        .filter(|(id, _)| *id != Tree::CHUNK)
        .map(|(id, function)| (function.range.start, id))
        .collect();
    functions.sort_unstable();
    let locals = file.scopes.locals().map(|(id, local)| (local.name.range.start, id)).collect();
    let mut above: FxHashMap<u32, usize> = FxHashMap::default();
    let mut behind: FxHashMap<u32, usize> = FxHashMap::default();
    for (at, block) in blocks.iter().enumerate() {
        if block.is_behind {
            behind.insert(block.target, at);
        } else if block.target > block.range.end {
            above.insert(block.target, at);
        }
    }
    let mut out = Attacher { file, functions, locals, out: Annotations { blocks, ..Annotations::default() } };
    out.names();
    out.members();
    out.declarations();
    for (_, stmt) in tree.stmts() {
        let end = TextRange::new(stmt.range.start, stmt.range.end).slice(&file.source).trim_ascii_end().len() as u32;
        let end = stmt.range.start + end;
        let found = [above.get(&stmt.range.start), behind.get(&end)];
        found.into_iter().flatten().for_each(|&at| out.statement(at, stmt));
    }
    // Those among the arguments of a call, on lines of their own.
    for at in 0..out.functions.len() {
        let (start, function) = out.functions[at];
        if let Some(&block) = above.get(&start) {
            out.give_function(block, function);
        }
    }
    for (id, expr) in tree.exprs() {
        if let Some(&at) = behind.get(&expr.range.end) {
            out.cast(at, id);
        }
        let ExprKind::Table(fields) = &expr.kind else { continue };
        for field in fields {
            let (name, value) = match *field {
                TableField::Named { name, value } => (name.range.start, value),
                TableField::Keyed { key, value } => (tree[key].range.start, value),
                TableField::Item(value) => (tree[value].range.start, value),
            };
            let start = bracket_before(&file.source, name);
            let end = tree[value].range.end;
            let comma = file.source.get(end as usize).is_some_and(|byte| matches!(byte, b',' | b';'));
            let found = [above.get(&start), behind.get(&(end + u32::from(comma)))];
            for &at in found.into_iter().flatten() {
                out.field(at, value);
            }
        }
    }
    out.casts();
    out.out.names.sort_by_key(|(range, _)| *range);
    out.out
}

/// The function that a statement declares: by itself, or as the first in its values, which `first_in` finds.
fn function_of(stmt: &Stmt, first_in: impl Fn(TextRange) -> Option<FunctionId>) -> Option<FunctionId> {
    match stmt.kind {
        StmtKind::Function { function, .. } | StmtKind::LocalFunction { function, .. } => Some(function),
        StmtKind::Local { .. } | StmtKind::Assign { .. } | StmtKind::Return(_) | StmtKind::Call(_) => {
            first_in(stmt.range)
        }
        _ => None,
    }
}

/// The function whose declaration begins below a place, with only comments between.
pub(crate) fn function_below(file: &File, offset: u32) -> Option<FunctionId> {
    let (source, tree) = (&file.source, &file.parse.tree);
    let mut at = offset as usize;
    loop {
        let rest = source.get(at..)?;
        at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if !source[at..].starts_with(b"--") {
            break;
        }
        at += memchr::memchr(b'\n', &source[at..])?;
    }
    let at = at as u32;
    let functions = || tree.functions().filter(|(id, _)| *id != Tree::CHUNK);
    if let Some((_, stmt)) = tree.stmts().find(|(_, stmt)| stmt.range.start == at) {
        return function_of(stmt, |range| {
            let inner = functions().filter(|(_, it)| range.contains_range(it.range));
            inner.min_by_key(|(_, it)| it.range.start).map(|(id, _)| id)
        });
    }
    let fields = tree.exprs().filter_map(|(_, expr)| match &expr.kind {
        ExprKind::Table(fields) if expr.range.contains(at) => Some(fields),
        _ => None,
    });
    fields.flatten().find_map(|field| match (*field, &tree[field.value()].kind) {
        (TableField::Named { name, .. }, ExprKind::Function(function)) if name.range.start == at => Some(*function),
        _ => None,
    })
}

/// The place of the `[` before a key, or the place itself.
fn bracket_before(source: &[u8], start: u32) -> u32 {
    let before = source[..start as usize].trim_ascii_end();
    if before.ends_with(b"[") { before.len() as u32 - 1 } else { start }
}

/// Returns the type after a cast. None if too little is known.
fn changed(base: Option<TypeExpr>, changes: Vec<Change>, source: &[u8]) -> Option<TypeExpr> {
    changes.into_iter().fold(base, |base, change| {
        let at = |of: &TypeExpr| TextRange::at(of.range.start);
        match (base, change) {
            (_, Change::To(of)) => Some(of).filter(|of| of.kind != TypeKind::Missing),
            (None, _) => None,
            (Some(mut base), Change::Add(of)) => {
                if of.kind != TypeKind::Missing {
                    base.add(of);
                }
                Some(base)
            }
            (Some(base), Change::AddNil) => match base.kind {
                TypeKind::Optional(_) => Some(base),
                _ => Some(TypeExpr { range: at(&base), kind: TypeKind::Optional(Box::new(base)) }),
            },
            (Some(base), Change::RemoveNil) => match base.kind {
                TypeKind::Optional(inner) => Some(*inner),
                _ => without(base, "nil", source),
            },
            (Some(base), Change::Remove(of)) => without(base, &of.text(source), source),
        }
    })
}

/// A type without one of those that it may be; none if nothing is left.
fn without(of: TypeExpr, removed: &str, source: &[u8]) -> Option<TypeExpr> {
    let range = TextRange::at(of.range.start);
    match of.kind {
        TypeKind::Union(mut all) => {
            all.retain(|it| it.text(source) != removed);
            match all.len() {
                0 => None,
                1 => all.pop(),
                _ => Some(TypeExpr { range, kind: TypeKind::Union(all) }),
            }
        }
        kind => Some(TypeExpr { kind, ..of }).filter(|of| of.text(source) != removed),
    }
}

impl Attacher<'_> {
    /// Notes the names of tags and types.
    fn names(&mut self) {
        let Annotations { blocks, names, fields, .. } = &mut self.out;
        for tag in blocks.iter().flat_map(|block| &block.tags) {
            if !tag.name.is_empty() {
                names.push((tag.name, NameKind::Tag));
            }
            match &tag.kind {
                TagKind::Class { name, .. } | TagKind::Alias { name, .. } if !name.is_empty() => {
                    names.push((*name, NameKind::Declaration));
                }
                TagKind::See { name, .. } if !name.is_empty() => names.push((*name, NameKind::Reference)),
                _ => {}
            }
            for value in tag.types() {
                value.walk(&mut |it| match &it.kind {
                    TypeKind::Name(name, _) => names.push((*name, NameKind::Type)),
                    TypeKind::Table(all) => {
                        for field in all {
                            let FieldKey::Name(name) = field.key else { continue };
                            names.push((name, NameKind::Field));
                            fields.insert(name.start, (field.value.clone(), TextRange::at(field.value.range.end)));
                        }
                    }
                    _ => {}
                });
            }
        }
    }

    /// Adds the members on lines of their own to the types above them; those of aliases are gathered with these.
    fn members(&mut self) {
        for block in &mut self.out.blocks {
            for at in 1..block.tags.len() {
                let (above, rest) = block.tags.split_at_mut(at);
                let TagKind::Member(member, _) = &rest[0].kind else { continue };
                if let Some(tag) = above.iter_mut().rfind(|tag| !tag.is_member()) {
                    tag.add_member(member.clone());
                }
            }
        }
    }

    /// Gathers classes and aliases with the additions of the tags after theirs.
    fn declarations(&mut self) {
        let Annotations { blocks, classes, aliases, names, fields, .. } = &mut self.out;
        for block in blocks.iter() {
            let (first_class, first_alias) = (classes.len(), aliases.len());
            let mut is_alias = false;
            for tag in &block.tags {
                is_alias = matches!(tag.kind, TagKind::Alias { .. }) || is_alias && tag.is_member();
                match &tag.kind {
                    TagKind::Class { name, parents, text } => classes.push(Class {
                        name: *name,
                        parents: parents.clone(),
                        fields: Vec::new(),
                        text: *text,
                        local: None,
                        value: None,
                    }),
                    TagKind::Field(field, text) if classes.len() > first_class => {
                        let at = classes.len() - 1;
                        if let FieldKey::Name(name) = field.key {
                            names.push((name, NameKind::Field));
                            fields.insert(name.start, (field.value.clone(), *text));
                        }
                        classes[at].fields.push((field.clone(), *text));
                    }
                    TagKind::Alias { name, value, text } => {
                        let members = if value.kind == TypeKind::Missing {
                            Vec::new()
                        } else {
                            vec![(value.clone(), TextRange::at(value.range.end))]
                        };
                        aliases.push(Alias { name: *name, members, values: Vec::new(), text: *text });
                    }
                    TagKind::Member(value, text) if aliases.len() > first_alias && is_alias => {
                        let at = aliases.len() - 1;
                        aliases[at].members.push((value.clone(), *text));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Gives variables the types of `@cast`.
    fn casts(&mut self) {
        let (tree, scopes, source) = (&self.file.parse.tree, &self.file.scopes, &self.file.source);
        for at in 0..self.out.blocks.len() {
            let block = &self.out.blocks[at];
            let start = if block.is_behind { block.range.end } else { block.target };
            let casts: Vec<(TextRange, Vec<Change>)> = block
                .tags
                .iter()
                .filter_map(|tag| match &tag.kind {
                    TagKind::Cast { name, changes } if !name.is_empty() => Some((*name, changes.clone())),
                    _ => None,
                })
                .collect();
            for (name, changes) in casts {
                let is_it = |local: &crate::Local| {
                    let range = local.name.range;
                    let is_visible = local.scope.start <= start && start <= local.scope.end;
                    is_visible && range.end <= start && range.slice(source) == name.slice(source)
                };
                let local = scopes.locals().filter(|(_, local)| is_it(local)).map(|(id, _)| id).last();
                self.out.names.push((name, NameKind::Variable(local)));
                let Some(local) = local else { continue };
                let blocks = tree.blocks().map(|(_, block)| block.range);
                let around = blocks.filter(|range| range.start <= start && start <= range.end);
                let end = around.min_by_key(|range| range.len()).map_or(start, |range| range.end);
                let writes = scopes[local].writes.iter().map(|write| tree[write.target].range.start);
                let end = writes.filter(|&write| write >= start).fold(end, u32::min);
                let base = self.out.local_at(local, start).cloned();
                if let Some(of) = changed(base, changes, source) {
                    self.out.casts.push(Cast { local, range: TextRange::new(start, end.max(start)), of });
                }
            }
        }
    }

    fn local_at(&self, start: u32) -> Option<LocalId> {
        self.locals.get(&start).copied()
    }

    fn statement(&mut self, at: usize, stmt: &Stmt) {
        let tree = &self.file.parse.tree;
        match &stmt.kind {
            StmtKind::Local { names, .. } => {
                let locals: Vec<Option<LocalId>> = names.iter().map(|name| self.local_at(name.range.start)).collect();
                self.give_types(at, |out, nth, value| {
                    if let Some(&Some(local)) = locals.get(nth) {
                        out.locals.insert(local, value);
                    }
                });
                self.give_class(at, locals.first().copied().flatten(), None);
                self.enumerate(at, stmt);
            }
            StmtKind::Assign { targets, values } => {
                self.give_types(at, |out, nth, of| {
                    if let Some(&value) = values.get(nth) {
                        out.exprs.insert(value, of);
                    }
                });
                let local = targets.first().and_then(|&target| self.file.scopes.local_of(target));
                self.give_class(at, local, values.first().copied().filter(|_| local.is_none()));
                self.enumerate(at, stmt);
            }
            StmtKind::GenericFor { names, .. } => {
                let variables = names.iter().filter_map(|name| self.local_at(name.range.start)).collect::<Vec<_>>();
                self.give_params(at, &variables);
                self.give_types(at, |out, nth, value| {
                    if let Some(&local) = variables.get(nth) {
                        out.locals.insert(local, value);
                    }
                });
                return;
            }
            _ => {}
        }
        if self.out.blocks[at].is_behind {
            return;
        }
        let function = function_of(stmt, |range| {
            let first = self.functions.partition_point(|&(start, _)| start < range.start);
            let found = self.functions.get(first).map(|&(_, id)| id);
            found.filter(|&id| tree[id].range.end <= range.end)
        });
        if let Some(function) = function {
            self.give_function(at, function);
        }
    }

    fn field(&mut self, at: usize, value: ExprId) {
        self.give_types(at, |out, nth, of| {
            if nth == 0 {
                out.exprs.insert(value, of);
            }
        });
        self.give_class(at, None, Some(value));
        if let ExprKind::Function(function) = self.file.parse.tree[value].kind {
            self.give_function(at, function);
        }
    }

    fn cast(&mut self, at: usize, expr: ExprId) {
        if let [tag] = &self.out.blocks[at].tags[..]
            && let TagKind::As(value) = &tag.kind
        {
            self.out.exprs.insert(expr, value.clone());
        }
    }

    /// Gives the types of `@type` to the variables of a statement in order.
    fn give_types(&mut self, at: usize, give: impl Fn(&mut Annotations, usize, TypeExpr)) {
        let tags = self.out.blocks[at].tags.iter();
        let types: Vec<Vec<TypeExpr>> = tags
            .filter_map(|tag| match &tag.kind {
                TagKind::Type(types, _) => Some(types.clone()),
                _ => None,
            })
            .collect();
        for (nth, value) in types.into_iter().flatten().enumerate() {
            if value.kind != TypeKind::Missing {
                give(&mut self.out, nth, value);
            }
        }
    }

    fn give_class(&mut self, at: usize, local: Option<LocalId>, value: Option<ExprId>) {
        let Block { range, ref tags, .. } = self.out.blocks[at];
        if !tags.iter().any(|tag| matches!(tag.kind, TagKind::Class { .. })) {
            return;
        }
        // Of several classes above a variable it holds the last.
        let class = self.out.classes.iter_mut().rfind(|class| range.contains_range(class.name));
        if let Some(class) = class {
            (class.local, class.value) = (local, value);
        }
    }

    /// Gives the enumeration above a table the values of its fields.
    fn enumerate(&mut self, at: usize, stmt: &Stmt) {
        let tree = &self.file.parse.tree;
        let range = self.out.blocks[at].range;
        let is_enum = self.out.blocks[at].tags.iter().any(|tag| tag.name.slice(&self.file.source) == b"enum");
        let (holder, values) = match &stmt.kind {
            StmtKind::Local { names, values } => (names.first().map(|name| name.range), values),
            StmtKind::Assign { targets, values } => (targets.first().map(|&target| tree[target].range), values),
            _ => return,
        };
        let Some(ExprKind::Table(fields)) = values.first().filter(|_| is_enum).map(|&value| &tree[value].kind) else {
            return;
        };
        let values = fields.iter().map(|field| &tree[field.value()]);
        let members = values
            .filter(|value| matches!(value.kind, ExprKind::String | ExprKind::Number(_)))
            .map(|value| (TypeExpr { range: value.range, kind: TypeKind::Literal }, TextRange::at(value.range.end)));
        if let Some(alias) = self.out.aliases.iter_mut().rfind(|alias| range.contains_range(alias.name)) {
            alias.members.extend(members);
            let names = fields.iter().filter_map(|field| match field {
                TableField::Named { name, .. } => Some((holder?, name.range)),
                _ => None,
            });
            alias.values.extend(names);
        }
    }

    fn give_function(&mut self, at: usize, function: FunctionId) {
        let is_about_it = |tag: &Tag| {
            !matches!(tag.kind, TagKind::Class { .. } | TagKind::Alias { .. } | TagKind::As(_) | TagKind::Cast { .. })
        };
        if !self.out.blocks[at].tags.iter().any(is_about_it) {
            return;
        }
        if self.out.functions.insert(function, at) == Some(at) {
            return;
        }
        let params = self.file.scopes.params(function).to_vec();
        self.give_params(at, &params);
    }

    /// Gives the types of `@param` to parameters by their names.
    fn give_params(&mut self, at: usize, params: &[LocalId]) {
        let source = &self.file.source;
        let tags = &self.out.blocks[at].tags;
        for tag in tags {
            let TagKind::Param { name, value, .. } = &tag.kind else { continue };
            if name.is_empty() {
                continue;
            }
            let is_it = |id: &LocalId| {
                let range = self.file.scopes[*id].name.range;
                !range.is_empty() && range.slice(source) == name.slice(source)
            };
            let local = params.iter().copied().find(is_it);
            self.out.names.push((*name, NameKind::Variable(local)));
            if let Some(local) = local
                && value.kind != TypeKind::Missing
            {
                self.out.locals.insert(local, value.clone());
            }
        }
    }
}
