import type { CurrentLimit } from '../src/limiter/decision.ts'
import type { Storage } from '../src/storage/storage.ts'
import type { RequestStep, Scenario } from './format.ts'
import type { Recorder } from './recorder.ts'

/** How long an answer may take. No expectation depends on it: it ends what hangs. */
export const ANSWER_WITHIN_MS = 60_000

/** A clock that stands still until it is set. */
export interface VirtualClock {
  ms: number
  now(): number
}

/** What a scenario is played with. */
export interface Stage {
  readonly clock: VirtualClock
  readonly recorder: Recorder
  /** A storage for one limiter of the scenario, with the scenario's outages. */
  openStorage(): Storage
}

export interface PlayedResponse {
  readonly status: number
  /** By lower-case name; several values where the header was sent several times. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

/** What a limiter reports about a request. */
export interface Current {
  readonly currentLimit: CurrentLimit | undefined
  readonly currentLimits: readonly CurrentLimit[]
}

/** A scenario's application, running. */
export interface App {
  request(step: RequestStep): Promise<PlayedResponse>
  /** What each limiter reports about the last request, by the limiter's name; the only one of a scenario has the name ''. */
  current(): ReadonlyMap<string, Current>
  /** Resets every limiter. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Builds the corpus' applications in one framework. */
export interface ConformanceAdapter {
  readonly name: string
  /** What the framework answers to a known path with a wrong method. The recorded program answers 405. */
  readonly wrongMethodStatus: number
  /** May throw: then the construction of the scenario fails. */
  build(scenario: Scenario, stage: Stage): Promise<App>
}
