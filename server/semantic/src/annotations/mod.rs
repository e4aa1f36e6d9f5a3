//! LuaCATS annotations: comments such as `---@param job Job` that give types to parameters, results, variables and fields.
//!
//! They are for the editor alone. Hover, completion and similar features use them where the flow of values knows nothing; the
//! only diagnostic from them is the hint at a function that is marked as deprecated. Reading never fails: half-typed text
//! gives all that can be read, and unknown tags are kept as such.

mod attach;
mod blocks;
mod declarations;
mod tags;
#[cfg(test)]
mod tests;
mod types;

use syntax::FunctionId;

use crate::script::{File, Script};

pub use blocks::body;
pub use declarations::{Alias, Annotations, Block, Cast, Class, Function, NameKind, TypeDeclaration};
pub use tags::{Change, TAGS, Tag, TagKind};
pub use types::{FieldKey, TypeExpr, TypeField, TypeKind, TypeParam};

impl Annotations {
    /// Reads the annotations of a file.
    pub(crate) fn new(file: &File) -> Self {
        let blocks = blocks::blocks(file);
        if blocks.is_empty() {
            return Self::default();
        }
        attach::attach(file, blocks)
    }
}

impl Script {
    /// The annotations in comments, read when they are first asked for.
    pub fn annotations(&self) -> &Annotations {
        self.annotations.get_or_init(|| Annotations::new(&self.file))
    }

    /// The text of `@deprecated` above a function, if it has the tag.
    pub fn deprecated(&self, function: FunctionId) -> Option<&str> {
        let range = self.annotations().function(function)?.deprecated()?;
        Some(std::str::from_utf8(range.slice(&self.source)).unwrap_or_default())
    }

    /// The function whose declaration begins below a place, with only comments between: where a comment there would document it.
    pub fn function_below(&self, offset: u32) -> Option<FunctionId> {
        attach::function_below(&self.file, offset)
    }
}
