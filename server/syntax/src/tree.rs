//! Our own syntax tree: flat arenas of expressions, statements, blocks and functions, in source order.

use std::sync::OnceLock;

use std::ops::Index;

use text::TextRange;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $field:ident: $item:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index, for tables that run beside the arena.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Index<$name> for Tree {
            type Output = $item;

            fn index(&self, id: $name) -> &$item {
                &self.$field[id.index()]
            }
        }
    )*};
}

ids! {
    /// An expression of a tree.
    ExprId => exprs: Expr;
    /// A statement of a tree.
    StmtId => stmts: Stmt;
    /// A block of a tree.
    BlockId => blocks: Block;
    /// A function of a tree; the chunk itself is function 0.
    FunctionId => functions: Function;
}

/// The syntax tree of one chunk. Broken input gives a tree too, with [`ExprKind::Missing`] where something was
/// expected.
#[derive(Debug)]
pub struct Tree {
    pub(crate) exprs: Vec<Expr>,
    pub(crate) stmts: Vec<Stmt>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) functions: Vec<Function>,
    pub(crate) kinds: OnceLock<Kinds>,
}

/// The expressions of the kinds that most questions are about, in the order of the tree. Some eighty rules look for one kind each:
/// a look at every expression of a large file by each of them would cost more than the rules themselves.
#[derive(Default, Debug)]
pub(crate) struct Kinds {
    calls: Vec<ExprId>,
    method_calls: Vec<ExprId>,
    binaries: Vec<ExprId>,
    fields: Vec<ExprId>,
    tables: Vec<ExprId>,
}

impl Kinds {
    fn of(tree: &Tree) -> Self {
        let mut kinds = Self::default();
        for (id, expr) in tree.exprs() {
            match expr.kind {
                ExprKind::Call(_) => kinds.calls.push(id),
                ExprKind::MethodCall(_) => kinds.method_calls.push(id),
                ExprKind::Binary { .. } => kinds.binaries.push(id),
                ExprKind::Field { .. } => kinds.fields.push(id),
                ExprKind::Table(_) => kinds.tables.push(id),
                _ => {}
            }
        }
        kinds
    }
}

impl Tree {
    /// The tree of a chunk of `len` bytes without statements.
    pub(crate) fn empty(len: u32) -> Self {
        let block = Block { stmts: Box::default(), range: TextRange::default() };
        let chunk = Function {
            params: Box::default(),
            vararg: true,
            method: false,
            body: BlockId(0),
            range: TextRange::new(0, len),
        };
        Self {
            exprs: Vec::new(),
            stmts: Vec::new(),
            blocks: vec![block],
            functions: vec![chunk],
            kinds: OnceLock::new(),
        }
    }

    /// The chunk: a vararg function without a name.
    pub const CHUNK: FunctionId = FunctionId(0);

    /// The chunk's block.
    pub fn root(&self) -> BlockId {
        self.functions[0].body
    }

    /// Every expression; operands come before the expression that uses them.
    pub fn exprs(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.exprs.iter().enumerate().map(|(at, expr)| (ExprId(at as u32), expr))
    }

    fn of_kind(&self, kind: fn(&Kinds) -> &[ExprId]) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        let ids = kind(self.kinds.get_or_init(|| Kinds::of(self)));
        ids.iter().map(|&id| (id, &self[id]))
    }

    /// Every [`ExprKind::Call`], in the order of [`Self::exprs`].
    pub fn calls(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.of_kind(|kinds| &kinds.calls)
    }

    /// Every [`ExprKind::MethodCall`].
    pub fn method_calls(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.of_kind(|kinds| &kinds.method_calls)
    }

    /// Every [`ExprKind::Binary`].
    pub fn binaries(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.of_kind(|kinds| &kinds.binaries)
    }

    /// Every [`ExprKind::Field`].
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.of_kind(|kinds| &kinds.fields)
    }

    /// Every [`ExprKind::Table`].
    pub fn tables(&self) -> impl ExactSizeIterator<Item = (ExprId, &Expr)> {
        self.of_kind(|kinds| &kinds.tables)
    }

    /// Every statement.
    pub fn stmts(&self) -> impl ExactSizeIterator<Item = (StmtId, &Stmt)> {
        self.stmts.iter().enumerate().map(|(at, stmt)| (StmtId(at as u32), stmt))
    }

    /// Every block.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = (BlockId, &Block)> {
        self.blocks.iter().enumerate().map(|(at, block)| (BlockId(at as u32), block))
    }

    /// Every function, the chunk first.
    pub fn functions(&self) -> impl ExactSizeIterator<Item = (FunctionId, &Function)> {
        self.functions.iter().enumerate().map(|(at, function)| (FunctionId(at as u32), function))
    }

    /// The expression within any parentheses around `expr`.
    pub fn unparen(&self, mut expr: ExprId) -> ExprId {
        while let ExprKind::Paren(inner) = self[expr].kind {
            expr = inner;
        }
        expr
    }

    /// True if `expr` may give any number of values: a call or `...`, not in parentheses, or a missing expression.
    pub fn is_multi(&self, expr: ExprId) -> bool {
        matches!(self[expr].kind, ExprKind::Call(_) | ExprKind::MethodCall(_) | ExprKind::Vararg | ExprKind::Missing)
    }
}

/// A name in the source; its text is the source in that range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// Range of the name; empty if it is missing.
    pub range: TextRange,
}

impl Name {
    /// The name's bytes (`source` is the text that was parsed).
    pub fn text(self, source: &[u8]) -> &[u8] {
        self.range.slice(source)
    }

    /// The name as text. Lua names are ASCII, so this fails on nothing that was parsed.
    pub fn as_str(self, source: &[u8]) -> &str {
        std::str::from_utf8(self.range.slice(source)).unwrap_or_default()
    }
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// Kind of expression.
    pub kind: ExprKind,
    /// Range of the whole expression.
    pub range: TextRange,
}

/// The kinds of expression.
#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// `...`
    Vararg,
    /// A number, as the server's Lua reads it.
    Number(f64),
    /// A string literal; [`crate::string_value`] gives its bytes.
    String,
    /// `function (…) … end`
    Function(FunctionId),
    /// A variable by name: local, upvalue or global.
    Name(Name),
    /// `base[key]`
    Index {
        /// The table.
        base: ExprId,
        /// The key.
        key: ExprId,
    },
    /// `base.name`
    Field {
        /// The table.
        base: ExprId,
        /// The field's name.
        name: Name,
    },
    /// `callee(args)`
    Call(Box<Call>),
    /// `base:name(args)`
    MethodCall(Box<MethodCall>),
    /// `lhs op rhs`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        lhs: ExprId,
        /// Right operand.
        rhs: ExprId,
        /// Range of the operator.
        op_range: TextRange,
    },
    /// `op operand`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: ExprId,
        /// Range of the operator.
        op_range: TextRange,
    },
    /// `{ … }`
    Table(Box<[TableField]>),
    /// `( … )`: cuts several values to one.
    Paren(ExprId),
    /// A missing expression.
    Missing,
}

/// A call.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// The called expression.
    pub callee: ExprId,
    /// The arguments.
    pub args: Box<[ExprId]>,
    /// The arguments with their parentheses (or the lone string or table).
    pub args_range: TextRange,
}

/// A method call.
#[derive(Clone, PartialEq, Debug)]
pub struct MethodCall {
    /// The receiver.
    pub base: ExprId,
    /// The method's name.
    pub name: Name,
    /// The arguments, without the receiver.
    pub args: Box<[ExprId]>,
    /// The arguments with their parentheses (or the lone string or table).
    pub args_range: TextRange,
}

/// A field of a table constructor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum TableField {
    /// `value`
    Item(ExprId),
    /// `name = value`
    Named {
        /// The key.
        name: Name,
        /// The value.
        value: ExprId,
    },
    /// `[key] = value`
    Keyed {
        /// The key.
        key: ExprId,
        /// The value.
        value: ExprId,
    },
}

impl TableField {
    /// The field's value.
    pub const fn value(self) -> ExprId {
        match self {
            Self::Item(value) | Self::Named { value, .. } | Self::Keyed { value, .. } => value,
        }
    }
}

/// Operators with two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are Lua's")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

impl BinaryOp {
    /// The operator in Lua's syntax.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Concat => "..",
            Self::Eq => "==",
            Self::Ne => "~=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// True if it is `==` or `~=`.
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Eq | Self::Ne)
    }

    /// True if it is `<`, `<=`, `>` or `>=`.
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// True if it computes a number.
    pub const fn is_arithmetic(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Mul | Self::Div | Self::Mod | Self::Pow)
    }
}

/// Operators with one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are Lua's")]
pub enum UnaryOp {
    Neg,
    Not,
    Len,
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Stmt {
    /// Kind of statement.
    pub kind: StmtKind,
    /// Range of the whole statement, without a closing semicolon.
    pub range: TextRange,
}

/// The kinds of statement.
#[derive(Clone, PartialEq, Debug)]
pub enum StmtKind {
    /// `local names = values`
    Local {
        /// The names.
        names: Box<[Name]>,
        /// The values; may be fewer or more than the names.
        values: Box<[ExprId]>,
    },
    /// `targets = values`
    Assign {
        /// The targets: names, fields and indices.
        targets: Box<[ExprId]>,
        /// The values.
        values: Box<[ExprId]>,
    },
    /// A call whose values are dropped.
    Call(ExprId),
    /// `do … end`
    Do(BlockId),
    /// `while cond do … end`
    While {
        /// The condition.
        cond: ExprId,
        /// The body.
        body: BlockId,
    },
    /// `repeat … until cond`; the condition sees the body's locals.
    Repeat {
        /// The body.
        body: BlockId,
        /// The condition that ends the loop.
        cond: ExprId,
    },
    /// `if … then … elseif … then … else … end`
    If(Box<If>),
    /// `for var = start, end, step do … end`
    NumericFor(Box<NumericFor>),
    /// `for names in values do … end`
    GenericFor {
        /// The loop's variables.
        names: Box<[Name]>,
        /// The iterator's expressions.
        values: Box<[ExprId]>,
        /// The body.
        body: BlockId,
    },
    /// `function a.b:c(…) … end`
    Function {
        /// Target of the assignment: a name, or a field for `a.b` and `a:b`.
        target: ExprId,
        /// The function.
        function: FunctionId,
    },
    /// `local function name(…) … end`
    LocalFunction {
        /// The local's name.
        name: Name,
        /// The function.
        function: FunctionId,
    },
    /// `return values`
    Return(Box<[ExprId]>),
    /// `break`
    Break,
}

/// An `if` with all its arms.
#[derive(Clone, PartialEq, Debug)]
pub struct If {
    /// Condition and block of `if` and each `elseif`.
    pub arms: Vec<(ExprId, BlockId)>,
    /// The block of `else`.
    pub otherwise: Option<BlockId>,
}

/// A numeric `for`.
#[derive(Clone, PartialEq, Debug)]
pub struct NumericFor {
    /// The loop's variable.
    pub name: Name,
    /// Its first value.
    pub start: ExprId,
    /// Its last value.
    pub end: ExprId,
    /// Increment; 1 if absent.
    pub step: Option<ExprId>,
    /// The body.
    pub body: BlockId,
}

/// A block: statements in order, the last may be `return` or `break`.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// The statements.
    pub stmts: Box<[StmtId]>,
    /// From the first statement to the last; empty at the place of an empty block.
    pub range: TextRange,
}

/// A function's parameters and body.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// The parameters, without `...` and without the `self` of a method.
    pub params: Box<[Name]>,
    /// True if `...` is among the parameters. True for the chunk.
    pub vararg: bool,
    /// True if it was written `function a:b()`, which adds a parameter `self`.
    pub method: bool,
    /// The body.
    pub body: BlockId,
    /// From `function` to `end`.
    pub range: TextRange,
}
