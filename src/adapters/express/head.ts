import { combineDecisions } from '../../http/combine-decisions.ts'
import type { HeaderList } from '../../http/header-list.ts'
import { refusal, unavailable } from '../../http/refusal.ts'
import { mergeRetryAfter } from '../../http/retry-after.ts'
import { type Decision, type Refusal, ServiceUnavailable } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import { andThen, isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { Exchange } from './exchange.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import type { Next } from './internals.ts'
import type { Req, Res } from './types.ts'

const HEAD = Symbol('sluice.head')

type Method = 'writeHead' | 'write' | 'end'
type Call = (this: Res, ...args: unknown[]) => unknown

/**
 * What is done when the head of a response is about to be sent: late charges, limits of unmatched requests, headers. The
 * response's own methods are replaced only on requests that need it.
 */
export class Head {
  readonly #exchange: Exchange
  readonly #originals: { [M in Method]?: Call } = {}
  readonly #due: { readonly limiter: ExpressLimiter; readonly outcome: Outcome<Req, Res> }[] = []
  #isUnmatchedDue = false
  /** Calls that wait until it is known what is to be sent; undefined: none has to wait. */
  #held: { readonly method: Method; readonly args: unknown[] }[] | undefined
  #isReplaced = false
  #isWritten = false
  #next: Next | undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** An outcome's headers and late charges are to follow. */
  expect(limiter: ExpressLimiter, outcome: Outcome<Req, Res>, next?: Next): void {
    if (limiter.writesHeaders || !outcome.allowed) this.#take('writeHead')
    if (outcome.pending.length === 0) return
    this.#due.push({ limiter, outcome })
    this.#next = next ?? this.#next
    this.#take('writeHead')
    this.#take('end')
  }

  /** If no route takes the request, its answer is to be limited. */
  watch(): void {
    this.#isUnmatchedDue = true
    for (const method of ['writeHead', 'write', 'end'] as const) this.#take(method)
  }

  /** Sends our own answer instead of whatever would be sent. Throws where a breach function's answer cannot be sent. */
  answer(limiter: ExpressLimiter, refused: Refusal | ServiceUnavailable): void {
    const { request, response } = this.#exchange
    const { accept } = request.headers
    const { status, headers, body } =
      refused instanceof ServiceUnavailable
        ? unavailable(accept)
        : refusal(refused, accept, (problem) => limiter.engine.callbackFailed(request, problem))
    this.#due.length = 0
    this.#isUnmatchedDue = false
    this.#held = undefined
    this.#clear()
    response.statusCode = status
    for (let index = 0; index < headers.length; index += 2) response.setHeader(headers[index]!, headers[index + 1]!)
    if (!this.#isWritten) this.#writeHeaders()
    if (body !== '') response.setHeader('Content-Length', Buffer.byteLength(body))
    this.#original('end').call(response, request.method === 'HEAD' ? undefined : body)
    this.#isReplaced = true
  }

  #take(method: Method): void {
    if (this.#originals[method]) return
    const { response } = this.#exchange
    const methods = response as unknown as Record<Method, Call> & { [HEAD]?: Head }
    methods[HEAD] = this
    this.#originals[method] = methods[method]
    methods[method] = HOOKS[method]
  }

  #original(method: Method): Call {
    return this.#originals[method] ?? (this.#exchange.response as unknown as Record<Method, Call>)[method]
  }

  /** A method of the response was called. */
  call(method: Method, args: unknown[]): unknown {
    const { response } = this.#exchange
    if (this.#isReplaced) return method === 'write' ? true : response
    if (this.#held) {
      this.#held.push({ method, args })
      return method === 'write' ? true : response
    }
    if (response.headersSent) return this.#original(method).apply(response, args)
    const wait = this.#beforeHead(method, args)
    if (wait === DROPPED) return method === 'write' ? true : response
    if (isPromise(wait)) {
      this.#held = [{ method, args }]
      wait.then(
        () => this.#release(),
        (error: unknown) => this.#fail(error),
      )
      return method === 'write' ? true : response
    }
    if (this.#isReplaced) return method === 'write' ? true : response
    if (method === 'writeHead' && !this.#isWritten) this.#writeHeaders()
    return this.#original(method).apply(response, args)
  }

  /**
   * What has to be known before the head goes out: a promise only where the response can still wait for it, DROPPED where
   * something else is sent instead.
   */
  #beforeHead(method: Method, args: unknown[]): MaybePromise<void> | typeof DROPPED {
    const { response } = this.#exchange
    if (method === 'writeHead' && typeof args[0] === 'number') response.statusCode = args[0]
    let isSettling = false
    try {
      if (this.#isUnmatchedDue && !this.#exchange.isMatched) return this.#limitUnmatched()
      if (this.#due.length === 0) return undefined
      isSettling = true
      const settled = this.#settle()
      if (!isPromise(settled) || method === 'end') return settled
      // The response is under way: it cannot wait, and a failure can no longer change it.
      settled.then(undefined, (error: unknown) => this.#tooLate(error))
    } catch (error) {
      if (method === 'end' || !isSettling) return this.#fail(error)
      this.#tooLate(error)
    }
    return undefined
  }

  #settle(): MaybePromise<void> {
    const { request, response } = this.#exchange
    const waits: Promise<void>[] = []
    for (const { limiter, outcome } of this.#due.splice(0)) {
      const settled = limiter.engine.settle(outcome, request, response)
      if (isPromise(settled)) waits.push(settled)
    }
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined
  }

  #limitUnmatched(): MaybePromise<void> {
    const { request, response } = this.#exchange
    this.#isUnmatchedDue = false
    const isOptions = request.method === 'OPTIONS' && response.hasHeader('Allow')
    if (response.statusCode !== 404 && response.statusCode !== 405 && !isOptions) return undefined
    const limiters = this.#exchange.limiters.filter(({ settings }) => settings.unmatched.length > 0)
    const from = (index: number): MaybePromise<void> => {
      const limiter = limiters[index]
      if (!limiter) return undefined
      this.#exchange.deciding = limiter
      return andThen(limiter.engine.decide(request, request.method, limiter.unmatchedEndpoint), (outcome) => {
        this.#exchange.note(limiter, outcome)
        return outcome.refusal ? this.answer(limiter, outcome.refusal) : from(index + 1)
      })
    }
    return from(0)
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { method, args } of held) this.call(method, args)
  }

  /** The answer cannot be given as it is: the late charge, or the limits of an unmatched request, failed. */
  #fail(error: unknown): typeof DROPPED {
    this.#held = undefined
    this.#isUnmatchedDue = false
    this.#due.length = 0
    if (error instanceof ServiceUnavailable) {
      this.answer(this.#exchange.limiters[0]!, error)
      return DROPPED
    }
    this.#clear()
    const { response } = this.#exchange
    response.statusCode = 500
    if (this.#next) this.#next(error)
    else {
      this.#exchange.limiters[0]?.reporter.swallowed('check-failed', error)
      this.#original('end').call(response)
      this.#isReplaced = true
    }
    return DROPPED
  }

  #tooLate(error: unknown): void {
    this.#exchange.limiters[0]?.reporter.swallowed('deduct-failed-swallowed', error)
  }

  #clear(): void {
    for (const name of OF_THE_BODY) this.#exchange.response.removeHeader(name)
  }

  #writeHeaders(): void {
    this.#isWritten = true
    const { response } = this.#exchange
    const writers: ExpressLimiter[] = []
    const decisions: Decision[] = []
    for (const [limiter, record] of this.#exchange.records) {
      const decision = record.decision
      // Without a set of headers only a refusal says something, and only where it is what the client gets.
      const isTold = limiter.writesHeaders || (decision?.allowed === false && response.statusCode >= 400)
      if (!decision || !isTold) continue
      writers.push(limiter)
      decisions.push(decision)
    }
    if (decisions.length === 0) return
    const decision = decisions.length === 1 ? decisions[0]! : combineDecisions(decisions)
    for (const limiter of writers) {
      const list = this.#listHeaders(limiter, decision)
      for (let index = 0; index < list.length; index += 2) {
        const name = list[index]!
        const value = list[index + 1]!
        const foreign = limiter.isRetryAfter(name) ? response.getHeader(name) : undefined
        response.setHeader(name, foreign === undefined ? value : mergeRetryAfter(value, String(foreign), decision.now))
      }
    }
  }

  /** None where the user's `headers` function fails: nothing is thrown here, for a handler that answers later would not catch it. */
  #listHeaders(limiter: ExpressLimiter, decision: Decision): HeaderList {
    try {
      return limiter.writeHeaders(decision)
    } catch (error) {
      limiter.reporter.callbackFailed(this.#exchange.request, error)
      limiter.reporter.swallowed('headers-failed-swallowed', error)
      return []
    }
  }
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
  'transfer-encoding',
]

/** Stands for a call of the response's method that is not carried out, because something else is sent. */
const DROPPED = Symbol('dropped')

function headOf(response: Res): Head {
  return (response as unknown as { readonly [HEAD]: Head })[HEAD]
}

const HOOKS: Readonly<Record<Method, Call>> = {
  writeHead(...args) {
    return headOf(this).call('writeHead', args)
  },
  write(...args) {
    return headOf(this).call('write', args)
  },
  end(...args) {
    return headOf(this).call('end', args)
  },
}
