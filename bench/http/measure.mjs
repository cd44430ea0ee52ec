import { Child } from '../child.mjs'
import { median, printTable, quartiles, rounded } from '../figures.mjs'
import { APPS } from './apps.mjs'

const SERVER = new URL('server.mjs', import.meta.url)
const LOAD = new URL('load.mjs', import.meta.url)

/**
 * Every app beside the app without a limiter, on one version of Node. What else the machine does changes from second to second,
 * so the two take turns, and what counts is the ratio within a turn. Generations: the servers are started anew, because two
 * processes of one program differ by some percent.
 */
export async function measureHttp(node, { generations, rounds, sliceMs, warmMs, names = Object.keys(APPS) }) {
  const turns = Object.fromEntries(names.map((name) => [name, []]))
  for (let generation = 0; generation < generations; generation++) {
    const load = await start(LOAD, [], node)
    const servers = []
    for (const name of names) servers.push({ name, ...(await start(SERVER, [name], node)) })
    const [none, ...limited] = servers
    try {
      for (const server of servers) await slice(load, server, warmMs)
      for (let round = 0; round < rounds; round++) {
        for (const server of limited) {
          const bare = await slice(load, none, sliceMs)
          const own = await slice(load, server, sliceMs)
          turns[none.name].push({ ...bare, ratio: 1, added: 0 })
          turns[server.name].push({ ...own, ratio: own.rate / bare.rate, added: own.cpu - bare.cpu })
        }
      }
    } finally {
      await Promise.all([load, ...servers].map(({ child }) => child.end()))
    }
  }
  return Object.entries(turns).map(([name, taken]) => summary(name, taken))
}

async function start(file, args, node) {
  const child = new Child(file, args, { node })
  return { child, port: await child.message() }
}

async function slice(load, { name, child, port }, ms) {
  const before = await child.ask('cpu')
  const { refuses = false, clients = 1 } = APPS[name]
  const { statuses, elapsed, error } = await load.child.ask({ port, ms, clients })
  const after = await child.ask('cpu')
  if (error) throw new Error(`${name}: ${error}`)
  const expected = refuses ? '429' : '200'
  const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  // The first request that a refusing app gets is admitted.
  if (requests - (statuses[expected] ?? 0) > 1)
    throw new Error(`${name}: expected ${expected}, got ${JSON.stringify(statuses)}`)
  return { rate: (requests / elapsed) * 1000, cpu: (after - before) / requests }
}

function summary(name, turns) {
  const middle = (figure, digits) => rounded(median(turns.map((turn) => turn[figure])), digits)
  return {
    name,
    title: APPS[name].title,
    requestsPerSecond: middle('rate', 0),
    ratio: middle('ratio', 3),
    ratioQuartiles: quartiles(turns.map(({ ratio }) => ratio)).map((ratio) => rounded(ratio, 3)),
    cpuMicroseconds: middle('cpu', 2),
    addedMicroseconds: middle('added', 2),
    turns: turns.length,
  }
}

export function printHttp({ version, rows }) {
  printTable(
    `Express on Node ${version}: requests a second, as a part of those without a limiter, and the server's CPU time`,
    ['', 'req/s', 'ratio', '½ of turns', 'µs a request', 'added'],
    rows.map((row) => [
      row.title,
      String(row.requestsPerSecond),
      row.ratio.toFixed(2),
      row.ratioQuartiles.map((ratio) => ratio.toFixed(2)).join('–'),
      row.cpuMicroseconds.toFixed(1),
      row.addedMicroseconds.toFixed(1),
    ]),
  )
}
