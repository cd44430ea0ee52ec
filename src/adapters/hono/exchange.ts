import type { NodeHead } from '../../http/header-list.ts'
import { HttpExchange, type HttpRecord } from '../../http/http-exchange.ts'
import { type AsyncContext, createAsyncContext } from '../../http/runtime.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE: unique symbol = Symbol('sluice.exchange')

/** What is known of a request that has met a limiter. */
export class Exchange extends HttpExchange<Req, Res> {
  /** Somebody completes the head of the response when the handlers are done. */
  isWatched = false
  /** The latest exception of ours that was thrown. */
  exception: Error | undefined = undefined
  /** What Node sends the head by, where ours stands in for it and sets the headers. */
  writeHead: NodeResponse['writeHead'] | undefined = undefined
  /** Node's response, where it is this request that it answers; an app may put requests to itself. */
  readonly outgoing: NodeResponse | undefined

  constructor(context: Req) {
    super(context, context.req.method)
    const { outgoing } = nodeBindings(context)
    if (!outgoing || outgoing.headersSent || outgoing[EXCHANGE]) return
    outgoing[EXCHANGE] = this
    this.outgoing = outgoing
  }

  static of(context: Req): Exchange | undefined {
    return (context as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  /** The exchange whose answer Node's response is. */
  static answeredBy(outgoing: NodeResponse): Exchange {
    return outgoing[EXCHANGE]!
  }

  static begin(context: Req): Exchange {
    const exchange = new Exchange(context)
    ;(context as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
    return exchange
  }

  override keep(record: HttpRecord<Req, Res>, outcome: Outcome<Req, Res>): Outcome<Req, Res> {
    super.keep(record, outcome)
    this.request.set('rateLimit', this.decision)
    return outcome
  }
}

let context: AsyncContext<Req> | undefined

/** Knows which request is being handled, for functions that are limited by `wrap`; undefined where the runtime cannot tell. */
export function requestContext(): AsyncContext<Req> | undefined {
  return (context ??= createAsyncContext<Req>())
}

/** Node's own objects for a request, where the app is served by Node. */
export interface NodeBindings {
  readonly incoming?: {
    /** Missing where a test makes `incoming` up, as Hono's own do. */
    readonly headers?: Readonly<Record<string, string | string[] | undefined>>
    readonly socket: { readonly remoteAddress?: string | undefined }
  }
  readonly outgoing?: NodeResponse
}

/** Node's response, as far as it is used here. */
export interface NodeResponse extends NodeHead {
  [EXCHANGE]?: Exchange
  readonly headersSent: boolean
  writeHead(status: number, ...rest: unknown[]): unknown
}

/** Node's objects, or nothing. */
export function nodeBindings({ env }: Req): NodeBindings {
  const bindings = env as (NodeBindings & { readonly server?: NodeBindings }) | undefined
  return bindings?.server ?? bindings ?? {}
}

/** A request header; asked of Node itself where it is there, for that costs less. */
export function requestHeader(context: Req, name: string): string | undefined {
  const headers = nodeBindings(context).incoming?.headers
  return headers ? headers[name]?.toString() : context.req.header(name)
}
