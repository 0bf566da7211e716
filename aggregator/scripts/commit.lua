-- commit.lua - add one record to the journal of a partition (docs/protocol.md, COMMIT).
-- One hash slot; compare-and-set on ver.  The record goes where meta says that the journal ends:
-- what lies behind that is half a COMMIT that Redis had lost (rule 21), and nobody reads it.  meta
-- comes last, in one command, so that a script that is cut off has changed nothing.
--
-- KEYS  meta chunk
-- ARGV  1 expected ver ('' when there is none yet)   2 new ver   3 next   4 generation
--       5 number of the chunk   6 where in it   7 the record
--       8... name value: more fields of meta, sent with a partition's first record
-- ->    OK | FENCED ver | HELD ms | BROKEN length
local meta, chunk = KEYS[1], KEYS[2]
local have = redis.call('HMGET', meta, 'ver', 'gen', 'hold')
local ver = have[1] or ''
if ver == ARGV[2] then return {'OK'} end -- the same again: its reply was lost
if ver ~= ARGV[1] then return {'FENCED', ver} end
if ver ~= '' and have[2] ~= ARGV[4] then return {'FENCED', ver} end -- can't be while every flip changes ver
if have[3] then -- a rebuild holds the partition
  local left = held_left(have[3], held_now())
  if left > 0 then return {'HELD', string.format('%.0f', left)} end
end
local length = redis.call('STRLEN', chunk)
if length < tonumber(ARGV[6]) then return {'BROKEN', tostring(length)} end
redis.call('SETRANGE', chunk, ARGV[6], ARGV[7])
redis.call('HSET', meta, 'ver', ARGV[2], 'next', ARGV[3], 'gen', ARGV[4], 'chunk', ARGV[5],
  'len', string.format('%.0f', tonumber(ARGV[6]) + #ARGV[7]), unpack(ARGV, 8))
return {'OK'}
