//! Counts of the values that functions give.

use syntax::{BlockId, ExprId, ExprKind, FunctionId, StmtId, StmtKind};

use crate::{ApiPath, Script};

/// Most functions that are followed through each other's results.
const MAX_STEPS: u32 = 8;

impl Script {
    /// True if an expression at the end of a list may stand for more or less than one value.
    pub fn may_be_several(&self, expr: ExprId) -> bool {
        self.may_be_several_at(expr, MAX_STEPS)
    }

    /// True if every call of a function gives one value.
    pub fn gives_one(&self, function: FunctionId) -> bool {
        self.gives_one_at(function, MAX_STEPS)
    }

    fn may_be_several_at(&self, expr: ExprId, steps: u32) -> bool {
        if !self.tree().is_multi(expr) {
            return false;
        }
        if let Some(function) = self.called_function(expr) {
            return steps == 0 || !self.gives_one_at(function, steps - 1);
        }
        match self.called_api(expr) {
            Some(ApiPath::Global("tostring" | "tonumber" | "type" | "rawget" | "setmetatable" | "getmetatable")) => {
                false
            }
            Some(ApiPath::Member("redis" | "server", _) | ApiPath::Member("math" | "bit", _)) => false,
            Some(ApiPath::Member("cjson" | "cmsgpack" | "struct", name)) => {
                !matches!(name, "encode" | "decode" | "pack" | "size")
            }
            Some(ApiPath::Member("table", name)) => name != "concat" && name != "getn",
            Some(ApiPath::Member("string", name)) => {
                !matches!(name, "format" | "sub" | "lower" | "upper" | "rep" | "len" | "reverse" | "char")
            }
            _ => match &self.tree()[expr].kind {
                // Methods of strings.
                ExprKind::MethodCall(call) => {
                    !matches!(call.name.text(&self.source), b"sub" | b"lower" | b"upper" | b"rep" | b"len" | b"format")
                }
                ExprKind::Call(call) => {
                    let callee = self.resolve(call.callee);
                    !self.environment_of(callee).is_some_and(|definition| definition.gives_one)
                }
                _ => true,
            },
        }
    }

    fn gives_one_at(&self, function: FunctionId, steps: u32) -> bool {
        let tree = self.tree();
        let mut all_one = true;
        self.each_return(function, &mut |values| {
            all_one &= matches!(values, [value] if !self.may_be_several_at(*value, steps));
        });
        all_one && self.always_returns(tree[function].body)
    }

    /// Calls `with` for the values of each `return` of a function.
    pub(crate) fn each_return<'s>(&'s self, function: FunctionId, with: &mut impl FnMut(&'s [ExprId])) {
        let mut open = vec![self.tree()[function].body];
        while let Some(block) = open.pop() {
            for &stmt in self.tree()[block].stmts.iter().rev() {
                match &self.tree()[stmt].kind {
                    StmtKind::Return(values) => with(values),
                    StmtKind::Do(body)
                    | StmtKind::While { body, .. }
                    | StmtKind::Repeat { body, .. }
                    | StmtKind::GenericFor { body, .. } => open.push(*body),
                    StmtKind::NumericFor(it) => open.push(it.body),
                    StmtKind::If(it) => {
                        open.extend(it.otherwise);
                        open.extend(it.arms.iter().rev().map(|&(_, block)| block));
                    }
                    _ => {}
                }
            }
        }
    }

    /// True if no course leads to the end of a block.
    fn always_returns(&self, block: BlockId) -> bool {
        let Some(&last) = self.tree()[block].stmts.last() else { return false };
        self.never_goes_on(last)
    }

    fn never_goes_on(&self, stmt: StmtId) -> bool {
        match &self.tree()[stmt].kind {
            StmtKind::Return(_) => true,
            StmtKind::Do(block) => self.always_returns(*block),
            StmtKind::If(it) => {
                it.otherwise.is_some_and(|block| self.always_returns(block))
                    && it.arms.iter().all(|&(_, block)| self.always_returns(block))
            }
            StmtKind::Call(call) => self.called_api(*call) == Some(ApiPath::Global("error")),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// True if the last call of the text may give several values.
    fn several(source: &str) -> bool {
        let script = Script::new(source.as_bytes().into(), None);
        let calls = script.tree().exprs().filter(|(id, _)| script.tree().is_multi(*id));
        let last = calls.max_by_key(|(_, expr)| expr.range.start).map(|(id, _)| id);
        last.is_some_and(|last| script.may_be_several(last))
    }

    #[test]
    fn functions_that_give_one_value() {
        assert!(!several("local function k(id) return 'k:' .. id end k(1)"));
        assert!(!several("local k = function(id) if id then return 'k:' .. id else return 'k' end end k(1)"));
        assert!(!several("local function k(id) if id then return 1 end error('no id') end k(1)"));
        assert!(!several("local function a() return 1 end local function b() return a() end b()"));
        assert!(several("local function k(id) if id then return 'k:' .. id end end k(1)"));
        assert!(several("local function k(id) return 'k', id end k(1)"));
        assert!(several("local function k() return unpack(KEYS) end k(1)"));
        assert!(several("local function k() return k() end k()"));
        assert!(several("local function k() local function inner() return 1 end end k()"));
        assert!(several("k()"));
    }
}
