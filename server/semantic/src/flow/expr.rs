//! Expressions: computes and records the type of each.

use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, UnaryOp};

use super::{
    interpreter::{Interpreter, Values},
    kinds::Kinds,
    types::{Number, Real, TableType, Type, TypeId, Types, Whole},
};
use crate::{ApiPath, Constant};

impl Interpreter<'_> {
    /// The type of an expression as one value.
    pub(super) fn eval(&mut self, expr: ExprId) -> TypeId {
        if !self.step() {
            return Types::ANY;
        }
        let id = self.deeper(Types::ANY, |it| it.single(expr));
        let id = self.as_present(id);
        self.note(expr, id);
        id
    }

    fn note(&mut self, expr: ExprId, id: TypeId) {
        let at = expr.index();
        self.exprs[at] = self.types.join(self.exprs[at], id);
    }

    fn single(&mut self, expr: ExprId) -> TypeId {
        let script = self.script;
        match &script.tree()[expr].kind {
            ExprKind::Nil => Types::NIL,
            ExprKind::True => self.types.add(Type::of(Kinds::TRUE)),
            ExprKind::False => self.types.add(Type::of(Kinds::FALSE)),
            ExprKind::Number(number) => self.types.add(Type::number(Number::of(*number))),
            ExprKind::String => {
                let bytes = syntax::string_value(script.text(expr));
                self.types.add(Type::constant(&bytes))
            }
            ExprKind::Function(function) => self.function_value(*function),
            ExprKind::Name(_) => self.name(expr),
            ExprKind::Index { .. } | ExprKind::Field { .. } => self.index(expr),
            ExprKind::Call(_) | ExprKind::MethodCall(_) | ExprKind::Vararg => self.eval_multi(expr).get(0),
            ExprKind::Paren(inner) => self.eval(*inner),
            ExprKind::Unary { op, operand, .. } => self.unary(*op, *operand),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), lhs, rhs, .. } => {
                self.either(*op == BinaryOp::And, *lhs, *rhs)
            }
            ExprKind::Binary { op, lhs, rhs, .. } => self.binary(*op, *lhs, *rhs),
            ExprKind::Table(fields) => self.construct(expr, fields),
            ExprKind::Missing => Types::ANY,
        }
    }

    pub(super) fn function_value(&mut self, function: FunctionId) -> TypeId {
        self.types.add(Type { function: Some(function), ..Type::of(Kinds::FUNCTION) })
    }

    fn name(&mut self, expr: ExprId) -> TypeId {
        let script = self.script;
        if let Some(local) = script.scopes.local_of(expr) {
            return self.read(local);
        }
        if script.is_keys(expr) {
            return self.types.add(Type::table(TableType::Keys));
        }
        if script.is_argv(expr) {
            return self.types.add(Type::table(TableType::Argv));
        }
        match script.api(expr) {
            Some(path) => self.api_value(path),
            None => Types::ANY,
        }
    }

    /// A member of the API as a value.
    pub(super) fn api_value(&mut self, path: ApiPath<'_>) -> TypeId {
        let item = path.item();
        let of = match (path, item) {
            (ApiPath::Member("math", "pi"), _) => Type::number(Number { whole: Whole::No, ..Number::ANY }),
            // Scripts begin a minimum with it; it does not mean that there will be a fraction.
            (ApiPath::Member("math", "huge"), _) => Type::number(Number::ANY),
            (ApiPath::Member("cjson", "null"), _) => Type::of(Kinds::OTHER),
            (ApiPath::Member("redis" | "server", name), Some(_))
                if name.starts_with("LOG_") || name.starts_with("REPL_") || name.ends_with("_NUM") =>
            {
                Type::number(Number::INTEGER)
            }
            (_, Some(item)) if item.args.is_some() => Type::of(Kinds::FUNCTION),
            _ => return Types::ANY,
        };
        self.types.add(of)
    }

    /// The values of a list of expressions; the last may be several.
    pub(super) fn eval_list(&mut self, exprs: &[ExprId]) -> Values {
        let mut values = Values::default();
        let Some((&last, first)) = exprs.split_last() else { return values };
        for &expr in first {
            let value = self.eval(expr);
            values.list.push(value);
        }
        if self.script.tree().is_multi(last) {
            let tail = self.eval_multi(last);
            values.list.extend(tail.list);
            values.rest = tail.rest;
        } else {
            let value = self.eval(last);
            values.list.push(value);
        }
        values.bounded(&mut self.types)
    }

    /// All values of a call or `...`.
    pub(super) fn eval_multi(&mut self, expr: ExprId) -> Values {
        if !self.step() {
            return Values::unknown();
        }
        let script = self.script;
        let mut values = self.deeper(Values::unknown(), |it| match &script.tree()[expr].kind {
            ExprKind::Call(call) => it.call_expr(expr, call),
            ExprKind::MethodCall(call) => it.method_call(expr, call),
            ExprKind::Vararg => it.activations.last().map_or(Values::unknown(), |running| running.varargs.clone()),
            ExprKind::Missing => Values::unknown(),
            _ => Values::one(it.eval(expr)),
        });
        let first = self.as_present(values.get(0));
        if let Some(value) = values.list.first_mut() {
            *value = first;
        }
        self.note(expr, first);
        values
    }

    /// `lhs and rhs`, `lhs or rhs`.
    fn either(&mut self, and: bool, lhs: ExprId, rhs: ExprId) -> TypeId {
        let left = self.eval(lhs);
        let here = self.state.mark();
        self.narrow(lhs, and);
        let right = self.eval(rhs);
        // What the right side learns holds only if it is asked.
        let learnt = self.state.since(here);
        self.state.undo(here);
        let mut ways = vec![learnt];
        let skipped = self.state.mark();
        self.narrow(lhs, !and);
        ways.push(self.state.since(skipped));
        self.state.undo(skipped);
        self.state.merge(&ways, &mut self.types);
        let kinds = self.types[left].kinds;
        let kept = if and {
            self.types.map(left, |of| of.only(Kinds::FALSY))
        } else {
            self.types.map(left, |of| of.without(Kinds::FALSY))
        };
        // Nothing of the left is kept when it is always decided the other way.
        if (and && !kinds.may_be(Kinds::FALSY)) || (!and && kinds.is_only(Kinds::FALSY)) {
            return right;
        }
        // `x and y` of which x is missing is missing for the same reason; with a default it is not.
        self.types.join(kept, right)
    }

    fn unary(&mut self, op: UnaryOp, operand: ExprId) -> TypeId {
        let id = self.eval(operand);
        let of = &self.types[id];
        match op {
            UnaryOp::Not => {
                let kinds = of.kinds;
                let mut result = Kinds::NONE;
                if kinds.may_be(Kinds::FALSY) {
                    result |= Kinds::TRUE;
                }
                if kinds.may_be(Kinds::TRUTHY) {
                    result |= Kinds::FALSE;
                }
                self.types.add(Type::of(result))
            }
            UnaryOp::Len => {
                let constant = of.text.constant.as_ref().filter(|_| of.is(Kinds::STRING)).map(|text| text.len());
                self.survives(operand);
                self.types.add(Type::number(constant.map_or(Number::INTEGER, |len| Number::of(len as f64))))
            }
            UnaryOp::Neg => {
                let number = self.number_of(id);
                self.survives(operand);
                let number = Number { constant: number.constant.map(|value| Real(-value.0)), ..number };
                self.types.add(Type::number(number))
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, lhs: ExprId, rhs: ExprId) -> TypeId {
        let left = self.eval(lhs);
        let right = self.eval(rhs);
        if op.is_equality() {
            return self.types.add(Type::of(Kinds::BOOLEAN));
        }
        if op.is_order() {
            self.survives(lhs);
            self.survives(rhs);
            return self.types.add(Type::of(Kinds::BOOLEAN));
        }
        self.survives(lhs);
        self.survives(rhs);
        if op == BinaryOp::Concat {
            return self.concat(left, right);
        }
        let (a, b) = (self.number_of(left), self.number_of(right));
        let mut number = arithmetic(op, a, b);
        if number.constant.is_none() && number.whole != Whole::Yes {
            match op {
                // `x - x % 1`
                BinaryOp::Sub if self.is_remainder(lhs, rhs) && self.remainder_by_whole(rhs) => {
                    number.whole = Whole::Yes;
                }
                BinaryOp::Div if self.divides(lhs, rhs) => number.whole = Whole::Yes,
                // Half of a list's length counts its pairs.
                BinaryOp::Div if self.is_length(lhs) => number.whole = Whole::Unknown,
                _ => {}
            }
        }
        self.types.add(Type::number(number))
    }

    fn same_text(&self, a: ExprId, b: ExprId) -> bool {
        let tree = self.script.tree();
        self.script.text(tree.unparen(a)) == self.script.text(tree.unparen(b))
    }

    /// True if `rhs` is `lhs % n`.
    fn is_remainder(&self, lhs: ExprId, rhs: ExprId) -> bool {
        let tree = self.script.tree();
        match tree[tree.unparen(rhs)].kind {
            ExprKind::Binary { op: BinaryOp::Mod, lhs: of, .. } => self.same_text(of, lhs),
            _ => false,
        }
    }

    fn remainder_by_whole(&self, rhs: ExprId) -> bool {
        let tree = self.script.tree();
        match tree[tree.unparen(rhs)].kind {
            ExprKind::Binary { rhs: by, .. } => {
                let by = &self.types[self.exprs[by.index()]];
                by.is(Kinds::NUMBER) && by.number.whole == Whole::Yes
            }
            _ => false,
        }
    }

    /// `(x - x % n) / n`
    fn divides(&self, lhs: ExprId, rhs: ExprId) -> bool {
        let tree = self.script.tree();
        let ExprKind::Binary { op: BinaryOp::Sub, lhs: x, rhs: rest, .. } = tree[tree.unparen(lhs)].kind else {
            return false;
        };
        match tree[tree.unparen(rest)].kind {
            ExprKind::Binary { op: BinaryOp::Mod, lhs: of, rhs: by, .. } => {
                self.same_text(of, x) && self.same_text(by, rhs)
            }
            _ => false,
        }
    }

    /// `#list`, or that and a constant more or less.
    fn is_length(&self, expr: ExprId) -> bool {
        let tree = self.script.tree();
        match tree[tree.unparen(expr)].kind {
            ExprKind::Unary { op: UnaryOp::Len, .. } => true,
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, lhs, rhs, .. } => {
                self.is_length(lhs) && self.script.constant(rhs).is_some()
            }
            _ => false,
        }
    }

    fn concat(&mut self, left: TypeId, right: TypeId) -> TypeId {
        let text = |id: TypeId| -> Option<Vec<u8>> {
            let of = &self.types[id];
            if of.is(Kinds::STRING) {
                return of.text.constant.as_ref().map(|text| text.to_vec());
            }
            let number = of.number.constant.filter(|_| of.is(Kinds::NUMBER))?;
            Constant::Number(number.0).as_bytes().map(std::borrow::Cow::into_owned)
        };
        let joined = text(left).zip(text(right)).map(|(mut left, right)| {
            left.extend(right);
            left
        });
        // Text that is made of keys alone is no key; nothing is claimed of where it is from.
        match joined {
            Some(text) if text.len() < 4096 => self.types.add(Type::constant(&text)),
            _ => self.types.add(Type::of(Kinds::STRING)),
        }
    }

    /// Returns the value as a number in arithmetic, which takes numerals too.
    pub(super) fn number_of(&self, id: TypeId) -> Number {
        let of = &self.types[id];
        if !of.is_known() {
            return Number::ANY;
        }
        match (of.kinds.has(Kinds::NUMBER), of.kinds.has(Kinds::STRING)) {
            (true, false) => of.number,
            (false, true) => of.text.number.unwrap_or(Number::ANY),
            _ => Number::ANY,
        }
    }

    /// An operation that raises an error on `nil` and `false` has been done: the value was neither.
    pub(super) fn survives(&mut self, expr: ExprId) {
        if self.types[self.exprs[expr.index()]].may_be_missing().is_some() {
            self.refine(expr, |of| of.without(Kinds::FALSY));
        }
    }

    /// A reply cannot lack data that the script has seen to exist.
    fn as_present(&mut self, id: TypeId) -> TypeId {
        let list = self.types[id].list().filter(|list| list.unbounded || list.may_be_empty).map(|list| list.call);
        if let Some(call) = list
            && !self.types[id].nonempty
            && self.is_seen(call)
        {
            return self.types.map(id, |of| Type { nonempty: true, ..of });
        }
        let Some(call) = self.types[id].may_be_missing() else { return id };
        if !self.is_seen(call) {
            return id;
        }
        self.types.map(id, |of| {
            let weak = if of.kinds.has(Kinds::NIL) { Kinds::ABSENT } else { Kinds::NONE };
            Type { missing: None, kinds: of.kinds.without(Kinds::NIL) | weak, ..of }
        })
    }
}

fn arithmetic(op: BinaryOp, a: Number, b: Number) -> Number {
    if let (Some(Real(x)), Some(Real(y))) = (a.constant, b.constant) {
        return Number::of(match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => x * y,
            BinaryOp::Div => x / y,
            BinaryOp::Mod => x - (x / y).floor() * y,
            _ => x.powf(y),
        });
    }
    let whole = match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => match (a.whole, b.whole) {
            (Whole::Yes, Whole::Yes) => Whole::Yes,
            (Whole::No, _) | (_, Whole::No) => Whole::No,
            _ => Whole::Unknown,
        },
        BinaryOp::Mod => match (a.whole, b.whole) {
            (Whole::Yes, Whole::Yes) => Whole::Yes,
            _ => Whole::Unknown,
        },
        // What is divided by 1 or by itself is rare.
        BinaryOp::Div if b.constant == Some(Real(1.0)) => a.whole,
        BinaryOp::Div => Whole::No,
        _ => Whole::Unknown,
    };
    let size = match op {
        // What is added to a large number is small as a rule; of small ones nothing is known.
        BinaryOp::Add => Some(a.size.0.max(b.size.0)).filter(|&size| size >= 1e6).unwrap_or(0.0),
        // What is taken away may be as large; a constant shows that it is not.
        BinaryOp::Sub if b.constant.is_some_and(|b| b.0.abs() < a.size.0 / 2.0) => a.size.0 / 2.0,
        BinaryOp::Mul => a.size.0 * b.size.0,
        BinaryOp::Div => match b.constant {
            Some(Real(b)) if b != 0.0 => a.size.0 / b.abs(),
            _ => 0.0,
        },
        _ => 0.0,
    };
    Number { constant: None, whole, size: Real(if size.is_finite() { size } else { 0.0 }) }
}
