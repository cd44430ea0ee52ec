/**
 * `npm run bench [-- decision] [-- http] [-- memory] [--quick]` measures us beside the peers in one run, prints tables and writes
 * the figures to `bench/results/`. Without a part named, all of them: some twelve minutes, with `--quick` two.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machine, nodes, prepare } from './prepare.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
const { quick } = values

prepare()
// The measures load packages of the bench, which are there only now.
const { measureDecisions, printDecisions } = await import('./decision/measure.mjs')
const { measureHttp, printHttp } = await import('./http/measure.mjs')
const { measureMemory, printMemory } = await import('./memory/measure.mjs')

/** What users run comes first; the others are for information, and measured for a shorter time. */
const JUDGED = '24'
const all = nodes()
const judged = all.get(JUDGED)
const others = quick ? [] : [...all].filter(([major]) => major !== JUDGED).map(([, node]) => node)

const PARTS = {
  http: async () => {
    const sizes = quick ? { generations: 1, rounds: 8, sliceMs: 80 } : { generations: 2, rounds: 25, sliceMs: 100 }
    const results = [await httpOn(judged, sizes)]
    for (const node of others) results.push(await httpOn(node, { ...sizes, generations: 1, rounds: 15 }))
    return results
  },
  decision: async () => {
    const keyCounts = quick ? [1, 10_000] : [1, 10_000, 1_000_000]
    const rows = await measureDecisions(judged, { keyCounts, rounds: quick ? 1 : 3, sliceMs: quick ? 150 : 250 })
    return shown(printDecisions, { version: judged.version, rows })
  },
  memory: async () => {
    const rows = await measureMemory(judged, quick ? { windowMs: 3000, onlyMain: true } : { windowMs: 4000 })
    return shown(printMemory, { version: judged.version, rows })
  },
}

async function httpOn(node, sizes) {
  return shown(printHttp, {
    version: node.version,
    rows: await measureHttp(node, { ...sizes, warmMs: 1500 }),
  })
}

function shown(print, result) {
  print(result)
  return result
}

const unknown = positionals.filter((part) => !(part in PARTS))
if (unknown.length > 0) {
  console.error(`bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}

const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
const about = {
  command,
  at: new Date().toISOString(),
  commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
  machine: machine(),
  nodes: [...all.values()].map(({ version }) => version),
}
const { cores, processor, memoryGiB, system, loadBefore } = about.machine
console.log(`${command}, ${about.at}, ${about.commit}`)
console.log(`${cores} cores (${processor}), ${memoryGiB} GiB, ${system}; Node ${about.nodes.join(', ')}`)
console.log(`load before the start: ${loadBefore} (the figures of a machine that does other things too say little)`)

const started = performance.now()
const results = {}
for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) results[part] = await PARTS[part]()

const folder = new URL('results/', import.meta.url)
mkdirSync(folder, { recursive: true })
const file = `${about.at.replaceAll(':', '-').slice(0, 19)}.json`
writeFileSync(new URL(file, folder), `${JSON.stringify({ ...about, results }, null, 2)}\n`)
console.log(`\n${Math.round((performance.now() - started) / 1000)} s; written to bench/results/${file}`)
