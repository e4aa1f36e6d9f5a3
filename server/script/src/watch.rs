//! Ends runs that exceed their budget or are cancelled, and notifies observers of lines.

use crate::{
    api::push_text,
    budget::{STEP, Stop},
    context::context,
    lua::{Event, State, Watch, hook},
};

/// Holds runs to the limits of their [`Context`](crate::context::Context).
pub(crate) const WATCH: Watch = Watch { check, stop };

fn check(state: State, event: Event) -> bool {
    let Some(context) = context(state) else {
        // Something is compiled.
        meter::check();
        return false;
    };
    if matches!(context.limits.stopped, Some((Stop::Killed, _))) && event == Event::Work {
        // Only the hook kills again: what has caught the error goes on to the end of its line.
        return false;
    }
    if event == Event::Line && context.limits.stopped.is_none() {
        if state.is_in_script() {
            context.observer.line(state.line());
        }
        return false;
    }
    let exact = context.limits.stopped.is_some();
    let count = if event == Event::Instructions && !exact { STEP } else { 0 };
    let Some(why) = context.limits.check(count, state.was_refused() || meter::is_over()) else { return false };
    end(state, why);
    true
}

/// Ends the run, and pushes the error that is to be raised.
fn stop(state: State, why: meter::Stop) {
    end(state, why.into());
}

fn end(state: State, why: Stop) {
    let Some(context) = context(state) else { return state.push_bytes(b"not enough memory") };
    if context.limits.stopped.is_none() {
        context.limits.stopped = Some((why, state.line()));
    }
    if let (Stop::Killed, Some(text)) = (why, context.limits.kill) {
        // As on the servers: raised again on each new line, so what catches it without one may still end well.
        state.set_line_hook(hook);
        push_text(state, text);
        return;
    }
    // From now on every instruction fails, so that no `pcall` can go on.
    state.set_hook(hook, 1, false);
    state.push_bytes(b"redlua: the run was stopped");
}
