-- held.lua - put before the scripts that look at `hold` in a partition's meta: "<until, ms> <id>"
-- (docs/protocol.md, HOLD).  A hold ends by itself, by the clock of this Redis alone.  One that would
-- end later than any hold may comes from another clock, and is none.
local function held_now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function held_left(hold, now) -- in ms; 0: nobody holds it
  local left = (tonumber((hold:match('^%d+'))) or 0) - now
  return 0 < left and left <= 60000 and left or 0
end
