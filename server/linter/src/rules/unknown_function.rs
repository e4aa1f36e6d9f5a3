//! Calls of functions that no library of the project registers.

use host::Runs;
use semantic::SiteTarget;
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `FCALL`s in programs whose function no library of the project registers, if the project has libraries and the names of
    /// all their functions are known.
    ///
    /// ## Why it is bad
    /// The server answers `ERR Function not found`.
    ///
    /// ## Example
    /// ```python
    /// LIB = """#!lua name=stock
    /// redis.register_function('stock_take', function(keys) return redis.call('DECR', keys[1]) end)
    /// """
    /// r.function_load(LIB)
    /// r.fcall("stock_tkae", 1, "stock:1")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// LIB = """#!lua name=stock
    /// redis.register_function('stock_take', function(keys) return redis.call('DECR', keys[1]) end)
    /// """
    /// r.function_load(LIB)
    /// r.fcall("stock_take", 1, "stock:1")
    /// ```
    code: "unknown-function",
    group: Hosts,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for site in context.script.sites.iter() {
        let (SiteTarget::NoFunction { closest }, Runs::Function { range, name, .. }) = (&site.target, &site.call.runs)
        else {
            continue;
        };
        let finding = sink.report(*range, format!("no library of the project registers a function `{name}`"));
        if let Some(closest) = closest {
            let finding = finding.help(format!("did you mean {closest}?"));
            // Between the quotes, where the name stands there itself.
            let is_literal = (range.end - range.start) as usize == name.len() + 2;
            if is_literal {
                let inner = TextRange::new(range.start + 1, range.end - 1);
                finding.fix(format!("Replace by {closest}"), vec![Edit::replace(inner, closest.clone())]);
            }
        }
    }
}
