import { ManualClock } from '../manual-clock.ts'
import { equal } from '../storage-contract/subject.ts'
import type { AppSpec, LimiterSpec, RouteSpec } from './app-spec.ts'
import type { AdapterApp, AdapterHarness, Answer, Capability, RequestOptions } from './harness.ts'

/** One case of the contract. */
export interface Check {
  readonly name: string
  /** What the framework must have for it. */
  readonly needs?: readonly Capability[]
  check(stage: Stage): Promise<void>
}

/** A spec, shorter: with one limiter. */
export type ShortSpec = Omit<AppSpec, 'limiters'> & {
  readonly limiter?: LimiterSpec['options']
  readonly filters?: LimiterSpec['filters']
}

/** What an answer is expected to be: the body of a 200 or of a refusal, or a status. */
export type Expected = string | number

/** Where one case plays: a clock that stands still, and apps that are closed when it is over. */
export class Stage {
  readonly clock: ManualClock = new ManualClock()
  /** What the limiters have logged. */
  readonly log: { readonly level: string; readonly message: string; readonly kind: string }[] = []
  readonly #harness: AdapterHarness
  readonly #apps: AdapterApp[] = []

  constructor(harness: AdapterHarness) {
    this.#harness = harness
  }

  /** Builds an app. Its limiters go by the clock of the stage. */
  async open(spec: AppSpec | ShortSpec): Promise<TestApp> {
    const { limiters, ...rest } = 'limiters' in spec ? spec : { ...spec, limiters: [limiterOf(spec)] }
    const staged = limiters.map(({ options, ...limiter }) => ({
      ...limiter,
      options: { ...this.#defaults(), ...options },
    }))
    const app = await this.#harness.build({ ...rest, limiters: staged })
    this.#apps.push(app)
    return new TestApp(app)
  }

  async close(): Promise<void> {
    for (const app of this.#apps) await app.close()
  }

  #defaults(): LimiterSpec['options'] {
    const log = (level: string) => (message: string, details?: object) => {
      this.log.push({ level, message, kind: (details as { kind: string }).kind })
    }
    return { clock: this.clock, logger: { info: log('info'), warn: log('warn'), error: log('error') } }
  }
}

/** An app under test. */
export class TestApp {
  readonly limiter: AdapterApp['limiter']
  readonly #app: AdapterApp

  constructor(app: AdapterApp) {
    this.#app = app
    this.limiter = (name) => app.limiter(name)
  }

  /** Sends a request: `/a` or `POST /a`. */
  async send(what: string, options?: RequestOptions): Promise<Answer> {
    const [method, path] = what.includes(' ') ? what.split(' ') : ['GET', what]
    return this.#app.request(method!, path!, options)
  }

  /** Sends the same request once for each answer expected, one after the other. */
  async expect(what: string, expected: Expected | readonly Expected[], options?: RequestOptions): Promise<void> {
    const all = typeof expected === 'object' ? expected : [expected]
    const answers: Expected[] = []
    for (const each of all) {
      const { status, body } = await this.send(what, options)
      answers.push(typeof each === 'number' || (status !== 200 && status !== 429) ? status : body)
    }
    equal(answers, all, `${what}${options ? ` ${JSON.stringify(options)}` : ''}`)
  }

  /** One header of an answer, undefined where it was not sent; several lines are joined by ` + `. */
  async header(what: string, name: string, options?: RequestOptions): Promise<string | undefined> {
    return headerOf(await this.send(what, options), name)
  }
}

/** A header of an answer. A header that was sent twice does not go unnoticed. */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  return headers.get(name.toLowerCase())?.join(' + ')
}

/** A route that tells, as JSON, what `tell` finds. */
export function telling(
  path: string,
  tell: (context: Parameters<NonNullable<RouteSpec['handler']>>[0]) => unknown,
  more: Omit<RouteSpec, 'path' | 'handler'> = {},
): RouteSpec {
  return { ...more, path, handler: async (context) => JSON.stringify(await tell(context)) ?? 'undefined' }
}

function limiterOf({ limiter = {}, filters = [] }: ShortSpec): LimiterSpec {
  return { options: limiter, filters }
}
