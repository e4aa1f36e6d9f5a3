//! Passes values that a program pastes into a script as keys and arguments of the call that runs it.

use text::TextRange;

use crate::{
    call_words::{Added, candidates},
    document::{Embedded, HostDocument, Pasted},
    edit::apply,
    encode::encode,
    interpolate::{Part, has_specification, render, unquote},
    languages::Language,
    lexed::{Holes, Literal},
    map::{Kind, Piece},
    placeholders::Format,
    scopes::Scopes,
    script_call::ScriptCall,
    tokens::Tokens,
    words::{Given, Words},
};

/// A value that is to be passed.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    /// Place in the script of the value, or of the string around it: see [`Embedded::around_value`].
    pub place: TextRange,
    /// True for a key.
    pub is_key: bool,
    /// True if the script wants a number there.
    pub is_number: bool,
}

impl Embedded {
    /// The Lua string that a pasted value is in, as an expression of the script with its brackets; the value where it is in none.
    pub fn around_value(&self, value: &Pasted) -> TextRange {
        let pieces = self.map.pieces();
        let is_made = |it: &&Piece, text: &[u8]| it.kind == Kind::Made && it.script.slice(&self.text) == text;
        let opening = pieces.iter().rev().filter(|it| it.script.end <= value.script.start);
        let open = opening.clone().find(|it| is_made(it, b"(") || is_made(it, b")"));
        let close = pieces.iter().filter(|it| it.script.start >= value.script.end).find(|it| is_made(it, b")"));
        match (open.filter(|it| is_made(it, b"(")), close) {
            (Some(open), Some(close)) => open.script.cover(close.script),
            _ => value.script,
        }
    }
}

impl HostDocument {
    /// The program with values of a script passed by the call with a number, instead of pasted.
    ///
    /// # Errors
    ///
    /// Fails with a sentence for the user where that cannot be done, or would change more.
    pub fn pass_values(
        &self,
        program: &str,
        source: &[u8],
        id: &str,
        nth: usize,
        passings: &[Passing],
    ) -> Result<Vec<u8>, String> {
        let script = self.find(id).ok_or("there is no such script")?;
        let call = self.calls.get(nth).ok_or("there is no such call")?;
        let (Given::Exactly(keys), Given::Exactly(args)) = (call.keys.given, call.args.given) else {
            return Err("the keys and arguments of the call are not all known here".to_owned());
        };
        let lexed = self.language.lex(source);
        let tokens = Tokens::new(source, &lexed, self.language);
        let scopes = Scopes::new(&tokens);
        let function = |offset: u32| {
            let at = lexed.tokens.partition_point(|it| it.range.start < offset);
            scopes.functions_around(at).next()
        };
        if function(script.expression.start) != function(call.name.start) {
            return Err("the call is in another function, where the value is not known".to_owned());
        }
        let passer = Passer { document: self, tokens: &tokens, source, script, call };
        let plan = passer.plan(passings, keys, args)?;
        let edits = passer.script_edits(&plan)?;
        let broken = || "the program would be another".to_owned();
        let read = |text: &[u8]| Self::read_with(self.language, program, text, &self.own);
        let mut text = apply(source, edits.iter().map(|(range, text)| (*range, text.as_str()))).ok_or_else(broken)?;
        let new = plan.values.iter().map(|it| (it.place, it.lua.as_str()));
        let expected = apply(&script.text, new).ok_or_else(broken)?;
        let (mut wanted_keys, mut wanted_args) = (keys, args);
        for word in &plan.words {
            match word.is_key {
                true => wanted_keys += 1,
                false => wanted_args += 1,
            }
            let candidates = candidates(self.language, &text, read(&text).calls.get(nth).ok_or_else(broken)?, word);
            let fits = |text: &Vec<u8>| {
                let again = read(text);
                again.calls.len() == self.calls.len()
                    && again.calls.get(nth).is_some_and(|it| {
                        // A client may take a list by name apart, but what was pasted is none.
                        let gives = |words: &Words, count: u32| {
                            let is_sole = words.given == Given::Unknown
                                && count == 1
                                && words.range.slice(text) == word.expression.as_bytes();
                            is_sole || [Given::Exactly(count), Given::AtLeast(count)].contains(&words.given)
                        };
                        gives(&it.keys, wanted_keys)
                            && gives(&it.args, wanted_args)
                            && it.count.as_ref().is_none_or(|it| it.number == Some(i64::from(wanted_keys)))
                    })
            };
            text =
                candidates.into_iter().find(fits).ok_or("the call takes no more words in a way that is known here")?;
        }
        drop_unused_import(self.language, &mut text);
        let again = read(&text);
        let is_same = again.embedded.len() == self.embedded.len()
            && again.embedded.iter().zip(&self.embedded).all(|(new, old)| {
                let wanted: &[u8] = if old.id == id { &expected } else { &old.text };
                new.id == old.id && *new.text == *wanted
            });
        if is_same { Ok(text) } else { Err(broken()) }
    }
}

/// Values with their new text in the script, and the words that the call gives them by.
struct Plan {
    values: Vec<Planned>,
    words: Vec<Added>,
}

struct Planned {
    place: TextRange,
    lua: String,
}

struct Passer<'a> {
    document: &'a HostDocument,
    tokens: &'a Tokens<'a>,
    source: &'a [u8],
    script: &'a Embedded,
    call: &'a ScriptCall,
}

impl Passer<'_> {
    fn plan(&self, passings: &[Passing], keys: u32, args: u32) -> Result<Plan, String> {
        let mut plan = Plan { values: Vec::new(), words: Vec::new() };
        for passing in passings {
            if plan.values.iter().any(|it| it.place == passing.place) {
                continue;
            }
            let parts = self.parts(passing.place)?;
            let expression = self.expression(&parts)?;
            let same = |it: &Added| it.is_key == passing.is_key && it.expression == expression;
            let at = plan.words.iter().position(same).unwrap_or_else(|| {
                plan.words.push(Added { is_key: passing.is_key, expression });
                plan.words.len() - 1
            });
            let nth = plan.words[..at].iter().filter(|it| it.is_key == passing.is_key).count() as u32 + 1;
            let lua = match (passing.is_key, passing.is_number) {
                (true, _) => format!("KEYS[{}]", keys + nth),
                (false, false) => format!("ARGV[{}]", args + nth),
                (false, true) => format!("tonumber(ARGV[{}])", args + nth),
            };
            // `f'…'`, `#'…'` and `return'…'` need something between.
            let before = passing.place.start.checked_sub(1).and_then(|at| self.script.text.get(at as usize));
            let is_name = before.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
            let lua = if is_name { format!("({lua})") } else { lua };
            plan.values.push(Planned { place: passing.place, lua });
        }
        if plan.values.is_empty() { Err("there is no value to pass".to_owned()) } else { Ok(plan) }
    }

    /// The parts of a place of the script: a value, or a string with values.
    fn parts(&self, place: TextRange) -> Result<Vec<Part>, String> {
        let script = self.script;
        let pieces = script.map.pieces().iter().filter(|it| place.contains_range(it.script) && !it.script.is_empty());
        let value = |piece: &Piece| -> Result<Part, String> {
            let found = script.values.iter().find(|it| it.script == piece.script).ok_or("the value is not known")?;
            self.value(found).map(Part::Value)
        };
        let mut parts = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            match piece.kind {
                Kind::Verbatim | Kind::Escape => {
                    let piece = std::str::from_utf8(piece.script.slice(&script.text)).map_err(|_| "no UTF-8")?;
                    text.push_str(piece);
                }
                Kind::Value => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(value(piece)?);
                }
                Kind::Statement => return Err("statements are pasted there".to_owned()),
                Kind::Made | Kind::Cut => {}
            }
        }
        parts.push(Part::Text(text));
        let is_string = parts.iter().any(|it| matches!(it, Part::Text(text) if !text.is_empty()));
        if is_string {
            unquote(&mut parts)?;
        }
        parts.retain(|it| !matches!(it, Part::Text(text) if text.is_empty()));
        Ok(parts)
    }

    /// The expression of a pasted value, as it can stand elsewhere.
    fn value(&self, value: &Pasted) -> Result<String, String> {
        let text = |range: TextRange| String::from_utf8_lossy(range.slice(self.source)).into_owned();
        let (whole, expression) = (text(value.host), text(value.expression));
        if value.expression.is_empty() {
            return Err("the value is not known here".to_owned());
        }
        // A value that is formatted in a way of its own is another text.
        let inner = whole.trim_start_matches(['$', '#', '{']).trim_end_matches('}');
        let is_placeholder = matches!(whole.as_str(), "%s" | "%d" | "%i" | "%v" | "%u" | "{}")
            || whole.starts_with('{') && inner.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
            || whole.starts_with("%(") && whole.ends_with(")s");
        let is_plain = whole == expression || inner == expression || whole.trim_start_matches('$') == expression;
        if !is_plain && !is_placeholder {
            return Err(format!("`{whole}` formats the value: pass what it gives"));
        }
        if self.tokens.syntax().has_commands {
            return Ok(format!("\"{whole}\""));
        }
        // A variable of PHP has its sign outside of the expression: `$x`, `${x}`.
        let is_signed = self.document.language.name() == "PHP" && whole.starts_with('$');
        if is_signed {
            return Ok(format!("${}", expression.trim_start_matches('$')));
        }
        if expression.contains('\n') {
            return Err("the value goes over several lines".to_owned());
        }
        Ok(expression)
    }

    /// The parts as an expression of the program.
    fn expression(&self, parts: &[Part]) -> Result<String, String> {
        let name = self.document.language.name();
        let all = &self.document.language.bindings().interpolation;
        let is_format = self.format().is_some();
        let row = all
            .iter()
            .filter(|it| it.language.as_ref().is_none_or(|it| it == name))
            .find(|it| it.format.is_none_or(|it| it == is_format));
        let row = row.ok_or_else(|| format!("{name} has no one way to make such a text"))?;
        let has_quote = |it: &Part| matches!(it, Part::Value(text) if text.contains('"'));
        if row.bars_quotes && parts.len() > 1 && parts.iter().any(has_quote) {
            return Err("the value has quotes, which would end the text".to_owned());
        }
        if let [Part::Value(only)] = parts
            && !(row.before == "{" && has_specification(only))
        {
            let wants_text = row.always_text || self.call.count.is_none();
            return Ok(match row.text.as_ref().filter(|_| wants_text) {
                Some(text) => text.replace("{}", only),
                None => only.clone(),
            });
        }
        Ok(render(row, parts))
    }

    /// The way in which the program fills the values in, if it calls a function for that.
    fn format(&self) -> Option<Format> {
        let at = self.first_literal()?;
        self.tokens.expression_around(at)?.format
    }

    fn first_literal(&self) -> Option<usize> {
        let start = self.script.literals.first()?.1.range.start;
        (0..self.tokens.len()).find(|&at| self.tokens.range(at).start == start && self.tokens.literal(at).is_some())
    }

    fn literal(&self, piece: &Piece) -> Option<&Literal> {
        let nth = piece.literal?;
        self.script.literals.iter().find(|(it, _)| *it == nth).map(|(_, it)| it)
    }

    /// Edits of the program that change the script alone.
    fn script_edits(&self, plan: &Plan) -> Result<Vec<(TextRange, String)>, String> {
        let script = self.script;
        let is_passed = |value: &Pasted| plan.values.iter().any(|it| it.place.contains_range(value.script));
        let is_whole = script.values.iter().all(is_passed);
        let format = self.format().filter(|it| matches!(it, Format::Percent | Format::Braces));
        if format.is_some() && !is_whole {
            return Err("a format takes its values all at once, and not all can be passed".to_owned());
        }
        let mut edits = Vec::new();
        for value in &plan.values {
            edits.push(self.script_edit(value)?);
        }
        if is_whole && format.is_some() {
            let is_new = |it: &TextRange| edits.iter().any(|(range, _): &(TextRange, String)| range.overlaps(*it));
            let kept: Vec<_> = self.without_format()?.into_iter().filter(|(range, _)| !is_new(range)).collect();
            edits.extend(kept);
        } else if is_whole {
            edits.extend(self.without_prefixes());
        }
        Ok(edits)
    }

    fn script_edit(&self, value: &Planned) -> Result<(TextRange, String), String> {
        let map = &self.script.map;
        let refused = || "the string cannot hold the new text".to_owned();
        let pieces = map.pieces();
        let at = pieces.iter().position(|it| it.script == value.place && it.kind == Kind::Value);
        let write = |literal: &Literal| encode(&value.lua, literal, "\n").ok_or_else(refused);
        let Some(at) = at else {
            // A string: from its quote to its quote, in brackets that stand in the script alone.
            let inner = TextRange::new(value.place.start + 1, value.place.end - 1);
            let start = map.out_start(inner.start).ok_or_else(refused)?;
            let end = map.out_end(inner.end).ok_or_else(refused)?;
            let touching = pieces.iter().filter(|it| inner.overlaps(it.script) && it.literal.is_some());
            let mut literals = touching.filter_map(|it| self.literal(it));
            let literal = literals.next().ok_or_else(refused)?;
            if literals.any(|it| !std::ptr::eq(it.style, literal.style) || it.close != literal.close) {
                return Err("the string is made of literals of several kinds".to_owned());
            }
            return Ok((TextRange::new(start, end), write(literal)?));
        };
        let piece = &pieces[at];
        if let Some(literal) = self.literal(piece) {
            return Ok((piece.host, write(literal)?));
        }
        // Between literals, which become one.
        let before = pieces[..at].iter().rev().find(|it| !it.host.is_empty()).filter(|it| it.literal.is_some());
        let behind = pieces[at + 1..].iter().find(|it| !it.host.is_empty()).filter(|it| it.literal.is_some());
        let open = |it: &Literal| TextRange::new(it.range.start, it.body.start).slice(self.source);
        let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
        match (before.and_then(|it| self.literal(it)), behind.and_then(|it| self.literal(it))) {
            (Some(a), Some(b)) if std::ptr::eq(a.style, b.style) && a.close == b.close => {
                Ok((TextRange::new(a.body.end, b.body.start), write(a)?))
            }
            (Some(a), None) => Ok((TextRange::new(a.body.end, piece.host.end), write(a)? + &text(&a.close))),
            (None, Some(b)) => Ok((TextRange::new(piece.host.start, b.body.start), text(open(b)) + &write(b)?)),
            (Some(a), Some(_)) => Ok((piece.host, text(open(a)) + &write(a)? + &text(&a.close))),
            (None, None) => Err(refused()),
        }
    }

    /// Edits that leave the literals of a format's text alone, which has no value any more.
    fn without_format(&self) -> Result<Vec<(TextRange, String)>, String> {
        let script = self.script;
        let outer = |it: &Literal| it.range.cover(it.body);
        let mut all = script.literals.iter().map(|(_, it)| outer(it));
        let first = all.next().ok_or("the script has no text")?;
        let range = all.fold(first, TextRange::cover);
        let head = TextRange::new(script.expression.start, range.start);
        let tail = TextRange::new(range.end, script.expression.end.max(range.end));
        let mut edits = vec![(head, String::new()), (tail, String::new())];
        for piece in script.map.pieces().iter().filter(|it| it.kind == Kind::Escape) {
            let text = piece.host.slice(self.source);
            if matches!(text, b"%%" | b"{{" | b"}}") {
                edits.push((piece.host, String::from_utf8_lossy(&text[..1]).into_owned()));
            }
        }
        edits.retain(|(range, text)| !range.is_empty() || !text.is_empty());
        Ok(edits)
    }

    /// Edits that take the sign of a template from literals that have no value and no brace any more.
    fn without_prefixes(&self) -> Vec<(TextRange, String)> {
        let script = self.script;
        let templates = script.literals.iter().filter(|(_, it)| it.style.holes == Holes::Braces(1));
        let has_braces = |nth: u32| {
            let mut own = script.map.pieces().iter().filter(|it| it.literal == Some(nth) && it.kind == Kind::Escape);
            own.any(|it| matches!(it.host.slice(self.source), b"{{" | b"}}"))
        };
        let prefix = |literal: &Literal| {
            let open = TextRange::new(literal.range.start, literal.body.start).slice(self.source);
            let at = open.iter().position(|it| matches!(it, b'f' | b'F' | b'$'))?;
            let at = literal.range.start + at as u32;
            Some((TextRange::new(at, at + 1), String::new()))
        };
        templates.filter(|(nth, _)| !has_braces(*nth)).filter_map(|(_, it)| prefix(it)).collect()
    }
}

/// Takes an import of Go away that nothing uses any more, for the compiler refuses such a program.
fn drop_unused_import(language: Language, text: &mut Vec<u8>) {
    if language.name() != "Go" || memchr::memmem::find(text, b"fmt.").is_some() {
        return;
    }
    for line in [&b"\t\"fmt\"\n"[..], b"import \"fmt\"\n"] {
        if let Some(at) = memchr::memmem::find(text, line) {
            text.drain(at..at + line.len());
            return;
        }
    }
}
