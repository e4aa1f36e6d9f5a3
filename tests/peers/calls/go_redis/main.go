// Calls of scripts with go-redis: each line behind the mark is one call.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/redis/go-redis/v9"
)

const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`
const BOTH = `return redis.call('MGET', KEYS[1], KEYS[2])`
const MAYBE = `local ttl = ARGV[2] or 5 return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)`
const LIBRARY = `#!lua name=stock
redis.register_function('stock_take', function(keys, args) return redis.call('DECRBY', keys[1], args[1]) end)
`

var take = redis.NewScript(TAKE)

func report(line int) func(interface{ Err() error }) {
	return func(reply interface{ Err() error }) {
		if err := reply.Err(); err != nil && err != redis.Nil {
			fmt.Println(line)
		}
	}
}

func run(ctx context.Context, c redis.Scripter, script *redis.Script, keys []string, args ...interface{}) *redis.Cmd {
	return script.Run(ctx, c, keys, args...)
}

func main() {
	ctx := context.Background()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + os.Args[1]})
	rdb.FlushAll(ctx)
	rdb.FunctionLoadReplace(ctx, LIBRARY)
	sha := rdb.ScriptLoad(ctx, TAKE).Val()
	words := []interface{}{"2"}

	// calls
	rdb.Eval(ctx, TAKE, []string{"a"}, 2)
	rdb.Eval(ctx, TAKE, []string{"a"}, 2, 3)
	rdb.Eval(ctx, TAKE, []string{"a"})
	rdb.Eval(ctx, TAKE, []string{}, 2)
	rdb.Eval(ctx, TAKE, nil, 2)
	rdb.Eval(ctx, TAKE, []string{"a"}, words...)
	rdb.Eval(ctx, TAKE, []string{"a"}, []interface{}{2})
	rdb.Eval(ctx, BOTH, []string{"x", "y"})
	rdb.Eval(ctx, BOTH, []string{"x"}, "y")
	rdb.Eval(ctx, MAYBE, []string{"m"}, "v")
	rdb.EvalRO(ctx, TAKE, []string{"a"}, 2)
	rdb.EvalRO(ctx, BOTH, []string{"x", "y"})
	rdb.EvalSha(ctx, sha, []string{"a"}, 2)
	rdb.EvalSha(ctx, sha, []string{"a"})
	take.Run(ctx, rdb, []string{"a"}, 2)
	take.Run(ctx, rdb, []string{"a"})
	take.Run(ctx, rdb, nil, 2)
	take.RunRO(ctx, rdb, []string{"a"}, 2)
	rdb.FCall(ctx, "stock_take", []string{"a"}, 2)
	rdb.FCall(ctx, "stock_tkae", []string{"a"}, 2)
	rdb.Do(ctx, "EVAL", TAKE, 1, "a", 2)
	rdb.Do(ctx, "EVAL", TAKE, 1, "a")
	run(ctx, rdb, take, []string{"a"}, 2)
	run(ctx, rdb, take, []string{"a"})
	run(ctx, rdb, take, nil, 2)
	run(ctx, rdb, take, []string{"a"}, words...)
}
