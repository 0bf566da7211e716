-- push.lua - move one or several partitions' shares of a scope from one version to another
-- (docs/protocol.md, PUSH).  One hash slot; compare-and-set on every tag at once.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5 told   6.. the hashes, then rankings that they may change
-- ARGV  1 now, ms   2 day that the windows end at   3 number of all partitions of all topics
--       4 partners touched, for readers of `changes`; '' when nothing is
--       5 n, then n times: partition, expected tag, new tag, up to where the new tag's share is read
--         (0: nobody knows)
--       then the number of shapes, and of each: number of fields, 1 if any is ranked, else 0;
--       the fields; if ranked, for each field: 1.. its place among a window's rankings, or 0
--       then for each hash, in the order of KEYS: its shape, the number of the key before its
--       window's rankings or 0, if not 0 the partner, and a delta for each field of the shape
--       A delta is never 0.  A ranking may have a key and not be changed.
-- ->    OK | MISMATCH, the n tags as they are; also where only RESET may write | RANGE field
--
-- Everything that can fail is looked at before the first write, since a script is not rolled back.
-- asof.lua says why `complete` is only added to.
local call, tonumber, format = redis.call, tonumber, string.format
local tags, index, asof, changes, told = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, day, partitions = ARGV[1], ARGV[2], tonumber(ARGV[3])
local n = tonumber(ARGV[5])
local SLICE = 4000 -- arguments that unpack() may put on Lua's stack; even

local names = {}
for i = 1, n do names[i] = ARGV[2 + 4 * i] end
local have = call('HMGET', tags, unpack(names))
local before, after = true, true
for i = 1, n do
  have[i] = have[i] or ''
  before = before and have[i] == ARGV[3 + 4 * i]
  after = after and have[i] == ARGV[4 + 4 * i]
end

local known = asof_read(asof)
local was = asof_whole(known)
local torn = asof_is_torn(known)
if torn or not before and not after then return {'MISMATCH', unpack(have)} end

local function risen() return asof_risen(known, now) end
local ran = asof_next_run(known.ran)
local function add_complete(n) asof_add_complete(asof, n) end

-- Whole before, of this day, and whole after it: then the other tags need not be looked at.
local stays_whole = was == '1' and known.day == day and known.through
for i = 1, n do stays_whole = stays_whole and ARGV[4 + 4 * i]:sub(-11) == '@' .. day end
local function completeness() return asof_completeness(known, tags, partitions, day) end

-- The same again, its reply was lost; or an audit asks whether a scope is complete after all.
if after then
  local whole = completeness()
  if known.whole ~= whole or known.day ~= day then asof_turn(asof, known, whole, day, now) end
  return {'OK'}
end

-- A sum of two numbers of at most 18 digits fits 64 bits; a total of 19 digits may only shrink.
local function out_of_range(total, delta)
  local d = #delta - (delta:byte() == 45 and 1 or 0)
  if d > 18 or not delta:find('^%-?[1-9]%d*$') then return true end
  if not total then return false end
  local t = #total - (total:byte() == 45 and 1 or 0)
  if t > 19 or not total:find('^%-?%d+$') then return true end
  return t == 19 and (total:byte() == 45) == (delta:byte() == 45)
end

local at = 6 + 4 * n
local shapes = {}
local shape_count = tonumber(ARGV[at])
at = at + 1
for s = 1, shape_count do
  local count, ranked = tonumber(ARGV[at]), ARGV[at + 1] == '1'
  at = at + 1 -- the argument before the first field
  shapes[s] = {count = count, fields = at, ranks = ranked and at + count}
  at = at + count * (ranked and 2 or 1) + 1
end

-- A Lua number is a double, exact below 2^53.  Of terms of at most 15 characters the sum is worked
-- out here, and one HSET sets many fields; HINCRBY, which knows 64 bits, adds the others.
local SHORT, FEW = 15, 8
local decimal = format('%d', 9e15) == '9000000000000000' and '%d' or '%.0f' -- C's long may have 32 bits
local new, set, gone, wide = {}, {}, {}, {} -- keys not in the index; of each hash: what HSET, HDEL, HINCRBY get
local ranked, unranked = {}, {}             -- of each ranking: what ZADD, ZREM get
local function list_of(lists, number)
  local list = lists[number]
  if not list then
    list = {}
    lists[number] = list
  end
  return list
end

local hash, none = 5, {}
while at <= #ARGV do
  hash = hash + 1
  local key, shape, base, partner = KEYS[hash], shapes[tonumber(ARGV[at])], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local fields, count, ranks = shape.fields, shape.count, base > 0 and shape.ranks
  at = at + (base > 0 and 2 or 1) -- the argument before the first delta
  local is_new, pairs_, p, rest = true, {}, 0, nil
  -- Of a hash that is not there yet nothing needs to be read, nor to be added.
  local is_absent = count >= FEW and call('EXISTS', key) == 0
  for from = 1, count, SLICE do
    local last = math.min(count, from + SLICE - 1)
    local totals = is_absent and none or call('HMGET', key, unpack(ARGV, fields + from, fields + last))
    for i = from, last do
      local total, delta = totals[i - from + 1], ARGV[at + i]
      local sum, text -- what the field will be; sum nil: too long, text nil: nothing
      if total then is_new = false end
      local rank = ranks and tonumber(ARGV[ranks + i]) or 0
      if #delta <= SHORT then
        if not total then
          sum, text = delta, delta
        elseif #total <= SHORT then
          sum = tonumber(total)
          -- 1e300 and nan, from another hand, are no totals either.
          sum = sum and -1e15 < sum and sum < 1e15 and sum + delta
          text = sum and sum ~= 0 and format(decimal, sum)
        end
      end
      if sum then
        if text then
          pairs_[p + 1], pairs_[p + 2] = ARGV[fields + i], text
          p = p + 2
        else
          rest = list_of(gone, hash)
          rest[#rest + 1] = ARGV[fields + i]
        end
        if rank > 0 then
          local list = list_of(text and ranked or unranked, base + rank)
          local m = #list
          if text then list[m + 1], list[m + 2] = text, partner else list[m + 1] = partner end
        end
      elseif out_of_range(total, delta) then
        if n == 1 then -- several at once: the caller tries them one by one
          if was == '1' then
            add_complete(-1)
            call('HSET', asof, 'whole', '0', 'version', risen())
          end
          call('HSET', asof, 'overflow:' .. names[1], '1')
        end
        return {'RANGE', ARGV[fields + i]}
      else
        wide[#wide + 1] = {hash, ARGV[fields + i], delta, rank > 0 and base + rank, partner}
      end
    end
  end
  set[hash] = pairs_
  if is_new then new[#new + 1] = key end
  at = at + count + 1
end
for i = 1, #wide do
  if wide[i][4] then list_of(ranked, wide[i][4]) end
end
for number in pairs(ranked) do new[#new + 1] = KEYS[number] end

local function call_in_slices(name, key, list)
  for from = 1, #list, SLICE do call(name, key, unpack(list, from, math.min(#list, from + SLICE - 1))) end
end

-- A late PUSH to a version before the one that was told of: the word is taken back, until the owner
-- has pushed again.  (It was true of the tag before, whose share was the same.)
local untold = {}
local words = call('HMGET', told, unpack(names))
for i = 1, n do
  if words[i] and tonumber(words[i]:match('/(%d+)$')) > tonumber(ARGV[5 + 4 * i]) then
    untold[#untold + 1] = names[i]
    untold[#untold + 1] = '0/' .. ARGV[5 + 4 * i]
  end
end

local version = risen()
add_complete(-1 - tonumber(was)) -- which makes it -1
call('HSET', asof, 'version', version)
if #untold > 0 then
  call('HSET', told, unpack(untold))
  if known.through then call('HDEL', asof, 'through') end
  known.through, stays_whole = nil, false
end
call_in_slices('SADD', index, new) -- first: a key that half a script made must be found by RESET
for h = 6, hash do call_in_slices('HSET', KEYS[h], set[h]) end
for h, fields in pairs(gone) do call_in_slices('HDEL', KEYS[h], fields) end
for i = 1, #wide do
  local h, field, delta, ranking, partner = unpack(wide[i])
  local total = call('HINCRBY', KEYS[h], field, delta)
  if total == 0 then call('HDEL', KEYS[h], field) end
  if ranking then
    local list = list_of(total == 0 and unranked or ranked, ranking)
    if total ~= 0 then list[#list + 1] = total end
    list[#list + 1] = partner
  end
end
for number, list in pairs(ranked) do call_in_slices('ZADD', KEYS[number], list) end
for number, list in pairs(unranked) do call_in_slices('ZREM', KEYS[number], list) end

if ARGV[4] ~= '' then
  call('XADD', changes, 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', ARGV[4])
end
local last = {}
for i = 1, n do
  local overflow = 'overflow:' .. names[i]
  if known[overflow] then
    call('HDEL', asof, overflow)
    known[overflow] = nil
  end
  last[2 * i - 1], last[2 * i] = names[i], ARGV[4 + 4 * i]
end
call('HSET', tags, unpack(last)) -- all at once
local whole = stays_whole and '1' or completeness()
call('HSET', asof, 'day', day, 'updated', now, 'whole', whole, 'ran', ran)
call('HINCRBY', asof, 'runs', '1')
add_complete(tonumber(whole) + 1)
return {'OK'}
