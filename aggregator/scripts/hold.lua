-- hold.lua - keep a partition's journal as it is for a while (docs/protocol.md, HOLD): `hold` in
-- its meta is "<until, ms> <id>".  It ends by itself, by the clock of this Redis alone; one that
-- would end later than any hold may comes from another clock, and is none.
--
-- KEYS  meta, or the key of a lease
-- ARGV  1 id; '' only looks   2 for how long, ms; 0 ends it   3 the ver that is to be held, or '*'
-- ->    OK ver | HELD ms, by somebody else, or by anybody for who only looks | FENCED ver
local MOST = 60000
local have = redis.call('HMGET', KEYS[1], 'ver', 'hold')
local ver, ends, by = have[1] or '', (have[2] or ''):match('^(%d+) (.*)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = (tonumber(ends) or 0) - now
if left > MOST then left = 0 end
if left > 0 and by ~= ARGV[1] then return {'HELD', string.format('%.0f', left)} end
if ARGV[1] == '' then
  if have[2] then redis.call('HDEL', KEYS[1], 'hold') end -- it has ended
  return {'OK', ver}
end
if ARGV[2] == '0' then
  if have[2] then redis.call('HDEL', KEYS[1], 'hold') end
  return {'OK', ver}
end
if ARGV[3] ~= '*' and ARGV[3] ~= ver then return {'FENCED', ver} end
redis.call('HSET', KEYS[1], 'hold', string.format('%.0f ', now + tonumber(ARGV[2])) .. ARGV[1])
return {'OK', ver}
