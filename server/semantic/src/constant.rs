//! Values that are known before the script runs: constants through locals and operators, paths into the API.

use std::borrow::Cow;

use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::{ApiPath, Init, Script};

/// Locals and operators that a look-up follows; real scripts need three or four.
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

impl<'a> Constant<'a> {
    /// As [`Self::as_bytes`], for as long as the script is there.
    pub fn into_bytes(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::String(bytes) => Some(bytes),
            other => other.as_bytes().map(|bytes| Cow::Owned(bytes.into_owned())),
        }
    }
}

impl Constant<'_> {
    /// Returns true if Lua takes it as true: everything but `nil` and `false`.
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
