import type { ArgumentsHost, ExecutionContext, INestApplication } from '@nestjs/common'
import {
  createLimiter,
  isLimiterError,
  type NestLimiter,
  RateLimit,
  remoteAddress,
  SharedRateLimit,
  SkipRateLimit,
  SluiceModule,
} from '../src/adapters/nestjs/index.ts'
import type { Res } from '../src/adapters/nestjs/types.ts'
import { type AnyRequest, type AnyResponse, listenerOf, requestOf } from '../test/adapters/nestjs/harness.ts'
import { createApp, type Nest, type Platform } from '../test/adapters/nestjs/versions.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import type { RequestView } from './forms.ts'
import type { AttachedLimit, GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, contentsOf, routeNameOf } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Class = new () => object
type Decorator = ReturnType<typeof RateLimit>

/** Plays scenarios on Nest: groups are classes that controllers extend, limits and exemptions are decorators. */
export function nestAdapter(name: string, nest: Nest, platform: Platform): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 404,
    build: async (scenario, stage) => new NestBuilder(nest, scenario, stage).build(platform),
  }
}

class NestBuilder {
  readonly #nest: Nest
  readonly #parts: ScenarioParts<ExecutionContext, Res, NestLimiter>
  readonly #controllers: Class[] = []
  readonly #routeNames = new WeakMap<object, string>()

  constructor(nest: Nest, scenario: Scenario, stage: Stage) {
    this.#nest = nest
    this.#parts = new ScenarioParts<ExecutionContext, Res, NestLimiter>(scenario, stage, {
      createLimiter: (options, { name }) => createLimiter({ ...options, name }),
      remoteAddress: (context) => remoteAddress(context) ?? '',
      viewRequest,
      viewResponse: (response: Res) => ({
        status: response.statusCode,
        header: (header) => response.getHeader(header)?.toString(),
      }),
      routeName: (context: ExecutionContext) => this.#routeNames.get(context.getHandler()) ?? '',
    })
  }

  async build(platform: Platform): Promise<App> {
    class Root {}
    this.#declare(undefined, '', Root)
    const app = await createApp(this.#nest, platform, this.#appModule())
    app.useGlobalFilters({ catch: (error: unknown, host: ArgumentsHost) => this.#answerError(app, error, host) })
    await app.init()
    const served = this.#parts.servedBy(await LocalServer.start(await listenerOf(app)))
    return {
      ...served,
      request: async (step) => {
        // It may reach no handler.
        this.#parts.request = {} as ExecutionContext
        return served.request(step)
      },
      close: async () => {
        await served.close()
        await app.close()
      },
    }
  }

  #appModule(): Class {
    const { common, core } = this.#nest
    class AppModule {}
    common.Module({
      imports: [...this.#parts.limiters.values()].map((limiter) => SluiceModule.forRoot({ limiter })),
      controllers: this.#controllers,
      providers: [
        { provide: core.APP_GUARD, useValue: { canActivate: (context: ExecutionContext) => this.#meet(context) } },
      ],
    })(AppModule)
    return AppModule
  }

  #meet(context: ExecutionContext): boolean {
    this.#parts.request = context
    return true
  }

  #answerError(app: INestApplication, error: unknown, host: ArgumentsHost): void {
    const { BaseExceptionFilter, HttpAdapterHost } = this.#nest.core
    const adapter = app.get(HttpAdapterHost).httpAdapter
    const isOurs = isLimiterError(error) && 'getStatus' in error
    if (isOurs) return new BaseExceptionFilter(adapter).catch(error, host)
    const status = (error as { getStatus?: () => number }).getStatus?.() ?? 500
    adapter.reply(host.getArgByIndex(1), 'Internal Server Error', status)
  }

  #declare(group: GroupSpec | undefined, prefix: string, around: Class): void {
    const { routes, groups } = contentsOf(this.#parts.scenario, group)
    class RoutesController extends around {}
    for (const route of routes) this.#addRoute(RoutesController, route)
    this.#nest.common.Controller(prefix)(RoutesController)
    this.#controllers.push(RoutesController)
    for (const inner of groups) {
      class Group extends around {}
      this.#declareGroup(inner, Group)
      this.#declare(inner, prefix + inner.prefix, Group)
    }
  }

  #declareGroup(group: GroupSpec, target: Class): void {
    for (const limiter of this.#parts.limiters.values()) limiter.group(target, [])
    for (const { limiter, limit } of this.#parts.groupLimits(group)) limiter.group(target, [limit])
    for (const { limiter, scopes } of this.#parts.exemptions(group)) limiter.exempt(target, scopes)
  }

  /** A handler of Nest has one method. */
  #addRoute(target: Class, route: RouteSpec): void {
    const { Req, RequestMapping, RequestMethod, Res } = this.#nest.common
    const answer = this.#parts.handler(route)
    for (const method of route.methods ?? ['GET']) {
      const name = `${method} ${routeNameOf(route)}`
      const handler = async (request: AnyRequest, response: AnyResponse): Promise<string> => {
        const { status, headers, body } = await answer(request as unknown as ExecutionContext)
        response.status(status)
        for (const [header, value] of Object.entries({ 'Content-Type': 'text/plain', ...headers })) {
          response.header(header, value)
        }
        return body
      }
      this.#routeNames.set(handler, routeNameOf(route))
      Object.defineProperty(target.prototype, name, { value: handler, configurable: true, writable: true })
      const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name)!
      const mapping = RequestMapping({ path: route.path, method: RequestMethod[method as 'GET'] })
      for (const decorate of [mapping, ...this.#decorators(route)]) decorate(target.prototype, name, descriptor)
      Req()(target.prototype, name, 0)
      Res({ passthrough: true })(target.prototype, name, 1)
    }
  }

  /** In the order in which they run: from bottom to top. */
  #decorators(route: RouteSpec): Decorator[] {
    const exemptions = this.#parts
      .exemptions(route)
      .map(({ limiter, scopes }) => SkipRateLimit(scopes, { limiter: limiter.name }))
    const limits = (route.limits ?? []).map((limit) =>
      this.#parts.declarations.intern('decorator', limit, () => this.#rateLimit(limit)),
    )
    return [...exemptions, ...limits.toReversed()]
  }

  #rateLimit(limit: AttachedLimit): Decorator {
    const { spec } = attachmentOf(this.#parts.scenario, limit)
    const { notation, options } = this.#parts.declarations.limit(spec)
    const limiter = this.#parts.limiterOf(limit).name
    return spec.shared
      ? SharedRateLimit(notation, { ...options, scope: options.scope ?? '', limiter })
      : RateLimit(notation, { ...options, limiter })
  }
}

function viewRequest(context: object): RequestView {
  const request = requestOf(context)
  return {
    method: request.method,
    path: decodeURIComponent((request.originalUrl ?? request.url).split('?')[0]!),
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => (request.params as Record<string, string>)[name],
  }
}
