-- Takes from each bucket what a process spent, and tells what it then holds; before all that how many processes told something in the last seconds.
-- KEYS[1] the processes; KEYS[2..] the buckets. ARGV: own id, seconds for which a process counts; then of each bucket points spent, most, rate.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], 60000)
local found = {tostring(redis.call('ZCARD', KEYS[1]))}
for i = 2, #KEYS do
  local spent, most, rate = tonumber(ARGV[3 * i - 3]), tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local known = redis.call('HMGET', KEYS[i], 'level', 'at')
  local level, at = tonumber(known[1]) or most, tonumber(known[2]) or now
  level = math.min(most, level + math.max(0, now - at) * rate)
  level = math.max(-most, level - spent)
  redis.call('HSET', KEYS[i], 'level', tostring(level), 'at', tostring(now))
  redis.call('PEXPIRE', KEYS[i], math.ceil((most - level) / rate * 1000) + 1000)
  found[i] = tostring(level)
end
return found
