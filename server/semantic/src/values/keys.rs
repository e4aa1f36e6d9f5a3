//! The keys of a call with their templates: the one finder of keys, for rules and summary alike.

use commands::{
    CommandId,
    bind::{Binding, Role},
    spec::{Access, Begin, Find, KeySpec},
};
use syntax::{ExprId, ExprKind};

use super::{Piece, Template, Values};
use crate::ApiPath;

/// Origin of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// An element of KEYS.
    Declared,
    /// Built from an element of KEYS.
    Built,
    /// An element of ARGV, or built from one.
    Argument,
    /// Written in the script.
    Constant,
    /// A reply, or built from one.
    Reply,
    /// Unknown.
    Unknown,
}

impl KeySource {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "keys",
            Self::Built => "built",
            Self::Argument => "argument",
            Self::Constant => "constant",
            Self::Reply => "reply",
            Self::Unknown => "unknown",
        }
    }
}

/// A word of a call that is a key, or may be several.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyWord {
    /// The word, by its place in the call; behind the last where the keys stand in no word of their own.
    pub word: usize,
    /// The command's access to it.
    pub access: Access,
    /// The templates that it may have, at least one.
    pub templates: Vec<Template>,
}

impl Values<'_> {
    /// The keys of a call with these words, which were bound to be `binding`.
    pub fn keys(&self, part: usize, words: &[ExprId], binding: &Binding) -> Vec<KeyWord> {
        let told = binding.keys().filter_map(|(word, access)| {
            let templates = self.templates(part, *words.get(word)?);
            Some(KeyWord { word, access, templates })
        });
        let mut found: Vec<KeyWord> = told.collect();
        found.extend(untold(self, part, words, binding));
        found
    }
}

/// Keys among words whose number is not known: `unpack(KEYS)`, or keys behind a count that is computed.
fn untold(values: &Values<'_>, part: usize, words: &[ExprId], binding: &Binding) -> Vec<KeyWord> {
    let mut found = Vec::new();
    let Some(spec) = binding.spec else { return found };
    let script = values.files.script(part);
    let Some(facts) = spec.any_facts() else { return found };
    let many = words.len().checked_sub(1).filter(|&last| script.may_be_several(words[last]));
    for keys in facts.keys.iter().filter(|keys| !keys.not_key) {
        let KeySpec { access, begin, find, .. } = *keys;
        let from = match (begin, find) {
            (Begin::Index(at), Find::Range { last, .. }) if last != 0 => usize::try_from(at).ok(),
            (Begin::Index(at), Find::KeyNum { count, first, .. }) => {
                let count = words.get((at + count).max(0) as usize);
                let told = count.is_some_and(|&count| script.constant(count).is_some());
                (!told).then(|| (at + first).max(0) as usize)
            }
            (Begin::Index(at), Find::Range { .. }) if many.is_some_and(|many| many <= at.max(0) as usize) => {
                usize::try_from(at).ok()
            }
            // SORT's BY and GET, MIGRATE's KEYS: by a pattern or behind an option.
            (Begin::Keyword(word, _), _) if binding.has_token(word) => Some(words.len()),
            _ => None,
        };
        let Some(from) = from else { continue };
        let counted = matches!(find, Find::KeyNum { .. });
        // Where the count is not known the grammar cannot tell an option from a key of its name.
        let is_option = |at: usize, word: ExprId| {
            let text = script.constant(word).filter(|_| counted && at > from);
            let text = text.as_ref().and_then(crate::Constant::as_bytes);
            text.is_some_and(|text| std::str::from_utf8(&text).is_ok_and(|text| spec.has_option(text)))
        };
        for (at, &word) in words.iter().enumerate() {
            if is_option(at, word) {
                break;
            }
            let is_last = Some(at) == many;
            // Behind a computed count the words up to the first option are keys.
            let hidden = (is_last && at + 1 >= from.min(words.len())) || (counted && at >= from);
            if !hidden || binding.roles.get(at).is_some_and(|role| matches!(role, Role::Key(_) | Role::Token(_))) {
                if counted && at >= from && !is_last {
                    break;
                }
                continue;
            }
            found.push(KeyWord { word: at, access, templates: several(values, part, word) });
        }
    }
    let by_pattern = |token: &str| binding.has_token(token);
    if matches!(spec.id, CommandId::Sort | CommandId::SortRo) && (by_pattern("BY") || by_pattern("GET")) {
        let templates = vec![Template(vec![Piece::Unknown("the patterns of SORT".to_owned())])];
        found.push(KeyWord { word: words.len(), access: Access::Read, templates });
    }
    found
}

/// The values of an expression that may stand for several.
fn several(values: &Values<'_>, part: usize, word: ExprId) -> Vec<Template> {
    let script = values.files.script(part);
    if let ExprKind::Call(call) = &script.tree()[word].kind
        && matches!(script.api(call.callee), Some(ApiPath::Global("unpack")))
        && let Some(&table) = call.args.first()
    {
        let piece = match (script.is_keys(table), script.is_argv(table)) {
            (true, _) => Some(Piece::Key(None)),
            (_, true) => Some(Piece::Argument(None)),
            _ => None,
        };
        if let Some(piece) = piece {
            return vec![Template(vec![piece])];
        }
    }
    values.templates(part, word)
}

impl Template {
    /// Returns the origin of a key with these pieces.
    pub fn source(&self) -> KeySource {
        source(self)
    }
}

fn source(template: &Template) -> KeySource {
    fn leaf(piece: &Piece) -> &Piece {
        match piece {
            Piece::Within(inner, _) => leaf(inner),
            piece => piece,
        }
    }
    let pieces = &template.0;
    if let [Piece::Key(_)] = pieces[..] {
        return KeySource::Declared;
    }
    let any = |test: fn(&Piece) -> bool| pieces.iter().any(|piece| test(leaf(piece)));
    if pieces.iter().any(|piece| matches!(piece, Piece::Key(_))) {
        KeySource::Built
    } else if any(|piece| matches!(piece, Piece::Reply(_))) {
        KeySource::Reply
    } else if any(|piece| matches!(piece, Piece::Argument(_))) {
        KeySource::Argument
    } else if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        KeySource::Constant
    } else {
        KeySource::Unknown
    }
}
