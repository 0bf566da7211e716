-- swap.lua - put a scope as it was counted again in the place of the scope that readers see
-- (docs/protocol.md, SWAP).  Both lie in one hash slot, under two prefixes: every hash and ranking
-- is renamed, which copies nothing.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5 told   6..10 the same of the new scope
--       11.. keys of the scope that its index does not name
-- ARGV  1 now, ms   2 day   3 prefix   4 prefix of the new scope
--       5 n, then n times: partition, its tag in the new scope, the `through` that it brings along
--       (0: none), and up to where it is read
-- ->    OK | REFUSED why: the new scope is not what it is said to be
--
-- Cut off anywhere, or come back by half or whole, it is seen (rule 21), and the index names
-- whatever lies there: the next RESET finishes.  Names are only added to the index.
local call = redis.call
local tags, index, asof, changes, told = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local new_tags, new_index, new_asof, new_changes, new_told = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local n = tonumber(ARGV[5])
local SLICE = 4000

local function are_wanted(key)
  local have, count = call('HGETALL', key), 0
  local tag_of = {}
  for i = 1, #have, 2 do
    tag_of[have[i]] = have[i + 1]
    count = count + 1
  end
  for i = 0, n - 1 do
    if tag_of[ARGV[6 + 4 * i]] ~= ARGV[7 + 4 * i] then return false end
  end
  return count == n
end

if are_wanted(tags) then return {'OK'} end -- the same again: its reply was lost
if not are_wanted(new_tags) then return {'REFUSED', 'its tags are others'} end
local new = asof_read(new_asof)
if asof_is_torn(new) then return {'REFUSED', 'half a script lies in its history'} end
if new.day ~= ARGV[2] then return {'REFUSED', 'it is of another day'} end
for field in pairs(new) do
  if field:sub(1, 9) == 'overflow:' then return {'REFUSED', 'a total is out of range'} end
end

local through, least = {}, nil -- what was told of each, of the scope as it was or of the new one
local flat = call('HGETALL', new_told)
for i = 1, #flat, 2 do through[flat[i]] = tonumber(flat[i + 1]:match('^(%d+)/')) end
local last_tags, last_told = {}, {}
for i = 0, n - 1 do
  local name = ARGV[6 + 4 * i]
  local ms = math.max(through[name] or 0, tonumber(ARGV[8 + 4 * i]))
  least = math.min(least or ms, ms)
  last_tags[#last_tags + 1], last_told[#last_told + 1] = name, name
  last_tags[#last_tags + 1] = ARGV[7 + 4 * i]
  last_told[#last_told + 1] = string.format('%.0f/', ms) .. ARGV[9 + 4 * i]
end
local whole = (least or 0) > 0 and '1' or '0'

local known = asof_read(asof)
local complete = tonumber(known.complete or '0')
local from, to, stays = call('SMEMBERS', new_index), {}, {}
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
for i = 11, #KEYS do let_go(KEYS[i]) end

local function call_in_slices(name, list, ...)
  for first = 1, #list, SLICE do
    local slice = {...}
    for i = first, math.min(#list, first + SLICE - 1) do slice[#slice + 1] = list[i] end
    call(name, unpack(slice))
  end
end

call('UNLINK', new_tags, new_asof) -- first: what half of this has left, come back, is never swapped in again
local first = math.max(1, complete + 1) -- below 0 at once, as in reset.lua
asof_add_complete(asof, -first)
call_in_slices('SADD', to, index)
call_in_slices('UNLINK', gone)
for i = 1, #from do
  call('UNLINK', to[i]) -- RENAME would free what it replaces while everybody waits
  if call('EXISTS', from[i]) == 1 then call('RENAME', from[i], to[i]) end
end
call('UNLINK', new_index, new_changes, new_told)
for field in pairs(known) do
  if field:sub(1, 9) == 'overflow:' then call('HDEL', asof, field) end
end
local version = asof_risen(known, ARGV[1])
call('XADD', changes, 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', '*')
call('UNLINK', tags, told)
call('HDEL', asof, 'through')
call('HSET', tags, unpack(last_tags)) -- all at once
call('HSET', told, unpack(last_told))
if whole == '1' then call('HSET', asof, 'through', string.format('%.0f', least)) end
call('HSET', asof, 'day', ARGV[2], 'updated', ARGV[1], 'version', version, 'whole', whole,
  'partitions', string.format('%d', n), 'ran', asof_next_run(known.runs))
call('HINCRBY', asof, 'runs', '1')
asof_add_complete(asof, tonumber(whole) + first - complete)
return {'OK'}
