import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import type { ExecutionContext, INestApplication, Provider } from '@nestjs/common'
import {
  createLimiter,
  type NestLimiter,
  RateLimit,
  remoteAddress,
  SharedRateLimit,
  SkipRateLimit,
  SluiceModule,
} from '../../../src/adapters/nestjs/index.ts'
import type { Res } from '../../../src/adapters/nestjs/types.ts'
import {
  type AdapterHarness,
  AppParts,
  type AppSpec,
  type ExemptSpec,
  type GroupSpec,
  type LimitSpec,
  type RequestView,
  type RouteSpec,
  serve,
} from '../../../src/testing/index.ts'
import type { SharedLimitOptions } from '../../../src/limiter/limit-options.ts'
import { scopesOf } from '../harness-parts.ts'
import { createApp, type Nest, type Platform } from './versions.ts'

type Parts = AppParts<ExecutionContext, Res, NestLimiter>
type Class = new () => object

/** A request of Express or of Fastify. */
export interface AnyRequest {
  readonly method: string
  readonly url: string
  readonly originalUrl?: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly params: unknown
  readonly rateLimit?: unknown
  readonly socket: { readonly remoteAddress?: string | undefined }
  user?: string | undefined
}

/** A response of Express, or a reply of Fastify. */
export interface AnyResponse extends Res {
  status(status: number): unknown
  header(name: string, value: string): unknown
}

/** Builds apps of the adapter contract: groups are controllers, those in them extend what has their limits. */
export function nestHarness(nest: Nest, platform: Platform): AdapterHarness {
  return {
    name: `Nest ${nest.version} on ${platform}`,
    lacks: {
      'automatic-options': 'Nest answers OPTIONS where a handler does',
      'late-init': 'the modules of an app are there before its handlers',
    },
    async build(spec) {
      const names = spec.limiters.map(({ name = '' }, index) => (index === 0 ? {} : { name }))
      const parts: Parts = new AppParts(spec, {
        createLimiter: (options) => createLimiter({ ...options, ...names.shift() }),
        remoteAddress,
        viewRequest,
        viewResponse: (response: Res) => ({
          status: response.statusCode,
          header: (header) => response.getHeader(header)?.toString(),
        }),
        state: (request) => requestOf(request).rateLimit as ReturnType<Parts['limiter']>['currentLimit'] & undefined,
      })
      const app = await createApp(nest, platform, new Builder(nest, spec, parts).appModule())
      await app.init()
      const server = await serveApp(app)
      return { ...server, limiter: (limiter) => parts.limiter(limiter) }
    },
  }
}

/** Serves an app by sockets that are not its own. */
export async function serveApp(app: INestApplication): ReturnType<typeof serve> {
  const server = await serve(await listenerOf(app))
  return {
    ...server,
    async close() {
      await server.close()
      await app.close()
    },
  }
}

/** Makes a listener for `node:http` of an app that is initialised. */
export async function listenerOf(app: INestApplication): Promise<RequestListener> {
  const adapter = app.getHttpAdapter()
  if (adapter.getType() === 'express') return adapter.getInstance()
  const fastify: { ready(): Promise<void>; readonly routing: RequestListener } = adapter.getInstance()
  await fastify.ready()
  return (request, response) => fastify.routing(request, response)
}

/** The request behind what limits are given. */
export function requestOf(request: object): AnyRequest {
  return 'getArgByIndex' in request
    ? (request as ExecutionContext).getArgByIndex<AnyRequest>(0)
    : (request as AnyRequest)
}

function viewRequest(context: object): RequestView {
  const request = requestOf(context)
  return {
    method: request.method,
    path: (request.originalUrl ?? request.url).split('?')[0]!,
    user: request.user,
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    param: (name) => (request.params as Record<string, string>)[name],
  }
}

class Builder {
  readonly #nest: Nest
  readonly #spec: AppSpec
  readonly #parts: Parts
  readonly #controllers: Class[] = []

  constructor(nest: Nest, spec: AppSpec, parts: Parts) {
    this.#nest = nest
    this.#spec = spec
    this.#parts = parts
  }

  appModule(): Class {
    const { common, core } = this.#nest
    const { limiters, standing = [], authentication } = this.#spec
    class Root {}
    this.#declare(this.#spec, '', Root)
    const providers: Provider[] = standing.map((limit) => ({
      provide: core.APP_GUARD,
      useValue: this.#parts.limit(limit),
    }))
    if (authentication) providers.push({ provide: core.APP_GUARD, useValue: this.#authentication(authentication) })
    class AppModule {}
    common.Module({
      imports: limiters.map(({ name = '' }) => SluiceModule.forRoot({ limiter: this.#parts.limiter(name) })),
      controllers: this.#controllers,
      providers,
    })(AppModule)
    return AppModule
  }

  #authentication(mode: 'optional' | 'required'): object {
    const { UnauthorizedException } = this.#nest.common
    return {
      canActivate(context: ExecutionContext): boolean {
        const request = requestOf(context)
        request.user = request.headers['x-user']?.toString()
        if (mode === 'required' && request.user === undefined) throw new UnauthorizedException('who are you?')
        return true
      },
    }
  }

  #declare({ routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>, prefix: string, around: Class): void {
    if (routes.length > 0) {
      class RoutesController extends around {}
      routes.forEach((route, index) => this.#addRoute(RoutesController, `route${index}`, route))
      this.#nest.common.Controller(prefix)(RoutesController)
      this.#controllers.push(RoutesController)
    }
    for (const group of groups) {
      class Group extends around {}
      // A class without limits of its own is what the one around it is, unless it is a group all the same.
      for (const { name } of this.#spec.limiters) this.#parts.limiter(name ?? '').group(Group, [])
      for (const decorate of this.#decorators(group.limits, group.exempt)) decorate(Group)
      this.#declare(group, prefix + group.prefix, Group)
    }
  }

  #addRoute(target: Class, name: string, route: RouteSpec): void {
    const { All, Req, RequestMapping, RequestMethod, Res, StreamableFile } = this.#nest.common
    const parts = this.#parts
    Object.defineProperty(target.prototype, name, {
      configurable: true,
      writable: true,
      async value(request: AnyRequest, response: AnyResponse) {
        const { status, headers, body } = await parts.reply(route, request as unknown as ExecutionContext)
        response.status(status)
        for (const [header, value] of Object.entries(headers)) response.header(header, value)
        return typeof body === 'string' ? body : new StreamableFile(Readable.from(body))
      },
    })
    const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name)!
    const { methods = ['GET'], path } = route
    const method = RequestMethod[methods[0] as 'GET']
    const map = methods.length === 1 ? RequestMapping({ path, method }) : All(path)
    for (const decorate of [map, ...this.#decorators(route.limits, route.exempt)]) {
      decorate(target.prototype, name, descriptor)
    }
    Req()(target.prototype, name, 0)
    Res({ passthrough: true })(target.prototype, name, 1)
  }

  /** In the order in which they run: from bottom to top. */
  #decorators(limits: readonly LimitSpec[] = [], exempt?: ExemptSpec): ReturnType<typeof RateLimit>[] {
    const exemptions = exempt ? [SkipRateLimit(scopesOf(exempt))] : []
    return [...exemptions, ...limits.toReversed().map((limit) => this.#rateLimit(limit))]
  }

  /** The same limit is the same decorator. */
  #rateLimit(limit: LimitSpec): ReturnType<typeof RateLimit> {
    const { notation, options } = this.#parts.declaration(limit)
    const { name } = this.#parts.limiter(limit.limiter)
    const limiter = name === '' ? {} : { limiter: name }
    return limit.shared
      ? SharedRateLimit(notation, { ...(options as SharedLimitOptions<ExecutionContext, Res>), ...limiter })
      : RateLimit(notation, { ...options, ...limiter })
  }
}
