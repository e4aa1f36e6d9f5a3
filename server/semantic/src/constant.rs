//! Values that are known before the script runs: constants through locals and operators, paths into the API, the tables
//! KEYS and ARGV, the functions that calls call.

use std::borrow::Cow;

use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, UnaryOp};

use crate::{Init, LocalId, LocalKind, Script, members::Unseen};

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
    /// The global or member, if some server has it.
    pub fn item(&self) -> Option<&'static commands::api::Item> {
        match self {
            Self::Global(name) => commands::api::global(name),
            Self::Member(table, name) => commands::api::member(table, name),
        }
    }

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

    /// The part of the API that `expr` is, also through aliases and through names that other files give.
    pub fn api(&self, expr: ExprId) -> Option<ApiPath<'_>> {
        let (path, root) = self.api_paths().get(expr)?;
        let Some(given) = self.environment_of(root) else { return Some(path) };
        let given = match given.api.as_deref()?.split_once('.') {
            Some((table, name)) => ApiPath::Member(table, name),
            None => ApiPath::Global(given.api.as_deref()?),
        };
        match (path, given) {
            (ApiPath::Global(_), given) => Some(given),
            (ApiPath::Member(_, name), ApiPath::Global("_G")) => Some(ApiPath::Global(name)),
            (ApiPath::Member(_, name), ApiPath::Global(table)) => Some(ApiPath::Member(table, name)),
            (ApiPath::Member(..), ApiPath::Member(..)) => None,
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

    /// The calls of a function with a name, or `None` when it is also used as a value, exported or reassigned. Functions in fields of
    /// a table are named too, where the table is used for nothing but its fields; their calls may be method calls.
    pub fn calls_of(&self, function: FunctionId) -> Option<Vec<ExprId>> {
        let (local, field) = self.named_by(function)?;
        let data = &self.scopes[local];
        if !data.writes.is_empty() || self.is_used_elsewhere(local) {
            return None;
        }
        let mut calls = Vec::with_capacity(data.reads.len());
        for &read in &data.reads {
            calls.extend(self.call_of_use(read, field).ok()?);
        }
        Some(calls)
    }

    /// The local that a function is, or the local and the name of the field that it is in.
    pub(crate) fn named_by(&self, function: FunctionId) -> Option<(LocalId, Option<&[u8]>)> {
        match self.scopes.name_of(function) {
            Some(local) => Some((local, None)),
            None => self.field_of(function).map(|(local, name)| (local, Some(name))),
        }
    }

    /// The call that the use of a function's local is, if it is one; `Err` where something else may become of the function.
    pub(crate) fn call_of_use(&self, read: ExprId, field: Option<&[u8]>) -> Result<Option<ExprId>, Unseen> {
        match field {
            None => self.call_by_callee(read).map(Some).ok_or(Unseen),
            Some(name) => self.member_call(read, name),
        }
    }

    /// The function of the script that a call or method call calls.
    pub fn called_function(&self, call: ExprId) -> Option<FunctionId> {
        match &self.tree()[call].kind {
            ExprKind::Call(call) => self.named_function(call.callee),
            ExprKind::MethodCall(call) => self.member_of(call.base, call.name.text(&self.source)),
            _ => None,
        }
    }

    /// The function of the script that an expression always is.
    pub(crate) fn named_function(&self, expr: ExprId) -> Option<FunctionId> {
        let resolved = self.resolve(expr);
        match self.tree()[resolved].kind {
            ExprKind::Field { base, name } => self.member_of(base, name.text(&self.source)),
            ExprKind::Index { base, key } => match self.constant(key)? {
                Constant::String(name) => self.member_of(base, &name),
                _ => None,
            },
            _ => self.local_function(resolved),
        }
    }

    /// The function that an expression is, or the local that it names.
    pub(crate) fn local_function(&self, expr: ExprId) -> Option<FunctionId> {
        match self.tree()[expr].kind {
            ExprKind::Function(function) => Some(function),
            _ => match self.scopes.fixed(self.scopes.local_of(expr)?)? {
                Init::Function(function) => Some(function),
                _ => None,
            },
        }
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
