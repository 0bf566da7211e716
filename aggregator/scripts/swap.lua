-- swap.lua - put a scope as it was counted again in the place of the scope that readers see
-- (docs/protocol.md, SWAP).  Both lie in one hash slot, under two prefixes: every hash and ranking
-- is renamed, which copies nothing.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5..8 the same of the new scope
--       9.. keys of the scope that its index does not name
-- ARGV  1 now, ms   2 day   3 prefix   4 prefix of the new scope
--       5 n, then n times: partition, its tag in the new scope
-- ->    OK | REFUSED why: the new scope is not what it is said to be
--
-- Cut off anywhere, or come back by half or whole, it is seen, as in push.lua (rule 21),
-- and the index names whatever lies there: the next RESET finishes.  Names are only added to the index.
local call = redis.call
local tags, index, asof, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local n = tonumber(ARGV[5])
local SLICE = 4000

local function hash_of(key)
  local flat, hash = call('HGETALL', key), {}
  for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
  return hash, #flat / 2
end
local function are_wanted(key)
  local have, count = hash_of(key)
  for i = 1, n do
    if have[ARGV[4 + 2 * i]] ~= ARGV[5 + 2 * i] then return false end
  end
  return count == n
end

if are_wanted(tags) then return {'OK'} end -- the same again: its reply was lost
if not are_wanted(KEYS[5]) then return {'REFUSED', 'its tags are others'} end
local new = hash_of(KEYS[7])
if new.complete ~= '1' then return {'REFUSED', 'it is not complete'} end
if new.day ~= ARGV[2] then return {'REFUSED', 'it is of another day'} end

local known = hash_of(asof)
local complete = tonumber(known.complete or '0')
local from, to, stays = call('SMEMBERS', KEYS[6]), {}, {}
for i = 1, #from do
  to[i] = ARGV[3] .. from[i]:sub(#ARGV[4] + 1)
  stays[to[i]] = true
end
local gone = {}
local function let_go(name)
  if not stays[name] then gone[#gone + 1] = name end
end
local old = call('SMEMBERS', index)
for i = 1, #old do let_go(old[i]) end
for i = 9, #KEYS do let_go(KEYS[i]) end

local function call_in_slices(name, list, ...)
  for first = 1, #list, SLICE do
    local slice = {...}
    for i = first, math.min(#list, first + SLICE - 1) do slice[#slice + 1] = list[i] end
    call(name, unpack(slice))
  end
end

call('UNLINK', KEYS[5], KEYS[7]) -- first: what half of this has left, come back, is never swapped in again
local first = math.max(1, complete + 1) -- below 0 at once, as in reset.lua
call('HINCRBY', asof, 'complete', string.format('%.0f', -first))
call_in_slices('SADD', to, index)
call_in_slices('UNLINK', gone)
for i = 1, #from do
  call('UNLINK', to[i]) -- RENAME would free what it replaces while everybody waits
  if call('EXISTS', from[i]) == 1 then call('RENAME', from[i], to[i]) end
end
call('UNLINK', KEYS[6], KEYS[8])
for field in pairs(known) do
  if field:sub(1, 9) == 'overflow:' then call('HDEL', asof, field) end
end
local version = string.format('%.0f', math.max(tonumber(known.version or '0') + 1, tonumber(ARGV[1])))
call('XADD', changes, 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', '*')
call('UNLINK', tags)
call('HSET', tags, unpack(ARGV, 6, 5 + 2 * n)) -- all at once
call('HSET', asof, 'day', ARGV[2], 'updated', ARGV[1], 'version', version, 'whole', '1',
  'ran', string.format('%.0f', tonumber(known.runs or '0') + 1))
call('HINCRBY', asof, 'runs', '1')
call('HINCRBY', asof, 'complete', string.format('%.0f', 1 + first - complete))
return {'OK'}
