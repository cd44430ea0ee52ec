import type { LimitOptions, Notation } from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { LimiterSpec, RequestView, ResponseView } from './app-spec.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** Options that are no business of a request: handed over as they are. */
const AS_THEY_ARE = new Set(['scope', 'headers', 'storage', 'storageOptions', 'clock', 'logger'])

/** Turns functions of neutral views into functions of a framework's own request and response. The same function stays the same. */
export class Translation<Req, Res> {
  readonly #viewRequest: (request: Req) => RequestView
  readonly #viewResponse: (response: Res) => ResponseView
  readonly #translated = new Map<AnyFunction, AnyFunction>()

  constructor(viewRequest: (request: Req) => RequestView, viewResponse: (response: Res) => ResponseView) {
    this.#viewRequest = viewRequest
    this.#viewResponse = viewResponse
  }

  limiter(options: LimiterSpec['options']): Partial<LimiterOptions<Req, Res>> {
    return this.#value(options, '') as Partial<LimiterOptions<Req, Res>>
  }

  limit(options: LimitOptions<RequestView, ResponseView>): LimitOptions<Req, Res> {
    return this.#value(options, '') as LimitOptions<Req, Res>
  }

  notation(notation: Notation<RequestView>): Notation<Req> {
    return this.#value(notation, 'limit') as Notation<Req>
  }

  request<T>(fn: (request: RequestView) => MaybePromise<T>): (request: Req) => MaybePromise<T> {
    return this.#value(fn, '') as (request: Req) => MaybePromise<T>
  }

  #value(value: unknown, name: string): unknown {
    if (AS_THEY_ARE.has(name)) return value
    if (typeof value === 'function') return this.#function(value as AnyFunction, name)
    if (Array.isArray(value)) return value.map((item) => this.#value(item, name))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.#value(each, key)]))
  }

  #function(fn: AnyFunction, name: string): AnyFunction {
    let translated = this.#translated.get(fn)
    if (!translated) this.#translated.set(fn, (translated = this.#translate(fn, name)))
    return translated
  }

  #translate(fn: AnyFunction, name: string): AnyFunction {
    if (/deductWhen$/i.test(name)) {
      return (response, request) => fn(this.#viewResponse(response as Res), this.#viewRequest(request as Req))
    }
    if (/^on(Meta)?Breach$/.test(name)) return (limit, request) => fn(limit, this.#viewRequest(request as Req))
    return (request) => fn(this.#viewRequest(request as Req))
  }
}
