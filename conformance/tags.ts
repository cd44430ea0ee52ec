import type { Tagged } from './format.ts'

/** What becomes of a tagged behaviour: kept as recorded, or better on purpose. */
export interface Ruling {
  readonly ruling: 'better' | 'same'
  readonly reason: string
}

const better = (reason: string): Ruling => ({ ruling: 'better', reason })
const same = (reason: string): Ruling => ({ ruling: 'same', reason })

/** Every tag of the corpus. A tag that is not here excuses nothing. */
export const RULINGS: Readonly<Record<string, Ruling>> = {
  'later-refusal-keeps-earlier-hits': better('all limits of a request are decided together; a refusal spends nothing'),
  'first-breach-off-keeps-hits': better('a refusal spends nothing, whatever failOnFirstBreach says'),
  'refused-hit-increments': better('a refused cost is not charged'),
  'same-bucket-counted-twice': better('equal limits of one request are one entry, charged once'),
  'meta-same-bucket-counted-twice': better('equal meta limits of one request are one entry, charged once'),
  'meta-cost-tested-not-charged': better('a meta limit is tested and charged at its cost'),
  'meta-per-method-fails': better('a meta limit can count per method'),
  'meta-methods-ignored': better('a meta limit can be for some methods only'),
  'meta-key-ignores-prefix': better('the key prefix is in every key'),
  'meta-empty-key-not-skipped': better('a meta limit with an empty key is skipped like any other'),
  'meta-object-does-not-inherit-key': better("a meta limit inherits its parent's key, however it was written"),
  'plain-meta-on-limit-object-fails': better('a plain string is a meta limit everywhere'),
  'group-limits-drop-meta': better('group limits keep every option'),
  'group-name-collision': better('a group is the router object, not a name'),
  'override-not-inherited': better('what a group overrides or is exempt from stays so for the groups below it'),
  'ancestor-order-arbitrary': better('inherited group limits have a fixed order'),
  'sort-ignores-multiples': better('limits are ordered by the length of their window'),
  'exempt-route-drops-own-limits': better('named scopes exempt from exactly those; bare exempt() from everything'),
  'exempt-group-drops-own-limits': better('named scopes exempt from exactly those; bare exempt() from everything'),
  'exempt-route-keeps-group-limits': better("bare exempt() exempts from every limit, the group's too"),
  'view-phase-clears-headers': better('headers come from one decision that holds every limit considered'),
  'current-limits-omit-earlier-phase': better('currentLimits come from one decision that holds every limit considered'),
  'exempt-limit-still-overrides': same('a route limit that exempts the request still stands in for the defaults'),
  'deduct-when-sees-429': better('our own refusal is never offered to deductWhen'),
  'deduct-callback-error-not-swallowed': better('an error of a callback follows onCallbackError'),
  'swallowed-message-error-lets-through': better('an error of a callback never turns a refusal into a pass'),
  'deduction-failure-ignores-fallback': better('one failure policy stands around every storage call'),
  'any-error-trips-fallback': better("only the storage's errors switch to the fallback"),
  'fallback-ignores-exemptions': better('exempt stays exempt'),
  'malformed-limit-fails-late': better('a malformed limit throws where it is declared'),
  'empty-methods-list-fails': better('a configuration error that says so'),
  'empty-key-fails-open': same('a limit whose key is empty is skipped, and logged as an error'),
  'key-delimiter-collision': better('no two different tuples share a key'),
  'head-is-its-own-method': better('HEAD answered by a GET route counts as GET'),
  'options-skips-route-limits': better('automatic OPTIONS answers match no route'),
  'static-by-name': better('no name is magic'),
  'disabled-limiter-disables-next': better('limiters are independent'),
  'duplicate-headers': better('each header is set once'),
  'foreign-retry-after-fails': better('an invalid Retry-After of the handler is left alone'),
  'retry-after-date-uses-local-time': better('a Retry-After date is in UTC, and the later one wins'),
  'reset-overshoots-whole-second': better('a reset is rounded up, not up and one more'),
  'retry-after-zero': better('Retry-After is at least 1 on a refusal'),
  'retry-after-negative': better('Retry-After is at least 0'),
  'unused-window-reset': better('an untouched window resets now, in every strategy'),
  'moving-window-stale-reset': better('statistics never speak of expired entries'),
  'moving-window-boundary-inclusive': better('an entry ends exactly at its end'),
  'sliding-window-float-rounding': better('integer arithmetic'),
  'sliding-reset-now': better('resetAt is when the remaining amount next grows'),
  'static-cost-zero-is-one': better('cost 0 is 0'),
  'cost-zero': better('cost 0 is tested, never charged, and moves nothing'),
  'negative-cost-accepted': better('a configuration error, or, computed, an error of the callback'),
  'parse-stray-colon': better('a syntax error'),
  'parse-zero-multiple-is-one': better('a syntax error'),
  'parse-unicode-space': better('a syntax error'),
  'parse-unbounded-integers': better('a range error'),
  combined: better('the sum of the others'),
  'limits-learned-from-traffic': better('which limits a route has is known from its declaration'),
  'filter-keeps-bans': better('a request filter means: not limited, not even by an exhausted meta limit'),
  'recovery-only-where-checked': better('any storage call may be the probe'),
  'header-read-fails': better('headers need no read of their own'),
  'redis-expiry-instant': better('windows are half-open everywhere'),
  aligned: better('windows open with the first request on every storage; FORMAT.md has this as a field, not as a tag'),
  'retry-after-without-headers': better('a refusal says Retry-After also where the other headers are off'),
}

/** The tags that a scenario or step carries itself. */
export function ownTags(tagged: Tagged): readonly string[] {
  return [...new Set([...(tagged.quirk === undefined ? [] : [tagged.quirk]), ...(tagged.quirks ?? [])])]
}

/** The tags of each part of a whole: its own, those of the whole that are on none of the parts, and `aligned`. */
export function tagsOfParts(whole: Tagged & { readonly aligned?: boolean }, parts: readonly Tagged[]): string[][] {
  const onParts = new Set(parts.flatMap(ownTags))
  const onAll = ownTags(whole).filter((tag) => !onParts.has(tag))
  if (whole.aligned) onAll.push('aligned')
  return parts.map((part) => [...ownTags(part), ...onAll])
}

/** Whether a tag allows a difference. */
export function isExcusing(tag: string): boolean {
  return RULINGS[tag]?.ruling === 'better'
}
