fn main() {
    let s = Script::new(r#"
        local n = redis.call('GET', KEYS[1])
~       ^^^^^^^^^^^ lua
    "#);
    let x = "return if end";
~            ^^^^^^ !lua
}
