import type { IncomingMessage } from 'node:http'
import {
  createLimiter,
  type FetchLimiter,
  type HandlerGroup,
  isLimiterError,
  remoteAddress,
} from '../src/adapters/fetch/index.ts'
import { endpointName } from '../src/http/endpoint-name.ts'
import { listenerOf } from '../test/adapters/fetch/listener.ts'
import { type Fetch, paramOf, type Route, routed } from '../test/adapters/fetch/router.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, exemptionOf, hasIpv6Addresses, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

/** Plays scenarios on handlers of `Request`: a router of our own calls them, and several limiters are handlers inside each other. */
export const fetchAdapter: ConformanceAdapter = {
  name: 'fetch',
  wrongMethodStatus: 404,
  build: async (scenario, stage) => new FetchBuilder(scenario, stage).build(),
}

class FetchBuilder {
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Request, Response>
  readonly #parts: ScenarioParts<Request, Response, FetchLimiter>
  readonly #groups = new Map<FetchLimiter, Map<string, HandlerGroup>>()
  #request: Request | undefined

  constructor(scenario: Scenario, stage: Stage) {
    this.#scenario = scenario
    this.#declarations = new Declarations<Request, Response>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? addressOf : remoteAddress,
      viewRequest,
      viewResponse: ({ status, headers }) => ({ status, header: (name) => headers.get(name) ?? undefined }),
      request: () => this.#request!,
    })
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) =>
      createLimiter({ ...options, address: addressOf }),
    )
  }

  async build(): Promise<App> {
    this.#addGroups()
    const routes = routesInOrder(this.#scenario).map((route) => this.#route(route))
    const unmatched = (status: number): Fetch<IncomingMessage> =>
      this.#limited(
        () => ({ endpoint: () => '' }),
        () => new Response(null, { status }),
      )
    const notFound = unmatched(404)
    const options = unmatched(200)
    const app = routed(routes, (request, incoming) =>
      (request.method === 'OPTIONS' ? options : notFound)(request, incoming),
    )
    const server = await LocalServer.start(
      listenerOf((request, incoming) => {
        this.#request = request
        incomings.set(request, incoming)
        return app(request, incoming)
      }),
    )
    return {
      request: async (step) => server.request(step),
      current: () => this.#parts.current(this.#request!),
      reset: async () => this.#parts.reset(),
      close: async () => server.close(),
    }
  }

  #addGroups(): void {
    const specs = this.#scenario.groups ?? []
    for (const limiter of this.#parts.limiters.values()) {
      const groups = new Map<string, HandlerGroup>()
      const add = (spec: GroupSpec): HandlerGroup => {
        const around = specs.find((each) => idOf(each) === spec.parent)
        const group = limiter.group(idOf(spec), [], around && { group: groups.get(idOf(around)) ?? add(around) })
        groups.set(idOf(spec), group)
        return group
      }
      for (const spec of specs) if (!groups.has(idOf(spec))) add(spec)
      this.#groups.set(limiter, groups)
    }
    for (const group of specs) {
      for (const limit of group.limits ?? []) {
        const { spec } = attachmentOf(this.#scenario, limit)
        this.#parts.limiterOf(limit).group(idOf(group), [this.#declarations.limitObject(spec)])
      }
      if (group.exempt === undefined) continue
      const { limiter: name, scopes } = exemptionOf(group.exempt)
      const limiter = this.#parts.limiter(name)
      limiter.exempt(this.#groups.get(limiter)!.get(idOf(group))!, scopes)
    }
  }

  #route(route: RouteSpec): Route<IncomingMessage> {
    const methods = route.methods ?? ['GET']
    const pattern = this.#prefixOf(route.group) + route.path
    const endpoint = needsRouteNames(this.#scenario) ? routeNameOf(route) : endpointName(methods, pattern)
    const exemption = route.exempt === undefined ? undefined : exemptionOf(route.exempt)
    const optionsFor = (limiter: FetchLimiter): Parameters<FetchLimiter['handler']>[0] => ({
      endpoint,
      limits: (route.limits ?? [])
        .filter((limit) => this.#parts.limiterOf(limit) === limiter)
        .map((limit) => this.#parts.limit(limit)),
      ...(route.group !== undefined && { group: this.#groups.get(limiter)!.get(route.group)! }),
      ...(exemption && this.#parts.limiter(exemption.limiter) === limiter && { exempt: exemption.scopes ?? true }),
    })
    const handler = this.#parts.handler(route)
    return {
      methods,
      pattern,
      answer: this.#limited(optionsFor, async (request) => {
        try {
          const { body, ...init } = await handler(request)
          return new Response(init.status === 204 ? null : body, init)
        } catch (error) {
          if (isLimiterError(error)) throw error
          return new Response('Internal Server Error', { status: 500 })
        }
      }),
    }
  }

  #prefixOf(id: string | undefined): string {
    const group = this.#scenario.groups?.find((each) => idOf(each) === id)
    return group ? this.#prefixOf(group.parent) + group.prefix : ''
  }

  /** A handler inside those of all limiters, the first outermost. */
  #limited(
    optionsFor: (limiter: FetchLimiter) => Parameters<FetchLimiter['handler']>[0],
    handler: Fetch<IncomingMessage>,
  ): Fetch<IncomingMessage> {
    return [...this.#parts.limiters.values()].reduceRight<Fetch<IncomingMessage>>(
      (inner, limiter) => limiter.handler(optionsFor(limiter), inner),
      handler,
    )
  }
}

const incomings = new WeakMap<Request, IncomingMessage>()

function idOf(group: GroupSpec): string {
  return group.id ?? group.name
}

function addressOf(request: Request): string {
  return incomings.get(request)?.socket.remoteAddress ?? ''
}

/** Headers as the recorded program saw them: those of a `Request` hold no letters beyond Latin-1, and no outer spaces. */
function viewRequest(request: Request): RequestView {
  return {
    method: request.method,
    path: decodeURIComponent(new URL(request.url).pathname),
    remoteAddress: addressOf(request),
    header: (name) => incomings.get(request)?.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => paramOf(request, name),
  }
}
