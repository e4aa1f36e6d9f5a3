//! Lua source to our own tree, with errors; the only crate that knows full_moon.
//!
//! [`parse`] never fails: whatever the bytes are, it gives a [`Parse`] with a tree of what could be understood and
//! the list of what Lua 5.1 would refuse. Offsets are bytes of the source as it was given.

mod complaints;
mod error;
mod incremental;
pub mod lexer;
mod literal;
mod lower;
mod mend;
mod parse;
mod scan;
mod splice;
mod tree;
mod validate;

pub use error::{SyntaxError, SyntaxFix};
pub use incremental::Cache;
pub use literal::{Escape, escapes, number_value, string_value};
pub use parse::{MAX_SOURCE_BYTES, Parse, parse, parse_whole, parse_with};
pub use scan::Comment;
pub use tree::{
    BinaryOp, Block, BlockId, Call, Expr, ExprId, ExprKind, Function, FunctionId, If, MethodCall, Name, NumericFor,
    Stmt, StmtId, StmtKind, TableField, Tree, UnaryOp,
};
