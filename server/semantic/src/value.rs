//! What an expression is known to be: constants through locals and concatenation, paths into the API, and where a
//! value comes from (KEYS, ARGV, a reply, text built of these).

use std::borrow::Cow;

use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, TableField, UnaryOp};

use crate::{Init, LocalId, LocalKind, Script};

/// How many locals and operators a look-up follows; real scripts need three or four.
const MAX_STEPS: u32 = 24;

/// A value known before the script runs.
#[derive(Clone, PartialEq, Debug)]
pub enum Constant<'a> {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(Cow<'a, [u8]>),
}

impl Constant<'_> {
    /// Whether Lua takes it as true: everything but `nil` and `false`.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Self::Nil | Self::Bool(false))
    }

    /// As `..` and `redis.call` would have it, for strings and integral numbers.
    pub fn as_bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::String(bytes) => Some(Cow::Borrowed(bytes.as_ref())),
            // `%.14g` and `%.17g` agree for integers below 10^14, whatever the server's version.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e14 && !is_minus_zero(*number) => {
                Some(Cow::Owned(format!("{}", *number as i64).into_bytes()))
            }
            _ => None,
        }
    }
}

/// Text has the sign of a zero: `-0`.
fn is_minus_zero(number: f64) -> bool {
    number == 0.0 && number.is_sign_negative()
}

/// A global or a member of a global table, as `redis.call`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ApiPath<'a> {
    /// A global by its name.
    Global(&'a str),
    /// A member of a global table.
    Member(&'a str, &'a str),
}

impl ApiPath<'_> {
    /// True if some server has the global, or the global that it is a member of.
    pub fn is_of_server(&self) -> bool {
        match self {
            Self::Global(name) | Self::Member(name, _) => commands::api::global(name).is_some(),
        }
    }
}

impl std::fmt::Display for ApiPath<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Global(name) => f.write_str(name),
            Self::Member(table, name) => write!(f, "{table}.{name}"),
        }
    }
}

/// Where a value comes from, as far as keys and arguments go.
#[derive(Clone, PartialEq, Debug)]
pub enum Origin {
    /// An element of KEYS, with its index where that is known.
    Key(Option<u32>),
    /// An element of ARGV, with its index where that is known.
    Argument(Option<u32>),
    /// A value written in the script.
    Constant,
    /// Text built of these.
    Built(Vec<Origin>),
    /// The reply of a command, or a part of it.
    Reply,
    /// One of these, by the script's course.
    OneOf(Vec<Origin>),
    /// Not known.
    Unknown,
}

impl Origin {
    /// Whether it is an element of KEYS and nothing else.
    pub fn is_key(&self) -> bool {
        match self {
            Self::Key(_) => true,
            Self::OneOf(all) => all.iter().all(Self::is_key),
            _ => false,
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::OneOf(parts) | Self::Built(parts) => parts.iter().all(Self::is_known),
            _ => true,
        }
    }
}

impl Script {
    /// The value of `expr`, if it is the same at every run.
    pub fn constant(&self, expr: ExprId) -> Option<Constant<'_>> {
        self.constant_at(expr, MAX_STEPS)
    }

    fn constant_at(&self, expr: ExprId, steps: u32) -> Option<Constant<'_>> {
        let steps = steps.checked_sub(1)?;
        Some(match &self.tree()[expr].kind {
            ExprKind::Nil => Constant::Nil,
            ExprKind::True => Constant::Bool(true),
            ExprKind::False => Constant::Bool(false),
            ExprKind::Number(number) => Constant::Number(*number),
            ExprKind::String => Constant::String(syntax::string_value(self.text(expr))),
            ExprKind::Paren(inner) => return self.constant_at(*inner, steps),
            ExprKind::Name(_) => match self.scopes.fixed(self.scopes.local_of(expr)?)? {
                Init::Expr(init) => return self.constant_at(init, steps),
                Init::Nothing => Constant::Nil,
                _ => return None,
            },
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => match self.constant_at(*operand, steps)? {
                Constant::Number(number) => Constant::Number(-number),
                _ => return None,
            },
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => {
                Constant::Bool(!self.constant_at(*operand, steps)?.is_truthy())
            }
            ExprKind::Binary { op, lhs, rhs, .. } => {
                let lhs = self.constant_at(*lhs, steps)?;
                let rhs = self.constant_at(*rhs, steps)?;
                return binary(*op, &lhs, &rhs);
            }
            _ => return None,
        })
    }

    /// The bytes of a constant string (numbers are not taken).
    pub fn constant_string(&self, expr: ExprId) -> Option<Vec<u8>> {
        match self.constant(expr)? {
            Constant::String(bytes) => Some(bytes.into_owned()),
            _ => None,
        }
    }

    /// The expression behind parentheses and locals that are never assigned again.
    pub fn resolve(&self, mut expr: ExprId) -> ExprId {
        for _ in 0..MAX_STEPS {
            expr = self.tree().unparen(expr);
            let Some(local) = self.scopes.local_of(expr) else { return expr };
            match self.scopes.fixed(local) {
                Some(Init::Expr(init)) => expr = init,
                _ => return expr,
            }
        }
        expr
    }

    /// The part of the API that `expr` is, also through aliases.
    pub fn api(&self, expr: ExprId) -> Option<ApiPath<'_>> {
        self.api_at(expr, MAX_STEPS)
    }

    fn api_at(&self, expr: ExprId, steps: u32) -> Option<ApiPath<'_>> {
        let steps = steps.checked_sub(1)?;
        match &self.tree()[expr].kind {
            ExprKind::Paren(inner) => self.api_at(*inner, steps),
            ExprKind::Name(name) => match self.scopes.local_of(expr) {
                Some(local) => match self.scopes.fixed(local)? {
                    Init::Expr(init) => self.api_at(init, steps),
                    _ => None,
                },
                None => match self.environment_of(expr) {
                    Some(def) => def.api.as_deref().map(|path| match path.split_once('.') {
                        Some((table, name)) => ApiPath::Member(table, name),
                        None => ApiPath::Global(path),
                    }),
                    None => Some(ApiPath::Global(name.as_str(&self.source))),
                },
            },
            ExprKind::Field { base, name } => match self.api_at(*base, steps)? {
                ApiPath::Global("_G") => Some(ApiPath::Global(name.as_str(&self.source))),
                ApiPath::Global(table) => Some(ApiPath::Member(table, name.as_str(&self.source))),
                ApiPath::Member(..) => None,
            },
            ExprKind::Index { base, key } => {
                let key = self.tree().unparen(*key);
                let ExprKind::String = self.tree()[key].kind else { return None };
                let text = self.text(key);
                let inner = std::str::from_utf8(text.get(1..text.len().saturating_sub(1))?).ok()?;
                match self.api_at(*base, steps)? {
                    ApiPath::Global(table) if !inner.contains('\\') => Some(ApiPath::Member(table, inner)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The API function that a call calls.
    pub fn called_api(&self, call: ExprId) -> Option<ApiPath<'_>> {
        match &self.tree()[call].kind {
            ExprKind::Call(call) => self.api(call.callee),
            _ => None,
        }
    }

    /// Whether `expr` is the table KEYS (`which` = 0) or ARGV (`which` = 1): the globals, aliases of them, and the
    /// parameters of a library's functions.
    fn is_table(&self, expr: ExprId, which: u32) -> bool {
        let expr = self.resolve(expr);
        if let Some(local) = self.scopes.local_of(expr) {
            let local_ = &self.scopes[local];
            return local_.kind == LocalKind::Parameter(which)
                && local_.writes.is_empty()
                && self.library.as_ref().is_some_and(|library| library.is_callback(local_.function));
        }
        let wanted: &[u8] = if which == 0 { b"KEYS" } else { b"ARGV" };
        self.scopes.is_global(expr) && self.text(expr) == wanted && self.environment_of(expr).is_none()
    }

    /// Whether `expr` is the table of keys.
    pub fn is_keys(&self, expr: ExprId) -> bool {
        self.is_table(expr, 0)
    }

    /// Whether `expr` is the table of arguments.
    pub fn is_argv(&self, expr: ExprId) -> bool {
        self.is_table(expr, 1)
    }

    /// Where the value of `expr` comes from.
    pub fn origin(&self, expr: ExprId) -> Origin {
        self.origin_at(expr, MAX_STEPS)
    }

    fn origin_at(&self, expr: ExprId, steps: u32) -> Origin {
        let Some(steps) = steps.checked_sub(1) else { return Origin::Unknown };
        let tree = self.tree();
        match &tree[expr].kind {
            ExprKind::Number(_) | ExprKind::String => Origin::Constant,
            ExprKind::Paren(inner) => self.origin_at(*inner, steps),
            ExprKind::Name(_) => match self.scopes.local_of(expr) {
                Some(local) => self.origin_of_local(local, steps),
                None => Origin::Unknown,
            },
            ExprKind::Index { base, key } => {
                let index = match self.constant(*key) {
                    Some(Constant::Number(index)) if index >= 1.0 && index.fract() == 0.0 && index < 1e6 => {
                        Some(index as u32)
                    }
                    _ => None,
                };
                if self.is_keys(*base) {
                    Origin::Key(index)
                } else if self.is_argv(*base) {
                    Origin::Argument(index)
                } else {
                    self.part_of(*base, steps)
                }
            }
            ExprKind::Field { base, .. } => self.part_of(*base, steps),
            ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
                let mut parts = Vec::new();
                for part in [self.origin_at(*lhs, steps), self.origin_at(*rhs, steps)] {
                    match part {
                        Origin::Built(inner) => parts.extend(inner),
                        part => parts.push(part),
                    }
                }
                if parts.iter().all(|part| *part == Origin::Constant) { Origin::Constant } else { Origin::Built(parts) }
            }
            // `cond and a or b`: what is left of `and` is the value only when it is nil or false, no key then.
            ExprKind::Binary { op: BinaryOp::And, rhs, .. } => self.origin_at(*rhs, steps),
            ExprKind::Binary { op: BinaryOp::Or, lhs, rhs, .. } => {
                join([self.origin_at(*lhs, steps), self.origin_at(*rhs, steps)])
            }
            ExprKind::Call(call) => {
                let api = self.api(call.callee);
                match api {
                    Some(ApiPath::Member("redis" | "server", "call" | "pcall")) => Origin::Reply,
                    Some(ApiPath::Global("tostring")) if call.args.len() == 1 => self.origin_at(call.args[0], steps),
                    Some(ApiPath::Member("table", "remove")) if !call.args.is_empty() => {
                        if self.is_keys(call.args[0]) {
                            Origin::Key(None)
                        } else if self.is_argv(call.args[0]) {
                            Origin::Argument(None)
                        } else {
                            Origin::Unknown
                        }
                    }
                    _ => Origin::Unknown,
                }
            }
            _ => Origin::Unknown,
        }
    }

    /// An element of a table that is a reply is a part of that reply.
    fn part_of(&self, base: ExprId, steps: u32) -> Origin {
        match self.origin_at(base, steps) {
            Origin::Reply => Origin::Reply,
            _ => Origin::Unknown,
        }
    }

    fn origin_of_init(&self, init: Init, steps: u32) -> Origin {
        match init {
            Init::Expr(expr) => self.origin_at(expr, steps),
            Init::Nth(expr, nth) => match &self.tree()[expr].kind {
                ExprKind::Call(call) => match self.api(call.callee) {
                    Some(ApiPath::Member("redis" | "server", "call" | "pcall")) if nth == 0 => Origin::Reply,
                    Some(ApiPath::Global("unpack")) if call.args.len() == 1 && self.is_keys(call.args[0]) => {
                        Origin::Key(Some(nth + 1))
                    }
                    Some(ApiPath::Global("unpack")) if call.args.len() == 1 && self.is_argv(call.args[0]) => {
                        Origin::Argument(Some(nth + 1))
                    }
                    _ if nth == 0 => self.origin_at(expr, steps),
                    _ => Origin::Unknown,
                },
                _ => Origin::Unknown,
            },
            _ => Origin::Unknown,
        }
    }

    fn origin_of_local(&self, id: LocalId, steps: u32) -> Origin {
        let local = &self.scopes[id];
        let first = match local.kind {
            LocalKind::Variable | LocalKind::Function => match local.init {
                // `local key` that is assigned later: the assignments tell.
                Init::Nothing if !local.writes.is_empty() => None,
                init => Some(self.origin_of_init(init, steps)),
            },
            LocalKind::Iterated(nth) => Some(self.origin_of_iteration(local.stmt, nth)),
            LocalKind::Parameter(nth) => Some(self.origin_of_parameter(local.function, nth, steps)),
            _ => Some(Origin::Unknown),
        };
        join(first.into_iter().chain(local.writes.iter().map(|write| self.origin_of_init(write.value, steps))))
    }

    /// `for _, key in ipairs(KEYS)`
    fn origin_of_iteration(&self, stmt: Option<syntax::StmtId>, nth: u32) -> Origin {
        let Some(stmt) = stmt else { return Origin::Unknown };
        let syntax::StmtKind::GenericFor { values, .. } = &self.tree()[stmt].kind else { return Origin::Unknown };
        let (Some(&iterator), 1) = (values.first(), nth) else { return Origin::Unknown };
        let ExprKind::Call(call) = &self.tree()[iterator].kind else { return Origin::Unknown };
        let (Some(ApiPath::Global("ipairs" | "pairs")), [table]) = (self.api(call.callee), &*call.args) else {
            return Origin::Unknown;
        };
        if self.is_keys(*table) {
            return Origin::Key(None);
        }
        if self.is_argv(*table) {
            return Origin::Argument(None);
        }
        match self.origin(*table) {
            Origin::Reply => Origin::Reply,
            _ => match &self.tree()[self.resolve(*table)].kind {
                ExprKind::Table(fields) if !fields.is_empty() && self.is_never_changed(*table) => {
                    join(fields.iter().map(|field| match field {
                        TableField::Item(value) => self.origin(*value),
                        _ => Origin::Unknown,
                    }))
                }
                _ => Origin::Unknown,
            },
        }
    }

    /// Whether the table behind `expr` is only ever iterated over and read.
    fn is_never_changed(&self, expr: ExprId) -> bool {
        let Some(local) = self.scopes.local_of(self.tree().unparen(expr)) else { return true };
        self.scopes[local].reads.len() == 1
    }

    /// What the callers of a local function give it, if every use of the function is a call.
    fn origin_of_parameter(&self, function: FunctionId, nth: u32, steps: u32) -> Origin {
        let Some(steps) = steps.checked_sub(4) else { return Origin::Unknown };
        let Some(calls) = self.calls_of(function) else { return Origin::Unknown };
        if calls.is_empty() || calls.len() > 24 {
            return Origin::Unknown;
        }
        join(calls.iter().map(|&call| {
            let ExprKind::Call(call) = &self.tree()[call].kind else { return Origin::Unknown };
            match call.args.get(nth as usize) {
                Some(&arg) if nth as usize + 1 < call.args.len() || !self.tree().is_multi(arg) => {
                    self.origin_at(arg, steps)
                }
                Some(&arg) => self.origin_of_init(Init::Nth(arg, 0), steps),
                None => Origin::Unknown,
            }
        }))
    }

    /// The calls of a named local function, or `None` when it is also used as a value, exported or reassigned.
    pub fn calls_of(&self, function: FunctionId) -> Option<Vec<ExprId>> {
        let local = self.scopes.name_of(function)?;
        let data = &self.scopes[local];
        if !data.writes.is_empty() || self.is_used_elsewhere(local) {
            return None;
        }
        let mut calls = Vec::with_capacity(data.reads.len());
        for &read in &data.reads {
            calls.push(self.call_by_callee(read)?);
        }
        Some(calls)
    }

    /// The local function that a call calls.
    pub fn called_function(&self, call: ExprId) -> Option<FunctionId> {
        let ExprKind::Call(call) = &self.tree()[call].kind else { return None };
        let callee = self.resolve(call.callee);
        match self.tree()[callee].kind {
            ExprKind::Function(function) => Some(function),
            _ => match self.scopes.fixed(self.scopes.local_of(callee)?)? {
                Init::Function(function) => Some(function),
                _ => None,
            },
        }
    }
}

fn join(origins: impl IntoIterator<Item = Origin>) -> Origin {
    let mut all: Vec<Origin> = Vec::new();
    for origin in origins {
        let parts = match origin {
            Origin::OneOf(parts) => parts,
            origin => vec![origin],
        };
        for part in parts {
            if part == Origin::Unknown {
                return Origin::Unknown;
            }
            if !all.contains(&part) {
                all.push(part);
            }
        }
    }
    match all.len() {
        0 => Origin::Unknown,
        1 => all.remove(0),
        _ => Origin::OneOf(all),
    }
}

fn binary<'a>(op: BinaryOp, lhs: &Constant<'_>, rhs: &Constant<'_>) -> Option<Constant<'a>> {
    use Constant::{Bool, Number, String};
    Some(match (op, lhs, rhs) {
        (BinaryOp::Concat, lhs, rhs) => {
            let mut text = lhs.as_bytes()?.into_owned();
            text.extend_from_slice(&rhs.as_bytes()?);
            String(Cow::Owned(text))
        }
        (BinaryOp::Add, Number(a), Number(b)) => Number(a + b),
        (BinaryOp::Sub, Number(a), Number(b)) => Number(a - b),
        (BinaryOp::Mul, Number(a), Number(b)) => Number(a * b),
        (BinaryOp::Div, Number(a), Number(b)) => Number(a / b),
        // Lua's remainder has the sign of the divisor.
        (BinaryOp::Mod, Number(a), Number(b)) => Number(a - (a / b).floor() * b),
        (BinaryOp::Pow, Number(a), Number(b)) => Number(a.powf(*b)),
        (BinaryOp::Lt, Number(a), Number(b)) => Bool(a < b),
        (BinaryOp::Le, Number(a), Number(b)) => Bool(a <= b),
        (BinaryOp::Gt, Number(a), Number(b)) => Bool(a > b),
        (BinaryOp::Ge, Number(a), Number(b)) => Bool(a >= b),
        (BinaryOp::Eq, a, b) => Bool(a == b),
        (BinaryOp::Ne, a, b) => Bool(a != b),
        (BinaryOp::And, a, b) => own(if a.is_truthy() { b } else { a }),
        (BinaryOp::Or, a, b) => own(if a.is_truthy() { a } else { b }),
        _ => return None,
    })
}

fn own<'a>(constant: &Constant<'_>) -> Constant<'a> {
    match constant {
        Constant::Nil => Constant::Nil,
        Constant::Bool(value) => Constant::Bool(*value),
        Constant::Number(value) => Constant::Number(*value),
        Constant::String(bytes) => Constant::String(Cow::Owned(bytes.to_vec())),
    }
}
