import { Child } from '../child.mjs'
import { median, rounded } from '../figures.mjs'
import { httpTable, measureHttp } from '../http/measure.mjs'
import { startRedis } from './server.mjs'
import { SUBJECTS } from './subjects.mjs'

const WORKER = new URL('worker.mjs', import.meta.url)

/** What is asked of every subject: how many limits, whether they refuse, and how many requests are in flight, one after the other. */
const CASES = [
  { limits: 1, mode: 'admitted', inFlight: [1, 64, 512] },
  { limits: 3, mode: 'admitted', inFlight: [1, 64, 512] },
  { limits: 1, mode: 'refused', inFlight: [64] },
  { limits: 3, mode: 'refused', inFlight: [64] },
]

/**
 * Every subject with every client library in every case, and then a server over HTTP. What else the machine does changes from
 * second to second, so they take turns, and what counts is the ratio to the best peer within a turn. Each is a process that stays,
 * and has a database of its own.
 */
export async function measureRedis(node, { rounds, sliceMs, warmMs, steadyMs }) {
  const server = await startRedis()
  try {
    const cases = []
    for (const each of CASES) cases.push(...(await measureCase(node, server, each, { rounds, sliceMs, warmMs })))
    const steady = { limits: 3, mode: 'steady', inFlight: [1], only: ({ isOurs }) => isOurs }
    cases.push(...(await measureCase(node, server, steady, { rounds: 1, sliceMs: steadyMs, warmMs: 0 })))
    process.env.REDIS_PORT = String(server.port)
    const http = await measureHttp('fastify-redis', node, { generations: 1, rounds, sliceMs: 100, warmMs: 2 * warmMs })
    return { version: node.version, cases, http }
  } finally {
    server.stop()
  }
}

async function measureCase(node, server, { limits, mode, inFlight, only = () => true }, { rounds, sliceMs, warmMs }) {
  const subjects = Object.entries(SUBJECTS)
    .filter(([, subject]) => only(subject) && !(subject.onlyRefused && mode === 'admitted'))
    .flatMap(([name, { title, isOurs = false, clients }]) => clients.map((client) => ({ name, title, isOurs, client })))
  const workers = []
  try {
    for (const [db, { name, client }] of subjects.entries()) {
      const worker = new Child(WORKER, [name, client, server.port, db, limits, mode].map(String), { node })
      workers.push({ worker, ...(await worker.message()) })
    }
    for (const { worker } of workers) await worker.ask({ inFlight: 64, ms: warmMs })
    const turns = inFlight.map(() => subjects.map(() => []))
    for (let round = 0; round < rounds; round++) {
      for (const [which, count] of inFlight.entries()) {
        for (const [i, { worker }] of workers.entries()) {
          turns[which][i].push(await worker.ask({ inFlight: count, ms: sliceMs }))
        }
      }
    }
    return inFlight.map((count, which) => ({
      limits,
      mode,
      inFlight: count,
      rows: subjects.map((subject, i) => ({
        ...subject,
        ...medians(turns[which][i]),
        bytesPerClient: workers[i].bytesPerClient,
        ratios: subject.isOurs && mode === 'admitted' ? ratios(turns[which][i], subjects, turns[which]) : undefined,
      })),
    }))
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.end()))
    await server.empty()
  }
}

function medians(turns) {
  return Object.fromEntries(Object.keys(turns[0]).map((field) => [field, median(turns.map((turn) => turn[field]))]))
}

/** Against the peer that is best at it, turn by turn. */
function ratios(own, subjects, turns) {
  const peers = turns.filter((_, i) => !subjects[i].isOurs)
  const best = (field, better) =>
    peers.reduce((a, b) => (better(medians(b)[field], medians(a)[field]) ? b : a)).map((turn) => turn[field])
  const ratio = (field, better) => {
    const peer = best(field, better)
    return rounded(median(own.map((turn, i) => turn[field] / peer[i])), 3)
  }
  const more = (a, b) => a > b
  const less = (a, b) => a < b
  return {
    decisionsPerSecond: ratio('decisionsPerSecond', more),
    p50Ms: ratio('p50Ms', less),
    appMicros: ratio('appMicros', less),
    redisMicros: ratio('redisMicros', less),
  }
}

/** One of all ratios, one for each case, and one of a server over HTTP. */
export function redisTables({ version, cases, http }) {
  return [ratioTable(version, cases), ...cases.map((each) => caseTable(version, each)), httpTable(http)]
}

function ratioTable(version, cases) {
  const rows = cases.flatMap((each) =>
    each.rows
      .filter((row) => row.ratios)
      .map(({ title, client, ratios: r }) => [
        `${title}, ${client}: ${words(each)}`,
        ...[r.decisionsPerSecond, r.p50Ms, r.appMicros, r.redisMicros].map((ratio) => ratio.toFixed(2)),
      ]),
  )
  return {
    mark: 'redis ratios',
    title: `Over Redis on Node ${version}: what we need or do, as a part of what the peer does that is best at it`,
    header: ['', 'decisions/s', 'p50', 'CPU of the app', 'CPU of Redis'],
    rows,
  }
}

function caseTable(version, each) {
  return {
    mark: `redis ${each.limits} ${each.mode} ${each.inFlight}`,
    title: `Over Redis on Node ${version}: ${words(each)}; each figure but the first three is of one decision`,
    header: [
      '',
      'decisions/s',
      'p50 ms',
      'p99 ms',
      'CPU µs, app',
      'CPU µs, Redis',
      'calls',
      'commands',
      'bytes in',
      'bytes out',
      'bytes kept of a client',
    ],
    rows: each.rows.map((row) => [
      `${row.title}, ${row.client}`,
      Math.round(row.decisionsPerSecond).toLocaleString('en'),
      ...[row.p50Ms, row.p99Ms, row.appMicros, row.redisMicros].map((figure) => figure.toFixed(2)),
      ...[row.calls, row.commands].map((figure) => figure.toFixed(4)),
      ...[row.bytesIn, row.bytesOut].map((figure) => figure.toFixed(0)),
      // Of few clients there is nothing to measure beside what else the server needs.
      each.mode === 'admitted' ? row.bytesPerClient.toFixed(0) : '–',
    ]),
  }
}

function words({ limits, mode, inFlight }) {
  const what = limits === 1 ? 'one limit' : `${limits} limits`
  return mode === 'steady'
    ? `${what}, one client refused 1000 times a second`
    : `${what}, ${mode}, ${inFlight} in flight`
}
