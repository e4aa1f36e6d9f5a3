//! The types that the annotations of a file declare, and the code that they apply to.

use rustc_hash::FxHashMap;
use syntax::{ExprId, FunctionId};
use text::TextRange;

use super::{Tag, TagKind, TypeExpr, TypeField, TypeKind};
use crate::LocalId;

/// Comments with tags on lines that follow each other, or one behind code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// From the first comment, with the words above the tags, to the end of the last.
    pub range: TextRange,
    /// The tags, in order.
    pub tags: Vec<Tag>,
    /// Start of the code below the block, or end of the code before it.
    pub target: u32,
    /// True if the block follows code on its line.
    pub is_behind: bool,
}

/// A class, by its `@class`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// Its name.
    pub name: TextRange,
    /// The classes that it has the fields of.
    pub parents: Vec<TypeExpr>,
    /// Its fields, each with its description.
    pub fields: Vec<(TypeField, TextRange)>,
    /// Its description.
    pub text: TextRange,
    /// The variable below, which holds its methods.
    pub local: Option<LocalId>,
    /// The value below, if it is given to no variable: of `M.Job = {}`.
    pub value: Option<ExprId>,
}

/// A name for a type, by its `@alias` or `@enum`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alias {
    /// Its name.
    pub name: TextRange,
    /// The types that it may be, each with its description.
    pub members: Vec<(TypeExpr, TextRange)>,
    /// Of an enumeration: the name of its table and of each of its fields.
    pub values: Vec<(TextRange, TextRange)>,
    /// Its description.
    pub text: TextRange,
}

/// The meaning of a name in annotations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameKind {
    /// The name of a tag.
    Tag,
    /// A class or an alias where it is declared.
    Declaration,
    /// A type where it is used.
    Type,
    /// A parameter of the function below, or a variable that `@cast` names; none if there is none of the name.
    Variable(Option<LocalId>),
    /// A name in `@see`: of a variable, a type, or one of their fields.
    Reference,
    /// A field of a class or of a table type.
    Field,
}

/// A declaration of a type's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TypeDeclaration {
    /// The file.
    pub file: usize,
    /// Its number among the classes or aliases of the file.
    pub at: usize,
    /// True for an alias, false for a class.
    pub is_alias: bool,
}

/// The annotations of a function.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    block: &'a Block,
}

/// The type that a `@cast` gives a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cast {
    /// The variable.
    pub local: LocalId,
    /// From behind the tag to the end of its block, or to where the variable is given another value.
    pub range: TextRange,
    /// The type.
    pub of: TypeExpr,
}

/// The annotations of a file.
#[derive(Debug, Default)]
pub struct Annotations {
    pub(super) blocks: Vec<Block>,
    /// The classes, in source order.
    pub classes: Vec<Class>,
    /// The aliases and enumerations, in source order.
    pub aliases: Vec<Alias>,
    pub(super) functions: FxHashMap<FunctionId, usize>,
    pub(super) locals: FxHashMap<LocalId, TypeExpr>,
    /// The types of values: of those that fields are given, and of those with `@as` behind them.
    pub(super) exprs: FxHashMap<ExprId, TypeExpr>,
    /// The fields of classes and table types, by where their names begin, with their descriptions.
    pub(super) fields: FxHashMap<u32, (TypeExpr, TextRange)>,
    pub(super) names: Vec<(TextRange, NameKind)>,
    pub(super) casts: Vec<Cast>,
}

impl Annotations {
    /// True if the file has none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The comments with tags, in source order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The annotations of a function.
    pub fn function(&self, function: FunctionId) -> Option<Function<'_>> {
        self.functions.get(&function).map(|&at| Function { block: &self.blocks[at] })
    }

    /// The functions with annotations.
    pub fn functions(&self) -> impl Iterator<Item = (FunctionId, Function<'_>)> {
        self.functions.iter().map(|(&id, &at)| (id, Function { block: &self.blocks[at] }))
    }

    /// The type that annotations give a variable or a parameter.
    pub fn local(&self, local: LocalId) -> Option<&TypeExpr> {
        self.locals.get(&local)
    }

    /// The type that annotations give a variable at a place: by the last `@cast` before it, if there is one.
    pub fn local_at(&self, local: LocalId, offset: u32) -> Option<&TypeExpr> {
        let is_here = |cast: &&Cast| cast.local == local && cast.range.start <= offset && offset < cast.range.end;
        self.casts.iter().rfind(is_here).map(|cast| &cast.of).or_else(|| self.local(local))
    }

    /// The casts of variables, in source order.
    pub fn casts(&self) -> &[Cast] {
        &self.casts
    }

    /// The description of a member that stands on a line of its own.
    pub fn member_text(&self, member: &TypeExpr) -> Option<TextRange> {
        let at = self.blocks.partition_point(|block| block.range.end < member.range.start);
        self.blocks.get(at)?.tags.iter().find_map(|tag| match &tag.kind {
            TagKind::Member(of, text) if of.range == member.range => Some(*text),
            _ => None,
        })
    }

    /// The variables and parameters with types.
    pub fn locals(&self) -> impl Iterator<Item = (LocalId, &TypeExpr)> {
        self.locals.iter().map(|(&id, value)| (id, value))
    }

    /// The type that annotations give a value: one that a field is given, or one with `@as` behind it.
    pub fn expr(&self, expr: ExprId) -> Option<&TypeExpr> {
        self.exprs.get(&expr)
    }

    /// The values with types.
    pub fn exprs(&self) -> impl Iterator<Item = (ExprId, &TypeExpr)> {
        self.exprs.iter().map(|(&id, value)| (id, value))
    }

    /// The type and the description of the field of a class or a table type whose name begins at a place.
    pub fn field(&self, start: u32) -> Option<(&TypeExpr, TextRange)> {
        self.fields.get(&start).map(|(of, text)| (of, *text))
    }

    /// The declarations of a type's name in the file, whose number is given.
    pub fn declarations(&self, file: usize, source: &[u8], name: &str) -> Vec<TypeDeclaration> {
        let is_it = |range: TextRange| !name.is_empty() && range.slice(source) == name.as_bytes();
        let classes = self.classes.iter().map(|it| (it.name, false)).enumerate();
        let aliases = self.aliases.iter().map(|it| (it.name, true)).enumerate();
        let all = classes.chain(aliases).filter(|(_, (range, _))| is_it(*range));
        all.map(|(at, (_, is_alias))| TypeDeclaration { file, at, is_alias }).collect()
    }

    /// The place of the name that is declared.
    pub fn declared(&self, it: TypeDeclaration) -> TextRange {
        if it.is_alias { self.aliases[it.at].name } else { self.classes[it.at].name }
    }

    /// The names in annotations, in source order.
    pub fn names(&self) -> &[(TextRange, NameKind)] {
        &self.names
    }

    /// The name at a place, or just before it.
    pub fn name_at(&self, offset: u32) -> Option<(TextRange, NameKind)> {
        let behind = self.names.partition_point(|(range, _)| range.start <= offset);
        let found = self.names[..behind].iter().rev().take(2);
        found.copied().find(|(range, _)| offset <= range.end && !range.is_empty())
    }
}

impl<'a> Function<'a> {
    /// The tags above the function.
    pub fn tags(self) -> &'a [Tag] {
        &self.block.tags
    }

    /// The type and the description of a parameter, by its name.
    pub fn param(self, source: &[u8], wanted: &str) -> Option<(&'a TypeExpr, bool, TextRange)> {
        self.tags().iter().find_map(|tag| match &tag.kind {
            TagKind::Param { name, is_optional, value, text } if name.slice(source) == wanted.as_bytes() => {
                Some((value, *is_optional, *text))
            }
            _ => None,
        })
    }

    /// The types of the results, with their names.
    pub fn returns(self) -> impl Iterator<Item = &'a (TypeExpr, Option<TextRange>)> {
        self.tags()
            .iter()
            .filter_map(|tag| match &tag.kind {
                TagKind::Return { values, .. } => Some(values),
                _ => None,
            })
            .flatten()
    }

    /// The names of types that each call decides.
    pub fn generics(self) -> impl Iterator<Item = TextRange> + 'a {
        let names = self.tags().iter().filter_map(|tag| match &tag.kind {
            TagKind::Generic(names) => Some(names),
            _ => None,
        });
        names.flatten().copied()
    }

    /// The types of `@overload`: other ways to call the function.
    pub fn overloads(self) -> impl Iterator<Item = &'a TypeExpr> {
        self.tags().iter().filter_map(|tag| match &tag.kind {
            TagKind::Overload(of, _) if matches!(of.kind, TypeKind::Function { .. }) => Some(of),
            _ => None,
        })
    }

    /// The text of `@deprecated`, if the function is.
    pub fn deprecated(self) -> Option<TextRange> {
        self.tags().iter().find_map(|tag| match tag.kind {
            TagKind::Deprecated(text) => Some(text),
            _ => None,
        })
    }
}
