-- clear.lua - delete a chunk of a generation that is over (docs/protocol.md, CLEAR).
-- Whether it is over is asked here and not before: a partition whose meta was lost meanwhile has begun
-- a journal since, and the chunk may be of that one.
--
-- KEYS  meta, chunk
-- ARGV  1 generation of the chunk
-- ->    OK | NAMED: it is the journal, or lies beside it
local have = redis.call('HMGET', KEYS[1], 'gen', 'writing')
if have[1] == ARGV[1] or have[2] == ARGV[1] then return {'NAMED'} end
redis.call('UNLINK', KEYS[2])
return {'OK'}
