//! The run of a compiled script or function, from its admission to the reply.

use protocol::{Reply, number::parse_int};

use crate::{
    Observer, Server,
    budget::Stop,
    context::RunOptions,
    failure::{error_text, place_in, stop_message},
    gate,
    lua::FunctionRef,
    shebang::Flags,
    vm::Purpose,
};

impl Server {
    /// Runs a function that was compiled.
    pub(crate) fn execute(
        &mut self,
        function: FunctionRef,
        purpose: Purpose,
        run: &RunOptions<'_>,
        observer: &mut dyn Observer,
    ) -> Reply {
        let target = self.engine.target;
        let slot = match gate::admit_run(&mut self.engine, self.cluster, run) {
            Ok(slot) => slot,
            Err(refused) => return refused,
        };
        // 6.2 began anew for each script.
        if !target.since(7, 0) {
            self.random.seed(0);
        }
        let read_only = run.read_only || run.flags.has(Flags::NO_WRITES);
        let (reply, mut context) = self.with_vm(purpose, observer, |vm, context| {
            context.db = run.db;
            context.client_resp3 = run.resp3;
            context.read_only = read_only;
            context.flags = run.flags;
            context.compatible = run.compatible;
            context.slot = slot;
            vm.call(function, context, run.keys, run.args)
        });
        let stopped = context.limits.stopped;
        self.finish(&mut context);
        match (reply, stopped) {
            (_, Some((stop, line))) if stop != Stop::Killed => {
                let budget = context.limits.budget();
                Reply::error(stop_message(stop, line, context.wrote, budget, &self.engine))
            }
            (Ok(reply), _) => reply,
            (Err(failed), _) => {
                // The text names the line of a chunk that the script made as if it were the script's.
                let line = context.raised_at.or_else(|| place_in(&failed.text));
                self.failed_line = Some(line.filter(|line| *line > 0));
                self.callers = std::mem::take(&mut context.callers);
                Reply::Error(error_text(target, run.name, &failed))
            }
        }
    }
}

/// Keys, and arguments.
type KeysAndArgs<'a> = (&'a [Vec<u8>], &'a [Vec<u8>]);

/// The words behind the first two, apart into keys and arguments.
pub(crate) fn keys_and_args<'a>(words: &'a [Vec<u8>], bad: &'static str) -> Result<KeysAndArgs<'a>, Reply> {
    let count = parse_int(&words[2]).ok_or_else(|| Reply::error(bad))?;
    let rest = &words[3..];
    if count < 0 {
        return Err(Reply::error("ERR Number of keys can't be negative"));
    }
    usize::try_from(count)
        .ok()
        .and_then(|count| rest.split_at_checked(count))
        .ok_or_else(|| Reply::error("ERR Number of keys can't be greater than number of args"))
}
