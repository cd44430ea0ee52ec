import { parseLimits } from '../src/limit/parse-limits.ts'
import type { LimitEntry, LimitObject, LimitOptions, MetaLimitEntry, Notation } from '../src/limiter/limit-options.ts'
import type { LimiterOptions, OnStorageError } from '../src/limiter/options.ts'
import type { StrategyName } from '../src/strategy/strategy.ts'
import { withoutUndefined } from '../src/without-undefined.ts'
import { ANSWER_WITHIN_MS, type Stage } from './adapter.ts'
import { breachOf, canonical, conditionOf, deductionOf, valueOf, type RequestView, type ResponseView } from './forms.ts'
import type { EntrySpec, Form, LimiterSpec, LimitSpec } from './format.ts'

/** What the declarations of one framework's scenario need of it. */
export interface Host<Req, Res> {
  readonly stage: Stage
  /** The key function that `"remoteAddress"` stands for. */
  readonly remoteAddress: (request: Req) => string
  viewRequest(request: Req): RequestView
  viewResponse(response: Res): ResponseView
  /** The request being answered: scope functions are given the endpoint alone. */
  request(): Req
}

/** Turns the corpus' declarations into sluice's, for requests `Req` and responses `Res`. */
export class Declarations<Req, Res> {
  readonly #host: Host<Req, Res>
  readonly #interned = new Map<string, unknown>()

  constructor(host: Host<Req, Res>) {
    this.#host = host
  }

  /** The options of `createLimiter`. */
  limiter(spec: LimiterSpec): LimiterOptions<Req, Res> {
    const { stage } = this.#host
    return withoutUndefined({
      key: this.#key(spec.keyFunc ?? 'remoteAddress'),
      defaultLimits: spec.defaultLimits?.map((entry) => this.#entry(entry)),
      defaultLimitsPerMethod: spec.defaultLimitsPerMethod,
      defaultLimitsExemptWhen: this.condition(spec.defaultLimitsExemptWhen),
      defaultLimitsDeductWhen: this.#deduction(spec.defaultLimitsDeductWhen),
      defaultLimitsCost: this.#cost(spec.defaultLimitsCost, spec.defaultLimits),
      applicationLimits: spec.applicationLimits?.map((entry) => this.#entry(entry)),
      applicationLimitsPerMethod: spec.applicationLimitsPerMethod,
      applicationLimitsExemptWhen: this.condition(spec.applicationLimitsExemptWhen),
      applicationLimitsDeductWhen: this.#deduction(spec.applicationLimitsDeductWhen),
      applicationLimitsCost: this.#cost(spec.applicationLimitsCost, spec.applicationLimits),
      metaLimits: spec.metaLimits?.map((entry) => this.#metaEntry(entry)),
      onBreach: this.#breach(spec.onBreach),
      onMetaBreach: this.#breach(spec.onMetaBreach),
      failOnFirstBreach: spec.failOnFirstBreach,
      strategy: spec.strategy as StrategyName | undefined,
      storage: stage.openStorage(),
      // An outage is what the scenario says, never a slow machine.
      storageTimeout: ANSWER_WITHIN_MS,
      onStorageError: onStorageError(spec),
      onCallbackError: spec.swallowErrors ? ('allow' as const) : ('raise' as const),
      malformedLimits: 'defaults' as const,
      // Remembered refusals age by real time, in which a whole scenario takes an instant.
      refusalMemory: false as const,
      headers: spec.headersEnabled ? ('legacy' as const) : undefined,
      headerNames: spec.headerNameMapping,
      retryAfter: retryAfterOf(spec.retryAfter),
      keyPrefix: spec.keyPrefix,
      requestIdentifier:
        spec.requestIdentifier === undefined ? undefined : this.#text('requestIdentifier', spec.requestIdentifier),
      enabled: spec.enabled,
      clock: stage.clock,
      logger: stage.recorder.logger,
    })
  }

  /** What `limiter.limit(notation, options)` is given. */
  limit(spec: LimitSpec): { notation: Notation<Req>; options: LimitOptions<Req, Res> } {
    const {
      keyFunc,
      scope,
      cost,
      methods,
      perMethod,
      errorMessage,
      exemptWhen,
      deductWhen,
      overrideDefaults,
      onBreach,
      metaLimits,
    } = spec
    const options = withoutUndefined({
      key: keyFunc === undefined ? undefined : this.#key(keyFunc),
      scope: this.#scope(scope),
      cost: this.#cost(cost, [spec.limit]),
      methods,
      perMethod,
      errorMessage:
        typeof errorMessage === 'string' || errorMessage === undefined
          ? errorMessage
          : this.#text('errorMessage', errorMessage),
      exemptWhen: this.condition(exemptWhen),
      deductWhen: this.#deduction(deductWhen),
      overrideDefaults,
      onBreach: this.#breach(onBreach),
      metaLimits: metaLimits?.map((entry) => this.#metaEntry(entry)),
    })
    return { notation: this.#notation(spec.limit), options }
  }

  /** A limit as an object of a list. */
  limitObject(spec: LimitSpec): LimitObject<Req, Res> & { readonly overrideDefaults?: boolean | undefined } {
    const { notation, options } = this.limit(spec)
    return { limit: notation, ...options, ...withoutUndefined({ shared: spec.shared }) }
  }

  /** A condition on the request. */
  condition(form: Form | undefined): ((request: Req) => boolean) | undefined {
    if (form === undefined) return undefined
    return this.intern('condition', form, () => {
      const condition = conditionOf(form)
      return (request: Req) => condition(this.#host.viewRequest(request))
    })
  }

  /** What `make` makes, the same for equal forms of one kind: they stand for the same function, or the same limit. */
  intern<T>(kind: string, form: unknown, make: () => T): T {
    const name = `${kind} ${canonical(form)}`
    if (!this.#interned.has(name)) this.#interned.set(name, make())
    return this.#interned.get(name) as T
  }

  #entry(entry: EntrySpec): LimitEntry<Req, Res> {
    return isLimitSpec(entry) ? this.intern('entry', entry, () => this.limitObject(entry)) : this.#notation(entry)
  }

  #metaEntry(entry: EntrySpec): MetaLimitEntry<Req> {
    return this.#entry(entry)
  }

  #notation(form: Form): Notation<Req> {
    return typeof form === 'string' ? form : this.#text('limit', form)
  }

  #key(form: Form): (request: Req) => string {
    return form === 'remoteAddress' ? this.#host.remoteAddress : this.#text('key', form)
  }

  #scope(form: Form | undefined): string | ((endpoint: string) => string) | undefined {
    if (form === undefined || typeof form === 'string') return form
    return this.intern('scope', form, () => {
      const value = valueOf(form)
      return (endpoint: string) => String(value(this.#host.viewRequest(this.#host.request()), endpoint) ?? '')
    })
  }

  /** The cost of limits. A constant one that can never pass is an error with us; as a computed one it is refused, as recorded. */
  #cost(form: Form | undefined, limits: readonly EntrySpec[] = []): number | ((request: Req) => number) | undefined {
    if (form === undefined || (typeof form === 'number' && !limits.some((limit) => exceeds(form, limit)))) return form
    return this.intern('cost', form, () => {
      const value = valueOf(form)
      return (request: Req) => value(this.#host.viewRequest(request)) as number
    })
  }

  /** A value as text. What returns nothing in the recorded program is replayed as the empty text. */
  #text(kind: string, form: Form): (request: Req) => string {
    return this.intern(kind, form, () => {
      const value = valueOf(form)
      return (request: Req) => String(value(this.#host.viewRequest(request)) ?? '')
    })
  }

  #deduction(form: Form | undefined): ((response: Res) => boolean) | undefined {
    if (form === undefined) return undefined
    return this.intern('deductWhen', form, () => {
      const condition = deductionOf(form)
      return (response: Res) => condition(this.#host.viewResponse(response))
    })
  }

  #breach(form: Form | undefined): LimitOptions<Req, Res>['onBreach'] {
    if (form === undefined) return undefined
    return this.intern('onBreach', form, () => {
      const breach = breachOf(form)
      const { clock, recorder } = this.#host.stage
      return (limit, request) => recorder.breach(breach, limit, this.#host.viewRequest(request), clock.ms)
    })
  }
}

function onStorageError(spec: LimiterSpec): OnStorageError {
  if (spec.inMemoryFallback?.length) return { fallback: spec.inMemoryFallback }
  if (spec.inMemoryFallbackEnabled) return 'fallback'
  return spec.swallowErrors ? 'allow' : 'raise'
}

/** The original compares with `http-date` only: any other word means seconds there, and is an error with us. */
function retryAfterOf(style: string | undefined): 'http-date' | 'delta-seconds' | undefined {
  if (style === undefined || style === 'http-date') return style
  return 'delta-seconds'
}

function exceeds(cost: number, entry: EntrySpec): boolean {
  try {
    return typeof entry === 'string' && parseLimits(entry).some(({ amount }) => cost > amount)
  } catch {
    // Malformed limits are for the limiter to refuse.
    return false
  }
}

function isLimitSpec(entry: EntrySpec): entry is LimitSpec {
  return typeof entry === 'object' && entry !== null && 'limit' in entry
}
