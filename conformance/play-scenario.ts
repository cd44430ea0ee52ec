import { isLimiterError } from '../src/errors.ts'
import type { App, ConformanceAdapter, Stage, VirtualClock } from './adapter.ts'
import { compareKeys } from './compare-keys.ts'
import { compareStep, type Comparison, type StepResult } from './compare.ts'
import type { ActionStep, RequestStep, Scenario } from './format.ts'
import { type CaseResult, describeError, type Difference, difference, type Outcome } from './outcome.ts'
import { withOutages } from './outages.ts'
import { Recorder } from './recorder.ts'
import type { CaseStorages } from './case-storages.ts'
import { limitersOf } from './scenario.ts'
import { tagsOfParts } from './tags.ts'

/** Builds a scenario's application at its `t0` and plays its steps. */
export async function playScenario(
  scenario: Scenario,
  adapter: ConformanceAdapter,
  storages: CaseStorages,
): Promise<CaseResult> {
  const clock = virtualClock(scenario.t0)
  const recorder = new Recorder()
  const outages = scenario.storage?.outages ?? []
  const stage: Stage = {
    clock,
    recorder,
    openStorage: () => withOutages(storages.open(), outages, () => clock.ms / 1000 - scenario.t0),
  }
  const result = { id: scenario.id, adapter: adapter.name }
  let app: App
  try {
    app = await adapter.build(scenario, stage)
  } catch (error) {
    const notBuilt = scenario.init === undefined && isUnknownStrategy(error) ? { notBuilt: strategiesOf(scenario) } : {}
    return { ...result, ...notBuilt, outcomes: outcomesOfFailedConstruction(scenario, error) }
  }
  try {
    return { ...result, outcomes: await playSteps(scenario, app, stage, comparisonOf(scenario, adapter)) }
  } finally {
    await app.close()
  }
}

async function playSteps(scenario: Scenario, app: App, stage: Stage, how: Comparison): Promise<Outcome[]> {
  if (scenario.init) return [wholeOutcome(scenario, difference('init', scenario.init.error, 'no error'))]
  const tags = tagsOfParts(scenario, scenario.steps)
  const played: (StepResult & { readonly label: string })[] = []
  for (const [index, step] of scenario.steps.entries()) {
    stage.clock.ms = Math.round((scenario.t0 + step.at) * 1000)
    stage.recorder.clear()
    const what = 'action' in step ? step.action : `${step.method ?? 'GET'} ${step.path}`
    const label = `step ${index} ${what} at ${step.at}`
    try {
      played.push({ label, ...(await playStep(step, app, stage.recorder, how)) })
    } catch (error) {
      played.push({ label, differences: [{ path: 'answer', expected: 'one', got: describeError(error) }], keys: [] })
    }
  }
  const keyDifferences = compareKeys(played.map(({ keys }, index) => ({ keys, tags: tags[index]! })))
  return played.map(({ label, differences }, index) => ({
    label,
    tags: tags[index]!,
    differences: [...differences, ...keyDifferences[index]!],
  }))
}

async function playStep(
  step: RequestStep | ActionStep,
  app: App,
  recorder: Recorder,
  how: Comparison,
): Promise<StepResult> {
  if ('action' in step) {
    await app.reset()
    return { differences: [], keys: [] }
  }
  const response = await app.request(step)
  return compareStep(step.expect, { response, recorder, current: app.current() }, how)
}

/** Without an application no step can be played: each differs, and its tags tell whether it may. */
function outcomesOfFailedConstruction(scenario: Scenario, error: unknown): Outcome[] {
  if (scenario.init) {
    const category = isUnknownStrategy(error) ? 'unknown-strategy' : describeError(error)
    return [wholeOutcome(scenario, difference('init', scenario.init.error, category))]
  }
  const tags = tagsOfParts(scenario, scenario.steps)
  const differences = [{ path: 'construction', expected: 'no error', got: describeError(error) }]
  return scenario.steps.map((_step, index) => ({ label: `step ${index}`, tags: tags[index]!, differences }))
}

function wholeOutcome(scenario: Scenario, differences: readonly Difference[]): Outcome {
  return { label: 'construction', tags: tagsOfParts(scenario, [{}])[0]!, differences }
}

function comparisonOf(scenario: Scenario, adapter: ConformanceAdapter): Comparison {
  const limiters = limitersOf(scenario)
  // Its reset times follow other rules than ours, and so do the headers made of them.
  const sliding = limiters.filter(({ strategy }) => strategy === 'sliding-window-counter')
  return {
    wrongMethodStatus: adapter.wrongMethodStatus,
    hasHeaders: limiters.some(({ headersEnabled }) => headersEnabled),
    incomparableHeaders: sliding.flatMap(({ headerNameMapping: names }) => [
      names?.reset ?? 'X-RateLimit-Reset',
      names?.retryAfter ?? 'Retry-After',
    ]),
    comparesReset: sliding.length === 0,
    comparesUnusedReset: limiters.every(({ strategy }) => strategy !== 'moving-window'),
  }
}

function strategiesOf(scenario: Scenario): string {
  return `strategy ${[...new Set(limitersOf(scenario).map(({ strategy }) => strategy ?? 'fixed-window'))].join(', ')}`
}

function isUnknownStrategy(error: unknown): boolean {
  return isLimiterError(error) && error.code === 'ERR_UNKNOWN_STRATEGY'
}

/** A clock that stands at `seconds` after the epoch until it is set. */
function virtualClock(seconds: number): VirtualClock {
  return {
    ms: Math.round(seconds * 1000),
    now() {
      return this.ms
    },
  }
}
