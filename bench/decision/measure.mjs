import { Child } from '../child.mjs'
import { median, rounded } from '../figures.mjs'
import { SUBJECTS } from '../subjects.mjs'

const WORKER = new URL('worker.mjs', import.meta.url)
const NAMES = Object.keys(SUBJECTS).filter((name) => name !== 'nothing')
const MODES = ['admitted', 'refused']

/**
 * Decisions of every subject in a second of CPU time, by number of keys, admitted and refused. All are there at once and take
 * turns; `timesMap` compares turns of the same round.
 */
export async function measureDecisions(node, { keyCounts, rounds, sliceMs }) {
  const rows = NAMES.map((name) => ({ name, title: SUBJECTS[name].title, decisionsPerSecond: [] }))
  for (const keys of keyCounts) {
    for (const mode of MODES) {
      const rates = await ratesOf(node, [keys, mode, sliceMs].map(String), rounds)
      const map = rates[NAMES.indexOf('map')]
      for (const [i, row] of rows.entries()) {
        const rate = rounded(median(rates[i]), 0)
        const timesMap = rounded(median(rates[i].map((own, round) => map[round] / own)), 2)
        row.decisionsPerSecond.push({ keys, mode, rate, timesMap })
      }
    }
  }
  return rows
}

async function ratesOf(node, options, rounds) {
  const workers = []
  for (const name of NAMES) {
    const worker = new Child(WORKER, [name, ...options], { node, flags: ['--expose-gc'] })
    // One after the other, so that none is compiled, or makes its keys, while another does.
    await worker.message()
    workers.push(worker)
  }
  const rates = NAMES.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, worker] of workers.entries()) rates[i].push(await worker.ask('count'))
  }
  await Promise.all(workers.map((worker) => worker.end()))
  return rates
}

export function decisionTable({ version, rows }) {
  const cases = rows[0].decisionsPerSecond
  return {
    mark: 'decision',
    title: `One decision on Node ${version}: millions a second of CPU time, and how many times longer than with a bare Map`,
    header: ['', ...cases.map(({ keys, mode }) => `${keys.toLocaleString('en')} ${mode}`)],
    rows: rows.map(({ title, decisionsPerSecond }) => [
      title,
      ...decisionsPerSecond.map(
        ({ rate, timesMap }) => `${Number((rate / 1e6).toPrecision(3))} (${timesMap.toFixed(1)})`,
      ),
    ]),
  }
}
