//! The colours that need knowledge: commands, options, keys in strings; parameters; what belongs to the server.

use std::sync::Arc;

use commands::bind::Role;
use semantic::{ApiPath, LocalKind, annotations::NameKind, points_to::UseForm};
use syntax::ExprKind;
use text::TextRange;

use crate::{FieldAt, File, Project, at};

/// The kinds of token, in the order of the legend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TokenKind {
    /// A local.
    Variable,
    /// A parameter, or an element of KEYS or ARGV.
    Parameter,
    /// A function.
    Function,
    /// A field of a table.
    Property,
    /// A function that is called or declared with `:`.
    Method,
    /// A table of the server's: `redis`, `cjson`.
    Namespace,
    /// A Redis command in a string.
    Command,
    /// An option of a command in a string.
    Option,
    /// A key in a string.
    Key,
    /// The name of a type in an annotation.
    Type,
    /// A tag of an annotation.
    Tag,
}

impl TokenKind {
    /// The names of the kinds as the protocol's standard types have them.
    pub const LEGEND: &[&str] = &[
        "variable",
        "parameter",
        "function",
        "property",
        "method",
        "namespace",
        "keyword",
        "enumMember",
        "string",
        "type",
        "decorator",
    ];
}

/// Modifiers of a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Modifiers {
    /// True at the declaration.
    pub declaration: bool,
    /// True if it never changes.
    pub readonly: bool,
    /// True if the server provides it.
    pub library: bool,
    /// True if it is deprecated on the first target.
    pub deprecated: bool,
}

impl Modifiers {
    /// The names of the modifiers, lowest bit first.
    pub const LEGEND: &[&str] = &["declaration", "readonly", "defaultLibrary", "deprecated"];

    /// The modifiers as bits.
    pub fn bits(self) -> u32 {
        u32::from(self.declaration)
            | u32::from(self.readonly) << 1
            | u32::from(self.library) << 2
            | u32::from(self.deprecated) << 3
    }
}

/// A token; tokens do not overlap and never span lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Token {
    /// Range of the token.
    pub range: TextRange,
    /// Kind of the token.
    pub kind: TokenKind,
    /// Modifiers of the token.
    pub modifiers: Modifiers,
}

/// The tokens of a file within a range, in source order.
pub fn semantic_tokens(project: &Project, file: usize, range: TextRange) -> Vec<Token> {
    let it = &project.files[file];
    if !it.is_script {
        return Vec::new();
    }
    let mut found = Vec::new();
    names(project, file, &mut found);
    fields(project, file, &mut found);
    words(it, &mut found);
    annotations(it, &mut found);
    found.retain(|token| token.range.overlaps(range) && !token.range.is_empty());
    // A string over several lines is left to the grammar.
    found.retain(|token| it.lines.line(token.range.start) == it.lines.line(token.range.end));
    found.sort();
    found.dedup_by(|next, kept| next.range.start < kept.range.end);
    found
}

fn names(project: &Project, file: usize, found: &mut Vec<Token>) {
    let script = &project.files[file].script;
    let kind_of = |of: usize, id| {
        let other = &project.files[of].script;
        let local = &other.scopes[id];
        let is_function = matches!(local.init, semantic::Init::Function(_));
        let kind = match local.kind {
            LocalKind::Parameter(_) => TokenKind::Parameter,
            LocalKind::Function => TokenKind::Function,
            _ if is_function => TokenKind::Function,
            _ => TokenKind::Variable,
        };
        let is_deprecated = match local.init {
            semantic::Init::Function(function) => other.deprecated(function).is_some(),
            _ => false,
        };
        (kind, local.writes.is_empty(), is_deprecated)
    };
    for (id, local) in script.scopes.locals() {
        let (kind, readonly, deprecated) = kind_of(file, id);
        let modifiers = Modifiers { declaration: true, readonly, deprecated, ..Modifiers::default() };
        found.push(Token { range: local.name.range, kind, modifiers });
    }
    for (expr, it) in script.tree().exprs() {
        match &it.kind {
            ExprKind::Name(name) => {
                if let Some((of, id)) = project.local(file, expr) {
                    let (kind, readonly, deprecated) = kind_of(of, id);
                    let modifiers = Modifiers { readonly, deprecated, ..Modifiers::default() };
                    found.push(Token { range: name.range, kind, modifiers });
                    continue;
                }
                let text = name.as_str(&script.source);
                let Some(item) = commands::api::global(text) else { continue };
                let kind = match text {
                    "KEYS" | "ARGV" => TokenKind::Parameter,
                    _ if item.args.is_some() => TokenKind::Function,
                    _ => TokenKind::Namespace,
                };
                let modifiers = Modifiers { readonly: true, library: true, ..Modifiers::default() };
                found.push(Token { range: name.range, kind, modifiers });
            }
            ExprKind::Field { name, .. } => {
                let Some(ApiPath::Member(table, member)) = script.api(expr) else { continue };
                let Some(item) = commands::api::member(table, member) else { continue };
                let kind = if item.args.is_some() { TokenKind::Function } else { TokenKind::Property };
                let modifiers = Modifiers { readonly: true, library: true, ..Modifiers::default() };
                found.push(Token { range: name.range, kind, modifiers });
            }
            _ => {}
        }
    }
}

/// The fields of the script's own tables, and methods.
fn fields(project: &Project, file: usize, found: &mut Vec<Token>) {
    let script = &project.files[file].script;
    let tables = project.points_to(file);
    for &id in tables.uses_in(file) {
        let it = tables.field_use(id);
        let is_function = || {
            matches!(it.write, Some(semantic::Init::Function(_)))
                || tables.functions(&tables.values(id)).next().is_some()
        };
        let kind = match it.form {
            // These stand in strings, or where the name of a variable does.
            // The names in annotations are coloured with these.
            UseForm::Literal(_) | UseForm::Constant(_) | UseForm::Annotation => continue,
            UseForm::Constructor(_) if it.is_string(script) => continue,
            UseForm::Constructor(_) if is_function() => TokenKind::Function,
            UseForm::Constructor(_) => TokenKind::Property,
            UseForm::Method(_) => TokenKind::Method,
            UseForm::Function(_, function) if script.tree()[function].method => TokenKind::Method,
            UseForm::Function(..) => TokenKind::Function,
            UseForm::Field(expr) if script.call_by_callee(expr).is_some() || is_function() => TokenKind::Function,
            UseForm::Field(_) => TokenKind::Property,
        };
        let field = FieldAt { tables: Arc::clone(tables), id };
        let library = field.is_string_method();
        let declaration = matches!(it.form, UseForm::Constructor(_) | UseForm::Function(..));
        let values = tables.values(id);
        let mut functions = tables.functions(&values).peekable();
        let deprecated = functions.peek().is_some()
            && functions.all(|(of, function)| project.files[of].script.deprecated(function).is_some());
        let modifiers = Modifiers { declaration, library, readonly: library, deprecated };
        found.push(Token { range: it.range, kind, modifiers });
    }
}

/// The names in annotations.
fn annotations(file: &File, found: &mut Vec<Token>) {
    for &(range, kind) in file.script.annotations().names() {
        let (kind, declaration) = match kind {
            NameKind::Tag => (TokenKind::Tag, false),
            NameKind::Declaration => (TokenKind::Type, true),
            NameKind::Type => (TokenKind::Type, false),
            NameKind::Variable(Some(_)) => (TokenKind::Parameter, false),
            NameKind::Variable(None) | NameKind::Reference => continue,
            NameKind::Field => (TokenKind::Property, true),
        };
        found.push(Token { range, kind, modifiers: Modifiers { declaration, ..Modifiers::default() } });
    }
}

/// The words of command calls that are written as strings.
fn words(file: &File, found: &mut Vec<Token>) {
    let script = &file.script;
    for call in &script.calls {
        let deprecated = at::spec(call)
            .is_some_and(|spec| file.options.targets.first().is_some_and(|&target| spec.deprecated(target).is_some()));
        for (&word, role) in call.words.iter().zip(&call.binding.roles) {
            let range = script.tree()[word].range;
            if script.tree()[word].kind != ExprKind::String || range.len() <= 2 {
                continue;
            }
            let (kind, deprecated) = match role {
                Role::Command | Role::Subcommand => (TokenKind::Command, deprecated),
                Role::Token(_) => (TokenKind::Option, false),
                Role::Key(_) => (TokenKind::Key, false),
                _ => continue,
            };
            let text = range.slice(&script.source);
            // Long brackets have longer ends; they are left to the grammar.
            if !matches!(text.first(), Some(b'\'' | b'"')) {
                continue;
            }
            let inner = TextRange::new(range.start + 1, range.end - 1);
            found.push(Token { range: inner, kind, modifiers: Modifiers { deprecated, ..Modifiers::default() } });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn tokens(source: &str) -> Vec<String> {
        let project = project(source);
        let file = &project.files[0];
        let all = TextRange::new(0, file.source().len() as u32);
        let shown = semantic_tokens(&project, 0, all).into_iter();
        shown.map(|it| format!("{} {:?} {}", file.text(it.range), it.kind, it.modifiers.bits())).collect()
    }

    #[test]
    fn names_in_annotations() {
        let source = "---@class Job\n---@field id string\n\n---@param job Job the job\n---@deprecated\nlocal function f(job) return KEYS[job] end\nf(1)";
        assert_eq!(
            tokens(source),
            [
                "class Tag 0",
                "Job Type 1",
                "field Tag 0",
                "id Property 1",
                "string Type 0",
                "param Tag 0",
                "job Parameter 0",
                "Job Type 0",
                "deprecated Tag 0",
                "f Function 11",
                "job Parameter 3",
                "KEYS Parameter 6",
                "job Parameter 2",
                "f Function 10"
            ]
        );
    }

    #[test]
    fn what_each_word_is() {
        assert_eq!(
            tokens("local n = tonumber(ARGV[1])\nreturn redis.call('GETSET', 'k', n)"),
            [
                "n Variable 3",
                "tonumber Function 6",
                "ARGV Parameter 6",
                "redis Namespace 6",
                "call Function 6",
                "GETSET Command 8",
                "k Key 0",
                "n Variable 2"
            ]
        );
    }
}
