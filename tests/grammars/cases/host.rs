fn main() {
    let s = Script::new(r#"
        local n = redis.call('GET', KEYS[1])
~                             ^^^ support.function.command
        if n then
~       ^^ keyword.control.lua
            return redis.call("SET", KEYS[1])
~                                    ^^^^ variable.language.keys.redlua
        end
    "#);
    let x = "return if end";
~   ^^^ keyword.other.rust
~            ^^^^^^ string !keyword
}
