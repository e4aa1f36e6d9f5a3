//! Scripts in commands within a text: `X="$(redis-cli EVAL "…" 0)"` of a shell.

use text::TextRange;

use crate::{
    document::{Embedded, HostDocument},
    lexed::{Holes, Lexed, Literal},
};

/// Depth to which commands in texts of commands are read.
const MAX_DEPTH: u32 = 4;

impl HostDocument {
    /// Adds the scripts of commands in the holes of the file's literals. Names of texts outside of a command are not known in it.
    pub(crate) fn add_nested(&mut self, file: &str, source: &[u8], lexed: &Lexed, depth: u32) {
        if depth >= MAX_DEPTH {
            return;
        }
        let is_shell = |it: &&Literal| it.style.holes == Holes::Shell;
        let holes = lexed.literals.iter().filter(is_shell).flat_map(|it| lexed.holes(it));
        let mut done = 0;
        for hole in holes.filter(|hole| is_command(hole.range, source)) {
            // A literal in a hole has its holes in the list too; what reads the outer one reads it.
            if hole.range.start < done {
                continue;
            }
            done = hole.range.end;
            let inner = Self::read_at(self.language, file, hole.expression.slice(source), &self.own, depth + 1);
            for script in inner.embedded {
                let script = script.moved(hole.expression.start);
                if !self.embedded.iter().any(|it| it.range == script.range) {
                    self.embedded.push(script);
                }
            }
        }
        self.embedded.sort_by_key(|it| it.range.start);
        self.number();
    }

    /// Gives scripts numbers where they have one name.
    fn number(&mut self) {
        let mut seen: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
        for script in &mut self.embedded {
            let (name, number) = script.id.rsplit_once('-').unwrap_or((&script.id, ""));
            let is_numbered = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
            let name = if is_numbered { name.to_owned() } else { script.id.clone() };
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            script.id = if *count == 1 { name } else { format!("{name}-{count}") };
        }
    }
}

/// True for a hole that is a command which may take a script.
fn is_command(range: TextRange, source: &[u8]) -> bool {
    let text = range.slice(source);
    (text.starts_with(b"$(") || text.starts_with(b"`")) && memchr::memmem::find(text, b"-cli").is_some()
}

impl Embedded {
    /// The script of a part of a file as one of the file; the part begins at `by`.
    fn moved(mut self, by: u32) -> Self {
        let moved = |range: &mut TextRange| *range = TextRange::new(range.start + by, range.end + by);
        self.name.iter_mut().for_each(moved);
        moved(&mut self.range);
        moved(&mut self.expression);
        self.values.iter_mut().for_each(|it| {
            moved(&mut it.host);
            moved(&mut it.expression);
        });
        self.literals.iter_mut().for_each(|(_, it)| {
            moved(&mut it.range);
            moved(&mut it.body);
        });
        self.map.move_by(by);
        self
    }
}
