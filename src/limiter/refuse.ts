import { LimiterError } from '../errors.ts'
import { show } from '../show.ts'
import type { MaybePromise } from '../storage/storage.ts'
import type { Callbacks } from './callbacks.ts'
import type { Answer } from './decision.ts'
import type { Outcome } from './outcome.ts'
import type { Reporter } from './reporter.ts'
import type { Rule } from './rule.ts'
import type { Settings } from './settings.ts'
import { andThen, run, settled, type Steps } from './steps.ts'

type Breaches<Req, Res> = Pick<Settings<Req, Res>, 'onBreach' | 'onMetaBreach'>

/** What the user's functions say to a refusal. */
interface Said {
  readonly answer: Answer | undefined
  readonly message: string | undefined
}

/**
 * Makes a refusal of an outcome that is one: asks the breach functions of every limit that refused, the limiter's before its
 * own, and the message of the first. Whatever fails here, it stays a refusal or becomes an error.
 */
export function refuse<Req, Res>(
  outcome: Outcome<Req, Res>,
  request: Req,
  breaches: Breaches<Req, Res>,
  callbacks: Callbacks<Req, Res>,
  reporter: Reporter<Req, Res>,
): MaybePromise<Outcome<Req, Res>> {
  const { refusing } = outcome
  for (const index of refusing) if (outcome.ruleAt(index).source !== 'meta') reporter.exceeded(outcome, index)
  const conclude = ({ answer, message }: Said): Outcome<Req, Res> => {
    outcome.refusal = { decision: outcome, description: message || outcome.textAt(refusing[0]!), answer }
    reporter.refused(request, outcome)
    return outcome
  }
  if (refusing.some((index) => asksUser(outcome.ruleAt(index), breaches))) {
    return andThen(run(ask(outcome, request, breaches, callbacks)), conclude)
  }
  // With nobody to ask, a refusal costs no more than an admission; the steps alone would double that.
  return conclude({ answer: undefined, message: outcome.ruleAt(refusing[0]!).errorMessage as string | undefined })
}

function asksUser<Req, Res>(rule: Rule<Req, Res>, { onBreach, onMetaBreach }: Breaches<Req, Res>): boolean {
  const general = rule.source === 'meta' ? onMetaBreach : onBreach
  return (rule.onBreach ?? general) !== undefined || typeof rule.errorMessage === 'function'
}

function* ask<Req, Res>(
  outcome: Outcome<Req, Res>,
  request: Req,
  { onBreach, onMetaBreach }: Breaches<Req, Res>,
  callbacks: Callbacks<Req, Res>,
): Steps<Said> {
  let answer: Answer | undefined
  for (const index of outcome.refusing) {
    const rule = outcome.ruleAt(index)
    const isMeta = rule.source === 'meta'
    const own = isMeta ? (rule.onBreach ?? onMetaBreach) : rule.onBreach
    const general = isMeta || onBreach === own ? undefined : onBreach
    for (const breach of [general, own]) {
      if (!breach) continue
      try {
        answer = answerOf(yield* settled(breach(outcome.limitAt(index), request))) ?? answer
      } catch (error) {
        callbacks.failed(request, error, isMeta ? 'on-meta-breach-failed-swallowed' : 'on-breach-failed-swallowed')
      }
    }
  }
  const { errorMessage } = outcome.ruleAt(outcome.refusing[0]!)
  let message: string | undefined
  try {
    message = textOf(typeof errorMessage === 'function' ? yield* settled(errorMessage(request)) : errorMessage)
  } catch (error) {
    callbacks.failed(request, error, 'message-failed-swallowed')
  }
  return { answer, message }
}

/**
 * What a breach function answers, where that is an answer. Anything else is nothing: `(limit) => logger.warn(limit.name)` returns
 * what the logger does.
 */
function answerOf(given: unknown): Answer | undefined {
  if (typeof given === 'string') return { body: given }
  if (typeof given !== 'object' || given === null) return undefined
  const { status, headers, body } = given as Answer
  return status === undefined && headers === undefined && body === undefined ? undefined : given
}

function textOf(message: unknown): string {
  if (message === undefined || message === null) return ''
  if (typeof message === 'string') return message
  throw new LimiterError('ERR_CALLBACK', `an errorMessage function has to answer a string, got ${show(message)}`)
}
