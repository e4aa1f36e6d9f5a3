//! A host file with its scripts.

use std::{cell::OnceCell, collections::HashMap, sync::Arc};

use text::TextRange;

use crate::{
    assemble::{Assembled, Value, assemble},
    bindings::Binding,
    calls,
    constants::{self, Constants, LoadedConstant},
    embedded_uses::Uses,
    find::{self, Found, Why},
    languages::Language,
    lexed::Literal,
    map::Map,
    names::Names,
    script_call::ScriptCall,
    signs, sites,
    tokens::Tokens,
    varying::Varying,
};

/// A host file, read for its scripts.
#[derive(Clone, Debug)]
pub struct HostDocument {
    /// Its language.
    pub language: Language,
    /// Its scripts, in the order of their places.
    pub embedded: Vec<Embedded>,
    /// Calls that run scripts, in the order of their places.
    pub calls: Vec<ScriptCall>,
    /// Constants whose values it loads from files.
    pub loaded: Vec<LoadedConstant>,
    /// True if it loads a library of functions that is not in it.
    pub loads_unknown: bool,
    /// Bindings of the user's own, by which it was read.
    pub own: Arc<[Binding]>,
    /// True if a literal of several lines ends with the file, so that a quote is missing somewhere.
    pub is_cut: bool,
}

/// A script in a host file.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its name in the file: that of the constant, variable or property, else of the call that takes it; a number makes it the only
    /// one.
    pub id: String,
    /// The name in the file, if it has one.
    pub name: Option<TextRange>,
    /// The literals in the file, from the first to the last.
    pub range: TextRange,
    /// The expression that makes its text; without the bodies of heredocs, which stand apart.
    pub expression: TextRange,
    /// Reason for which it is a script.
    pub why: Why,
    /// False if it only is a script if it parses.
    pub is_certain: bool,
    /// True if other scripts of the file paste it in, and no call takes it.
    pub is_fragment: bool,
    /// Its text.
    pub text: Arc<[u8]>,
    /// True if the calls of the file that run it are all that do, and no value is pasted in that might read keys.
    pub has_known_callers: bool,
    /// The way from the text to the file and back.
    pub map: Map,
    /// True if the text is what the program sends, byte for byte.
    pub is_exact: bool,
    /// False if a literal ends with the file: it is being typed.
    pub is_closed: bool,
    /// Values and statements that are pasted in, beside constants.
    pub values: Vec<Pasted>,
    /// The literals that it is made of, with their indices in the file.
    pub(crate) literals: Vec<(u32, Literal)>,
}

/// A value, or statements, that a program pastes into a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pasted {
    /// Its place in the file.
    pub host: TextRange,
    /// The expression in the file; empty if it is not known.
    pub expression: TextRange,
    /// Its place in the script.
    pub script: TextRange,
    /// True for a value that comes from a parameter of the function around it, so that the script's text is another for each.
    pub varies: bool,
}

impl HostDocument {
    /// Reads `source`, the file with the name `file` (`app.py`).
    pub fn read(language: Language, file: &str, source: &[u8]) -> Self {
        Self::read_with(language, file, source, &Arc::default())
    }

    /// The same with bindings of the user's own.
    pub fn read_with(language: Language, file: &str, source: &[u8], own: &Arc<[Binding]>) -> Self {
        Self::read_at(language, file, source, own, 0)
    }

    /// True if a file may have scripts: what has none of some words has none.
    pub fn may_have_scripts(source: &[u8], own: &[Binding]) -> bool {
        let names_own =
            || own.iter().flat_map(|it| &it.names).any(|it| memchr::memmem::find(source, it.as_bytes()).is_some());
        signs::may_have_scripts(source) || names_own()
    }

    /// Reads a file, or with a `depth` above zero a command in one.
    pub(crate) fn read_at(language: Language, file: &str, source: &[u8], own: &Arc<[Binding]>, depth: u32) -> Self {
        let mut document = Self {
            language,
            embedded: Vec::new(),
            calls: Vec::new(),
            loaded: Vec::new(),
            loads_unknown: false,
            own: Arc::clone(own),
            is_cut: false,
        };
        if !Self::may_have_scripts(source, own) || u32::try_from(source.len()).is_err() {
            return document;
        }
        let lexed = language.lex(source);
        let is_cut = |it: &Literal| !it.is_closed && it.style.is_multiline && it.body.end as usize == source.len();
        document.is_cut = lexed.literals.iter().any(is_cut);
        let tokens = Tokens::new(source, &lexed, language);
        let constants = constants::constants(&tokens);
        document.loaded = constants::loaded(&tokens);
        let calls = calls::matches(&tokens, own);
        let found = find::find(&tokens, &constants, &calls);
        if !(found.is_empty() && calls.is_empty()) || calls::may_run_objects(&tokens) {
            let names = Names::new(&tokens, &constants);
            document.embedded = Builder::new(&tokens, &constants, &names, file, found).build();
            let literals = |it: &'_ Embedded| it.literals.iter().map(|(nth, _)| *nth).collect::<Vec<_>>();
            let ids = document.embedded.iter();
            let ids = ids.flat_map(|it| literals(it).into_iter().map(|nth| (nth, it.id.as_str()))).collect();
            (document.calls, document.loads_unknown) = sites::script_calls(&tokens, &names, &calls, ids);
            let uses = Uses {
                tokens: &tokens,
                names: &names,
                matches: &calls,
                calls: &document.calls,
                mentions: OnceCell::new(),
            };
            let is_called: Vec<bool> =
                document.embedded.iter().map(|it| uses.are_calls(&it.id, it.range, it.name)).collect();
            document
                .embedded
                .iter_mut()
                .zip(is_called)
                .for_each(|(it, is_called)| it.has_known_callers = is_called && !it.map.has_holes());
        }
        if language.syntax().has_commands {
            document.add_nested(file, source, &lexed, depth);
        }
        document
    }

    /// The script at a place of the file: one whose text is there.
    pub fn at(&self, offset: u32) -> Option<&Embedded> {
        self.embedded
            .iter()
            .find(|it| it.range.start <= offset && offset <= it.range.end && it.map.inside(offset).is_some())
    }

    /// The script with an id.
    pub fn find(&self, id: &str) -> Option<&Embedded> {
        self.embedded.iter().find(|it| it.id == id)
    }
}

/// Puts the scripts of a file together.
struct Builder<'a> {
    tokens: &'a Tokens<'a>,
    constants: &'a Constants,
    file: &'a str,
    found: Vec<Found<'a>>,
    ids: Vec<String>,
    /// For each literal of a script its index in `found`.
    by_literal: HashMap<u32, usize>,
    used: HashMap<String, u32>,
    names: &'a Names<'a>,
}

impl<'a> Builder<'a> {
    fn new(
        tokens: &'a Tokens<'a>,
        constants: &'a Constants,
        names: &'a Names<'a>,
        file: &'a str,
        found: Vec<Found<'a>>,
    ) -> Self {
        let (ids, by_literal, used) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut builder = Self { tokens, constants, file, found: Vec::new(), ids, by_literal, used, names };
        found.into_iter().for_each(|it| builder.add(it));
        builder
    }

    fn add(&mut self, found: Found<'a>) {
        let name = found
            .name
            .map(|at| String::from_utf8_lossy(self.tokens.text(at)).trim_start_matches(['$', '@', ':']).to_owned());
        let name = name.filter(|it| !it.is_empty()).unwrap_or_else(|| found.call.unwrap_or("script").to_owned());
        let count = self.used.entry(name.clone()).or_default();
        *count += 1;
        self.ids.push(if *count == 1 { name } else { format!("{name}-{count}") });
        for &nth in &found.expression.literals {
            self.by_literal.insert(nth, self.found.len());
        }
        self.found.push(found);
    }

    fn build(mut self) -> Vec<Embedded> {
        let mut texts: Vec<Assembled> = Vec::new();
        let mut pasted: Vec<usize> = Vec::new();
        let mut at = 0;
        // Constants that scripts paste in become scripts themselves.
        while at < self.found.len() {
            let parts = std::mem::take(&mut self.found[at].expression.parts);
            let start = self.tokens.range(self.found[at].expression.tokens.0).start;
            let source = self.tokens.source;
            let assembled = assemble(&parts, source, &mut |expression| {
                let target = self.constant(expression, start)?;
                pasted.push(target);
                Some(format!("{}:{}", self.file, self.ids[target]))
            });
            texts.push(assembled);
            at += 1;
        }
        let mut embedded: Vec<Embedded> =
            texts.into_iter().enumerate().map(|(at, text)| self.embedded(at, text, pasted.contains(&at))).collect();
        embedded.sort_by_key(|it| it.range.start);
        embedded
    }

    /// The script that a constant in a hole is.
    fn constant(&mut self, expression: TextRange, before: u32) -> Option<usize> {
        if self.file.contains(['"', '\'', '\n', '*']) {
            return None;
        }
        let text = expression.slice(self.tokens.source).trim_ascii();
        let is_path = |it: &u8| it.is_ascii_alphanumeric() || b"_.$@:".contains(it) || *it >= 0x80;
        if text.is_empty() || !text.iter().all(is_path) {
            return None;
        }
        let name = text.rsplit(|it| b".:".contains(it)).next()?;
        let bare = name.strip_prefix(b"$").unwrap_or(name);
        let all = self.constants.get(name).or_else(|| self.constants.get(bare))?;
        let nearest = all.iter().rev().find(|&&at| self.tokens.range(at).start < before).or(all.first())?;
        let nth = self.tokens.literal(*nearest)?;
        if let Some(&known) = self.by_literal.get(&nth) {
            return Some(known);
        }
        let expression = self.tokens.expression_around(*nearest)?;
        let name = constants::name_of(self.tokens, *nearest);
        self.add(Found { expression, why: Why::Hole, is_certain: true, name, call: None });
        Some(self.found.len() - 1)
    }

    fn pasted(&self, at: usize, value: &Value) -> Pasted {
        let Value { host, expression, script, is_value } = *value;
        let varies = is_value && Varying { tokens: self.tokens, names: self.names }.varies(expression, at);
        Pasted { host, expression, script, varies }
    }

    fn embedded(&self, at: usize, assembled: Assembled, is_pasted: bool) -> Embedded {
        let found = &self.found[at];
        let all = found.expression.literals.iter();
        let literals: Vec<(u32, Literal)> =
            all.filter_map(|&nth| Some((nth, self.tokens.lexed.literals.get(nth as usize)?.clone()))).collect();
        let outer = |literal: &Literal| literal.range.cover(literal.body);
        let range = literals.iter().map(|(_, it)| outer(it)).reduce(TextRange::cover).unwrap_or_default();
        Embedded {
            id: self.ids[at].clone(),
            name: found.name.map(|it| self.tokens.range(it)),
            range,
            expression: self.tokens.span(found.expression.tokens.0, found.expression.tokens.1),
            why: found.why,
            is_certain: found.is_certain,
            is_fragment: is_pasted && !matches!(found.why, Why::Call),
            text: assembled.text.into(),
            has_known_callers: false,
            is_exact: found.expression.is_exact && !assembled.map.has_holes(),
            map: assembled.map,
            is_closed: literals.iter().all(|(_, it)| it.is_closed),
            values: assembled.values.iter().map(|it| self.pasted(found.expression.tokens.0, it)).collect(),
            literals,
        }
    }
}
