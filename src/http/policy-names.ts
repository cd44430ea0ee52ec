import type { CurrentLimit } from '../limiter/decision.ts'

/**
 * The name of each limit that a response tells of, at the limit's index; undefined for those it keeps quiet about. A
 * meta limit is told of only when it refused: until then its number of refusals left helps nobody but an attacker.
 *
 * Names are unlike each other: the second limit called `api` is `api-2`. The order of limits is that of their
 * declaration, so a limit of one route has the same name in every response.
 */
export function policyNames(limits: readonly CurrentLimit[]): readonly (string | undefined)[] {
  const names: (string | undefined)[] = []
  for (const { source, breached, name } of limits) {
    if (source === 'meta' && !breached) names.push(undefined)
    else names.push(names.includes(name) ? nextFree(name, names) : name)
  }
  return names
}

function nextFree(name: string, taken: readonly (string | undefined)[]): string {
  let number = 2
  while (taken.includes(`${name}-${number}`)) number++
  return `${name}-${number}`
}

/**
 * A policy name as it is sent: what a structured field String cannot hold, and `%`, becomes the percent-encoded bytes
 * of its UTF-8. `täglich` is sent as `t%C3%A4glich`; `decodeURIComponent` gives it back.
 */
export function encodePolicyName(name: string): string {
  if (/^[ -$&-~]*$/.test(name)) return name
  return name
    .replace(/\p{Surrogate}/gu, '\uFFFD') // half a character, which UTF-8 has no bytes for
    .replace(/[^ -$&-~]+/g, encodeURIComponent)
}
