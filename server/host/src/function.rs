//! A function of a file.

/// Tokens that may stand between the parameters of a function and its body: its type, what it throws.
pub(crate) const MAX_BETWEEN: usize = 40;

/// A function, or a loop whose variables are like parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Function {
    /// Token of its name; none for one without a name, and for a loop.
    pub name: Option<usize>,
    /// Tokens of its parameters, without the brackets.
    pub parameters: (usize, usize),
    /// Tokens of its body.
    pub body: (usize, usize),
    /// True for a loop.
    pub is_loop: bool,
    /// Tokens of the values that a loop goes over, if they can be told.
    pub over: Option<(usize, usize)>,
}
