; extends
; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; Redis Lua in the colours of a Lua grammar.

; redis.call and redis.pcall, by Valkey's name too, and the alias that everybody uses.
(function_call
  name: (dot_index_expression
    table: (identifier) @module.builtin
    field: (identifier) @function.builtin)
  (#any-of? @module.builtin "redis" "server")
  (#any-of? @function.builtin "call" "pcall"))

; The command is the first argument.
(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    .
    (string
      content: (string_content) @function.builtin.write))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @function.builtin.write
    "APPEND" "BITFIELD" "BITOP" "BLMOVE" "BLMPOP" "BLPOP" "BRPOP" "BRPOPLPUSH" "BZMPOP" "BZPOPMAX" "BZPOPMIN"
    "CLUSTER" "COPY" "DECR" "DECRBY" "DEL" "DELEX" "DELIFEQ" "EXPIRE" "EXPIREAT" "FLUSHALL" "FLUSHDB" "FUNCTION"
    "GEOADD" "GEORADIUS" "GEORADIUSBYMEMBER" "GEOSEARCHSTORE" "GETDEL" "GETEX" "GETSET" "HDEL" "HEXPIRE"
    "HEXPIREAT" "HGETDEL" "HGETEX" "HINCRBY" "HINCRBYFLOAT" "HMSET" "HPERSIST" "HPEXPIRE" "HPEXPIREAT" "HSET"
    "HSETEX" "HSETNX" "INCR" "INCRBY" "INCRBYFLOAT" "LINSERT" "LMOVE" "LMPOP" "LPOP" "LPUSH" "LPUSHX" "LREM"
    "LSET" "LTRIM" "MIGRATE" "MOVE" "MSET" "MSETEX" "MSETNX" "PERSIST" "PEXPIRE" "PEXPIREAT" "PFADD" "PFDEBUG"
    "PFMERGE" "PSETEX" "RENAME" "RENAMENX" "RESTORE" "RESTORE-ASKING" "RPOP" "RPOPLPUSH" "RPUSH" "RPUSHX" "SADD"
    "SDIFFSTORE" "SET" "SETBIT" "SETEX" "SETNX" "SETRANGE" "SINTERSTORE" "SMOVE" "SORT" "SPOP" "SREM"
    "SUNIONSTORE" "SWAPDB" "TRIMSLOTS" "UNLINK" "VADD" "VREM" "VSETATTR" "XACK" "XACKDEL" "XADD" "XAUTOCLAIM"
    "XCFGSET" "XCLAIM" "XDEL" "XDELEX" "XGROUP" "XIDMPRECORD" "XREADGROUP" "XSETID" "XTRIM" "ZADD" "ZDIFFSTORE"
    "ZINCRBY" "ZINTERSTORE" "ZMPOP" "ZPOPMAX" "ZPOPMIN" "ZRANGESTORE" "ZREM" "ZREMRANGEBYLEX" "ZREMRANGEBYRANK"
    "ZREMRANGEBYSCORE" "ZUNIONSTORE" "append" "bitfield" "bitop" "blmove" "blmpop" "blpop" "brpop" "brpoplpush"
    "bzmpop" "bzpopmax" "bzpopmin" "cluster" "copy" "decr" "decrby" "del" "delex" "delifeq" "expire" "expireat"
    "flushall" "flushdb" "function" "geoadd" "georadius" "georadiusbymember" "geosearchstore" "getdel" "getex"
    "getset" "hdel" "hexpire" "hexpireat" "hgetdel" "hgetex" "hincrby" "hincrbyfloat" "hmset" "hpersist"
    "hpexpire" "hpexpireat" "hset" "hsetex" "hsetnx" "incr" "incrby" "incrbyfloat" "linsert" "lmove" "lmpop"
    "lpop" "lpush" "lpushx" "lrem" "lset" "ltrim" "migrate" "move" "mset" "msetex" "msetnx" "persist" "pexpire"
    "pexpireat" "pfadd" "pfdebug" "pfmerge" "psetex" "rename" "renamenx" "restore" "restore-asking" "rpop"
    "rpoplpush" "rpush" "rpushx" "sadd" "sdiffstore" "set" "setbit" "setex" "setnx" "setrange" "sinterstore"
    "smove" "sort" "spop" "srem" "sunionstore" "swapdb" "trimslots" "unlink" "vadd" "vrem" "vsetattr" "xack"
    "xackdel" "xadd" "xautoclaim" "xcfgset" "xclaim" "xdel" "xdelex" "xgroup" "xidmprecord" "xreadgroup" "xsetid"
    "xtrim" "zadd" "zdiffstore" "zincrby" "zinterstore" "zmpop" "zpopmax" "zpopmin" "zrangestore" "zrem"
    "zremrangebylex" "zremrangebyrank" "zremrangebyscore" "zunionstore"))

(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    .
    (string
      content: (string_content) @function.builtin.read))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @function.builtin.read
    "ACL" "ASKING" "AUTH" "BGREWRITEAOF" "BGSAVE" "BITCOUNT" "BITFIELD_RO" "BITPOS" "CLIENT" "CLUSTERSCAN"
    "COMMAND" "COMMANDLOG" "CONFIG" "DBSIZE" "DEBUG" "DIGEST" "DISCARD" "DUMP" "ECHO" "EVAL" "EVALSHA"
    "EVALSHA_RO" "EVAL_RO" "EXEC" "EXISTS" "EXPIRETIME" "FAILOVER" "FCALL" "FCALL_RO" "GEODIST" "GEOHASH"
    "GEOPOS" "GEORADIUSBYMEMBER_RO" "GEORADIUS_RO" "GEOSEARCH" "GET" "GETBIT" "GETRANGE" "HELLO" "HEXISTS"
    "HEXPIRETIME" "HGET" "HGETALL" "HKEYS" "HLEN" "HMGET" "HOTKEYS" "HPEXPIRETIME" "HPTTL" "HRANDFIELD" "HSCAN"
    "HSTRLEN" "HTTL" "HVALS" "INFO" "KEYS" "LASTSAVE" "LATENCY" "LCS" "LINDEX" "LLEN" "LOLWUT" "LPOS" "LRANGE"
    "MEMORY" "MGET" "MODULE" "MONITOR" "MULTI" "OBJECT" "PEXPIRETIME" "PFCOUNT" "PFSELFTEST" "PING" "PSUBSCRIBE"
    "PSYNC" "PTTL" "PUBLISH" "PUBSUB" "PUNSUBSCRIBE" "QUIT" "RANDOMKEY" "READONLY" "READWRITE" "REPLCONF"
    "REPLICAOF" "RESET" "ROLE" "SAVE" "SCAN" "SCARD" "SCRIPT" "SDIFF" "SELECT" "SHUTDOWN" "SINTER" "SINTERCARD"
    "SISMEMBER" "SLAVEOF" "SLOWLOG" "SMEMBERS" "SMISMEMBER" "SORT_RO" "SPUBLISH" "SRANDMEMBER" "SSCAN"
    "SSUBSCRIBE" "STRLEN" "SUBSCRIBE" "SUBSTR" "SUNION" "SUNSUBSCRIBE" "SYNC" "TIME" "TOUCH" "TTL" "TYPE"
    "UNSUBSCRIBE" "UNWATCH" "VCARD" "VDIM" "VEMB" "VGETATTR" "VINFO" "VISMEMBER" "VLINKS" "VRANDMEMBER" "VRANGE"
    "VSIM" "WAIT" "WAITAOF" "WATCH" "XINFO" "XLEN" "XPENDING" "XRANGE" "XREAD" "XREVRANGE" "ZCARD" "ZCOUNT"
    "ZDIFF" "ZINTER" "ZINTERCARD" "ZLEXCOUNT" "ZMSCORE" "ZRANDMEMBER" "ZRANGE" "ZRANGEBYLEX" "ZRANGEBYSCORE"
    "ZRANK" "ZREVRANGE" "ZREVRANGEBYLEX" "ZREVRANGEBYSCORE" "ZREVRANK" "ZSCAN" "ZSCORE" "ZUNION" "acl" "asking"
    "auth" "bgrewriteaof" "bgsave" "bitcount" "bitfield_ro" "bitpos" "client" "clusterscan" "command"
    "commandlog" "config" "dbsize" "debug" "digest" "discard" "dump" "echo" "eval" "eval_ro" "evalsha"
    "evalsha_ro" "exec" "exists" "expiretime" "failover" "fcall" "fcall_ro" "geodist" "geohash" "geopos"
    "georadius_ro" "georadiusbymember_ro" "geosearch" "get" "getbit" "getrange" "hello" "hexists" "hexpiretime"
    "hget" "hgetall" "hkeys" "hlen" "hmget" "hotkeys" "hpexpiretime" "hpttl" "hrandfield" "hscan" "hstrlen"
    "httl" "hvals" "info" "keys" "lastsave" "latency" "lcs" "lindex" "llen" "lolwut" "lpos" "lrange" "memory"
    "mget" "module" "monitor" "multi" "object" "pexpiretime" "pfcount" "pfselftest" "ping" "psubscribe" "psync"
    "pttl" "publish" "pubsub" "punsubscribe" "quit" "randomkey" "readonly" "readwrite" "replconf" "replicaof"
    "reset" "role" "save" "scan" "scard" "script" "sdiff" "select" "shutdown" "sinter" "sintercard" "sismember"
    "slaveof" "slowlog" "smembers" "smismember" "sort_ro" "spublish" "srandmember" "sscan" "ssubscribe" "strlen"
    "subscribe" "substr" "sunion" "sunsubscribe" "sync" "time" "touch" "ttl" "type" "unsubscribe" "unwatch"
    "vcard" "vdim" "vemb" "vgetattr" "vinfo" "vismember" "vlinks" "vrandmember" "vrange" "vsim" "wait" "waitaof"
    "watch" "xinfo" "xlen" "xpending" "xrange" "xread" "xrevrange" "zcard" "zcount" "zdiff" "zinter" "zintercard"
    "zlexcount" "zmscore" "zrandmember" "zrange" "zrangebylex" "zrangebyscore" "zrank" "zrevrange"
    "zrevrangebylex" "zrevrangebyscore" "zrevrank" "zscan" "zscore" "zunion"))

; pcall(redis.call, 'XINFO', …)
(function_call
  name: (identifier) @_pcall
  arguments: (arguments
    .
    (dot_index_expression
      table: (identifier) @module.builtin
      field: (identifier) @function.builtin)
    .
    (string
      content: (string_content) @function.builtin.read))
  (#eq? @_pcall "pcall")
  (#any-of? @module.builtin "redis" "server")
  (#any-of? @function.builtin "call" "pcall")
  (#any-of? @function.builtin.read
    "ACL" "APPEND" "ASKING" "AUTH" "BGREWRITEAOF" "BGSAVE" "BITCOUNT" "BITFIELD" "BITFIELD_RO" "BITOP" "BITPOS"
    "BLMOVE" "BLMPOP" "BLPOP" "BRPOP" "BRPOPLPUSH" "BZMPOP" "BZPOPMAX" "BZPOPMIN" "CLIENT" "CLUSTER"
    "CLUSTERSCAN" "COMMAND" "COMMANDLOG" "CONFIG" "COPY" "DBSIZE" "DEBUG" "DECR" "DECRBY" "DEL" "DELEX" "DELIFEQ"
    "DIGEST" "DISCARD" "DUMP" "ECHO" "EVAL" "EVALSHA" "EVALSHA_RO" "EVAL_RO" "EXEC" "EXISTS" "EXPIRE" "EXPIREAT"
    "EXPIRETIME" "FAILOVER" "FCALL" "FCALL_RO" "FLUSHALL" "FLUSHDB" "FUNCTION" "GEOADD" "GEODIST" "GEOHASH"
    "GEOPOS" "GEORADIUS" "GEORADIUSBYMEMBER" "GEORADIUSBYMEMBER_RO" "GEORADIUS_RO" "GEOSEARCH" "GEOSEARCHSTORE"
    "GET" "GETBIT" "GETDEL" "GETEX" "GETRANGE" "GETSET" "HDEL" "HELLO" "HEXISTS" "HEXPIRE" "HEXPIREAT"
    "HEXPIRETIME" "HGET" "HGETALL" "HGETDEL" "HGETEX" "HINCRBY" "HINCRBYFLOAT" "HKEYS" "HLEN" "HMGET" "HMSET"
    "HOTKEYS" "HPERSIST" "HPEXPIRE" "HPEXPIREAT" "HPEXPIRETIME" "HPTTL" "HRANDFIELD" "HSCAN" "HSET" "HSETEX"
    "HSETNX" "HSTRLEN" "HTTL" "HVALS" "INCR" "INCRBY" "INCRBYFLOAT" "INFO" "KEYS" "LASTSAVE" "LATENCY" "LCS"
    "LINDEX" "LINSERT" "LLEN" "LMOVE" "LMPOP" "LOLWUT" "LPOP" "LPOS" "LPUSH" "LPUSHX" "LRANGE" "LREM" "LSET"
    "LTRIM" "MEMORY" "MGET" "MIGRATE" "MODULE" "MONITOR" "MOVE" "MSET" "MSETEX" "MSETNX" "MULTI" "OBJECT"
    "PERSIST" "PEXPIRE" "PEXPIREAT" "PEXPIRETIME" "PFADD" "PFCOUNT" "PFDEBUG" "PFMERGE" "PFSELFTEST" "PING"
    "PSETEX" "PSUBSCRIBE" "PSYNC" "PTTL" "PUBLISH" "PUBSUB" "PUNSUBSCRIBE" "QUIT" "RANDOMKEY" "READONLY"
    "READWRITE" "RENAME" "RENAMENX" "REPLCONF" "REPLICAOF" "RESET" "RESTORE" "RESTORE-ASKING" "ROLE" "RPOP"
    "RPOPLPUSH" "RPUSH" "RPUSHX" "SADD" "SAVE" "SCAN" "SCARD" "SCRIPT" "SDIFF" "SDIFFSTORE" "SELECT" "SET"
    "SETBIT" "SETEX" "SETNX" "SETRANGE" "SHUTDOWN" "SINTER" "SINTERCARD" "SINTERSTORE" "SISMEMBER" "SLAVEOF"
    "SLOWLOG" "SMEMBERS" "SMISMEMBER" "SMOVE" "SORT" "SORT_RO" "SPOP" "SPUBLISH" "SRANDMEMBER" "SREM" "SSCAN"
    "SSUBSCRIBE" "STRLEN" "SUBSCRIBE" "SUBSTR" "SUNION" "SUNIONSTORE" "SUNSUBSCRIBE" "SWAPDB" "SYNC" "TIME"
    "TOUCH" "TRIMSLOTS" "TTL" "TYPE" "UNLINK" "UNSUBSCRIBE" "UNWATCH" "VADD" "VCARD" "VDIM" "VEMB" "VGETATTR"
    "VINFO" "VISMEMBER" "VLINKS" "VRANDMEMBER" "VRANGE" "VREM" "VSETATTR" "VSIM" "WAIT" "WAITAOF" "WATCH" "XACK"
    "XACKDEL" "XADD" "XAUTOCLAIM" "XCFGSET" "XCLAIM" "XDEL" "XDELEX" "XGROUP" "XIDMPRECORD" "XINFO" "XLEN"
    "XPENDING" "XRANGE" "XREAD" "XREADGROUP" "XREVRANGE" "XSETID" "XTRIM" "ZADD" "ZCARD" "ZCOUNT" "ZDIFF"
    "ZDIFFSTORE" "ZINCRBY" "ZINTER" "ZINTERCARD" "ZINTERSTORE" "ZLEXCOUNT" "ZMPOP" "ZMSCORE" "ZPOPMAX" "ZPOPMIN"
    "ZRANDMEMBER" "ZRANGE" "ZRANGEBYLEX" "ZRANGEBYSCORE" "ZRANGESTORE" "ZRANK" "ZREM" "ZREMRANGEBYLEX"
    "ZREMRANGEBYRANK" "ZREMRANGEBYSCORE" "ZREVRANGE" "ZREVRANGEBYLEX" "ZREVRANGEBYSCORE" "ZREVRANK" "ZSCAN"
    "ZSCORE" "ZUNION" "ZUNIONSTORE" "acl" "append" "asking" "auth" "bgrewriteaof" "bgsave" "bitcount" "bitfield"
    "bitfield_ro" "bitop" "bitpos" "blmove" "blmpop" "blpop" "brpop" "brpoplpush" "bzmpop" "bzpopmax" "bzpopmin"
    "client" "cluster" "clusterscan" "command" "commandlog" "config" "copy" "dbsize" "debug" "decr" "decrby"
    "del" "delex" "delifeq" "digest" "discard" "dump" "echo" "eval" "eval_ro" "evalsha" "evalsha_ro" "exec"
    "exists" "expire" "expireat" "expiretime" "failover" "fcall" "fcall_ro" "flushall" "flushdb" "function"
    "geoadd" "geodist" "geohash" "geopos" "georadius" "georadius_ro" "georadiusbymember" "georadiusbymember_ro"
    "geosearch" "geosearchstore" "get" "getbit" "getdel" "getex" "getrange" "getset" "hdel" "hello" "hexists"
    "hexpire" "hexpireat" "hexpiretime" "hget" "hgetall" "hgetdel" "hgetex" "hincrby" "hincrbyfloat" "hkeys"
    "hlen" "hmget" "hmset" "hotkeys" "hpersist" "hpexpire" "hpexpireat" "hpexpiretime" "hpttl" "hrandfield"
    "hscan" "hset" "hsetex" "hsetnx" "hstrlen" "httl" "hvals" "incr" "incrby" "incrbyfloat" "info" "keys"
    "lastsave" "latency" "lcs" "lindex" "linsert" "llen" "lmove" "lmpop" "lolwut" "lpop" "lpos" "lpush" "lpushx"
    "lrange" "lrem" "lset" "ltrim" "memory" "mget" "migrate" "module" "monitor" "move" "mset" "msetex" "msetnx"
    "multi" "object" "persist" "pexpire" "pexpireat" "pexpiretime" "pfadd" "pfcount" "pfdebug" "pfmerge"
    "pfselftest" "ping" "psetex" "psubscribe" "psync" "pttl" "publish" "pubsub" "punsubscribe" "quit" "randomkey"
    "readonly" "readwrite" "rename" "renamenx" "replconf" "replicaof" "reset" "restore" "restore-asking" "role"
    "rpop" "rpoplpush" "rpush" "rpushx" "sadd" "save" "scan" "scard" "script" "sdiff" "sdiffstore" "select" "set"
    "setbit" "setex" "setnx" "setrange" "shutdown" "sinter" "sintercard" "sinterstore" "sismember" "slaveof"
    "slowlog" "smembers" "smismember" "smove" "sort" "sort_ro" "spop" "spublish" "srandmember" "srem" "sscan"
    "ssubscribe" "strlen" "subscribe" "substr" "sunion" "sunionstore" "sunsubscribe" "swapdb" "sync" "time"
    "touch" "trimslots" "ttl" "type" "unlink" "unsubscribe" "unwatch" "vadd" "vcard" "vdim" "vemb" "vgetattr"
    "vinfo" "vismember" "vlinks" "vrandmember" "vrange" "vrem" "vsetattr" "vsim" "wait" "waitaof" "watch" "xack"
    "xackdel" "xadd" "xautoclaim" "xcfgset" "xclaim" "xdel" "xdelex" "xgroup" "xidmprecord" "xinfo" "xlen"
    "xpending" "xrange" "xread" "xreadgroup" "xrevrange" "xsetid" "xtrim" "zadd" "zcard" "zcount" "zdiff"
    "zdiffstore" "zincrby" "zinter" "zintercard" "zinterstore" "zlexcount" "zmpop" "zmscore" "zpopmax" "zpopmin"
    "zrandmember" "zrange" "zrangebylex" "zrangebyscore" "zrangestore" "zrank" "zrem" "zremrangebylex"
    "zremrangebyrank" "zremrangebyscore" "zrevrange" "zrevrangebylex" "zrevrangebyscore" "zrevrank" "zscan"
    "zscore" "zunion" "zunionstore"))

; Options and subcommands are words of their own.
(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    (_)
    (string
      content: (string_content) @constant.builtin))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @constant.builtin
    "ABORT" "ABSTTL" "ACK" "ACKED" "ACLCAT" "ADDR" "ADDSLOTS" "ADDSLOTSRANGE" "AFTER" "AGGREGATE" "ALL" "ALPHA"
    "AND" "ANDOR" "ANY" "APPEND" "ARGS" "ASC" "ASYNC" "AUTH" "AUTH2" "BCAST" "BEFORE" "BIN" "BIT" "BLOCK"
    "BUMPEPOCH" "BY" "BYBOX" "BYLEX" "BYPOLYGON" "BYRADIUS" "BYSCORE" "BYTE" "CACHING" "CANCEL"
    "CANCELSLOTMIGRATIONS" "CAPA" "CAS" "CAT" "CH" "CHANNELS" "CLAIM" "CONF" "CONFIG" "CONSUMERS" "COPY" "COUNT"
    "COUNT-FAILURE-REPORTS" "COUNTKEYSINSLOT" "CPU" "CREATE" "CREATECONSUMER" "DB" "DEBUG" "DELCONSUMER" "DELETE"
    "DELREF" "DELSLOTS" "DELSLOTSRANGE" "DELUSER" "DESC" "DESTROY" "DIFF" "DIFF1" "DOCS" "DOCTOR" "DRYRUN" "DUMP"
    "DURATION" "EF" "ELE" "ENCODING" "ENTRIESADDED" "ENTRIESREAD" "EPSILON" "ERROR" "EX" "EXAT" "EXISTS" "FAIL"
    "FAILOVER" "FIELDS" "FILTER" "FILTER-EF" "FILTERBY" "FLAGS" "FLUSH" "FLUSHSLOT" "FLUSHSLOTS" "FNX" "FORCE"
    "FORGET" "FP32" "FREQ" "FROMLONLAT" "FROMMEMBER" "FT" "FULL" "FXX" "GENPASS" "GET" "GETKEYS"
    "GETKEYSANDFLAGS" "GETKEYSINSLOT" "GETNAME" "GETREDIR" "GETSLOTMIGRATIONS" "GETUSER" "GRAPH" "GROUP" "GROUPS"
    "GT" "HARD" "HELP" "HISTOGRAM" "HISTORY" "ID" "IDLE" "IDLETIME" "IDMP" "IDMP-DURATION" "IDMP-MAXSIZE"
    "IDMPAUTO" "IDS" "IDX" "IFDEQ" "IFDNE" "IFEQ" "IFNE" "IMPORT" "IMPORT-SOURCE" "IMPORTING" "INCR" "INCRBY"
    "INFO" "IP" "JUSTID" "KEEPREF" "KEEPTTL" "KEYS" "KEYSLOT" "KILL" "KM" "LADDR" "LARGE-REPLY" "LARGE-REQUEST"
    "LASTID" "LATEST" "LEFT" "LEN" "LIB-NAME" "LIB-VER" "LIBRARYNAME" "LIMIT" "LINKS" "LIST" "LOAD" "LOADEX"
    "LOG" "LT" "M" "MALLOC-STATS" "MASTER" "MATCH" "MAX" "MAXAGE" "MAXDELETEDID" "MAXLEN" "MEET" "METRICS" "MI"
    "MIGRATESLOTS" "MIGRATING" "MIGRATION" "MIN" "MINID" "MINMATCHLEN" "MKSTREAM" "MODULE" "MYID" "MYSHARDID"
    "NAME" "NET" "NO" "NO-EVICT" "NO-TOUCH" "NOACK" "NODE" "NODES" "NOLOOP" "NOMKSTREAM" "NOQUANT" "NORMAL"
    "NOSAVE" "NOSCORES" "NOT" "NOT-ADDR" "NOT-CAPA" "NOT-DB" "NOT-FLAGS" "NOT-ID" "NOT-IP" "NOT-LADDR"
    "NOT-LIB-NAME" "NOT-LIB-VER" "NOT-NAME" "NOT-TYPE" "NOT-USER" "NOTHREAD" "NOVALUES" "NOW" "NUMPAT" "NUMSUB"
    "NX" "OFF" "ON" "ONE" "OPTIN" "OPTOUT" "OR" "ORDERBY" "OVERFLOW" "PATTERN" "PAUSE" "PERSIST" "PREFIX"
    "PRIMARY" "PUBSUB" "PURGE" "PX" "PXAT" "Q8" "RANGES" "RANK" "RAW" "RDBCHANNEL" "REDIRECT" "REDUCE" "REFCOUNT"
    "REPLACE" "REPLICA" "REPLICAS" "REPLICATE" "REPLY" "RESET" "RESETSTAT" "RESTORE" "RETRYCOUNT" "REV" "REWRITE"
    "RIGHT" "SAFE" "SAMPLE" "SAMPLES" "SAT" "SAVE" "SAVECONFIG" "SCHEDULE" "SET" "SET-CONFIG-EPOCH" "SETATTR"
    "SETID" "SETINFO" "SETNAME" "SETSLOT" "SETUSER" "SHARDCHANNELS" "SHARDNUMSUB" "SHARDS" "SHOW" "SKIP" "SKIPME"
    "SLAVE" "SLAVES" "SLOT" "SLOT-STATS" "SLOTS" "SLOTSRANGE" "SLOW" "SNAPSHOT-EOF" "SOFT" "STABLE" "START"
    "STATS" "STATUS" "STOP" "STORE" "STOREDIST" "STREAM" "STREAM-EOF" "STREAMS" "SUM" "SYNC" "SYNCSLOTS"
    "TAKEOVER" "TIME" "TIMEOUT" "TO" "TRACKING" "TRACKINGINFO" "TRUTH" "TYPE" "UNBLOCK" "UNLOAD" "UNPAUSE"
    "USAGE" "USER" "USERS" "VALUES" "VERSION" "WEIGHTS" "WHOAMI" "WITHATTRIBS" "WITHCODE" "WITHCOORD" "WITHDIST"
    "WITHHASH" "WITHMATCHLEN" "WITHSCORE" "WITHSCORES" "WITHVALUES" "WRAP" "WRITE" "XOR" "XX" "YES" "abort"
    "absttl" "ack" "acked" "aclcat" "addr" "addslots" "addslotsrange" "after" "aggregate" "all" "alpha" "and"
    "andor" "any" "append" "args" "asc" "async" "auth" "auth2" "bcast" "before" "bin" "bit" "block" "bumpepoch"
    "by" "bybox" "bylex" "bypolygon" "byradius" "byscore" "byte" "caching" "cancel" "cancelslotmigrations" "capa"
    "cas" "cat" "ch" "channels" "claim" "conf" "config" "consumers" "copy" "count" "count-failure-reports"
    "countkeysinslot" "cpu" "create" "createconsumer" "db" "debug" "delconsumer" "delete" "delref" "delslots"
    "delslotsrange" "deluser" "desc" "destroy" "diff" "diff1" "docs" "doctor" "dryrun" "dump" "duration" "ef"
    "ele" "encoding" "entriesadded" "entriesread" "epsilon" "error" "ex" "exat" "exists" "fail" "failover"
    "fields" "filter" "filter-ef" "filterby" "flags" "flush" "flushslot" "flushslots" "fnx" "force" "forget"
    "fp32" "freq" "fromlonlat" "frommember" "ft" "full" "fxx" "genpass" "get" "getkeys" "getkeysandflags"
    "getkeysinslot" "getname" "getredir" "getslotmigrations" "getuser" "graph" "group" "groups" "gt" "hard"
    "help" "histogram" "history" "id" "idle" "idletime" "idmp" "idmp-duration" "idmp-maxsize" "idmpauto" "ids"
    "idx" "ifdeq" "ifdne" "ifeq" "ifne" "import" "import-source" "importing" "incr" "incrby" "info" "ip" "justid"
    "keepref" "keepttl" "keys" "keyslot" "kill" "km" "laddr" "large-reply" "large-request" "lastid" "latest"
    "left" "len" "lib-name" "lib-ver" "libraryname" "limit" "links" "list" "load" "loadex" "log" "lt" "m"
    "malloc-stats" "master" "match" "max" "maxage" "maxdeletedid" "maxlen" "meet" "metrics" "mi" "migrateslots"
    "migrating" "migration" "min" "minid" "minmatchlen" "mkstream" "module" "myid" "myshardid" "name" "net" "no"
    "no-evict" "no-touch" "noack" "node" "nodes" "noloop" "nomkstream" "noquant" "normal" "nosave" "noscores"
    "not" "not-addr" "not-capa" "not-db" "not-flags" "not-id" "not-ip" "not-laddr" "not-lib-name" "not-lib-ver"
    "not-name" "not-type" "not-user" "nothread" "novalues" "now" "numpat" "numsub" "nx" "off" "on" "one" "optin"
    "optout" "or" "orderby" "overflow" "pattern" "pause" "persist" "prefix" "primary" "pubsub" "purge" "px"
    "pxat" "q8" "ranges" "rank" "raw" "rdbchannel" "redirect" "reduce" "refcount" "replace" "replica" "replicas"
    "replicate" "reply" "reset" "resetstat" "restore" "retrycount" "rev" "rewrite" "right" "safe" "sample"
    "samples" "sat" "save" "saveconfig" "schedule" "set" "set-config-epoch" "setattr" "setid" "setinfo" "setname"
    "setslot" "setuser" "shardchannels" "shardnumsub" "shards" "show" "skip" "skipme" "slave" "slaves" "slot"
    "slot-stats" "slots" "slotsrange" "slow" "snapshot-eof" "soft" "stable" "start" "stats" "status" "stop"
    "store" "storedist" "stream" "stream-eof" "streams" "sum" "sync" "syncslots" "takeover" "time" "timeout" "to"
    "tracking" "trackinginfo" "truth" "type" "unblock" "unload" "unpause" "usage" "user" "users" "values"
    "version" "weights" "whoami" "withattribs" "withcode" "withcoord" "withdist" "withhash" "withmatchlen"
    "withscore" "withscores" "withvalues" "wrap" "write" "xor" "xx" "yes"))

; What the sandbox has and plain Lua has not.
((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "bit")
  (#any-of? @function.builtin
    "arshift" "band" "bnot" "bor" "bswap" "bxor" "lshift" "rol" "ror" "rshift" "tobit" "tohex"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "cjson")
  (#any-of? @function.builtin
    "decode" "decode_array_with_array_mt" "decode_invalid_numbers" "decode_max_depth" "encode"
    "encode_invalid_numbers" "encode_keep_buffer" "encode_max_depth" "encode_number_precision"
    "encode_sparse_array" "new"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @constant.builtin)
  (#eq? @module.builtin "cjson")
  (#any-of? @constant.builtin
    "_NAME" "_VERSION" "null"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "cmsgpack")
  (#any-of? @function.builtin
    "pack" "unpack" "unpack_limit" "unpack_one"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @constant.builtin)
  (#eq? @module.builtin "cmsgpack")
  (#any-of? @constant.builtin
    "_COPYRIGHT" "_DESCRIPTION" "_NAME" "_VERSION"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "redis")
  (#any-of? @function.builtin
    "acl_check_cmd" "breakpoint" "call" "debug" "error_reply" "log" "pcall" "register_function"
    "replicate_commands" "set_repl" "setresp" "sha1hex" "status_reply"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @constant.builtin)
  (#eq? @module.builtin "redis")
  (#any-of? @constant.builtin
    "LOG_DEBUG" "LOG_NOTICE" "LOG_VERBOSE" "LOG_WARNING" "REDIS_VERSION" "REDIS_VERSION_NUM" "REPL_ALL"
    "REPL_AOF" "REPL_NONE" "REPL_REPLICA" "REPL_SLAVE" "SERVER_NAME" "VALKEY_VERSION" "VALKEY_VERSION_NUM"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "server")
  (#any-of? @function.builtin
    "acl_check_cmd" "breakpoint" "call" "debug" "error_reply" "log" "pcall" "register_function"
    "replicate_commands" "set_repl" "setresp" "sha1hex" "status_reply"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @constant.builtin)
  (#eq? @module.builtin "server")
  (#any-of? @constant.builtin
    "LOG_DEBUG" "LOG_NOTICE" "LOG_VERBOSE" "LOG_WARNING" "REDIS_VERSION" "REDIS_VERSION_NUM" "REPL_ALL"
    "REPL_AOF" "REPL_NONE" "REPL_REPLICA" "REPL_SLAVE" "SERVER_NAME" "VALKEY_VERSION" "VALKEY_VERSION_NUM"))

((dot_index_expression
  table: (identifier) @module.builtin
  field: (identifier) @function.builtin)
  (#eq? @module.builtin "struct")
  (#any-of? @function.builtin
    "pack" "size" "unpack"))

((identifier) @variable.builtin
  (#any-of? @variable.builtin "KEYS" "ARGV"))

; Comments that say something: what a key is, what may be overlooked, examples.
((comment
  content: (comment_content) @comment.documentation)
  (#match? @comment.documentation "^-*\\s*(KEYS|ARGV)\\[\\d+\\]"))

((comment
  content: (comment_content) @keyword.directive)
  (#match? @keyword.directive "^-*\\s*(redlua:|[@#]include\\s|\\$include\\()"))

((comment
  content: (comment_content) @markup.raw)
  (#match? @markup.raw "^[>=] "))
