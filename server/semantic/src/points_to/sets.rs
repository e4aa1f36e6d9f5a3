//! Points-to sets: nodes, the objects that they hold, and the uses of fields.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{ExprId, FunctionId};
use text::TextRange;

use crate::{Init, LocalId, Script, annotations::TypeDeclaration};

/// A variable, the value of an expression, or a field of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node(pub(super) u32);

/// An abstract table or function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub(super) u32);

/// A field's name, interned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NameId(pub(super) u32);

/// A use of a field by its name, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UseId(pub(super) u32);

/// The kinds of object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object {
    /// The tables that a constructor makes.
    Table(usize, ExprId),
    /// A function.
    Function(usize, FunctionId),
    /// Tables that are made elsewhere: the file, and the expression that they come from, if it is one.
    Outside(usize, Outside, Option<ExprId>),
}

/// The origin of a table that the script does not make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outside {
    /// `cjson.decode` and `cmsgpack.unpack`.
    Decoded,
    /// The reply of a command.
    Reply,
    /// None: it stands for the values that annotations give a class or a table type.
    Annotated,
    /// Any other: a parameter of a function that nothing calls, the result of an unknown call.
    Unknown,
}

/// A use of a field by its name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FieldUse {
    /// The file.
    pub file: usize,
    /// The name; without its quotes in `t['name']`.
    pub range: TextRange,
    /// The name.
    pub name: NameId,
    /// The syntax around it.
    pub form: UseForm,
    /// The value it is given, if it is written.
    pub write: Option<Init>,
    pub(super) base: Base,
    /// The value of the field there.
    pub(super) value: Node,
}

impl FieldUse {
    /// True if it gives the field a value, or an annotation declares it.
    pub(super) fn is_declaration(&self) -> bool {
        self.write.is_some() || self.form == UseForm::Annotation
    }

    /// True if the name is in a string.
    pub fn is_string(&self, script: &Script) -> bool {
        let before = self.range.start.checked_sub(1).and_then(|at| script.source.get(at as usize));
        matches!(before, Some(b'\'' | b'"' | b'['))
    }
}

/// The syntax that names a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UseForm {
    /// `t.name`, with the expression.
    Field(ExprId),
    /// `t:name(…)`, with the call.
    Method(ExprId),
    /// `t['name']`, with the expression.
    Literal(ExprId),
    /// `t[name]`, where `name` is always the same string, with the expression; `range` is that of the key.
    Constant(ExprId),
    /// `name = …` or `['name'] = …` in the constructor of the expression.
    Constructor(ExprId),
    /// `function t.name()` or `function t:name()`, with the target and the function.
    Function(ExprId, FunctionId),
    /// `@field name` of a class, or the name in `{name: type}`.
    Annotation,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Base {
    Node(Node),
    Object(ObjectId),
}

/// Nodes of the parts of a file.
#[derive(Debug)]
pub(super) struct FileNodes {
    /// The first local's node; the others follow.
    pub(super) locals: u32,
    /// For each expression its node, or [`NO_NODE`].
    pub(super) exprs: Vec<u32>,
    /// For each function the object that it is.
    pub(super) functions: Vec<ObjectId>,
    /// For each function, the node of its arguments beyond its parameters.
    pub(super) varargs: Vec<Node>,
    /// The uses of fields, by the start of their names.
    pub(super) uses: Vec<UseId>,
}

pub(super) const NO_NODE: u32 = u32::MAX;

/// Most values of a call or a function that have nodes of their own.
pub(super) const MAX_RESULTS: u32 = 4;

/// Stands for the names of all elements with numbers as keys.
pub(super) const ITEM: NameId = NameId(0);
/// Stands for the names of all elements whose keys are computed.
pub(super) const DYNAMIC: NameId = NameId(1);

/// The place that makes the uses of a table's fields uncertain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The file.
    pub file: usize,
    /// The code.
    pub range: TextRange,
    /// The effect of the code.
    pub reason: RefusalReason,
}

/// Reason why the uses of a table's fields are uncertain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalReason {
    /// A key is computed.
    Dynamic,
    /// `pairs` or `next`.
    Iterated,
    /// `cjson.encode` or `cmsgpack.pack`.
    Encoded,
    /// The table comes from `cjson.decode` or `cmsgpack.unpack`.
    Decoded,
    /// The table is a reply.
    Reply,
    /// The server reads the table.
    Server,
    /// The table is passed to unknown code.
    Passed,
    /// The script returns the table.
    Returned,
    /// Nothing shows which table it is.
    Unknown,
    /// Lua itself reads the name.
    Metamethod,
    /// A metatable has code that takes part in accesses or operations, which is not followed.
    Metatable,
    /// The name is written elsewhere, in a variable.
    Variable,
    /// The files were too much to follow.
    GaveUp,
}

/// The points-to sets of files that share locals.
#[derive(Debug, Default)]
pub struct PointsTo {
    pub(super) files: FxHashMap<usize, FileNodes>,
    pub(super) names: Vec<Box<[u8]>>,
    pub(super) name_ids: FxHashMap<Box<[u8]>, NameId>,
    pub(super) objects: Vec<Object>,
    /// For each node the objects that it may hold, sorted.
    pub(super) sets: Vec<Vec<ObjectId>>,
    /// For each object its fields.
    pub(super) fields: Vec<FxHashMap<NameId, Node>>,
    /// For each object the node of the objects that give the fields which it lacks.
    pub(super) parents: Vec<Option<Node>>,
    pub(super) results: FxHashMap<(usize, ExprId, u32), Node>,
    pub(super) returns: FxHashMap<(usize, FunctionId, u32), Node>,
    pub(super) globals: FxHashMap<Box<[u8]>, Node>,
    /// For each object that is of a function type: the first result of its calls.
    pub(super) typed_results: FxHashMap<ObjectId, Node>,
    pub(super) uses: Vec<FieldUse>,
    /// For each field of an object the uses that may mean it.
    pub(super) by_member: FxHashMap<(ObjectId, NameId), Vec<UseId>>,
    /// The fields that are given a value somewhere.
    pub(super) written: FxHashSet<(ObjectId, NameId)>,
    /// For each object that something else reads by names: the first such place.
    pub(super) readers: FxHashMap<ObjectId, Refusal>,
    pub(super) gave_up: bool,
}

/// One of the files that are analysed together.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its number, by which all results name it.
    pub file: usize,
    /// The file.
    pub script: &'a Script,
}

/// The meaning of names that files give each other.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The local of another of the files that a free name of a file means.
    pub local_of: &'a dyn Fn(usize, ExprId) -> Option<(usize, LocalId)>,
    /// The declarations of a type's name as a file sees it.
    pub types: &'a dyn Fn(usize, &str) -> Vec<TypeDeclaration>,
}

impl PointsTo {
    /// True if the files were too much to follow.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// True if a file is one of these.
    pub fn has(&self, file: usize) -> bool {
        self.files.contains_key(&file)
    }

    /// The files, in ascending order.
    pub fn files(&self) -> Vec<usize> {
        let mut files: Vec<usize> = self.files.keys().copied().collect();
        files.sort_unstable();
        files
    }

    /// Returns the table or function that an object stands for.
    pub fn object(&self, id: ObjectId) -> Object {
        self.objects[id.0 as usize]
    }

    /// A field's name.
    pub fn name(&self, id: NameId) -> &str {
        std::str::from_utf8(&self.names[id.0 as usize]).unwrap_or_default()
    }

    /// A use of a field.
    pub fn field_use(&self, id: UseId) -> &FieldUse {
        &self.uses[id.0 as usize]
    }

    /// The use of a field whose name stands at a place, or just before it.
    pub fn use_at(&self, file: usize, offset: u32) -> Option<UseId> {
        let uses = &self.files.get(&file)?.uses;
        let behind = uses.partition_point(|&id| self.field_use(id).range.start <= offset);
        let found = uses[..behind].iter().rev().take(4).copied();
        found.into_iter().find(|&id| offset <= self.field_use(id).range.end)
    }

    /// The uses of fields in a file, by where their names begin.
    pub fn uses_in(&self, file: usize) -> &[UseId] {
        self.files.get(&file).map_or(&[], |file| &file.uses)
    }

    pub(super) fn set(&self, node: Node) -> &[ObjectId] {
        self.sets.get(node.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The objects that a local may hold.
    pub fn of_local(&self, file: usize, local: LocalId) -> &[ObjectId] {
        self.files.get(&file).map_or(&[], |file| self.set(Node(file.locals + local.0)))
    }

    /// The objects that an expression may be.
    pub fn of_expr(&self, file: usize, expr: ExprId) -> &[ObjectId] {
        let node = self.files.get(&file).and_then(|file| file.exprs.get(expr.index()));
        node.filter(|&&node| node != NO_NODE).map_or(&[], |&node| self.set(Node(node)))
    }

    /// The functions among objects, with their files.
    pub fn functions<'a>(&'a self, objects: &'a [ObjectId]) -> impl Iterator<Item = (usize, FunctionId)> + 'a {
        objects.iter().filter_map(|&id| match self.object(id) {
            Object::Function(file, function) => Some((file, function)),
            _ => None,
        })
    }

    /// The object that a function is.
    pub fn of_function(&self, file: usize, function: FunctionId) -> Option<ObjectId> {
        self.files.get(&file)?.functions.get(function.index()).copied()
    }

    /// An object with those that give the fields which it lacks, by its metatable's `__index`; itself first.
    pub(super) fn with_parents(&self, object: ObjectId) -> Vec<ObjectId> {
        let mut found = vec![object];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            next += 1;
            if let Some(parents) = self.parents[at.0 as usize] {
                for &parent in self.set(parents) {
                    if !found.contains(&parent) {
                        found.push(parent);
                    }
                }
            }
        }
        found
    }

    /// The objects that a field of some objects may hold.
    pub fn field(&self, objects: &[ObjectId], name: &str) -> Vec<ObjectId> {
        let Some(&name) = self.name_ids.get(name.as_bytes()) else { return self.collect(objects, &[DYNAMIC]) };
        self.collect(objects, &[name, DYNAMIC])
    }

    /// The objects that an element of some objects may hold, at any key.
    pub fn element(&self, objects: &[ObjectId], is_number: bool) -> Vec<ObjectId> {
        let mut found = self.collect(objects, &[ITEM, DYNAMIC]);
        if !is_number {
            for &object in objects {
                for &node in self.fields[object.0 as usize].values() {
                    add_all(&mut found, self.set(node));
                }
            }
        }
        found
    }

    /// The objects that a call of some objects may give as its first value.
    pub fn result(&self, objects: &[ObjectId]) -> Vec<ObjectId> {
        let mut found = Vec::new();
        for (file, function) in self.functions(objects) {
            if let Some(&node) = self.returns.get(&(file, function, 0)) {
                add_all(&mut found, self.set(node));
            }
        }
        for node in objects.iter().filter_map(|object| self.typed_results.get(object)) {
            add_all(&mut found, self.set(*node));
        }
        found
    }

    /// True if an object stands for the values of an annotated type.
    pub(super) fn is_annotated(&self, id: ObjectId) -> bool {
        matches!(self.object(id), Object::Outside(_, Outside::Annotated, _))
    }

    pub(super) fn collect(&self, objects: &[ObjectId], names: &[NameId]) -> Vec<ObjectId> {
        let mut found = Vec::new();
        for &object in objects {
            for owner in self.with_parents(object) {
                for name in names {
                    if let Some(&node) = self.fields[owner.0 as usize].get(name) {
                        add_all(&mut found, self.set(node));
                    }
                }
            }
        }
        found
    }

    pub(super) fn add_object(&mut self, object: Object) -> ObjectId {
        self.objects.push(object);
        self.fields.push(FxHashMap::default());
        self.parents.push(None);
        ObjectId(self.objects.len() as u32 - 1)
    }

    pub(super) fn intern(&mut self, name: &[u8]) -> NameId {
        if let Some(&id) = self.name_ids.get(name) {
            return id;
        }
        let id = NameId(self.names.len() as u32);
        self.names.push(name.into());
        self.name_ids.insert(name.into(), id);
        id
    }
}

pub(super) fn add_all(found: &mut Vec<ObjectId>, more: &[ObjectId]) {
    for &object in more {
        if let Err(at) = found.binary_search(&object) {
            found.insert(at, object);
        }
    }
}
