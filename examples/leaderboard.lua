-- Keeps a player's best score and tells the rank, from 1.
--
-- KEYS[1] the leaderboard
-- ARGV[1] the player
-- ARGV[2] the score
--
--> EVAL . 1 board ann 10
--= (integer) 1
--> EVAL . 1 board bob 20
--= (integer) 1
--> EVAL . 1 board ann 5
--= (integer) 2
--> ZSCORE board ann
--= "10"

redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
return redis.call('ZREVRANK', KEYS[1], ARGV[1]) + 1
