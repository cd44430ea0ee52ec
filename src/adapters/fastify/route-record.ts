import { ConfigurationError } from '../../errors.ts'
import { countedMethod, endpointName } from '../../http/endpoint-name.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type Declaration, declaredBy } from '../../limiter/declaration.ts'
import { EndpointCache } from '../../limiter/endpoint-cache.ts'
import { UNDECLARED } from '../../limiter/resolve.ts'
import { ruleOf } from '../../limiter/rule.ts'
import { show } from '../../show.ts'
import type { FastifyLimiter } from './fastify-limiter.ts'
import { chainOf } from './internals.ts'
import { limitersOf } from './limiters.ts'
import type { Instance, Req, Res, RouteLimits } from './types.ts'

export type OwnDeclaration = Declaration<FastifyLimiter, Req, Res>

/** What a route is in words. */
export interface RouteForm {
  readonly method?: string | readonly string[] | undefined
  readonly url?: string | undefined
  readonly rateLimit?: RouteLimits | undefined
}

/** A route of an app, with what it declares. */
export class RouteRecord {
  /** Methods and pattern, such as `GET /t/:tenant/items/:id`. */
  readonly name: string
  /** The instance that it was declared on. */
  readonly server: Instance
  readonly #methods: readonly string[]
  readonly #limits: RouteLimits | undefined
  readonly #declarations: readonly OwnDeclaration[]
  readonly #identity: readonly unknown[]
  readonly #endpoints = new EndpointCache<Req, Res, FastifyLimiter>((limiter) => {
    limiter.meet(this)
    return {
      ...declaredBy(limiter, this.declarations()),
      groups: chainOf(this.server).map((instance) => limiter.groupOf(instance) ?? UNDECLARED),
    }
  })
  #configured: OwnDeclaration[] | undefined

  constructor(
    server: Instance,
    { method = [], url = '', rateLimit }: RouteForm,
    declarations: readonly OwnDeclaration[],
    identity: readonly unknown[] = [],
  ) {
    this.server = server
    this.#methods = typeof method === 'string' ? [method] : method
    this.#limits = rateLimit
    this.#declarations = declarations
    this.#identity = identity
    this.name = endpointName(this.#methods, url)
  }

  /** Whether it was declared by exactly these things. */
  isOf(identity: readonly unknown[]): boolean {
    return identity.every((value, index) => value === this.#identity[index])
  }

  /** The method by which a request counts here. */
  method(request: Req): string {
    return countedMethod(request.method, this.#methods)
  }

  /** Whether a hook of the route itself declares this, not one of an instance around it. */
  carries(declaration: OwnDeclaration): boolean {
    return this.#declarations.includes(declaration)
  }

  /** The endpoint as a limiter sees it, under a name. */
  endpoint(limiter: FastifyLimiter, name: string): CompiledEndpoint<Req, Res> {
    return this.#endpoints.get(limiter, name)
  }

  /** What the route declares by its config and its hooks. Throws a ConfigurationError where it cannot be meant. */
  declarations(): readonly OwnDeclaration[] {
    return [...(this.#configured ??= this.#readConfig()), ...this.#declarations]
  }

  /** A config names no limiter: it speaks to the one that was registered first. */
  #readConfig(): OwnDeclaration[] {
    const limits = this.#limits
    const limiter = limitersOf(this.server)[0]
    if (limits === undefined || !limiter) return []
    if (limits === false) return [{ limiter, exemption: 'all' }]
    const where = `${this.name}: config.rateLimit`
    if (!Array.isArray(limits) && !['string', 'function', 'object'].includes(typeof limits)) {
      throw new ConfigurationError(
        `${where}: expected a limit such as '5/minute', an object with a limit, a list of these, or false, got ${show(limits)}`,
      )
    }
    const entries = (Array.isArray(limits) ? limits : [limits]) as readonly Exclude<
      RouteLimits,
      false | readonly unknown[]
    >[]
    return entries.map((entry, index) => ({
      limiter,
      rule: ruleOf<Req, Res>(
        'route',
        entry,
        {},
        limiter.settings.ruleDefaults,
        entries.length === 1 ? where : `${where}[${index}]`,
      ),
    }))
  }
}
