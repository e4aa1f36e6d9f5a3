//! Name resolution: locals with their reads and writes, and the names that are global.

use syntax::{BlockId, ExprId, ExprKind, FunctionId, Name, StmtId, StmtKind, TableField, Tree};
use text::TextRange;

/// A local variable, parameter or loop variable of a [`Scopes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LocalId(pub u32);

/// Kind of declaration of a local.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalKind {
    /// `local x`
    Variable,
    /// `local function x`
    Function,
    /// A parameter; counts from 0.
    Parameter(u32),
    /// `self` of a method, or the table `arg` that Lua 5.1 gives to vararg functions.
    Implicit,
    /// The variable of a numeric `for`.
    Counter,
    /// A variable of a generic `for`; counts from 0.
    Iterated(u32),
}

/// Origin of a local's first value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Init {
    /// `local x`: nil.
    Nothing,
    /// The value of an expression.
    Expr(ExprId),
    /// One of the several values of a call or `...`; counts from 0.
    Nth(ExprId, u32),
    /// A function.
    Function(FunctionId),
    /// From outside: a parameter or a loop.
    Outside,
}

impl Init {
    /// The value of an expression, which may be a function.
    pub(crate) fn of(tree: &Tree, expr: ExprId) -> Self {
        match tree[expr].kind {
            ExprKind::Function(function) => Self::Function(function),
            _ => Self::Expr(expr),
        }
    }
}

/// One local.
#[derive(Clone, Debug)]
pub struct Local {
    /// Name in its declaration. Implicit locals have an empty range.
    pub name: Name,
    /// Kind of declaration.
    pub kind: LocalKind,
    /// Its first value.
    pub init: Init,
    /// The function it belongs to.
    pub function: FunctionId,
    /// The statement that declares it; none for parameters.
    pub stmt: Option<StmtId>,
    /// Range in which the name is visible.
    pub scope: TextRange,
    /// An earlier local of the same name that it hides.
    pub shadows: Option<LocalId>,
    /// The name expressions that read it.
    pub reads: Vec<ExprId>,
    /// The assignments to it after its declaration.
    pub writes: Vec<Write>,
}

/// An assignment to a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Write {
    /// The name expression on the left.
    pub target: ExprId,
    /// Assigned value, with its position if it is one of several.
    pub value: Init,
    /// The statement.
    pub stmt: StmtId,
}

/// A use of a global name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GlobalUse {
    /// The name expression.
    pub expr: ExprId,
    /// The name.
    pub name: Name,
    /// The function around it.
    pub function: FunctionId,
    /// The assignment, if it is written.
    pub write: Option<Write>,
}

const NOT_A_NAME: u32 = u32::MAX;
const GLOBAL: u32 = u32::MAX - 1;

/// Every name of a chunk, resolved.
#[derive(Debug, Default)]
pub struct Scopes {
    locals: Vec<Local>,
    /// For each expression: a local, [`GLOBAL`] or [`NOT_A_NAME`].
    resolution: Vec<u32>,
    /// For each expression, the function around it.
    owner: Vec<FunctionId>,
    /// The innermost statement of each expression.
    stmt: Vec<StmtId>,
    globals: Vec<GlobalUse>,
    /// For each function its parameters as locals.
    params: Vec<Vec<LocalId>>,
    /// For each function, the function around it.
    parents: Vec<FunctionId>,
    /// For each block, the statement it belongs to.
    block_stmt: Vec<Option<StmtId>>,
    /// For each statement the block that holds it.
    stmt_block: Vec<BlockId>,
    /// For each function, the local it is the value of.
    named: Vec<Option<LocalId>>,
    /// The locals declared directly in the chunk's block, in order.
    top_level: Vec<LocalId>,
}

impl Scopes {
    /// Resolves the names of `tree`.
    pub fn new(tree: &Tree, source: &[u8]) -> Self {
        let functions = tree.functions().len();
        let mut resolver = Resolver {
            tree,
            source,
            visible: Vec::new(),
            by_name: rustc_hash::FxHashMap::default(),
            function: Tree::CHUNK,
            stmt: StmtId(0),
            out: Scopes {
                resolution: vec![NOT_A_NAME; tree.exprs().len()],
                owner: vec![Tree::CHUNK; tree.exprs().len()],
                stmt: vec![StmtId(0); tree.exprs().len()],
                params: vec![Vec::new(); functions],
                parents: vec![Tree::CHUNK; functions],
                named: vec![None; functions],
                block_stmt: vec![None; tree.blocks().len()],
                stmt_block: vec![BlockId(0); tree.stmts().len()],
                ..Scopes::default()
            },
        };
        resolver.block(tree.root());
        resolver.out.globals.sort_by_key(|global| global.name.range.start);
        resolver.out
    }

    /// All locals, in the order of their declaration.
    pub fn locals(&self) -> impl ExactSizeIterator<Item = (LocalId, &Local)> {
        self.locals.iter().enumerate().map(|(at, local)| (LocalId(at as u32), local))
    }

    /// The locals that the chunk itself declares outside of any block, in order.
    pub fn top_level(&self) -> &[LocalId] {
        &self.top_level
    }

    /// The local that a name expression means.
    pub fn local_of(&self, expr: ExprId) -> Option<LocalId> {
        self.resolution.get(expr.index()).copied().filter(|&at| at < GLOBAL).map(LocalId)
    }

    /// True if the expression is a name that no local has.
    pub fn is_global(&self, expr: ExprId) -> bool {
        self.resolution.get(expr.index()) == Some(&GLOBAL)
    }

    /// Every use of a global, in source order.
    pub fn globals(&self) -> &[GlobalUse] {
        &self.globals
    }

    /// The function around an expression.
    pub fn function_of(&self, expr: ExprId) -> FunctionId {
        self.owner[expr.index()]
    }

    /// The innermost statement around an expression.
    pub fn stmt_of(&self, expr: ExprId) -> StmtId {
        self.stmt[expr.index()]
    }

    /// The block that holds a statement.
    pub fn block_of(&self, stmt: StmtId) -> BlockId {
        self.stmt_block[stmt.index()]
    }

    /// The statement a block belongs to; none for the bodies of functions and the chunk.
    pub fn stmt_of_block(&self, block: BlockId) -> Option<StmtId> {
        self.block_stmt[block.index()]
    }

    /// The parameters of a function.
    pub fn params(&self, function: FunctionId) -> &[LocalId] {
        &self.params[function.index()]
    }

    /// The function around a function; the chunk is its own.
    pub fn parent(&self, function: FunctionId) -> FunctionId {
        self.parents[function.index()]
    }

    /// The local whose first value the function is.
    pub fn name_of(&self, function: FunctionId) -> Option<LocalId> {
        self.named[function.index()]
    }

    /// The first value of a local that is never assigned again.
    pub fn fixed(&self, local: LocalId) -> Option<Init> {
        let local = &self[local];
        (local.writes.is_empty()).then_some(local.init)
    }

    /// The innermost loop of its function around `stmt`.
    pub fn loop_around(&self, tree: &Tree, stmt: StmtId) -> Option<StmtId> {
        let mut at = self.block_of(stmt);
        loop {
            let outer = self.stmt_of_block(at)?;
            if matches!(
                tree[outer].kind,
                StmtKind::While { .. }
                    | StmtKind::Repeat { .. }
                    | StmtKind::NumericFor(_)
                    | StmtKind::GenericFor { .. }
            ) {
                return Some(outer);
            }
            at = self.block_of(outer);
        }
    }
}

impl std::ops::Index<LocalId> for Scopes {
    type Output = Local;

    fn index(&self, id: LocalId) -> &Local {
        &self.locals[id.0 as usize]
    }
}

struct Resolver<'a> {
    tree: &'a Tree,
    source: &'a [u8],
    /// The locals in scope, with the earlier meaning of their name.
    visible: Vec<(&'a [u8], LocalId, Option<LocalId>)>,
    by_name: rustc_hash::FxHashMap<&'a [u8], LocalId>,
    function: FunctionId,
    stmt: StmtId,
    out: Scopes,
}

impl<'a> Resolver<'a> {
    fn declare(&mut self, name: Name, kind: LocalKind, init: Init, stmt: Option<StmtId>) -> LocalId {
        let text = name.text(self.source);
        self.declare_as(text, name, kind, init, stmt)
    }

    fn declare_as(&mut self, text: &'a [u8], name: Name, kind: LocalKind, init: Init, stmt: Option<StmtId>) -> LocalId {
        let id = LocalId(self.out.locals.len() as u32);
        let shadows = if text.is_empty() { None } else { self.by_name.insert(text, id) };
        self.visible.push((text, id, shadows));
        self.out.locals.push(Local {
            name,
            kind,
            init,
            function: self.function,
            stmt,
            scope: TextRange::new(name.range.end, name.range.end),
            shadows,
            reads: Vec::new(),
            writes: Vec::new(),
        });
        id
    }

    /// Ends the scope of the visible locals from index `depth` on.
    fn leave(&mut self, depth: usize, end: u32) {
        for (text, id, before) in self.visible.drain(depth..).rev() {
            let local = &mut self.out.locals[id.0 as usize];
            local.scope = TextRange::new(local.scope.start, end);
            match before {
                Some(before) => self.by_name.insert(text, before),
                None => self.by_name.remove(text),
            };
        }
    }

    fn block(&mut self, block: BlockId) {
        let depth = self.visible.len();
        self.statements(block);
        let end = self.block_end(block);
        self.leave(depth, end);
    }

    fn block_end(&self, block: BlockId) -> u32 {
        if block == self.tree.root() { self.source.len() as u32 } else { self.tree[block].range.end }
    }

    fn statements(&mut self, block: BlockId) {
        let tree = self.tree;
        let outer = self.stmt;
        for &stmt in &tree[block].stmts {
            self.out.stmt_block[stmt.index()] = block;
            self.stmt = stmt;
            let first = self.out.locals.len();
            self.statement(stmt);
            if block == tree.root() {
                let declared = (first..self.out.locals.len()).map(|at| LocalId(at as u32));
                let direct = declared.filter(|id| {
                    let local = &self.out.locals[id.0 as usize];
                    local.stmt == Some(stmt) && matches!(local.kind, LocalKind::Variable | LocalKind::Function)
                });
                self.out.top_level.extend(direct.collect::<Vec<_>>());
            }
        }
        self.stmt = outer;
    }

    fn inner(&mut self, block: BlockId, stmt: StmtId) {
        self.out.block_stmt[block.index()] = Some(stmt);
        self.block(block);
    }

    fn statement(&mut self, id: StmtId) {
        let tree = self.tree;
        match &tree[id].kind {
            StmtKind::Local { names, values } => {
                self.exprs(values);
                for (at, name) in names.iter().enumerate() {
                    let init = nth_value(tree, values, at);
                    let local = self.declare(*name, LocalKind::Variable, init, Some(id));
                    if let Init::Function(function) = init {
                        self.out.named[function.index()] = Some(local);
                    }
                }
            }
            StmtKind::Assign { targets, values } => {
                self.exprs(values);
                for (at, target) in targets.iter().enumerate() {
                    let value = nth_value(tree, values, at);
                    self.assign(*target, value, id);
                }
            }
            StmtKind::Call(call) => self.expr(*call),
            StmtKind::Do(body) => self.inner(*body, id),
            StmtKind::While { cond, body } => {
                self.expr(*cond);
                self.inner(*body, id);
            }
            StmtKind::Repeat { body, cond } => {
                self.out.block_stmt[body.index()] = Some(id);
                let depth = self.visible.len();
                self.statements(*body);
                self.stmt = id;
                self.expr(*cond);
                self.leave(depth, tree[id].range.end);
            }
            StmtKind::If(stmt) => {
                for (cond, block) in &stmt.arms {
                    self.stmt = id;
                    self.expr(*cond);
                    self.inner(*block, id);
                }
                if let Some(block) = stmt.otherwise {
                    self.inner(block, id);
                }
            }
            StmtKind::NumericFor(stmt) => {
                self.expr(stmt.start);
                self.expr(stmt.end);
                if let Some(step) = stmt.step {
                    self.expr(step);
                }
                let depth = self.visible.len();
                self.declare(stmt.name, LocalKind::Counter, Init::Outside, Some(id));
                self.inner(stmt.body, id);
                self.leave(depth, tree[id].range.end);
            }
            StmtKind::GenericFor { names, values, body } => {
                self.exprs(values);
                let depth = self.visible.len();
                for (at, name) in names.iter().enumerate() {
                    self.declare(*name, LocalKind::Iterated(at as u32), Init::Outside, Some(id));
                }
                self.inner(*body, id);
                self.leave(depth, tree[id].range.end);
            }
            StmtKind::Function { target, function } => {
                self.assign(*target, Init::Function(*function), id);
                self.function(*function);
            }
            StmtKind::LocalFunction { name, function } => {
                let local = self.declare(*name, LocalKind::Function, Init::Function(*function), Some(id));
                self.out.named[function.index()] = Some(local);
                self.function(*function);
            }
            StmtKind::Return(values) => self.exprs(values),
            StmtKind::Break => {}
        }
    }

    fn assign(&mut self, target: ExprId, value: Init, stmt: StmtId) {
        let ExprKind::Name(name) = self.tree[target].kind else {
            self.expr(target);
            return;
        };
        self.place(target);
        let write = Write { target, value, stmt };
        match self.by_name.get(name.text(self.source)) {
            Some(&local) => {
                self.out.resolution[target.index()] = local.0;
                self.out.locals[local.0 as usize].writes.push(write);
            }
            None => {
                self.out.resolution[target.index()] = GLOBAL;
                self.out.globals.push(GlobalUse { expr: target, name, function: self.function, write: Some(write) });
            }
        }
    }

    fn place(&mut self, expr: ExprId) {
        self.out.owner[expr.index()] = self.function;
        self.out.stmt[expr.index()] = self.stmt;
    }

    fn exprs(&mut self, exprs: &[ExprId]) {
        for &expr in exprs {
            self.expr(expr);
        }
    }

    /// Resolves the names of an expression. A work list replaces recursion, because chains of
    /// operators, fields and calls are as deep as they are long.
    fn expr(&mut self, expr: ExprId) {
        let tree = self.tree;
        let mut left = vec![expr];
        while let Some(expr) = left.pop() {
            self.place(expr);
            match &tree[expr].kind {
                ExprKind::Name(name) => self.read(expr, *name),
                ExprKind::Function(function) => self.function(*function),
                ExprKind::Index { base, key } => left.extend([*key, *base]),
                ExprKind::Field { base, .. } => left.push(*base),
                ExprKind::Call(call) => {
                    left.extend(call.args.iter().rev());
                    left.push(call.callee);
                }
                ExprKind::MethodCall(call) => {
                    left.extend(call.args.iter().rev());
                    left.push(call.base);
                }
                ExprKind::Binary { lhs, rhs, .. } => left.extend([*rhs, *lhs]),
                ExprKind::Unary { operand, .. } | ExprKind::Paren(operand) => left.push(*operand),
                ExprKind::Table(fields) => {
                    for field in fields.iter().rev() {
                        if let TableField::Keyed { key, .. } = field {
                            left.push(*key);
                        }
                        left.push(field.value());
                    }
                }
                _ => {}
            }
        }
    }

    fn read(&mut self, expr: ExprId, name: Name) {
        match self.by_name.get(name.text(self.source)) {
            Some(&local) => {
                self.out.resolution[expr.index()] = local.0;
                self.out.locals[local.0 as usize].reads.push(expr);
            }
            None => {
                self.out.resolution[expr.index()] = GLOBAL;
                self.out.globals.push(GlobalUse { expr, name, function: self.function, write: None });
            }
        }
    }

    fn function(&mut self, id: FunctionId) {
        let tree = self.tree;
        let function = &tree[id];
        let (outer, outer_stmt) = (self.function, self.stmt);
        self.out.parents[id.index()] = outer;
        self.function = id;
        let depth = self.visible.len();
        if function.method {
            let name = Name { range: TextRange::at(function.range.start) };
            let local = self.declare_as(b"self", name, LocalKind::Implicit, Init::Outside, None);
            self.out.params[id.index()].push(local);
        }
        for (at, name) in function.params.iter().enumerate() {
            let local = self.declare(*name, LocalKind::Parameter(at as u32), Init::Outside, None);
            self.out.params[id.index()].push(local);
        }
        if function.vararg {
            // Built with LUA_COMPAT_VARARG, as Redis is, Lua 5.1 gives vararg functions a table `arg`.
            let name = Name { range: TextRange::at(function.range.start) };
            self.declare_as(b"arg", name, LocalKind::Implicit, Init::Outside, None);
        }
        self.block(function.body);
        self.leave(depth, function.range.end);
        (self.function, self.stmt) = (outer, outer_stmt);
    }
}

/// The value that the `at`-th of several names or targets gets from `values`.
pub(crate) fn nth_value(tree: &Tree, values: &[ExprId], at: usize) -> Init {
    match (values.get(at), values.last()) {
        (Some(&expr), _) if at + 1 < values.len() || !tree.is_multi(expr) => Init::of(tree, expr),
        (Some(&expr), _) => Init::Nth(expr, 0),
        (None, Some(&last)) if tree.is_multi(last) => Init::Nth(last, (at + 1 - values.len()) as u32),
        _ => Init::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(source: &str) -> (syntax::Parse, Scopes) {
        let parse = syntax::parse(source.as_bytes());
        let scopes = Scopes::new(&parse.tree, source.as_bytes());
        (parse, scopes)
    }

    #[test]
    fn names_mean_the_innermost_declaration_above_them() {
        let source = "local x = x\ndo local x = 1; y = x end\nlocal function f(a) return f(a), x end";
        let (_, scopes) = resolve(source);
        let globals: Vec<_> = scopes
            .globals()
            .iter()
            .map(|global| (global.name.as_str(source.as_bytes()), global.write.is_some()))
            .collect();
        assert_eq!(globals, [("x", false), ("y", true)]);
        let reads: Vec<_> = scopes.locals().map(|(_, local)| local.reads.len()).collect();
        assert_eq!(reads, [1, 1, 1, 1]);
        assert_eq!(scopes.top_level().len(), 2);
    }

    #[test]
    fn the_condition_of_repeat_sees_the_body() {
        let (_, scopes) = resolve("repeat local done = f() until done");
        assert_eq!(scopes.globals().len(), 1);
    }

    #[test]
    fn arg_is_a_local_of_vararg_functions_only() {
        let (_, scopes) = resolve("local function f(...) return #arg end return f(arg)");
        assert_eq!(scopes.globals().len(), 1);
    }

    #[test]
    fn long_chains_do_not_overflow() {
        resolve(&format!("return a{}", ".b".repeat(100_000)));
        resolve(&format!("return 1{}", "+1".repeat(4_000)));
    }
}
