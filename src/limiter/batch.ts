import type { RateLimit } from '../limit/rate-limit.ts'
import type { Entry } from '../storage/storage.ts'
import { keyOf } from './keys.ts'
import { type FixedPlan, mostTelling } from './plan.ts'
import type { Rule } from './rule.ts'

/** What a request asks of the storage: entries, and for each of them the rule it stands for. */
export interface Batch<Req, Res> {
  readonly entries: readonly Entry[]
  /** The rule of each entry; of equal ones the first. */
  readonly rules: readonly Rule<Req, Res>[]
  readonly phased: boolean
  /** Index of the entry that speaks for the others while nothing is refused; undefined where there is none. */
  readonly telling: number | undefined
}

/** The batch of a plan of which only the client's key was missing. */
export function fixedBatch<Req, Res>(plan: FixedPlan<Req, Res>, clientKey: string): Batch<Req, Res> {
  const { templates, rules, phased, telling } = plan
  const entries = templates.map(({ base, limit, cost, role, rule: { strategy }, watches, gates }): Entry => {
    const key = keyOf(base, clientKey)
    return role === 'meta' ? { key, limit, strategy, cost, role, watches, gates } : { key, limit, strategy, cost, role }
  })
  return { entries, rules, phased, telling }
}

/** Of a batch, what concerns one entry alone. */
export function onlyEntry<Req, Res>({ entries, rules, phased }: Batch<Req, Res>, index: number): Batch<Req, Res> {
  return { entries: [entries[index]!], rules: [rules[index]!], phased, telling: 0 }
}

/**
 * Gathers entries one by one. Equal limits of equal keys are one entry, charged once at the highest cost; the first lends its
 * message and callbacks. Where one is to be charged before and the other after the response, the one before wins.
 */
export class BatchBuilder<Req, Res> implements Batch<Req, Res> {
  readonly entries: Entry[] = []
  readonly rules: Rule<Req, Res>[] = []
  readonly phased: boolean
  readonly #indices = new Map<string, number>()
  readonly #indicesOfRule = new Map<Rule<Req, Res>, number[]>()

  constructor(phased: boolean) {
    this.phased = phased
  }

  get telling(): number | undefined {
    return mostTelling(this.entries, this.rules)
  }

  /** Adds an ordinary limit. */
  add(rule: Rule<Req, Res>, limit: RateLimit, key: string, cost: number): void {
    const role = rule.deductWhen ? 'peek' : 'limit'
    this.#put(rule, { key, limit, strategy: rule.strategy, cost, role })
  }

  /** Adds a meta limit on the refusals of one rule or of all; to be called after every `add`. */
  addMeta(
    rule: Rule<Req, Res>,
    limit: RateLimit,
    key: string,
    cost: number,
    watches: Rule<Req, Res> | 'all',
    gates: boolean,
  ): void {
    const indices =
      watches === 'all'
        ? this.entries.flatMap((entry, index) => (entry.role === 'meta' ? [] : [index]))
        : (this.#indicesOfRule.get(watches) ?? [])
    this.#put(rule, { key, limit, strategy: rule.strategy, cost, role: 'meta', watches: indices, gates })
  }

  #put(rule: Rule<Req, Res>, entry: Entry): void {
    let index = this.#indices.get(entry.key)
    if (index === undefined) {
      index = this.entries.push(entry) - 1
      this.rules.push(rule)
      this.#indices.set(entry.key, index)
    } else {
      this.entries[index] = merge(this.entries[index]!, entry)
    }
    const own = this.#indicesOfRule.get(rule)
    if (own) own.push(index)
    else this.#indicesOfRule.set(rule, [index])
  }
}

function merge(first: Entry, second: Entry): Entry {
  const cost = Math.max(first.cost, second.cost)
  if (first.role === 'meta') {
    return { ...first, cost, watches: [...new Set([...(first.watches ?? []), ...(second.watches ?? [])])] }
  }
  return { ...first, cost, role: first.role === 'limit' || second.role === 'limit' ? 'limit' : 'peek' }
}
