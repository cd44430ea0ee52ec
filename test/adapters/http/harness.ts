import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  createLimiter,
  type HandlerGroup,
  isLimiterError,
  type Listener,
  type NodeHttpLimiter,
  remoteAddress,
} from '../../../src/adapters/http/index.ts'
import { endpointName } from '../../../src/http/endpoint-name.ts'
import { type AdapterHarness, AppParts, type GroupSpec, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { paramOf, pathOf, type Route, routed } from './router.ts'

type Parts = AppParts<IncomingMessage, ServerResponse, NodeHttpLimiter>
type Handler = Parameters<NodeHttpLimiter['handler']>[0]

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
    const notFound = limitedBy(
      parts,
      () => ({ endpoint: () => '' }),
      (_request, response) => response.writeHead(404).end('not found'),
    )
    let app = routed([...routesOf(spec, '', new Map(), parts)], notFound)
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

function* routesOf(
  { routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>,
  prefix: string,
  around: ReadonlyMap<NodeHttpLimiter, HandlerGroup>,
  parts: Parts,
): Iterable<Route> {
  for (const spec of routes) {
    const methods = spec.methods ?? ['GET']
    const pattern = prefix + spec.path
    const options = (limiter: NodeHttpLimiter): Handler => ({
      endpoint: endpointName(methods, pattern),
      limits: (spec.limits ?? [])
        .filter((limit) => parts.limiter(limit.limiter) === limiter)
        .map((limit) => parts.limit(limit)),
      ...(around.has(limiter) && { group: around.get(limiter)! }),
      ...(spec.exempt && limiter === parts.limiter() && { exempt: spec.exempt === 'all' ? true : spec.exempt }),
    })
    yield { methods, pattern, listener: limitedBy(parts, options, listenerOf(spec, parts)) }
  }
  for (const [index, spec] of groups.entries()) {
    const path = prefix + spec.prefix
    const own = new Map<NodeHttpLimiter, HandlerGroup>()
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

/** A listener inside those of all limiters, the first outermost. */
function limitedBy(parts: Parts, optionsOf: (limiter: NodeHttpLimiter) => Handler, listener: Listener): Listener {
  return [...parts.limiters.values()].reduceRight<Listener>(
    (inner, limiter) => limiter.handler(optionsOf(limiter), inner),
    listener,
  )
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
