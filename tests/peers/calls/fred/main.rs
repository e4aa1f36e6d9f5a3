// Calls of scripts with fred: each line behind the mark is one call.
use fred::prelude::*;
use fred::types::scripts::Script;

const TAKE: &str = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
const BOTH: &str = "return redis.call('MGET', KEYS[1], KEYS[2])";

fn report(line: u32, reply: Result<Value, Error>) {
    if reply.is_err() {
        println!("{line}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(6379);
    let config = Config { server: ServerConfig::new_centralized("127.0.0.1", port), ..Config::default() };
    let client = Builder::from_config(config).build().unwrap();
    client.init().await.unwrap();
    let _: () = client.flushall(false).await.unwrap();
    let sha: String = client.script_load(TAKE).await.unwrap();
    let script = Script::from_lua(TAKE);
    script.load(&client).await.unwrap();

    // calls
    client.eval(TAKE, "a", 2).await
    client.eval(TAKE, vec!["a"], vec![2]).await
    client.eval(TAKE, "a", ()).await
    client.eval(TAKE, (), 2).await
    client.eval(BOTH, vec!["x", "y"], ()).await
    client.eval(BOTH, "x", "y").await
    client.evalsha(sha.clone(), "a", 2).await
    script.evalsha(&client, "a", 2).await
    script.evalsha(&client, "a", ()).await
    script.evalsha_with_reload(&client, "a", vec![2]).await
    script.evalsha_with_reload(&client, (), vec![2]).await
}
