import { Child } from '../child.mjs'
import { median, quartiles, rounded } from '../figures.mjs'

const SERVER = new URL('server.mjs', import.meta.url)
const LOAD = new URL('load.mjs', import.meta.url)

/** By which names frameworks are measured. */
export const FRAMEWORKS = ['express', 'fastify', 'koa', 'hono', 'nestjs']

/**
 * Every app of a framework beside the app without a limiter, on one version of Node. What else the machine does changes from
 * second to second, so the two take turns, and what counts is the ratio within a turn. Generations: the servers are started
 * anew, because two processes of one program differ by some percent.
 */
export async function measureHttp(framework, node, { generations, rounds, sliceMs, warmMs, names }) {
  const { APPS, TITLE } = await import(`./apps/${framework}.mjs`)
  const chosen = names ?? Object.keys(APPS)
  const turns = Object.fromEntries(chosen.map((name) => [name, []]))
  for (let generation = 0; generation < generations; generation++) {
    const load = await start(LOAD, [], { node, core: 0 })
    const servers = []
    for (const name of chosen) {
      const server = await start(SERVER, [framework, name], { node, flags: ['--expose-gc'], core: 1 })
      servers.push({ name, ...APPS[name], ...server })
    }
    const [none, ...limited] = servers
    try {
      for (const server of servers) await season(load, server, warmMs)
      for (let round = 0; round < rounds; round++) {
        for (const server of limited) {
          const bare = await slice(load, none, sliceMs)
          const own = await slice(load, server, sliceMs)
          turns[none.name].push({ ...bare, ratio: 1, cpuRatio: 1, added: 0 })
          const ratios = { ratio: own.rate / bare.rate, cpuRatio: bare.cpu / own.cpu }
          turns[server.name].push({ ...own, ...ratios, added: own.cpu - bare.cpu })
        }
      }
    } finally {
      await Promise.all([load, ...servers].map(({ child }) => child.end()))
    }
  }
  const rows = chosen.map((name) => ({ name, title: APPS[name].title, ...summary(turns[name]) }))
  return { framework, title: TITLE, version: node.version, rows }
}

async function start(file, args, where) {
  const child = new Child(file, args, where)
  return { child, port: await child.message() }
}

/** What a server is once it has been up for a while: compiled, collected while it was idle, and compiled again. */
async function season(load, server, warmMs) {
  await warm(load, server, warmMs)
  await server.child.ask('collect')
  await warm(load, server, warmMs)
}

/** Until the server has used so much CPU time that everything is compiled; on a busy machine that takes longer. */
async function warm(load, server, warmMs) {
  for (let used = 0; used < warmMs * 1000;) {
    const { cpu, requests } = await slice(load, server, 250)
    used += cpu * requests
  }
}

async function slice(load, { name, refuses = false, clients = 1, child, port }, ms) {
  const before = await child.ask('cpu')
  const { statuses, elapsed, error } = await load.child.ask({ port, ms, clients })
  const after = await child.ask('cpu')
  if (error) throw new Error(`${name}: ${error}`)
  const expected = refuses ? '429' : '200'
  const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  // The first request that a refusing app gets is admitted.
  if (requests - (statuses[expected] ?? 0) > 1)
    throw new Error(`${name}: expected ${expected}, got ${JSON.stringify(statuses)}`)
  return { rate: (requests / elapsed) * 1000, cpu: (after - before) / requests, requests }
}

function summary(turns) {
  const middle = (figure, digits) => rounded(median(turns.map((turn) => turn[figure])), digits)
  return {
    requestsPerSecond: middle('rate', 0),
    ratio: middle('ratio', 3),
    ratioQuartiles: quartiles(turns.map(({ ratio }) => ratio)).map((ratio) => rounded(ratio, 3)),
    cpuRatio: middle('cpuRatio', 3),
    cpuMicroseconds: middle('cpu', 2),
    addedMicroseconds: middle('added', 2),
    turns: turns.length,
  }
}

export function httpTable({ framework, title, version, rows }) {
  return {
    mark: `http ${framework} ${version.split('.')[0]}`,
    title: `${title} on Node ${version}: requests a second, as a part of those without a limiter, and the server's CPU time`,
    header: [title, 'requests/s', 'ratio', 'half of the turns', 'by CPU', 'CPU µs a request', 'added'],
    rows: rows.map((row) => [
      row.title,
      String(row.requestsPerSecond),
      row.ratio.toFixed(2),
      row.ratioQuartiles.map((ratio) => ratio.toFixed(2)).join('–'),
      row.cpuRatio.toFixed(2),
      row.cpuMicroseconds.toFixed(1),
      row.addedMicroseconds.toFixed(1),
    ]),
  }
}
