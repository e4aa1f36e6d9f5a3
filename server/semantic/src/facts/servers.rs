//! The servers that have all that a script needs.

use commands::{
    Family, Target, Version,
    api::{self, Context},
    bind::{Problem, ProblemKind},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};

use super::{
    Reason,
    world::{Seen, World},
};
use crate::{ApiPath, CallForm, Script};

/// The versions of a family that have all that a script needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// The family.
    pub family: Family,
    /// The oldest known version that has all; none if no version has.
    pub oldest: Option<Version>,
    /// The newest version that has all, if later ones do not.
    pub newest: Option<Version>,
    /// Things that the version before the oldest lacks, or every version.
    pub needs: Vec<Reason>,
    /// Things that the versions after the newest lack.
    pub lost: Vec<Reason>,
}

/// Servers that can run a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Servers {
    /// Redis.
    pub redis: Served,
    /// Valkey.
    pub valkey: Served,
    /// Calls that may need more: their command is not known, or a condition on the version guards them.
    pub unsure: Vec<Reason>,
    /// Things that no server accepts.
    pub broken: Vec<Reason>,
}

/// Something that some servers lack.
struct Need {
    reason: Reason,
    lacking: Vec<Target>,
}

pub(super) fn of(world: &World<'_>) -> Servers {
    let mut finder = Finder { world, needs: Vec::new(), unsure: world.unknown_calls(), broken: Vec::new() };
    finder.shebang();
    for seen in &world.calls {
        finder.call(seen);
    }
    for part in 0..world.parts().len() {
        finder.names(part);
    }
    let Finder { mut needs, unsure, broken, .. } = finder;
    needs.sort_by_key(|need| (need.reason.path.clone(), need.reason.line));
    Servers { redis: served(Family::Redis, &needs), valkey: served(Family::Valkey, &needs), unsure, broken }
}

fn served(family: Family, needs: &[Need]) -> Served {
    let known: Vec<Target> = Target::KNOWN.iter().copied().filter(|target| target.family == family).collect();
    let fits = |target: &Target| needs.iter().all(|need| !need.lacking.contains(target));
    let lacks = |target: Option<&Target>| -> Vec<Reason> {
        let mut found: Vec<Reason> = Vec::new();
        let of = target.into_iter().flat_map(|target| needs.iter().filter(|need| need.lacking.contains(target)));
        for need in of {
            if !found.iter().any(|other| other.text == need.reason.text) {
                found.push(need.reason.clone());
            }
        }
        found
    };
    let first = known.iter().position(fits);
    let last = known.iter().rposition(fits);
    Served {
        family,
        oldest: first.map(|at| known[at].version),
        newest: last.filter(|&at| at + 1 < known.len()).map(|at| known[at].version),
        needs: match first {
            Some(0) => Vec::new(),
            Some(at) => lacks(known.get(at - 1)),
            None => lacks(known.last()),
        },
        lost: last.map(|at| lacks(known.get(at + 1))).unwrap_or_default(),
    }
}

struct Finder<'w, 'a> {
    world: &'w World<'a>,
    needs: Vec<Need>,
    unsure: Vec<Reason>,
    broken: Vec<Reason>,
}

impl Finder<'_, '_> {
    fn need(&mut self, reason: Reason, lacks: impl Fn(Target) -> bool) {
        let lacking: Vec<Target> = Target::KNOWN.iter().copied().filter(|&target| lacks(target)).collect();
        match lacking.len() {
            0 => {}
            all if all == Target::KNOWN.len() => self.broken.push(reason),
            _ => self.needs.push(Need { reason, lacking }),
        }
    }

    /// Before 7.0 a line with `#!` is a syntax error, and there are no functions.
    fn shebang(&mut self) {
        let root = self.world.script(0);
        let since_7_0 = |target: Target| !target.since(7, 0);
        match (&root.shebang, &root.library) {
            (_, Some(_)) => self.need(self.world.reason_at(0, 0, "functions"), since_7_0),
            (Some(_), None) => self.need(self.world.reason_at(0, 0, "the shebang line"), since_7_0),
            _ => {}
        }
    }

    fn call(&mut self, seen: &Seen<'_>) {
        let script = self.world.script(seen.part);
        let bind = |targets: &[Target]| {
            self.world.script(seen.part).bind_words(&seen.call.words, seen.name.as_deref(), targets)
        };
        if !bind(Target::KNOWN).problems.iter().any(is_need) {
            return;
        }
        let problems: Vec<_> = Target::KNOWN
            .iter()
            .map(|&target| {
                let mut problems = bind(&[target]).problems;
                problems.retain(is_need);
                (target, problems)
            })
            .collect();
        let lacking: Vec<Target> =
            problems.iter().filter(|(_, problems)| !problems.is_empty()).map(|(target, _)| *target).collect();
        let Some((_, first)) = problems.iter().find(|(_, problems)| !problems.is_empty()) else { return };
        let Some(problem) = first.first() else { return };
        let name = seen.spec.map_or("the command", |spec| spec.name);
        let text = match problem.kind {
            ProblemKind::NewerCommand { command } => match command.since {
                Some(since) => format!("{} came with Redis {since}", command.name),
                None => format!("{} is in no release of Redis", command.name),
            },
            ProblemKind::ModuleCommand { family } => format!("a command of the {} module", family.name),
            ProblemKind::OptionUnavailable { token, .. } => format!("{name} with {token}"),
            ProblemKind::UnknownOption { .. } => match seen.word(problem.word) {
                Some(word) => match script.constant_string(word) {
                    Some(option) => format!("{name} with {}", String::from_utf8_lossy(&option)),
                    None => format!("{name} with {}", script.text_of(script.tree()[word].range)),
                },
                None => name.to_owned(),
            },
            ProblemKind::NotAllowedFromScript { option: None } => format!("{name} from scripts"),
            ProblemKind::NotAllowedFromScript { option: Some(option) } => format!("{name} with {option} from scripts"),
            ProblemKind::TooFewArguments { .. } | ProblemKind::TooManyArguments { .. } => {
                format!("{name} with so many arguments")
            }
            _ => name.to_owned(),
        };
        let reason = self.world.reason(seen.part, seen.call.call, text);
        self.call_need(seen, reason, |target| lacking.contains(&target));
    }

    /// A need of a call. A script that looks at the version, or catches the error, has another way.
    fn call_need(&mut self, seen: &Seen<'_>, reason: Reason, lacks: impl Fn(Target) -> bool) {
        let way = if Target::KNOWN.iter().all(|&target| lacks(target)) {
            None
        } else if is_guarded(self.world.script(seen.part), seen.call.call) {
            Some("behind a look at the server's version")
        } else if matches!(seen.call.form, CallForm::Pcall | CallForm::Protected) {
            Some("whose error is caught")
        } else {
            None
        };
        match way {
            Some(_) if !Target::KNOWN.iter().any(|&target| lacks(target)) => {}
            Some(way) => self.unsure.push(Reason { text: format!("{}, {way}", reason.text), ..reason }),
            None => self.need(reason, lacks),
        }
    }

    /// The sandbox's names.
    fn names(&mut self, part: usize) {
        let script = self.world.script(part);
        for (id, expr) in script.tree().exprs() {
            if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }) {
                continue;
            }
            let function = script.scopes.function_of(id);
            let context = match &script.library {
                None => Context::Eval,
                Some(library) if library.runs_at_load(function) => Context::LibraryLoad,
                Some(_) => Context::Function,
            };
            // While a library loads it runs as a whole, whichever function is asked about.
            if context != Context::LibraryLoad && !self.world.values.reached.runs(part, function) {
                continue;
            }
            if script.scopes.local_of(id).is_some() || script.is_target(id) {
                continue;
            }
            let path = script.api(id);
            let (shown, has): (String, Box<dyn Fn(Target) -> bool>) = match path {
                Some(ApiPath::Global(name)) if matches!(expr.kind, ExprKind::Name(_)) => {
                    if api::global(name).is_none() || api::TABLES.contains(&name) && name != "server" && name != "os" {
                        continue;
                    }
                    (name.to_owned(), Box::new(move |target| api::has_global(name, target, context)))
                }
                Some(ApiPath::Member(table, name)) if !matches!(expr.kind, ExprKind::Name(_)) => {
                    let Some(member) = api::member(table, name) else { continue };
                    (format!("{table}.{name}"), Box::new(move |target| api::has_member(member, target, context)))
                }
                _ => continue,
            };
            if Target::KNOWN.iter().all(|&target| has(target)) {
                continue;
            }
            if is_tested(script, id) || is_guarded(script, id) {
                continue;
            }
            // A context that no server offers it in is a mistake, which the rules tell.
            if Target::KNOWN.iter().any(|&target| has(target)) {
                let reason = self.world.reason(part, id, shown);
                // That functions came with 7.0 is told of the whole library.
                let too_old = |target: Target| context != Context::Eval && !target.since(7, 0);
                self.need(reason, |target| !too_old(target) && !has(target));
            }
        }
    }
}

/// True if a problem is about what a server has, and not a mistake in a value, which only shows when the key is there.
fn is_need(problem: &Problem) -> bool {
    !matches!(
        problem.kind,
        ProblemKind::UnknownCommand { .. }
            | ProblemKind::NotAnInteger { .. }
            | ProblemKind::NotAFloat { .. }
            | ProblemKind::CountInvalid { .. }
    )
}

/// True if a value is only looked at: a condition, or an operand of `and`, `or`, `not`, `==`, `~=`.
fn is_tested(script: &Script, id: ExprId) -> bool {
    match script.parent(id).map(|parent| &script.tree()[parent].kind) {
        Some(ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Eq | BinaryOp::Ne, .. })
        | Some(ExprKind::Unary { op: UnaryOp::Not, .. }) => true,
        Some(ExprKind::Call(call)) => matches!(script.api(call.callee), Some(ApiPath::Global("type"))),
        None => match &script.tree()[script.scopes.stmt_of(id)].kind {
            StmtKind::If(stmt) => stmt.arms.iter().any(|(cond, _)| *cond == id),
            _ => false,
        },
        _ => false,
    }
}

/// True if an expression is in an `if` that tests the server's version or the contents of the sandbox.
fn is_guarded(script: &Script, id: ExprId) -> bool {
    let asks = |cond: ExprId| {
        let text = script.text(cond);
        [&b"VERSION"[..], b"redis.setresp", b"redis.acl_check", b"redis.replicate", b"server", b"os.clock"]
            .iter()
            .any(|name| memchr::memmem::find(text, name).is_some())
    };
    // `redis.setresp and redis.setresp(3)`
    let mut at = id;
    while let Some(parent) = script.parent(at) {
        if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, lhs, .. } = script.tree()[parent].kind
            && lhs != at
            && asks(lhs)
        {
            return true;
        }
        at = parent;
    }
    let mut stmt = script.scopes.stmt_of(id);
    loop {
        let Some(outer) = script.scopes.stmt_of_block(script.scopes.block_of(stmt)) else { return false };
        if let StmtKind::If(branch) = &script.tree()[outer].kind
            && branch.arms.iter().any(|(cond, _)| asks(*cond))
        {
            return true;
        }
        stmt = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::test_support::*;

    fn runs(source: &str) -> String {
        let servers = all(source).remove(0).servers;
        let one = |it: &Served| {
            let needs: Vec<String> = it.needs.iter().map(|why| format!("{}@{}", why.text, why.line)).collect();
            let until = it.newest.map(|version| format!("-{version}")).unwrap_or_default();
            let oldest = it.oldest.map_or_else(|| "none".to_owned(), |version| version.to_string());
            format!("{oldest}{until} {}", needs.join(", ")).trim_end().to_owned()
        };
        format!("{} | {}", one(&servers.redis), one(&servers.valkey))
    }

    #[test]
    fn the_oldest_server() {
        assert_eq!(runs("return redis.call('GET', KEYS[1])"), "6.2 | 7.2");
        assert_eq!(runs("#!lua\nreturn 1"), "7.0 the shebang line@1 | 7.2");
        assert_eq!(
            runs("#!lua name=l\nredis.register_function('f', function() return 1 end)"),
            "7.0 functions@1 | 7.2"
        );
        assert_eq!(
            runs("redis.call('GET', KEYS[1])\nreturn redis.call('LMPOP', 1, KEYS[1], 'LEFT')"),
            "7.0 LMPOP@2 | 7.2"
        );
        assert_eq!(runs("return redis.call('EXPIRE', KEYS[1], 10, 'NX')"), "7.0 EXPIRE with so many arguments@1 | 7.2");
        assert_eq!(runs("return redis.call('BITCOUNT', KEYS[1], 0, -1, 'BIT')"), "7.0 BITCOUNT with BIT@1 | 7.2");
        assert_eq!(runs("return redis.call('SET', KEYS[1], 1, 'NX', 'GET')"), "7.0 SET with NX and GET@1 | 7.2");
        assert_eq!(runs("redis.call('SET', KEYS[1], 'GET', 'NX')"), "6.2 | 7.2");
        assert_eq!(
            runs("redis.call('XREAD', 'BLOCK', 1, 'STREAMS', KEYS[1], '$')"),
            "7.4 XREAD with BLOCK from scripts@1 | 8.0 XREAD with BLOCK from scripts@1"
        );
        assert_eq!(
            runs("redis.call('BITOP', 'ONE', KEYS[1], KEYS[2])"),
            "8.2 BITOP with ONE@1 | none BITOP with ONE@1"
        );
        assert_eq!(runs("return redis.REDIS_VERSION_NUM"), "7.0 redis.REDIS_VERSION_NUM@1 | 7.2");
        assert_eq!(runs("return os.clock()"), "7.4 os@1 | 8.0 os@1");
    }

    #[test]
    fn what_is_guarded_or_caught_is_not_needed() {
        let source =
            "if redis.REDIS_VERSION_NUM and redis.REDIS_VERSION_NUM > 1 then redis.call('LMPOP', 1, 'a', 'LEFT') end";
        assert!(runs(source).starts_with("6.2"));
        let caught = "redis.pcall('LMPOP', 1, KEYS[1], 'LEFT')";
        assert!(runs(caught).starts_with("6.2"));
        assert_eq!(facts(caught).servers.unsure.len(), 1);
    }

    #[test]
    fn what_later_servers_have_not() {
        assert!(runs("print(1)").starts_with("6.2-6.2"), "{}", runs("print(1)"));
        assert!(runs("function print() end").starts_with("6.2 "), "{}", runs("function print() end"));
        assert!(runs("local p = function() end p(print)").starts_with("6.2-6.2"), "what is given on is used");
    }
}
