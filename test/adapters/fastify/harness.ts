import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import {
  createLimiter,
  type FastifyLimiter,
  remoteAddress,
  type RouteLimit,
} from '../../../src/adapters/fastify/index.ts'
import {
  type AdapterHarness,
  AppParts,
  type GroupSpec,
  type LimitSpec,
  type RouteSpec,
  serve,
} from '../../../src/testing/index.ts'
import { limitersOf, limitGroup, scopesOf } from '../harness-parts.ts'
import type { Version } from './versions.ts'

type Parts = AppParts<FastifyRequest, FastifyReply, FastifyLimiter>
type Routes = Pick<GroupSpec, 'routes' | 'groups'>

/** How the limits of a route are written: as its hooks, or in its `config`. */
export type Form = 'onRequest' | 'preHandler' | 'config'

const USER = Symbol('user')

/** Builds apps of the adapter contract: groups are encapsulated plugins. */
export function fastifyHarness({ name, fastify }: Version, form: Form): AdapterHarness {
  return {
    name,
    lacks: { 'automatic-options': 'Fastify answers OPTIONS where a route does' },
    async build(spec) {
      const parts: Parts = new AppParts(spec, {
        // Who is signed in is known after `onRequest`.
        createLimiter: (options) =>
          createLimiter({ ...options, hook: spec.authentication ? 'preHandler' : 'onRequest' }),
        remoteAddress,
        viewRequest: (request: FastifyRequest) => ({
          method: request.method,
          path: request.url.split('?')[0]!,
          user: (request as { [USER]?: string })[USER],
          header: (header) => request.headers[header.toLowerCase()]?.toString(),
          param: (param) => (request.params as Record<string, string>)[param],
        }),
        viewResponse: (reply: FastifyReply) => ({
          status: reply.statusCode,
          header: (header) => reply.getHeader(header)?.toString(),
        }),
        state: (request) => request.rateLimit,
      })
      const app = fastify()
      for (const limiter of limitersOf(spec, parts, 'early')) await app.register(limiter.plugin)
      for (const limit of spec.standing ?? []) app.addHook('onRequest', parts.limit(limit))
      if (spec.authentication) app.addHook('onRequest', authentication(spec.authentication))
      declare(app, spec, parts, form)
      for (const limiter of limitersOf(spec, parts, 'late')) app.register(limiter.plugin)
      await app.ready()
      const server = await serve((request, response) => app.routing(request, response))
      return { ...server, limiter: (limiter) => parts.limiter(limiter) }
    },
  }
}

function authentication(mode: 'optional' | 'required'): onRequestHookHandler {
  return (request, reply, done) => {
    const user = request.headers['x-user']
    if (user === undefined && mode === 'required') {
      reply.code(401).send('who are you?')
      return
    }
    Object.assign(request, { [USER]: user })
    done()
  }
}

function declare(instance: FastifyInstance, { routes = [], groups = [] }: Routes, parts: Parts, form: Form): void {
  for (const route of routes) instance.route(routeOptions(route, parts, form))
  for (const group of groups) {
    instance.register(
      (inner, _options, done) => {
        limitGroup(inner, group, parts)
        declare(inner, group, parts, form)
        done()
      },
      { prefix: group.prefix },
    )
  }
}

function routeOptions(spec: RouteSpec, parts: Parts, form: Form): RouteOptions {
  const { path: url, methods = ['GET'], limits = [], exempt } = spec
  const handler: RouteOptions['handler'] = async (request, reply) => {
    const { status, headers, body } = await parts.reply(spec, request)
    reply.code(status).headers(headers)
    return typeof body === 'string' ? reply.type('text/plain').send(body) : reply.send(Readable.from(body))
  }
  const options: RouteOptions = { url, method: methods.length === 1 ? methods[0]! : [...methods], handler }
  if (form === 'config') {
    if (exempt === 'all') return { ...options, config: { rateLimit: false } }
    if (!exempt && limits.every(({ limiter }) => limiter === undefined)) {
      return { ...options, config: { rateLimit: limits.map((limit) => routeLimit(limit, parts)) } }
    }
  }
  const hooks = limits.map((limit) => parts.limit(limit))
  const exemptions = exempt ? [parts.limiter().exempt(scopesOf(exempt))] : []
  return { ...options, [form === 'config' ? 'onRequest' : form]: [...hooks, ...exemptions] }
}

function routeLimit(limit: LimitSpec, parts: Parts): RouteLimit {
  const { notation, options } = parts.declaration(limit)
  return { limit: notation, ...options, ...(limit.shared && { shared: true }) }
}
