import { countedMethod, endpointName } from '../../http/endpoint-name.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { EndpointCache } from '../../limiter/endpoint-cache.ts'
import { NEST, readMetadata } from './metadata.ts'
import type { NestLimiter } from './nest-limiter.ts'
import type { AnyClass, Handler, Req, Res } from './types.ts'

/** A handler at one of its places. */
export class RouteRecord {
  readonly handler: Handler
  /** The pattern of its path, or what else tells apart what one handler does. */
  readonly place: string
  /** Methods and pattern, such as `GET /t/:tenant/items/:id`. */
  readonly name: string
  readonly isSse: boolean
  readonly #methods: readonly string[]
  readonly #groups: readonly AnyClass[]
  readonly #endpoints = new EndpointCache<Req, Res, NestLimiter>((limiter) => ({
    rules: [],
    exemption: undefined,
    ...limiter.declaredFor(this.handler, 'route'),
    // A class that declares nothing is what the one around it is.
    groups: this.#groups.flatMap((group) => limiter.declaredFor(group, 'group') ?? []),
  }))

  constructor(handler: Handler, place: string, name: RouteName, groups: readonly AnyClass[]) {
    this.handler = handler
    this.place = place
    this.name = name.text
    this.#methods = name.methods
    this.#groups = groups
    this.isSse = readMetadata(NEST.sse, handler) === true
  }

  /** The method by which a request counts here. */
  method(method: string): string {
    return countedMethod(method, this.#methods)
  }

  /** The endpoint as a limiter sees it, under a name. Throws a ConfigurationError for limits that cannot be meant. */
  endpoint(limiter: NestLimiter, name: string): CompiledEndpoint<Req, Res> {
    return this.#endpoints.get(limiter, name)
  }
}

/** What a handler is called, and for which methods of HTTP it was declared. */
export interface RouteName {
  readonly text: string
  readonly methods: readonly string[]
}

/** The name of a handler for a path of HTTP: with host and version, where it is these that tell it apart. */
export function httpName(
  target: AnyClass,
  handler: Handler,
  pattern: string,
  methodNames: Readonly<Record<number, string>>,
): RouteName {
  const numbers = [readMetadata<number | readonly number[]>(NEST.method, handler) ?? []].flat()
  const methods = numbers.map((number) => methodNames[number] ?? '')
  const host = [readMetadata<unknown>(NEST.host, target) ?? []].flat().map(String).join(',')
  const versions = [readMetadata<unknown>(NEST.version, handler) ?? readMetadata<unknown>(NEST.version, target) ?? []]
    .flat()
    .map(String)
  const segments = pattern.split('/')
  // A version that is part of the path is there already.
  const isInPath = versions.some((version) => segments.some((segment) => segment.endsWith(version)))
  const version = versions.length > 0 && !isInPath ? ` (version ${versions.join(', ')})` : ''
  return { text: endpointName(methods, host + pattern) + version, methods }
}

/** The classes around a handler whose limits it has: the class itself, and those that it extends, the outermost first. */
export function classesOf(target: AnyClass): readonly AnyClass[] {
  const chain: AnyClass[] = []
  for (let each: unknown = target; isClass(each); each = Object.getPrototypeOf(each)) chain.unshift(each)
  return chain
}

/** Whether a value is a class, as far as can be told. */
export function isClass(value: unknown): value is AnyClass {
  return typeof value === 'function' && value !== Function.prototype
}
