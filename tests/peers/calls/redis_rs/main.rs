// Calls of scripts with redis-rs: each line behind the mark is one call.
use redis::{RedisResult, Script, Value};

const TAKE: &str = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
const BOTH: &str = "return redis.call('MGET', KEYS[1], KEYS[2])";
const LIBRARY: &str = r#"#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
"#;

fn report(line: u32, reply: RedisResult<Value>) {
    if reply.is_err() {
        println!("{line}");
    }
}

fn main() {
    let port = std::env::args().nth(1).unwrap_or_default();
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/")).unwrap();
    let mut con = client.get_connection().unwrap();
    let _: Value = redis::cmd("FLUSHALL").query(&mut con).unwrap();
    let _: Value = redis::cmd("FUNCTION").arg("LOAD").arg("REPLACE").arg(LIBRARY).query(&mut con).unwrap();
    let take = Script::new(TAKE);
    let both = Script::new(BOTH);
    let more = vec!["y"];

    // calls
    take.key("a").arg(2).invoke(&mut con)
    take.key("a").invoke(&mut con)
    take.arg(2).invoke(&mut con)
    both.key("x").key("y").invoke(&mut con)
    both.key("x").arg("y").invoke(&mut con)
    both.key("x").key(more.clone()).invoke(&mut con)
    Script::new("return redis.call('MGET', KEYS[1], KEYS[2])").key("x").invoke(&mut con)
    redis::cmd("EVAL").arg(TAKE).arg(1).arg("a").arg(2).query(&mut con)
    redis::cmd("EVAL").arg(TAKE).arg(1).arg("a").query(&mut con)
    redis::cmd("EVAL").arg(TAKE).arg(3).arg("a").arg(2).query(&mut con)
    redis::cmd("EVAL").arg(BOTH).arg(2).arg(&["x", "y"]).query(&mut con)
    redis::cmd("FCALL").arg("stock_take").arg(1).arg("a").arg(2).query(&mut con)
    redis::cmd("FCALL").arg("stock_tkae").arg(1).arg("a").arg(2).query(&mut con)
}
