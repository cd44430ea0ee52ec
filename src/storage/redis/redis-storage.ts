import { ConfigurationError, StorageError } from '../../errors.ts'
import type { BatchResult, Entry, EvaluateOptions, Storage } from '../storage.ts'
import { Batcher, type Pending } from './batcher.ts'
import type { Command } from './connection.ts'
import { decideInParts } from './decide-in-parts.ts'
import { explainError, isUnknownScript } from './redis-errors.ts'
import type { Master, Route } from './route.ts'
import { decodeReply, encodeCall, type Question, type ScriptCall } from './script-call.ts'
import { SCRIPT } from './script/script.ts'

/** How long closing waits for what is being given back, in ms. */
const LATE_MS = 1000

const ignore = (): void => {}

/** The instants that the script can count: all that are no earlier than the epoch, up to the year 10889. */
const LATEST = 2 ** 48 - 1

/** Node's module is asked for at run time: bundles for runtimes without it hold this file, and never run it. */
const SCRIPT_HASH = process.getBuiltinModule('node:crypto').createHash('sha1').update(SCRIPT).digest('hex')

interface Call {
  readonly slot: number
  readonly questions: Pending[]
}

/** A storage on Redis or Valkey. Every decision is made on the server, by one script. */
export class RedisStorage implements Storage {
  readonly name: string
  readonly atomicity: Storage['atomicity']
  readonly #route: Route
  readonly #batcher: Batcher
  /** What nobody waits for. */
  readonly #late = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(name: string, route: Route) {
    this.name = name
    this.atomicity = route.atomicity
    this.#route = route
    this.#batcher = new Batcher((questions) => this.#decide(questions), route.atomicity === 'batch')
  }

  get connections(): number {
    return this.#route.connections
  }

  evaluate(entries: readonly Entry[], options?: EvaluateOptions): Promise<BatchResult> {
    const now = options?.now
    if (now !== undefined && !(Number.isInteger(now) && now >= 0 && now <= LATEST)) {
      throw new ConfigurationError(`now must be an integer from 0 to 2^48 - 1 (ms since the epoch), got ${String(now)}`)
    }
    const slot = slotOf(entries, this.#route)
    if (slot !== undefined) return this.#batcher.ask({ entries, options, slot })
    return decideInParts(
      entries,
      options,
      (key) => this.#route.slotOf(key),
      (question) => this.#batcher.ask(question),
      (question) => this.#askLate(question),
    )
  }

  async forget(keys: readonly string[]): Promise<void> {
    const commands = keys.map((key) => ({ command: ['UNLINK', this.#route.spell(key)], slot: this.#route.slotOf(key) }))
    await this.#answered(Promise.all(this.#openRoute.send(commands)))
  }

  async reset(prefix: string): Promise<number> {
    const masters = await this.#answered(Promise.resolve(this.#openRoute.masters()))
    const counts = await this.#answered(
      Promise.all(masters.map((master) => this.#sweep(master, this.#route.patternOf(prefix)))),
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async ping(): Promise<void> {
    this.#openRoute.renew()
    const masters = await this.#answered(Promise.resolve(this.#openRoute.masters()))
    await this.#answered(Promise.all(masters.flatMap((master) => master.send([['PING']]))))
    // Whether scripts can be run shows here, not at the first request; and the server has this one from now on.
    await this.#batcher.ask({ entries: [], options: undefined, slot: 0 })
  }

  /** Waits a moment for what is being given back: without it clients would have less left than they should. */
  async close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const longEnough = new Promise((resolve) => (timer = setTimeout(resolve, LATE_MS)))
    await Promise.race([Promise.all(this.#late), longEnough])
    clearTimeout(timer)
    this.#isClosed = true
    this.#route.close()
  }

  /** The route, for sending. Once it is closed it would connect again. */
  get #openRoute(): Route {
    if (this.#isClosed) throw new StorageError('ERR_STORAGE_UNAVAILABLE', `${this.name} was closed`)
    return this.#route
  }

  #askLate(question: Question): void {
    // What fails here stays charged, or uncounted: all that a crash in between could do as well.
    const done: Promise<unknown> = this.#batcher.ask(question).then(ignore, ignore)
    this.#late.add(done)
    void done.then(() => this.#late.delete(done))
  }

  #decide(questions: readonly Pending[]): Promise<unknown> {
    const calls = callsOf(questions)
    const written = calls.map((call) => encodeCall(call.questions, (key) => this.#route.spell(key)))
    const commands = calls.map(({ slot }, i) => ({ command: evalCommand('EVALSHA', SCRIPT_HASH, written[i]!), slot }))
    let answers: readonly Promise<unknown>[]
    try {
      answers = this.#openRoute.send(commands)
    } catch (error) {
      answers = calls.map(() => Promise.reject(error))
    }
    return Promise.all(calls.map((call, i) => this.#settle(call, written[i]!, answers[i]!)))
  }

  async #settle({ questions, slot }: Call, call: ScriptCall, answer: Promise<unknown>): Promise<void> {
    try {
      const reply = await answer.catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error
        return this.#openRoute.send([{ command: evalCommand('EVAL', SCRIPT, call), slot }])[0]
      })
      const results = decodeReply(reply, questions, call)
      questions.forEach(({ resolve, reject }, i) => {
        const result = results[i]!
        if (result instanceof StorageError) reject(result)
        else resolve(result)
      })
    } catch (error) {
      const explained = explainError(error, this.name)
      for (const { reject } of questions) reject(explained)
    }
  }

  async #sweep(master: Master, pattern: string): Promise<number> {
    const own = master.keyPrefix?.length ?? 0
    let count = 0
    let cursor = '0'
    do {
      const [next, keys] = (await master.send([['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000']])[0]) as [
        unknown,
        string[],
      ]
      cursor = String(next)
      const gone = await Promise.all(master.send(keys.map((key) => ['UNLINK', key.slice(own)])))
      count += gone.reduce<number>((sum, unlinked) => sum + Number(unlinked), 0)
    } while (cursor !== '0')
    return count
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw explainError(error, this.name)
    })
  }
}

/** The slot of all keys; undefined: they have several. */
function slotOf(entries: readonly Entry[], route: Route): number | undefined {
  const slot = entries.length === 0 ? 0 : route.slotOf(entries[0]!.key)
  for (let i = 1; i < entries.length; i++) if (route.slotOf(entries[i]!.key) !== slot) return undefined
  return slot
}

/** Puts questions together that can be asked in one call: those of one slot. */
function callsOf(questions: readonly Pending[]): readonly Call[] {
  const calls = new Map<number, Call>()
  for (const question of questions) {
    const { slot } = question
    const call = calls.get(slot)
    if (call === undefined) calls.set(slot, { slot, questions: [question] })
    else call.questions.push(question)
  }
  return [...calls.values()]
}

function evalCommand(name: 'EVALSHA' | 'EVAL', script: string, { keys, text }: ScriptCall): Command {
  return [name, script, String(keys.length), ...keys, text]
}
