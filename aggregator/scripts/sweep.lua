-- sweep.lua - delete chunks of the generation that lies beside the journal (docs/protocol.md, SWEEP).
-- It never became valid, or was the journal once.  From its end, some at a time: Redis frees a
-- string while it waits, 30 us a MiB, UNLINK or not.  Only the owner may, and never the generation
-- that meta names: an attempt may have flipped since its name was read.
--
-- KEYS  meta, the chunks number ARGV[4] .. ARGV[3] - 1
-- ARGV  1 ver   2 generation   3 how many chunks it has   4 how many it has then
-- ->    OK | FENCED ver | MOVED writing written
local have = redis.call('HMGET', KEYS[1], 'ver', 'gen', 'writing', 'written')
if have[1] ~= ARGV[1] or have[2] == ARGV[2] then return {'FENCED', have[1] or ''} end
if have[3] ~= ARGV[2] or have[4] ~= ARGV[3] then return {'MOVED', have[3] or '', have[4] or ''} end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
redis.call('HSET', KEYS[1], 'written', ARGV[4])
return {'OK'}
