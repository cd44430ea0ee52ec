/**
 * Lua: takes one charge back, of a decision that was refused on another node of a cluster. Only where the window that was charged
 * still stands, and never more than what of the charge is still in force: otherwise somebody else's charge would be taken back.
 *
 * `at` is the instant of the charge, `stop` from when on its state would have meant nothing, `before` when the quota before it would
 * have grown, and `rest` what it left.
 */
export const UNDO: string = `
local function undoInWindow(k, amount, cost, now, at, stop, before, rest, elastic)
  if not S1[k] or now >= S2[k] then return end
  if elastic then
    -- The same window, which others have moved at most. Who was charged in the same millisecond wants its end to stay.
    if now >= stop then return end
    if S2[k] == stop and S1[k] == amount - rest and before > at then S2[k] = before end
  elseif S2[k] ~= stop then
    return
  end
  S1[k] = S1[k] > cost and S1[k] - cost or nil
  return true
end

local function undoSliding(k, window, cost, stop)
  local start = stop - 2 * window
  if S1[k] == start and S2[k] >= cost then
    S2[k] = S2[k] - cost
  elseif S1[k] == start + window and S3[k] >= cost then
    S3[k] = S3[k] - cost
  else
    return
  end
  if S2[k] == 0 then
    -- As it was before the charge moved the grid on.
    S1[k], S2[k], S3[k] = S1[k] - window, S3[k], 0
    if S2[k] == 0 then S1[k] = nil end
  end
  return true
end

local function undoBucket(k, amount, window, cost, now, at, stop)
  local charged = cost * window
  -- Without the charge the same would have leaked, until the level before it, which was at least this, had gone.
  local before = max(0, (stop - at - 1) * amount - charged)
  local back = charged - max(0, (now - at) * amount - before)
  if not S1[k] or back <= 0 then return end
  local elapsed = max(0, now - S1[k])
  local level = elapsed < window and S2[k] - elapsed * amount - back or 0
  if level > 0 then S1[k], S2[k] = now, level else S1[k] = nil end
  return true
end

local function undoLog(k, cost, at)
  local i, instant, sum = N[k], lastAt[k], total[k]
  while i > first[k] and instant > at do
    i = i - 1
    instant, sum = record(k, i)
  end
  if N[k] == 0 or instant ~= at then return end
  local before = base[k]
  if i > first[k] then
    local _
    _, before = record(k, i - 1)
  end
  local charged = minus(sum, before)
  if charged < cost then return end
  if charged == cost and first[k] == N[k] then
    redis.call('UNLINK', KEYS[k])
  else
    local text = redis.call('GETRANGE', KEYS[k], 0, i * RECORD - 1)
    for j = charged == cost and i + 1 or i, N[k] do
      instant, sum = record(k, j)
      text = text .. struct.pack(FORMAT, instant, minus(sum, cost))
    end
    redis.call('SET', KEYS[k], text, 'KEEPTTL')
  end
  N[k] = nil
end

-- Whether there is a state to write, or none to be kept.
local function undo(k, s, amount, window, cost, now, at, stop, before, rest)
  if s < 2 then return undoInWindow(k, amount, cost, now, at, stop, before, rest, s == 1) end
  if s == 2 then return undoLog(k, cost, at) end
  if s == 3 then return undoSliding(k, window, cost, stop) end
  return undoBucket(k, amount, window, cost, now, at, stop)
end
`
