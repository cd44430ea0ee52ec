import { ConfigurationError } from '../errors.ts'
import { baseOf, type Candidate, declaredLimits, fix, type FixedPlan, type Plan, planOf } from './plan.ts'
import type { Common, Endpoint } from './resolve.ts'
import type { Rule } from './rule.ts'

/** Methods are the client's to choose; what is remembered by method is bounded. */
const MOST_METHODS = 64

type OpenPlan<Req, Res> = Plan<Req, Res> & { readonly unknown: readonly Rule<Req, Res>[] }

/** An endpoint with its plans, made once per method. */
export class CompiledEndpoint<Req, Res> {
  readonly name: string
  readonly declaration: Endpoint<Req, Res>
  readonly common: Common<Req, Res>
  readonly metas: readonly Rule<Req, Res>[]
  readonly #keyPrefix: string
  #fallback: CompiledEndpoint<Req, Res> | undefined
  readonly #plans = new Map<
    string,
    { readonly open: OpenPlan<Req, Res>; readonly fixed: FixedPlan<Req, Res> | undefined }
  >()

  constructor(
    declaration: Endpoint<Req, Res>,
    common: Common<Req, Res>,
    metas: readonly Rule<Req, Res>[],
    keyPrefix: string,
  ) {
    this.name = declaration.name
    this.declaration = declaration
    this.common = common
    this.metas = metas
    this.#keyPrefix = keyPrefix
  }

  /** The same endpoint while the storage is away: with these limits instead of all others, and exempt as before. */
  inFallback(defaults: readonly Rule<Req, Res>[]): CompiledEndpoint<Req, Res> {
    return (this.#fallback ??= new CompiledEndpoint(
      {
        ...this.declaration,
        rules: [],
        groups: this.declaration.groups.map(({ exemption }) => ({ rules: [], exemption })),
      },
      { application: [], defaults },
      this.metas,
      this.#keyPrefix,
    ))
  }

  /** The plan as far as declarations tell. */
  plan(method: string): OpenPlan<Req, Res> {
    return this.#compile(method).open
  }

  /** The plan in its fixed form, where it has one. */
  fixed(method: string): FixedPlan<Req, Res> | undefined {
    return this.#compile(method).fixed
  }

  #compile(method: string): { readonly open: OpenPlan<Req, Res>; readonly fixed: FixedPlan<Req, Res> | undefined } {
    const known = this.#plans.get(method)
    if (known) return known
    const open = planOf(this.declaration, this.common, this.metas, method, declaredLimits)
    this.#refuseClashes(open, method)
    const compiled = { open, fixed: fix(open, this.#keyPrefix, this.name, method) }
    if (this.#plans.size >= MOST_METHODS) this.#plans.clear()
    this.#plans.set(method, compiled)
    return compiled
  }

  /** One state cannot be charged before the handler by one limit and after it by another. */
  #refuseClashes(plan: OpenPlan<Req, Res>, method: string): void {
    const isStatic = plan.candidates.filter(
      ({ rule }) => typeof rule.scope !== 'function' && typeof rule.limits !== 'function',
    )
    for (const late of isStatic) {
      if (!late.rule.deductWhen) continue
      const baseHere = (candidate: Candidate<Req, Res>): string =>
        baseOf(candidate, this.#keyPrefix, this.name, method, (candidate.rule.scope as string | undefined) ?? '')
      const base = baseHere(late)
      const early = isStatic.find(
        (other) => !other.rule.deductWhen && other.rule.key === late.rule.key && baseHere(other) === base,
      )
      if (early) {
        throw new ConfigurationError(
          `${this.name}: ${late.limit.text} is counted twice on one state, once with deductWhen and once without; give one of them a scope`,
        )
      }
    }
  }
}
