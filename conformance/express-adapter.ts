import type { NextFunction, Request, RequestHandler, Response, Router } from 'express'
import type express from 'express'
import { createLimiter, isLimiterError, remoteAddress } from '../src/adapters/express/index.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import { conditionOf, valueOf, type RequestView } from './forms.ts'
import type { AttachedLimit, GroupSpec, LimiterSpec, ResponseSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import {
  attachmentOf,
  exemptionOf,
  hasIpv6Addresses,
  limitersOf,
  limitsOfFunction,
  needsRouteNames,
  routeNameOf,
  routesInOrder,
} from './scenario.ts'

type Limiter = ReturnType<typeof createLimiter>

/** Plays scenarios on Express: groups are routers, limits and exemptions are middleware. */
export function expressAdapter(name: string, framework: typeof express): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 404,
    build: (scenario, stage) => new ExpressBuilder(framework, scenario, stage).build(),
  }
}

class ExpressBuilder {
  readonly #framework: typeof express
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Request, Response>
  readonly #limiters = new Map<string, Limiter>()
  readonly #routeNames = new WeakMap<object, string>()
  #request: Request | undefined

  constructor(framework: typeof express, scenario: Scenario, stage: Stage) {
    this.#framework = framework
    this.#scenario = scenario
    this.#declarations = new Declarations<Request, Response>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? (request) => request.socket.remoteAddress ?? '' : remoteAddress,
      viewRequest,
      viewResponse: (response) => ({
        status: response.statusCode,
        header: (header) => response.getHeader(header)?.toString(),
      }),
      request: () => this.#request!,
    })
  }

  async build(): Promise<App> {
    const app = this.#framework()
    app.use((request: Request, _response: Response, next: NextFunction) => {
      this.#request = request
      next()
    })
    for (const spec of limitersOf(this.#scenario)) this.#addLimiter(spec, app)
    const routers = this.#addGroups(app)
    for (const route of routesInOrder(this.#scenario)) {
      this.#addRoute(route, route.group === undefined ? app : routers.get(route.group)!)
    }
    app.use((error: { status?: number }, _request: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) next(error)
      else response.status(error.status ?? 500).send('Internal Server Error')
    })
    const server = await LocalServer.start(app)
    return {
      request: (step) => server.request(step),
      current: () =>
        new Map(
          [...this.#limiters].map(([limiterName, limiter]) => [
            limiterName,
            {
              currentLimit: limiter.currentLimit(this.#request!),
              currentLimits: limiter.currentLimits(this.#request!),
            },
          ]),
        ),
      reset: async () => {
        for (const limiter of this.#limiters.values()) await limiter.reset()
      },
      close: () => server.close(),
    }
  }

  #addLimiter(spec: LimiterSpec, app: express.Express): void {
    const options = this.#declarations.limiter(spec)
    const requestIdentifier = (request: Request): string => this.#routeNames.get(request.route as object) ?? ''
    const limiter = createLimiter(needsRouteNames(this.#scenario) ? { requestIdentifier, ...options } : options)
    for (const filter of spec.requestFilters ?? []) limiter.requestFilter(this.#declarations.condition(filter)!)
    limiter.init(app)
    this.#limiters.set(spec.name ?? '', limiter)
  }

  #addGroups(app: express.Express): Map<string, Router> {
    const routers = new Map<string, Router>()
    const groups = this.#scenario.groups ?? []
    for (const group of groups) routers.set(idOf(group), this.#framework.Router({ mergeParams: true }))
    for (const group of groups) {
      const router = routers.get(idOf(group))!
      for (const limit of group.limits ?? []) {
        const { spec, limiter } = attachmentOf(this.#scenario, limit)
        this.#limiter(limiter).group(router, [this.#declarations.limitObject(spec)])
      }
      if (group.exempt !== undefined) {
        const { limiter, scopes } = exemptionOf(group.exempt)
        this.#limiter(limiter).exempt(router, scopes)
      }
      const parent = group.parent === undefined ? app : routers.get(group.parent)!
      parent.use(group.prefix, router)
    }
    return routers
  }

  #addRoute(route: RouteSpec, parent: express.Express | Router): void {
    const middleware: RequestHandler[] = (route.limits ?? []).map((limit) => this.#middleware(limit))
    if (route.exempt !== undefined) {
      const { limiter, scopes } = exemptionOf(route.exempt)
      middleware.push(this.#limiter(limiter).exempt(scopes))
    }
    const handler = this.#handler(route)
    const matched = parent.route(route.path)
    this.#routeNames.set(matched, routeNameOf(route))
    for (const method of route.methods ?? ['GET']) {
      matched[method.toLowerCase() as 'get'](
        ...middleware,
        (request: Request, response: Response, next: NextFunction) => {
          handler(request, response).catch(next)
        },
      )
    }
  }

  #handler(route: RouteSpec): (request: Request, response: Response) => Promise<void> {
    const blocks = (route.blocks ?? []).map(({ whenExceeded, ...limit }) => ({
      limit: this.#middleware(limit),
      whenExceeded,
    }))
    const calls = (route.calls ?? []).map((name) => this.#function(name))
    const { throwWhen, ...response } = route.response ?? {}
    const throws = throwWhen === undefined ? undefined : conditionOf(throwWhen)
    const answer = answering(response, route.name)
    return async (request, res) => {
      for (const block of blocks) {
        try {
          await block.limit.check(request)
        } catch (error) {
          if (!(block.whenExceeded === 'continue' && isLimiterError(error) && error.code === 'ERR_RATE_LIMITED'))
            throw error
        }
      }
      for (const call of calls) await call()
      if (throws?.(viewRequest(request))) throw new Error('the handler throws')
      answer(request, res)
    }
  }

  #function(name: string): () => unknown {
    return this.#declarations.intern('function', name, () =>
      // The first in the list is attached first: the innermost.
      limitsOfFunction(this.#scenario, name).reduce<() => unknown>(
        (inner, limit) => this.#middleware(limit).wrap(inner),
        () => undefined,
      ),
    )
  }

  #middleware(limit: AttachedLimit): ReturnType<Limiter['limit']> {
    return this.#declarations.intern('limit', limit, () => {
      const { spec, limiter } = attachmentOf(this.#scenario, limit)
      const { notation, options } = this.#declarations.limit(spec)
      return spec.shared
        ? this.#limiter(limiter).sharedLimit(notation, { ...options, scope: options.scope ?? '' })
        : this.#limiter(limiter).limit(notation, options)
    })
  }

  #limiter(name: string | undefined): Limiter {
    const limiter = name === undefined ? [...this.#limiters.values()][0] : this.#limiters.get(name)
    if (!limiter) throw new Error(`${this.#scenario.id} names the limiter ${name} and does not hold it`)
    return limiter
  }
}

function idOf(group: GroupSpec): string {
  return group.id ?? group.name
}

function viewRequest(request: Request): RequestView {
  return {
    method: request.method,
    path: request.originalUrl.split('?')[0]!,
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.get(name),
    pathParam: (name) => request.params[name] as string | undefined,
  }
}

function answering(
  { status, headers, body }: ResponseSpec,
  routeName: string,
): (request: Request, response: Response) => void {
  const statusValue = valueOf(status ?? 200)
  const headerValues = Object.entries(headers ?? {}).map(([name, form]) => [name, valueOf(form)] as const)
  return (request, response) => {
    const view = viewRequest(request)
    response.status(Number(statusValue(view)))
    for (const [name, value] of headerValues) response.setHeader(name, value(view) ?? '')
    response.type('text/plain').send(body ?? routeName)
  }
}
