-- sweep.lua - delete chunks of the generation that lies beside the journal (docs/protocol.md, SWEEP).
-- It never became valid, or was the journal once.  From its end, some at a time: Redis frees a
-- string while it waits, 30 us a MiB, UNLINK or not.  Only the owner may, and never the generation
-- that meta names: an attempt may have flipped since its name was read.
-- What Redis loses and brings back later, by half or whole (rule 21), must not delete chunks that
-- became the journal instead.  So `sweep` names the generation first, in a call of its own, and from
-- then on no CHUNK and no FLIP is made of it.  Chunks may lie above the count, where half a SWEEP or
-- half a COMMIT left them; they are named, too.
--
-- KEYS  meta, the chunks from number ARGV[4] on
-- ARGV  1 ver   2 generation   3 how many chunks it has   4 how many it has then
-- ->    OK | MARKED: call again | FENCED ver | MOVED writing written
local have = redis.call('HMGET', KEYS[1], 'ver', 'gen', 'writing', 'written', 'sweep')
if have[1] ~= ARGV[1] or have[2] == ARGV[2] then return {'FENCED', have[1] or ''} end
if have[3] ~= ARGV[2] or have[4] ~= ARGV[3] then return {'MOVED', have[3] or '', have[4] or ''} end
if have[5] ~= ARGV[2] then
  redis.call('HSET', KEYS[1], 'sweep', ARGV[2])
  return {'MARKED'}
end
redis.call('HSET', KEYS[1], 'written', ARGV[4])
redis.call('UNLINK', unpack(KEYS, 2))
return {'OK'}
