//! Moves a script from a string into a file that the program loads, in the way of its language.

use text::TextRange;

use crate::{
    bindings::{Load, Modules},
    document::{Embedded, HostDocument},
    edit::apply,
    languages::Language,
    lexed::Lexed,
    script_call::Runs,
    tokens::Tokens,
};

/// The file of a script that is to be moved, as its program will load it.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// Name of the program's file.
    pub program: &'a str,
    /// Name of the new file.
    pub file: &'a str,
    /// True if the folder's settings say that `.js` files are modules of the language (`"type": "module"`).
    pub is_module: bool,
}

/// Folder of a file that a program loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoadedFrom {
    /// The program's own.
    Beside,
    /// That of the resources of its source set (`src/main/resources`).
    Resources,
}

impl Language {
    /// Folder of the files that programs of the language load; none if there is no one way to load a file.
    pub fn loads_from(self) -> Option<LoadedFrom> {
        let load = self.loads().next()?;
        Some(if load.resource { LoadedFrom::Resources } else { LoadedFrom::Beside })
    }

    fn loads(self) -> impl Iterator<Item = &'static Load> {
        self.bindings().load.iter().filter(move |it| it.language.as_ref().is_none_or(|name| name == self.name()))
    }
}

impl HostDocument {
    /// Edits of the program after which it loads a script from a file that has the script's text.
    ///
    /// # Errors
    ///
    /// Fails with a sentence for the user where the program cannot, or would be another.
    pub fn move_to_file(&self, source: &[u8], id: &str, to: Move<'_>) -> Result<Vec<(TextRange, String)>, String> {
        let script = self.find(id).ok_or("there is no such script")?;
        if !script.values.is_empty() || script.map.has_holes() {
            return Err("the program pastes values into this script".to_owned());
        }
        if !script.is_closed {
            return Err("a quote is missing".to_owned());
        }
        let lexed = self.language.lex(source);
        let tokens = Tokens::new(source, &lexed, self.language);
        let mover = Mover { document: self, tokens: &tokens, lexed: &lexed, source, script, to };
        let edits = mover.edits()?;
        if self.is_moved(source, &edits, script, to) {
            Ok(edits)
        } else {
            Err("the program would not find the file from here".to_owned())
        }
    }

    /// True if the program with edits runs the file wherever it ran the script, and all else is as it was.
    fn is_moved(&self, source: &[u8], edits: &[(TextRange, String)], script: &Embedded, to: Move<'_>) -> bool {
        let Some(after) = apply(source, edits.iter().map(|(range, text)| (*range, text.as_str()))) else {
            return false;
        };
        let again = Self::read_with(self.language, to.program, &after, &self.own);
        let mut rest = self.embedded.iter().filter(|it| it.id != script.id);
        let is_same = again.embedded.len() + 1 == self.embedded.len()
            && again.embedded.iter().all(|new| rest.next().is_some_and(|old| new.text == old.text));
        let runs = |old: &Runs, new: &Runs| match (old, new) {
            (Runs::Embedded(id), Runs::File { path, .. }) if *id == script.id => path.ends_with(to.file),
            (Runs::Embedded(id), _) => *id != script.id,
            _ => true,
        };
        is_same
            && again.calls.len() == self.calls.len()
            && self.calls.iter().zip(&again.calls).all(|(old, new)| runs(&old.runs, &new.runs))
    }
}

struct Mover<'a> {
    document: &'a HostDocument,
    tokens: &'a Tokens<'a>,
    lexed: &'a Lexed,
    source: &'a [u8],
    script: &'a Embedded,
    to: Move<'a>,
}

impl Mover<'_> {
    fn edits(&self) -> Result<Vec<(TextRange, String)>, String> {
        let load = self.load().ok_or_else(|| {
            format!("{} has no one way to load a file beside the program", self.document.language.name())
        })?;
        let first = self.token_at(self.script.expression.start).ok_or("the script is in a command of another")?;
        let mut edits = if load.embeds { self.embed(first)? } else { self.expression(load, first)? };
        edits.extend(self.bodies());
        edits.extend(self.import(load));
        edits.sort_by_key(|(range, _)| range.start);
        Ok(edits)
    }

    /// The first way that fits the program.
    fn load(&self) -> Option<&'static Load> {
        let has = |text: &str| (0..self.tokens.len()).any(|at| self.tokens.is(at, text));
        let imports = (0..self.tokens.len()).any(|at| self.tokens.is(at, "import") && self.tokens.begins_line(at));
        let extension = self.to.program.rsplit('.').next().unwrap_or_default();
        let modules = match () {
            () if matches!(extension, "mjs" | "mts") => Modules::Own,
            () if matches!(extension, "cjs" | "cts") && !imports => Modules::Require,
            () if imports && (self.to.is_module || has("import") && self.has_import_meta()) => Modules::Own,
            () if imports => Modules::Import,
            () if self.to.is_module => Modules::Own,
            () => Modules::Require,
        };
        self.document.language.loads().find(|it| it.modules.is_none_or(|it| it == modules))
    }

    fn has_import_meta(&self) -> bool {
        let tokens = self.tokens;
        (0..tokens.len()).any(|at| tokens.is(at, "import") && tokens.is(at + 1, ".") && tokens.is(at + 2, "meta"))
    }

    fn token_at(&self, offset: u32) -> Option<usize> {
        let at = self.lexed.tokens.partition_point(|it| it.range.start < offset);
        self.lexed.tokens.get(at).filter(|it| it.range.start == offset).map(|_| at)
    }

    /// The expression that loads the file, in place of the one that makes the text.
    fn expression(&self, load: &Load, first: usize) -> Result<Vec<(TextRange, String)>, String> {
        let is_bytes = self.script.literals.first().is_some_and(|(_, it)| it.style.is_bytes);
        let text = load.bytes.as_ref().filter(|_| is_bytes).unwrap_or(&load.text);
        let class = self.to.program.split('.').next().unwrap_or_default();
        let text = text.replace("{file}", self.to.file).replace("{class}", class);
        let mut edits = vec![(self.script.expression, text)];
        let tokens = self.tokens;
        let start = self.statement(first);
        let mut before = start..first;
        match tokens.language.name() {
            // What a constant, a property or a parameter begins with is known before the program runs.
            "PHP" => {
                let is_fixed = ["const", "public", "private", "protected", "static", "var", "function", "case", "#"]
                    .iter()
                    .any(|word| before.clone().any(|at| tokens.is(at, word)));
                if is_fixed {
                    return Err("PHP calls no function in the value of a constant or property".to_owned());
                }
            }
            "Kotlin" => {
                if let Some(at) = before.find(|&at| tokens.is(at, "const") && tokens.is(at + 1, "val")) {
                    edits.push((TextRange::new(tokens.range(at).start, tokens.range(at + 1).start), String::new()));
                }
            }
            "Java" if before.clone().any(|at| tokens.is(at, "@")) => {
                return Err("the value of an annotation is a constant".to_owned());
            }
            _ => {}
        }
        Ok(edits)
    }

    /// The first token of the statement or member that a token is in, as far as brackets and semicolons tell.
    fn statement(&self, first: usize) -> usize {
        let tokens = self.tokens;
        let mut at = first;
        while let Some(before) = at.checked_sub(1) {
            if tokens.is(before, ";")
                || tokens.is(before, "{")
                || tokens.is(before, "}")
                || tokens.is_parted(before, at)
            {
                break;
            }
            at = tokens.partner(before).filter(|&open| open < before).unwrap_or(before);
        }
        at
    }

    /// A variable of Go that the compiler fills with the file, by a comment above it.
    fn embed(&self, first: usize) -> Result<Vec<(TextRange, String)>, String> {
        let tokens = self.tokens;
        let source = self.source;
        let expression = self.script.expression;
        let is_bytes = expression.slice(source).starts_with(b"[]byte");
        let mut top = first;
        while let Some(open) = tokens.parent(top) {
            top = open;
        }
        let start = self.statement(top);
        let kind = if is_bytes { "[]byte" } else { "string" };
        let declares = ["const", "var"].iter().any(|it| tokens.is(start, it));
        // `const name = …` becomes the variable itself.
        if declares && tokens.parent(first).is_none() && tokens.is_name(start + 1) {
            let name = String::from_utf8_lossy(tokens.text(start + 1)).into_owned();
            let range = TextRange::new(tokens.range(start).start, expression.end);
            let is_whole = (start + 2..first).all(|at| tokens.is(at, "=") || tokens.is(at, "string"));
            if is_whole {
                return Ok(vec![(range, format!("//go:embed {}\nvar {name} {kind}", self.to.file))]);
            }
        }
        let name = self.free_name();
        let line = tokens.line_start(start) as u32;
        let mut place = line;
        // Comments of the declaration stay with it.
        for comment in self.lexed.comments.iter().rev().filter(|it| it.end <= line) {
            let between = TextRange::new(comment.end, place);
            let begins_line = comment.start == 0 || source.get(comment.start as usize - 1) == Some(&b'\n');
            if between.slice(source) != b"\n" || !begins_line {
                break;
            }
            place = comment.start;
        }
        // An entry of a group of constants leaves the group.
        let is_entry =
            tokens.is(start, "const") && tokens.is(start + 1, "(") && tokens.parent(first) == Some(start + 1);
        if is_entry {
            let entry = first.saturating_sub(2);
            let is_alone = tokens.is_name(entry) && tokens.is(entry + 1, "=") && tokens.begins_line(entry);
            if !is_alone {
                return Err("the constant shares a line with others".to_owned());
            }
            let name = String::from_utf8_lossy(tokens.text(entry)).into_owned();
            let from = tokens.line_start(entry) as u32;
            let rest = &source[expression.end as usize..];
            let to = expression.end + memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1) as u32;
            let declaration = format!("//go:embed {}\nvar {name} {kind}\n\n", self.to.file);
            return Ok(vec![(TextRange::new(from, to), String::new()), (TextRange::at(place), declaration)]);
        }
        let declaration = format!("//go:embed {}\nvar {name} {kind}\n\n", self.to.file);
        Ok(vec![(TextRange::at(place), declaration), (expression, name)])
    }

    /// A name for the variable of the script's text that the file does not have.
    fn free_name(&self) -> String {
        let words: Vec<String> = words(&self.script.id);
        let mut name = words.first().cloned().unwrap_or_else(|| "script".to_owned());
        for word in words.iter().skip(1) {
            let mut letters = word.chars();
            name.extend(letters.next().map(|it| it.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        let base = format!("{name}Lua");
        let is_used = |name: &str| (0..self.tokens.len()).any(|at| self.tokens.is(at, name));
        let numbered = (2..).map(|number| format!("{base}{number}"));
        std::iter::once(base.clone()).chain(numbered).find(|it| !is_used(it)).unwrap_or(base)
    }

    /// Bodies of heredocs that stand behind the line, with the lines that end them.
    fn bodies(&self) -> Vec<(TextRange, String)> {
        let source = self.source;
        let is_apart = |body: TextRange| body.start >= self.script.expression.end;
        let bodies = self.script.literals.iter().map(|(_, it)| it.body).filter(|it| is_apart(*it));
        let line_end = |at: u32| {
            let rest = &source[at as usize..];
            at + memchr::memchr(b'\n', rest).map_or(rest.len(), |it| it + 1) as u32
        };
        bodies.map(|body| (TextRange::new(body.start, line_end(body.end)), String::new())).collect()
    }

    /// The line that imports what the expression needs, before the first import.
    fn import(&self, load: &Load) -> Option<(TextRange, String)> {
        let (line, name) = (load.import.as_ref()?, load.name.as_ref()?);
        let tokens = self.tokens;
        let is_quoted = |at: usize| tokens.literal_text(at) == Some(name.as_bytes());
        if (0..tokens.len()).any(|at| tokens.is(at, name) || load.embeds && is_quoted(at)) {
            return None;
        }
        let opens_line =
            |at: &usize| tokens.parent(*at).is_none() && tokens.begins_line(*at) && tokens.column(*at) == 0;
        if load.embeds {
            let import = (0..tokens.len()).filter(opens_line).find(|&at| tokens.is(at, "import"));
            let Some(at) = import else {
                // Behind the line of the package.
                let package = (0..tokens.len()).find(|&at| tokens.is(at, "package"))?;
                return Some((TextRange::at(tokens.range(package + 1).end), format!("\n\nimport {line}")));
            };
            return Some(match tokens.is(at + 1, "(") {
                true => (TextRange::at(tokens.range(at + 1).end), format!("\n\t{line}")),
                false => (TextRange::at(tokens.range(at).start), format!("import {line}\n")),
            });
        }
        let is_import = |at: &usize| {
            let is_future = tokens.is(at + 1, "__future__");
            let requires = ["const", "let", "var"].iter().any(|it| tokens.is(*at, it)) && {
                let end = tokens.expression_end(*at);
                (*at..end).any(|it| tokens.is(it, "require"))
            };
            !is_future && (tokens.is(*at, "import") || tokens.is(*at, "from") || requires)
        };
        let first = (0..tokens.len()).filter(opens_line).find(is_import);
        let at = first.map_or_else(|| self.top(), |at| tokens.range(at).start);
        Some((TextRange::at(at), format!("{line}\n")))
    }

    /// The offset of the first line of code: behind comments at the top, a text that describes the file, and `"use strict"`.
    fn top(&self) -> u32 {
        let tokens = self.tokens;
        let mut at = 0;
        while tokens.is_documentation(at)
            || tokens.is(at, "from") && tokens.is(at + 1, "__future__")
            || tokens.literal_text(at) == Some(b"use strict")
        {
            at += 1;
            while at < tokens.len() && !tokens.begins_line(at) {
                at += 1;
            }
        }
        if at > 0 {
            return tokens.line_start(at) as u32;
        }
        // The comments before the first token, up to the first line without one.
        let mut top = 0;
        for comment in self.lexed.comments.iter().filter(|it| it.end <= tokens.range(0).start) {
            if memchr::memmem::find(TextRange::new(top, comment.start).slice(self.source), b"\n\n").is_some() {
                break;
            }
            let rest = &self.source[comment.end as usize..];
            top = comment.end + memchr::memchr(b'\n', rest).map_or(rest.len(), |it| it + 1) as u32;
        }
        top
    }
}

/// The words of a name, in lower case: `RELEASE_LOCK`, `releaseLock` and `release-lock` are the same.
pub fn words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut was_lower = false;
    for it in name.chars() {
        if !it.is_alphanumeric() {
            found.push(String::new());
            was_lower = false;
            continue;
        }
        if found.is_empty() || (it.is_uppercase() && was_lower) {
            found.push(String::new());
        }
        was_lower = it.is_lowercase() || it.is_numeric();
        if let Some(word) = found.last_mut() {
            word.extend(it.to_lowercase());
        }
    }
    found.retain(|it| !it.is_empty());
    found
}

impl HostDocument {
    /// Name of a file for a script, without its extension: by the script's name in the program, else by the program's.
    pub fn file_stem(&self, id: &str, program: &str) -> String {
        let named = self.find(id).is_some_and(|it| it.name.is_some());
        let stem = program.split('.').next().unwrap_or(program);
        let mut all = words(if named { id } else { stem });
        while all.len() > 1 && all.last().is_some_and(|it| matches!(it.as_str(), "script" | "lua" | "source" | "src")) {
            all.pop();
        }
        all.join("_")
    }
}
