import { Child } from '../child.mjs'
import { median, printTable, rounded } from '../figures.mjs'
import { SUBJECTS } from '../subjects.mjs'

const WORKER = new URL('worker.mjs', import.meta.url)
const NAMES = Object.keys(SUBJECTS).filter((name) => name !== 'nothing')
const MODES = ['admitted', 'refused']
const MANY = 1_000_000

/**
 * Decisions a second of every subject, by number of keys, admitted and refused. The subjects take turns, each time in a new
 * process.
 */
export async function measureDecisions(node, { keyCounts, rounds, sliceMs }) {
  const cases = keyCounts.flatMap((keys) => MODES.map((mode) => ({ keys, mode })))
  const rates = NAMES.map(() => cases.map(() => []))
  for (let round = 0; round < rounds; round++) {
    for (const [at, { keys, mode }] of cases.entries()) {
      // To make a million keys takes longer than to count them.
      if (keys >= MANY && round > 0) continue
      for (const [i, name] of NAMES.entries()) rates[i][at].push(await rate(node, name, keys, mode, sliceMs))
    }
  }
  return NAMES.map((name, i) => ({
    name,
    title: SUBJECTS[name].title,
    decisionsPerSecond: cases.map((each, at) => ({ ...each, rate: rounded(median(rates[i][at]), 0) })),
  }))
}

async function rate(node, name, keys, mode, sliceMs) {
  const worker = new Child(WORKER, [name, keys, mode, sliceMs].map(String), { node })
  const decisionsPerSecond = await worker.message()
  await worker.ended()
  return decisionsPerSecond
}

export function printDecisions({ version, rows }) {
  const map = rows.find(({ name }) => name === 'map')
  const cases = map.decisionsPerSecond
  printTable(
    `One decision on Node ${version}: millions a second, and how many times longer than with a bare Map`,
    ['', ...cases.map(({ keys, mode }) => `${keys.toLocaleString('en')} ${mode}`)],
    rows.map(({ title, decisionsPerSecond }) => [
      title,
      ...decisionsPerSecond.map(
        ({ rate: own }, at) => `${(own / 1e6).toFixed(2)} (${(cases[at].rate / own).toFixed(1)})`,
      ),
    ]),
  )
}
