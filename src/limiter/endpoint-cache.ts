import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { Limiter } from './limiter.ts'
import type { Endpoint } from './resolve.ts'

interface Compiled<Req extends object, Res, Own> {
  readonly limiter: Own
  readonly name: string
  readonly revision: number
  readonly endpoint: CompiledEndpoint<Req, Res>
}

/** `requestIdentifier` may make names of anything: what is kept by them is bounded. */
const MOST_NAMES = 1000

/** What one route is to the limiters that ask, under each name: compiled once, and anew when something was declared since. */
export class EndpointCache<Req extends object, Res, Own extends Limiter<Req, Res>> {
  readonly #declare: (limiter: Own) => Omit<Endpoint<Req, Res>, 'name'>
  readonly #compiled = new Map<Own, Map<string, Compiled<Req, Res, Own>>>()
  /** For most requests the same. */
  #latest: Compiled<Req, Res, Own> | undefined

  /** `declare` answers what the route declares to a limiter. */
  constructor(declare: (limiter: Own) => Omit<Endpoint<Req, Res>, 'name'>) {
    this.#declare = declare
  }

  get(limiter: Own, name: string): CompiledEndpoint<Req, Res> {
    const { revision } = limiter
    const latest = this.#latest
    if (latest?.limiter === limiter && latest.name === name && latest.revision === revision) return latest.endpoint
    let byName = this.#compiled.get(limiter)
    if (!byName) this.#compiled.set(limiter, (byName = new Map()))
    let compiled = byName.get(name)
    if (compiled?.revision !== revision) {
      compiled = { limiter, name, revision, endpoint: limiter.compile({ name, ...this.#declare(limiter) }) }
      if (byName.size >= MOST_NAMES) byName.clear()
      byName.set(name, compiled)
    }
    this.#latest = compiled
    return compiled.endpoint
  }
}
