-- reset.lua - empty a scope: a partition's tag names a version that its journal does not have, or
-- half a script lies in the scope's history (docs/protocol.md, RESET and rule 21).  All tags go, so
-- every partition pushes again from ''.  Cut off anywhere, `complete` is not what `whole` is, and the
-- next RESET finishes; one that comes back whole makes `runs` other than `ran`.  The index stays: half
-- a PUSH that comes into the history later may have named a key there that nobody else knows.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5 told
-- ARGV  1 partition   2 how its tag began when it was read   3 how long it was   4 now, ms
--       A scope with a script, or half of one, in its history that nobody saw is emptied whatever the tag.
-- ->    OK | MISMATCH tag
local tags, index, asof, changes, told = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local tag = redis.call('HGET', tags, ARGV[1]) or ''
local known = asof_read(asof)
local torn = asof_is_torn(known)
if not torn and (tag == '' or #tag ~= tonumber(ARGV[3]) or tag:sub(1, #ARGV[2]) ~= ARGV[2]) then
  return {'MISMATCH', tag}
end
local names = redis.call('SMEMBERS', index) -- all of this slot: the index names keys of its scope only
local overflows = {'overflow:' .. ARGV[1]}
for field in pairs(known) do
  if field:sub(1, 9) == 'overflow:' then overflows[#overflows + 1] = field end
end
-- Below 0 at once: where a whole script has come back it may be 2, and one lower would say complete.
local complete = tonumber(known.complete or '0')
local first = math.max(1, complete + 1)
local version = asof_risen(known, ARGV[4])
redis.call('HDEL', asof, unpack(overflows)) -- needs no memory, and then a full Redis lets the rest pass, too
asof_add_complete(asof, -first)
for i = 1, #names do redis.call('UNLINK', names[i]) end
redis.call('UNLINK', tags, told)
redis.call('HDEL', asof, 'through')
redis.call('XADD', changes, 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', '*')
redis.call('HSET', asof, 'whole', '0', 'version', version, 'updated', ARGV[4], 'ran', asof_next_run(known.runs))
redis.call('HINCRBY', asof, 'runs', '1')
asof_add_complete(asof, first - complete)
return {'OK'}
