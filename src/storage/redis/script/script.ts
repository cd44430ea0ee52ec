import { DECIDE } from './decide.ts'
import { FIXED_WINDOWS } from './fixed-windows.ts'
import { MOVING_WINDOW } from './moving-window.ts'
import { STRATEGIES } from './strategies.ts'
import { UNDO } from './undo.ts'

const OPENING = `
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local args = cjson.decode(ARGV[1])
local plain, forms = args[1], args[2]
local raw = plain > 0 and redis.call('MGET', unpack(KEYS, 1, plain)) or {}
local format, pack, unpackState = string.format, struct.pack, struct.unpack

-- The parts of the answer, the first of which comes last.
local answer, size = { '' }, 1
-- How far the decisions have been read.
local at, last = 2, #args

local clock
local function serverTime()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + floor(time[2] / 1000)
  end
  return clock
end
`

/** The script that decides on a Redis or Valkey server: the kernel's twin. What it takes and answers is described in `decide.ts`. */
export const SCRIPT: string = OPENING + FIXED_WINDOWS + STRATEGIES + MOVING_WINDOW + UNDO + DECIDE
