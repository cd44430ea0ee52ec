import type { IncomingMessage } from 'node:http'
import { createLimiter, type FetchLimiter, isLimiterError, remoteAddress } from '../src/adapters/fetch/index.ts'
import { listenerOf } from '../test/adapters/fetch/listener.ts'
import { type Fetch, paramOf, routed } from '../test/adapters/fetch/router.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import { HandlerScenario } from './handler-scenario.ts'
import { LocalServer } from './local-server.ts'
import { ScenarioParts, type ScenarioReply } from './scenario-parts.ts'

/** Plays scenarios on handlers of `Request`: a router of our own calls them, and several limiters are handlers inside each other. */
export const fetchAdapter: ConformanceAdapter = {
  name: 'fetch',
  wrongMethodStatus: 404,
  async build(scenario, stage) {
    const parts: ScenarioParts<Request, Response, FetchLimiter> = new ScenarioParts(scenario, stage, {
      createLimiter: (options) => createLimiter({ ...options, address: addressOf }),
      remoteAddress,
      viewRequest,
      viewResponse: ({ status, headers }: Response) => ({ status, header: (name) => headers.get(name) ?? undefined }),
    })
    const handlers = new HandlerScenario(parts, (limiter, options, handler: Fetch<IncomingMessage>) =>
      limiter.handler(options, handler),
    )
    const app = routed(
      handlers.routes((route) => answering(parts.handler(route))),
      handlers.unmatched(({ method }) => new Response(null, { status: method === 'OPTIONS' ? 200 : 404 })),
    )
    const server = await LocalServer.start(
      listenerOf((request, incoming) => {
        parts.request = request
        incomings.set(request, incoming)
        return app(request, incoming)
      }),
    )
    return parts.servedBy(server)
  },
}

function answering(answer: (request: Request) => Promise<ScenarioReply>): Fetch<IncomingMessage> {
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
