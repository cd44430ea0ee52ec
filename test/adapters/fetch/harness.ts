import type { IncomingMessage } from 'node:http'
import { createLimiter, type FetchLimiter, isLimiterError, remoteAddress } from '../../../src/adapters/fetch/index.ts'
import { Exchange } from '../../../src/adapters/fetch/exchange.ts'
import { type AdapterHarness, AppParts, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { HandlerApp } from '../handler-app.ts'
import { listenerOf } from './listener.ts'
import { type Fetch, paramOf, routed } from './router.ts'

type Parts = AppParts<Request, Response, FetchLimiter>
type Info = IncomingMessage

const users = new WeakMap<Request, string>()

/** Builds apps of the adapter contract: a router of our own calls limited handlers, and several limiters are handlers inside each other. */
export const fetchHarness: AdapterHarness = {
  name: 'fetch',
  lacks: {
    'late-init': 'there is nothing to install',
    'automatic-options': 'there is no router',
  },
  async build(spec) {
    const parts: Parts = new AppParts(spec, {
      createLimiter: (options) =>
        createLimiter({ address: (_request, incoming: Info) => incoming.socket.remoteAddress ?? '', ...options }),
      remoteAddress,
      viewRequest: (request) => ({
        method: request.method,
        path: new URL(request.url).pathname,
        user: users.get(request),
        header: (name) => request.headers.get(name) ?? undefined,
        param: (name) => paramOf(request, name),
      }),
      viewResponse: ({ status, headers }) => ({ status, header: (name) => headers.get(name) ?? undefined }),
      state: (request) => Exchange.of(request)?.decision,
    })
    const limited = new HandlerApp(
      parts,
      (limiter, options, handler: Fetch<Info>) => limiter.handler(options, handler),
      (route) => handlerOf(route, parts),
    )
    const notFound = limited.unmatched(() => new Response('not found', { status: 404 }))
    let app = routed(limited.routes(spec), notFound)
    if (spec.authentication) app = authenticated(spec.authentication, app)
    for (const limit of (spec.standing ?? []).toReversed()) app = parts.limit(limit).before(app)
    const server = await serve(listenerOf(app))
    return { ...server, limiter: (name) => parts.limiter(name) }
  },
}

function authenticated(mode: 'optional' | 'required', app: Fetch<Info>): Fetch<Info> {
  return (request, info) => {
    const user = request.headers.get('X-User')
    if (user === null && mode === 'required') return new Response('who are you?', { status: 401 })
    if (user !== null) users.set(request, user)
    return app(request, info)
  }
}

/** Errors of the app are answered by the app. */
function handlerOf(spec: RouteSpec, parts: Parts): Fetch<Info> {
  return async (request) => {
    try {
      const { status, headers, body } = await parts.reply(spec, request)
      if (typeof body === 'string') return new Response(body, { status, headers })
      return new Response(ReadableStream.from(body).pipeThrough(new TextEncoderStream()), { status, headers })
    } catch (error) {
      if (isLimiterError(error)) throw error
      return new Response('Internal Server Error', { status: 500 })
    }
  }
}
