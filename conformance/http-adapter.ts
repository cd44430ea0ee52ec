import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createLimiter,
  isLimiterError,
  type Listener,
  type NodeHttpLimiter,
  remoteAddress,
} from '../src/adapters/http/index.ts'
import { paramOf, pathOf, routed } from '../test/adapters/http/router.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import { HandlerScenario } from './handler-scenario.ts'
import { LocalServer } from './local-server.ts'
import { ScenarioParts, type ScenarioReply } from './scenario-parts.ts'

/** Plays scenarios on listeners of `node:http`: a router of our own calls them, and several limiters are listeners inside each other. */
export const httpAdapter: ConformanceAdapter = {
  name: 'http',
  wrongMethodStatus: 404,
  async build(scenario, stage) {
    const parts: ScenarioParts<IncomingMessage, ServerResponse, NodeHttpLimiter> = new ScenarioParts(scenario, stage, {
      createLimiter,
      remoteAddress,
      viewRequest,
      viewResponse: (response: ServerResponse) => ({
        status: response.statusCode,
        header: (name) => response.getHeader(name)?.toString(),
      }),
    })
    const handlers = new HandlerScenario(parts, (limiter, options, listener: Listener) =>
      limiter.handler(options, listener),
    )
    const app = routed(
      handlers.routes((route) => answering(parts.handler(route))),
      handlers.unmatched(({ method }, response) => response.writeHead(method === 'OPTIONS' ? 200 : 404).end()),
    )
    const server = await LocalServer.start((request, response) => {
      parts.request = request
      void app(request, response)
    })
    return parts.servedBy(server)
  },
}

function answering(answer: (request: IncomingMessage) => Promise<ScenarioReply>): Listener {
  return async (request, response) => {
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
  }
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
