import type { IncomingMessage } from 'node:http'
import {
  createLimiter,
  type FetchLimiter,
  type HandlerGroup,
  isLimiterError,
  remoteAddress,
} from '../../../src/adapters/fetch/index.ts'
import { Exchange } from '../../../src/adapters/fetch/exchange.ts'
import { endpointName } from '../../../src/http/endpoint-name.ts'
import {
  type AdapterHarness,
  type AppSpec,
  AppParts,
  type GroupSpec,
  type RouteSpec,
  serve,
} from '../../../src/testing/index.ts'
import { listenerOf } from './listener.ts'
import { type Fetch, paramOf, type Route, routed } from './router.ts'

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
    let app = route(spec, parts)
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

function route(spec: AppSpec, parts: Parts): Fetch<Info> {
  const unmatched = () => ({ endpoint: () => '' })
  const notFound = limitedBy(parts, unmatched, () => new Response('not found', { status: 404 }))
  return routed([...routesOf(spec, '', new Map(), parts)], notFound)
}

function* routesOf(
  { routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>,
  prefix: string,
  around: ReadonlyMap<FetchLimiter, HandlerGroup>,
  parts: Parts,
): Iterable<Route<Info>> {
  for (const spec of routes) {
    const methods = spec.methods ?? ['GET']
    const pattern = prefix + spec.path
    const options = (limiter: FetchLimiter) => ({
      endpoint: endpointName(methods, pattern),
      limits: (spec.limits ?? [])
        .filter((limit) => parts.limiter(limit.limiter) === limiter)
        .map((limit) => parts.limit(limit)),
      ...(around.has(limiter) && { group: around.get(limiter)! }),
      ...(spec.exempt &&
        limiter === parts.limiter() && { exempt: spec.exempt === 'all' ? (true as const) : spec.exempt }),
    })
    yield { methods, pattern, answer: limitedBy(parts, options, handlerOf(spec, parts)) }
  }
  for (const [index, spec] of groups.entries()) {
    const path = prefix + spec.prefix
    const own = new Map<FetchLimiter, HandlerGroup>()
    for (const limiter of parts.limiters.values()) {
      const outer = around.get(limiter)
      own.set(limiter, limiter.group(`${path} ${index}`, [], outer && { group: outer }))
    }
    for (const limit of spec.limits ?? []) {
      const { notation, options } = parts.declaration(limit)
      parts.limiter(limit.limiter).group(`${path} ${index}`, notation, options)
    }
    if (spec.exempt) parts.limiter().exempt(own.get(parts.limiter())!, spec.exempt === 'all' ? undefined : spec.exempt)
    yield* routesOf(spec, path, own, parts)
  }
}

/** A handler inside those of all limiters, the first outermost. */
function limitedBy(
  parts: Parts,
  optionsOf: (limiter: FetchLimiter) => Parameters<FetchLimiter['handler']>[0],
  handler: Fetch<Info>,
): Fetch<Info> {
  return [...parts.limiters.values()].reduceRight<Fetch<Info>>(
    (inner, limiter) => limiter.handler(optionsOf(limiter), inner),
    handler,
  )
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
