import { isLimiterError } from '../src/errors.ts'
import type { ExemptionScopes, LimitObject } from '../src/limiter/limit-options.ts'
import type { LimiterOptions } from '../src/limiter/options.ts'
import type { AdapterLimiter } from '../src/testing/adapter-contract/app-parts.ts'
import type { App, Current, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import { conditionOf, type RequestView, type ResponseView, valueOf } from './forms.ts'
import type { AttachedLimit, GroupSpec, LimiterSpec, RouteSpec, Scenario } from './format.ts'
import type { LocalServer } from './local-server.ts'
import {
  attachmentOf,
  exemptionOf,
  hasIpv6Addresses,
  limitersOf,
  limitsOfFunction,
  needsRouteNames,
} from './scenario.ts'

/** What a route answers to a request. */
export interface ScenarioReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the framework has to give so that scenarios can be built in it. */
export interface ScenarioFramework<Req, Res, L> {
  createLimiter(options: LimiterOptions<Req, Res>, spec: LimiterSpec): L
  remoteAddress(request: Req): string
  viewRequest(request: Req): RequestView
  viewResponse(response: Res): ResponseView
  /** The recorded name of the route that a request has matched; left out where limiters are told of it otherwise. */
  routeName?(request: Req): string
}

/** The parts of a scenario's application that are the same in every framework: its limiters, its limits, its handlers. */
export class ScenarioParts<Req extends object, Res, L extends AdapterLimiter<Req, Res>> {
  readonly scenario: Scenario
  /** By name; the only one of a scenario has the name ''. */
  readonly limiters: Map<string, L> = new Map<string, L>()
  readonly declarations: Declarations<Req, Res>
  /** The request that is being answered, or was answered last. */
  request: Req | undefined
  readonly #viewRequest: (request: Req) => RequestView

  constructor(scenario: Scenario, stage: Stage, framework: ScenarioFramework<Req, Res, L>) {
    const { remoteAddress, viewRequest, viewResponse, routeName } = framework
    this.scenario = scenario
    this.#viewRequest = viewRequest
    this.declarations = new Declarations<Req, Res>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? (request) => viewRequest(request).remoteAddress : remoteAddress,
      viewRequest,
      viewResponse,
      request: () => this.request!,
    })
    const named = routeName && needsRouteNames(scenario) ? { requestIdentifier: routeName } : {}
    for (const spec of limitersOf(scenario)) {
      const limiter = framework.createLimiter({ ...named, ...this.declarations.limiter(spec) }, spec)
      for (const filter of spec.requestFilters ?? []) limiter.requestFilter(this.declarations.condition(filter)!)
      this.limiters.set(spec.name ?? '', limiter)
    }
  }

  /** A limiter by its name; the first one if none is given. */
  limiter(name: string | undefined): L {
    const limiter = name === undefined ? [...this.limiters.values()][0] : this.limiters.get(name)
    if (!limiter) throw new Error(`${this.scenario.id} names the limiter ${name} and does not hold it`)
    return limiter
  }

  /** The limiter of an attached limit. */
  limiterOf(limit: AttachedLimit): L {
    return this.limiter(attachmentOf(this.scenario, limit).limiter)
  }

  /** What `limiter.limit(…)` or `limiter.sharedLimit(…)` makes of an attached limit; of equal ones the same. */
  limit(limit: AttachedLimit): ReturnType<L['limit']> {
    return this.declarations.intern('limit', limit, () => {
      const { spec, limiter } = attachmentOf(this.scenario, limit)
      const { notation, options } = this.declarations.limit(spec)
      const made = spec.shared
        ? this.limiter(limiter).sharedLimit(notation, { ...options, scope: options.scope ?? '' })
        : this.limiter(limiter).limit(notation, options)
      return made as ReturnType<L['limit']>
    })
  }

  /** The limits of a group as objects, each with its limiter. */
  groupLimits({ limits = [] }: GroupSpec): { limiter: L; limit: LimitObject<Req, Res> }[] {
    return limits.map((limit) => ({
      limiter: this.limiterOf(limit),
      limit: this.declarations.limitObject(attachmentOf(this.scenario, limit).spec),
    }))
  }

  /** What a group or a route is exempt from, if it is: the scopes, with their limiter. */
  exemptions({ exempt }: GroupSpec | RouteSpec): { limiter: L; scopes: ExemptionScopes | undefined }[] {
    if (exempt === undefined) return []
    const { limiter, scopes } = exemptionOf(exempt)
    return [{ limiter: this.limiter(limiter), scopes }]
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

  /** The application, served by a server. */
  servedBy(server: LocalServer): App {
    return {
      request: async (step) => server.request(step),
      current: () => this.#current(this.request!),
      reset: async () => {
        for (const limiter of this.limiters.values()) await limiter.reset()
      },
      close: async () => server.close(),
    }
  }

  #current(request: Req): ReadonlyMap<string, Current> {
    return new Map(
      [...this.limiters].map(([name, limiter]) => [
        name,
        { currentLimit: limiter.currentLimit(request), currentLimits: limiter.currentLimits(request) },
      ]),
    )
  }

  #function(name: string): () => unknown {
    return this.declarations.intern('function', name, () =>
      // The first in the list is attached first: the innermost.
      limitsOfFunction(this.scenario, name).reduce<() => unknown>(
        (inner, limit) => this.limit(limit).wrap(inner),
        () => undefined,
      ),
    )
  }
}
