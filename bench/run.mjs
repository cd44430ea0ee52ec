/**
 * `npm run bench [-- PART… [--quick] [--write]]` measures us beside the peers in one run, prints tables and writes the figures to
 * `bench/results/`; with `--write` the tables go into docs/explain/speed.md too. A part is http, decision, memory or redis, and
 * after http may stand the frameworks that are meant. Without a part named, all of them. `--quick`: less of everything.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { printTable } from './figures.mjs'
import { writeTables } from './page.mjs'
import { machine, nodes, prepare } from './prepare.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
})
const { quick, write } = values

prepare()
// The measures load packages of the bench, which are there only now.
const { FRAMEWORKS, httpTable, measureHttp } = await import('./http/measure.mjs')
const { decisionTable, measureDecisions } = await import('./decision/measure.mjs')
const { measureMemory, memoryTable } = await import('./memory/measure.mjs')
const { measureRedis, redisTables } = await import('./redis/measure.mjs')

/** What users run comes first; the others are for information, and measured for a shorter time. */
const JUDGED = '24'
const all = nodes()
const judged = all.get(JUDGED)
const others = quick ? [] : [...all].filter(([major]) => major !== JUDGED).map(([, node]) => node)

const named = FRAMEWORKS.filter((framework) => positionals.includes(framework))
const frameworks = named.length > 0 ? named : FRAMEWORKS

// Shorter slices would measure how cold the caches are after the other servers' turns.
const httpSizes = { warmMs: 2000, sliceMs: 200, rounds: quick ? 5 : 8 }
const httpRuns = frameworks.map((framework) => [framework, judged, { ...httpSizes, generations: quick ? 1 : 2 }])
if (frameworks.includes('express')) {
  for (const node of others) httpRuns.push(['express', node, { ...httpSizes, generations: 1 }])
}

/** Each part is one measurement or several, and each of these answers its figures and the tables made of them. */
const PARTS = {
  http: httpRuns.map((run) => async () => {
    const figures = await measureHttp(...run)
    return { figures, tables: [httpTable(figures)] }
  }),
  decision: async () => {
    const keyCounts = quick ? [1, 10_000] : [1, 10_000, 1_000_000]
    const rows = await measureDecisions(judged, { keyCounts, rounds: quick ? 5 : 20, sliceMs: 50 })
    const figures = { version: judged.version, rows }
    return { figures, tables: [decisionTable(figures)] }
  },
  memory: async () => {
    const rows = await measureMemory(judged, quick ? { windowMs: 4000, onlyMain: true } : { windowMs: 6000 })
    const figures = { version: judged.version, rows }
    return { figures, tables: [memoryTable(figures)] }
  },
  redis: async () => {
    const sizes = quick
      ? { rounds: 4, sliceMs: 60, warmMs: 500, steadyMs: 3000 }
      : { rounds: 12, sliceMs: 200, warmMs: 1000, steadyMs: 5000 }
    const figures = await measureRedis(judged, sizes)
    return { figures, tables: redisTables(figures) }
  },
}

const unknown = positionals.filter((word) => !(word in PARTS) && !FRAMEWORKS.includes(word))
if (unknown.length > 0) {
  console.error(
    `bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}, and after http ${FRAMEWORKS.join(', ')}`,
  )
  process.exit(2)
}
const parts = Object.keys(PARTS).filter((part) => positionals.includes(part) || (part === 'http' && named.length > 0))

const words = process.argv.slice(2).filter((word) => word !== '--write')
const about = {
  command: ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' '),
  at: new Date().toISOString(),
  commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
  machine: machine(),
  nodes: [...all.values()].map(({ version }) => version),
}
const { cores, processor, memoryGiB, system, loadBefore } = about.machine
console.log(`${about.command}, ${about.at}, ${about.commit}`)
console.log(`${cores} cores (${processor}), ${memoryGiB} GiB, ${system}; Node ${about.nodes.join(', ')}`)
console.log(`load before the start: ${loadBefore} (the figures of a machine that does other things too say little)`)

const started = performance.now()
const results = {}
for (const part of parts.length > 0 ? parts : Object.keys(PARTS)) {
  results[part] = []
  for (const measure of [PARTS[part]].flat()) {
    const { figures, tables } = await measure()
    results[part].push(figures)
    for (const table of tables) printTable(table)
    if (write) writeTables(tables, about)
  }
}

const folder = new URL('results/', import.meta.url)
mkdirSync(folder, { recursive: true })
const file = `${about.at.replaceAll(':', '-').slice(0, 19)}.json`
writeFileSync(new URL(file, folder), `${JSON.stringify({ ...about, results }, null, 2)}\n`)
console.log(`\n${Math.round((performance.now() - started) / 1000)} s; written to bench/results/${file}`)
