-- replace.lua - put the journal of a partition as it was counted again in the place of its journal
-- (docs/protocol.md, REPLACE).  Compare-and-set on both versions.  Called until it is OK: as long as
-- chunks lie under their former names it only renames them, to names that nobody has ever used; then
-- meta changes in one write, which Redis keeps or loses as a whole, as in flip.lua (rule 21).  What was
-- the journal becomes the generation that lies beside it; the hold ends.
--
-- KEYS  1 meta   2 meta of the new journal   3.. of each of its chunks: its key now, and its key then
-- ARGV  1 ver, '' when there is none   2 ver of the new journal
-- ->    OK | AGAIN | FENCED ver | BROKEN
local call = redis.call
local function hash_of(key)
  local flat, hash = call('HGETALL', key), {}
  for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
  return hash
end
local old = hash_of(KEYS[1])
if old.ver == ARGV[2] then return {'OK'} end -- the same again: its reply was lost
if (old.ver or '') ~= ARGV[1] then return {'FENCED', old.ver or ''} end
local new = hash_of(KEYS[2])
if new.ver ~= ARGV[2] or tonumber(new.chunk) ~= (#KEYS - 2) / 2 - 1 then return {'BROKEN'} end

local renamed = false
for i = 3, #KEYS, 2 do
  if call('EXISTS', KEYS[i]) == 1 then
    call('RENAME', KEYS[i], KEYS[i + 1])
    renamed = true
  end
end
if renamed then return {'AGAIN'} end
for i = 4, #KEYS, 2 do
  local length = call('STRLEN', KEYS[i])
  if length == 0 or (i == #KEYS and length < tonumber(new.len)) then return {'BROKEN'} end
end

local chunks = old.gen and tonumber(old.chunk)
new.writing, new.written = chunks and old.gen or '', chunks and string.format('%.0f', chunks + 1) or '0'
new.hold = ''
local fields = {}
for name, value in pairs(new) do
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
call('HSET', KEYS[1], unpack(fields))
return {'OK'}
