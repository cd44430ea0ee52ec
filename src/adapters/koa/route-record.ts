import { countedMethod, endpointName } from '../../http/endpoint-name.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type Declaration, declarationOf, declaredBy } from '../../limiter/declaration.ts'
import { EndpointCache } from '../../limiter/endpoint-cache.ts'
import { UNDECLARED } from '../../limiter/resolve.ts'
import { type Layer, type Middleware, methodsOf, patternOf, type Router } from './internals.ts'
import type { KoaLimiter } from './koa-limiter.ts'
import { routersAround } from './mounts.ts'
import { originalOf } from './replaced.ts'
import type { Req, Res } from './types.ts'

export type OwnDeclaration = Declaration<KoaLimiter, Req, Res>

/** A route of a router, with what it declares. */
export class RouteRecord {
  /** With all prefixes of routers, such as `/t/:tenant/items/:id`. */
  readonly pattern: string
  readonly #router: Router
  readonly #layer: Layer
  readonly #methods: readonly string[]
  readonly #handler: Middleware
  readonly #declarations: readonly OwnDeclaration[]
  /** By patterns: the apps that the router is in may be mounted in others. */
  readonly #names = new Map<string, string>()
  readonly #endpoints = new EndpointCache<Req, Res, KoaLimiter>((limiter) => ({
    ...declaredBy(limiter, this.#declarations),
    groups: routersAround(this.#router, this.#layer, this.#handler, limiter.innerGroups()).map(
      (router) => limiter.groupOf(router) ?? UNDECLARED,
    ),
  }))

  constructor(router: Router, layer: Layer, functions: readonly Middleware[]) {
    this.#router = router
    this.#layer = layer
    this.#methods = methodsOf(layer)
    this.#handler = functions.at(-1)!
    this.#declarations = functions.flatMap((fn) => declarationOf<KoaLimiter, Req, Res>(originalOf(fn)) ?? [])
    this.pattern = patternOf(layer)
    this.nameAt(this.pattern)
  }

  /** The names under which requests can be counted, as far as they are known. */
  get names(): Iterable<string> {
    return this.#names.values()
  }

  /** Methods and pattern, such as `GET /t/:tenant/items/:id`. */
  nameAt(pattern: string): string {
    let name = this.#names.get(pattern)
    if (name === undefined) this.#names.set(pattern, (name = endpointName(this.#methods, pattern)))
    return name
  }

  /** The method by which a request counts here. */
  method(ctx: Req): string {
    return countedMethod(ctx.method, this.#methods)
  }

  /** Whether a middleware of the route itself declares this. */
  carries(declaration: OwnDeclaration): boolean {
    return this.#declarations.includes(declaration)
  }

  /** The endpoint as a limiter sees it, under a name. */
  endpoint(limiter: KoaLimiter, name: string): CompiledEndpoint<Req, Res> {
    return this.#endpoints.get(limiter, name)
  }
}
