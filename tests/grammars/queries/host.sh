redis-cli EVAL "return redis.call('GET', KEYS[1])" 1 k
~               ^^^^^^^^^^^^ lua
redis-cli --eval /dev/stdin <<'EOF'
local n = redis.call('GET', KEYS[1])
~^^^^^^^^^^^^^^^^ lua
EOF
