import { Child } from '../child.mjs'
import { SUBJECTS } from '../subjects.mjs'

const WORKER = new URL('worker.mjs', import.meta.url)
const MAIN = ['nothing', 'map', 'fixed-window', 'express-rate-limit']
const OTHERS = ['rate-limiter-flexible', 'moving-window', 'fastify', 'hono', 'nestjs']

/** What a million keys take, how long the memory is kept, and how long the event loop stands still over them. */
export async function measureMemory(node, { windowMs, onlyMain = false }) {
  const rows = []
  for (const name of onlyMain ? MAIN : [...MAIN, ...OTHERS]) {
    const bytes = name === 'nothing' ? {} : await run(node, name, 'bytes', windowMs)
    const pauses = await run(node, name, 'pauses', windowMs)
    rows.push({ name, title: SUBJECTS[name].title, ...bytes, ...pauses })
  }
  return rows
}

async function run(node, name, part, windowMs) {
  const worker = new Child(WORKER, [name, part, String(windowMs)], { node, flags: ['--expose-gc'] })
  const figures = await worker.message()
  await worker.ended()
  return figures
}

export function memoryTable({ version, rows }) {
  return {
    mark: 'memory',
    title: `A million keys of 40 characters on Node ${version}, and the longest pauses of the event loop over them (CPU time in it)`,
    header: ['', 'bytes a key', 'of RSS', 'back after', 'pause counting', 'pause expiring'],
    rows: rows.map((row) => [
      row.title,
      row.bytesPerKey?.toFixed(0) ?? '',
      row.rssPerKey?.toFixed(0) ?? '',
      back(row),
      pause(row.counting),
      pause(row.expiring),
    ]),
  }
}

function back({ name, bytesPerKey, backAfterMs, leftPart }) {
  if (bytesPerKey === undefined) return ''
  if (SUBJECTS[name].keeps) return 'never'
  return backAfterMs === undefined ? `${(100 * leftPart).toFixed(0)} % left` : `${(backAfterMs / 1000).toFixed(1)} s`
}

function pause(longest) {
  return longest ? `${longest.wall.toFixed(0)} ms (${longest.cpu.toFixed(0)})` : ''
}
