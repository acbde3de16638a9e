-- Notes how many a process has open of each name, and tells how many all other processes have that were heard of lately.
-- KEYS[1] the processes, each with the time until which it counts; KEYS[2..] for each name the counts by process. ARGV: own id, seconds for which it counts, the counts.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 60000)
local living, found = {}, {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do living[id] = true end
for i = 2, #KEYS do
  local count, others = tonumber(ARGV[i + 1]), 0
  local known = redis.call('HGETALL', KEYS[i])
  for k = 1, #known, 2 do
    if not living[known[k]] then
      redis.call('HDEL', KEYS[i], known[k])
    elseif known[k] ~= ARGV[1] then
      others = others + tonumber(known[k + 1])
    end
  end
  if count > 0 then
    redis.call('HSET', KEYS[i], ARGV[1], count)
    redis.call('PEXPIRE', KEYS[i], 60000)
  else
    redis.call('HDEL', KEYS[i], ARGV[1])
  end
  found[i - 1] = others
end
return found
