/** The corpus as it lies in the files: `corpus/FORMAT.md` in types. Times are seconds. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json | undefined }

/** A declarative callback; `forms.ts` says what each means. */
export type Form = Json

export interface LimitSpec {
  readonly limit: Form
  readonly keyFunc?: Form
  readonly scope?: Form
  readonly cost?: Form
  readonly methods?: readonly string[]
  readonly perMethod?: boolean
  readonly errorMessage?: Form
  readonly exemptWhen?: Form
  readonly deductWhen?: Form
  readonly overrideDefaults?: boolean
  readonly onBreach?: Form
  readonly shared?: boolean
  readonly metaLimits?: readonly EntrySpec[]
}

/** A limit attached to a route, group, function or block: its own, or a reference to a shared one. */
export type AttachedLimit =
  | (LimitSpec & { readonly limiter?: string })
  | { readonly shared: string; readonly limiter?: string }

/** An entry of `defaultLimits`, `applicationLimits` or `metaLimits`: a string, a value form, or a limit object. */
export type EntrySpec = Form | LimitSpec

export interface LimiterSpec {
  readonly name?: string
  readonly keyFunc?: Form
  readonly defaultLimits?: readonly EntrySpec[]
  readonly defaultLimitsPerMethod?: boolean
  readonly defaultLimitsExemptWhen?: Form
  readonly defaultLimitsDeductWhen?: Form
  readonly defaultLimitsCost?: Form
  readonly applicationLimits?: readonly EntrySpec[]
  readonly applicationLimitsPerMethod?: boolean
  readonly applicationLimitsExemptWhen?: Form
  readonly applicationLimitsDeductWhen?: Form
  readonly applicationLimitsCost?: Form
  readonly metaLimits?: readonly EntrySpec[]
  readonly strategy?: string
  readonly headersEnabled?: boolean
  readonly headerNameMapping?: Readonly<Partial<Record<HeaderPart, string>>>
  readonly retryAfter?: string
  readonly keyPrefix?: string
  readonly failOnFirstBreach?: boolean
  readonly onBreach?: Form
  readonly onMetaBreach?: Form
  readonly inMemoryFallback?: readonly string[]
  readonly inMemoryFallbackEnabled?: boolean
  readonly swallowErrors?: boolean
  readonly enabled?: boolean
  readonly requestFilters?: readonly Form[]
  readonly requestIdentifier?: Form
}

export type HeaderPart = 'limit' | 'remaining' | 'reset' | 'retryAfter'

/** `true`, a list of flags, or either for one of several limiters. */
export type ExemptSpec = true | readonly string[] | { readonly limiter: string; readonly flags?: readonly string[] }

export interface GroupSpec {
  readonly name: string
  readonly id?: string
  readonly prefix: string
  readonly parent?: string
  readonly limits?: readonly AttachedLimit[]
  readonly exempt?: ExemptSpec
}

export interface ResponseSpec {
  readonly status?: Form
  readonly body?: string
  readonly headers?: Readonly<Record<string, Form>>
  readonly throwWhen?: Form
}

export interface RouteSpec {
  readonly name: string
  readonly path: string
  readonly methods?: readonly string[]
  readonly group?: string
  readonly limits?: readonly AttachedLimit[]
  readonly exempt?: ExemptSpec
  readonly response?: ResponseSpec
  readonly calls?: readonly string[]
  readonly blocks?: readonly (AttachedLimit & { readonly whenExceeded?: 'continue' })[]
}

export interface Outage {
  readonly from: number
  readonly to: number
  readonly ops?: readonly ('consume' | 'read' | 'check' | 'clear' | 'reset')[]
}

export interface RecordedLimit {
  readonly limit: string
  readonly key: string
  readonly breached: boolean
  readonly shared: boolean
  readonly remaining: number
  readonly resetAt: number
}

export interface RecordedCurrent {
  readonly currentLimit?: RecordedLimit | null
  readonly currentLimits?: readonly RecordedLimit[]
}

export interface Expect extends RecordedCurrent {
  readonly status: number
  readonly message?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string | null | readonly string[]>>
  readonly callbacks?: readonly { readonly callback: string; readonly limit: string; readonly key: string }[]
  readonly log?: readonly { readonly level: string; readonly kind: string }[]
  readonly perLimiter?: Readonly<Record<string, RecordedCurrent>>
}

/** Tags come as a list, and in places as a single one as well. */
export interface Tagged {
  readonly quirk?: string
  readonly quirks?: readonly string[]
}

export interface RequestStep extends Tagged {
  readonly at: number
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddr?: string
  readonly expect: Expect
}

export interface ActionStep extends Tagged {
  readonly at: number
  readonly action: 'reset'
}

export interface Scenario extends Tagged {
  readonly id: string
  readonly t0: number
  readonly aligned?: boolean
  readonly limiter?: LimiterSpec
  readonly limiters?: readonly LimiterSpec[]
  readonly storage?: { readonly outages?: readonly Outage[] }
  readonly sharedLimits?: readonly (Omit<LimitSpec, 'shared'> & { readonly name: string; readonly limiter?: string })[]
  readonly functions?: readonly { readonly name: string; readonly limits: readonly AttachedLimit[] }[]
  readonly groups?: readonly GroupSpec[]
  readonly routes: readonly RouteSpec[]
  readonly init?: { readonly error: string }
  readonly steps: readonly (RequestStep | ActionStep)[]
}

export interface ParsedLimit {
  readonly amount: number | string
  readonly multiples: number | string
  readonly granularity: string
  readonly expirySeconds: number | string
  readonly repr?: string
}

export interface Operation extends Tagged {
  readonly at: number
  readonly op: 'hit' | 'test' | 'stats' | 'clear'
  readonly cost?: number
  readonly ids?: readonly (string | number)[]
  readonly result?: boolean
  readonly remaining: number
  readonly resetAt: number
}

export interface Sequence extends Tagged {
  readonly id: string
  readonly strategy: string
  readonly storage: 'memory' | 'redis'
  readonly aligned?: boolean
  readonly resetTolerance?: number
  readonly t0: number
  readonly limit: string
  readonly parsed: ParsedLimit
  readonly ops: readonly Operation[]
}

export interface ParseCase extends Tagged {
  readonly input: string
  readonly items?: readonly ParsedLimit[]
  readonly error?: string
}

export interface KeyCase extends Tagged {
  readonly limit: string
  readonly namespace?: string
  readonly identifiers: readonly (string | number)[]
  readonly key: string
}
