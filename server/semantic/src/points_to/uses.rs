//! The uses of a field: which may mean the same one, where it is given a value, and who else reads it by its name.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::FunctionId;

use super::{
    constraints::Constraints,
    sets::{
        Base, FieldUse, MAX_RESULTS, NameId, Node, Object, ObjectId, Outside, PointsTo, Refusal, RefusalReason,
        UseForm, UseId, add_all,
    },
};

/// The fields by which a server recognizes the kind of a table that a script returns.
const REPLY_FIELDS: [&str; 7] = ["ok", "err", "double", "map", "set", "big_number", "verbatim_string"];

impl PointsTo {
    /// The objects that a use may mean a field of: those where it is given a value, if there are any.
    fn owners(&self, found: &FieldUse) -> Vec<ObjectId> {
        let objects = self.base_of(found);
        if found.is_declaration() {
            return objects;
        }
        let mut owners: Vec<ObjectId> = Vec::new();
        for object in objects {
            let mut with_parents = self.with_parents(object);
            with_parents.retain(|&owner| self.written.contains(&(owner, found.name)));
            // What gives it a value is the one that is read.
            let all = if with_parents.is_empty() { vec![object] } else { with_parents };
            for owner in all {
                if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
        }
        // Where some table has the field, one that has not is not meant.
        let has = |owner: &ObjectId| self.written.contains(&(*owner, found.name));
        if owners.iter().any(has) {
            owners.retain(|owner| has(owner) || matches!(self.object(*owner), Object::Outside(..)));
        }
        owners
    }

    fn base_of(&self, found: &FieldUse) -> Vec<ObjectId> {
        match found.base {
            Base::Node(node) => self.set(node).to_vec(),
            Base::Object(object) => vec![object],
        }
    }

    pub(super) fn index_uses(&mut self) {
        for found in &self.uses {
            if found.is_declaration() {
                let objects = self.base_of(found);
                self.written.extend(objects.into_iter().map(|object| (object, found.name)));
            }
        }
        for at in 0..self.uses.len() {
            let found = self.uses[at];
            for owner in self.owners(&found) {
                self.by_member.entry((owner, found.name)).or_default().push(UseId(at as u32));
            }
        }
    }

    /// The uses that may mean the same field as one, itself among them, in the order of files and text.
    pub fn references(&self, id: UseId) -> Vec<UseId> {
        let found = self.field_use(id);
        let mut all = vec![id];
        for owner in self.owners(found) {
            all.extend(self.by_member.get(&(owner, found.name)).into_iter().flatten());
        }
        self.sorted(all)
    }

    fn sorted(&self, mut all: Vec<UseId>) -> Vec<UseId> {
        all.sort_by_key(|&id| (self.field_use(id).file, self.field_use(id).range, id));
        all.dedup();
        all
    }

    /// The uses that declare the field: in annotations, in constructors and as functions if there are such, else all
    /// assignments.
    pub fn declarations(&self, id: UseId) -> Vec<UseId> {
        let mut found = self.references(id);
        found.retain(|&id| self.field_use(id).is_declaration());
        let first = |id: &UseId| {
            let form = self.field_use(*id).form;
            matches!(form, UseForm::Constructor(_) | UseForm::Function(..) | UseForm::Annotation)
        };
        let is_function = |id: &UseId| matches!(self.field_use(*id).write, Some(crate::Init::Function(_)));
        if found.iter().any(|id| first(id) || is_function(id)) {
            found.retain(|id| first(id) || is_function(id));
        }
        found
    }

    /// The objects that the table of a use may be.
    pub fn tables(&self, id: UseId) -> Vec<ObjectId> {
        self.base_of(self.field_use(id))
    }

    /// The objects that the field may hold at a use.
    pub fn values(&self, id: UseId) -> Vec<ObjectId> {
        let found = self.field_use(id);
        let mut all = self.set(found.value).to_vec();
        if let Some(crate::Init::Function(function)) = found.write {
            add_all(&mut all, &self.of_function(found.file, function).into_iter().collect::<Vec<_>>());
        }
        all
    }

    /// The names of the fields that some objects have, with a use of each: one that gives it a value, if there is one. A field
    /// that is only read counts where something else may have made it. Uses that `is_left_out` are not counted.
    pub fn names_of(&self, objects: &[ObjectId], is_left_out: &dyn Fn(&FieldUse) -> bool) -> Vec<(NameId, UseId)> {
        let mut owners: FxHashSet<ObjectId> = FxHashSet::default();
        for &object in objects {
            owners.extend(self.with_parents(object));
        }
        let mut found: Vec<(NameId, UseId)> = Vec::new();
        let mut members: Vec<(&(ObjectId, NameId), &Vec<UseId>)> =
            self.by_member.iter().filter(|((owner, _), _)| owners.contains(owner)).collect();
        members.sort_unstable_by_key(|(key, _)| **key);
        for ((owner, name), uses) in members {
            let counted = || uses.iter().copied().filter(|&id| !is_left_out(self.field_use(id)));
            let Some(best) = counted().min_by_key(|&id| (!self.field_use(id).is_declaration(), id)) else { continue };
            if !self.field_use(best).is_declaration() && !self.is_open(*owner) {
                continue;
            }
            match found.iter_mut().find(|(known, _)| known == name) {
                Some((_, id)) if !self.field_use(*id).is_declaration() => *id = best,
                Some(_) => {}
                None => found.push((*name, best)),
            }
        }
        found
    }

    /// True if a table may have fields that the files do not name.
    fn is_open(&self, object: ObjectId) -> bool {
        matches!(self.object(object), Object::Outside(_, outside, _) if outside != Outside::Annotated)
            || self.readers.get(&object).is_some_and(|refusal| refusal.reason == RefusalReason::Dynamic)
    }

    /// True if some of the objects come from `cjson.decode` or `cmsgpack.unpack`.
    pub fn is_decoded(&self, objects: &[ObjectId]) -> bool {
        objects.iter().any(|&object| matches!(self.object(object), Object::Outside(_, Outside::Decoded, _)))
    }

    /// The tables that are encoded or decoded, without those that are fields of them.
    pub fn data(&self) -> Vec<ObjectId> {
        let is_data = |&object: &ObjectId| {
            let reason = self.readers.get(&object).map(|refusal| refusal.reason);
            reason == Some(RefusalReason::Encoded) || self.is_decoded(&[object])
        };
        let all: Vec<ObjectId> = (0..self.objects.len() as u32).map(ObjectId).filter(is_data).collect();
        let inner: FxHashSet<ObjectId> = all.iter().flat_map(|&object| self.contents(object)).collect();
        all.into_iter().filter(|object| !inner.contains(object)).collect()
    }

    /// The annotation that declares a field of some objects.
    pub fn annotation(&self, objects: &[ObjectId], name: &str) -> Option<&FieldUse> {
        let name = *self.name_ids.get(name.as_bytes())?;
        let owners = objects.iter().flat_map(|&object| self.with_parents(object));
        let mut uses = owners.filter_map(|owner| self.by_member.get(&(owner, name))).flatten();
        uses.find_map(|&id| Some(self.field_use(id)).filter(|found| found.form == UseForm::Annotation))
    }

    /// The uses to change when a field gets another name: all that may mean it, those that may mean the same as these, and
    /// so on.
    ///
    /// # Errors
    ///
    /// The first place that makes it uncertain whether these are all.
    pub fn renamed(&self, id: UseId) -> Result<Vec<UseId>, Refusal> {
        let start = self.field_use(id);
        let refuse = |reason| Refusal { file: start.file, range: start.range, reason };
        if self.gave_up {
            return Err(refuse(RefusalReason::GaveUp));
        }
        if self.name(start.name).starts_with("__") {
            return Err(refuse(RefusalReason::Metamethod));
        }
        if let Some(found) = self.uses.iter().find(|found| self.is_unfollowed_metamethod(found)) {
            return Err(Refusal { file: found.file, range: found.range, reason: RefusalReason::Metatable });
        }
        let (uses, owners) = self.connected(id);
        if owners.is_empty() {
            return Err(refuse(RefusalReason::Unknown));
        }
        for &id in &uses {
            let found = self.field_use(id);
            if matches!(found.form, UseForm::Constant(_)) {
                return Err(Refusal { file: found.file, range: found.range, reason: RefusalReason::Variable });
            }
        }
        let name = self.name(start.name);
        for object in self.children_of(&owners) {
            let reason = match self.object(object) {
                Object::Outside(_, Outside::Decoded, _) => Some(RefusalReason::Decoded),
                Object::Outside(_, Outside::Reply, _) => Some(RefusalReason::Reply),
                Object::Outside(_, Outside::Unknown, _) => Some(RefusalReason::Unknown),
                Object::Outside(_, Outside::Annotated, _) | Object::Table(..) | Object::Function(..) => None,
            };
            if let Some(reason) = reason {
                return Err(refuse(reason));
            }
            match self.readers.get(&object) {
                // Of what a script returns a server reads these fields alone; a module's functions are for others.
                Some(refusal)
                    if refusal.reason == RefusalReason::Returned
                        && !REPLY_FIELDS.contains(&name)
                        && !self.has_functions(object) => {}
                Some(refusal) => return Err(*refusal),
                None => {}
            }
        }
        Ok(uses)
    }

    /// True if a use gives a metatable code that tables go through without being followed.
    fn is_unfollowed_metamethod(&self, found: &FieldUse) -> bool {
        const HARMLESS: [&str; 10] =
            ["__index", "__mode", "__metatable", "__gc", "__tostring", "__eq", "__lt", "__le", "__len", "__name"];
        let name = self.name(found.name);
        found.write.is_some() && name.starts_with("__") && !HARMLESS.contains(&name)
    }

    /// True if some table that a use may mean has a field of another name already, or is asked for one.
    pub fn is_taken(&self, id: UseId, name: &str) -> bool {
        let Some(&name) = self.name_ids.get(name.as_bytes()) else { return false };
        let (_, owners) = self.connected(id);
        let children = self.children_of(&owners);
        let all: FxHashSet<ObjectId> = children.into_iter().flat_map(|object| self.with_parents(object)).collect();
        let mut uses = self.uses.iter().filter(|found| found.name == name);
        uses.any(|found| {
            let bases = self.base_of(found);
            bases.into_iter().flat_map(|base| self.with_parents(base)).any(|object| all.contains(&object))
        })
    }

    /// The uses that are the same field as one, directly or by way of others, and the objects that have it.
    fn connected(&self, id: UseId) -> (Vec<UseId>, FxHashSet<ObjectId>) {
        let name = self.field_use(id).name;
        let mut uses: FxHashSet<UseId> = FxHashSet::default();
        let mut owners: FxHashSet<ObjectId> = FxHashSet::default();
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            if !uses.insert(id) {
                continue;
            }
            let found = self.field_use(id);
            // Tables that lack the field are asked for it too.
            for owner in self.owners(found).into_iter().chain(self.base_of(found)) {
                if owners.insert(owner) {
                    todo.extend(self.by_member.get(&(owner, name)).into_iter().flatten());
                }
            }
        }
        (self.sorted(uses.into_iter().collect()), owners)
    }

    /// Some objects with those that have them as parents.
    fn children_of(&self, owners: &FxHashSet<ObjectId>) -> Vec<ObjectId> {
        let all = (0..self.objects.len() as u32).map(ObjectId);
        all.filter(|object| {
            owners.contains(object)
                || self.parents[object.0 as usize].is_some()
                    && self.with_parents(*object).iter().any(|parent| owners.contains(parent))
        })
        .collect()
    }

    fn has_functions(&self, object: ObjectId) -> bool {
        self.fields[object.0 as usize].values().any(|&node| self.functions(self.set(node)).next().is_some())
    }

    /// Finds the objects that something reads by names which are not written in the files.
    pub(super) fn find_readers(&mut self, constraints: &Constraints) {
        let (mut deep, mut returned, mut shallow) = (Vec::new(), Vec::new(), Vec::new());
        let of = |node: Node| self.set(node).iter().copied();
        for (node, refusal) in &constraints.readers {
            let list = match refusal.reason {
                RefusalReason::Returned => &mut returned,
                RefusalReason::Dynamic | RefusalReason::Iterated | RefusalReason::Server => &mut shallow,
                _ => &mut deep,
            };
            list.extend(of(*node).map(|object| (object, *refusal)));
        }
        for call in &constraints.calls {
            let callees = self.set(call.callee);
            let known =
                !callees.is_empty() && callees.iter().all(|&it| matches!(self.object(it), Object::Function(..)));
            let is_string = call.method.is_some_and(|name| commands::api::member("string", self.name(name)).is_some());
            if known || (is_string && callees.is_empty()) {
                continue;
            }
            let refusal = Refusal { file: call.file, range: call.range, reason: RefusalReason::Passed };
            let receiver = usize::from(call.method.is_some());
            for &arg in call.args.iter().skip(receiver) {
                deep.extend(of(arg).map(|object| (object, refusal)));
            }
        }
        for (node, refusal) in &constraints.callbacks {
            for object in of(*node) {
                let Object::Function(file, function) = self.object(object) else { continue };
                deep.extend(self.params_of(file, function, constraints, *refusal));
                let list = if refusal.reason == RefusalReason::Server { &mut returned } else { &mut deep };
                list.extend(self.returned_by(file, function, *refusal));
            }
        }
        // What is put into a table from outside goes where that goes.
        let mut first: FxHashMap<ObjectId, UseId> = FxHashMap::default();
        for ((owner, _), uses) in &self.by_member {
            if self.is_annotated(*owner) {
                continue;
            }
            if let (Object::Outside(..), Some(&id)) = (self.object(*owner), uses.iter().min()) {
                let known = first.entry(*owner).or_insert(id);
                *known = id.min(*known);
            }
        }
        for (object, id) in first {
            let FieldUse { file, range, .. } = *self.field_use(id);
            deep.push((object, Refusal { file, range, reason: RefusalReason::Passed }));
        }
        let mut read_later = FxHashMap::default();
        while let Some((object, refusal)) = returned.pop() {
            if read_later.contains_key(&object) {
                continue;
            }
            read_later.insert(object, refusal);
            if let Object::Function(file, function) = self.object(object) {
                // No client gets a function: another program loads the file.
                let passed = Refusal { reason: RefusalReason::Passed, ..refusal };
                deep.extend(self.params_of(file, function, constraints, passed));
                returned.extend(self.returned_by(file, function, passed));
            }
            returned.extend(self.contents(object).into_iter().map(|inner| (inner, refusal)));
        }
        let mut readers: FxHashMap<ObjectId, Refusal> = FxHashMap::default();
        while let Some((object, refusal)) = deep.pop() {
            if readers.contains_key(&object) {
                continue;
            }
            readers.insert(object, refusal);
            if let Object::Function(file, function) = self.object(object) {
                deep.extend(self.params_of(file, function, constraints, refusal));
                deep.extend(self.returned_by(file, function, refusal));
            }
            deep.extend(self.contents(object).into_iter().map(|inner| (inner, refusal)));
        }
        for (object, refusal) in shallow.into_iter().chain(read_later) {
            readers.entry(object).or_insert(refusal);
        }
        self.readers = readers;
    }

    /// Objects in the fields of an object.
    fn contents(&self, object: ObjectId) -> Vec<ObjectId> {
        self.fields[object.0 as usize].values().flat_map(|&node| self.set(node)).copied().collect()
    }

    /// Objects that the files pass to a function which is called from elsewhere too.
    fn params_of(
        &self,
        file: usize,
        function: FunctionId,
        constraints: &Constraints,
        refusal: Refusal,
    ) -> Vec<(ObjectId, Refusal)> {
        let params = constraints.params.get(&(file, function)).into_iter().flatten();
        params.flat_map(|&param| self.set(param)).map(|&object| (object, refusal)).collect()
    }

    fn returned_by(&self, file: usize, function: FunctionId, refusal: Refusal) -> Vec<(ObjectId, Refusal)> {
        let nodes = (0..MAX_RESULTS).filter_map(|nth| self.returns.get(&(file, function, nth)));
        let reason = if refusal.reason == RefusalReason::Server { RefusalReason::Returned } else { refusal.reason };
        nodes.flat_map(|&node| self.set(node)).map(|&object| (object, Refusal { reason, ..refusal })).collect()
    }
}
