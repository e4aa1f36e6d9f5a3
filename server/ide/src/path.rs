//! The expression before a dot, a colon or an opening parenthesis, by the tokens alone: a name with fields, elements and
//! calls behind it. So it is known while it is typed and nothing parses.

use std::sync::Arc;

use semantic::{
    LocalId,
    points_to::{ObjectId, PointsTo},
};
use syntax::lexer::{Token, TokenKind};

use crate::{Project, visibility};

/// An expression of a name, fields, elements and calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    /// The beginning.
    pub root: Root,
    /// Fields, elements and calls behind it, in order.
    pub steps: Vec<Step>,
}

/// The beginning of a [`Path`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Root {
    /// A variable, and where its name begins.
    Name(String, u32),
    /// A string.
    String,
    /// Anything else in parentheses.
    Other,
}

/// A step of a [`Path`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// `.name`, `:name` or `['name']`.
    Field(String),
    /// `[1]`
    Item,
    /// `[key]`
    Element,
    /// `(…)`
    Call,
}

impl Path {
    /// The path that ends with the last of some tokens.
    pub(crate) fn before(source: &[u8], mut tokens: &[Token]) -> Option<Self> {
        let text = |token: &Token| String::from_utf8_lossy(token.range.slice(source)).into_owned();
        let mut steps: Vec<Step> = Vec::new();
        let root = loop {
            let (&last, before) = tokens.split_last()?;
            match last.kind {
                TokenKind::Name => match before.split_last() {
                    Some((sign, rest)) if sign.kind.is(".") || sign.kind.is(":") => {
                        steps.push(Step::Field(text(&last)));
                        tokens = rest;
                    }
                    _ => break Root::Name(text(&last), last.range.start),
                },
                TokenKind::String if ends_callee(before) => {
                    steps.push(Step::Call);
                    tokens = before;
                }
                TokenKind::String => break Root::String,
                kind if kind.is("]") => {
                    let open = matching(tokens, "[", "]")?;
                    steps.push(match &tokens[open + 1..tokens.len() - 1] {
                        [one] if one.kind == TokenKind::String => {
                            let value = syntax::string_value(one.range.slice(source));
                            Step::Field(String::from_utf8_lossy(&value).into_owned())
                        }
                        [one] if one.kind == TokenKind::Number => Step::Item,
                        _ => Step::Element,
                    });
                    tokens = &tokens[..open];
                }
                kind if kind.is(")") => {
                    let open = matching(tokens, "(", ")")?;
                    if ends_callee(&tokens[..open]) {
                        steps.push(Step::Call);
                        tokens = &tokens[..open];
                        continue;
                    }
                    match Self::before(source, &tokens[open + 1..tokens.len() - 1]) {
                        // All that is in the parentheses is the path.
                        Some(inner) if inner.starts_at(tokens[open + 1].range.start) => {
                            steps.extend(inner.steps.into_iter().rev());
                            break inner.root;
                        }
                        Some(Self { root: Root::String, steps: inner })
                            if open + 3 == tokens.len() && inner.is_empty() =>
                        {
                            break Root::String;
                        }
                        _ => break Root::Other,
                    }
                }
                kind if kind.is("}") => {
                    let open = matching(tokens, "{", "}")?;
                    if !ends_callee(&tokens[..open]) {
                        return None;
                    }
                    steps.push(Step::Call);
                    tokens = &tokens[..open];
                }
                _ => return None,
            }
        };
        steps.reverse();
        Some(Self { root, steps })
    }

    fn starts_at(&self, offset: u32) -> bool {
        matches!(self.root, Root::Name(_, start) if start == offset)
    }

    /// The name and the fields of the path, if it has no calls and elements.
    pub(crate) fn names(&self) -> Option<String> {
        let Root::Name(name, _) = &self.root else { return None };
        let mut all = name.clone();
        for step in &self.steps {
            let Step::Field(name) = step else { return None };
            all.push('.');
            all.push_str(name);
        }
        Some(all)
    }

    /// The tables and functions that the path may be.
    pub(crate) fn objects(&self, project: &Project, file: usize) -> Option<(Arc<PointsTo>, Vec<ObjectId>)> {
        let Root::Name(name, offset) = &self.root else { return None };
        let (of, id) = variable(project, file, name, *offset)?;
        let tables = Arc::clone(project.points_to(of));
        let mut objects = tables.of_local(of, id).to_vec();
        for step in &self.steps {
            objects = match step {
                Step::Field(name) => tables.field(&objects, name),
                Step::Item => tables.element(&objects, true),
                Step::Element => tables.element(&objects, false),
                Step::Call => tables.result(&objects),
            };
        }
        Some((tables, objects))
    }
}

/// The local that a name at a place means, of this file or of one that gives it to this.
pub(crate) fn variable(project: &Project, file: usize, name: &str, offset: u32) -> Option<(usize, LocalId)> {
    if let Some(local) = visibility::visible(project, file, name, offset) {
        return Some((file, local));
    }
    let it = &project.files[file];
    let given = it.script.environment.given().find(|(at, definition)| {
        let range = text::TextRange::new(*at, at + definition.range.len());
        range.slice(it.source()) == name.as_bytes()
    });
    if let Some((_, definition)) = given {
        return project.local_of(definition);
    }
    project.around(file).into_iter().skip(1).find_map(|of| {
        let script = &project.files[of].script;
        let found = script.scopes.top_level().iter().rev().find(|&&id| script.name(id) == name);
        Some((of, *found?))
    })
}

/// True if a call may follow behind the last of some tokens.
fn ends_callee(tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|token| token.kind == TokenKind::Name || token.kind.is(")") || token.kind.is("]"))
}

/// The token that opens what the last of some tokens closes.
fn matching(tokens: &[Token], open: &str, close: &str) -> Option<usize> {
    /// So far back it is looked for.
    const MOST_TOKENS: usize = 2_000;
    let mut depth = 0_u32;
    for at in (tokens.len().saturating_sub(MOST_TOKENS)..tokens.len()).rev() {
        if tokens[at].kind.is(close) {
            depth += 1;
        } else if tokens[at].kind.is(open) {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(source: &str) -> Option<String> {
        let tokens = crate::tokens::tokens_before(source.as_bytes(), source.len() as u32);
        let path = Path::before(source.as_bytes(), &tokens)?;
        let root = match path.root {
            Root::Name(name, _) => name,
            Root::String => "''".to_owned(),
            Root::Other => "()".to_owned(),
        };
        let steps = path.steps.iter().map(|step| match step {
            Step::Field(name) => format!(".{name}"),
            Step::Item => "[1]".to_owned(),
            Step::Element => "[k]".to_owned(),
            Step::Call => "()".to_owned(),
        });
        Some(root + &steps.collect::<String>())
    }

    #[test]
    fn a_path_is_read_backwards() {
        assert_eq!(path("x = a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(path("f(arr[1]").as_deref(), Some("arr[1]"));
        assert_eq!(path("f(arr[i + 1].x").as_deref(), Some("arr[k].x"));
        assert_eq!(path("return mk(1, (2)).list").as_deref(), Some("mk().list"));
        assert_eq!(path("M:open('x')").as_deref(), Some("M.open()"));
        assert_eq!(path("('x')").as_deref(), Some("''"));
        assert_eq!(path("(a.b)").as_deref(), Some("a.b"));
        assert_eq!(path("(a or b)").as_deref(), Some("()"));
        assert_eq!(path("t['a'].b").as_deref(), Some("t.a.b"));
        assert_eq!(path("1 +"), None);
    }
}
