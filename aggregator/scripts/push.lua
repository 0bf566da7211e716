-- push.lua - move one or several partitions' shares of a scope from one version to another
-- (docs/protocol.md, PUSH).  One hash slot; compare-and-set on every tag at once.
--
-- KEYS  1 tags   2 index   3 asof   4 changes   5.. the hashes and rankings that change
-- ARGV  1 now, ms   2 day that the windows end at   3 number of all partitions of all topics
--       4 partners touched, for readers of `changes`; '' when nothing is
--       5 n, then n times: partition, expected tag, new tag
--       then for each hash: number of its key, partner, number of fields,
--       then for each field: field, delta, number of its ranking's key or 0
--       A field comes at most once.  A delta is never 0.
-- ->    OK | MISMATCH, the n tags as they are | RANGE field
--
-- Amounts stay decimal strings from end to end: a Lua number is exact to 2^53 only.  Everything
-- that can fail is looked at before the first write, since a script is not rolled back.
local call = redis.call
local tags, index, asof, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, day, partitions = ARGV[1], ARGV[2], tonumber(ARGV[3])
local n = tonumber(ARGV[5])
local cells = 6 + 3 * n -- where the hashes begin in ARGV
local SLICE = 4000 -- arguments that unpack() may put on Lua's stack

local names = {}
for i = 1, n do names[i] = ARGV[3 + 3 * i] end
local have = call('HMGET', tags, unpack(names))
local before, after = true, true
for i = 1, n do
  have[i] = have[i] or ''
  before = before and have[i] == ARGV[4 + 3 * i]
  after = after and have[i] == ARGV[5 + 3 * i]
end
if not before and not after then return {'MISMATCH', unpack(have)} end

local known = {} -- asof as it was
local flat = call('HGETALL', asof)
for i = 1, #flat, 2 do known[flat[i]] = flat[i + 1] end
local old = tonumber(known.version or '0')
local function risen() return string.format('%.0f', math.max(old + 1, tonumber(now))) end

-- '1' when every partition has its share in, all of one day, and no total is out of range.
local function completeness()
  local all = call('HGETALL', tags)
  if #all ~= 2 * partitions then return '0' end
  for i = 2, #all, 2 do
    if all[i]:match('^%x+%.%d+@(%d+%-%d+%-%d+)$') ~= day then return '0' end
  end
  for name in pairs(known) do
    if name:sub(1, 9) == 'overflow:' then return '0' end
  end
  return '1'
end

-- The same again, its reply was lost; or an audit asks whether a scope is complete after all.
if after then
  local complete = completeness()
  if known.complete ~= complete or known.day ~= day then
    call('HSET', asof, 'day', day, 'updated', now, 'complete', complete, 'version', risen())
  end
  return {'OK'}
end

-- A sum of two numbers of at most 18 digits fits 64 bits; a total of 19 digits may only shrink.
local function out_of_range(total, delta)
  local d = #delta - (delta:byte() == 45 and 1 or 0)
  if d > 18 or not delta:find('^%-?[1-9]%d*$') then return true end
  if not total then return false end
  local t = #total - (total:byte() == 45 and 1 or 0)
  if t < 19 then return false end
  return t > 19 or not total:find('^%-?%d+$') or (total:byte() == 45) == (delta:byte() == 45)
end

local at = cells
while at <= #ARGV do
  local key, count = KEYS[tonumber(ARGV[at])], tonumber(ARGV[at + 2])
  for from = 0, count - 1, SLICE do
    local fields, deltas = {}, {}
    for i = from, math.min(count, from + SLICE) - 1 do
      fields[#fields + 1] = ARGV[at + 3 + 3 * i]
      deltas[#deltas + 1] = ARGV[at + 4 + 3 * i]
    end
    local totals = call('HMGET', key, unpack(fields))
    for i = 1, #fields do
      if out_of_range(totals[i], deltas[i]) then
        if n == 1 then -- several at once: the caller tries them one by one
          call('HSET', asof, 'overflow:' .. names[1], '1')
          if known.complete ~= '0' then call('HSET', asof, 'complete', '0', 'version', risen()) end
        end
        return {'RANGE', fields[i]}
      end
    end
  end
  at = at + 3 + 3 * count
end

for i = 1, n do call('HSET', tags, names[i], '!' .. ARGV[5 + 3 * i]) end -- cut off from here on: a tag that nobody knows
local version = risen()
call('HSET', asof, 'complete', '0', 'version', version)
-- The index first: a key that a cut-off script made must be found by RESET.
for from = 5, #KEYS, SLICE do call('SADD', index, unpack(KEYS, from, math.min(#KEYS, from + SLICE - 1))) end
at = cells
while at <= #ARGV do
  local key, partner, count = KEYS[tonumber(ARGV[at])], ARGV[at + 1], tonumber(ARGV[at + 2])
  for i = at + 3, at + 3 * count, 3 do
    local total = call('HINCRBY', key, ARGV[i], ARGV[i + 1])
    if total == 0 then call('HDEL', key, ARGV[i]) end
    local ranking = tonumber(ARGV[i + 2])
    if ranking > 0 then
      if total == 0 then call('ZREM', KEYS[ranking], partner) else call('ZADD', KEYS[ranking], total, partner) end
    end
  end
  at = at + 3 + 3 * count
end

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
  last[2 * i - 1], last[2 * i] = names[i], ARGV[5 + 3 * i]
end
call('HSET', tags, unpack(last)) -- all at once
call('HSET', asof, 'day', day, 'updated', now, 'complete', completeness())
return {'OK'}
