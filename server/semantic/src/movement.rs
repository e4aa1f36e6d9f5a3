//! Order of evaluation: whether an expression may be evaluated elsewhere, by its effects on the rest of the script and
//! the effects of the rest on it. Code that moves expressions asks here, so that the script does the same afterwards.

use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, StmtId, StmtKind, TableField, UnaryOp};
use text::TextRange;

use crate::{ApiPath, LocalId, Script, flow::Kinds};

/// The effects of computing an expression, and its dependence on others.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Effects {
    /// True if it may raise an error.
    raises: bool,
    /// True if it may change what others see: it calls something that is not known to change nothing.
    acts: bool,
    /// True if code that acts may change its value: it reads a table, a global, or a local that a function assigns.
    rests: bool,
}

impl Effects {
    const NONE: Self = Self { raises: false, acts: false, rests: false };
    const RAISES: Self = Self { raises: true, acts: false, rests: false };
    const READS: Self = Self { raises: true, acts: false, rests: true };
    const ALL: Self = Self { raises: true, acts: true, rests: true };

    fn and(self, other: Self) -> Self {
        Self { raises: self.raises || other.raises, acts: self.acts || other.acts, rests: self.rests || other.rests }
    }

    /// Returns true if two may be computed in either order. Of two errors the first is the script's.
    fn commutes(self, other: Self) -> bool {
        let over = |a: Self, b: Self| a.acts && (b.acts || b.raises || b.rests);
        !(over(self, other) || over(other, self) || self.raises && other.raises)
    }
}

impl Script {
    /// Returns true if `expr` may be computed before its statement instead of at its place: it is computed once whenever the
    /// statement is, gives one value there, and nothing that is computed before it is affected.
    pub fn may_be_computed_first(&self, expr: ExprId) -> bool {
        if self.is_statement(expr) || self.is_written(expr) || !self.is_computed_once(expr) || self.gives_many(expr) {
            return false;
        }
        // An operator reads a local when it computes, after both its operands: `n + f()` sees what `f` makes of `n`.
        if self.scopes.local_of(self.tree().unparen(expr)).is_some() && self.effects(expr).rests {
            return false;
        }
        let own = self.effects(expr);
        self.computed_before(expr).into_iter().all(|earlier| own.commutes(self.effects(earlier)))
    }

    /// Returns true if the value that a local is declared with may replace each read of the local.
    pub fn may_stand_for(&self, value: ExprId, local: LocalId) -> bool {
        let it = &self.scopes[local];
        let Some(declared) = it.stmt else { return false };
        let own = self.effects(value);
        let function = it.function;
        let parts = self.parts_of(value);
        // A call may give something else next time, and a table or a function is another one each time.
        let is_fresh = |part: &ExprId| {
            matches!(
                self.tree()[*part].kind,
                ExprKind::Call(_)
                    | ExprKind::MethodCall(_)
                    | ExprKind::Function(_)
                    | ExprKind::Table(_)
                    | ExprKind::Vararg
                    | ExprKind::Missing
            )
        };
        if parts.iter().any(is_fresh) || own.acts {
            return false;
        }
        let kept = it.reads.iter().all(|&read| {
            let same_names = parts.iter().all(|&part| self.means_the_same(part, read, declared, function));
            same_names && (!own.rests || self.nothing_changes(declared, read, function))
        });
        kept && (!own.raises || self.raises_as_early(declared, &it.reads, function))
    }

    /// Returns true if a name in a local's value means the same, and has the same value, where the local is read.
    fn means_the_same(&self, part: ExprId, read: ExprId, declared: StmtId, function: FunctionId) -> bool {
        let ExprKind::Name(name) = &self.tree()[part].kind else { return true };
        let at = self.tree()[read].range.start;
        let text = name.text(&self.source);
        let visible = self
            .scopes
            .locals()
            .filter(|(_, local)| local.scope.start <= at && at < local.scope.end && local.name.range.start < at)
            .filter(|(_, local)| local.name.text(&self.source) == text)
            .max_by_key(|(_, local)| local.name.range.start)
            .map(|(id, _)| id);
        if visible != self.scopes.local_of(part) {
            return false;
        }
        let Some(id) = visible else { return true };
        let begin = self.tree()[declared].range.start;
        self.scopes[id].writes.is_empty()
            || self.scopes.function_of(read) == function
                && self.scopes[id].writes.iter().all(|write| {
                    self.scopes.function_of(write.target) == function && self.tree()[write.target].range.start < begin
                })
    }

    /// Returns true if nothing between a declaration and a read of its local changes tables or globals.
    fn nothing_changes(&self, declared: StmtId, read: ExprId, function: FunctionId) -> bool {
        let tree = self.tree();
        if self.scopes.function_of(read) != function {
            return false;
        }
        let from = tree[declared].range.end;
        let mut end = tree[read].range.start;
        // In a loop, what stands behind the read comes before the next one.
        let mut at = self.scopes.stmt_of(read);
        while let Some(around) = self.scopes.loop_around(tree, at) {
            if tree[around].range.start < from {
                break;
            }
            end = tree[around].range.end;
            at = around;
        }
        let between = |range: TextRange| from <= range.start && range.end <= end;
        let acts = tree.exprs().any(|(id, expr)| {
            between(expr.range) && self.scopes.function_of(id) == function && self.own_effects(id).acts
        });
        let assigns = tree
            .exprs()
            .any(|(id, expr)| between(expr.range) && self.scopes.local_of(id).is_none() && self.is_written(id));
        !acts && !assigns
    }

    /// Returns true if the first read of a local comes as surely as its declaration, with nothing between them that acts or raises.
    fn raises_as_early(&self, declared: StmtId, reads: &[ExprId], function: FunctionId) -> bool {
        let tree = self.tree();
        let Some(&first) = reads.iter().min_by_key(|&&read| tree[read].range.start) else { return false };
        let stmt = self.scopes.stmt_of(first);
        if self.scopes.function_of(first) != function
            || self.scopes.block_of(stmt) != self.scopes.block_of(declared)
            || !self.is_computed_once(first)
        {
            return false;
        }
        let (from, end) = (tree[declared].range.end, tree[first].range.start);
        let between = |range: TextRange| from <= range.start && range.end <= end;
        let before = self.computed_before(first);
        let quiet = |id: ExprId| {
            let effects = self.own_effects(id);
            !effects.acts && !effects.raises
        };
        tree.exprs().all(|(id, expr)| !between(expr.range) || quiet(id))
            && before.into_iter().all(|id| self.parts_of(id).into_iter().all(quiet))
            && tree.stmts().all(|(_, stmt)| {
                !between(stmt.range) || matches!(stmt.kind, StmtKind::Local { .. } | StmtKind::LocalFunction { .. })
            })
    }

    /// Returns true if an expression is computed exactly once whenever its statement is.
    fn is_computed_once(&self, expr: ExprId) -> bool {
        let tree = self.tree();
        let mut at = expr;
        while let Some(parent) = self.parent(at) {
            if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, rhs, .. } = &tree[parent].kind
                && *rhs == at
            {
                return false;
            }
            at = parent;
        }
        match &tree[self.scopes.stmt_of(expr)].kind {
            StmtKind::While { .. } | StmtKind::Repeat { .. } => false,
            StmtKind::If(it) => it.arms.first().is_some_and(|(cond, _)| *cond == at),
            StmtKind::Function { .. } | StmtKind::LocalFunction { .. } => false,
            _ => true,
        }
    }

    /// Returns true if an expression is the target of an assignment.
    fn is_written(&self, expr: ExprId) -> bool {
        self.parent(expr).is_none()
            && match &self.tree()[self.scopes.stmt_of(expr)].kind {
                StmtKind::Assign { targets, .. } => targets.contains(&expr),
                StmtKind::Function { target, .. } => *target == expr,
                _ => false,
            }
    }

    /// Returns true if an expression may give more or fewer values than one, and they count.
    fn gives_many(&self, expr: ExprId) -> bool {
        let tree = self.tree();
        let single = match &tree[expr].kind {
            ExprKind::Vararg | ExprKind::MethodCall(_) => false,
            ExprKind::Call(_) => self.called_api(expr).is_some_and(gives_one),
            _ => true,
        };
        if single {
            return false;
        }
        let is_last = |list: &[ExprId]| list.last() == Some(&expr);
        match self.parent(expr).map(|parent| &tree[parent].kind) {
            Some(ExprKind::Call(call)) => is_last(&call.args),
            Some(ExprKind::MethodCall(call)) => is_last(&call.args),
            Some(ExprKind::Table(fields)) => {
                matches!(fields.last(), Some(TableField::Item(value)) if *value == expr)
            }
            Some(_) => false,
            None => match &tree[self.scopes.stmt_of(expr)].kind {
                StmtKind::Local { names, values } => is_last(values) && names.len() > values.len(),
                StmtKind::Assign { targets, values } => is_last(values) && targets.len() > values.len(),
                StmtKind::Return(values) => is_last(values),
                StmtKind::GenericFor { values, .. } => is_last(values) && values.len() < 3,
                _ => false,
            },
        }
    }

    /// The expressions of a statement that are computed before one of them, whole.
    fn computed_before(&self, expr: ExprId) -> Vec<ExprId> {
        let tree = self.tree();
        let mut found = Vec::new();
        let mut at = expr;
        loop {
            let parent = self.parent(at);
            let siblings = match parent {
                Some(parent) => self.direct_parts(parent),
                None => match &tree[self.scopes.stmt_of(expr)].kind {
                    // Tables and keys of the targets come first, the names that are assigned do not count.
                    StmtKind::Assign { targets, values } => {
                        let written = targets.iter().flat_map(|&target| self.direct_parts(target));
                        written.chain(values.iter().copied()).collect()
                    }
                    StmtKind::Local { values, .. } | StmtKind::Return(values) | StmtKind::GenericFor { values, .. } => {
                        values.to_vec()
                    }
                    StmtKind::NumericFor(it) => [Some(it.start), Some(it.end), it.step].into_iter().flatten().collect(),
                    _ => Vec::new(),
                },
            };
            found.extend(siblings.into_iter().take_while(|&sibling| sibling != at));
            match parent {
                Some(parent) => at = parent,
                None => return found,
            }
        }
    }

    /// The parts of an expression in the order in which they are computed.
    fn direct_parts(&self, expr: ExprId) -> Vec<ExprId> {
        match &self.tree()[expr].kind {
            ExprKind::Index { base, key } => vec![*base, *key],
            ExprKind::Field { base, .. } => vec![*base],
            ExprKind::Call(call) => std::iter::once(call.callee).chain(call.args.iter().copied()).collect(),
            ExprKind::MethodCall(call) => std::iter::once(call.base).chain(call.args.iter().copied()).collect(),
            ExprKind::Binary { lhs, rhs, .. } => vec![*lhs, *rhs],
            ExprKind::Unary { operand, .. } => vec![*operand],
            ExprKind::Paren(inner) => vec![*inner],
            ExprKind::Table(fields) => fields
                .iter()
                .flat_map(|field| match *field {
                    TableField::Item(value) | TableField::Named { value, .. } => vec![value],
                    TableField::Keyed { key, value } => vec![key, value],
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// An expression with all its parts.
    fn parts_of(&self, expr: ExprId) -> Vec<ExprId> {
        let mut found = vec![expr];
        let mut next = 0;
        while next < found.len() {
            found.extend(self.direct_parts(found[next]));
            next += 1;
        }
        found
    }

    fn effects(&self, expr: ExprId) -> Effects {
        self.parts_of(expr).into_iter().fold(Effects::NONE, |sum, part| sum.and(self.own_effects(part)))
    }

    /// Returns the effects of the last step of an expression, its parts aside.
    fn own_effects(&self, expr: ExprId) -> Effects {
        match &self.tree()[expr].kind {
            ExprKind::Name(_) => self.effects_of_name(expr),
            ExprKind::Field { base, .. } | ExprKind::Index { base, .. } => {
                let is_library =
                    matches!(self.api(expr), Some(ApiPath::Member(table, _)) if self.is_library_table(table));
                if is_library || self.is_unchanged_table(*base) {
                    Effects::NONE
                } else if self.is_surely(*base, Kinds::TABLE) {
                    Effects { raises: false, ..Effects::READS }
                } else {
                    Effects::READS
                }
            }
            ExprKind::Call(call) => match self.api(call.callee) {
                Some(path) if !self.is_assigned_global(path) => self.effects_of_call(path, &call.args),
                _ => Effects::ALL,
            },
            ExprKind::MethodCall(call)
                if self.is_surely(call.base, Kinds::STRING) && call.name.text(&self.source) != b"gsub" =>
            {
                Effects::RAISES
            }
            ExprKind::MethodCall(_) => Effects::ALL,
            ExprKind::Binary { op, lhs, rhs, .. } => {
                let numbers = self.is_surely(*lhs, Kinds::NUMBER) && self.is_surely(*rhs, Kinds::NUMBER);
                let texts = |either: Kinds| self.is_surely(*lhs, either) && self.is_surely(*rhs, either);
                let safe = match op {
                    BinaryOp::And | BinaryOp::Or | BinaryOp::Eq | BinaryOp::Ne => true,
                    BinaryOp::Concat => texts(Kinds::NUMBER) || texts(Kinds::STRING),
                    op if op.is_order() => numbers || texts(Kinds::STRING),
                    _ => numbers,
                };
                if safe { Effects::NONE } else { Effects::RAISES }
            }
            ExprKind::Unary { op: UnaryOp::Not, .. } => Effects::NONE,
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => {
                if self.is_unchanged_table(*operand) || self.is_surely(*operand, Kinds::STRING) {
                    Effects::NONE
                } else {
                    Effects::READS
                }
            }
            ExprKind::Unary { operand, .. } if self.is_surely(*operand, Kinds::NUMBER) => Effects::NONE,
            ExprKind::Unary { .. } => Effects::RAISES,
            // A key may be nil.
            ExprKind::Table(fields) if fields.iter().any(|field| matches!(field, TableField::Keyed { .. })) => {
                Effects::RAISES
            }
            _ => Effects::NONE,
        }
    }

    fn effects_of_name(&self, expr: ExprId) -> Effects {
        if let Some(local) = self.scopes.local_of(expr) {
            let it = &self.scopes[local];
            let by_function = it.writes.iter().any(|write| self.scopes.function_of(write.target) != it.function);
            return Effects { rests: by_function, ..Effects::NONE };
        }
        match self.api(expr) {
            Some(path) if path.is_of_server() && !self.is_assigned_global(path) => Effects::NONE,
            // What no server has raises an error when it is read.
            _ => Effects::READS,
        }
    }

    fn effects_of_call(&self, path: ApiPath<'_>, args: &[ExprId]) -> Effects {
        use ApiPath::{Global, Member};
        match path {
            Global("type" | "tostring") if !args.is_empty() => Effects::NONE,
            Global("tonumber") if args.len() == 1 => Effects::NONE,
            Global("tonumber" | "select" | "assert" | "error") => Effects::RAISES,
            Global("unpack" | "next" | "pairs" | "ipairs" | "rawget" | "rawequal") => Effects::READS,
            // The replacement may be a function.
            Member("string", "gsub") if !args.get(2).is_some_and(|&arg| self.is_surely(arg, Kinds::STRING)) => {
                Effects::ALL
            }
            Member("math", "random" | "randomseed") => Effects::ALL,
            Member("string" | "math" | "bit" | "struct", _) => Effects::RAISES,
            Member("redis" | "server", "sha1hex" | "error_reply" | "status_reply") => Effects::RAISES,
            Member("cjson", "encode") | Member("cmsgpack", "pack") => Effects::READS,
            Member("cjson", "decode") | Member("cmsgpack", _) => Effects::RAISES,
            Member("table", "concat" | "getn" | "maxn") => Effects::READS,
            _ => Effects::ALL,
        }
    }

    /// Returns true if a value is surely of these kinds, by itself or by the flow of types.
    fn is_surely(&self, expr: ExprId, kinds: Kinds) -> bool {
        match &self.tree()[self.tree().unparen(expr)].kind {
            ExprKind::Number(_) => Kinds::NUMBER.is_only(kinds),
            ExprKind::String => Kinds::STRING.is_only(kinds),
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } if self.is_unchanged_table(*operand) => {
                Kinds::NUMBER.is_only(kinds)
            }
            ExprKind::Binary { op: BinaryOp::Concat, .. } => Kinds::STRING.is_only(kinds),
            ExprKind::Binary { op, .. } if op.is_arithmetic() => Kinds::NUMBER.is_only(kinds),
            _ => self.flow().of(expr).is_some_and(|it| it.is_known() && it.is(kinds)),
        }
    }

    fn is_library_table(&self, name: &str) -> bool {
        commands::api::TABLES.contains(&name) && !self.is_assigned_global(ApiPath::Global(name))
    }

    fn is_assigned_global(&self, path: ApiPath<'_>) -> bool {
        let (ApiPath::Global(name) | ApiPath::Member(name, _)) = path;
        self.scopes
            .globals()
            .iter()
            .any(|global| global.write.is_some() && global.name.text(&self.source) == name.as_bytes())
    }

    /// Returns true if an expression is KEYS or ARGV, and the script only reads its elements.
    fn is_unchanged_table(&self, expr: ExprId) -> bool {
        let tree = self.tree();
        let expr = tree.unparen(expr);
        let ExprKind::Name(name) = &tree[expr].kind else { return false };
        if !self.is_keys(expr) && !self.is_argv(expr) {
            return false;
        }
        let is_read = |id: ExprId| match self.parent(id).map(|parent| (parent, &tree[parent].kind)) {
            Some((parent, ExprKind::Index { base, .. })) if *base == id => !self.is_written(parent),
            Some((_, ExprKind::Unary { op: UnaryOp::Len, .. })) => true,
            Some((_, ExprKind::Call(call))) if call.callee != id => matches!(
                self.api(call.callee),
                Some(
                    ApiPath::Global("unpack" | "ipairs" | "pairs" | "next")
                        | ApiPath::Member("table", "concat" | "getn")
                        | ApiPath::Member("cjson", "encode")
                        | ApiPath::Member("cmsgpack", "pack")
                )
            ),
            _ => false,
        };
        if let Some(local) = self.scopes.local_of(expr) {
            let it = &self.scopes[local];
            return it.stmt.is_none() && it.writes.is_empty() && it.reads.iter().all(|&read| is_read(read));
        }
        let text = name.text(&self.source);
        self.scopes
            .globals()
            .iter()
            .filter(|global| global.name.text(&self.source) == text)
            .all(|global| global.write.is_none() && is_read(global.expr))
    }
}

/// Returns true if a function of the API always gives one value.
fn gives_one(path: ApiPath<'_>) -> bool {
    use ApiPath::{Global, Member};
    match path {
        Global("type" | "tostring" | "tonumber" | "rawget" | "rawequal" | "setmetatable" | "getmetatable") => true,
        Member("redis" | "server", "call" | "pcall" | "sha1hex" | "error_reply" | "status_reply") => true,
        Member("string", name) => !matches!(name, "find" | "match" | "gsub" | "byte"),
        Member("math", name) => !matches!(name, "modf" | "frexp" | "randomseed"),
        Member("table", name) => name == "concat",
        Member("cjson", "encode" | "decode") | Member("cmsgpack" | "struct", "pack") | Member("bit", _) => true,
        _ => false,
    }
}
