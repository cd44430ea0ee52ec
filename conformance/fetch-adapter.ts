import type { IncomingMessage } from 'node:http'
import { createLimiter, type FetchLimiter, isLimiterError, remoteAddress } from '../src/adapters/fetch/index.ts'
import { listenerOf } from '../test/adapters/fetch/listener.ts'
import { type Fetch, paramOf, type Route, routed } from '../test/adapters/fetch/router.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { RouteSpec, Scenario } from './format.ts'
import { HandlerScenario } from './handler-scenario.ts'
import { LocalServer } from './local-server.ts'
import { hasIpv6Addresses, routesInOrder } from './scenario.ts'
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
    const handlers = new HandlerScenario(this.#scenario, this.#declarations, this.#parts)
    const routes = routesInOrder(this.#scenario).map((route): Route<IncomingMessage> => ({
      methods: route.methods ?? ['GET'],
      pattern: handlers.patternOf(route),
      answer: handlers.limitedBy<Fetch<IncomingMessage>>(
        (limiter, inner) => limiter.handler(handlers.optionsOf(route, limiter), inner),
        this.#handler(route),
      ),
    }))
    const unmatched = handlers.limitedBy<Fetch<IncomingMessage>>(
      (limiter, inner) => limiter.handler({ endpoint: () => '' }, inner),
      ({ method }) => new Response(null, { status: method === 'OPTIONS' ? 200 : 404 }),
    )
    const app = routed(routes, unmatched)
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

  #handler(route: RouteSpec): Fetch<IncomingMessage> {
    const answer = this.#parts.handler(route)
    return async (request) => {
      try {
        const { body, ...init } = await answer(request)
        return new Response(init.status === 204 ? null : body, init)
      } catch (error) {
        if (isLimiterError(error)) throw error
        return new Response('Internal Server Error', { status: 500 })
      }
    }
  }
}

const incomings = new WeakMap<Request, IncomingMessage>()

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
