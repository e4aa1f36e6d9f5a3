//! Locals, fields, elements of KEYS and ARGV, and what includes give.

use semantic::{Init, LocalId, LocalKind, Script};

use super::{Completion, CompletionKind, place::Place};
use crate::{File, naming, render, visibility};

/// The name, with its tables, that ends at a place.
pub(super) fn path_before(source: &[u8], end: u32) -> String {
    let before = source[..end as usize].trim_ascii_end();
    let len =
        before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    String::from_utf8_lossy(&before[before.len() - len..]).into_owned()
}

/// The locals in scope and those of including and included files.
pub(super) fn visible(place: &Place<'_>, found: &mut Vec<Completion>) {
    let it = &place.project.files[place.file];
    let script = &it.script;
    let mut seen: Vec<&str> = Vec::new();
    let visible = visibility::Visibility::new(script, place.offset);
    let mut locals: Vec<_> =
        script.scopes.locals().filter(|(_, local)| local.name.range.end < place.offset && visible.has(local)).collect();
    // Of several with one name the last is meant; what is declared near is wanted more.
    locals.reverse();
    for (nth, (id, local)) in locals.into_iter().enumerate() {
        let name = script.name(id);
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let function = matches!(local.init, Init::Function(_));
        let detail = match (local.kind, local.init) {
            (_, Init::Function(function)) => naming::signature(script, "", function),
            (LocalKind::Parameter(_), _) => "parameter".to_owned(),
            (_, Init::Expr(expr) | Init::Nth(expr, _)) => render::shown(it, script.tree()[expr].range),
            _ => String::new(),
        };
        let kind = if function { CompletionKind::Function } else { CompletionKind::Variable };
        let deprecated = is_deprecated(script, id);
        found.push(Completion { detail, deprecated, rank: 50 + nth.min(70) as u32, ..Completion::new(name, kind) });
    }
    for (nth, (name, detail, deprecated)) in given(place).into_iter().enumerate() {
        if !found.iter().any(|it| it.label == name) {
            let rank = 180 + nth.min(90) as u32;
            found.push(Completion { detail, deprecated, rank, ..Completion::new(name, CompletionKind::Function) });
        }
    }
}

/// True if a local is a function that an annotation calls deprecated.
fn is_deprecated(script: &Script, id: LocalId) -> bool {
    matches!(script.scopes[id].init, Init::Function(function) if script.deprecated(function).is_some())
}

/// The names that the files around an include give this one: their locals at the top, with the file, and whether they are
/// deprecated.
fn given(place: &Place<'_>) -> Vec<(String, String, bool)> {
    let project = place.project;
    let files = project.around(place.file);
    let mut found: Vec<(String, String, bool)> = Vec::new();
    for &file in &files[1..] {
        let it = &project.files[file];
        for &id in it.script.scopes.top_level() {
            let name = it.script.name(id);
            let is_function = matches!(it.script.scopes[id].init, Init::Function(_));
            // Of other files' variables few are meant to be shared; all their functions may be.
            let shared = is_function || it.script.is_used_elsewhere(id);
            if shared && !found.iter().any(|(known, ..)| known == name) {
                found.push((name.to_owned(), it.path.clone(), is_deprecated(&it.script, id)));
            }
        }
    }
    found
}

/// True if a file that is not yet a script may become one: it is new, or has nothing of other programs.
pub(super) fn may_become_script(file: &File) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(file.source(), text).is_some();
    file.source().len() < 2_000 && !has(b"require") && !has(b"module") && !has(b"vim.")
}
