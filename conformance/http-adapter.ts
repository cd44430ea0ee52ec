import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createLimiter,
  type HandlerGroup,
  isLimiterError,
  type Listener,
  type NodeHttpLimiter,
  remoteAddress,
} from '../src/adapters/http/index.ts'
import { endpointName } from '../src/http/endpoint-name.ts'
import { paramOf, pathOf, type Route, routed } from '../test/adapters/http/router.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, exemptionOf, hasIpv6Addresses, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Handler = Parameters<NodeHttpLimiter['handler']>[0]

/** Plays scenarios on listeners of `node:http`: a router of our own calls them, and several limiters are listeners inside each other. */
export const httpAdapter: ConformanceAdapter = {
  name: 'http',
  wrongMethodStatus: 404,
  build: async (scenario, stage) => new HttpBuilder(scenario, stage).build(),
}

class HttpBuilder {
  readonly #scenario: Scenario
  readonly #declarations: Declarations<IncomingMessage, ServerResponse>
  readonly #parts: ScenarioParts<IncomingMessage, ServerResponse, NodeHttpLimiter>
  readonly #groups = new Map<NodeHttpLimiter, Map<string, HandlerGroup>>()
  #request: IncomingMessage | undefined

  constructor(scenario: Scenario, stage: Stage) {
    this.#scenario = scenario
    this.#declarations = new Declarations<IncomingMessage, ServerResponse>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? ({ socket }) => socket.remoteAddress ?? '' : remoteAddress,
      viewRequest,
      viewResponse: (response) => ({
        status: response.statusCode,
        header: (name) => response.getHeader(name)?.toString(),
      }),
      request: () => this.#request!,
    })
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) => createLimiter(options))
  }

  async build(): Promise<App> {
    this.#addGroups()
    const routes = routesInOrder(this.#scenario).map((route) => this.#route(route))
    const unmatched = this.#limited(
      () => ({ endpoint: () => '' }),
      (request, response) => response.writeHead(request.method === 'OPTIONS' ? 200 : 404).end(),
    )
    const app = routed(routes, unmatched)
    const server = await LocalServer.start((request, response) => {
      this.#request = request
      void app(request, response)
    })
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

  #route(route: RouteSpec): Route {
    const methods = route.methods ?? ['GET']
    const pattern = this.#prefixOf(route.group) + route.path
    const endpoint = needsRouteNames(this.#scenario) ? routeNameOf(route) : endpointName(methods, pattern)
    const exemption = route.exempt === undefined ? undefined : exemptionOf(route.exempt)
    const optionsOf = (limiter: NodeHttpLimiter): Handler => ({
      endpoint,
      limits: (route.limits ?? [])
        .filter((limit) => this.#parts.limiterOf(limit) === limiter)
        .map((limit) => this.#parts.limit(limit)),
      ...(route.group !== undefined && { group: this.#groups.get(limiter)!.get(route.group)! }),
      ...(exemption && this.#parts.limiter(exemption.limiter) === limiter && { exempt: exemption.scopes ?? true }),
    })
    const answer = this.#parts.handler(route)
    const listener = this.#limited(optionsOf, async (request, response) => {
      try {
        const { status, headers, body } = await answer(request)
        response.statusCode = status
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        response.end(body)
      } catch (error) {
        if (isLimiterError(error)) throw error
        response.statusCode = 500
        response.end('Internal Server Error')
      }
    })
    return { methods, pattern, listener }
  }

  #prefixOf(id: string | undefined): string {
    const group = this.#scenario.groups?.find((each) => idOf(each) === id)
    return group ? this.#prefixOf(group.parent) + group.prefix : ''
  }

  /** A listener inside those of all limiters, the first outermost. */
  #limited(optionsOf: (limiter: NodeHttpLimiter) => Handler, listener: Listener): Listener {
    return [...this.#parts.limiters.values()].reduceRight<Listener>(
      (inner, limiter) => limiter.handler(optionsOf(limiter), inner),
      listener,
    )
  }
}

function idOf(group: GroupSpec): string {
  return group.id ?? group.name
}

function viewRequest(request: IncomingMessage): RequestView {
  return {
    method: request.method!,
    path: decodeURIComponent(pathOf(request)),
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => paramOf(request, name),
  }
}
