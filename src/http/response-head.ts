import type { ServerResponse } from 'node:http'
import { isPromise } from '../limiter/steps.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { setHeaders } from './header-list.ts'
import type { HttpExchange } from './http-exchange.ts'
import type { HttpAnswer } from './refusal.ts'

const METHODS = ['writeHead', 'write', 'end'] as const

type Method = (typeof METHODS)[number]
type Call = (...args: unknown[]) => unknown

const HEAD = Symbol('sluice.head')

interface Watched {
  [HEAD]?: { call(method: Method, args: unknown[]): unknown }
}

/**
 * The methods that stand in for those of a response, the same functions for all: where each response is given closures of its
 * own, V8 keeps responses until the next full collection, and every other one takes thirty times as long.
 */
const STAND_INS: Readonly<Record<Method, Call>> = {
  writeHead: standIn('writeHead'),
  write: standIn('write'),
  end: standIn('end'),
}

function standIn(method: Method): Call {
  return function call(this: Watched, ...args) {
    return this[HEAD]!.call(method, args)
  }
}

/** The methods of a response of which nothing more is to be sent than what is on its way. */
const CLOSED: Readonly<Record<Method, Call>> = {
  writeHead(this: unknown) {
    return this
  },
  write: () => true,
  end(this: unknown) {
    return this
  },
}

/** Headers that speak of a body which is not sent. */
const OF_THE_BODY = [
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'trailer',
  'transfer-encoding',
]

/** Takes off what speaks of a body that is not sent after all. */
export function clearBody(response: ServerResponse): void {
  for (const name of OF_THE_BODY) response.removeHeader(name)
}

/** A handler may answer past its framework: then charges that still wait are made when the response is over. */
export function settleWhenClosed<Req extends object, Res>(
  exchange: HttpExchange<Req, Res>,
  response: ServerResponse,
  asked: Res,
): void {
  response.once('close', () => {
    if (exchange.isDue && response.headersSent) exchange.settleLate(asked)
  })
}

/**
 * What is done when the head of a response of `node:http` is about to be sent: late charges, then the headers that tell of
 * limits. The response's own methods are replaced, and only on requests that need it.
 */
export class ResponseHead<Req extends object, Res> {
  readonly #exchange: HttpExchange<Req, Res>
  readonly #response: ServerResponse
  readonly #asked: Res
  readonly #fail: (error: unknown) => void
  readonly #originals: { [M in Method]?: Call } = {}
  #decide: (() => MaybePromise<void>) | undefined = undefined
  /** Calls that wait until it is known what is to be sent; undefined: none has to. */
  #held: { readonly method: Method; readonly args: unknown[] }[] | undefined = undefined
  /** One of the methods was called: what others have put around them has begun to do its part. */
  #isEntered = false
  /** An answer of ours is what is sent. */
  #isAnswered = false
  /** It has been sent, and calls that come here are late. */
  #isClosed = false

  /**
   * `asked` is what the framework calls a response. `fail` hears of what failed while nothing has been sent, and has to see to
   * an answer.
   */
  constructor(exchange: HttpExchange<Req, Res>, response: ServerResponse, asked: Res, fail: (error: unknown) => void) {
    this.#exchange = exchange
    this.#response = response
    this.#asked = asked
    this.#fail = fail
  }

  /** Headers are to follow, and late charges where there are any. */
  expect(): void {
    this.#take('writeHead')
    // A response that is sent by `end` alone can wait.
    if (this.#exchange.isDue) this.#take('end')
  }

  /** Before anything is sent, `decide` may answer instead. Whatever is sent waits for it. */
  watch(decide: () => MaybePromise<void>): void {
    this.#decide = decide
    for (const method of METHODS) this.#take(method)
  }

  /** Sends an answer of ours instead of whatever else would be sent, once. Nothing must have been sent yet. */
  answer({ status, headers, body }: HttpAnswer): void {
    if (this.#isAnswered) return
    const response = this.#response
    this.#exchange.forgetCharges()
    this.#decide = undefined
    this.#held = undefined
    this.#take('writeHead')
    clearBody(response)
    response.statusCode = status
    setHeaders(response, headers)
    if (body !== '') response.setHeader('Content-Length', Buffer.byteLength(body))
    const sent = response.req.method === 'HEAD' ? undefined : body
    this.#isAnswered = true
    if (this.#isEntered) this.#sendPast(status, sent)
    // Through what others have put around it, such as one that compresses; it may take its time.
    else response.end(sent)
    if (response.headersSent) Object.assign(response, CLOSED)
  }

  /** Past what others have put around the methods, which would go on with the answer that it began with. */
  #sendPast(status: number, body: string | undefined): void {
    this.call('writeHead', [status])
    const end = this.#originals.end ?? (this.#response.end as Call)
    end.call(this.#response, body)
    this.#isClosed = true
  }

  #take(method: Method): void {
    if (this.#originals[method]) return
    const methods = this.#response as unknown as Record<Method, Call> & Watched
    this.#originals[method] = methods[method]
    methods[HEAD] ??= this
    // A response that two copies of this class watch has the stand-ins already.
    methods[method] = methods[HEAD] === this ? STAND_INS[method] : (...args) => this.call(method, args)
  }

  /** A method of the response is called. */
  call(method: Method, args: unknown[]): unknown {
    const response = this.#response
    const result = method === 'write' ? true : response
    this.#isEntered = true
    if (this.#isClosed) return result
    if (this.#held) {
      this.#held.push({ method, args })
      return result
    }
    if (!response.headersSent) {
      if (method === 'writeHead' && typeof args[0] === 'number') response.statusCode = args[0]
      if (this.#decide && !this.#before(method, args, this.#decide, true)) return result
      if (this.#exchange.isDue && !this.#before(method, args, () => this.#exchange.settle(this.#asked), false))
        return result
      if (method === 'writeHead') this.#exchange.tell(response)
    }
    return this.#originals[method]!.apply(response, args)
  }

  /**
   * Does what has to be done before the head goes out; false: the call is held, or something else is sent. Once a response
   * streams it cannot wait for late charges, nor be changed by them: those of `end` only are waited for.
   */
  #before(method: Method, args: unknown[], work: () => MaybePromise<void>, holdsAll: boolean): boolean {
    const holds = holdsAll || method === 'end'
    const failed = (error: unknown): void => {
      this.#held = undefined
      if (holds) this.#fail(error)
      else this.#exchange.settledTooLate(error)
    }
    this.#decide = undefined
    try {
      const done = work()
      if (!isPromise(done)) return !this.#isAnswered
      if (holds) this.#held = [{ method, args }]
      done.then(() => this.#release(), failed)
    } catch (error) {
      failed(error)
    }
    return !holds
  }

  /** Makes up for the calls that were held. What one of them throws nobody is there to catch any more. */
  #release(): void {
    const held = this.#held ?? []
    const response = this.#response
    this.#held = undefined
    try {
      for (const { method, args } of held) {
        // While it was held, others saw that no head was sent, and may have asked for it once more.
        if (method !== 'writeHead' || !response.headersSent) this.call(method, args)
      }
    } catch (error) {
      if (response.headersSent) response.destroy()
      else this.#fail(error)
    }
  }
}
