import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The servers that the tests can start. */
export type ServerProgram = 'redis-server' | 'valkey-server' | 'redis-sentinel'

/** A server of the tests' own. */
export interface RedisServer {
  readonly port: number
  /** A folder of its own, removed when it is stopped. */
  readonly folder: string
  /** `redis://127.0.0.1:port`. */
  readonly uri: string
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port, with nothing in it. */
  restart(): Promise<void>
  /** Lets the process stand still: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** How far above its port a node of a cluster listens for the others. */
const BUS = 10_000

/**
 * A port that is free now, and with it the one for a node of a cluster. Both are below those from which systems take the ports of
 * outgoing connections: while a server is away, none of the many that are tried can take its place.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 11_000)
    if ((await isFree(port)) && (await isFree(port + BUS))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Starts a server with nothing in it; `args` are further settings, such as `['--maxmemory', '2mb']`. */
export async function startServer(
  args: readonly string[] = [],
  program: ServerProgram = 'redis-server',
  chosenPort?: number,
): Promise<RedisServer> {
  const port = chosenPort ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    ...args,
  ]
  // A Sentinel takes its settings from a file only, which it rewrites.
  const run = (): Promise<ChildProcess> => started(program, program === 'redis-sentinel' ? args : settings)
  let child = await run()
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  return {
    port,
    folder,
    uri: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      await kill()
      child = await run()
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const READY = /Ready to accept connections|Running mode=sentinel|\+monitor/

/** No server outlives the process that has started it. */
const running = new Set<ChildProcess>()
const endAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}
process.once('exit', endAll)
process.once('SIGTERM', () => {
  endAll()
  process.exit(143)
})

async function started(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString()
      if (READY.test(log)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${log}`)))
  })
  return child
}
