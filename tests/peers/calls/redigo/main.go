// Calls of scripts with redigo: each line behind the mark is one call.
package main

import (
	"fmt"
	"os"

	"github.com/gomodule/redigo/redis"
)

const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`

var take = redis.NewScript(1, TAKE)
var both = redis.NewScript(-1, `return redis.call('MGET', KEYS[1], KEYS[2])`)

func report(line int) func(any, error) {
	return func(_ any, err error) {
		if err != nil {
			fmt.Println(line)
		}
	}
}

func run(c redis.Conn, script *redis.Script, keysAndArgs ...interface{}) (interface{}, error) {
	return script.Do(c, keysAndArgs...)
}

func main() {
	c, err := redis.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	c.Do("FLUSHALL")

	// calls
	take.Do(c, "a", 2)
	take.Do(c, "a")
	take.Do(c)
	both.Do(c, 2, "x", "y")
	both.Do(c, 1, "x", "y")
	both.Do(c, 3, "x", "y")
	c.Do("EVAL", TAKE, 1, "a", 2)
	c.Do("EVAL", TAKE, 1, "a")
	c.Do("EVAL", TAKE, 3, "a", 2)
	c.Do("EVAL", TAKE, len([]string{"a"}), "a", 2)
}
