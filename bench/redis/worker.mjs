/**
 * `worker.mjs SUBJECT CLIENT PORT DB LIMITS MODE` counts every client once and sends what that takes on the server. Then, on each
 * message `{ inFlight, ms }`, it decides for that time with so many requests in flight, and sends what it cost. MODE: `admitted`
 * never refuses, `refused` always does, and in `steady` there is one client, who is refused and asks 1000 times a second.
 */
import { median } from '../figures.mjs'
import { redisInfo } from './server.mjs'
import { SUBJECTS } from './subjects.mjs'

/** Those who are refused are few, and ask again and again. */
const CLIENTS = { admitted: 10_000, refused: 100, steady: 1 }
const DAY = 86_400_000

const [name, client, port, db, limitCount, mode] = process.argv.slice(2)
const limits = Array.from({ length: Number(limitCount) }, (_, i) => ({
  amount: (mode === 'admitted' ? 10_000_000 : 1) * (i + 1),
  windowMs: DAY * (i + 1),
}))
const keys = Array.from({ length: CLIENTS[mode] }, (_, i) => `10.${i >> 8}.${i & 255}.1`)

const info = redisInfo(Number(port))
const decide = await SUBJECTS[name].create(Number(port), Number(db), client, limits)
const empty = await info()
for (let i = 0; i < keys.length; i += 50) await Promise.all(keys.slice(i, i + 50).map((key) => decide(key)))
process.send({ bytesPerClient: ((await info()).used_memory - empty.used_memory) / keys.length })
process.on('message', async ({ inFlight, ms }) => process.send(await measured(inFlight, ms)))

async function measured(inFlight, ms) {
  const before = { redis: await info(), app: process.cpuUsage(), at: performance.now() }
  const { count, latencies } = await load(inFlight, ms)
  const elapsed = performance.now() - before.at
  const app = process.cpuUsage(before.app)
  const after = await info()
  const spent = (...fields) =>
    fields.reduce((sum, field) => sum + (after[field] ?? 0) - (before.redis[field] ?? 0), 0) / count
  const sorted = latencies.toSorted((a, b) => a - b)
  return {
    decisionsPerSecond: (count / elapsed) * 1000,
    p50Ms: median(sorted),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
    appMicros: (app.user + app.system) / count,
    redisMicros: spent('used_cpu_user_main_thread', 'used_cpu_sys_main_thread') * 1e6,
    // Every subject asks by scripts; what these do inside are commands too.
    calls: spent('cmdstat_evalsha', 'cmdstat_eval'),
    // The first of the two questions is one itself.
    commands: spent('total_commands_processed') - 1 / count,
    bytesIn: spent('total_net_input_bytes'),
    bytesOut: spent('total_net_output_bytes'),
  }
}

/** Decides with so many in flight at once. */
async function load(inFlight, ms) {
  const end = performance.now() + ms
  const latencies = []
  let count = 0
  let random = 1
  let isOver = false
  const next = () => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    return keys[(random >>> 3) % keys.length]
  }
  const loop = async () => {
    while (!isOver) {
      count += 1
      if (count % 16 !== 0) {
        await decide(next())
        continue
      }
      const at = performance.now()
      await decide(next())
      const now = performance.now()
      latencies.push(now - at)
      isOver = now >= end
      // Who is refused without a question to the server would never let the answers of others arrive.
      if (mode === 'refused') await new Promise(setImmediate)
    }
  }
  const drip = async () => {
    for (const start = performance.now(); performance.now() < end;) {
      // As many as are due: timers have no better resolution, and wait longer on a busy machine.
      for (const due = performance.now() - start; count < due; count++) {
        const at = performance.now()
        await decide(keys[0])
        latencies.push(performance.now() - at)
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  await Promise.all(mode === 'steady' ? [drip()] : Array.from({ length: inFlight }, loop))
  return { count, latencies }
}
