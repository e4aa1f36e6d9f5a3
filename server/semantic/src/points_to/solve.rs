//! The least sets of objects that satisfy the constraints.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    DYNAMIC, MAX_RESULTS, NameId, Node, Object, ObjectId, Outside, PointsTo, UseForm,
    generate::{CallConstraint, Constraints, Key, Load, Store},
};

/// How many additions to sets and edges are made before the files are given up.
const MAX_STEPS: u32 = 4_000_000;

/// How many rounds give tables from outside their objects; one a level of `a.b.c`.
const MAX_ROUNDS: usize = 16;

pub(super) struct Solver<'a> {
    out: &'a mut PointsTo,
    constraints: Constraints,
    nodes: Vec<NodeState>,
    work: Vec<Node>,
    edges: FxHashSet<(Node, Node)>,
    all_loads: FxHashSet<Load>,
    objects: Vec<ObjectState>,
    /// The objects whose parents a node holds.
    child_of: FxHashMap<Node, ObjectId>,
    /// The object that a node is a field of.
    owner: FxHashMap<Node, (ObjectId, NameId)>,
    index: NameId,
    steps: u32,
}

#[derive(Default)]
struct NodeState {
    /// The objects that are not yet passed on.
    new: Vec<ObjectId>,
    successors: Vec<Node>,
    predecessors: Vec<Node>,
    loads: Vec<Load>,
    stores: Vec<Store>,
    calls: Vec<usize>,
    /// The metatables of what it holds.
    metatables: Vec<Node>,
    /// `self` of the methods that what it holds is given.
    methods: Vec<Node>,
}

#[derive(Default)]
struct ObjectState {
    /// The nodes that read a field by its name.
    reads: Vec<(NameId, Node)>,
    /// The nodes that read all fields.
    reads_all: Vec<Node>,
    /// The node of the object and all that it is the parent of.
    instances: Option<Node>,
}

impl<'a> Solver<'a> {
    pub(super) fn new(out: &'a mut PointsTo, constraints: Constraints) -> Self {
        let index = out.intern(b"__index");
        let nodes = std::iter::repeat_with(NodeState::default).take(out.sets.len()).collect();
        let objects = std::iter::repeat_with(ObjectState::default).take(out.objects.len()).collect();
        Self {
            out,
            constraints,
            nodes,
            work: Vec::new(),
            edges: FxHashSet::default(),
            all_loads: FxHashSet::default(),
            objects,
            child_of: FxHashMap::default(),
            owner: FxHashMap::default(),
            index,
            steps: 0,
        }
    }

    pub(super) fn finish(self) -> Constraints {
        self.constraints
    }

    pub(super) fn run(&mut self) {
        for (from, to) in std::mem::take(&mut self.constraints.copies) {
            self.copy(from, to);
        }
        for load in self.constraints.loads.clone() {
            self.load(load);
        }
        for store in self.constraints.stores.clone() {
            self.nodes[store.base.0 as usize].stores.push(store);
        }
        for (at, call) in self.constraints.calls.iter().enumerate() {
            self.nodes[call.callee.0 as usize].calls.push(at);
        }
        for (table, meta) in std::mem::take(&mut self.constraints.metatables) {
            self.nodes[table.0 as usize].metatables.push(meta);
        }
        for (table, this) in std::mem::take(&mut self.constraints.methods) {
            self.nodes[table.0 as usize].methods.push(this);
        }
        for (node, object) in std::mem::take(&mut self.constraints.objects) {
            self.add(node, object);
        }
        self.settle();
        for _ in 0..MAX_ROUNDS {
            if self.out.gave_up || !self.add_outsides() {
                break;
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(node) = self.work.pop() {
            if self.steps > MAX_STEPS {
                self.out.gave_up = true;
                return;
            }
            self.pass_on(node);
        }
    }

    fn node(&mut self) -> Node {
        self.nodes.push(NodeState::default());
        self.out.sets.push(Vec::new());
        Node(self.nodes.len() as u32 - 1)
    }

    fn add(&mut self, node: Node, object: ObjectId) {
        let set = &mut self.out.sets[node.0 as usize];
        if let Err(at) = set.binary_search(&object) {
            set.insert(at, object);
            self.steps += 1;
            let new = &mut self.nodes[node.0 as usize].new;
            new.push(object);
            if new.len() == 1 {
                self.work.push(node);
            }
        }
    }

    fn copy(&mut self, from: Node, to: Node) {
        if from == to || !self.edges.insert((from, to)) {
            return;
        }
        self.steps += 1;
        self.nodes[from.0 as usize].successors.push(to);
        self.nodes[to.0 as usize].predecessors.push(from);
        for object in self.out.sets[from.0 as usize].clone() {
            self.add(to, object);
        }
    }

    fn load(&mut self, load: Load) {
        if !self.all_loads.insert(load) {
            return;
        }
        self.nodes[load.base.0 as usize].loads.push(load);
        for object in self.out.sets[load.base.0 as usize].clone() {
            self.load_from(load, object);
        }
    }

    fn load_from(&mut self, load: Load, object: ObjectId) {
        match load.key {
            Key::Name(name) => {
                for name in [name, DYNAMIC] {
                    let field = self.field(object, name);
                    self.copy(field, load.to);
                }
                self.objects[object.0 as usize].reads.push((name, load.to));
                if let Some(parents) = self.out.parents[object.0 as usize] {
                    self.load(Load { base: parents, ..load });
                }
            }
            Key::Any => {
                self.objects[object.0 as usize].reads_all.push(load.to);
                self.field(object, DYNAMIC);
                let fields: Vec<Node> = self.out.fields[object.0 as usize].values().copied().collect();
                for field in fields {
                    self.copy(field, load.to);
                }
            }
        }
    }

    fn field(&mut self, object: ObjectId, name: NameId) -> Node {
        if let Some(&node) = self.out.fields[object.0 as usize].get(&name) {
            return node;
        }
        let node = self.node();
        self.out.fields[object.0 as usize].insert(name, node);
        self.owner.insert(node, (object, name));
        for to in self.objects[object.0 as usize].reads_all.clone() {
            self.copy(node, to);
        }
        node
    }

    fn pass_on(&mut self, node: Node) {
        let at = node.0 as usize;
        let new = std::mem::take(&mut self.nodes[at].new);
        for to in self.nodes[at].successors.clone() {
            for &object in &new {
                self.add(to, object);
            }
        }
        let state = &self.nodes[at];
        let (loads, stores, calls) = (state.loads.clone(), state.stores.clone(), state.calls.clone());
        let (metatables, methods) = (state.metatables.clone(), state.methods.clone());
        for &object in &new {
            for &load in &loads {
                self.load_from(load, object);
            }
            for store in &stores {
                let field = self.field(object, store.name);
                self.copy(store.from, field);
            }
            for &call in &calls {
                self.link(call, object);
            }
            for &meta in &metatables {
                let parents = self.parents(object);
                self.load(Load { base: meta, key: Key::Name(self.index), to: parents });
            }
            for &this in &methods {
                let instances = self.instances(object);
                self.copy(instances, this);
            }
            if let Some(&child) = self.child_of.get(&node) {
                let (from, to) = (self.instances(child), self.instances(object));
                self.copy(from, to);
            }
        }
    }

    fn parents(&mut self, object: ObjectId) -> Node {
        if let Some(node) = self.out.parents[object.0 as usize] {
            return node;
        }
        let node = self.node();
        self.out.parents[object.0 as usize] = Some(node);
        self.child_of.insert(node, object);
        for (name, to) in self.objects[object.0 as usize].reads.clone() {
            self.load(Load { base: node, key: Key::Name(name), to });
        }
        node
    }

    fn instances(&mut self, object: ObjectId) -> Node {
        if let Some(node) = self.objects[object.0 as usize].instances {
            return node;
        }
        let node = self.node();
        self.objects[object.0 as usize].instances = Some(node);
        self.add(node, object);
        node
    }

    /// Passes the arguments of a call to a function, and its results back.
    fn link(&mut self, call: usize, object: ObjectId) {
        let Object::Function(file, function) = self.out.object(object) else { return };
        let CallConstraint { args, results, .. } = self.constraints.calls[call].clone();
        let params = self.constraints.params.get(&(file, function)).cloned().unwrap_or_default();
        let varargs = self.out.files[&file].varargs[function.index()];
        for (nth, arg) in args.into_iter().enumerate() {
            self.copy(arg, params.get(nth).copied().unwrap_or(varargs));
        }
        let (caller, expr, first) = results;
        for nth in 0..MAX_RESULTS.saturating_sub(first) {
            let Some(&from) = self.out.returns.get(&(file, function, nth)) else { continue };
            let to = match first + nth {
                0 => self.out.files[&caller].exprs.get(expr.index()).map(|&node| Node(node)),
                nth => self.out.results.get(&(caller, expr, nth)).copied(),
            };
            if let Some(to) = to {
                self.copy(from, to);
            }
        }
    }

    /// Gives the tables whose fields are used and that nothing in the files makes an object each. Returns whether there was
    /// one.
    fn add_outsides(&mut self) -> bool {
        let is_empty = |out: &PointsTo, node: Node| out.sets[node.0 as usize].is_empty();
        let mut bases: Vec<Node> = Vec::new();
        for found in &self.out.uses {
            let super::Base::Node(base) = found.base else { continue };
            // It is a string as likely as not, and says nothing of a table.
            let is_string = matches!(found.form, UseForm::Method(_))
                && commands::api::member("string", self.out.name(found.name)).is_some();
            if is_empty(self.out, base) && !is_string {
                bases.push(base);
            }
        }
        let unresolved = |it: &&Load| is_empty(self.out, it.base);
        bases.extend(
            self.constraints
                .loads
                .iter()
                .filter(|it| matches!(it.key, Key::Any) || it.is_item())
                .filter(unresolved)
                .map(|it| it.base),
        );
        bases.extend(self.constraints.stores.iter().filter(|it| is_empty(self.out, it.base)).map(|it| it.base));
        if bases.is_empty() {
            return false;
        }
        // A field of a table that has no object yet waits for the next round.
        let waiting: FxHashSet<Node> = self.constraints.loads.iter().filter(unresolved).map(|it| it.to).collect();
        let mut roots: Vec<Node> = Vec::new();
        let mut late: Vec<Node> = Vec::new();
        let mut seen: FxHashSet<Node> = FxHashSet::default();
        for base in bases {
            let mut todo = vec![base];
            let mut is_late = false;
            let mut found = Vec::new();
            let mut own = FxHashSet::default();
            while let Some(node) = todo.pop() {
                if !own.insert(node) {
                    continue;
                }
                is_late |= waiting.contains(&node);
                let before = &self.nodes[node.0 as usize].predecessors;
                if before.is_empty() {
                    found.push(node);
                }
                todo.extend(before);
            }
            if found.is_empty() {
                found.push(base);
            }
            self.keep_one_of_each_table(&mut found);
            let list = if is_late { &mut late } else { &mut roots };
            list.extend(found.into_iter().filter(|&node| seen.insert(node)));
        }
        for node in if roots.is_empty() { late } else { roots } {
            let object = self.outside(node);
            self.add(node, object);
        }
        true
    }

    /// Of fields of the same table keeps the one that was named, or else the one that stands for names which are computed:
    /// else tables from outside would double with each level.
    fn keep_one_of_each_table(&self, roots: &mut Vec<Node>) {
        let mut named: FxHashMap<ObjectId, u32> = FxHashMap::default();
        let mut computed: FxHashSet<ObjectId> = FxHashSet::default();
        for (owner, name) in roots.iter().filter_map(|node| self.owner.get(node)) {
            match *name {
                DYNAMIC => {
                    computed.insert(*owner);
                }
                _ => *named.entry(*owner).or_default() += 1,
            }
        }
        roots.retain(|node| match self.owner.get(node) {
            Some((owner, name)) if computed.contains(owner) => (*name == DYNAMIC) != (named.get(owner) == Some(&1)),
            _ => true,
        });
    }

    fn outside(&mut self, node: Node) -> ObjectId {
        let object = match self.owner.get(&node).map(|&(owner, _)| self.out.object(owner)) {
            Some(Object::Outside(file, kind, expr)) => Object::Outside(file, kind, expr),
            _ => Object::Outside(usize::MAX, Outside::Unknown, None),
        };
        self.objects.push(ObjectState::default());
        self.out.add_object(object)
    }
}
