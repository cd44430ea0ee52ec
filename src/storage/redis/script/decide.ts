/**
 * Lua: decides the decisions of a call one after the other, each as `storage/kernel.ts` does, and writes each key once.
 *
 * ARGV[1] is a JSON list. First how many of KEYS are no moving windows; they come first. Then a list of forms, which decisions
 * mostly share: 1 for `firstRefusalOnly` or 2 for a part of a decision (see `decide-in-parts.ts`), the number of entries, and for
 * each of them strategy, role, amount, window and cost; then for a meta the number of entries that it watches and their indices from
 * 1, and for an undo the four numbers of `undo.ts`. Then for each decision its form, the instant or -1 for the server's, and each
 * entry's key: its index among those of its kind.
 *
 * The answer is a JSON list of integers as text, because clients read integers close to 2^53 inexactly, and long lists slowly.
 * First the server's time, or -1 where it was not asked for. Then for each decision 1 or 0, and for each entry what is left, the ms
 * until that grows, and the ms until the cost passes: 0 where it does, -1 for never; for a peek also the first two as they would
 * be. For a part these are as they were before it; the first two after it follow, and the ms until what was stored means nothing.
 * Of a decision one of whose keys holds something else there is only -1 and that key's index in KEYS.
 */
export const DECIDE: string = `
local LOG, SLIDING = 2, 3
local steps = { [0] = fixedWindow, elasticExpiry, movingWindow, slidingWindow, tokenBucket }
local PEEK, META, COUNTING_META, SETTLE, EXTEND, UNDO = 1, 2, 3, 4, 5, 6

-- Of the entries of one decision, by their index.
local key, strategy, role, watches = {}, {}, {}, {}
local fits, left, reset, retry, left2, reset2, a, b, c, ends = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
local refusing = {}

-- Keys to write, and how long each is to live.
local written, writtenCount, life = {}, 0, {}

local function touch(k)
  if life[k] ~= nil then return end
  writtenCount = writtenCount + 1
  written[writtenCount] = k
  -- In a window that was open already it has its time to live.
  life[k] = false
end

-- What is from the future, which can be once a clock went backwards, is of now, and is kept so whatever is decided.
local function rewind(k, s, window, now)
  if s == LOG then
    if N[k] == 0 or lastAt[k] <= now then return end
    findAlive(k, now - window)
    charge(k, 0, now)
  elseif s < LOG then
    if not S1[k] or S2[k] <= now + window then return end
    S2[k] = now + window
  else
    if not S1[k] or S1[k] <= now then return end
    S1[k] = now
  end
  touch(k)
  life[k] = 2 * window + 60000
end

local function commit(e, now)
  local k, s = key[e], strategy[e]
  touch(k)
  if s == LOG then
    charge(k, a[e], now)
    life[k] = ends[e] - now + 60000
  else
    local isOpen = (s < LOG and S2[k] == b[e]) or (s == SLIDING and S1[k] == a[e])
    if not isOpen then life[k] = ends[e] - now + 60000 end
    S1[k], S2[k], S3[k] = a[e], b[e], c[e]
  end
end

while at < last do
  local form, now = forms[args[at + 1]], args[at + 2]
  local firstOnly, isPart, count, f = form[1] == 1, form[1] == 2, form[2], 2
  at = at + 2
  if now < 0 then now = serverTime() end

  local gated, refused, corrupt = false, false, nil
  for e = 1, count do
    local k, s, r, amount, window, cost = args[at + e], form[f + 1], form[f + 2], form[f + 3], form[f + 4], form[f + 5]
    if s == LOG then k = plain + k end
    f = f + 5
    key[e], strategy[e], role[e], refusing[e] = k, s, r, false
    local more = f + 1
    if r == META or r == COUNTING_META then f = f + 1 + form[more] elseif r == UNDO then f = f + 4 end
    watches[e] = more
    local sound
    if s == LOG then sound = loadLog(k) else sound = load(k, s == SLIDING and 3 or 2) end
    if not sound then
      corrupt = corrupt or k
    elseif r == UNDO then
      if undo(k, s, amount, window, cost, now, form[more], form[more + 1], form[more + 2], form[more + 3]) then touch(k) end
      left[e], reset[e], retry[e], a[e] = 0, now, now, nil
    elseif not corrupt then
      rewind(k, s, window, now)
      local step = steps[s]
      fits[e], left[e], reset[e], retry[e], left2[e], reset2[e], a[e], b[e], c[e], ends[e] = step(k, amount, window, cost, now)
      if not fits[e] then
        if r == SETTLE then
          fits[e], left[e], reset[e], retry[e], left2[e], reset2[e], a[e], b[e], c[e], ends[e] =
            step(k, amount, window, left[e], now)
        elseif r == META then
          gated = true
        elseif r ~= COUNTING_META and r ~= EXTEND and not (firstOnly and refused) then
          refused, refusing[e] = true, true
        end
      end
    end
  end

  at = at + count

  if corrupt then
    size = size + 1
    answer[size] = format('-1,%d', corrupt)
  else
    local allowed = not gated and not refused
    size = size + 1
    answer[size] = allowed and '1' or '0'
    for e = 1, count do
      local r, writes = role[e], false
      if gated or r == PEEK then
        writes = false
      elseif r == EXTEND then
        writes = not fits[e]
      elseif r == META or r == COUNTING_META then
        local from = watches[e]
        for i = from + 1, from + form[from] do writes = writes or (fits[e] and refusing[form[i]]) end
      else
        writes = allowed or (refusing[e] and not isPart)
      end
      local rest, again = left[e], reset[e]
      if writes and a[e] then
        commit(e, now)
        if not isPart then rest, again = left2[e], reset2[e] end
      end
      size = size + 1
      answer[size] = format('%d,%d,%d', rest, again - now, retry[e] and retry[e] - now or -1)
      if r == PEEK or isPart then
        size = size + 1
        answer[size] = format('%d,%d', left2[e], reset2[e] - now)
      end
      if isPart then
        size = size + 1
        answer[size] = format('%d', ends[e] and ends[e] - now or 0)
      end
    end
  end
end

for i = 1, writtenCount do
  local k = written[i]
  if k > plain then
    redis.call('PEXPIRE', KEYS[k], life[k])
  elseif not S1[k] then
    redis.call('UNLINK', KEYS[k])
  else
    local text = S3[k] and pack('>ddd', S1[k], S2[k], S3[k]) or pack('>dd', S1[k], S2[k])
    if life[k] then redis.call('SET', KEYS[k], text, 'PX', life[k]) else redis.call('SETRANGE', KEYS[k], '0', text) end
  end
end
answer[1] = format('%d', clock or -1)
return '[' .. table.concat(answer, ',') .. ']'
`
