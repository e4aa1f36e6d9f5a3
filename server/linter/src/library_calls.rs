//! Calls of the sandbox's functions and of string methods, found once for all rules that judge arguments.

use std::borrow::Cow;

use commands::api::{self, Item};
use semantic::{Script, flow::Kinds};
use syntax::{ExprId, ExprKind};

/// A call of a function of the sandbox.
#[derive(Debug)]
pub struct LibraryCall<'a> {
    /// The call.
    pub id: ExprId,
    /// The function.
    pub item: &'static Item,
    /// The arguments; a string method has the string as the first.
    pub args: Cow<'a, [ExprId]>,
    /// True if it is written with a colon.
    pub is_method: bool,
}

impl LibraryCall<'_> {
    /// True for `redis.call` and `redis.pcall`, whose arguments are the command's.
    pub fn is_command(&self) -> bool {
        self.item.table == "redis" && matches!(self.item.name, "call" | "pcall")
    }
}

/// Returns all calls in the order of the source, method calls behind the others.
pub(crate) fn find<'a>(script: &'a Script) -> Vec<LibraryCall<'a>> {
    let called = |(id, expr): (ExprId, &'a syntax::Expr)| match &expr.kind {
        ExprKind::Call(call) => {
            let item = script.api(call.callee)?.item()?;
            Some(LibraryCall { id, item, args: Cow::Borrowed(&*call.args), is_method: false })
        }
        ExprKind::MethodCall(call) => {
            let item = api::member("string", call.name.as_str(&script.source))?;
            let of = script.flow().of(call.base).filter(|of| of.is_known());
            let is_text = of.is_some_and(|of| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::FALSY));
            let args = std::iter::once(call.base).chain(call.args.iter().copied()).collect();
            is_text.then_some(LibraryCall { id, item, args: Cow::Owned(args), is_method: true })
        }
        _ => None,
    };
    script.tree().calls().chain(script.tree().method_calls()).filter_map(called).collect()
}
