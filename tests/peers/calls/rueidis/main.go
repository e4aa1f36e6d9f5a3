// Calls of scripts with rueidis: each line behind the mark is one call.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/redis/rueidis"
)

const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`
const BOTH = `return redis.call('MGET', KEYS[1], KEYS[2])`
const LIBRARY = `#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
`

var take = rueidis.NewLuaScript(TAKE)
var both = rueidis.NewLuaScriptReadOnly(BOTH)

func report(line int) func(rueidis.RedisResult) {
	return func(result rueidis.RedisResult) {
		if err := result.Error(); err != nil && !rueidis.IsRedisNil(err) {
			fmt.Println(line)
		}
	}
}

func main() {
	ctx := context.Background()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:" + os.Args[1]}})
	if err != nil {
		panic(err)
	}
	c.Do(ctx, c.B().Flushall().Build())
	c.Do(ctx, c.B().FunctionLoad().Replace().FunctionCode(LIBRARY).Build())
	sha, _ := c.Do(ctx, c.B().ScriptLoad().Script(TAKE).Build()).ToString()
	keys := []string{"x", "y"}

	// calls
	c.Do(ctx, c.B().Eval().Script(TAKE).Numkeys(1).Key("a").Arg("2").Build())
	c.Do(ctx, c.B().Eval().Script(TAKE).Numkeys(1).Key("a").Build())
	c.Do(ctx, c.B().Eval().Script(TAKE).Numkeys(0).Arg("a", "2").Build())
	c.Do(ctx, c.B().Eval().Script(TAKE).Numkeys(3).Key("a").Arg("2").Build())
	c.Do(ctx, c.B().Eval().Script(BOTH).Numkeys(2).Key("x").Key("y").Build())
	c.Do(ctx, c.B().Eval().Script(BOTH).Numkeys(2).Key(keys...).Build())
	c.Do(ctx, c.B().Eval().Script(BOTH).Numkeys(1).Key("x").Arg("y").Build())
	c.Do(ctx, c.B().EvalRo().Script(TAKE).Numkeys(1).Key("a").Arg("2").Build())
	c.Do(ctx, c.B().EvalRo().Script(BOTH).Numkeys(int64(len(keys))).Key(keys...).Build())
	c.Do(ctx, c.B().Evalsha().Sha1(sha).Numkeys(1).Key("a").Arg("2").Build())
	c.Do(ctx, c.B().Fcall().Function("stock_take").Numkeys(1).Key("a").Arg("2").Build())
	c.Do(ctx, c.B().Fcall().Function("stock_tkae").Numkeys(1).Key("a").Arg("2").Build())
	take.Exec(ctx, c, []string{"a"}, []string{"2"})
	take.Exec(ctx, c, []string{"a"}, nil)
	take.Exec(ctx, c, nil, []string{"2"})
	both.Exec(ctx, c, keys, nil)
	both.Exec(ctx, c, []string{"x"}, nil)
}
