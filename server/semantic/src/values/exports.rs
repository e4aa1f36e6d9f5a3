//! Reads the values that a file gives to others.

use syntax::{FunctionId, Tree};

use super::{Gives, Made, Piece, Template, Values, reader::Reader};
use crate::{Files, Init, LocalId, Reached, Script};

impl Made {
    /// The value of a top-level local that is never written again, as far as its file shows it.
    pub(crate) fn of(script: &Script, local: LocalId) -> Option<Self> {
        let values = Values { files: Files::of_file(script), reached: Reached::default() };
        let fields =
            script.members_of(local).filter_map(|(name, function)| Some((name.into(), gives(&values, function)?)));
        let fields: Vec<_> = fields.collect();
        if !fields.is_empty() {
            return Some(Self::Table(fields));
        }
        match script.scopes.fixed(local)? {
            Init::Function(function) => gives(&values, function).map(Self::Function),
            Init::Expr(expr) => {
                let found = values.templates(0, expr);
                found.iter().all(is_told).then_some(Self::Value(found))
            }
            _ => None,
        }
    }
}

fn gives(values: &Values<'_>, function: FunctionId) -> Option<Gives> {
    let tree: &Tree = values.files.script(0).tree();
    let found = Reader::new(values).given_by(0, function);
    let is_told = !found.is_empty() && found.iter().all(is_told);
    is_told.then_some(Gives { takes_self: tree[function].method, values: found })
}

fn is_told(template: &Template) -> bool {
    fn piece(it: &Piece) -> bool {
        match it {
            Piece::Unknown(_) => false,
            Piece::Within(inner, _) => piece(inner),
            _ => true,
        }
    }
    template.0.iter().all(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Linked, link};

    /// The values that the first file gives to `f`, the second file being included.
    fn seen(root: &str, part: &str) -> String {
        let file = |path: &str, source: &str, targets| Linked {
            path: path.to_owned(),
            script: Script::new(source.as_bytes().into(), Some(path)),
            targets,
        };
        let root = format!("-- @include part.lua\n{root}");
        let mut files = vec![file("root.lua", &root, vec![vec![1]]), file("part.lua", part, Vec::new())];
        link(&mut files);
        let script = &files[0].script;
        let place = root.rfind("f(").unwrap_or_default() + 2;
        let tree = script.tree();
        let expr =
            tree.exprs().filter(|(_, expr)| expr.range.start == place as u32).max_by_key(|(_, expr)| expr.range.end);
        let templates = expr.map(|(id, _)| Values::of_file(script).templates(0, id)).unwrap_or_default();
        templates.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn values_from_other_files() {
        for (root, part, want) in [
            ("f(prefix .. KEYS[1])", "local prefix = 'p:'", "'p:' .. KEYS[1]"),
            ("f(key(ARGV[1]))", "local function key(id) return 'p:' .. id end", "'p:' .. ARGV[1]"),
            ("f(key(1, 'a'))", "local key = function(n, id) return id .. ':' .. n end", "'a:1'"),
            ("f(M.key(ARGV[1]))", "local M = {} function M.key(id) return 'p:' .. id end", "'p:' .. ARGV[1]"),
            ("f(M:key(ARGV[1]))", "local M = { key = function(self, id) return 'p:' .. id end }", "'p:' .. ARGV[1]"),
            ("f(M:key(ARGV[1]))", "local M = {} function M:key(id) return 'p:' .. id end", "'p:' .. ARGV[1]"),
            (
                "f(key(KEYS[1]))",
                "local function key(k) if x then return k end return k .. ':b' end",
                "KEYS[1] .. ':b' | KEYS[1]",
            ),
            // What the file itself cannot tell.
            ("f(key(ARGV[1]))", "local function key(id) return other .. id end", "⟨key(ARGV[1])⟩"),
            ("f(prefix)", "local prefix = 'p:' prefix = ARGV[1]", "⟨prefix⟩"),
            ("f(key())", "local function key(id) return key(id) end", "⟨key()⟩"),
        ] {
            assert_eq!(seen(root, part), want, "{root} with {part}");
        }
    }
}
