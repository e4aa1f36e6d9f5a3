//! Hover: the [class](crate::At) of the code at a position, rendered by its kind.

mod fields;
mod locals;
#[cfg(test)]
mod tests;
mod type_names;

use std::fmt::Write as _;

use commands::bind::Word;
use semantic::{Constant, Script};
use syntax::ExprKind;
use text::TextRange;

use crate::{At, File, Project, annotation, at, command_line::CommandLine, render, summary};

/// The text at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The range that it is about.
    pub range: TextRange,
    /// The text, in Markdown.
    pub markdown: String,
}

/// Returns the hover at a place.
pub fn hover(project: &Project, file: usize, offset: u32) -> Option<Hover> {
    let it = &project.files[file];
    if let Some(line) = CommandLine::at(it, offset) {
        return of_line(it, &line, offset);
    }
    if !it.is_script {
        return None;
    }
    let returned = render::return_at(&it.script, offset);
    if let Some((stmt, range, true)) = returned {
        let markdown = render::returned(it, stmt)?;
        return Some(Hover { range, markdown });
    }
    let plain = match returned {
        // A value that is returned as it is tells less by itself than what becomes of it.
        Some((stmt, ..)) if is_returned_literal(&it.script, stmt, offset) => None,
        _ => at_place(project, file, offset),
    };
    plain.or_else(|| {
        let (stmt, range, _) = returned?;
        let markdown = render::returned(it, stmt)?;
        Some(Hover { range, markdown })
    })
}

fn is_returned_literal(script: &Script, stmt: syntax::StmtId, offset: u32) -> bool {
    let syntax::StmtKind::Return(values) = &script.tree()[stmt].kind else { return false };
    values.iter().any(|&value| {
        let expr = &script.tree()[value];
        matches!(expr.kind, ExprKind::String | ExprKind::Number(_)) && expr.range.contains(offset)
    })
}

/// Returns the hover of the code at an offset.
fn at_place(project: &Project, file: usize, offset: u32) -> Option<Hover> {
    let it = &project.files[file];
    if let Some(shebang) = it.script.shebang.as_ref().filter(|shebang| shebang.range.contains(offset)) {
        let markdown = format!("```\n{}\n```", summary::text(project, file, None)?);
        return Some(Hover { range: shebang.range, markdown });
    }
    if let Some((markdown, range)) = annotation::words(it, offset) {
        return Some(Hover { range, markdown });
    }
    let Some((at, range)) = At::find(project, file, offset) else {
        let (markdown, range) = render::element(it, offset)?;
        return Some(Hover { range, markdown });
    };
    let markdown = match at {
        At::Word(call, nth) => render::word(it, call, nth)?,
        At::Api(path) => render::api_item(path, &it.options.targets)?,
        At::Element(found) => locals::element(project, file, found),
        At::Local(of, id) => {
            // What is known of a use is known in its own file.
            let used = at::expr_at(&it.script, offset).filter(|&expr| it.script.scopes.local_of(expr) == Some(id));
            locals::local(project, of, id, used.filter(|_| of == file))
        }
        At::Include(nth, include) => {
            let found = crate::links::included(project, file, nth);
            let paths: Vec<String> = found.iter().map(|&file| format!("- `{}`", project.files[file].path)).collect();
            match paths.is_empty() {
                true => format!("`{}` is not found", include.path),
                false => format!("Includes\n{}", paths.join("\n")),
            }
        }
        At::Field(field) => field.markdown(project)?,
        At::Type(name) => name.markdown(project)?,
        At::Literal => {
            if let Some((markdown, range)) = render::element(it, offset) {
                return Some(Hover { range, markdown });
            }
            literal(it, offset)?
        }
        At::Global => return None,
    };
    Some(Hover { range, markdown })
}

/// Hover of a word in a command line.
fn of_line(file: &File, line: &CommandLine, offset: u32) -> Option<Hover> {
    let nth = line.word_at(offset)?;
    let it = line.words.get(nth)?;
    let binding = line.binding(file);
    let known: Vec<Word<'_>> = line.words.iter().map(|word| Word::Known(&word.value)).collect();
    let replies = binding.replies(&known);
    let role = binding.roles.get(nth)?;
    let markdown = render::of_role(role, binding.spec, &replies, Some(&it.value), &file.options.targets)?;
    Some(Hover { range: it.range, markdown })
}

/// A string or number by itself.
fn literal(file: &File, offset: u32) -> Option<String> {
    let expr = at::expr_at(&file.script, offset)?;
    match file.script.constant(expr)? {
        Constant::String(bytes) if !bytes.is_empty() => {
            let mut text = format!("String of {} byte{}", bytes.len(), if bytes.len() == 1 { "" } else { "s" });
            // Only what may be a key has a slot worth telling.
            if bytes.iter().all(|byte| byte.is_ascii_graphic()) && bytes.contains(&b':') {
                let _ = write!(text, "\n\n{}", render::slot(&bytes));
            }
            Some(text)
        }
        _ => None,
    }
}
