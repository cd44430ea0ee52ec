import type { Callbacks } from './callbacks.ts'
import type { Answer } from './decision.ts'
import type { Outcome } from './outcome.ts'
import type { Reporter } from './reporter.ts'
import type { Settings } from './settings.ts'
import { settled, type Steps } from './steps.ts'

/**
 * Makes a refusal of an outcome that is one: asks the breach functions of every limit that refused, the limiter's before its
 * own, and the message of the first. Whatever fails here, it stays a refusal or becomes an error.
 */
export function* refuse<Req, Res>(
  outcome: Outcome<Req, Res>,
  request: Req,
  { onBreach, onMetaBreach }: Pick<Settings<Req, Res>, 'onBreach' | 'onMetaBreach'>,
  callbacks: Callbacks<Req, Res>,
  reporter: Reporter<Req, Res>,
): Steps<Outcome<Req, Res>> {
  let answer: Answer | undefined
  for (const index of outcome.refusing) {
    const rule = outcome.ruleAt(index)
    const limit = outcome.limitAt(index)
    const isMeta = rule.source === 'meta'
    if (!isMeta) reporter.exceeded(limit)
    const own = isMeta ? (rule.onBreach ?? onMetaBreach) : rule.onBreach
    const general = isMeta || onBreach === own ? undefined : onBreach
    for (const ask of [general, own]) {
      if (!ask) continue
      try {
        const given = yield* settled(ask(limit, request))
        if (typeof given === 'string') answer = { body: given }
        else if (given !== undefined && given !== null) answer = given
      } catch (error) {
        callbacks.failed(request, error, isMeta ? 'on-meta-breach-failed-swallowed' : 'on-breach-failed-swallowed')
      }
    }
  }
  const first = outcome.refusing[0]!
  const { errorMessage } = outcome.ruleAt(first)
  const limit = outcome.limitAt(first)
  let message: string | undefined
  try {
    message = typeof errorMessage === 'function' ? yield* settled(errorMessage(request)) : errorMessage
  } catch (error) {
    callbacks.failed(request, error, 'message-failed-swallowed')
  }
  outcome.refusal = { decision: outcome, description: String(message ?? '') || limit.limit.text, answer }
  reporter.refused(request, limit, outcome)
  return outcome
}
