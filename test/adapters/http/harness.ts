import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  createLimiter,
  isLimiterError,
  type Listener,
  type NodeHttpLimiter,
  remoteAddress,
} from '../../../src/adapters/http/index.ts'
import { type AdapterHarness, AppParts, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { HandlerApp } from '../handler-app.ts'
import { paramOf, pathOf, routed } from './router.ts'

type Parts = AppParts<IncomingMessage, ServerResponse, NodeHttpLimiter>

const users = new WeakMap<IncomingMessage, string>()

/** Builds apps of the adapter contract: a router of our own calls limited listeners, and several limiters are listeners inside each other. */
export const httpHarness: AdapterHarness = {
  name: 'http',
  lacks: {
    'late-init': 'there is nothing to install',
    'automatic-options': 'there is no router',
  },
  async build(spec) {
    const parts: Parts = new AppParts(spec, {
      createLimiter,
      remoteAddress,
      viewRequest: (request) => ({
        method: request.method!,
        path: pathOf(request),
        user: users.get(request),
        header: (name) => request.headers[name.toLowerCase()]?.toString(),
        param: (name) => paramOf(request, name),
      }),
      viewResponse: (response) => ({
        status: response.statusCode,
        header: (name) => response.getHeader(name)?.toString(),
      }),
      state: (request) => request.rateLimit,
    })
    const limited = new HandlerApp(
      parts,
      (limiter, options, listener: Listener) => limiter.handler(options, listener),
      (route) => listenerOf(route, parts),
    )
    const notFound = limited.unmatched((_request, response) => response.writeHead(404).end('not found'))
    let app = routed(limited.routes(spec), notFound)
    if (spec.authentication) app = authenticated(spec.authentication, app)
    for (const limit of (spec.standing ?? []).toReversed()) app = parts.limit(limit).before(app)
    const server = await serve((request, response) => void app(request, response))
    return { ...server, limiter: (name) => parts.limiter(name) }
  },
}

function authenticated(mode: 'optional' | 'required', app: Listener): Listener {
  return (request, response) => {
    const user = request.headers['x-user']?.toString()
    if (user === undefined && mode === 'required') return response.writeHead(401).end('who are you?')
    if (user !== undefined) users.set(request, user)
    return app(request, response)
  }
}

/** Errors of the app are answered by the app. */
function listenerOf(spec: RouteSpec, parts: Parts): Listener {
  return async (request, response) => {
    try {
      const { status, headers, body } = await parts.reply(spec, request)
      response.statusCode = status
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      if (typeof body === 'string') response.end(body)
      else await pipeline(Readable.from(body), response)
    } catch (error) {
      if (isLimiterError(error)) throw error
      response.statusCode = 500
      response.end('Internal Server Error')
    }
  }
}
