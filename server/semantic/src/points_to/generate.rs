//! The constraints that the statements and expressions of files put on the objects of their nodes.

mod annotations;
mod calls;
mod types;

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, StmtKind, TableField, Tree, UnaryOp};
use text::TextRange;

use super::{
    constraints::{Constraints, Key, Load, Store},
    sets::{
        Base, DYNAMIC, FieldUse, FileNodes, ITEM, Input, MAX_RESULTS, NO_NODE, NameId, Names, Node, Object, ObjectId,
        PointsTo, Refusal, RefusalReason, UseForm, UseId,
    },
};
use crate::{ApiPath, Constant, Init, LocalId, LocalKind, Script, scope::nth_value};

pub(super) struct Generator<'a> {
    files: &'a [Input<'a>],
    names: Names<'a>,
    out: PointsTo,
    constraints: Constraints,
    nodes: u32,
    /// The expressions that the present file assigns to.
    targets: FxHashSet<ExprId>,
    /// The variables of its loops, by where they are declared.
    declared: FxHashMap<u32, LocalId>,
    types: types::TypeObjects,
}

impl<'a> Generator<'a> {
    pub(super) fn new(files: &'a [Input<'a>], names: Names<'a>) -> Self {
        let mut out = PointsTo::default();
        // The first two names are taken; no name of a field has these bytes.
        out.intern(b"\0item");
        out.intern(b"\0dynamic");
        Self {
            files,
            names,
            out,
            constraints: Constraints::default(),
            nodes: 0,
            targets: FxHashSet::default(),
            declared: FxHashMap::default(),
            types: types::TypeObjects::default(),
        }
    }

    pub(super) fn run(&mut self) {
        for input in self.files {
            self.file_nodes(input);
        }
        for input in self.files {
            self.file(input);
        }
        for input in self.files {
            self.annotations(input);
        }
        for file in self.out.files.values_mut() {
            file.uses.sort_by_key(|&id| self.out.uses[id.0 as usize].range.start);
        }
    }

    pub(super) fn finish(mut self) -> (PointsTo, Constraints) {
        self.out.sets = vec![Vec::new(); self.nodes as usize];
        (self.out, self.constraints)
    }

    fn node(&mut self) -> Node {
        self.nodes += 1;
        Node(self.nodes - 1)
    }

    fn object(&mut self, object: Object) -> ObjectId {
        self.out.add_object(object)
    }

    fn file_nodes(&mut self, input: &Input<'_>) {
        let script = input.script;
        let locals = self.nodes;
        self.nodes += script.scopes.locals().len() as u32;
        let functions = script.tree().functions().len();
        let objects =
            (0..functions).map(|at| self.object(Object::Function(input.file, FunctionId(at as u32)))).collect();
        let varargs = (0..functions).map(|_| self.node()).collect();
        let exprs = vec![NO_NODE; script.tree().exprs().len()];
        let file = FileNodes { locals, exprs, functions: objects, varargs, uses: Vec::new() };
        self.out.files.insert(input.file, file);
        for (id, _) in script.tree().functions() {
            let params = script.scopes.params(id).iter().map(|&param| self.local(input.file, param)).collect();
            self.constraints.params.insert((input.file, id), params);
        }
    }

    fn local(&self, file: usize, local: LocalId) -> Node {
        Node(self.out.files[&file].locals + local.0)
    }

    /// The node of an expression, which is made if it has none yet.
    fn expr(&mut self, file: usize, expr: ExprId) -> Node {
        let known = self.out.files[&file].exprs[expr.index()];
        if known != NO_NODE {
            return Node(known);
        }
        let node = self.node();
        self.set_expr(file, expr, node);
        node
    }

    fn set_expr(&mut self, file: usize, expr: ExprId, node: Node) {
        let Some(nodes) = self.out.files.get_mut(&file) else { return };
        let known = std::mem::replace(&mut nodes.exprs[expr.index()], node.0);
        // Somebody asked for it before its own turn came.
        if known != NO_NODE && known != node.0 {
            self.copy(node, Node(known));
        }
    }

    /// One of the values that a call or `...` gives.
    fn result(&mut self, input: &Input<'_>, expr: ExprId, nth: u32) -> Node {
        match input.script.tree()[expr].kind {
            ExprKind::Call(_) | ExprKind::MethodCall(_) if nth > 0 => {
                if let Some(&node) = self.out.results.get(&(input.file, expr, nth)) {
                    return node;
                }
                let node = self.node();
                self.out.results.insert((input.file, expr, nth), node);
                node
            }
            _ => self.expr(input.file, expr),
        }
    }

    fn returned(&mut self, file: usize, function: FunctionId, nth: u32) -> Node {
        if let Some(&node) = self.out.returns.get(&(file, function, nth)) {
            return node;
        }
        let node = self.node();
        self.out.returns.insert((file, function, nth), node);
        node
    }

    /// The nodes of a list of values; the last value may stand for several.
    fn values(&mut self, input: &Input<'_>, exprs: &[ExprId]) -> Vec<Node> {
        let mut nodes: Vec<Node> = exprs.iter().map(|&expr| self.expr(input.file, expr)).collect();
        if let Some(&last) = exprs.last()
            && input.script.tree().is_multi(last)
        {
            nodes.extend((1..MAX_RESULTS).map(|nth| self.result(input, last, nth)));
        }
        nodes
    }

    fn init(&mut self, input: &Input<'_>, init: Init) -> Option<Node> {
        match init {
            Init::Expr(expr) => Some(self.expr(input.file, expr)),
            Init::Nth(expr, nth) if nth < MAX_RESULTS => Some(self.result(input, expr, nth)),
            Init::Function(function) => {
                let node = self.node();
                let object = self.out.files[&input.file].functions[function.index()];
                self.constraints.objects.push((node, object));
                Some(node)
            }
            _ => None,
        }
    }

    fn copy(&mut self, from: Node, to: Node) {
        self.constraints.copies.push((from, to));
    }

    fn file(&mut self, input: &Input<'_>) {
        let script = input.script;
        let tree = script.tree();
        self.targets.clear();
        let loops = script.scopes.locals().filter(|(_, local)| matches!(local.kind, LocalKind::Iterated(_)));
        self.declared = loops.map(|(id, local)| (local.name.range.start, id)).collect();
        for (_, stmt) in tree.stmts() {
            match &stmt.kind {
                StmtKind::Assign { targets, .. } => self.targets.extend(targets.iter().copied()),
                StmtKind::Function { target, .. } => {
                    self.targets.insert(*target);
                }
                _ => {}
            }
        }
        // Operands come before what they are part of.
        for (id, _) in tree.exprs() {
            self.expression(input, id);
        }
        for (id, local) in script.scopes.locals() {
            let node = self.local(input.file, id);
            let inits = std::iter::once(local.init).chain(local.writes.iter().map(|write| write.value));
            for init in inits {
                if let Some(value) = self.init(input, init) {
                    self.copy(value, node);
                }
            }
        }
        for global in script.scopes.globals() {
            if let Some(write) = &global.write
                && let Some(value) = self.init(input, write.value)
            {
                let node = self.name(input, global.expr);
                self.copy(value, node);
            }
        }
        for (_, stmt) in tree.stmts() {
            match &stmt.kind {
                StmtKind::Assign { targets, values } => {
                    for (at, &target) in targets.iter().enumerate() {
                        self.assign(input, target, nth_value(tree, values, at));
                    }
                }
                StmtKind::Function { target, function } => {
                    self.assign(input, *target, Init::Function(*function));
                    if let (ExprKind::Field { base, .. }, Some(&this)) =
                        (&tree[*target].kind, script.scopes.params(*function).first())
                        && tree[*function].method
                    {
                        let (base, this) = (self.expr(input.file, *base), self.local(input.file, this));
                        self.constraints.methods.push((base, this));
                    }
                }
                StmtKind::Return(values) => {
                    let Some(&first) = values.first() else { continue };
                    let function = script.scopes.function_of(first);
                    for (nth, value) in self.values(input, values).into_iter().enumerate().take(MAX_RESULTS as usize) {
                        let to = self.returned(input.file, function, nth as u32);
                        self.copy(value, to);
                        if function == Tree::CHUNK {
                            let reason = RefusalReason::Returned;
                            let refusal = Refusal { file: input.file, range: stmt.range, reason };
                            self.constraints.readers.push((value, refusal));
                        }
                    }
                }
                StmtKind::GenericFor { names, values, .. } => {
                    let variable = |name: &syntax::Name| self.declared.get(&name.range.start).copied();
                    let variables: Vec<Option<LocalId>> = names.iter().map(variable).collect();
                    self.iterate(input, &variables, values);
                }
                _ => {}
            }
        }
    }

    /// The node of a name: of a local of this file, of another, or of a global.
    fn name(&mut self, input: &Input<'_>, expr: ExprId) -> Node {
        if let Some(local) = input.script.scopes.local_of(expr) {
            return self.local(input.file, local);
        }
        match (self.names.local_of)(input.file, expr) {
            Some((file, local)) if self.out.files.contains_key(&file) => self.local(file, local),
            _ => {
                let name = input.script.text(expr);
                if let Some(&node) = self.out.globals.get(name) {
                    return node;
                }
                let node = self.node();
                self.out.globals.insert(name.into(), node);
                node
            }
        }
    }

    fn expression(&mut self, input: &Input<'_>, id: ExprId) {
        let script = input.script;
        let tree = script.tree();
        let file = input.file;
        match &tree[id].kind {
            ExprKind::Name(_) => {
                let node = self.name(input, id);
                self.set_expr(file, id, node);
            }
            ExprKind::Paren(inner) => {
                let node = self.expr(file, *inner);
                self.set_expr(file, id, node);
            }
            ExprKind::Vararg => {
                let function = script.scopes.function_of(id);
                let node = self.out.files[&file].varargs[function.index()];
                self.set_expr(file, id, node);
            }
            ExprKind::Function(function) => {
                let object = self.out.files[&file].functions[function.index()];
                let node = self.expr(file, id);
                self.constraints.objects.push((node, object));
            }
            ExprKind::Table(fields) => self.table(input, id, fields),
            ExprKind::Binary { op: BinaryOp::And, rhs, .. } => {
                let (from, to) = (self.expr(file, *rhs), self.expr(file, id));
                self.copy(from, to);
            }
            ExprKind::Binary { op: BinaryOp::Or, lhs, rhs, .. } => {
                let to = self.expr(file, id);
                for side in [*lhs, *rhs] {
                    let from = self.expr(file, side);
                    self.copy(from, to);
                }
            }
            ExprKind::Field { base, name } => {
                // Members of the server's tables are not the script's.
                if is_of_server(script, id) || name.range.is_empty() {
                    return;
                }
                let key = self.out.intern(name.text(&script.source));
                self.access(input, id, *base, key, name.range, self.form_of_field(input, id));
            }
            ExprKind::Index { base, key } => {
                if script.is_keys(*base) || script.is_argv(*base) || is_of_server(script, id) {
                    return;
                }
                self.index(input, id, *base, *key);
            }
            ExprKind::Call(call) => self.call(input, id, call),
            ExprKind::MethodCall(call) => self.method_call(input, id, call),
            _ => {}
        }
    }

    fn form_of_field(&self, input: &Input<'_>, id: ExprId) -> UseForm {
        if !self.targets.contains(&id) {
            return UseForm::Field(id);
        }
        let tree = input.script.tree();
        match &tree[input.script.scopes.stmt_of(id)].kind {
            StmtKind::Function { target, function } if *target == id => UseForm::Function(id, *function),
            _ => UseForm::Field(id),
        }
    }

    fn use_of(&mut self, found: FieldUse) {
        let id = UseId(self.out.uses.len() as u32);
        self.out.uses.push(found);
        if let Some(file) = self.out.files.get_mut(&found.file) {
            file.uses.push(id);
        }
    }

    /// A field by its name: read here, unless it is assigned to, which [`Generator::assign`] sees to.
    fn access(&mut self, input: &Input<'_>, id: ExprId, base: ExprId, name: NameId, range: TextRange, form: UseForm) {
        let (base, value) = (self.expr(input.file, base), self.expr(input.file, id));
        if !self.targets.contains(&id) {
            self.constraints.loads.push(Load { base, key: Key::Name(name), to: value });
        }
        self.use_of(FieldUse { file: input.file, range, name, form, write: None, base: Base::Node(base), value });
    }

    fn index(&mut self, input: &Input<'_>, id: ExprId, base: ExprId, key: ExprId) {
        let script = input.script;
        match script.constant(key) {
            Some(Constant::String(bytes)) => {
                let name = self.out.intern(&bytes);
                let (range, is_literal) = name_in_quotes(script, key, &bytes);
                let form = if is_literal { UseForm::Literal(id) } else { UseForm::Constant(id) };
                self.access(input, id, base, name, range, form);
            }
            _ => {
                let key_is_number = is_number(script, key, 8);
                let (base, to) = (self.expr(input.file, base), self.expr(input.file, id));
                if !key_is_number {
                    let reason = RefusalReason::Dynamic;
                    let refusal = Refusal { file: input.file, range: script.tree()[id].range, reason };
                    self.constraints.readers.push((base, refusal));
                }
                if !self.targets.contains(&id) {
                    let key = if key_is_number { Key::Name(ITEM) } else { Key::Any };
                    self.constraints.loads.push(Load { base, key, to });
                }
            }
        }
    }

    fn assign(&mut self, input: &Input<'_>, target: ExprId, value: Init) {
        let script = input.script;
        let name = match &script.tree()[target].kind {
            ExprKind::Field { .. } => None,
            ExprKind::Index { base, .. } if script.is_keys(*base) || script.is_argv(*base) => return,
            ExprKind::Index { key, .. } => match script.constant(*key) {
                Some(Constant::String(_)) => None,
                _ => Some(if is_number(script, *key, 8) { ITEM } else { DYNAMIC }),
            },
            _ => return,
        };
        let from = self.init(input, value);
        let (ExprKind::Field { base, .. } | ExprKind::Index { base, .. }) = script.tree()[target].kind else { return };
        let base = self.expr(input.file, base);
        let name = match name {
            Some(name) => name,
            None => {
                let is_target = |found: &FieldUse| {
                    matches!(found.form, UseForm::Field(expr) | UseForm::Literal(expr) | UseForm::Constant(expr)
                        | UseForm::Function(expr, _) if expr == target)
                };
                let uses = &self.out.files[&input.file].uses;
                // They were made in the order of expressions.
                let at = uses.binary_search_by_key(&target, |&id| match self.out.field_use(id).form {
                    UseForm::Field(expr)
                    | UseForm::Literal(expr)
                    | UseForm::Constant(expr)
                    | UseForm::Function(expr, _)
                    | UseForm::Method(expr)
                    | UseForm::Constructor(expr) => expr,
                    // They are made last.
                    UseForm::Annotation => ExprId(u32::MAX),
                });
                let Some(id) = at.ok().map(|at| uses[at]).filter(|&id| is_target(self.out.field_use(id))) else {
                    return;
                };
                let found = &mut self.out.uses[id.0 as usize];
                found.write = Some(value);
                found.name
            }
        };
        if let Some(from) = from {
            self.constraints.stores.push(Store { base, name, from });
        }
    }

    fn table(&mut self, input: &Input<'_>, id: ExprId, fields: &[TableField]) {
        let (file, script) = (input.file, input.script);
        let object = self.object(Object::Table(file, id));
        let node = self.expr(file, id);
        self.constraints.objects.push((node, object));
        for (at, field) in fields.iter().enumerate() {
            let value = field.value();
            let named = match field {
                TableField::Item(_) => Err(true),
                TableField::Named { name, .. } => Ok((self.out.intern(name.text(&script.source)), name.range)),
                TableField::Keyed { key, .. } => match script.constant(*key) {
                    Some(Constant::String(bytes)) => {
                        Ok((self.out.intern(&bytes), name_in_quotes(script, *key, &bytes).0))
                    }
                    _ => Err(is_number(script, *key, 8)),
                },
            };
            let node = self.expr(file, value);
            match named {
                Ok((name, range)) => {
                    let base = self.expr(file, id);
                    self.constraints.stores.push(Store { base, name, from: node });
                    self.use_of(FieldUse {
                        file,
                        range,
                        name,
                        form: UseForm::Constructor(id),
                        write: Some(Init::of(script.tree(), value)),
                        base: Base::Object(object),
                        value: node,
                    });
                }
                Err(is_number) => {
                    let base = self.expr(file, id);
                    let name = if is_number { ITEM } else { DYNAMIC };
                    if !is_number {
                        let range = script.tree()[id].range;
                        let refusal = Refusal { file, range, reason: RefusalReason::Dynamic };
                        self.constraints.readers.push((base, refusal));
                    }
                    let last = at + 1 == fields.len() && matches!(field, TableField::Item(_));
                    let values = if last { self.values(input, &[value]) } else { vec![node] };
                    for from in values {
                        self.constraints.stores.push(Store { base, name, from });
                    }
                }
            }
        }
    }

    fn iterate(&mut self, input: &Input<'_>, variables: &[Option<LocalId>], values: &[ExprId]) {
        let (file, script) = (input.file, input.script);
        let Some(&iterator) = values.first() else { return };
        let (api, table) = match &script.tree()[iterator].kind {
            ExprKind::Call(call) => (script.api(call.callee), call.args.first().copied()),
            _ => (script.api(iterator), values.get(1).copied()),
        };
        if let (Some(ApiPath::Global(name @ ("ipairs" | "pairs" | "next"))), Some(table)) = (api, table) {
            if let Some(&Some(value)) = variables.get(1) {
                let (base, to) = (self.expr(file, table), self.local(file, value));
                let key = if name == "ipairs" { Key::Name(ITEM) } else { Key::Any };
                self.constraints.loads.push(Load { base, key, to });
            }
            if name == "next" && !matches!(script.tree()[iterator].kind, ExprKind::Call(_)) {
                let base = self.expr(file, table);
                let refusal = Refusal { file, range: script.tree()[iterator].range, reason: RefusalReason::Iterated };
                self.constraints.readers.push((base, refusal));
            }
        }
    }
}

/// The place of a name that is written as a string, without its quotes, and whether an edit there renames it.
fn name_in_quotes(script: &Script, key: ExprId, name: &[u8]) -> (TextRange, bool) {
    let range = script.tree()[key].range;
    let inner = TextRange::new(range.start + 1, (range.end.max(range.start + 2)) - 1);
    match script.tree()[key].kind {
        ExprKind::String if inner.slice(&script.source) == name => (inner, true),
        _ => (range, false),
    }
}

fn is_of_server(script: &Script, expr: ExprId) -> bool {
    script.api(expr).is_some_and(|path| path.is_of_server())
}

/// True if the form of an expression shows that it is a number.
fn is_number(script: &Script, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match &script.tree()[expr].kind {
        ExprKind::Number(_) | ExprKind::Unary { op: UnaryOp::Len | UnaryOp::Neg, .. } => true,
        ExprKind::Binary { op, .. } => op.is_arithmetic(),
        ExprKind::Paren(inner) => is_number(script, *inner, steps),
        ExprKind::Call(call) => {
            matches!(script.api(call.callee), Some(ApiPath::Global("tonumber") | ApiPath::Member("math", _)))
        }
        ExprKind::Name(_) => script.scopes.local_of(expr).is_some_and(|id| {
            let local = &script.scopes[id];
            let first = match (local.kind, local.init) {
                (LocalKind::Counter, _) => true,
                (LocalKind::Iterated(0), _) => local.stmt.is_some_and(|stmt| {
                    matches!(&script.tree()[stmt].kind, StmtKind::GenericFor { values, .. }
                        if matches!(values.first().map(|&it| &script.tree()[it].kind), Some(ExprKind::Call(call))
                            if script.api(call.callee) == Some(ApiPath::Global("ipairs"))))
                }),
                (_, Init::Expr(init)) => is_number(script, init, steps),
                _ => false,
            };
            first
                && local.writes.iter().all(|write| match write.value {
                    Init::Expr(value) => is_number(script, value, steps),
                    _ => false,
                })
        }),
        _ => false,
    }
}
