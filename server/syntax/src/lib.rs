//! Lua source to our own tree, with errors; with a parser of our own.
//!
//! [`parse()`] never fails: whatever the bytes are, it gives a [`Parse`] with a tree of what could be understood and
//! the list of what Lua 5.1 would refuse. Offsets are bytes of the source as it was given.

mod error;
mod layout;
pub mod lexer;
mod literal;
mod minify;
mod parse;
mod parser;
mod scan;
mod tree;
mod validate;

pub use error::{SyntaxError, SyntaxFix};
pub use literal::{Escape, escapes, number_value, string_value};
pub use minify::{Minified, has_same_tokens, minify};
pub use parse::{MAX_SOURCE_BYTES, Parse, parse};
pub use scan::Comment;
pub use tree::{
    BinaryOp, Block, BlockId, Call, Expr, ExprId, ExprKind, Function, FunctionId, If, MethodCall, Name, NumericFor,
    Stmt, StmtId, StmtKind, TableField, Tree, UnaryOp,
};
