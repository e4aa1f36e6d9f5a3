//! Navigation between declarations and uses: definition, references, highlights, rename, linked editing.

use semantic::LocalId;
use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::{At, Element, FieldAt, Location, Project, Reference, TypeName, annotation::mentions, at, see};

/// Declarations of a symbol, with the range of the use that was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Definition {
    /// The use.
    pub origin: TextRange,
    /// The declarations.
    pub targets: Vec<Location>,
}

/// Finds the declarations of the symbol at an offset.
pub fn definition(project: &Project, file: usize, offset: u32) -> Option<Definition> {
    if !project.files[file].is_script {
        return None;
    }
    let (at, origin) = At::find(project, file, offset)?;
    let targets = match at {
        At::Local(of, id) => {
            let range = project.files[of].script.scopes[id].name.range;
            if range.is_empty() { Vec::new() } else { vec![Location { file: of, range }] }
        }
        At::Element(element) => element_declaration(project, file, element),
        At::Include(nth, _) => {
            let found = crate::links::included(project, file, nth);
            found.into_iter().map(|file| Location { file, range: TextRange::at(0) }).collect()
        }
        At::Field(field) => field.declarations(),
        At::Type(name) => name.declarations(project),
        _ => Vec::new(),
    };
    (!targets.is_empty()).then_some(Definition { origin, targets })
}

/// Location of the header comment that names an element, else of its first use.
fn element_declaration(project: &Project, file: usize, element: Element) -> Vec<Location> {
    let script = &project.files[file].script;
    let (entries, uses) =
        if element.is_key { (&script.header.keys, &script.keys) } else { (&script.header.args, &script.argv) };
    let named = entries.iter().find(|entry| entry.index == element.index).map(|entry| entry.range);
    let used = || uses.indices.iter().find(|used| used.index == f64::from(element.index));
    let range = named.or_else(|| Some(script.tree()[used()?.expr].range));
    range.map(|range| Location { file, range }).into_iter().collect()
}

/// The uses of the symbol at an offset, with its declaration, in the order of files and text.
pub fn references(project: &Project, file: usize, offset: u32) -> Vec<Reference> {
    if !project.files[file].is_script {
        return Vec::new();
    }
    let Some((at, _)) = At::find(project, file, offset) else { return Vec::new() };
    let mut found = match at {
        At::Local(of, id) => {
            let mut found = of_local(project, of, id);
            found.extend(mentions(project, of, id).map(|location| Reference { location, is_write: false }));
            found
        }
        At::Type(name) => name.references(project),
        At::Element(element) => of_element(project, file, element),
        At::Field(field) => field.references(),
        At::Api(path) => {
            let member = match path {
                semantic::ApiPath::Member("string", member) => Some(member),
                _ => None,
            };
            let path = path.to_string();
            everywhere(project, |file, expr| {
                let script = &project.files[file].script;
                let range = match &script.tree()[expr].kind {
                    ExprKind::MethodCall(call) if member == Some(call.name.as_str(&script.source)) => {
                        let field = FieldAt::find(project, file, call.name.range.start)?;
                        return field.is_string_method().then_some(call.name.range);
                    }
                    ExprKind::Field { name, .. } => name.range,
                    ExprKind::Name(name) if script.scopes.is_global(expr) => name.range,
                    _ => return None,
                };
                (script.api(expr)?.to_string() == path).then_some(range)
            })
        }
        At::Word(call, 0 | 1) if call.binding.spec.is_some() => {
            let wanted = call.binding.spec.map(|spec| spec.name);
            let mut found = Vec::new();
            for (file, it) in project.files.iter().enumerate().filter(|(_, it)| it.is_script) {
                for call in it.script.calls.iter().filter(|call| call.name() == wanted) {
                    if let Some(&word) = call.words.first() {
                        let location = Location { file, range: it.script.tree()[word].range };
                        found.push(Reference { location, is_write: false });
                    }
                }
            }
            found
        }
        At::Global => {
            let name = at::expr_at(&project.files[file].script, offset)
                .map(|expr| project.files[file].script.text(expr).to_vec())
                .unwrap_or_default();
            let script = &project.files[file].script;
            let same = script.scopes.globals().iter().filter(|global| global.name.text(&script.source) == name);
            same.map(|global| Reference {
                location: Location { file, range: global.name.range },
                is_write: global.write.is_some(),
            })
            .collect()
        }
        _ => Vec::new(),
    };
    found.sort();
    found.dedup();
    found
}

fn everywhere(project: &Project, is: impl Fn(usize, ExprId) -> Option<TextRange>) -> Vec<Reference> {
    let mut found = Vec::new();
    for (file, it) in project.files.iter().enumerate().filter(|(_, it)| it.is_script) {
        for (expr, _) in it.script.tree().exprs() {
            if let Some(range) = is(file, expr) {
                found.push(Reference { location: Location { file, range }, is_write: false });
            }
        }
    }
    found
}

/// The uses of a local in its file and, through includes, in others.
pub(crate) fn of_local(project: &Project, of: usize, id: LocalId) -> Vec<Reference> {
    let script = &project.files[of].script;
    let local = &script.scopes[id];
    let tree = script.tree();
    let mut found = Vec::new();
    let mut add = |file: usize, range: TextRange, is_write: bool| {
        found.push(Reference { location: Location { file, range }, is_write });
    };
    if !local.name.range.is_empty() {
        add(of, local.name.range, true);
    }
    local.reads.iter().for_each(|&read| add(of, tree[read].range, false));
    local.writes.iter().for_each(|write| add(of, tree[write.target].range, true));
    if script.is_used_elsewhere(id) {
        for (file, it) in project.files.iter().enumerate() {
            for (offset, definition) in it.script.environment.given() {
                if definition.path == project.files[of].path && definition.range == local.name.range {
                    let range = TextRange::new(offset, offset + local.name.range.len());
                    add(file, range, false);
                }
            }
        }
    }
    found
}

/// The uses of an element in a script and in the files that it includes, and the comment that names it.
fn of_element(project: &Project, file: usize, element: Element) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut files = vec![file];
    let mut next = 0;
    while let Some(&file) = files.get(next) {
        next += 1;
        let it = &project.files[file];
        let included = project.included(file).iter().flatten().copied();
        let included: Vec<usize> = included.filter(|at| !files.contains(at)).collect();
        files.extend(included);
        let (uses, entries) = if element.is_key {
            (&it.script.keys, &it.script.header.keys)
        } else {
            (&it.script.argv, &it.script.header.args)
        };
        let used = uses.indices.iter().filter(|used| used.index == f64::from(element.index));
        let named = entries.iter().filter(|entry| entry.index == element.index).map(|entry| (entry.range, true));
        for (range, is_write) in used.map(|used| (it.script.tree()[used.expr].range, false)).chain(named) {
            found.push(Reference { location: Location { file, range }, is_write });
        }
    }
    found
}

/// Returns the range to rename at an offset.
/// // # Errors
/// // A sentence for the user if the symbol cannot be renamed.
pub fn prepare_rename(project: &Project, file: usize, offset: u32) -> Result<TextRange, String> {
    Ok(match renamed(project, file, offset)? {
        Renamed::Local(_, _, range) => range,
        Renamed::Field(field) => {
            field.renamed(project, None)?;
            field.field_use().range
        }
        Renamed::Type(_, range) => range,
    })
}

enum Renamed {
    /// A local of a file, with the range of its name at the cursor.
    Local(usize, LocalId, TextRange),
    Field(FieldAt),
    /// The name of a class or an alias, with its range at the cursor.
    Type(TypeName, TextRange),
}

fn renamed(project: &Project, file: usize, offset: u32) -> Result<Renamed, String> {
    if see::is_at(project, file, offset) {
        return Err("this only names it: rename it where it is declared or used".to_owned());
    }
    match At::find(project, file, offset).filter(|_| project.files[file].is_script) {
        Some((At::Local(of, id), range)) => {
            if project.files[of].script.scopes[id].name.range.is_empty() {
                return Err("this name is given by Lua itself".to_owned());
            }
            Ok(Renamed::Local(of, id, range))
        }
        Some((At::Field(field), _)) => Ok(Renamed::Field(field)),
        Some((At::Type(name), range)) => Ok(Renamed::Type(name, range)),
        Some((At::Api(path), _)) => Err(format!("`{path}` is the server's")),
        Some((At::Element(_), _)) => Err("KEYS and ARGV are the server's: put the element into a local".to_owned()),
        _ => Err("there is no local variable or field here".to_owned()),
    }
}

/// The places to write `name` to, so that the local or the field at a place has that name everywhere.
///
/// # Errors
///
/// In a sentence for the user: the name is none, or means something else already where it is used; or it is not certain
/// where the field is used.
pub fn rename(project: &Project, file: usize, offset: u32, name: &str) -> Result<Vec<Location>, String> {
    let (of, id) = match renamed(project, file, offset)? {
        Renamed::Local(of, id, _) => (of, id),
        Renamed::Field(field) => {
            check_name(name)?;
            return field.renamed(project, Some(name));
        }
        Renamed::Type(of, _) => return of.renamed(project, name),
    };
    check_name(name)?;
    if commands::api::global(name).is_some() {
        return Err(format!("`{name}` is a name of the server's: the script could not reach it any more"));
    }
    let found = of_local(project, of, id);
    if project.files[of].script.name(id) != name {
        for reference in &found {
            let script = &project.files[reference.location.file].script;
            let at = reference.location.range.start;
            let visible = script.scopes.locals().find(|(other, local)| {
                let same = reference.location.file == of && *other == id;
                !same && script.name(*other) == name && (local.scope.contains(at) || local.name.range.start == at)
            });
            // A local of that name that is declared between would take the uses for itself, and ours would take its.
            if visible.is_some() {
                return Err(format!("`{name}` is another local here already"));
            }
        }
        let script = &project.files[of].script;
        let scope = script.scopes[id].scope;
        let taken = script.scopes.locals().find(|(other, local)| {
            *other != id
                && script.name(*other) == name
                && local.reads.iter().any(|&read| scope.contains(script.tree()[read].range.start))
                && local.scope.start <= scope.start
        });
        if taken.is_some() {
            return Err(format!("`{name}` is another local here already"));
        }
    }
    let mut found: Vec<Location> = found.into_iter().map(|reference| reference.location).collect();
    found.extend(mentions(project, of, id));
    Ok(found)
}

/// Refuses a text that is no name of Lua's.
fn check_name(name: &str) -> Result<(), String> {
    const KEYWORDS: [&str; 21] = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not",
        "or", "repeat", "return", "then", "true", "until", "while",
    ];
    if KEYWORDS.contains(&name) {
        return Err(format!("`{name}` is a keyword of Lua"));
    }
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !is_name {
        return Err(format!("`{name}` is no name: letters, digits and `_`, not beginning with a digit"));
    }
    Ok(())
}

/// The uses of a local that an editor may change together while its declaration is typed over.
pub fn linked_editing(project: &Project, file: usize, offset: u32) -> Option<Vec<TextRange>> {
    let script = &project.files[file].script;
    let (At::Local(of, id), range) = At::find(project, file, offset)? else { return None };
    let local = &script.scopes[id];
    // Only at the declaration: elsewhere one types another variable's name as often as a new one.
    if of != file || local.name.range != range || script.is_used_elsewhere(id) || local.name.range.is_empty() {
        return None;
    }
    let mut ranges: Vec<TextRange> = of_local(project, of, id).into_iter().map(|it| it.location.range).collect();
    ranges.extend(mentions(project, of, id).map(|location| location.range));
    (ranges.len() > 1).then_some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn places(project: &Project, locations: impl IntoIterator<Item = Location>) -> Vec<String> {
        locations
            .into_iter()
            .map(|it| {
                let file = &project.files[it.file];
                let place = file.lines.line_col(file.source(), it.range.start);
                format!("{}:{}:{} {}", file.path, place.line, place.column, file.text(it.range))
            })
            .collect()
    }

    fn defined(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        places(&project, definition(&project, 0, offset).map(|it| it.targets).unwrap_or_default())
    }

    fn used(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        places(&project, references(&project, 0, offset).into_iter().map(|it| it.location))
    }

    #[test]
    fn locals_are_found_across_includes() {
        let source = "local rcall = redis.call\n-- @include part.lua\nreturn ge$0t(KEYS[1])\n--- file: part.lua\nlocal function get(key)\n  return rcall('GET', key)\nend\n";
        assert_eq!(defined(source), ["part.lua:1:16 get"]);
        assert_eq!(used(source), ["main.lua:3:8 get", "part.lua:1:16 get"]);
        let source = source.replacen("$0", "", 1).replacen("rcall", "rca$0ll", 1);
        assert_eq!(used(&source), ["main.lua:1:7 rcall", "part.lua:2:10 rcall"]);
        assert_eq!(
            defined("local a = 1\n-- @include pa$0rt.lua\nreturn KEYS[1]\n--- file: part.lua\nlocal b = a"),
            ["part.lua:1:1 "]
        );
    }

    #[test]
    fn keys_go_to_the_comment_that_names_them() {
        let source = "-- KEYS[1] lock\nredis.call('GET', KEY$0S[1])\nreturn KEYS[1]";
        assert_eq!(defined(source), ["main.lua:1:4 KEYS[1]"]);
        assert_eq!(used(source).len(), 3);
    }

    #[test]
    fn fields_go_to_their_assignment() {
        let source = "local t = {a = 1}\nt.b = 2\nreturn redis.call('ECHO', t.b$0)";
        assert_eq!(defined(source), ["main.lua:2:3 b"]);
        assert_eq!(defined(&source.replace("t.b$0", "t.a$0")), ["main.lua:1:12 a"]);
    }

    #[test]
    fn commands_are_found_by_name() {
        assert_eq!(used("redis.call('GE$0T', KEYS[1])\nredis.call('get', 'b')").len(), 2);
    }

    fn renaming(source: &str, name: &str) -> Result<usize, String> {
        let (project, offset) = cursor(source);
        rename(&project, 0, offset, name).map(|places| places.len())
    }

    #[test]
    fn renames_that_change_the_meaning_are_refused() {
        let source = "local a$0 = KEYS[1]\nlocal b = a\nreturn redis.call('GET', a, b)";
        assert_eq!(renaming(source, "key"), Ok(3));
        assert_eq!(renaming(source, "a"), Ok(3));
        assert!(renaming(source, "b").is_err(), "b would hide it");
        assert!(
            renaming(source, "end").is_err() && renaming(source, "1x").is_err() && renaming(source, "redis").is_err()
        );
        assert!(renaming("local a = 1\nlocal b$0 = 2\nreturn redis.call('X', a, b)", "a").is_err());
        assert_eq!(renaming("return red$0is.call('GET', KEYS[1])", "x"), Err("`redis` is the server's".to_owned()));
        let across =
            "local rca$0ll = redis.call\n-- @include part.lua\n--- file: part.lua\nreturn rcall('GET', KEYS[1])\n";
        assert_eq!(renaming(across, "call"), Ok(2));
    }

    #[test]
    fn linked_editing_is_at_the_declaration() {
        let (project, offset) = cursor("local ke$0y = KEYS[1]\nreturn redis.call('GET', key)");
        assert_eq!(linked_editing(&project, 0, offset).map(|ranges| ranges.len()), Some(2));
        let (project, offset) = cursor("local key = KEYS[1]\nreturn redis.call('GET', ke$0y)");
        assert_eq!(linked_editing(&project, 0, offset), None);
    }
}
