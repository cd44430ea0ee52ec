import { LimiterError } from '../errors.ts'
import type { MaybePromise } from '../storage/storage.ts'

/** Work that may have to wait: each value it yields comes back to it, awaited where it is a promise. */
export type Steps<T> = Generator<unknown, T, never>

/** Whether a value has to be awaited. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<T>).then === 'function'
}

/**
 * The answer of a function that has to answer at once; an error where it is a promise. Should that fail later, nobody would hear of
 * it, and the process would end.
 */
export function atOnce<T>(answer: T, whose: string): T {
  if (!isPromise(answer)) return answer
  answer.then(undefined, () => {})
  throw new LimiterError('ERR_CALLBACK', `${whose} has to answer at once, got a promise`)
}

/** Runs steps at once for as long as nothing has to be awaited; answers a promise only if something had to be. */
export function run<T>(steps: Steps<T>): MaybePromise<T> {
  let step = steps.next()
  while (!step.done) {
    if (isPromise(step.value)) return runLater(steps, step.value)
    step = steps.next(step.value as never)
  }
  return step.value
}

async function runLater<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  let pending: unknown = first
  for (;;) {
    let step: IteratorResult<unknown, T>
    try {
      const value = await pending
      step = steps.next(value as never)
    } catch (error) {
      step = steps.throw(error)
    }
    if (step.done) return step.value
    pending = step.value
  }
}

/** One value, awaited if need be: `const key = yield* settled(rule.key(request))`. */
export function* settled<T>(value: T | PromiseLike<T>): Steps<T> {
  return isPromise(value) ? yield value : value
}

/** Does work that may fail, now or later; then `failed` answers, or throws. */
export function attempt<T, U>(work: () => MaybePromise<T>, failed: (error: unknown) => U): MaybePromise<T | U> {
  try {
    const answer = work()
    return isPromise(answer) ? answer.then(undefined, failed) : answer
  } catch (error) {
    return failed(error)
  }
}

/** Goes on with a value now, or when it is there. */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value)
}
