import type { ClearTarget } from '../../limiter/clear.ts'
import type { AppSpec } from './app-spec.ts'

/** What not every framework has; each that one lacks comes with the reason. */
export type Capability =
  | 'automatic-head' /** HEAD is answered by the route for GET */
  | 'automatic-options' /** OPTIONS is answered for every route that does not do so itself */
  | 'not-found' /** the framework answers what no route takes */
  | 'late-init' /** a limiter can be installed after the routes */
  | 'nested-groups' /** groups inside groups */
  | 'standing-limits' /** a limit can stand before authentication */
  | 'several-limiters' /** on one app */

/** How the contract meets an adapter. */
export interface AdapterHarness {
  /** Such as `express 5.3`. */
  readonly name: string
  /** What the framework does not have, and why. */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>
  /** Builds an app and serves it over HTTP. */
  build(spec: AppSpec): Promise<AdapterApp>
}

/** An app that is being served. */
export interface AdapterApp {
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** One of its limiters; without a name the only one. */
  limiter(name?: string): { clear(target: ClearTarget): Promise<number>; reset(): Promise<number> }
  close(): Promise<void>
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** The address of the client; 192.0.2.1 if left out. */
  readonly remoteAddress?: string
  /** Breaks off the connection. */
  readonly signal?: AbortSignal
}

/** What came back. */
export interface Answer {
  readonly status: number
  /** By lower-case name, each as often as it was sent. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}
