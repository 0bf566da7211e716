-- sweep.lua - delete chunks of a generation that never became valid (docs/protocol.md, FLIP).
-- Only the owner may, and never the generation that meta names: an attempt may have flipped
-- since its name was read.
--
-- KEYS  meta, chunks
-- ARGV  1 ver   2 generation
-- ->    OK number of chunks that were there | FENCED ver
local have = redis.call('HMGET', KEYS[1], 'ver', 'gen')
if have[1] ~= ARGV[1] or have[2] == ARGV[2] then return {'FENCED', have[1] or ''} end
local gone = 0
for i = 2, #KEYS do gone = gone + redis.call('UNLINK', KEYS[i]) end
return {'OK', tostring(gone)}
