-- reset.lua - empty a scope: a partition's tag names a version that its journal does not have
-- (docs/protocol.md, RESET).  All tags go, so every partition pushes again from ''.
--
-- KEYS  1 tags   2 index   3 asof   4 changes
-- ARGV  1 partition   2 how its tag began when it was read   3 how long it was   4 now, ms
-- ->    OK | MISMATCH tag
local tags, index, asof, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local tag = redis.call('HGET', tags, ARGV[1]) or ''
if tag == '' or #tag ~= tonumber(ARGV[3]) or tag:sub(1, #ARGV[2]) ~= ARGV[2] then return {'MISMATCH', tag} end
local names = redis.call('SMEMBERS', index) -- all of this slot: the index names keys of its scope only
redis.call('HDEL', asof, 'complete') -- partial, also when the script is cut off; no memory is needed for it
for i = 1, #names do
  redis.call('UNLINK', names[i])
  if i == 1 then redis.call('HSET', tags, ARGV[1], '!reset') end -- cut off from here on: a tag that nobody knows
end
redis.call('UNLINK', tags, index)
local fields = redis.call('HKEYS', asof)
for i = 1, #fields do
  if fields[i]:sub(1, 9) == 'overflow:' then redis.call('HDEL', asof, fields[i]) end
end
local old = tonumber(redis.call('HGET', asof, 'version') or '0')
local version = string.format('%.0f', math.max(old + 1, tonumber(ARGV[4])))
redis.call('HSET', asof, 'complete', '0', 'version', version, 'updated', ARGV[4])
redis.call('XADD', changes, 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', '*')
return {'OK'}
