/**
 * `worker.mjs SUBJECT bytes|pauses WINDOW_MS` counts a million keys of 40 characters once, waits until they have expired, and
 * keeps counting a hundred others. `bytes` sends what a key took, and how long after their end the memory was back;
 * `pauses` the longest time between two turns of the event loop. They are two runs, because to know what memory is in use
 * garbage has to be collected, which is a pause.
 */
import { SUBJECTS } from '../subjects.mjs'

const KEYS = 1_000_000
const OTHERS = Array.from({ length: 100 }, (_, i) => keyOf('other', i))
const PLENTY = 1_000_000_000
// Decisions between two turns of the event loop.
const A_TURN = 100
// What goes on after the million: so many decisions a second, until less than a tenth is left, or so long.
const PACE = 20_000
const MOST_WAIT_MS = 20_000

const [name, part, window] = process.argv.slice(2)
const windowMs = Number(window)
const { create, keeps = false } = SUBJECTS[name]
const decide = await create(PLENTY, windowMs)
// Of the time between two turns, and of the CPU time that this thread used between them: what it waited for while other
// programs had the machine is in the first, and not in the second.
let longest = { wall: 0, cpu: 0 }
let lastTurn = { wall: performance.now(), cpu: threadCpu() }

for (let i = 0; i < 2000; i++) await turn(OTHERS)
process.send(part === 'bytes' ? await bytes() : await pauses())
process.disconnect()
process.exit()

async function bytes() {
  const before = inUse()
  const rssBefore = process.memoryUsage.rss()
  await countAll()
  const counted = performance.now()
  const took = inUse() - before
  const figures = { bytesPerKey: took / KEYS, rssPerKey: (process.memoryUsage.rss() - rssBefore) / KEYS }
  if (keeps) return figures
  const end = counted + windowMs
  while (performance.now() < end + MOST_WAIT_MS) {
    await countOthers(500)
    const left = inUse() - before
    if (left < took / 10) return { ...figures, backAfterMs: performance.now() - end, leftPart: left / took }
  }
  return { ...figures, leftPart: (inUse() - before) / took }
}

/** What of the memory is in use, without garbage. */
function inUse() {
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Counts other keys for so long, at a steady pace. */
async function countOthers(ms) {
  const started = performance.now()
  for (let count = 0; count < (ms * PACE) / 1000; count += A_TURN) {
    await turn(OTHERS)
    const early = started + (count / PACE) * 1000 - performance.now()
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
  }
}

async function pauses() {
  longest = { wall: 0, cpu: 0 }
  await countAll()
  const counting = longest
  if (keeps) return { counting }
  const counted = performance.now()
  // Whatever the garbage collector still has to do about the million.
  while (performance.now() < counted + windowMs / 2) await turn(OTHERS)
  longest = { wall: 0, cpu: 0 }
  // Some stores give back in the second window after the keys' end.
  while (performance.now() < counted + 2.5 * windowMs) await turn(OTHERS)
  return { counting, expiring: longest }
}

async function countAll() {
  const started = performance.now()
  const keys = []
  for (let i = 0; i < KEYS; i++) {
    keys.push(keyOf('client', i))
    if (keys.length === A_TURN) await turn(keys.splice(0))
  }
  const took = performance.now() - started
  if (took > windowMs)
    throw new Error(`to count a million keys took ${Math.round(took)} ms: the first have expired meanwhile`)
}

/** Counts some keys in one turn of the event loop. */
async function turn(keys) {
  for (const key of keys) await decide(key)
  await new Promise((resolve) => setImmediate(resolve))
  const now = { wall: performance.now(), cpu: threadCpu() }
  longest = {
    wall: Math.max(longest.wall, now.wall - lastTurn.wall),
    cpu: Math.max(longest.cpu, now.cpu - lastTurn.cpu),
  }
  lastTurn = now
}

/** In ms. */
function threadCpu() {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** 40 characters in one piece, as a key is that comes off the wire. */
function keyOf(kind, i) {
  return Buffer.from(`${kind}:`.padEnd(33, '.') + String(i).padStart(7, '0')).toString('latin1')
}
