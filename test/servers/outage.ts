import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createLimiter, type OnStorageError, ServiceUnavailable, StorageError } from '../../src/index.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { CLIENTS, type Fault } from './faults.ts'

/** The forms of `onStorageError`, by what a table calls them. */
export const FORMS: Readonly<Record<string, OnStorageError>> = {
  raise: 'raise',
  allow: 'allow',
  refuse: 'refuse',
  fallback: 'fallback',
  '{ fallback }': { fallback: ['1000000/hour'] },
}

/** The default `storageTimeout`, which the limiters of these tests have. */
export const DEADLINE_MS = 250

/** What a request got: of the storage, or what the form of `onStorageError` says. */
export type Answer = 'storage' | '500' | '503' | 'allowed' | 'local' | 'unexpected'

/** What became of the requests to one limiter, from the beginning of a fault until it is over and has been seen to be. */
export interface Outage {
  readonly client: string
  readonly form: string
  readonly requests: number
  readonly answers: Readonly<Record<Answer, number>>
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** By how much this process itself was late at most, in ms. */
  readonly late: number
  /** ms from the end of the fault to the first answer of the storage after which there was no other. */
  readonly recoveredAfter: number
  /** How many requests the storage has let pass, and how many it has counted. */
  readonly allowed: number
  readonly counted: number
  /** How many were sent to it at most: those that it answered, and those whose answer did not come. */
  readonly sent: number
  /** What was unexpected, if anything. */
  readonly error: unknown
}

/** Between two requests to one limiter, in ms. */
const EVERY_MS = 10
const WARM_UP_MS = 500
/** After the first probe of the breaker, 2 s after it opens, and before the second, 4 s later. */
const LASTS_MS = 2600
/** Longer than two pauses of the breaker after the first probe: 4 s and 8 s. */
const SEEN_WITHIN_MS = 15_000

/** Sends requests through each client library to a limiter of each form while a fault comes and goes. */
export async function observeOutage(fault: Fault, clients: readonly string[]): Promise<readonly Outage[]> {
  const loads = clients.flatMap((client) =>
    Object.entries(FORMS).map(([form, onStorageError]) => new Load(form, onStorageError, fault.uri, client)),
  )
  await Promise.all(loads.map((load) => load.ready()))
  const timer = setInterval(() => {
    for (const load of loads) load.request()
  }, EVERY_MS)
  await pause(WARM_UP_MS)
  const lateness = monitorEventLoopDelay({ resolution: 5 })
  lateness.enable()
  for (const load of loads) load.begin()
  await fault.begin()
  await pause(LASTS_MS)
  await fault.end()
  for (const load of loads) load.end()
  const end = performance.now()
  while (performance.now() - end < SEEN_WITHIN_MS && !loads.every((load) => load.isServed)) await pause(50)
  await pause(300)
  clearInterval(timer)
  lateness.disable()
  const late = lateness.max / 1e6
  return Promise.all(loads.map(async (load) => ({ ...(await load.result()), late })))
}

/** Requests to one limiter. */
class Load {
  readonly #form: string
  readonly #limiter: ReturnType<typeof createLimiter<{ client: string }>>
  readonly #uri: string
  readonly #client: string
  readonly #pending = new Set<Promise<void>>()
  readonly #latencies: number[] = []
  readonly #answers: Record<Answer, number> = { storage: 0, '500': 0, '503': 0, allowed: 0, local: 0, unexpected: 0 }
  #isObserved = false
  #count = 0
  #allowed = 0
  #lost = 0
  #endedAt = Infinity
  #servedSince: number | undefined
  #error: unknown

  constructor(form: string, onStorageError: OnStorageError, uri: string, client: string) {
    this.#form = form
    this.#uri = uri
    this.#client = client
    this.#limiter = createLimiter<{ client: string }>({
      key: (request) => request.client,
      keyPrefix: `${client} ${form}`,
      defaultLimits: ['1000000/hour'],
      storage: uri,
      storageOptions: { client },
      onStorageError,
      logger: {},
    })
    this.#limiter.on('storageError', () => (this.#lost += 1))
  }

  get isServed(): boolean {
    return this.#servedSince !== undefined
  }

  ready(): Promise<void> {
    return this.#limiter.ready()
  }

  begin(): void {
    this.#isObserved = true
  }

  end(): void {
    this.#endedAt = performance.now()
  }

  request(): void {
    const began = performance.now()
    const isObserved = this.#isObserved
    const request = { client: CLIENTS[this.#count++ % CLIENTS.length]! }
    const pending = this.#decide(request).then((answer) => {
      this.#pending.delete(pending)
      const now = performance.now()
      if (answer !== 'storage') this.#servedSince = undefined
      else if (began > this.#endedAt) this.#servedSince ??= now
      if (!isObserved) return
      this.#answers[answer] += 1
      this.#latencies.push(now - began)
    })
    this.#pending.add(pending)
  }

  async result(): Promise<Omit<Outage, 'late'>> {
    await Promise.all(this.#pending)
    await this.#limiter.close()
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    const at = (share: number): number =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!)
    return {
      client: this.#client,
      form: this.#form,
      requests: sorted.length,
      answers: this.#answers,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      recoveredAfter: Math.round((this.#servedSince ?? Infinity) - this.#endedAt),
      allowed: this.#allowed,
      counted: await this.#counted(),
      sent: this.#allowed + this.#lost,
      error: this.#error,
    }
  }

  async #decide(request: { client: string }): Promise<Answer> {
    try {
      const { source } = await this.#limiter.decide(request, { endpoint: 'work' })
      if (source === 'storage') this.#allowed += 1
      return source === 'none' ? 'allowed' : source
    } catch (error) {
      if (error instanceof ServiceUnavailable) return '503'
      if (error instanceof StorageError) return '500'
      this.#error ??= error
      return 'unexpected'
    }
  }

  /** What the storage has counted, by asking it. */
  async #counted(): Promise<number> {
    const limiter = createLimiter<{ client: string }>({
      key: (request) => request.client,
      keyPrefix: `${this.#client} ${this.#form}`,
      defaultLimits: [{ limit: '1000000/hour', cost: 0 }],
      storage: openStorage(this.#uri, { client: this.#client }),
      storageTimeout: 5000,
    })
    let counted = 0
    for (const client of CLIENTS) {
      const { limit } = await limiter.decide({ client }, { endpoint: 'work' })
      counted += 1_000_000 - limit!.remaining
    }
    await limiter.close()
    return counted
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
