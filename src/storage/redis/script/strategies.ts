/**
 * Lua: the strategies but moving-window, as the modules of `src/strategy` have them. Numbers of both languages are doubles, so
 * that the same operations in the same order have the same results.
 *
 * Each answers `fits, left, reset, retry, left2, reset2, a, b, c, ends`: the quota before and after; what to store, nil where that
 * is nothing; and from when on that means nothing any more. `retry` is nil where the cost can never pass.
 */
export const STRATEGIES: string = `
-- What is stored of a key, decoded when it is first asked for. The same key can serve several decisions of a call.
local S1, S2, S3 = {}, {}, {}

-- Whether the state of a key is what a strategy writes: so many numbers.
local function load(k, numbers)
  local text = raw[k]
  if not text then return true end
  if #text ~= numbers * 8 then return false end
  raw[k] = false
  if numbers == 2 then
    S1[k], S2[k] = struct.unpack('>dd', text)
  else
    S1[k], S2[k], S3[k] = struct.unpack('>ddd', text)
  end
  return true
end

-- (count, end)
local function inWindow(k, amount, window, cost, now, elastic)
  local count, stop = S1[k], S2[k]
  if count and stop > now + window then stop = now + window end
  local open = count and now < stop
  if not open then count, stop = 0, now end
  local left = amount - count
  if cost == 0 then return true, left, stop, now, left, stop end

  local moved = now + window
  if open and not elastic then moved = stop end
  if cost <= left then
    return true, left, stop, now, left - cost, moved, count + cost, moved, nil, moved
  end
  local retry = stop
  if elastic and open then retry = moved end
  if cost > amount then retry = nil end
  if elastic and open then return false, left, stop, retry, left, moved, count, moved, nil, moved end
  return false, left, stop, retry, left, stop
end

local function fixedWindow(k, amount, window, cost, now)
  return inWindow(k, amount, window, cost, now, false)
end

local function elasticExpiry(k, amount, window, cost, now)
  return inWindow(k, amount, window, cost, now, true)
end

-- When what is in force falls to a target.
local function weightFallsTo(target, start, current, previous, window)
  if target >= current then
    return start + window - floor(((target - current + 1) * window - 1) / previous)
  end
  return start + 2 * window - floor(((target + 1) * window - 1) / current)
end

local function weighted(start, current, previous, amount, window, now)
  local left = max(0, amount - (current + floor((previous * (start + window - now)) / window)))
  if left == amount then return left, now end
  return left, weightFallsTo(amount - left - 1, start, current, previous, window)
end

-- (start, current, previous)
local function slidingWindow(k, amount, window, cost, now)
  local start, current, previous = S1[k], S2[k], S3[k]
  if start and start > now then start = now end
  if not start or now - start >= 2 * window then
    start, current, previous = now, 0, 0
  elseif now - start > window then
    start, current, previous = start + window, 0, current
  end
  local left, reset = weighted(start, current, previous, amount, window, now)
  if cost == 0 then return true, left, reset, now, left, reset end
  if cost <= left then
    local left2, reset2 = weighted(start, current + cost, previous, amount, window, now)
    return true, left, reset, now, left2, reset2, start, current + cost, previous, start + 2 * window
  end
  if cost > amount then return false, left, reset, nil, left, reset end
  return false, left, reset, weightFallsTo(amount - cost, start, current, previous, window), left, reset
end

local function levelFallsTo(missing, level, amount, window, now)
  return now + ceil((level - missing * window) / amount)
end

local function tokens(level, amount, window, now)
  local left = floor((amount * window - level) / window)
  if left == amount then return left, now end
  return left, levelFallsTo(amount - left - 1, level, amount, window, now)
end

-- (at, level)
local function tokenBucket(k, amount, window, cost, now)
  local at, level = S1[k], S2[k]
  if not at then
    level = 0
  elseif at <= now then
    if now - at >= window then level = 0 else level = max(0, level - (now - at) * amount) end
  end
  local left, reset = tokens(level, amount, window, now)
  if cost == 0 then return true, left, reset, now, left, reset end
  if cost <= left then
    local charged = level + cost * window
    local left2, reset2 = tokens(charged, amount, window, now)
    return true, left, reset, now, left2, reset2, now, charged, nil, levelFallsTo(0, charged, amount, window, now)
  end
  if cost > amount then return false, left, reset, nil, left, reset end
  return false, left, reset, levelFallsTo(amount - cost, level, amount, window, now), left, reset
end
`
