//! Locals that are visible at a place.

use semantic::{LocalId, LocalKind, Script};
use syntax::lexer::TokenKind;

use crate::{Project, tokens::tokens_before};

/// The local of a name that is visible at a place.
pub(crate) fn visible(project: &Project, file: usize, name: &str, offset: u32) -> Option<LocalId> {
    let script = &project.files[file].script;
    let mut same = script.scopes.locals().filter(|(id, _)| script.name(*id) == name).peekable();
    same.peek()?;
    let visible = Visibility::new(script, offset);
    same.filter(|(_, local)| visible.has(local)).map(|(id, _)| id).last()
}

/// The locals that are visible at a position: by their scopes in a script that parses, else by the tokens, because the end of
/// a block that is being typed is not yet in its place.
pub(crate) struct Visibility {
    offset: u32,
    /// The places of the names whose initialisers the place is in: they are not in scope yet.
    initialised: Vec<u32>,
    /// For each token before the place where it begins, the depth of blocks behind it, and the least depth from there on;
    /// empty for a script that parses.
    depths: Vec<(u32, i32, i32)>,
}

impl Visibility {
    pub(crate) fn new(script: &Script, offset: u32) -> Self {
        use syntax::lexer::Keyword::{Do, Else, Elseif, End, Function, Repeat, Then, Until};
        let mut depths = Vec::new();
        if !script.parse.errors.is_empty() {
            let mut depth = 0;
            for token in tokens_before(&script.source, offset) {
                let lowest = match token.kind {
                    TokenKind::Keyword(Do | Then | Function | Repeat) => {
                        depth += 1;
                        depth
                    }
                    // `elseif` ends a block, and its `then` begins the next.
                    TokenKind::Keyword(End | Until | Elseif) => {
                        depth -= 1;
                        depth
                    }
                    TokenKind::Keyword(Else) => depth - 1,
                    _ => depth,
                };
                depths.push((token.range.start, depth, lowest));
            }
            let mut least = i32::MAX;
            for (_, _, lowest) in depths.iter_mut().rev() {
                least = least.min(*lowest);
                *lowest = least;
            }
        }
        Self { offset, initialised: initialised(script, offset), depths }
    }

    pub(crate) fn has(&self, local: &semantic::Local) -> bool {
        if self.initialised.contains(&local.name.range.start) {
            return false;
        }
        let scope = local.scope;
        if scope.start <= self.offset && self.offset <= scope.end {
            return true;
        }
        let declared = local.name.range.start;
        let at = self.depths.partition_point(|(start, _, _)| *start < declared);
        let Some((_, depth, _)) = self.depths.get(at) else { return false };
        let is_of_loop = matches!(local.kind, LocalKind::Counter | LocalKind::Iterated(_));
        let after = self.depths.get(at + 1).map_or(i32::MAX, |(_, _, least)| *least);
        if is_of_loop {
            // A loop's variables live in the block that its `do` begins.
            let body = self.depths[at..].iter().position(|(_, now, _)| now > depth);
            return body.is_some_and(|body| self.depths[at + body].2 > *depth);
        }
        declared < self.offset && after >= *depth
    }
}

/// The places of the names that `local` declares where the cursor is in their initialisers.
fn initialised(script: &Script, offset: u32) -> Vec<u32> {
    let source = &script.source;
    let before = source.get(..offset as usize).unwrap_or_default();
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let before = before[..before.len() - word].trim_ascii_end();
    let goes_on = goes_on(before);
    let mut names = Vec::new();
    for (_, stmt) in script.tree().stmts() {
        let syntax::StmtKind::Local { names: declared, .. } = &stmt.kind else { continue };
        let is_in = |name: &&syntax::Name| name.range.end < offset;
        // Where nothing is typed yet behind an operator the statement ends before the cursor.
        let is_cut = goes_on && stmt.range.start < before.len() as u32 && before.len() as u32 <= stmt.range.end;
        if stmt.range.start < offset && (offset <= stmt.range.end || is_cut) {
            names.extend(declared.iter().filter(is_in).map(|name| name.range.start));
        }
    }
    names
}

/// True if an expression with this end needs another operand.
fn goes_on(before: &[u8]) -> bool {
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    match &before[before.len() - word..] {
        b"and" | b"or" | b"not" => true,
        b"" => before.last().is_some_and(|last| !matches!(last, b')' | b']' | b'}' | b'\'' | b'"' | b';')),
        _ => false,
    }
}
