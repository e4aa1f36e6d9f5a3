//! Entry points of a file: the script or the functions of a library, with their inputs.

use semantic::{Entry as Named, TableUse};
use syntax::{ExprKind, StmtKind};
use text::TextRange;

use crate::{Element, File, at, naming};

/// An entry point of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The function's name; none for a script.
    pub function: Option<String>,
    /// Range at which the run is offered: the first line for a script, the name for a function.
    pub range: TextRange,
    /// Offset behind which the reply is shown: the end of a line.
    pub result: u32,
    /// Its keys, each with its name if known.
    pub keys: Vec<Option<String>>,
    /// Its arguments, each with its name if known.
    pub args: Vec<Option<String>>,
    /// True if it takes more keys than these.
    pub open_keys: bool,
    /// True if it takes more arguments than these.
    pub open_args: bool,
}

/// Returns the entry points of a file. A file that only defines things for others has none.
pub fn entries(file: &File) -> Vec<Entry> {
    let script = &file.script;
    match &script.library {
        Some(library) => library
            .registrations
            .iter()
            .filter_map(|registration| {
                let name = registration.name.clone()?;
                let range = script.tree()[registration.name_expr.unwrap_or(registration.call)].range;
                let inside = registration.callback.map(|function| script.tree()[function].range);
                let (keys, open_keys) = elements(file, true, inside);
                let (args, open_args) = elements(file, false, inside);
                let result = end_of_line(file, range.start);
                Some(Entry { function: Some(name), range, result, keys, args, open_keys, open_args })
            })
            .collect(),
        None if !file.is_script || script.is_definitions() || script.is_fragment() => Vec::new(),
        None => vec![whole(file)],
    }
}

/// The script of a file as an entry, whatever the file is.
pub fn whole(file: &File) -> Entry {
    let (keys, open_keys) = taken(file, true);
    let (args, open_args) = taken(file, false);
    let named = |count: u32, is_key: bool| -> Vec<Option<String>> {
        (1..=count.min(MOST)).map(|index| naming::element_name(file, Element { is_key, index })).collect()
    };
    let script = &file.script;
    let stmts = &script.tree()[script.tree().root()].stmts;
    let last = stmts.last().map(|&stmt| &script.tree()[stmt]);
    let result = match last {
        Some(stmt) if matches!(stmt.kind, StmtKind::Return(_)) => end_of_line(file, stmt.range.start),
        _ => end_of_line(file, 0),
    };
    Entry {
        function: None,
        range: TextRange::at(0),
        result,
        keys: named(keys, true),
        args: named(args, false),
        open_keys,
        open_args,
    }
}

/// Maximum number of words to ask for, in case a script reads `ARGV[1000000]` by mistake.
const MOST: u32 = 64;

/// Number of keys or arguments that a script takes, and true if it may take more.
pub(crate) fn taken(file: &File, is_key: bool) -> (u32, bool) {
    let script = &file.script;
    let (uses, included, told): (&TableUse, _, Option<u32>) = if is_key {
        let told = script.named_keys().or(script.header.key_count());
        (&script.keys, &script.environment.included_keys, told)
    } else {
        (&script.argv, &script.environment.included_argv, script.header.arg_count())
    };
    let below = included.indices.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let read = uses.highest().max(below);
    (told.map_or(read, |told| told.max(read)), !uses.dynamic.is_empty() || included.dynamic)
}

/// The elements that a function of a library reads by constant indices.
fn elements(file: &File, is_key: bool, inside: Option<TextRange>) -> (Vec<Option<String>>, bool) {
    let Some(inside) = inside else { return (Vec::new(), true) };
    let script = &file.script;
    let entries: &[Named] = if is_key { &script.header.keys } else { &script.header.args };
    let (mut highest, mut open) = (0, false);
    for (id, expr) in script.tree().exprs().filter(|(_, expr)| inside.overlaps(expr.range)) {
        let ExprKind::Index { base, .. } = &expr.kind else { continue };
        match at::element(script, id) {
            Some(element) if element.is_key == is_key => highest = highest.max(element.index),
            Some(_) => {}
            None => open |= if is_key { script.is_keys(*base) } else { script.is_argv(*base) },
        }
    }
    let name = |index: u32| {
        let entry = entries.iter().find(|entry| entry.index == index && !entry.text.is_empty())?;
        Some(file.text(entry.text).into_owned())
    };
    ((1..=highest.min(MOST)).map(name).collect(), open)
}

fn end_of_line(file: &File, offset: u32) -> u32 {
    file.lines.line_range(file.source(), file.lines.line(offset)).end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    #[test]
    fn a_script_is_run_as_a_whole() {
        let project =
            project("-- KEYS[1] stock\nlocal wanted = ARGV[2]\nif wanted then\n  return 1\nend\nreturn KEYS[1]\n");
        let found = entries(&project.files[0]);
        let shown: Vec<_> = found.iter().map(|it| (it.function.as_deref(), it.keys.clone(), it.args.clone())).collect();
        assert_eq!(shown, [(None, vec![Some("stock".to_owned())], vec![None, Some("wanted".to_owned())])]);
        assert!(project.files[0].source()[..found[0].result as usize].ends_with(b"return KEYS[1]"));
    }

    #[test]
    fn a_library_is_run_by_its_functions() {
        let project = project(
            "#!lua name=shop\nlocal function take(keys, args)\n  return redis.call('DECRBY', keys[1], args[2])\nend\n\
             redis.register_function('take', take)\nredis.register_function{function_name='none', callback=function() end}\n",
        );
        let found = entries(&project.files[0]);
        let shown: Vec<_> =
            found.iter().map(|it| (it.function.as_deref().unwrap_or_default(), it.keys.len(), it.args.len())).collect();
        assert_eq!(shown, [("take", 1, 2), ("none", 0, 0)]);
    }

    #[test]
    fn what_gives_to_others_is_not_run() {
        let project = project("-- @include part.lua\nreturn KEYS[1]\n--- file: part.lua\nlocal x = KEYS[3]\nf(x)\n");
        assert_eq!(entries(&project.files[0]).len(), 1);
        assert_eq!(entries(&project.files[0])[0].keys.len(), 3);
        assert_eq!(entries(&project.files[1]), []);
    }
}
