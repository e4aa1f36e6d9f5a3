redis-cli EVAL "return redis.call('GET', KEYS[1])" 1 k
~                                  ^^^ support.function.command
~                                                  ^ constant.numeric !string.quoted
redis-cli --eval /dev/stdin <<'EOF'
local n = redis.call('GET', KEYS[1])
~                     ^^^ support.function.command.read.redlua
EOF
echo 'redis'
~^^^ support.function !meta.embedded
