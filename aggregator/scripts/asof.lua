-- asof.lua - what a scope says of itself; put before each script that writes a scope (push.lua,
-- tell.lua, reset.lua, swap.lua).
--
-- A script that Redis had lost may come back by half, into the history before the scripts that came
-- after it (docs/protocol.md, rule 21).  So `complete` is only ever added to: what makes it -1 or
-- lower before all other writes of a script, what it takes after them.  `whole` is set to the
-- same.  Where they differ half a script lies in between, and the scope is emptied (RESET).  A whole
-- one may come back as well, when nothing but its EXEC was cut: `runs` is added to and `ran` is set,
-- to the same.  Where anything differs nothing is written but by RESET: it could make the two
-- equal again.
local function asof_read(key)
  local flat, known = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do known[flat[i]] = flat[i + 1] end
  return known
end

-- '1' or '0'; a scope that an older version pushed has no `whole`.
local function asof_whole(known)
  return known.whole or (known.complete == '1' and '1' or '0')
end

local function asof_is_torn(known)
  return (known.complete or '0') ~= asof_whole(known) or known.runs ~= known.ran
end

local function asof_risen(known, now)
  return string.format('%.0f', math.max(tonumber(known.version or '0') + 1, tonumber(now)))
end

local function asof_next_run(number) return string.format('%.0f', tonumber(number or '0') + 1) end

local function asof_add_complete(key, n)
  if n ~= 0 then redis.call('HINCRBY', key, 'complete', string.format('%.0f', n)) end
end

-- How many partitions there are: who knows of more is right, whoever asks.
local function asof_partitions(known, partitions)
  return math.max(tonumber(partitions), tonumber(known.partitions or '0'))
end

-- '1' when every partition has its share in, all of one day, each was read to an end that it had
-- since the scope was last emptied (`through`), and no total is out of range.
local function asof_completeness(known, tags, partitions, day)
  if not known.through then return '0' end
  local all = redis.call('HGETALL', tags)
  if #all ~= 2 * asof_partitions(known, partitions) then return '0' end
  for i = 2, #all, 2 do
    if all[i]:match('^%x+%.%d+@(%d+%-%d+%-%d+)$') ~= day then return '0' end
  end
  for name in pairs(known) do
    if name:sub(1, 9) == 'overflow:' then return '0' end
  end
  return '1'
end

-- The scope is whole now, or is no longer, and no total has changed: say so.
local function asof_turn(key, known, whole, day, now)
  local n = tonumber(whole) - tonumber(asof_whole(known))
  if n < 0 then asof_add_complete(key, n) end
  redis.call('HSET', key, 'day', day, 'updated', now, 'whole', whole,
    'version', asof_risen(known, now), 'ran', asof_next_run(known.ran))
  redis.call('HINCRBY', key, 'runs', '1')
  if n > 0 then asof_add_complete(key, n) end
end

