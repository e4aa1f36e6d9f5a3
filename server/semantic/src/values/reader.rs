//! Follows a value to its pieces: through locals, functions and files.

use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, StmtKind, TableField};

use super::{Gives, Made, Piece, Template, Values, template::join};
use crate::{ApiPath, Constant, Init, LocalKind, files::Place};

/// Most values of one expression that are kept; with more it is unknown.
const MOST: usize = 8;
/// Most steps taken for one expression.
const STEPS: u32 = 400;

impl Values<'_> {
    /// The values that an expression may have, at least one.
    pub fn templates(&self, part: usize, expr: ExprId) -> Vec<Template> {
        let mut reader = Reader::new(self);
        let values = reader.value(part, expr);
        if values.is_empty() { vec![reader.unknown(part, expr)] } else { values }
    }

    /// The texts that an expression may be, if it is always a text of the script.
    pub fn texts(&self, part: usize, expr: ExprId) -> Option<Vec<Vec<u8>>> {
        self.templates(part, expr)
            .into_iter()
            .map(|template| match <[Piece; 1]>::try_from(template.0) {
                Ok([Piece::Text(text)]) => Some(text),
                _ => None,
            })
            .collect()
    }
}

/// A function that a value is followed into.
struct Frame {
    part: usize,
    function: FunctionId,
    /// The call of it, and the file that it is in; none while it is read for any call.
    call: Option<(usize, ExprId)>,
}

pub(super) struct Reader<'v, 'a> {
    values: &'v Values<'a>,
    /// The locals that are being followed, against circles.
    trail: Vec<Place>,
    frames: Vec<Frame>,
    steps: u32,
}

impl<'v, 'a> Reader<'v, 'a> {
    pub(super) fn new(values: &'v Values<'a>) -> Self {
        Self { values, trail: Vec::new(), frames: Vec::new(), steps: STEPS }
    }

    pub(super) fn unknown(&self, part: usize, expr: ExprId) -> Template {
        let script = self.values.files.script(part);
        let text = script.text_of(script.tree()[expr].range);
        let mut shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.chars().count() > 32 {
            shown = shown.chars().take(30).collect::<String>() + "…";
        }
        Template(vec![Piece::Unknown(shown)])
    }

    pub(super) fn value(&mut self, part: usize, expr: ExprId) -> Vec<Template> {
        let unknown = |it: &Self| vec![it.unknown(part, expr)];
        if self.steps == 0 || self.frames.len() > 12 {
            return unknown(self);
        }
        self.steps -= 1;
        let script = self.values.files.script(part);
        match script.constant(expr) {
            Some(Constant::Nil | Constant::Bool(_)) => return Vec::new(),
            Some(constant) => match constant.as_bytes() {
                Some(text) => return vec![Template(vec![Piece::Text(text.into_owned())])],
                None => return unknown(self),
            },
            None => {}
        }
        let found = match &script.tree()[expr].kind {
            ExprKind::Paren(inner) => self.value(part, *inner),
            ExprKind::Name(_) => match self.values.files.local(part, expr) {
                Some(place) => self.local(place),
                None => match script.environment_of(expr).and_then(|it| it.made.as_deref()) {
                    Some(Made::Value(values)) => values.clone(),
                    _ => Vec::new(),
                },
            },
            ExprKind::Index { base, key } => {
                let index = match script.constant(*key) {
                    Some(Constant::Number(index)) if index >= 1.0 && index.fract() == 0.0 && index < 1e6 => {
                        Some(index as u32)
                    }
                    _ => None,
                };
                if script.is_keys(*base) {
                    vec![Template(vec![Piece::Key(index)])]
                } else if script.is_argv(*base) {
                    vec![Template(vec![Piece::Argument(index)])]
                } else {
                    let path = match script.constant(*key) {
                        Some(Constant::String(name)) => format!(".{}", String::from_utf8_lossy(&name)),
                        Some(Constant::Number(index)) => format!("[{index}]"),
                        _ => "[…]".to_owned(),
                    };
                    self.within(part, *base, &path)
                }
            }
            ExprKind::Field { base, name } => match self.field(part, *base, name.text(&script.source)) {
                Some(value) => self.value(part, value),
                None => self.within(part, *base, &format!(".{}", name.as_str(&script.source))),
            },
            ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
                let (left, right) = (self.some(part, *lhs), self.some(part, *rhs));
                let joined = left.iter().flat_map(|left| right.iter().map(|right| join(left, right)));
                joined.collect()
            }
            ExprKind::Binary { op: BinaryOp::And, rhs, .. } => self.value(part, *rhs),
            ExprKind::Binary { op: BinaryOp::Or, lhs, rhs, .. } => {
                let mut both = self.value(part, *lhs);
                both.extend(self.value(part, *rhs));
                both
            }
            ExprKind::Call(_) => self.call(part, expr, 0),
            ExprKind::MethodCall(call) => match call.name.text(&script.source) {
                _ if self.is_known(part, expr) => self.returned(part, expr, 0),
                b"sub" | b"lower" | b"upper" | b"match" | b"gsub" => self.within(part, call.base, ""),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let mut kept: Vec<Template> = Vec::new();
        for template in found {
            if !kept.contains(&template) {
                kept.push(template);
            }
        }
        if kept.is_empty() || kept.len() > MOST { unknown(self) } else { kept }
    }

    /// The values of an operand of `..`, which is never nil.
    fn some(&mut self, part: usize, expr: ExprId) -> Vec<Template> {
        let values = self.value(part, expr);
        if values.is_empty() { vec![self.unknown(part, expr)] } else { values }
    }

    /// Something that is taken out of a value.
    fn within(&mut self, part: usize, base: ExprId, path: &str) -> Vec<Template> {
        let values = self.value(part, base);
        values
            .into_iter()
            .map(|Template(mut pieces)| match (pieces.pop(), pieces.is_empty()) {
                (Some(piece @ (Piece::Key(_) | Piece::Argument(_) | Piece::Reply(_))), true) => {
                    Some(Template(vec![Piece::Within(Box::new(piece), path.to_owned())]))
                }
                (Some(Piece::Within(piece, before)), true) => Some(Template(vec![Piece::Within(piece, before + path)])),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default()
    }

    /// The value of a field of a table that is written in the script and never changed.
    fn field(&self, part: usize, base: ExprId, name: &[u8]) -> Option<ExprId> {
        let script = self.values.files.script(part);
        let tree = script.tree();
        let ExprKind::Table(fields) = &tree[script.resolve(base)].kind else { return None };
        let local = script.scopes.local_of(tree.unparen(base))?;
        let only_read = script.scopes[local].reads.iter().all(|&read| {
            let Some(parent) = script.parent(read) else { return false };
            let is_base = match tree[parent].kind {
                ExprKind::Field { base, .. } | ExprKind::Index { base, .. } => base == read,
                _ => false,
            };
            let stmt = &tree[script.scopes.stmt_of(parent)].kind;
            is_base && !matches!(stmt, StmtKind::Assign { targets, .. } if targets.contains(&parent))
        });
        if !only_read || script.is_used_elsewhere(local) {
            return None;
        }
        fields.iter().find_map(|field| match field {
            TableField::Named { name: it, value } if it.text(&script.source) == name => Some(*value),
            _ => None,
        })
    }

    fn init(&mut self, part: usize, init: Init) -> Vec<Template> {
        match init {
            Init::Expr(expr) => self.value(part, expr),
            Init::Nth(expr, nth) => match self.values.files.script(part).tree()[expr].kind {
                ExprKind::Call(_) | ExprKind::MethodCall(_) => {
                    let values = if self.is_known(part, expr) {
                        self.returned(part, expr, nth)
                    } else {
                        self.call(part, expr, nth)
                    };
                    if values.is_empty() { vec![self.unknown(part, expr)] } else { values }
                }
                _ => vec![self.unknown(part, expr)],
            },
            Init::Nothing => Vec::new(),
            Init::Function(_) | Init::Outside => vec![Template(vec![Piece::Unknown(String::new())])],
        }
    }

    fn local(&mut self, place: Place) -> Vec<Template> {
        if self.trail.contains(&place) {
            return Vec::new();
        }
        self.trail.push(place);
        let (part, id) = place;
        let script = self.values.files.script(part);
        let local = &script.scopes[id];
        let mut values = match local.kind {
            LocalKind::Variable => self.init(part, local.init),
            LocalKind::Iterated(1) => self.element(part, local.stmt),
            LocalKind::Parameter(nth) => self.parameter(part, local.function, nth),
            _ => Vec::new(),
        };
        let mut told = !values.is_empty() || (local.kind == LocalKind::Variable && local.init == Init::Nothing);
        for write in &local.writes {
            // A key that grows in a loop has no pattern that could be told.
            let grows = matches!(write.value, Init::Expr(expr) if self.reads(part, expr, place));
            let value = if grows { Vec::new() } else { self.init(part, write.value) };
            told &= !grows;
            values.extend(value);
        }
        self.trail.pop();
        if told { values } else { vec![Template(vec![Piece::Unknown(script.name(id).to_owned())])] }
    }

    /// True if an expression reads a local to build on it.
    fn reads(&self, part: usize, expr: ExprId, place: Place) -> bool {
        let script = self.values.files.script(part);
        let whole = script.tree()[expr].range;
        place.0 == part
            && script.scopes[place.1].reads.iter().any(|&read| {
                let range = script.tree()[read].range;
                whole.start <= range.start && range.end <= whole.end
            })
    }

    /// `for _, key in ipairs(KEYS)`
    fn element(&mut self, part: usize, stmt: Option<syntax::StmtId>) -> Vec<Template> {
        let script = self.values.files.script(part);
        let Some(stmt) = stmt else { return Vec::new() };
        let StmtKind::GenericFor { values, .. } = &script.tree()[stmt].kind else { return Vec::new() };
        let Some(&iterator) = values.first() else { return Vec::new() };
        let ExprKind::Call(call) = &script.tree()[iterator].kind else { return Vec::new() };
        let (Some(ApiPath::Global("ipairs" | "pairs")), [table]) = (script.api(call.callee), &*call.args) else {
            return Vec::new();
        };
        self.elements(part, *table)
    }

    /// Any element of a table.
    fn elements(&mut self, part: usize, table: ExprId) -> Vec<Template> {
        let script = self.values.files.script(part);
        if script.is_keys(table) {
            return vec![Template(vec![Piece::Key(None)])];
        }
        if script.is_argv(table) {
            return vec![Template(vec![Piece::Argument(None)])];
        }
        let resolved = script.resolve(table);
        let once = script
            .scopes
            .local_of(script.tree().unparen(table))
            .is_none_or(|local| script.scopes[local].reads.len() == 1);
        if let (ExprKind::Table(fields), true) = (&script.tree()[resolved].kind, once) {
            return fields.iter().flat_map(|field| self.value(part, field.value())).collect();
        }
        self.within(part, table, "[…]")
    }

    fn parameter(&mut self, part: usize, function: FunctionId, nth: u32) -> Vec<Template> {
        // Within a call that is being followed the argument is the one of that call.
        if let Some(top) = self.frames.last()
            && (top.part, top.function) == (part, function)
        {
            let Some((caller, call)) = top.call else { return vec![Template(vec![Piece::Parameter(nth)])] };
            let Some(frame) = self.frames.pop() else { return Vec::new() };
            let takes_self = self.values.files.script(part).tree()[function].method;
            let value = self.argument(caller, call, takes_self, nth);
            self.frames.push(frame);
            return value;
        }
        let Some(calls) = self.values.files.calls_of(part, function) else { return Vec::new() };
        let run: Vec<(usize, ExprId)> = calls.into_iter().filter(|&(at, call)| self.values.is_run(at, call)).collect();
        if run.len() > 24 {
            return Vec::new();
        }
        let frames = std::mem::take(&mut self.frames);
        let takes_self = self.values.files.script(part).tree()[function].method;
        let values = run.into_iter().flat_map(|(at, call)| self.argument(at, call, takes_self, nth)).collect();
        self.frames = frames;
        values
    }

    /// The argument that a call gives a function for its parameter, `self` not counted.
    fn argument(&mut self, part: usize, call: ExprId, takes_self: bool, nth: u32) -> Vec<Template> {
        let tree = self.values.files.script(part).tree();
        let (receiver, args) = match &tree[call].kind {
            ExprKind::Call(it) => (None, &it.args),
            ExprKind::MethodCall(it) => (Some(it.base), &it.args),
            _ => return Vec::new(),
        };
        let nth = match (receiver, takes_self) {
            (Some(receiver), false) if nth == 0 => return self.value(part, receiver),
            (Some(_), false) => nth as usize - 1,
            (None, true) => nth as usize + 1,
            _ => nth as usize,
        };
        match args.get(nth) {
            Some(&arg) if nth + 1 < args.len() || !tree.is_multi(arg) => self.value(part, arg),
            Some(&arg) => self.init(part, Init::Nth(arg, 0)),
            None => match args.last() {
                Some(&last) if tree.is_multi(last) => vec![self.unknown(part, last)],
                _ => Vec::new(),
            },
        }
    }

    /// The `nth` value of a call, counted from 0.
    fn call(&mut self, part: usize, expr: ExprId, nth: u32) -> Vec<Template> {
        let script = self.values.files.script(part);
        let ExprKind::Call(call) = &script.tree()[expr].kind else { return Vec::new() };
        let first = call.args.first().copied();
        let path = script.api(call.callee);
        let own = match path {
            Some(ApiPath::Global(_)) => self.values.files.local(part, script.resolve(call.callee)).is_some(),
            _ => false,
        };
        match (path.filter(|_| !own), first) {
            (Some(ApiPath::Member("redis" | "server", "call" | "pcall")), _) => {
                let name = script.command_call(expr).and_then(crate::CommandCall::name);
                vec![Template(vec![Piece::Reply(name)])]
            }
            (Some(ApiPath::Global("tostring" | "tonumber")), Some(first)) => self.value(part, first),
            (Some(ApiPath::Global("unpack")), Some(first)) if call.args.len() > 1 => self.elements(part, first),
            (Some(ApiPath::Global("unpack")), Some(first)) => match (script.is_keys(first), script.is_argv(first)) {
                (true, _) => vec![Template(vec![Piece::Key(Some(nth + 1))])],
                (_, true) => vec![Template(vec![Piece::Argument(Some(nth + 1))])],
                _ => self.within(part, first, &format!("[{}]", nth + 1)),
            },
            (Some(ApiPath::Member("table", "remove")), Some(first)) => self.elements(part, first),
            (Some(ApiPath::Member("string", "format")), Some(_)) => self.format(part, &call.args),
            (
                Some(
                    ApiPath::Member("string", "sub" | "lower" | "upper" | "match" | "gsub")
                    | ApiPath::Member("cjson", "decode")
                    | ApiPath::Member("cmsgpack", "unpack"),
                ),
                Some(first),
            ) => self.within(part, first, ""),
            (Some(ApiPath::Member("struct", "unpack")), Some(_)) if call.args.len() > 1 => {
                self.within(part, call.args[1], "")
            }
            (Some(_), _) => Vec::new(),
            (None, _) => self.returned(part, expr, nth),
        }
    }

    /// True if the function that a call calls is known, or its result.
    fn is_known(&self, part: usize, call: ExprId) -> bool {
        self.values.files.called(part, call).is_some() || self.gives(part, call).is_some()
    }

    /// Returns the values that a function of the script returns.
    fn returned(&mut self, part: usize, call: ExprId, nth: u32) -> Vec<Template> {
        let Some((file, function)) = self.values.files.called(part, call) else {
            return match self.gives(part, call) {
                Some(gives) if nth == 0 => self.filled(part, call, gives),
                _ => Vec::new(),
            };
        };
        if self.frames.iter().any(|frame| (frame.part, frame.function) == (file, function)) {
            return Vec::new();
        }
        self.frames.push(Frame { part: file, function, call: Some((part, call)) });
        let found = self.returns(file, function, nth);
        self.frames.pop();
        found
    }

    /// The values that a function gives to any call of it.
    pub(super) fn given_by(&mut self, part: usize, function: FunctionId) -> Vec<Template> {
        self.frames.push(Frame { part, function, call: None });
        let found = self.returns(part, function, 0);
        self.frames.pop();
        found
    }

    fn returns(&mut self, file: usize, function: FunctionId, nth: u32) -> Vec<Template> {
        let script = self.values.files.script(file);
        let mut returns: Vec<&[ExprId]> = Vec::new();
        script.each_return(function, &mut |values| returns.push(values));
        let mut found = Vec::new();
        for values in returns {
            match values.get(nth as usize) {
                Some(&value) => found.extend(self.value(file, value)),
                None => match values.last() {
                    Some(&last) if script.tree().is_multi(last) => found.push(self.unknown(file, last)),
                    _ => {}
                },
            }
        }
        found
    }

    /// The values that a function of another file gives, where that file is not among these.
    fn gives(&self, part: usize, call: ExprId) -> Option<&'a Gives> {
        let script = self.values.files.script(part);
        let tree = script.tree();
        let made = |table: ExprId| script.environment_of(tree.unparen(table))?.made.as_deref();
        match &tree[call].kind {
            ExprKind::Call(call) => {
                let callee = script.resolve(call.callee);
                match tree[callee].kind {
                    ExprKind::Field { base, name } => made(base)?.gives(Some(name.text(&script.source))),
                    _ => made(callee)?.gives(None),
                }
            }
            ExprKind::MethodCall(call) => made(call.base)?.gives(Some(call.name.text(&script.source))),
            _ => None,
        }
    }

    /// The values that a function gives, with the arguments of a call for its parameters.
    fn filled(&mut self, part: usize, call: ExprId, gives: &Gives) -> Vec<Template> {
        let mut found = Vec::new();
        for template in &gives.values {
            let mut all = vec![Template(Vec::new())];
            for piece in &template.0 {
                let values = match piece {
                    Piece::Parameter(nth) => self.argument(part, call, gives.takes_self, *nth),
                    piece => vec![Template(vec![piece.clone()])],
                };
                all = all
                    .iter()
                    .flat_map(|before| values.iter().map(|value| join(before, value)))
                    .take(MOST + 1)
                    .collect();
            }
            found.extend(all);
        }
        found
    }

    /// `string.format('%s:%s', a, b)`
    fn format(&mut self, part: usize, args: &[ExprId]) -> Vec<Template> {
        let Some(pattern) = self.values.files.script(part).constant_string(args[0]) else { return Vec::new() };
        let mut all = vec![Template(Vec::new())];
        let (mut text, mut at, mut next) = (Vec::new(), 0, 1);
        while at < pattern.len() {
            match (pattern[at], pattern.get(at + 1)) {
                (b'%', Some(b'%')) => text.push(b'%'),
                (b'%', Some(b's' | b'd' | b'i')) => {
                    let Some(&arg) = args.get(next) else { return Vec::new() };
                    next += 1;
                    let head = Template(vec![Piece::Text(std::mem::take(&mut text))]);
                    let values = self.some(part, arg);
                    all = all
                        .iter()
                        .map(|before| join(before, &head))
                        .flat_map(|before| values.iter().map(move |value| join(&before, value)))
                        .take(MOST + 1)
                        .collect();
                }
                (b'%', _) => return Vec::new(),
                (byte, _) => {
                    text.push(byte);
                    at += 1;
                    continue;
                }
            }
            at += 2;
        }
        let tail = Template(vec![Piece::Text(text)]);
        all.iter().map(|before| join(before, &tail)).collect()
    }
}
