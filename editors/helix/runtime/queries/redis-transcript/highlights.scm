; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; Transcripts of Redis. No two patterns are for one node, so editors need not agree on which of them would hold.

(comment) @comment

(mark) @keyword.operator

; A name that no server knows has no colour.
((command_name) @function.builtin.write
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

((command_name) @function.builtin.read
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

; Options and subcommands, in upper case alone: in lower case many of them are names of keys and fields.
((word) @constant.builtin
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
    "WITHHASH" "WITHMATCHLEN" "WITHSCORE" "WITHSCORES" "WITHVALUES" "WRAP" "WRITE" "XOR" "XX" "YES"))

; The script that an example stands in.
(script) @variable.builtin

(number) @constant.numeric

(string_double) @string

(string_single) @string

(escape) @constant.character.escape

(index) @markup.list.numbered

(arrow) @punctuation.delimiter

(type) @type.builtin

(boolean) @constant.builtin.boolean

[
  (nil)
  (empty)
] @constant.builtin

((status) @constant.builtin
  (#any-of? @constant.builtin "OK" "QUEUED" "PONG"))

(error_code) @error

[
  (unclosed_string)
  (unexpected)
] @error
