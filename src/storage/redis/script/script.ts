import { DECIDE } from './decide.ts'
import { MOVING_WINDOW } from './moving-window.ts'
import { STRATEGIES } from './strategies.ts'
import { UNDO } from './undo.ts'

const OPENING = `
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local args = cjson.decode(ARGV[1])
local plain, forms = args[1], args[2]
local raw = plain > 0 and redis.call('MGET', unpack(KEYS, 1, plain)) or {}
`

/** The script that decides on a Redis or Valkey server: the kernel's twin. What it takes and answers is described in `decide.ts`. */
export const SCRIPT: string = OPENING + STRATEGIES + MOVING_WINDOW + UNDO + DECIDE
