//! Values that reach the client: what answering functions return, and the contents of the tables among them.

use rustc_hash::{FxHashMap, FxHashSet};
use semantic::{
    ApiPath, Constant,
    flow::{Kinds, TableType, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, TableField, UnaryOp};

use crate::{
    Context,
    helpers::{loops, reachability, values},
};

/// A store into a table after its construction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// The element or field that is assigned to, or the call of `table.insert`.
    pub place: ExprId,
    /// The value.
    pub value: ExprId,
}

/// For each table constructor, the later stores into its tables.
pub(crate) fn stores(context: &Context<'_>) -> FxHashMap<ExprId, Vec<Store>> {
    let (script, tree) = (context.script, context.tree());
    let flow = script.flow();
    let mut found: FxHashMap<ExprId, Vec<Store>> = FxHashMap::default();
    let mut add = |base: ExprId, place: ExprId, value: ExprId| {
        for site in flow.of(base).into_iter().flat_map(built) {
            found.entry(site).or_default().push(Store { place, value });
        }
    };
    for (_, stmt) in tree.stmts() {
        let StmtKind::Assign { targets, values } = &stmt.kind else { continue };
        for (at, &target) in targets.iter().enumerate() {
            let (ExprKind::Index { base, .. } | ExprKind::Field { base, .. }) = tree[target].kind else { continue };
            if let Some(&value) = values.get(at) {
                add(base, target, value);
            }
        }
    }
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        if let (Some(ApiPath::Member("table", "insert")), [table, .., value]) = (script.api(call.callee), &*call.args) {
            add(*table, id, *value);
        }
    }
    found
}

/// Returns true if all that is put into a constructor's tables later comes behind their last element: `table.insert(t, value)`.
pub(crate) fn is_appended_to(context: &Context<'_>, site: ExprId) -> bool {
    stores(context).get(&site).is_none_or(|stores| {
        stores.iter().all(|store| match &context.tree()[store.place].kind {
            ExprKind::Call(call) => call.args.len() == 2,
            // `t[#t + 1] = value`
            ExprKind::Index { base, key } => match context.tree()[*key].kind {
                ExprKind::Binary { op: BinaryOp::Add, lhs, .. } => {
                    matches!(context.tree()[lhs].kind, ExprKind::Unary { op: UnaryOp::Len, operand, .. }
                        if values::same(context, operand, *base))
                }
                _ => false,
            },
            _ => false,
        })
    })
}

/// The constructors of the tables that a value may be.
pub(crate) fn built(of: &Type) -> impl Iterator<Item = ExprId> + '_ {
    of.tables.iter().filter_map(|table| match table {
        TableType::Built(site) => Some(*site),
        _ => None,
    })
}

/// A table that the client gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// Its constructor.
    pub site: ExprId,
    /// The expression by which it is returned or put into another table.
    pub given: ExprId,
    /// True if it is the inner table of a RESP3 reply, whose keys the client gets too.
    pub keyed: bool,
}

/// Values that the client gets.
#[derive(Default, Debug)]
pub(crate) struct Answers {
    /// The expressions whose values it gets, elements of tables among them.
    pub values: Vec<ExprId>,
    /// The tables that the script itself makes for it.
    pub tables: Vec<Table>,
}

/// The fields by which a table is another reply than a list, with what they must hold to be taken.
pub(crate) const REPLIES: &[(&str, Kinds)] = &[
    ("err", Kinds::STRING),
    ("ok", Kinds::STRING),
    ("double", Kinds::NUMBER),
    ("big_number", Kinds::STRING),
    ("verbatim_string", Kinds::TABLE),
    ("map", Kinds::TABLE),
    ("set", Kinds::TABLE),
];

/// Finds what the client gets. Empty where the text may be a part of something else.
pub(crate) fn find(context: &Context<'_>) -> Answers {
    let script = context.script;
    let mut answers = Answers::default();
    // The text of a fragment may end up inside of a function.
    if script.is_fragment() || script.is_definitions() || script.environment.incomplete || script.flow().gave_up() {
        return answers;
    }
    let tree = context.tree();
    let mut walk = Walk { context, stores: None, seen: FxHashSet::default(), answers: &mut answers };
    let mut functions: Vec<_> = reachability::answering(context).into_iter().collect();
    functions.sort_unstable_by_key(|function| function.index());
    for function in functions {
        for stmt in loops::statements(tree, tree[function].body) {
            if let StmtKind::Return(values) = &tree[stmt].kind
                && let Some(&first) = values.first()
            {
                walk.value(first, false);
            }
        }
    }
    answers
}

struct Walk<'a, 'b> {
    context: &'a Context<'b>,
    stores: Option<FxHashMap<ExprId, Vec<Store>>>,
    seen: FxHashSet<ExprId>,
    answers: &'a mut Answers,
}

impl Walk<'_, '_> {
    fn value(&mut self, given: ExprId, keyed: bool) {
        let script = self.context.script;
        let Some(of) = script.flow().of(given) else { return };
        self.answers.values.push(given);
        let sites: Vec<ExprId> = built(of).collect();
        for site in sites {
            self.table(site, given, keyed);
        }
    }

    fn table(&mut self, site: ExprId, given: ExprId, keyed: bool) {
        let (script, tree) = (self.context.script, self.context.tree());
        // What is done elsewhere to a table that is given away is not known.
        if script.flow().site(site).is_none_or(|site| site.escaped) || !self.seen.insert(site) {
            return;
        }
        self.answers.tables.push(Table { site, given, keyed });
        if let ExprKind::Table(fields) = &tree[site].kind {
            for &field in fields {
                match field {
                    TableField::Item(value) => self.value(value, false),
                    TableField::Keyed { key, value } => self.at(script.constant(key).as_ref(), value, keyed),
                    TableField::Named { name, value } => {
                        let name = Constant::String(name.text(self.context.source()).into());
                        self.at(Some(&name), value, keyed);
                    }
                }
            }
        }
        let stores = self.stores.get_or_insert_with(|| stores(self.context)).get(&site).cloned().unwrap_or_default();
        for Store { place, value } in stores {
            match &tree[place].kind {
                ExprKind::Field { name, .. } => {
                    let name = Constant::String(name.text(self.context.source()).into());
                    self.at(Some(&name), value, keyed);
                }
                ExprKind::Index { key, .. } => self.at(script.constant(*key).as_ref(), value, keyed),
                _ => self.value(value, false),
            }
        }
    }

    /// A value at a key that may be a name.
    fn at(&mut self, key: Option<&Constant<'_>>, value: ExprId, keyed: bool) {
        match key {
            Some(Constant::String(name)) if !keyed => {
                if matches!(&**name, b"map" | b"set") {
                    self.value(value, true);
                }
            }
            _ => self.value(value, false),
        }
    }
}
