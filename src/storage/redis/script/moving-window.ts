/** Bytes of one record of a moving window: an instant (6) and a running total (7). */
export const RECORD_BYTES = 13

/**
 * Lua: moving-window, as `WindowLog` of the memory storage has it: one string of fixed-width records, oldest first, each with the
 * instant of a charge and the total of all charges up to it. Record 0 is a header: which record is the first that counts, and the
 * total before it. A charge reads the header and both ends and appends; nothing longer is read but by binary search, or to
 * drop the dead half.
 */
export const MOVING_WINDOW: string = `
local RECORD, FORMAT = ${RECORD_BYTES}, '>I6I7'
-- Running totals wrap around here; what is in force at one time is always less.
local WRAP = 9007199254740992

-- Of each key: how many records, the last one's instant and total; which is the first, its instant, and the total before it.
local N, lastAt, total, first, firstAt, base = {}, {}, {}, {}, {}, {}
-- What the last step found: the first record that still counts, its instant, and the total before it.
local alive, aliveAt, gone = {}, {}, {}

local function plus(sum, cost)
  if sum < WRAP - cost then return sum + cost end
  return sum - (WRAP - cost)
end

local function minus(sum, earlier)
  if sum >= earlier then return sum - earlier end
  return sum + (WRAP - earlier)
end

local function record(k, i)
  return struct.unpack(FORMAT, redis.call('GETRANGE', KEYS[k], i * RECORD, i * RECORD + RECORD - 1))
end

local function loadLog(k)
  if N[k] then return true end
  local size = redis.pcall('STRLEN', KEYS[k])
  if type(size) ~= 'number' or size % RECORD ~= 0 or size == RECORD then return false end
  if size == 0 then
    N[k], total[k], first[k], base[k] = 0, 0, 1, 0
    return true
  end
  local n = size / RECORD - 1
  local head, before = record(k, 0)
  if head < 1 or head > n then return false end
  N[k], first[k], base[k] = n, head, before
  lastAt[k], total[k] = record(k, n)
  firstAt[k] = head == n and lastAt[k] or (record(k, head))
  return true
end

-- The first record from i on for which a test holds, as it does for all that follow; N + 1 where there is none. In steps that
-- double, because it mostly is near.
local function search(k, i, holds)
  local low, step = i, 1
  while i <= N[k] and not holds(record(k, i)) do
    low, i, step = i + 1, i + step, step * 2
  end
  local high = min(i, N[k] + 1)
  while low < high do
    local middle = floor((low + high) / 2)
    if holds(record(k, middle)) then high = middle else low = middle + 1 end
  end
  return low
end

local function findAlive(k, over)
  alive[k], aliveAt[k], gone[k] = first[k], firstAt[k], base[k]
  if N[k] == 0 or firstAt[k] > over then return end
  local i = N[k] + 1
  if lastAt[k] > over then i = search(k, first[k] + 1, function(at) return at > over end) end
  local _, before = record(k, i - 1)
  alive[k], gone[k] = i, before
  aliveAt[k] = i <= N[k] and (record(k, i)) or nil
end

local function movingWindow(k, amount, window, cost, now)
  findAlive(k, now - window)
  local isEmpty = alive[k] > N[k]
  local left = amount - minus(total[k], gone[k])
  local reset = isEmpty and now or min(aliveAt[k], now) + window
  if cost == 0 then return true, left, reset, now, left, reset end
  if cost <= left then
    local reset2 = isEmpty and now + window or reset
    return true, left, reset, now, left - cost, reset2, cost, nil, nil, now + window
  end
  if cost > amount then return false, left, reset, nil, left, reset end
  local lacking, before = cost - left, gone[k]
  local i = search(k, alive[k], function(_, sum) return minus(sum, before) >= lacking end)
  return false, left, reset, min((record(k, i)), now) + window, left, reset
end

-- Charges a cost that the last step found to fit, and drops what that step found to be over. Records at or after now, which there
-- can be once a clock went backwards, become one.
local function charge(k, cost, now)
  local key, n, from = KEYS[k], N[k], alive[k]
  local keep, at = n, lastAt[k]
  while keep >= from and at >= now do
    keep = keep - 1
    if keep >= from then at = record(k, keep) end
  end
  local sum = plus(total[k], cost)
  local entry = struct.pack(FORMAT, now, sum)
  local kept = keep - from + 1
  if kept == 0 or keep < n - 1 or from - 1 > kept then
    local body = kept > 0 and redis.call('GETRANGE', key, from * RECORD, (keep + 1) * RECORD - 1) or ''
    redis.call('SET', key, struct.pack(FORMAT, 1, gone[k]) .. body .. entry)
    first[k], N[k] = 1, kept + 1
  else
    redis.call('SETRANGE', key, (keep + 1) * RECORD, entry)
    if from ~= first[k] then redis.call('SETRANGE', key, 0, struct.pack(FORMAT, from, gone[k])) end
    first[k], N[k] = from, keep + 1
  end
  base[k], firstAt[k] = gone[k], kept > 0 and aliveAt[k] or now
  lastAt[k], total[k] = now, sum
end
`
