-- flip.lua - replace the journal of a partition by a compacted generation (docs/protocol.md, FLIP).
-- The new chunks were written before, under names that are never used twice.  The old generation is
-- the one that lies beside the journal from then on, and is swept up.  One write, which Redis keeps
-- or loses as a whole: half of a FLIP that came back later (rule 21) would name chunks swept up since.
--
-- KEYS  meta, new chunks 1..n
-- ARGV  1 expected ver   2 new ver   3 next   4 generation   5 n   6.. length of each new chunk
-- ->    OK | FENCED ver | HELD ms | MOVED | BROKEN number of the chunk
local meta = KEYS[1]
local have = redis.call('HMGET', meta, 'ver', 'gen', 'chunk', 'hold', 'sweep')
local ver = have[1] or ''
if ver == ARGV[2] then return {'OK'} end -- the same again: its reply was lost
if ver ~= ARGV[1] then return {'FENCED', ver} end
if have[4] then -- a rebuild holds the partition
  local left = held_left(have[4], held_now())
  if left > 0 then return {'HELD', string.format('%.0f', left)} end
end
if have[5] == ARGV[4] then return {'MOVED'} end -- it is being swept up
local n = tonumber(ARGV[5])
for i = 1, n do -- a chunk that was lost meanwhile must not become the truth
  if redis.call('STRLEN', KEYS[1 + i]) ~= tonumber(ARGV[5 + i]) then return {'BROKEN', tostring(i - 1)} end
end
redis.call('HSET', meta, 'ver', ARGV[2], 'next', ARGV[3], 'gen', ARGV[4],
  'chunk', string.format('%.0f', n - 1), 'len', ARGV[5 + n],
  'writing', have[2], 'written', string.format('%.0f', tonumber(have[3]) + 1), 'sweep', have[2])
return {'OK'}
