import { ConfigurationError } from '../errors.ts'
import { parseLimits } from '../limit/parse-limits.ts'
import { show } from '../show.ts'
import { checkNames, checkType } from './check-options.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import { keyOf } from './keys.ts'
import { baseOf, declaredLimits } from './plan.ts'
import type { Rule } from './rule.ts'
import type { Settings } from './settings.ts'

/** What to forget of a client. */
export interface ClearTarget {
  /** The client's key, as its key function answers it. */
  readonly key: string
  /** One endpoint, such as `GET /slow`; by default all. */
  readonly endpoint?: string | undefined
  /** Notations that functions gave: `['10 per minute']`. Declared ones need not be named. */
  readonly limits?: readonly string[] | undefined
  /** The scope that a function gave. Declared ones need not be named. */
  readonly scope?: string | undefined
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'QUERY']

/** The keys of everything that is declared, for one client. */
export function clearKeys<Req, Res>(
  target: ClearTarget,
  settings: Settings<Req, Res>,
  endpoints: Iterable<CompiledEndpoint<Req, Res>>,
): string[] {
  if (typeof target !== 'object' || target === null) {
    throw new ConfigurationError(`limiter.clear: expected what to forget, such as { key: 'ann' }, got ${show(target)}`)
  }
  checkNames(target, ['key', 'endpoint', 'limits', 'scope'], 'limiter.clear')
  if (typeof target.key !== 'string' || target.key === '') {
    throw new ConfigurationError(`limiter.clear: key: expected a client's key, got ${show(target.key)}`)
  }
  checkType(target.scope, 'limiter.clear: scope', 'string')
  if (target.limits !== undefined && !Array.isArray(target.limits)) {
    throw new ConfigurationError(
      `limiter.clear: limits: expected a list such as ['5 per minute'], got ${show(target.limits)}`,
    )
  }
  const named = (target.limits ?? []).flatMap((notation) => parseLimits(notation))
  const keys = new Set<string>()
  const add = (rule: Rule<Req, Res>, endpoint: string): void => {
    const scope = typeof rule.scope === 'function' ? target.scope : (rule.scope ?? '')
    if (scope === undefined) return
    for (const limit of declaredLimits(rule) ?? named) {
      for (const method of rule.perMethod ? (rule.methods ?? METHODS) : ['']) {
        keys.add(keyOf(baseOf({ rule, limit }, settings.keyPrefix, endpoint, method, scope), target.key))
      }
    }
  }
  const all = [...endpoints]
  const chosen = target.endpoint === undefined ? all : all.filter(({ name }) => name === target.endpoint)
  if (target.endpoint !== undefined && chosen.length === 0) {
    throw new ConfigurationError(
      `limiter.clear: endpoint: no endpoint ${show(target.endpoint)}; there are ${all.map(({ name }) => name).join(', ') || 'none yet'}`,
    )
  }
  for (const { name, declaration } of chosen) {
    const groups = declaration.groups.flatMap(({ rules }) => rules)
    const rules = [
      ...settings.application,
      ...settings.defaults,
      ...(settings.fallback ?? []),
      ...declaration.rules,
      ...groups,
    ]
    for (const rule of rules) for (const each of [rule, ...rule.metas]) add(each, name)
    for (const meta of settings.metas) add(meta, name)
  }
  if (target.endpoint === undefined) {
    for (const rule of [...settings.application, ...settings.metas, ...settings.unmatched]) add(rule, UNMATCHED)
  }
  return [...keys]
}

/** The endpoint of requests that no route answers. */
export const UNMATCHED = '@unmatched'
