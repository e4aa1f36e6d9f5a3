//! What is told of a place: commands, the sandbox's API, keys and arguments by name, constants, locals.

mod clients;
mod items;
mod locals;
#[cfg(test)]
mod tests;
mod types;
mod words;

use std::fmt::Write as _;

use commands::bind::Word;
use semantic::{Constant, Script};
use syntax::ExprKind;
use text::TextRange;

pub(crate) use items::{api_item, item_text};
pub(crate) use locals::{element_name, params, signature};
pub(crate) use types::{
    annotated_field, annotation_text, field_type, in_lines, is_vague, results, signature as typed_signature,
};
pub(crate) use words::{command, option, options};

use crate::{At, File, Project, annotation, at, command_line::CommandLine, summary};

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// Of what.
    pub range: TextRange,
    /// The words, in Markdown.
    pub markdown: String,
}

/// What there is to tell of a place.
pub fn hover(project: &Project, file: usize, offset: u32) -> Option<Hover> {
    let it = &project.files[file];
    if let Some(line) = CommandLine::at(it, offset) {
        return of_line(it, &line, offset);
    }
    if !it.is_script {
        return None;
    }
    let returned = types::return_at(&it.script, offset);
    if let Some((stmt, range, true)) = returned {
        let markdown = types::returned(it, stmt)?;
        return Some(Hover { range, markdown });
    }
    let plain = match returned {
        // A value that is returned as it is tells less by itself than what becomes of it.
        Some((stmt, ..)) if is_returned_literal(&it.script, stmt, offset) => None,
        _ => at_place(project, file, offset),
    };
    plain.or_else(|| {
        let (stmt, range, _) = returned?;
        let markdown = types::returned(it, stmt)?;
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

/// What there is to tell of what stands at a place by itself.
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
        let (markdown, range) = types::element(it, offset)?;
        return Some(Hover { range, markdown });
    };
    let markdown = match at {
        At::Word(call, nth) => words::word(it, call, nth)?,
        At::Api(path) => api_item(path, &it.options.targets)?,
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
            if let Some((markdown, range)) = types::element(it, offset) {
                return Some(Hover { range, markdown });
            }
            literal(it, offset)?
        }
        At::Global => return None,
    };
    Some(Hover { range, markdown })
}

/// A word of a command on a line of its own.
fn of_line(file: &File, line: &CommandLine, offset: u32) -> Option<Hover> {
    let nth = line.word_at(offset)?;
    let it = line.words.get(nth)?;
    let binding = line.binding(file);
    let known: Vec<Word<'_>> = line.words.iter().map(|word| Word::Known(&word.value)).collect();
    let replies = binding.replies(&known);
    let role = binding.roles.get(nth)?;
    let markdown = words::of_role(role, binding.spec, &replies, Some(&it.value), &file.options.targets)?;
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
                let _ = write!(text, "\n\n{}", slot(&bytes));
            }
            Some(text)
        }
        _ => None,
    }
}

fn slot(key: &[u8]) -> String {
    let mut text = format!("Hash slot {}", commands::key_slot(key));
    let tag = commands::hash_tag(key);
    if tag.len() < key.len() {
        let _ = write!(text, ", by its tag `{}`", String::from_utf8_lossy(tag));
    }
    text
}

/// Source text on one line, cut where it is long.
pub(crate) fn shown(file: &File, range: TextRange) -> String {
    let text = file.text(range);
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > 60 {
        words = words.chars().take(57).collect::<String>() + "…";
    }
    words
}
