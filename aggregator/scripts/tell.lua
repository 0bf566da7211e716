-- tell.lua - say how far a scope's totals go (docs/protocol.md, TELL): everything that Kafka had
-- acknowledged by `through` is in them.  One hash slot; compare-and-set on each partition's tag: what
-- an owner says of a partition is true of its share at that tag, whenever it is said.
--
-- A record that lay astray was forwarded: then it counts where its copy lies.  So an owner that has
-- forwarded something says up to where the others of the topic must be read before his word counts.
--
-- KEYS  1 tags   2 told: partition -> <through, ms>/<next>; 0/<next> while it has no through   3 asof
-- ARGV  1 now, ms   2 day that the windows end at   3 number of all partitions of all topics
--       4 number of topics, and of each: its name, n, then n times: up to where partition 0, 1, ... must be read
--       then for each partition: its name, its tag, through (0: none), next, 0 or the number of the
--       topic whose partitions must be read that far
-- ->    OK, and of each partition 1 if it counts now, else 0 | MISMATCH: only RESET may write
--
-- No total changes.  `told` and `through` are values that stay true until the scope is emptied, so
-- half of this script that comes back does no harm (rule 21).
local call, tonumber, format = redis.call, tonumber, string.format
local tags, told, asof = KEYS[1], KEYS[2], KEYS[3]
local now, day = ARGV[1], ARGV[2]
local time = call('TIME')
local soon = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + 5000 -- shards may differ
local known = asof_read(asof)
if asof_is_torn(known) then return {'MISMATCH'} end

local topics, at = {}, 5
for t = 1, tonumber(ARGV[4]) do
  local topic = {name = ARGV[at], ends = {}}
  for i = 1, tonumber(ARGV[at + 1]) do topic.ends[i] = tonumber(ARGV[at + 1 + i]) end
  at = at + 2 + #topic.ends
  topics[t] = topic
end
local words, names = {}, {}
for i = at, #ARGV, 5 do
  words[#words + 1] = {name = ARGV[i], tag = ARGV[i + 1], through = tonumber(ARGV[i + 2]),
                       next = tonumber(ARGV[i + 3]), topic = topics[tonumber(ARGV[i + 4])],
                       value = ARGV[i + 2] .. '/' .. ARGV[i + 3]}
  names[#names + 1] = ARGV[i]
end
local have = #names > 0 and call('HMGET', tags, unpack(names)) or {}

local all = asof_partitions(known, ARGV[3])
local set, counts, count, least = {}, {'OK'}, 0, nil

-- A word about a time that is yet to come was told when clocks were ahead: nothing of it is known.
local function believed(ms) return ms > soon and 0 or ms end

-- One owner of all, who needs nobody, and says more than was said: what others have told need not be
-- looked at.
local function take_all()
  for i, word in ipairs(words) do
    if have[i] ~= word.tag or word.through <= 0 then return false end
    if word.through > soon or word.through < tonumber(known.through or '0') then return false end
  end
  for i, word in ipairs(words) do
    set[2 * i - 1], set[2 * i] = word.name, word.value
    least = math.min(least or word.through, word.through)
    counts[i + 1] = '1'
  end
  count = all
  return true
end

local function take_some()
  local through, next_ = {}, {}
  local flat = call('HGETALL', told)
  for i = 1, #flat, 2 do
    local ms, next_offset = flat[i + 1]:match('^(%d+)/(%d+)$')
    through[flat[i]], next_[flat[i]] = believed(tonumber(ms)), tonumber(next_offset)
  end
  -- Up to where each is read, before anybody's word is weighed: they may wait for each other.
  for i, word in ipairs(words) do
    word.stands = have[i] == word.tag
    if word.stands then next_[word.name] = math.max(next_[word.name] or 0, word.next) end
  end
  local function others_are_read(topic)
    if topic then
      for i, last in ipairs(topic.ends) do
        if (next_[topic.name .. '/' .. format('%d', i - 1)] or -1) < last then return false end
      end
    end
    return true
  end
  for i, word in ipairs(words) do
    local good = word.stands and believed(word.through) > 0 and others_are_read(word.topic)
    if word.stands then
      local ms = math.max(through[word.name] or 0, good and word.through or 0)
      through[word.name] = ms
      set[#set + 1] = word.name
      set[#set + 1] = format('%.0f/%.0f', ms, next_[word.name])
    end
    counts[i + 1] = good and '1' or '0'
  end
  for _, ms in pairs(through) do
    if ms > 0 then
      count = count + 1
      least = math.min(least or ms, ms)
    end
  end
end
if #topics > 0 or #words ~= all or not take_all() then
  set, counts, least = {}, {'OK'}, nil
  take_some()
end

local was, before = asof_whole(known), known.through
local says = {}
known.through = count == all and format('%.0f', least) or nil
if known.through and known.through ~= before then says = {'through', known.through} end
if all > tonumber(known.partitions or '0') then
  says[#says + 1] = 'partitions'
  says[#says + 1] = format('%d', all)
end
-- It was whole, and nothing is less than it was: then the tags need not be looked at.
local stays = was == '1' and before and known.through and all == tonumber(known.partitions or '0')
local whole = stays and '1' or asof_completeness(known, tags, all, day)

if whole < was then asof_turn(asof, known, whole, day, now) end
if #set > 0 then call('HSET', told, unpack(set)) end
if before and not known.through then call('HDEL', asof, 'through') end
if #says > 0 then call('HSET', asof, unpack(says)) end
if whole > was then asof_turn(asof, known, whole, day, now) end
return counts
