import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { NextFunction, Request, Response, Router } from 'express'
import { createLimiter, type ExpressLimiter, remoteAddress } from '../../../src/adapters/express/index.ts'
import { type AdapterHarness, AppParts, type GroupSpec, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { limitersOf, limitGroup, scopesOf } from '../harness-parts.ts'
import type { Version } from './versions.ts'

type Parts = AppParts<Request, Response, ExpressLimiter>

const USER = Symbol('user')

/** Builds apps of the adapter contract: groups are routers, limits and exemptions are middleware. */
export function expressHarness({ name, express }: Version): AdapterHarness {
  return {
    name,
    async build(spec) {
      const parts: Parts = new AppParts(spec, {
        createLimiter,
        remoteAddress,
        viewRequest: (request: Request) => ({
          method: request.method,
          path: request.originalUrl.split('?')[0]!,
          user: (request as { [USER]?: string })[USER],
          header: (header) => request.get(header),
          param: (param) => request.params[param] as string | undefined,
        }),
        viewResponse: (response: Response) => ({
          status: response.statusCode,
          header: (header) => response.getHeader(header)?.toString(),
        }),
        state: (request) => request.rateLimit,
      })
      const app = express()
      for (const limiter of limitersOf(spec, parts, 'early')) limiter.init(app)
      for (const limit of spec.standing ?? []) app.use(parts.limit(limit))
      if (spec.authentication) app.use(authentication(spec.authentication))
      declare(app, spec, parts, () => express.Router({ mergeParams: true }))
      for (const limiter of limitersOf(spec, parts, 'late')) limiter.init(app)
      app.use((_error: unknown, _request: Request, response: Response, next: NextFunction) => {
        if (response.headersSent) next()
        else response.status(500).send('Internal Server Error')
      })
      const server = await serve(app)
      return { ...server, limiter: (limiter) => parts.limiter(limiter) }
    },
  }
}

function authentication(mode: 'optional' | 'required') {
  return (request: Request, response: Response, next: NextFunction): void => {
    const user = request.get('X-User')
    if (user === undefined && mode === 'required') {
      response.status(401).send('who are you?')
      return
    }
    Object.assign(request, { [USER]: user })
    next()
  }
}

function declare(
  target: Router,
  { routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>,
  parts: Parts,
  createRouter: () => Router,
): void {
  for (const route of routes) addRoute(target, route, parts)
  for (const group of groups) {
    const router = createRouter()
    limitGroup(router, group, parts)
    declare(router, group, parts, createRouter)
    target.use(group.prefix, router)
  }
}

function addRoute(target: Router, spec: RouteSpec, parts: Parts): void {
  const limits = (spec.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = spec.exempt ? [parts.limiter().exempt(scopesOf(spec.exempt))] : []
  const route = target.route(spec.path)
  for (const method of spec.methods ?? ['GET']) {
    route[method.toLowerCase() as 'get'](...limits, ...exemptions, (request, response, next) => {
      answer(spec, parts, request, response).catch(next)
    })
  }
}

async function answer(spec: RouteSpec, parts: Parts, request: Request, response: Response): Promise<void> {
  const { status, headers, body } = await parts.reply(spec, request)
  response.status(status).set(headers)
  if (typeof body === 'string') response.type('text/plain').send(body)
  else await pipeline(Readable.from(body), response)
}
