//! Calls: of functions that are followed, and of those of the server.

use syntax::{Call, ExprId, ExprKind, MethodCall, StmtKind, UnaryOp};

use super::Generator;
use crate::{
    ApiPath, Script,
    points_to::{
        constraints::{CallConstraint, Key, Load, Store},
        sets::{
            Base, DYNAMIC, FieldUse, ITEM, Input, MAX_RESULTS, Node, Object, Outside, Refusal, RefusalReason, UseForm,
        },
    },
};

impl Generator<'_> {
    pub(super) fn method_call(&mut self, input: &Input<'_>, id: ExprId, call: &MethodCall) {
        if call.name.range.is_empty() {
            return;
        }
        let (file, script) = (input.file, input.script);
        let base = self.expr(file, call.base);
        let name = self.out.intern(call.name.text(&script.source));
        let callee = self.node();
        self.constraints.loads.push(Load { base, key: Key::Name(name), to: callee });
        self.use_of(FieldUse {
            file,
            range: call.name.range,
            name,
            form: UseForm::Method(id),
            write: None,
            base: Base::Node(base),
            value: callee,
        });
        let mut args = vec![base];
        args.extend(self.values(input, &call.args));
        self.expr(file, id);
        let range = script.tree()[id].range;
        let method = Some(name);
        self.constraints.calls.push(CallConstraint { callee, args, method, results: (file, id, 0), file, range });
    }

    pub(super) fn call(&mut self, input: &Input<'_>, id: ExprId, call: &Call) {
        let (file, script) = (input.file, input.script);
        let args = self.values(input, &call.args);
        let result = self.expr(file, id);
        let range = script.tree()[id].range;
        match script.api(call.callee).filter(ApiPath::is_of_server) {
            Some(path) => self.api_call(input, id, call, path, &args),
            None => {
                let callee = self.expr(file, call.callee);
                self.constraints.calls.push(CallConstraint {
                    callee,
                    args,
                    method: None,
                    results: (file, id, 0),
                    file,
                    range,
                });
            }
        }
        debug_assert_eq!(result, self.expr(file, id));
    }

    fn api_call(&mut self, input: &Input<'_>, id: ExprId, call: &Call, path: ApiPath<'_>, args: &[Node]) {
        let file = input.file;
        let range = input.script.tree()[id].range;
        let result = self.expr(file, id);
        let read = |reason| Refusal { file, range, reason };
        let first = args.first().copied();
        if let Some(outside) = made_by(path) {
            let object = self.object(Object::Outside(file, outside, Some(id)));
            self.constraints.objects.push((result, object));
            return;
        }
        match path {
            ApiPath::Global("pcall" | "xpcall") => {
                let Some(callee) = first else { return };
                let protected = call.args.first().and_then(|&callee| input.script.api(callee));
                if let Some(outside) = protected.and_then(made_by) {
                    let object = self.object(Object::Outside(file, outside, Some(id)));
                    let result = self.result(input, id, 1);
                    self.constraints.objects.push((result, object));
                }
                let args = if path == ApiPath::Global("pcall") { args[1..].to_vec() } else { Vec::new() };
                self.constraints.calls.push(CallConstraint {
                    callee,
                    args,
                    method: None,
                    results: (file, id, 1),
                    file,
                    range,
                });
            }
            ApiPath::Global("setmetatable") => {
                if let [table, meta, ..] = args {
                    self.constraints.metatables.push((*table, *meta));
                    self.copy(*table, result);
                }
            }
            ApiPath::Global("assert") => {
                for (nth, &arg) in args.iter().enumerate().take(MAX_RESULTS as usize) {
                    let to = self.result(input, id, nth as u32);
                    self.copy(arg, to);
                }
            }
            ApiPath::Global("select") => args.iter().for_each(|&arg| self.copy(arg, result)),
            ApiPath::Global("unpack") => {
                let Some(base) = first else { return };
                for nth in 0..MAX_RESULTS {
                    let to = self.result(input, id, nth);
                    self.constraints.loads.push(Load { base, key: Key::Name(ITEM), to });
                }
            }
            ApiPath::Global("rawget" | "rawset") => {
                let [base, _, ..] = *args else { return };
                self.constraints.readers.push((base, read(RefusalReason::Dynamic)));
                // The name may be any: it is not written as one.
                if path == ApiPath::Global("rawget") {
                    self.constraints.loads.push(Load { base, key: Key::Any, to: result });
                } else if let Some(&from) = args.get(2) {
                    self.constraints.stores.push(Store { base, name: DYNAMIC, from });
                    self.copy(base, result);
                }
            }
            ApiPath::Member("table", "insert") => {
                if let Some(base) = first
                    && let Some(&value) = call.args.get(1..).and_then(<[ExprId]>::last)
                {
                    let from = self.expr(file, value);
                    self.constraints.stores.push(Store { base, name: ITEM, from });
                }
            }
            ApiPath::Member("table", "remove") => {
                if let Some(base) = first {
                    self.constraints.loads.push(Load { base, key: Key::Name(ITEM), to: result });
                }
            }
            ApiPath::Member("table", "sort") => {
                if let [base, callee, ..] = *args {
                    let item = self.node();
                    self.constraints.loads.push(Load { base, key: Key::Name(ITEM), to: item });
                    let args = vec![item, item];
                    let results = (file, id, MAX_RESULTS);
                    self.constraints.calls.push(CallConstraint { callee, args, method: None, results, file, range });
                }
            }
            ApiPath::Global("pairs" | "next") | ApiPath::Member("table", "foreach") => {
                if let Some(table) = first
                    && !is_tested_only(input.script, id)
                {
                    self.constraints.readers.push((table, read(RefusalReason::Iterated)));
                }
            }
            ApiPath::Member("cjson", "encode") | ApiPath::Member("cmsgpack", "pack") => {
                args.iter().for_each(|&arg| self.constraints.readers.push((arg, read(RefusalReason::Encoded))));
            }
            ApiPath::Member("redis" | "server", "register_function") => {
                for (&arg, expr) in args.iter().zip(&call.args) {
                    self.constraints.callbacks.push((arg, read(RefusalReason::Server)));
                    let table = input.script.resolve(*expr);
                    if let ExprKind::Table(fields) = &input.script.tree()[table].kind {
                        self.constraints.readers.push((arg, read(RefusalReason::Server)));
                        for field in fields {
                            let value = self.expr(file, field.value());
                            self.constraints.callbacks.push((value, read(RefusalReason::Server)));
                        }
                    }
                }
            }
            ApiPath::Member("string", "gsub") => {
                if let Some(&with) = args.get(2) {
                    self.constraints.readers.push((with, read(RefusalReason::Dynamic)));
                    self.constraints.callbacks.push((with, read(RefusalReason::Passed)));
                }
            }
            ApiPath::Global("ipairs" | "type" | "tostring" | "tonumber" | "rawequal" | "getmetatable")
            | ApiPath::Member("table" | "string" | "math" | "bit" | "struct" | "os", _)
            | ApiPath::Member("redis" | "server", _) => {}
            _ => {
                for &arg in args {
                    self.constraints.readers.push((arg, read(RefusalReason::Passed)));
                    self.constraints.callbacks.push((arg, read(RefusalReason::Passed)));
                }
            }
        }
    }
}

/// The tables that a function of the server's gives.
fn made_by(path: ApiPath<'_>) -> Option<Outside> {
    match path {
        ApiPath::Member("cjson", "decode") | ApiPath::Member("cmsgpack", "unpack" | "unpack_one" | "unpack_limit") => {
            Some(Outside::Decoded)
        }
        ApiPath::Member("redis" | "server", "call" | "pcall" | "error_reply" | "status_reply") => Some(Outside::Reply),
        _ => None,
    }
}

/// True if the result of a call is only tested for being there: `next(t) == nil`.
fn is_tested_only(script: &Script, call: ExprId) -> bool {
    match script.parent(call) {
        Some(parent) => match &script.tree()[parent].kind {
            ExprKind::Binary { op, lhs, rhs, .. } => {
                op.is_equality() && [lhs, rhs].iter().any(|side| script.tree()[**side].kind == ExprKind::Nil)
            }
            ExprKind::Unary { op: UnaryOp::Not, .. } => true,
            _ => false,
        },
        None => {
            let stmt = &script.tree()[script.scopes.stmt_of(call)].kind;
            matches!(stmt, StmtKind::If(_) | StmtKind::While { .. } | StmtKind::Repeat { .. })
        }
    }
}
