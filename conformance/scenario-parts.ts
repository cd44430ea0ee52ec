import { isLimiterError } from '../src/errors.ts'
import type { LimiterOptions } from '../src/limiter/options.ts'
import type { AdapterLimiter } from '../src/testing/adapter-contract/app-parts.ts'
import type { Current } from './adapter.ts'
import type { Declarations } from './declarations.ts'
import { conditionOf, type RequestView, valueOf } from './forms.ts'
import type { AttachedLimit, LimiterSpec, RouteSpec, Scenario } from './format.ts'
import { attachmentOf, limitersOf, limitsOfFunction } from './scenario.ts'

/** What a route answers to a request. */
export interface ScenarioReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The parts of a scenario's application that are the same in every framework: its limiters, its limits, its handlers. */
export class ScenarioParts<Req extends object, Res, L extends AdapterLimiter<Req, Res>> {
  /** By name; the only one of a scenario has the name ''. */
  readonly limiters: Map<string, L> = new Map<string, L>()
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Req, Res>
  readonly #viewRequest: (request: Req) => RequestView

  constructor(
    scenario: Scenario,
    declarations: Declarations<Req, Res>,
    viewRequest: (request: Req) => RequestView,
    createLimiter: (options: LimiterOptions<Req, Res>, spec: LimiterSpec) => L,
  ) {
    this.#scenario = scenario
    this.#declarations = declarations
    this.#viewRequest = viewRequest
    for (const spec of limitersOf(scenario)) {
      const limiter = createLimiter(declarations.limiter(spec), spec)
      for (const filter of spec.requestFilters ?? []) limiter.requestFilter(declarations.condition(filter)!)
      this.limiters.set(spec.name ?? '', limiter)
    }
  }

  /** A limiter by its name; the first one if none is given. */
  limiter(name: string | undefined): L {
    const limiter = name === undefined ? [...this.limiters.values()][0] : this.limiters.get(name)
    if (!limiter) throw new Error(`${this.#scenario.id} names the limiter ${name} and does not hold it`)
    return limiter
  }

  /** The limiter of an attached limit. */
  limiterOf(limit: AttachedLimit): L {
    return this.limiter(attachmentOf(this.#scenario, limit).limiter)
  }

  /** What `limiter.limit(…)` or `limiter.sharedLimit(…)` makes of an attached limit; of equal ones the same. */
  limit(limit: AttachedLimit): ReturnType<L['limit']> {
    return this.#declarations.intern('limit', limit, () => {
      const { spec, limiter } = attachmentOf(this.#scenario, limit)
      const { notation, options } = this.#declarations.limit(spec)
      const made = spec.shared
        ? this.limiter(limiter).sharedLimit(notation, { ...options, scope: options.scope ?? '' })
        : this.limiter(limiter).limit(notation, options)
      return made as ReturnType<L['limit']>
    })
  }

  /** How a route answers: blocks, then calls, then `throwWhen`, then the response. */
  handler(route: RouteSpec): (request: Req) => Promise<ScenarioReply> {
    const blocks = (route.blocks ?? []).map(({ whenExceeded, ...limit }) => ({
      limit: this.limit(limit),
      whenExceeded,
    }))
    const calls = (route.calls ?? []).map((name) => this.#function(name))
    const { throwWhen, status = 200, headers = {}, body = route.name } = route.response ?? {}
    const throws = throwWhen === undefined ? undefined : conditionOf(throwWhen)
    const statusValue = valueOf(status)
    const headerValues = Object.entries(headers).map(([name, form]) => [name, valueOf(form)] as const)
    return async (request) => {
      for (const { limit, whenExceeded } of blocks) {
        try {
          await limit.check(request)
        } catch (error) {
          const isRefusal = isLimiterError(error) && error.code === 'ERR_RATE_LIMITED'
          if (!(whenExceeded === 'continue' && isRefusal)) throw error
        }
      }
      for (const call of calls) await call()
      const view = this.#viewRequest(request)
      if (throws?.(view)) throw new Error('the handler throws')
      return {
        status: Number(statusValue(view)),
        headers: Object.fromEntries(headerValues.map(([name, value]) => [name, String(value(view) ?? '')])),
        body,
      }
    }
  }

  /** What each limiter reports about a request. */
  current(request: Req): ReadonlyMap<string, Current> {
    return new Map(
      [...this.limiters].map(([name, limiter]) => [
        name,
        { currentLimit: limiter.currentLimit(request), currentLimits: limiter.currentLimits(request) },
      ]),
    )
  }

  async reset(): Promise<void> {
    for (const limiter of this.limiters.values()) await limiter.reset()
  }

  #function(name: string): () => unknown {
    return this.#declarations.intern('function', name, () =>
      // The first in the list is attached first: the innermost.
      limitsOfFunction(this.#scenario, name).reduce<() => unknown>(
        (inner, limit) => this.limit(limit).wrap(inner),
        () => undefined,
      ),
    )
  }
}
