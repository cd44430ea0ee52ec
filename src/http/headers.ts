import { ConfigurationError } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import type { CurrentLimit, Decision } from '../limiter/decision.ts'
import { appendHeaders, hasHeader, type HeaderList } from './header-list.ts'
import { cut, show } from '../show.ts'
import { type HeaderOptions, resolveHeaderNames, resolveHeaderSets } from './header-options.ts'
import { httpDate } from './http-date.ts'
import { encodePolicyName, policyNames } from './policy-names.ts'
import { serializeInteger, serializeItem, serializeString } from './structured-fields.ts'

/** The headers that tell of a decision: none twice, always in the same order, `Retry-After` last. */
export type HeaderWriter = (decision: Decision) => HeaderList

/** Appends some of the headers that tell of one decision. */
type Part = (list: string[], decision: Decision) => void

/**
 * Makes the writer of the headers that are asked for.
 *
 * @param options `lowerCaseNames`: every name in lower case, for frameworks that would change it so on each call.
 * @throws ConfigurationError for a header set or a name that cannot be, and for two headers of one name.
 */
export function createHeaderWriter(options: HeaderOptions & { readonly lowerCaseNames?: boolean }): HeaderWriter {
  const { headers, lowerCaseNames = false } = options
  const custom = typeof headers === 'function' ? headers : undefined
  const sets = resolveHeaderSets(typeof headers === 'function' ? undefined : headers)
  const names = resolveHeaderNames(options.headerNames)

  const claimed = new Set<string>()
  const claim = (name: string): string => {
    const lowerCase = name.toLowerCase()
    if (claimed.has(lowerCase)) {
      throw new ConfigurationError(
        `Two headers are named ${cut(name)} under headers: ${show(sets)}, headerNames: ${show(names)}; ` +
          'expected names unlike each other, and "standard" neither with "draft-6" nor with "draft-7"',
      )
    }
    claimed.add(lowerCase)
    return lowerCaseNames ? lowerCase : name
  }

  const legacy = sets.includes('legacy')
  const draft6 = sets.includes('draft-6')
  const draft7 = sets.includes('draft-7')
  const parts: Part[] = []
  if (legacy) parts.push(legacyPart(claim(names.limit), claim(names.remaining), claim(names.reset)))
  if (sets.includes('standard')) parts.push(standardPart(claim('RateLimit-Policy'), claim('RateLimit')))
  if (draft6 || draft7) parts.push(draftPolicyPart(claim('RateLimit-Policy')))
  if (draft6) parts.push(draft6Part(claim('RateLimit-Limit'), claim('RateLimit-Remaining'), claim('RateLimit-Reset')))
  if (draft7) parts.push(draft7Part(claim('RateLimit')))
  // Any other word than 'http-date' means seconds, as recorded from Flask-Limiter.
  const retryAfter = retryAfterPart(
    claim(names.retryAfter),
    options.retryAfter === 'http-date',
    legacy,
    sets.length > 1,
  )
  parts.push(
    custom === undefined ? retryAfter : customPart(custom, lowerCaseNames, retryAfter, names.retryAfter.toLowerCase()),
  )

  return function headerWriter(decision) {
    const list: string[] = []
    for (const part of parts) part(list, decision)
    return list
  }
}

function legacyPart(limit: string, remaining: string, reset: string): Part {
  return (list, { limit: current }) => {
    if (current === undefined) return
    list.push(
      limit,
      String(current.limit.amount),
      remaining,
      String(current.remaining),
      reset,
      String(seconds(current.resetAt)),
    )
  }
}

function standardPart(policyName: string, stateName: string): Part {
  return (list, { limits, now }) => {
    const names = policyNames(limits)
    let policies = ''
    let states = ''
    for (let i = 0; i < limits.length; i++) {
      const name = names[i]
      if (name === undefined) continue
      const { limit, remaining, resetAt } = limits[i] as CurrentLimit
      const policy = policyOf(limit, name)
      const separator = policies === '' ? '' : ', '
      policies += separator + policy.item
      states += `${separator}${policy.name};r=${serializeInteger(remaining)};t=${secondsUntil(resetAt, now)}`
    }
    if (policies !== '') list.push(policyName, policies, stateName, states)
  }
}

/** A policy as it is sent, serialised once: `"daily"` and `"daily";q=1000;w=86400`. */
interface Policy {
  readonly name: string
  readonly item: string
}

const policiesOf = new WeakMap<RateLimit, Map<string, Policy>>()

function policyOf(limit: RateLimit, name: string): Policy {
  let policies = policiesOf.get(limit)
  if (policies === undefined) {
    policies = new Map()
    policiesOf.set(limit, policies)
  }
  let policy = policies.get(name)
  if (policy === undefined) {
    const sent = encodePolicyName(name)
    policy = { name: serializeString(sent), item: serializeItem(sent, { q: limit.amount, w: limit.windowMs / 1000 }) }
    policies.set(name, policy)
  }
  return policy
}

const draftPolicyOf = new WeakMap<RateLimit, string>()

function draftPolicyPart(policyName: string): Part {
  return (list, { limit: current }) => {
    if (current === undefined) return
    const { limit } = current
    let policy = draftPolicyOf.get(limit)
    if (policy === undefined) {
      policy = serializeItem(limit.amount, { w: limit.windowMs / 1000 })
      draftPolicyOf.set(limit, policy)
    }
    list.push(policyName, policy)
  }
}

function draft6Part(limit: string, remaining: string, reset: string): Part {
  return (list, { limit: current, now }) => {
    if (current === undefined) return
    list.push(limit, serializeInteger(current.limit.amount), remaining, serializeInteger(current.remaining))
    list.push(reset, String(secondsUntil(current.resetAt, now)))
  }
}

function draft7Part(name: string): Part {
  return (list, { limit: current, now }) => {
    if (current === undefined) return
    const limit = serializeInteger(current.limit.amount)
    const remaining = serializeInteger(current.remaining)
    list.push(name, `limit=${limit}, remaining=${remaining}, reset=${secondsUntil(current.resetAt, now)}`)
  }
}

/**
 * `Retry-After`: with `legacy` on every answer that tells of a limit, made of that limit's reset; without, on refusals,
 * made of the instant at which this request would pass, and none where it never would. With `legacy` and others, a refusal
 * says the later.
 */
function retryAfterPart(name: string, asDate: boolean, legacy: boolean, withOthers: boolean): Part {
  return (list, { allowed, now, limit, retryAt }) => {
    const shown = legacy ? limit : undefined
    if (shown === undefined && (allowed || retryAt === undefined)) return
    let second = 0
    let wait = allowed ? 0 : 1
    if (shown !== undefined) {
      // Flask-Limiter counts the whole seconds until the reset that it *announces*, which is rounded up already.
      second = seconds(shown.resetAt)
      wait = Math.max(wait, Math.floor((second * 1000 - now) / 1000))
    }
    if (retryAt !== undefined && (shown === undefined || withOthers)) {
      second = Math.max(second, seconds(retryAt))
      wait = Math.max(wait, secondsUntil(retryAt, now))
    }
    list.push(name, asDate ? httpDate(second * 1000) : String(wait))
  }
}

/** What the user's function answers, and our `Retry-After` unless it has one. */
function customPart(
  custom: (decision: Decision) => Readonly<Record<string, string>>,
  lowerCaseNames: boolean,
  retryAfter: Part,
  retryAfterName: string,
): Part {
  return (list, decision) => {
    appendHeaders(list, custom(decision), 'headers')
    if (lowerCaseNames) for (let i = 0; i < list.length; i += 2) list[i] = (list[i] as string).toLowerCase()
    if (!hasHeader(list, retryAfterName)) retryAfter(list, decision)
  }
}

/** Milliseconds as whole seconds, rounded up. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}

function secondsUntil(instant: number, now: number): number {
  return Math.max(0, seconds(instant - now))
}
