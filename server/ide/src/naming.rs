//! Names of elements of KEYS and ARGV, and of functions with their parameters.

use semantic::Script;
use syntax::FunctionId;

use crate::{Element, File};

/// Name of an element: by the header, or by the local that it is put into.
pub(crate) fn element_name(file: &File, element: Element) -> Option<String> {
    let script = &file.script;
    let (entries, uses) =
        if element.is_key { (&script.header.keys, &script.keys) } else { (&script.header.args, &script.argv) };
    let told = entries.iter().find(|entry| entry.index == element.index && !entry.text.is_empty());
    match told {
        Some(entry) => Some(file.text(entry.text).into_owned()),
        None => uses.name_in(script, element.index).map(str::to_owned),
    }
}

/// A function's name with its parameters, without the `self` of a method.
pub(crate) fn signature(script: &Script, name: &str, function: FunctionId) -> String {
    let skipped = usize::from(script.tree()[function].method);
    format!("{name}{}", params(script, function, skipped))
}

/// The parameters of a function in parentheses, without the first `skipped`; `self` of a method is one.
pub(crate) fn params(script: &Script, function: FunctionId, skipped: usize) -> String {
    let params = script.scopes.params(function).iter().skip(skipped);
    let mut names: Vec<&str> = params.map(|&param| script.name(param)).collect();
    if script.tree()[function].vararg {
        names.push("...");
    }
    format!("({})", names.join(", "))
}
