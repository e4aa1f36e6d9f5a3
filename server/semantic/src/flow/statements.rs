//! Statements: branches apart and joined again, loops until nothing changes.

use syntax::{BlockId, ExprId, ExprKind, StmtId, StmtKind};

use super::{
    interpreter::{Interpreter, Returned, Values},
    kinds::Kinds,
    replies::Resp,
    state::{Changes, Slot, State, join},
    types::{Number, Type, TypeId, Types},
};
use crate::LocalId;

impl Interpreter<'_> {
    /// Runs a block; false when nothing gets past its end.
    pub fn block(&mut self, block: BlockId) -> bool {
        let script = self.script;
        for &stmt in &script.tree()[block].stmts {
            if !self.step() || !self.deeper(true, |it| it.statement(stmt)) {
                return false;
            }
        }
        true
    }

    fn statement(&mut self, id: StmtId) -> bool {
        let script = self.script;
        let tree = script.tree();
        match &tree[id].kind {
            StmtKind::Local { names, values } => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                let Some(first) = self.first_local[id.index()] else { return true };
                for at in 0..names.len() {
                    self.declare(LocalId(first.0 + at as u32), given.get(at));
                }
                if let ([call], [_, _, ..]) = (&**values, &**names) {
                    self.note_outcome(*call, first, LocalId(first.0 + 1));
                }
            }
            StmtKind::Assign { targets, values } => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                // Lua 5.1 assigns from the last to the first.
                for (at, &target) in targets.iter().enumerate().rev() {
                    self.store(target, given.get(at));
                }
            }
            StmtKind::Call(call) => {
                self.eval_multi(*call);
                return !self.ended(&[*call]);
            }
            StmtKind::Do(body) => return self.block(*body),
            StmtKind::While { cond, body } => return self.repeat(id, Loop::While(*cond), *body),
            StmtKind::Repeat { body, cond } => return self.repeat(id, Loop::Repeat(*cond), *body),
            StmtKind::If(stmt) => return self.branch(&stmt.arms, stmt.otherwise),
            StmtKind::NumericFor(stmt) => {
                let [start, end] = [stmt.start, stmt.end].map(|expr| self.eval(expr));
                let step = stmt.step.map(|step| self.eval(step));
                let whole = [Some(start), step].into_iter().flatten().all(|id| {
                    let of = &self.types[id];
                    of.is(Kinds::NUMBER) && of.number.whole == super::types::Whole::Yes
                });
                let _ = end;
                let counter = self.types.add(Type::number(if whole { Number::INTEGER } else { Number::ANY }));
                return self.repeat(id, Loop::For(&[counter]), stmt.body);
            }
            StmtKind::GenericFor { names, values, body } => {
                let variables = self.iterated(values, names.len());
                return self.repeat(id, Loop::For(&variables), *body);
            }
            StmtKind::Function { target, function } => {
                let value = self.function_value(*function);
                self.store(*target, value);
            }
            StmtKind::LocalFunction { function, .. } => {
                let value = self.function_value(*function);
                if let Some(local) = self.first_local[id.index()] {
                    self.declare(local, value);
                    if script.is_used_elsewhere(local) {
                        self.give_function_away(*function);
                    }
                }
            }
            StmtKind::Return(values) => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                self.returned(id, given);
                return false;
            }
            StmtKind::Break => {
                if let Some((mark, _)) = self.breaks.last() {
                    let way = self.state.since(*mark);
                    if let Some((_, ways)) = self.breaks.last_mut() {
                        ways.push(way);
                    }
                }
                return false;
            }
        }
        true
    }

    fn returned(&mut self, stmt: StmtId, given: Values) {
        let Some(activation) = self.activations.last_mut() else { return };
        match &mut activation.returns {
            Some(returns) => returns.join(&given, &mut self.types),
            None => activation.returns = Some(given.clone()),
        }
        let function = activation.function;
        let resp = self.resp();
        match self.returns.entry(stmt) {
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.values.join(&given, &mut self.types);
                if known.resp != resp {
                    known.resp = Resp::Either;
                }
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Returned { values: given, resp, function });
            }
        }
    }

    /// True if one of the expressions is a call that never returns.
    fn ended(&mut self, exprs: &[ExprId]) -> bool {
        let tree = self.script.tree();
        exprs.iter().any(|&expr| matches!(tree[expr].kind, ExprKind::Call(_)) && self.never_returns.contains(&expr))
    }

    fn branch(&mut self, arms: &[(ExprId, BlockId)], otherwise: Option<BlockId>) -> bool {
        let base = self.state.mark();
        let mut ways = Vec::new();
        for &(cond, block) in arms {
            self.eval(cond);
            let here = self.state.mark();
            self.narrow(cond, true);
            if self.block(block) {
                ways.push(self.state.since(base));
            }
            self.state.undo(here);
            self.narrow(cond, false);
        }
        if otherwise.is_none_or(|block| self.block(block)) {
            ways.push(self.state.since(base));
        }
        self.state.undo(base);
        self.state.merge(&ways, &mut self.types);
        !ways.is_empty()
    }

    fn repeat(&mut self, stmt: StmtId, head: Loop<'_>, body: BlockId) -> bool {
        let script = self.script;
        let start = script.tree()[stmt].range.start;
        for round in 0.. {
            let mark = self.state.mark();
            self.breaks.push((mark, Vec::new()));
            let mut ways = Vec::new();
            match head {
                Loop::While(cond) => {
                    self.eval(cond);
                    let here = self.state.mark();
                    self.narrow(cond, false);
                    if script.constant(cond).is_none_or(|cond| !cond.is_truthy()) {
                        ways.push(self.state.since(mark));
                    }
                    self.state.undo(here);
                    self.narrow(cond, true);
                }
                Loop::For(variables) => {
                    ways.push(Changes::new());
                    if let Some(first) = self.first_local[stmt.index()] {
                        for (at, &value) in variables.iter().enumerate() {
                            self.declare(LocalId(first.0 + at as u32), value);
                        }
                    }
                }
                Loop::Repeat(_) => {}
            }
            let mut back = None;
            if self.block(body) {
                if let Loop::Repeat(cond) = head {
                    self.eval(cond);
                    let here = self.state.mark();
                    self.narrow(cond, true);
                    if script.constant(cond).is_none_or(|cond| cond.is_truthy()) {
                        ways.push(self.state.since(mark));
                    }
                    self.state.undo(here);
                    self.narrow(cond, false);
                }
                back = Some(self.state.since(mark));
            }
            self.state.undo(mark);
            ways.extend(self.breaks.pop().map(|(_, ways)| ways).unwrap_or_default());
            let again = back.is_some_and(|back| self.feed_back(&back, start, round));
            if !again || self.gave_up {
                self.state.merge(&ways, &mut self.types);
                return !ways.is_empty();
            }
        }
        true
    }

    /// Joins the state at a loop's end with that at its beginning; true if that changed anything.
    fn feed_back(&mut self, back: &Changes, start: u32, round: u32) -> bool {
        let mut again = false;
        for &(slot, held) in back {
            if self.is_declared_within(slot, start) {
                continue;
            }
            let base = self.state.get(slot);
            let mut joined = join(base, held, &mut self.types);
            if joined == base {
                continue;
            }
            // Values that are different each time are soon given up.
            if joined != State::NOTHING && slot != self.resp {
                joined.id = match round {
                    0..3 => joined.id,
                    3..5 => self.types.map(joined.id, |of| Type::of(of.kinds)),
                    _ => Types::ANY,
                };
            }
            self.state.set(slot, joined);
            again |= joined != base;
        }
        again
    }

    fn is_declared_within(&self, slot: Slot, start: u32) -> bool {
        (slot.0 as usize) < self.summaries.len() && self.script.scopes[LocalId(slot.0)].scope.start > start
    }
}

/// Head of a loop.
#[derive(Clone, Copy)]
enum Loop<'a> {
    While(ExprId),
    Repeat(ExprId),
    /// The variables that it declares.
    For(&'a [TypeId]),
}
