//! The worker of `tests/bench/engine`: runs scripts as often as it can for a while, in this process or on a server.
//!
//! `bench call`, `bench run` and `bench net HOST:PORT DEPTH` read jobs from the input, a line each, with tabs between:
//! milliseconds, the file of a script, how many keys, the keys and the arguments. Each is answered with runs a second.
//! `bench first FILE` tells the microseconds from nothing to the first reply, `bench big` those of writes to big values.
#![allow(clippy::print_stdout, reason = "it talks to the benchmark")]

use std::{
    error::Error,
    io::{BufRead as _, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use commands::Target;
use protocol::Reply;
use script::{Invocation, NoObserver, Server};

type Words = Vec<Vec<u8>>;
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize| args.get(at).map_or("", String::as_str);
    match word(0) {
        "call" => {
            let mut server = Server::new(Target::DEFAULT);
            serve(|job| measure(job.time, by_call(&mut server, job)?))
        }
        "run" => {
            let mut server = Server::new(Target::DEFAULT);
            serve(|job| measure(job.time, by_run(&mut server, job)))
        }
        "net" => {
            let (address, depth) = (word(1).to_owned(), word(2).parse()?);
            serve(|job| measure(job.time, by_network(&address, depth, job)?))
        }
        "first" => {
            first(word(1))?;
            Ok(())
        }
        "big" => big(),
        _ => Err("bench call|run|net|first|big".into()),
    }
}

struct Job {
    time: Duration,
    code: String,
    keys: Words,
    args: Words,
}

impl Job {
    fn read(line: &str) -> Outcome<Self> {
        let mut words = line.split('\t');
        let time = Duration::from_millis(words.next().unwrap_or_default().parse()?);
        let code = std::fs::read_to_string(words.next().unwrap_or_default())?;
        let count: usize = words.next().unwrap_or_default().parse()?;
        let mut keys: Words = words.map(|word| word.as_bytes().to_vec()).collect();
        let args = keys.split_off(count.min(keys.len()));
        Ok(Self { time, code, keys, args })
    }

    fn words(&self, command: &str, what: &[u8]) -> Words {
        let mut words = vec![command.as_bytes().to_vec(), what.to_vec(), self.keys.len().to_string().into_bytes()];
        words.extend(self.keys.iter().chain(&self.args).cloned());
        words
    }
}

/// Answers jobs.
fn serve(mut answer: impl FnMut(&Job) -> Outcome<f64>) -> Outcome<()> {
    for line in std::io::stdin().lock().lines() {
        println!("{:.0}", answer(&Job::read(&line?)?)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Number of runs a second that `turn` makes; it returns the number it made.
fn measure(time: Duration, mut turn: impl FnMut() -> Outcome<u64>) -> Outcome<f64> {
    let (start, mut runs) = (Instant::now(), 0);
    while start.elapsed() < time || runs == 0 {
        // The clock is not what is measured.
        for _ in 0..8 {
            runs += turn()?;
        }
    }
    Ok(runs as f64 / start.elapsed().as_secs_f64())
}

fn by_run<'a>(server: &'a mut Server, job: &Job) -> impl FnMut() -> Outcome<u64> + use<'a> {
    let run = Invocation::script(job.code.as_bytes(), job.keys.clone(), job.args.clone());
    move || match server.run(&run, &mut NoObserver).reply {
        Reply::Error(text) => Err(String::from_utf8_lossy(&text).into()),
        _ => Ok(1),
    }
}

fn by_call<'a>(server: &'a mut Server, job: &Job) -> Outcome<impl FnMut() -> Outcome<u64> + use<'a>> {
    let mut db = 0;
    let words: Words = ["SCRIPT", "LOAD", &job.code].iter().map(|word| word.as_bytes().to_vec()).collect();
    let Reply::Bulk(sha) = server.call(&words, &mut db, false) else { return Err("SCRIPT LOAD failed".into()) };
    let words = job.words("EVALSHA", &sha);
    Ok(move || match server.call(&words, &mut db, false) {
        Reply::Error(text) => Err(String::from_utf8_lossy(&text).into()),
        _ => Ok(1),
    })
}

fn encode(words: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Keeps `depth` calls on their way: while the replies of one half come in, the server has the other half to run.
fn by_network(address: &str, depth: usize, job: &Job) -> Outcome<impl FnMut() -> Outcome<u64> + use<>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let load = encode(&["SCRIPT", "LOAD", &job.code].map(|word| word.as_bytes().to_vec()));
    let reply = ask(&mut stream, &load)?;
    let sha = reply.get(5..45).ok_or("SCRIPT LOAD failed")?.to_vec();
    let call = encode(&job.words("EVALSHA", &sha));
    // The replies of a script that has run a few times are equally long.
    let mut reply = Vec::new();
    for _ in 0..20 {
        reply = ask(&mut stream, &call)?;
    }
    if reply.starts_with(b"-") {
        return Err(String::from_utf8_lossy(&reply).into());
    }
    let half = depth.div_ceil(2);
    let (calls, mut replies) = (call.repeat(half), vec![0; reply.len() * half]);
    if depth > 1 {
        stream.write_all(&calls)?;
    }
    Ok(move || {
        stream.write_all(&calls)?;
        stream.read_exact(&mut replies)?;
        Ok(half as u64)
    })
}

/// The reply of one call, found by that of a `PING` behind it.
fn ask(stream: &mut TcpStream, call: &[u8]) -> Outcome<Vec<u8>> {
    const PONG: &[u8] = b"+PONG\r\n";
    stream.write_all(&[call, &encode(&[b"PING".to_vec()])].concat())?;
    let (mut reply, mut buffer) = (Vec::new(), vec![0; 65536]);
    while !reply.ends_with(PONG) {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err("the server is gone".into());
        }
        reply.extend_from_slice(&buffer[..count]);
    }
    reply.truncate(reply.len() - PONG.len());
    Ok(reply)
}

/// From nothing to the first reply: that of this process's first server, and the median of those that follow.
fn first(file: &str) -> Outcome<()> {
    let code = std::fs::read(file)?;
    let mut times = Vec::new();
    for _ in 0..201 {
        let start = Instant::now();
        let mut server = Server::new(Target::DEFAULT);
        let outcome = server.run(&Invocation::script(code.as_slice(), vec![b"text".to_vec()], vec![]), &mut NoObserver);
        times.push(start.elapsed().as_micros());
        drop(outcome);
    }
    let first = times[0];
    times.sort_unstable();
    println!("{first}\t{}", times[times.len() / 2]);
    Ok(())
}

/// How long a run takes that writes one item to a value of a million items, with its trace and its changes.
fn big() -> Outcome<()> {
    let fill = "for at = 1, 1000000 do redis.call(ARGV[1], KEYS[1], at, ARGV[2] ~= '' and 'member' .. at or nil) end";
    let list = "for at = 1, 1000000 do redis.call('RPUSH', KEYS[1], at) end";
    let set = "for at = 1, 1000000 do redis.call('SADD', KEYS[1], 'member' .. at) end";
    for (name, fill, command, word, write) in [
        ("list", list, "RPUSH", "", "return redis.call('LPUSH', KEYS[1], ARGV[1])"),
        ("set", set, "SADD", "", "return redis.call('SADD', KEYS[1], ARGV[1])"),
        ("hash", fill, "HSET", "member", "return redis.call('HSET', KEYS[1], 'x', ARGV[1])"),
        ("zset", fill, "ZADD", "member", "return redis.call('ZADD', KEYS[1], ARGV[1], 'x')"),
    ] {
        let mut server = Server::new(Target::DEFAULT);
        let words: Words =
            ["EVAL", fill, "1", "big", command, word].iter().map(|word| word.as_bytes().to_vec()).collect();
        if let Reply::Error(text) = server.call(&words, &mut 0, false) {
            return Err(String::from_utf8_lossy(&text).into());
        }
        let mut times = Vec::new();
        for at in 0..9 {
            let run = Invocation::script(write, vec![b"big".to_vec()], vec![at.to_string().into_bytes()]);
            let start = Instant::now();
            let outcome = server.run(&run, &mut NoObserver);
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            drop(outcome);
        }
        times.sort_by(f64::total_cmp);
        println!("{name}\t{:.3}", times[times.len() / 2]);
    }
    Ok(())
}
