import type { DynamicModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common'
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { ConfigurationError } from '../../errors.ts'
import { show } from '../../show.ts'
import type { HttpRequest } from './contexts.ts'
import { declaredOn } from './declared.ts'
import { methodsOf, watchRoutes } from './declared-routes.ts'
import { useHttpException } from './exception.ts'
import { equip } from './http-server.ts'
import { metadata, NEST, readMetadata } from './metadata.ts'
import type { NestLimiter } from './nest-limiter.ts'
import { classesOf, httpName, isClass, type RouteName, RouteRecord } from './route-record.ts'
import type { AnyClass, Handler, Req } from './types.ts'

type Routed = HttpRequest & {
  readonly route?: { readonly path?: string }
  readonly routeOptions?: { readonly url?: string }
}

/** What is known of an app: its limiters, and what its handlers are called. */
export class NestApp implements OnModuleInit, OnApplicationShutdown {
  readonly limiters: NestLimiter[] = []
  readonly #host: HttpAdapterHost
  readonly #modules: ModulesContainer
  readonly #methodNames: Readonly<Record<number, string>>
  readonly #opened: NestLimiter[] = []
  readonly #routes = new Map<AnyClass, Map<Handler, RouteRecord[]>>()

  constructor(host: HttpAdapterHost, modules: ModulesContainer, methodNames: Readonly<Record<number, string>>) {
    this.#host = host
    this.#modules = modules
    this.#methodNames = methodNames
  }

  /** Puts a limiter before the app; one that was made for it is closed with it. */
  install(limiter: NestLimiter, isOwn: boolean): NestLimiter {
    const others = this.limiters.filter((other) => other !== limiter)
    if (others.some(({ name }) => name === limiter.name)) {
      throw new ConfigurationError(
        `SluiceModule: two limiters of an app have the same name ${show(limiter.name)}; give all but one a name of their own`,
      )
    }
    limiter.join(this, others)
    this.limiters.push(limiter)
    if (isOwn) this.#opened.push(limiter)
    return limiter
  }

  /** The app has its server, and no routes yet. */
  beforeRoutes(): void {
    const { httpAdapter } = this.#host
    if (!equip(httpAdapter, this.limiters)) return
    watchRoutes(httpAdapter, this.#modules, (target, handler, path) => this.#httpRoute(target, handler, path))
  }

  /** Throws a ConfigurationError for what cannot be meant, before any request. */
  onModuleInit(): void {
    for (const { metatype, controllers, providers } of this.#modules.values()) {
      const declared = [...controllers.values(), ...providers.values()].map((wrapper) => wrapper.metatype)
      for (const target of [metatype, ...declared]) if (isClass(target)) this.#inspect(target)
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#opened.map(async (limiter) => limiter.close()))
  }

  /** All that are known. */
  *routes(): Iterable<RouteRecord> {
    for (const byHandler of this.#routes.values()) for (const records of byHandler.values()) yield* records
  }

  /** The handler that a request has reached, at the place where it did. */
  routeOf(context: Req): RouteRecord {
    const target = context.getClass() as AnyClass
    const handler = context.getHandler() as Handler
    if (context.getType() === 'http') {
      const { route, routeOptions } = context.getArgByIndex<Routed>(0)
      return this.#httpRoute(target, handler, route?.path ?? routeOptions?.url ?? '/')
    }
    const place = placeOf(context)
    return this.#known(target, handler, place) ?? this.#add(target, handler, place, { text: place, methods: [] })
  }

  #httpRoute(target: AnyClass, handler: Handler, path: string): RouteRecord {
    return (
      this.#known(target, handler, path) ??
      this.#add(target, handler, path, httpName(target, handler, path, this.#methodNames))
    )
  }

  #known(target: AnyClass, handler: Handler, place: string): RouteRecord | undefined {
    const records = this.#routes.get(target)?.get(handler)
    if (records) for (const record of records) if (record.place === place) return record
    return undefined
  }

  #add(target: AnyClass, handler: Handler, place: string, name: RouteName): RouteRecord {
    const route = new RouteRecord(handler, place, name, [...this.#modulesOf(target), ...classesOf(target)])
    let byHandler = this.#routes.get(target)
    if (!byHandler) this.#routes.set(target, (byHandler = new Map()))
    byHandler.set(handler, [...(byHandler.get(handler) ?? []), route])
    return route
  }

  #inspect(target: AnyClass): void {
    for (const each of classesOf(target)) this.#inspectDeclared(each, 'group', each.name)
    for (const [name, method] of methodsOf(target)) this.#inspectDeclared(method, 'route', `${target.name}.${name}`)
  }

  #inspectDeclared(target: AnyClass | Handler, source: 'route' | 'group', where: string): void {
    const declared = declaredOn(target)
    if (declared.length === 0) return
    for (const limiter of this.limiters) limiter.declaredFor(target, source, where)
    const unknown = declared.find(
      ({ limiter }) => limiter !== undefined && !this.limiters.some(({ name }) => name === limiter),
    )
    if (unknown) {
      throw new ConfigurationError(
        `a decorator on ${where} speaks to the limiter ${show(unknown.limiter)}, and the app has ${this.limiters.map(({ name }) => show(name)).join(', ')}; write { limiter: name } beside its options`,
      )
    }
  }

  /** The module that a class is declared in. */
  #modulesOf(target: AnyClass): readonly AnyClass[] {
    for (const { metatype, controllers, providers } of this.#modules.values()) {
      for (const declared of [...controllers.values(), ...providers.values()]) {
        if (declared.metatype === target) return [metatype as AnyClass]
      }
    }
    return []
  }
}

/** Of a field of GraphQL its type and name; of a message what it is sent by. */
function placeOf(context: Req): string {
  const type: string = context.getType()
  if (type === 'graphql') {
    const { parentType, fieldName } = context.getArgByIndex<{ parentType: unknown; fieldName: string }>(3)
    return `${String(parentType)}.${fieldName}`
  }
  const handler = context.getHandler()
  if (type === 'ws') {
    const { namespace = '', path = '' } =
      readMetadata<{ namespace?: string | RegExp; path?: string }>(NEST.gateway, context.getClass()) ?? {}
    return `WS ${path || String(namespace)} ${text(readMetadata(NEST.message, handler))}`
  }
  return `RPC ${text(readMetadata(NEST.pattern, handler))}`
}

function text(pattern: unknown): string {
  return typeof pattern === 'string' ? pattern : (JSON.stringify(pattern) ?? '')
}

/** Nest calls `configure` where middleware is put before the routes. */
class SluiceCoreModule {
  readonly #app: NestApp

  constructor(app: NestApp) {
    this.#app = app
  }

  configure(): void {
    this.#app.beforeRoutes()
  }
}

let coreModule: Promise<DynamicModule> | undefined

/** The module that knows the app; Nest itself is loaded here. */
export async function loadCoreModule(): Promise<DynamicModule> {
  coreModule ??= Promise.all([import('@nestjs/common'), import('@nestjs/core')]).then(([common, core]) => {
    useHttpException(common.HttpException)
    metadata().defineMetadata(NEST.paramTypes, [NestApp], SluiceCoreModule)
    const methodNames = common.RequestMethod as unknown as Readonly<Record<number, string>>
    return {
      module: SluiceCoreModule,
      global: true,
      providers: [
        {
          provide: NestApp,
          inject: [core.HttpAdapterHost, core.ModulesContainer],
          useFactory: (host: HttpAdapterHost, modules: ModulesContainer) => new NestApp(host, modules, methodNames),
        },
      ],
      exports: [NestApp],
    }
  })
  return coreModule
}
