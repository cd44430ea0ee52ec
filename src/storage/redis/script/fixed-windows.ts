/**
 * Lua: a call that has nothing but limits with fixed windows, as most calls have, is decided here and now. It comes to what `decide.ts`
 * would make of it, which defines some thirty functions and tables before it begins, and looks at every entry for longer.
 */
export const FIXED_WINDOWS: string = `
local isPlain = plain == #KEYS
for i = 1, #forms do
  local form = forms[i]
  if form[1] == 2 then isPlain = false end
  for f = 3, #form, 5 do isPlain = isPlain and form[f] == 0 and form[f + 1] == 0 end
end

if isPlain then
  -- By key: what is stored; whether it is something else; and if it is to be written the ms to live, 0 in a window that was open.
  local counts, stops, isCorrupt, life = {}, {}, {}, {}
  for k = 1, plain do
    local text = raw[k]
    if text then
      if #text == 16 then counts[k], stops[k] = unpackState('>dd', text) else isCorrupt[k] = true end
    end
  end
  -- Of the entries of one decision: what is left, and until when.
  local left, reset = {}, {}

  while at < last do
    local form, now = forms[args[at + 1]], args[at + 2]
    local first, allowed, corrupt = at + 2, true, nil
    if now < 0 then now = serverTime() end
    at = first + form[2]

    for e = 1, form[2] do
      local k, amount, cost = args[first + e], form[5 * e], form[5 * e + 2]
      local window, stop = form[5 * e + 1], stops[k]
      if stop and stop > now + window then
        stop = now + window
        stops[k], life[k] = stop, 2 * window + 60000
      end
      if stop and now < stop then left[e], reset[e] = amount - counts[k], stop else left[e], reset[e] = amount, now end
      if isCorrupt[k] then corrupt = corrupt or k end
      if cost > left[e] and cost > 0 then allowed = false end
    end

    size = size + 1
    if corrupt then
      answer[size] = format('-1,%d', corrupt)
    else
      answer[size] = allowed and '1' or '0'
      for e = 1, form[2] do
        local rest, stop, cost = left[e], reset[e], form[5 * e + 2]
        size = size + 1
        if not allowed then
          local wait = 0
          if cost > form[5 * e] then wait = -1 elseif cost > rest and cost > 0 then wait = stop - now end
          answer[size] = format('%d,%d,%d', rest, stop - now, wait)
        else
          if cost > 0 then
            local k = args[first + e]
            if stop == now then stop = now + form[5 * e + 1] end
            if stops[k] ~= stop then life[k] = stop - now + 60000 else life[k] = life[k] or 0 end
            rest = rest - cost
            counts[k], stops[k] = form[5 * e] - rest, stop
          end
          answer[size] = format('%d,%d,0', rest, stop - now)
        end
      end
    end
  end

  for k = 1, plain do
    local ms = life[k]
    if ms then
      local text = pack('>dd', counts[k], stops[k])
      -- '0' as text: Redis writes numbers down as fractions are written, which takes as long as half of the command.
      if ms > 0 then redis.call('SET', KEYS[k], text, 'PX', ms) else redis.call('SETRANGE', KEYS[k], '0', text) end
    end
  end
  answer[1] = format('%d', clock or -1)
  return '[' .. table.concat(answer, ',') .. ']'
end
`
