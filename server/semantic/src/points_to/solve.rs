//! The least sets of objects that satisfy the constraints.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    constraints::{Constraints, Key, Load, Store},
    sets::{Base, DYNAMIC, MAX_RESULTS, NameId, Node, Object, ObjectId, Outside, PointsTo, UseForm},
};

/// Most additions to sets and edges; beyond that the files are given up.
const MAX_STEPS: u32 = 4_000_000;

/// Rounds in which tables from outside are given their objects; one for each level of `a.b.c`.
const MAX_ROUNDS: usize = 16;

pub(super) struct Solver<'a> {
    out: &'a mut PointsTo,
    constraints: Constraints,
    nodes: Vec<NodeState>,
    work: Vec<Node>,
    edges: FxHashSet<(Node, Node)>,
    successors: Vec<Edge>,
    predecessors: Vec<Edge>,
    /// The objects of large sets.
    large: FxHashSet<(Node, ObjectId)>,
    /// Constraints on the objects of some nodes, beside edges.
    duties: FxHashMap<Node, Duties>,
    /// The loads from the parents of objects; several may be the same.
    parent_loads: FxHashSet<Load>,
    objects: Vec<ObjectState>,
    /// The objects whose parents a node holds.
    child_of: FxHashMap<Node, ObjectId>,
    /// The object that a node is a field of.
    owner: FxHashMap<Node, (ObjectId, NameId)>,
    index: NameId,
    steps: u32,
}

#[derive(Clone, Copy)]
struct NodeState {
    /// The objects of its set that are passed on; the others are in the order in which they came.
    passed: u32,
    /// The first of its edges to others, and of those from others; the later come first.
    successors: u32,
    predecessors: u32,
    is_queued: bool,
    has_duties: bool,
}

impl NodeState {
    const NEW: Self =
        Self { passed: 0, successors: NO_EDGE, predecessors: NO_EDGE, is_queued: false, has_duties: false };
}

/// An edge in the list of a node's, with the next of them.
#[derive(Clone, Copy)]
struct Edge {
    node: Node,
    next: u32,
}

const NO_EDGE: u32 = u32::MAX;

/// Larger sets are looked up in a table.
const SMALL_SET: usize = 16;

#[derive(Clone, Default)]
struct Duties {
    loads: Vec<Load>,
    stores: Vec<Store>,
    calls: Vec<usize>,
    /// The metatables of the node's objects.
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
        let nodes = vec![NodeState::NEW; out.sets.len()];
        let objects = std::iter::repeat_with(ObjectState::default).take(out.objects.len()).collect();
        Self {
            out,
            constraints,
            nodes,
            work: Vec::new(),
            edges: FxHashSet::default(),
            successors: Vec::new(),
            predecessors: Vec::new(),
            large: FxHashSet::default(),
            duties: FxHashMap::default(),
            parent_loads: FxHashSet::default(),
            objects,
            child_of: FxHashMap::default(),
            owner: FxHashMap::default(),
            index,
            steps: 0,
        }
    }

    pub(super) fn finish(self) -> Constraints {
        self.out.sets.iter_mut().for_each(|set| set.sort_unstable());
        self.constraints
    }

    fn duties(&mut self, node: Node) -> &mut Duties {
        self.nodes[node.0 as usize].has_duties = true;
        self.duties.entry(node).or_default()
    }

    pub(super) fn run(&mut self) {
        for (from, to) in std::mem::take(&mut self.constraints.copies) {
            self.copy(from, to);
        }
        for at in 0..self.constraints.loads.len() {
            let load = self.constraints.loads[at];
            self.duties(load.base).loads.push(load);
        }
        for at in 0..self.constraints.stores.len() {
            let store = self.constraints.stores[at];
            self.duties(store.base).stores.push(store);
        }
        for at in 0..self.constraints.calls.len() {
            let callee = self.constraints.calls[at].callee;
            self.duties(callee).calls.push(at);
        }
        for (table, meta) in std::mem::take(&mut self.constraints.metatables) {
            self.duties(table).metatables.push(meta);
        }
        for (table, this) in std::mem::take(&mut self.constraints.methods) {
            self.duties(table).methods.push(this);
        }
        for (object, from) in std::mem::take(&mut self.constraints.parents) {
            let parents = self.parents(object);
            self.copy(from, parents);
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
        self.nodes.push(NodeState::NEW);
        self.out.sets.push(Vec::new());
        Node(self.nodes.len() as u32 - 1)
    }

    fn add(&mut self, node: Node, object: ObjectId) {
        let set = &mut self.out.sets[node.0 as usize];
        let is_known = match set.len() {
            0..=SMALL_SET => set.contains(&object),
            _ => self.large.contains(&(node, object)),
        };
        if is_known {
            return;
        }
        set.push(object);
        match set.len().cmp(&(SMALL_SET + 1)) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => self.large.extend(set.iter().map(|&object| (node, object))),
            std::cmp::Ordering::Greater => {
                self.large.insert((node, object));
            }
        }
        self.steps += 1;
        let state = &mut self.nodes[node.0 as usize];
        if !std::mem::replace(&mut state.is_queued, true) {
            self.work.push(node);
        }
    }

    fn copy(&mut self, from: Node, to: Node) {
        if from == to || !self.edges.insert((from, to)) {
            return;
        }
        self.steps += 1;
        let next = &mut self.nodes[from.0 as usize].successors;
        self.successors.push(Edge { node: to, next: std::mem::replace(next, self.successors.len() as u32) });
        let next = &mut self.nodes[to.0 as usize].predecessors;
        self.predecessors.push(Edge { node: from, next: std::mem::replace(next, self.predecessors.len() as u32) });
        // An addition to the one does not change the other.
        for at in 0..self.out.sets[from.0 as usize].len() {
            self.add(to, self.out.sets[from.0 as usize][at]);
        }
    }

    /// Loads from the parents of an object.
    fn load_from_parents(&mut self, load: Load) {
        if !self.parent_loads.insert(load) {
            return;
        }
        self.duties(load.base).loads.push(load);
        for object in self.out.sets[load.base.0 as usize].clone() {
            self.load_from(load, object);
        }
    }

    fn load_from(&mut self, load: Load, object: ObjectId) {
        match load.key {
            Key::Name(name) => {
                // A function as `__index` is called.
                if let Object::Function(file, function) = self.out.object(object)
                    && let Some(&result) = self.out.returns.get(&(file, function, 0))
                {
                    self.copy(result, load.to);
                }
                let field = self.field(object, name);
                self.copy(field, load.to);
                if let Some(&dynamic) = self.out.fields[object.0 as usize].get(&DYNAMIC) {
                    self.copy(dynamic, load.to);
                }
                self.objects[object.0 as usize].reads.push((name, load.to));
                if let Some(parents) = self.out.parents[object.0 as usize] {
                    self.load_from_parents(Load { base: parents, ..load });
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
        for at in 0..self.objects[object.0 as usize].reads_all.len() {
            self.copy(node, self.objects[object.0 as usize].reads_all[at]);
        }
        // What is put there under a computed name may be any field.
        if name == DYNAMIC {
            for at in 0..self.objects[object.0 as usize].reads.len() {
                self.copy(node, self.objects[object.0 as usize].reads[at].1);
            }
        }
        node
    }

    fn pass_on(&mut self, node: Node) {
        let state = &mut self.nodes[node.0 as usize];
        state.is_queued = false;
        let first = std::mem::replace(&mut state.passed, self.out.sets[node.0 as usize].len() as u32) as usize;
        let new = self.out.sets[node.0 as usize][first..].to_vec();
        let (mut edge, has_duties) = (state.successors, state.has_duties);
        while let Some(&Edge { node: to, next }) = self.successors.get(edge as usize) {
            for &object in &new {
                self.add(to, object);
            }
            edge = next;
        }
        if has_duties && let Some(duties) = self.duties.get(&node).cloned() {
            for &object in &new {
                self.attend(&duties, object);
            }
        }
        if let Some(&child) = self.child_of.get(&node) {
            for &object in &new {
                let (from, to) = (self.instances(child), self.instances(object));
                self.copy(from, to);
                if let Object::Function(file, function) = self.out.object(object)
                    && let Some(&table) = self.constraints.params.get(&(file, function)).and_then(|all| all.first())
                {
                    self.copy(from, table);
                }
            }
        }
    }

    /// Applies the duties of a node to a new object.
    fn attend(&mut self, duties: &Duties, object: ObjectId) {
        for &load in &duties.loads {
            self.load_from(load, object);
        }
        for store in &duties.stores {
            let field = self.field(object, store.name);
            self.copy(store.from, field);
        }
        for &call in &duties.calls {
            self.link(call, object);
        }
        for &meta in &duties.metatables {
            let parents = self.parents(object);
            self.load_from_parents(Load { base: meta, key: Key::Name(self.index), to: parents });
        }
        for &this in &duties.methods {
            let instances = self.instances(object);
            self.copy(instances, this);
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
            self.load_from_parents(Load { base: node, key: Key::Name(name), to });
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
        let Object::Function(file, function) = self.out.object(object) else {
            if let Some(&from) = self.out.typed_results.get(&object)
                && let (file, expr, 0) = self.constraints.calls[call].results
                && let Some(&to) = self.out.files[&file].exprs.get(expr.index())
            {
                self.copy(from, Node(to));
            }
            return;
        };
        let varargs = self.out.files[&file].varargs[function.index()];
        let results = self.constraints.calls[call].results;
        for nth in 0..self.constraints.calls[call].args.len() {
            let arg = self.constraints.calls[call].args[nth];
            let params = self.constraints.params.get(&(file, function));
            let param = params.and_then(|params| params.get(nth)).copied();
            self.copy(arg, param.unwrap_or(varargs));
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
        // An annotation does not tell where a table comes from.
        let is_empty = |out: &PointsTo, node: Node| out.sets[node.0 as usize].iter().all(|&it| out.is_annotated(it));
        let mut bases: Vec<Node> = Vec::new();
        for found in &self.out.uses {
            let Base::Node(base) = found.base else { continue };
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
        let mut waiting = vec![false; self.nodes.len()];
        self.constraints.loads.iter().filter(unresolved).for_each(|it| waiting[it.to.0 as usize] = true);
        let mut roots: Vec<Node> = Vec::new();
        let mut late: Vec<Node> = Vec::new();
        let mut is_root = vec![false; self.nodes.len()];
        // For each node the base by which it was last come by.
        let mut seen = vec![u32::MAX; self.nodes.len()];
        let (mut todo, mut found) = (Vec::new(), Vec::new());
        for (nth, base) in bases.into_iter().enumerate() {
            let mut is_late = false;
            todo.push(base);
            while let Some(node) = todo.pop() {
                if std::mem::replace(&mut seen[node.0 as usize], nth as u32) == nth as u32 {
                    continue;
                }
                is_late |= waiting[node.0 as usize];
                let mut edge = self.nodes[node.0 as usize].predecessors;
                if edge == NO_EDGE {
                    found.push(node);
                }
                while let Some(&Edge { node: before, next }) = self.predecessors.get(edge as usize) {
                    todo.push(before);
                    edge = next;
                }
            }
            if found.is_empty() {
                found.push(base);
            }
            self.keep_one_of_each_table(&mut found);
            let list = if is_late { &mut late } else { &mut roots };
            list.extend(found.drain(..).filter(|node| !std::mem::replace(&mut is_root[node.0 as usize], true)));
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
        if roots.len() < 2 {
            return;
        }
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
            Some(Object::Outside(file, kind, expr)) if kind != Outside::Annotated => Object::Outside(file, kind, expr),
            _ => Object::Outside(usize::MAX, Outside::Unknown, None),
        };
        self.objects.push(ObjectState::default());
        self.out.add_object(object)
    }
}
