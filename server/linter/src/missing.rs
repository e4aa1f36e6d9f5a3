//! What the rules on missing values share.

use semantic::flow::Kinds;
use syntax::ExprId;

use crate::{Context, Edit, Sink, values};

/// How a value can fail an operation.
pub(crate) struct Missing {
    /// The call whose reply lacks it; none where the value is nothing at all, whatever the reply.
    pub call: Option<ExprId>,
    /// How it is called in Lua: `false`, `nil`.
    pub what: &'static str,
    /// Whether it is never anything else.
    pub always: bool,
}

/// Whether an operand may be nothing for all that the script asks.
pub(crate) fn missing(context: &Context<'_>, operand: ExprId) -> Option<Missing> {
    let of = context.script.flow().of(operand).filter(|of| !of.kinds.is_empty())?;
    let always = of.is(Kinds::NIL | Kinds::FALSE);
    let call = of.may_be_missing();
    if call.is_none() && !always {
        return None;
    }
    // A local that nothing was ever put into is another rule's matter.
    if call.is_none() && context.script.constant(operand).is_some() {
        return None;
    }
    let what = match (of.kinds.has(Kinds::FALSE), of.kinds.has(Kinds::NIL)) {
        (true, true) => "`false` or nil",
        (true, false) => "`false`",
        _ => "nil",
    };
    Some(Missing { call, what, always })
}

/// Reports that an operand may be nothing; `doing` is what fails then: "arithmetic".
pub(crate) fn report(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    operand: ExprId,
    found: &Missing,
    doing: &str,
    default: Option<&str>,
) {
    let subject = values::subject(context, operand);
    let may_be = if found.always { "is" } else { "may be" };
    let why = match found.call {
        Some(call) => {
            let lacks = if values::name(context, call) == "SET" { "does nothing" } else { "finds nothing" };
            format!(", when {} {lacks}", values::name_and_line(context, call, operand))
        }
        None => String::new(),
    };
    let finding = sink.report(
        context.range(operand),
        format!("{subject} {may_be} {}{why}: {doing} stops the script then", found.what),
    );
    let finding = match found.call {
        Some(call) if context.line(context.range(call).start) != context.line(context.range(operand).start) => {
            finding.related(values::place(context, call), "the reply is from here")
        }
        _ => finding,
    };
    if let Some(default) = default.filter(|_| !found.always) {
        let range = context.range(operand);
        let edits = vec![Edit::insert(range.start, "("), Edit::insert(range.end, format!(" or {default})"))];
        finding.fix(format!("Take {default} where there is nothing"), edits);
    }
}
