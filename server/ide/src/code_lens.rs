//! Lines above the code: what a script takes, and how often a function is used.

use semantic::LocalKind;
use text::TextRange;

use crate::{FieldAt, File, Location, Project, entry, functions, navigation};

/// A lens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// Range of the item it describes: the first line for the whole script.
    pub range: TextRange,
    /// Text of the lens, or none until [`resolve`].
    pub title: Option<String>,
}

/// The lenses of a file. Those that count uses are without their words, for counting goes through all files.
pub fn lenses(file: &File) -> Vec<Lens> {
    if !file.is_script {
        return Vec::new();
    }
    let script = &file.script;
    let mut found = Vec::new();
    if !script.is_definitions() && script.library.is_none() {
        found.push(Lens { range: TextRange::at(0), title: Some(arity(file)) });
    }
    for it in functions::named(file) {
        // Of functions in locals those that are declared as such; a variable may hold any.
        let is_declared = it.local.is_none_or(|id| script.scopes[id].kind == LocalKind::Function);
        if is_declared {
            found.push(Lens { range: it.selection, title: None });
        }
    }
    found
}

/// The words of a lens, with the uses that it counts.
pub fn resolve(project: &Project, file: usize, range: TextRange) -> Option<(String, Vec<Location>)> {
    let script = &project.files.get(file)?.script;
    let local = script.scopes.locals().find(|(_, local)| local.name.range == range).map(|(id, _)| id);
    let references = match local {
        Some(id) => navigation::of_local(project, file, id),
        None => FieldAt::find(project, file, range.start)?.references(),
    };
    let uses: Vec<Location> = references
        .into_iter()
        .map(|reference| reference.location)
        .filter(|location| *location != Location { file, range })
        .collect();
    let title = if uses.len() == 1 { "1 reference".to_owned() } else { format!("{} references", uses.len()) };
    Some((title, uses))
}

/// "2 keys, 1 argument".
pub(crate) fn arity(file: &File) -> String {
    let (keys, open_keys) = entry::taken(file, true);
    let (args, open_args) = entry::taken(file, false);
    let count = |count: u32, open: bool, word: &str| {
        let least = if open { "or more " } else { "" };
        let plural = if count == 1 && !open { "" } else { "s" };
        match (count, open) {
            (0, true) => format!("any number of {word}s"),
            (0, false) => format!("no {word}s"),
            _ => format!("{count} {least}{word}{plural}"),
        }
    };
    format!("{}, {}", count(keys, open_keys, "key"), count(args, open_args, "argument"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn first(source: &str) -> String {
        lenses(&project(source).files[0]).into_iter().find_map(|lens| lens.title).unwrap_or_default()
    }

    #[test]
    fn what_a_script_takes() {
        assert_eq!(first("return redis.call('SET', KEYS[1], ARGV[2])"), "1 key, 2 arguments");
        assert_eq!(first("return redis.call('TIME')"), "no keys, no arguments");
        assert_eq!(first("return redis.call('DEL', unpack(KEYS))"), "any number of keys, no arguments");
        assert_eq!(
            first("redis.call('DEL', KEYS[1]) for i = 2, #ARGV do redis.call('DEL', ARGV[i]) end"),
            "1 key, any number of arguments"
        );
        assert_eq!(
            first("-- @include part.lua\nreturn KEYS[1]\n--- file: part.lua\nlocal x = KEYS[3]"),
            "3 keys, no arguments"
        );
    }

    #[test]
    fn how_often_a_function_is_used() {
        let project = project("local function f() return 1 end\nreturn f() + f() + redis.call('DBSIZE')");
        let lens = lenses(&project.files[0]).into_iter().find(|lens| lens.title.is_none());
        let resolved = lens.and_then(|lens| resolve(&project, 0, lens.range));
        assert_eq!(resolved.map(|(title, uses)| (title, uses.len())), Some(("2 references".to_owned(), 2)));
    }
}
