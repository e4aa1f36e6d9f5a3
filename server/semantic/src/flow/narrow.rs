//! Narrowing: types of the values in a condition where it holds and where it does not.

use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use super::{
    interpreter::Interpreter,
    kinds::Kinds,
    state::{Held, State},
    types::{List, Source, TableType, Type, TypeId},
};
use crate::{ApiPath, Constant, Init, LocalId};

/// Longest chain of `or` that is followed link by link.
const MAX_LINKS: usize = 6;

impl Interpreter<'_> {
    /// Narrows the state: `cond`, which was evaluated, is true if `truth` is, else false.
    pub(super) fn narrow(&mut self, cond: ExprId, truth: bool) {
        if !self.step() {
            return;
        }
        let script = self.script;
        match &script.tree()[cond].kind {
            ExprKind::Paren(inner) => self.narrow(*inner, truth),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.narrow(*operand, !truth),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. } => {
                let and = *op == BinaryOp::And;
                let links = self.links(cond, *op);
                if and == truth {
                    for link in links {
                        self.narrow(link, truth);
                    }
                } else if links.len() <= MAX_LINKS {
                    // One of them decides, and those before it did not.
                    let mut ways = Vec::new();
                    let base = self.state.mark();
                    for &link in &links {
                        let here = self.state.mark();
                        self.narrow(link, truth);
                        ways.push(self.state.since(base));
                        self.state.undo(here);
                        self.narrow(link, !truth);
                    }
                    self.state.undo(base);
                    self.state.merge(&ways, &mut self.types);
                }
            }
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_equality() => {
                let equal = (*op == BinaryOp::Eq) == truth;
                self.compare(*lhs, *rhs, equal);
                self.compare(*rhs, *lhs, equal);
            }
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_order() => {
                self.order(*op, *lhs, *rhs, truth);
            }
            ExprKind::Call(call) => {
                match (script.api(call.callee), &*call.args) {
                    // `next(t)` is nil for an empty table.
                    (Some(ApiPath::Global("next")), [table]) if truth => self.mark_nonempty(*table),
                    _ => {}
                }
                self.truthiness(cond, truth);
            }
            _ => self.truthiness(cond, truth),
        }
    }

    fn links(&self, cond: ExprId, op: BinaryOp) -> Vec<ExprId> {
        let tree = self.script.tree();
        let mut links = Vec::new();
        let mut todo = vec![cond];
        while let Some(expr) = todo.pop() {
            match &tree[tree.unparen(expr)].kind {
                ExprKind::Binary { op: inner, lhs, rhs, .. } if *inner == op => todo.extend([*rhs, *lhs]),
                _ => links.push(expr),
            }
        }
        links
    }

    fn truthiness(&mut self, expr: ExprId, truth: bool) {
        if truth {
            self.refine(expr, |of| of.without(Kinds::FALSY));
            self.sees(expr);
        } else {
            self.refine(expr, |of| of.only(Kinds::FALSY));
        }
        let Some(local) = self.script.scopes.local_of(self.script.tree().unparen(expr)) else { return };
        // `local exists = redis.call('EXISTS', key) == 1`
        if let Some(Init::Expr(init)) = self.script.scopes.fixed(local)
            && self.is_comparison_of_call(init)
        {
            self.narrow(init, truth);
        }
        if let Some(outcome) = self.outcomes.get(&local).copied() {
            let value = if truth { outcome.success } else { outcome.failure };
            let held = Held { id: value, activation: self.activation() };
            self.state.set(Self::slot(outcome.value), held);
        }
    }

    /// True if an expression compares a command's reply with a constant: no variable that was assigned since is in it.
    fn is_comparison_of_call(&self, expr: ExprId) -> bool {
        let tree = self.script.tree();
        let ExprKind::Binary { op, lhs, rhs, .. } = &tree[tree.unparen(expr)].kind else { return false };
        let is_call = |side: ExprId| self.calls.contains_key(&tree.unparen(side));
        (op.is_equality() || op.is_order())
            && [(*lhs, *rhs), (*rhs, *lhs)]
                .iter()
                .any(|&(call, other)| is_call(call) && self.script.constant(other).is_some())
    }

    /// Narrows `expr` by `expr == other`, or by its opposite.
    fn compare(&mut self, expr: ExprId, other: ExprId, equal: bool) {
        let script = self.script;
        let tree = script.tree();
        let id = self.exprs[other.index()];
        let kinds = self.types[id].kinds;
        let constant = script.constant(other);
        match &tree[tree.unparen(expr)].kind {
            // `type(x) == 'table'`
            ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("type")) => {
                if let ([of], Some(Constant::String(name))) = (&*call.args, &constant) {
                    let kinds = match name.as_ref() {
                        b"nil" => Kinds::ANY_NIL,
                        b"boolean" => Kinds::BOOLEAN,
                        b"number" => Kinds::NUMBER,
                        b"string" => Kinds::STRING,
                        b"table" => Kinds::TABLE,
                        b"function" => Kinds::FUNCTION,
                        _ => Kinds::OTHER,
                    };
                    self.by_kinds(*of, kinds, equal);
                }
                return;
            }
            // `#x == 0`
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => {
                if let Some(Constant::Number(number)) = constant
                    && (number == 0.0) != equal
                    && number >= 0.0
                {
                    self.mark_nonempty(*operand);
                }
                return;
            }
            ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("next")) => {
                if let ([table], true, false) = (&*call.args, kinds.is_only(Kinds::ANY_NIL), equal) {
                    self.mark_nonempty(*table);
                }
                return;
            }
            _ => {}
        }
        // A reply that is not 0, not −2 and not missing shows that the key is there.
        let shows = match &constant {
            Some(Constant::Number(number)) => equal != (*number == 0.0 || *number == -2.0),
            Some(Constant::String(text)) => equal && **text != *b"none" && !text.is_empty(),
            // What is never nil differs from it whatever was found.
            Some(Constant::Nil) => !equal && self.types[self.exprs[expr.index()]].kinds.may_be(Kinds::ANY_NIL),
            Some(Constant::Bool(false)) => !equal,
            Some(Constant::Bool(true)) => equal,
            None => false,
        };
        if shows {
            self.sees(expr);
        }
        if equal {
            if !self.types[id].is_known() {
                return;
            }
            // Either nil equals the other.
            let either = if kinds.has(Kinds::ANY_NIL) { kinds | Kinds::ANY_NIL } else { kinds };
            self.by_kinds(expr, either, true);
            let text = self.types[id].text.constant.clone();
            let number = self.types[id].number.constant;
            self.refine(expr, |mut of| {
                if text.is_some() && of.is(Kinds::STRING) {
                    of.text.constant = text;
                }
                if number.is_some() && of.is(Kinds::NUMBER) {
                    of.number.constant = number;
                }
                of
            });
        } else if kinds.is_only(Kinds::ANY_NIL) {
            self.by_kinds(expr, Kinds::ANY_NIL, false);
        } else if kinds.is_only(Kinds::FALSE) {
            self.by_kinds(expr, Kinds::FALSE, false);
        } else if kinds.is_only(Kinds::TRUE) {
            self.by_kinds(expr, Kinds::TRUE, false);
        }
        // `ok == true`
        if let Some(Constant::Bool(value)) = constant {
            let local = script.scopes.local_of(tree.unparen(expr));
            if local.is_some_and(|local| self.outcomes.contains_key(&local)) {
                self.truthiness(expr, value == equal);
            }
        }
    }

    fn by_kinds(&mut self, expr: ExprId, kinds: Kinds, are: bool) {
        if are {
            self.refine(expr, |of| {
                let unknown = of.kinds.has(Kinds::UNKNOWN);
                let mut only = of.only(kinds).without(Kinds::UNKNOWN);
                if unknown {
                    // It was not followed, but it is of these kinds.
                    only = Type { source: only.source, ..Type::of(kinds) };
                }
                only
            });
        } else {
            self.refine(expr, |of| of.without(kinds));
        }
    }

    fn order(&mut self, op: BinaryOp, lhs: ExprId, rhs: ExprId, truth: bool) {
        let tree = self.script.tree();
        // As `value op bound`, whichever side the constant is on.
        let (value, bound, op) = match (self.script.constant(lhs), self.script.constant(rhs)) {
            (None, Some(Constant::Number(bound))) => (lhs, bound, op),
            (Some(Constant::Number(bound)), None) => {
                let turned = match op {
                    BinaryOp::Lt => BinaryOp::Gt,
                    BinaryOp::Le => BinaryOp::Ge,
                    BinaryOp::Gt => BinaryOp::Lt,
                    _ => BinaryOp::Le,
                };
                (rhs, bound, turned)
            }
            (None, None) => return self.reaches(op, lhs, rhs, truth),
            _ => return,
        };
        // Whether the condition makes the value larger than 0.
        let positive = match (op, truth) {
            (BinaryOp::Gt, true) | (BinaryOp::Le, false) => bound >= 0.0,
            (BinaryOp::Ge, true) | (BinaryOp::Lt, false) => bound > 0.0,
            _ => false,
        };
        if !positive {
            return;
        }
        match &tree[tree.unparen(value)].kind {
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => self.mark_nonempty(*operand),
            _ => self.sees(value),
        }
    }

    /// `value >= bound`, both of them not known: who compares the number of a reply with a limit means one above 0.
    fn reaches(&mut self, op: BinaryOp, lhs: ExprId, rhs: ExprId, truth: bool) {
        let larger = match (op, truth) {
            (BinaryOp::Gt | BinaryOp::Ge, true) | (BinaryOp::Lt | BinaryOp::Le, false) => lhs,
            _ => rhs,
        };
        let tree = self.script.tree();
        if let ExprKind::Unary { op: UnaryOp::Len, operand, .. } = &tree[tree.unparen(larger)].kind {
            self.mark_nonempty(*operand);
            return;
        }
        let of = &self.types[self.exprs[larger.index()]];
        if of.is(Kinds::NUMBER) && matches!(of.source, Source::Reply(_)) {
            self.sees(larger);
        }
    }

    /// The value of `expr` shows that the key it was read from is there; and, of a reply with several parts, that the
    /// others are too.
    fn sees(&mut self, expr: ExprId) {
        let id = self.exprs[expr.index()];
        let of = &self.types[id];
        let call = match of.source {
            Source::Reply(call) => Some(call),
            _ => of.missing,
        };
        if let Some(call) = call {
            self.see(call);
        }
        if let Some((local, _)) = self.place_of(self.script.tree().unparen(expr)) {
            self.sees_all_of(local);
        }
    }

    /// The list that a local holds lacks nothing: the script has seen that one of its elements is there. The other way, a
    /// default may take the list's place, so facts about the key alone would not last.
    fn sees_all_of(&mut self, local: LocalId) {
        let held = self.state.get(Self::slot(local));
        if held == State::NOTHING {
            return;
        }
        let mut of = self.types[held.id].clone();
        for table in &mut of.tables {
            let TableType::List(list) = table else { continue };
            let mut list = List::clone(list);
            let mut there = |id: &mut TypeId| *id = self.types.map(*id, |of| Type { missing: None, ..of });
            there(&mut list.element);
            list.items.iter_mut().flatten().for_each(&mut there);
            list.pairs.iter_mut().flatten().for_each(&mut there);
            *table = TableType::List(list.into());
        }
        let id = self.types.add(of);
        self.state.set(Self::slot(local), Held { id, activation: held.activation });
    }

    /// Changes the type of a local or of an element of one.
    pub(super) fn refine(&mut self, expr: ExprId, change: impl FnOnce(Type) -> Type) {
        let script = self.script;
        let expr = script.tree().unparen(expr);
        let activation = self.activation();
        if let Some(local) = script.scopes.local_of(expr) {
            if self.is_shared(local) {
                return;
            }
            let before = self.read(local);
            let id = self.types.map(before, change);
            self.state.set(Self::slot(local), Held { id, activation });
            return;
        }
        let Some((local, key)) = self.place_of(expr) else { return };
        let slot = self.place(local, key);
        let held = self.state.get(slot);
        let before =
            if held != State::NOTHING && held.activation == activation { held.id } else { self.exprs[expr.index()] };
        let id: TypeId = self.types.map(before, change);
        self.state.set(slot, Held { id, activation });
    }
}
