-- push.lua - move one or several partitions' shares of a scope from one version to another
-- (docs/protocol.md, PUSH).  One hash slot; compare-and-set on every tag at once.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5 told   6.. the hashes, then rankings that they may change
-- ARGV  1 now, ms   2 day that the windows end at   3 number of all partitions of all topics
--       4 partners touched, for readers of `changes`; '' when nothing is
--       5 n, then n times: partition, expected tag, new tag, up to where the new tag's share is read
--         (0: nobody knows)
--       then the number of lists of differences, and of each: how many differences, 1 if each has
--         at most 15 characters, else 0, how many are ranked; each field and its difference; of
--         each ranked one its place in the list and the place among a window's rankings, from 1
--       then for each hash, in the order of KEYS: its list, the number of the key before its
--         window's rankings or 0, if not 0 the partner
--       A difference is never 0.  A ranking may have a key and not be changed.
-- ->    OK | MISMATCH, the n tags as they are; also where only RESET may write | RANGE field
--
-- Everything that can fail is looked at before the first write, since a script is not rolled back.
-- asof.lua says why `complete` is only added to.
local call, tonumber, format = redis.call, tonumber, string.format
local tags, index, asof, changes, told = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, day, partitions = ARGV[1], ARGV[2], tonumber(ARGV[3])
local n = tonumber(ARGV[5])
local SLICE = 4000 -- arguments that unpack() may put on Lua's stack; even
local OWN_KEYS = 5

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
local function out_of_range(total, difference)
  local d = #difference - (difference:byte() == 45 and 1 or 0)
  if d > 18 or not difference:find('^%-?[1-9]%d*$') then return true end
  if not total then return false end
  local t = #total - (total:byte() == 45 and 1 or 0)
  if t > 19 or not total:find('^%-?%d+$') then return true end
  return t == 19 and (total:byte() == 45) == (difference:byte() == 45)
end

-- ---- the lists ------------------------------------------------------------------------------------
-- They stay where they are: of a list, argument `before` + 2 * i - 1 is the i-th field, and the next one
-- its difference.

local cursor = 6 + 4 * n
local lists = {}
local list_count = tonumber(ARGV[cursor])
cursor = cursor + 1
for l = 1, list_count do
  local list = {count = tonumber(ARGV[cursor]), is_short = ARGV[cursor + 1] == '1', before = cursor + 2, ranks = {}}
  local ranked_count = tonumber(ARGV[cursor + 2])
  cursor = cursor + 3 + 2 * list.count
  for i = 1, 2 * ranked_count do list.ranks[i] = tonumber(ARGV[cursor + i - 1]) end -- place, rank, place, rank...
  cursor = cursor + 2 * ranked_count
  lists[l] = list
end

local function fields_of(list)
  if not list.fields then
    local fields = {}
    for i = 1, list.count do fields[i] = ARGV[list.before + 2 * i - 1] end
    list.fields = fields
  end
  return list.fields
end

-- ---- what will be written, and whether it may -----------------------------------------------------
-- Keys are known by their number in KEYS.

-- A Lua number is a double, exact below 2^53.  Of terms of at most 15 characters the sum is worked
-- out here, and one HSET sets many fields; HINCRBY, which knows 64 bits, adds the others.
local SHORT, FEW = 15, 8
local decimal = format('%d', 9e15) == '9000000000000000' and '%d' or '%.0f' -- C's long may have 32 bits
local new = {}           -- keys that are not in the index
local to_set = {}        -- of each hash, what HSET gets: fields and values, or a list as it stands
local to_remove = {}     -- of each hash, what HDEL gets
local to_add = {}        -- what HINCRBY gets
local to_rank, to_unrank = {}, {} -- of each ranking, what ZADD and ZREM get
local function in_list_of(those, key)
  local list = those[key]
  if not list then
    list = {}
    those[key] = list
  end
  return list
end

local function plan_rank(ranking, sum, partner)
  local list = in_list_of(sum and to_rank or to_unrank, ranking)
  local m = #list
  if sum then list[m + 1], list[m + 2] = sum, partner else list[m + 1] = partner end
end

-- Where none of the fields is there nothing needs to be added.
local function plan_as_it_stands(hash, list, base, partner)
  to_set[hash] = list
  for i = 1, base > 0 and #list.ranks or 0, 2 do
    plan_rank(base + list.ranks[i + 1], ARGV[list.before + 2 * list.ranks[i]], partner)
  end
  new[#new + 1] = KEYS[hash]
end

-- The totals of a list's fields, and whether there is any.
local function totals_of(key, list)
  local fields, totals, any = fields_of(list), nil, false
  for from = 1, list.count, SLICE do
    local slice = call('HMGET', key, unpack(fields, from, math.min(list.count, from + SLICE - 1)))
    for i = 1, #slice do any = any or slice[i] end
    if totals then
      for i = 1, #slice do totals[from + i - 1] = slice[i] end
    end
    totals = totals or slice
  end
  return totals, any
end

-- Returns the field whose sum could leave the range, or nil.
local function plan_sums(hash, list, base, partner, totals)
  local fields, pairs_, p, next_ranked = fields_of(list), {}, 0, 1
  for i = 1, list.count do
    local total, difference = totals[i], ARGV[list.before + 2 * i]
    local sum, text -- what the field will be; sum nil: too long, text nil: nothing
    local ranking = false
    if base > 0 and list.ranks[next_ranked] == i then
      ranking, next_ranked = base + list.ranks[next_ranked + 1], next_ranked + 2
    end
    if #difference <= SHORT then
      if not total then
        sum, text = difference, difference
      elseif #total <= SHORT then
        sum = tonumber(total)
        -- 1e300 and nan, from another hand, are no totals either.
        sum = sum and -1e15 < sum and sum < 1e15 and sum + difference
        text = sum and sum ~= 0 and format(decimal, sum)
      end
    end
    if sum then
      if text then
        pairs_[p + 1], pairs_[p + 2] = fields[i], text
        p = p + 2
      else
        local removed = in_list_of(to_remove, hash)
        removed[#removed + 1] = fields[i]
      end
      if ranking then plan_rank(ranking, text, partner) end
    elseif out_of_range(total, difference) then
      return fields[i]
    else
      to_add[#to_add + 1] = {hash = hash, field = fields[i], difference = difference, ranking = ranking, partner = partner}
    end
  end
  to_set[hash] = pairs_
end

-- Returns what plan_sums() does.  Of a hash that is not there most are not even read.
local function plan_hash(hash, list, base, partner)
  local key = KEYS[hash]
  if list.is_short and list.count >= FEW and call('EXISTS', key) == 0 then
    return plan_as_it_stands(hash, list, base, partner)
  end
  local totals, any = totals_of(key, list)
  if list.is_short and not any then return plan_as_it_stands(hash, list, base, partner) end
  if not any then new[#new + 1] = key end
  return plan_sums(hash, list, base, partner, totals)
end

local last_hash = OWN_KEYS
while cursor <= #ARGV do
  last_hash = last_hash + 1
  local list, base = lists[tonumber(ARGV[cursor])], tonumber(ARGV[cursor + 1])
  local partner = base > 0 and ARGV[cursor + 2]
  cursor = cursor + (base > 0 and 3 or 2)
  local out = plan_hash(last_hash, list, base, partner)
  if out then
    if n == 1 then -- several at once: the caller tries them one by one
      if was == '1' then
        add_complete(-1)
        call('HSET', asof, 'whole', '0', 'version', risen())
      end
      call('HSET', asof, 'overflow:' .. names[1], '1')
    end
    return {'RANGE', out}
  end
end
for i = 1, #to_add do
  if to_add[i].ranking then in_list_of(to_rank, to_add[i].ranking) end
end
for ranking in pairs(to_rank) do new[#new + 1] = KEYS[ranking] end

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

-- ---- from here on it is written ---------------------------------------------------------------------

-- With all of a list, or with what is between two places in it.
local function call_in_slices(name, key, list, first, last)
  last = last or #list
  for from = first or 1, last, SLICE do call(name, key, unpack(list, from, math.min(last, from + SLICE - 1))) end
end

local function write_hash(key, what)
  if what.before then
    call_in_slices('HSET', key, ARGV, what.before + 1, what.before + 2 * what.count)
  else
    call_in_slices('HSET', key, what)
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
for hash = OWN_KEYS + 1, last_hash do write_hash(KEYS[hash], to_set[hash]) end
for hash, fields in pairs(to_remove) do call_in_slices('HDEL', KEYS[hash], fields) end
for i = 1, #to_add do
  local add = to_add[i]
  local total = call('HINCRBY', KEYS[add.hash], add.field, add.difference)
  if total == 0 then call('HDEL', KEYS[add.hash], add.field) end
  if add.ranking then plan_rank(add.ranking, total ~= 0 and total, add.partner) end
end
for ranking, list in pairs(to_rank) do call_in_slices('ZADD', KEYS[ranking], list) end
for ranking, list in pairs(to_unrank) do call_in_slices('ZREM', KEYS[ranking], list) end

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
