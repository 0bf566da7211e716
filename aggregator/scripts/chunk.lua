-- chunk.lua - write one chunk of a generation that is not the journal yet (docs/protocol.md, CHUNK).
-- meta's writing and written say which generation lies beside the journal and how many chunks it
-- has: a new one begins only when the one before has been swept up.  They are written first: half of
-- this leaves a name too many, and no chunk that nobody knows.
--
-- KEYS  meta, chunk
-- ARGV  1 ver   2 generation   3 number of the chunk, from 0   4 its bytes
-- ->    OK | FENCED ver | HELD ms | MOVED writing written
local have = redis.call('HMGET', KEYS[1], 'ver', 'writing', 'written', 'hold', 'sweep')
local writing, written = have[2] or '', have[3] or '0'
if have[1] ~= ARGV[1] then return {'FENCED', have[1] or ''} end
if have[4] then -- a rebuild holds the partition
  local left = held_left(have[4], held_now())
  if left > 0 then return {'HELD', string.format('%.0f', left)} end
end
if have[5] == ARGV[2] then return {'MOVED', writing, written} end -- it is being swept up
if written ~= ARGV[3] or (written ~= '0' and writing ~= ARGV[2]) then return {'MOVED', writing, written} end
redis.call('HSET', KEYS[1], 'writing', ARGV[2], 'written', string.format('%.0f', tonumber(ARGV[3]) + 1))
redis.call('SET', KEYS[2], ARGV[4])
return {'OK'}
