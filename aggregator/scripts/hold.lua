-- hold.lua - keep a partition's journal as it is for a while (docs/protocol.md, HOLD): `hold` in
-- its meta, which ends by itself (held.lua).
--
-- KEYS  meta, or the key of a lease
-- ARGV  1 id; '' only looks   2 for how long, ms; 0 ends it   3 the ver that is to be held, or '*'
-- ->    OK ver | HELD ms, by somebody else, or by anybody for who only looks | FENCED ver
local have = redis.call('HMGET', KEYS[1], 'ver', 'hold')
local ver, hold, now = have[1] or '', have[2] or '', held_now()
local left, by = held_left(hold, now), hold:match('^%d+ (.*)$')
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
