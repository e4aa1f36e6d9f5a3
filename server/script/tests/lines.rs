//! Lines of a run are lines of the script, whatever the chunks that it makes are called.

use commands::Target;
use protocol::Reply;
use script::{Entry, Invocation, NoObserver, Observer, Server};

/// Six lines further down than where it stands, and named as the server names scripts.
const CHUNK: &str = "local chunk = loadstring('\\n\\n\\n\\n\\n' .. ARGV[1], '@user_script')\n";

#[derive(Default)]
struct Lines(Vec<u32>);

impl Observer for Lines {
    fn line(&mut self, line: u32) {
        self.0.push(line);
    }

    fn wants_lines(&self) -> bool {
        true
    }

    fn command(&mut self, _: u32, _: &[Vec<u8>], _: &Reply) {}
}

fn run(target: Target, code: &str, chunk: &str) -> (Vec<u32>, Option<u32>, Vec<u32>) {
    let invocation = Invocation::script(format!("{CHUNK}{code}"), vec![], vec![chunk.as_bytes().to_vec()]);
    let mut lines = Lines::default();
    let outcome = Server::new(target).run(&invocation, &mut lines);
    (outcome.trace.iter().map(|traced| traced.line).collect(), outcome.failure.and_then(|it| it.line), lines.0)
}

#[test]
fn commands_of_a_chunk_are_at_the_line_that_calls_it() {
    for target in [Target::redis(6, 2), Target::redis(7, 2), Target::valkey(9, 1)] {
        for (code, expected) in [
            ("chunk()\nchunk()", 2..=3),
            ("return chunk()", 2..=2),
            ("local function f() return chunk() end\nlocal x = f()", 2..=2),
            ("\ncoroutine.wrap(chunk)()", 3..=3),
            ("coroutine.wrap(function()\n  chunk()\nend)()", 3..=3),
        ] {
            let (commands, failure, lines) = run(target, code, "return redis.call('PING')");
            assert_eq!((&commands, failure), (&expected.collect::<Vec<_>>(), None), "{target}: {code}");
            assert!(lines.iter().all(|line| *line <= 4), "{target}: {code}: {lines:?}");
        }
    }
}

#[test]
fn failures_in_a_chunk_are_at_the_line_that_calls_it() {
    for target in [Target::redis(6, 2), Target::redis(7, 2), Target::valkey(9, 1)] {
        for chunk in ["error('no')", "local x = nil + 1", "redis.call('NONE')", "error({ err = 'no', line = 77 })"] {
            assert_eq!(run(target, "\nchunk()\nreturn 1", chunk).1, Some(3), "{target}: {chunk}");
            assert_eq!(run(target, "\nreturn chunk()", chunk).1, Some(3), "{target}: {chunk}");
        }
        assert_eq!(run(target, "return assert(loadstring('\\n\\n\\nx x', '@user_script'))", "").1, Some(2), "{target}");
        // An error of the script itself stays where it was.
        assert_eq!(run(target, "\n\nlocal x = nil + 1", "return 1").1, Some(4), "{target}");
    }
}

#[test]
fn a_chunk_in_a_library_has_no_lines_of_it() {
    let library = |chunk: &str| {
        format!(
            "#!lua name=lib\nredis.register_function('f', function()\n\n  \
             loadstring('\\n\\n\\n\\n{chunk}', '@user_function')()\n  return 1\nend)\n"
        )
    };
    let invocation = |chunk: &str| {
        let mut invocation = Invocation::script("", vec![], vec![]);
        invocation.entry = Entry::Function { library: library(chunk).into(), name: b"f".to_vec() };
        invocation
    };
    let outcome = Server::new(Target::redis(7, 2)).run(&invocation("redis.call(\"PING\")"), &mut Lines::default());
    assert_eq!(outcome.trace.iter().map(|traced| traced.line).collect::<Vec<_>>(), [4], "{:?}", outcome.reply);
    let outcome = Server::new(Target::redis(7, 2)).run(&invocation("error(1)"), &mut NoObserver);
    assert_eq!(outcome.failure.and_then(|it| it.line), Some(4), "{:?}", outcome.reply);
}
