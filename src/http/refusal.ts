import { LimiterError } from '../errors.ts'
import type { Answer, CurrentLimit, Refusal } from '../limiter/decision.ts'
import { atOnce } from '../limiter/steps.ts'
import { show } from '../show.ts'
import { appendHeaders, hasHeader, type HeaderList } from './header-list.ts'
import { htmlPage } from './html-page.ts'
import { type AnswerForm, negotiate } from './negotiate.ts'
import { encodePolicyName, policyNames } from './policy-names.ts'

/** A whole answer, for an adapter to send. The header writer's headers, which tell of the limits, go with it. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: HeaderList
  /** Empty: no body at all. */
  readonly body: string
}

/** No cache keeps these answers, so that they need no `Vary: Accept`. */
const NO_STORE = ['Cache-Control', 'no-store']

const HEADERS: Readonly<Record<AnswerForm, HeaderList>> = {
  html: ['Content-Type', 'text/html; charset=utf-8', ...NO_STORE],
  problem: ['Content-Type', 'application/problem+json; charset=utf-8', ...NO_STORE],
  text: ['Content-Type', 'text/plain; charset=utf-8', ...NO_STORE],
}

/**
 * The answer to a refused request: what the breach function answered; else 429 with the refusal's description, in the
 * form that the request's `Accept` header asks for: a page, problem details with the names of the policies as the
 * `standard` headers have them, or plain text.
 *
 * @param unusable is told of a breach function's answer that cannot be sent; unless it throws, the usual refusal is sent.
 * @throws LimiterError ERR_CALLBACK for such an answer where nobody is told.
 */
export function refusal(refused: Refusal, accept: string | undefined, unusable?: (error: unknown) => void): HttpAnswer {
  const { answer, description, decision } = refused
  if (answer !== undefined) {
    try {
      return givenAnswer(answer)
    } catch (error) {
      if (!unusable) throw error
      unusable(error)
    }
  }
  return inForm(negotiate(accept), 429, 'Too Many Requests', description, () => ({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    title: 'Quota exceeded',
    status: 429,
    detail: description,
    'violated-policies': violatedPolicies(decision.limits),
  }))
}

/**
 * The answer to a request that cannot be decided and must not pass (`onStorageError: 'refuse'`): 503, in the same three
 * forms. Nobody knows when the storage is back, so it has no `Retry-After`: clients keep to a back-off of their own.
 */
export function unavailable(accept: string | undefined): HttpAnswer {
  const reason = 'Service Unavailable'
  const message = 'The service is temporarily unavailable. Please try again later.'
  const problem = () => ({ type: 'about:blank', title: reason, status: 503, detail: message })
  return inForm(negotiate(accept), 503, reason, message, problem)
}

function inForm(form: AnswerForm, status: number, reason: string, message: string, problem: () => object): HttpAnswer {
  const headers = HEADERS[form]
  if (form === 'text') return { status, headers, body: message }
  return { status, headers, body: form === 'html' ? htmlPage(status, reason, message) : JSON.stringify(problem()) }
}

function violatedPolicies(limits: readonly CurrentLimit[]): readonly string[] {
  const names = policyNames(limits).filter((_, i) => limits[i]?.breached) as string[] // what refused has a name
  return names.map(encodePolicyName)
}

/** Text goes out as plain text and an object as JSON, unless the answer's own headers say otherwise. */
function givenAnswer({ status = 429, headers = {}, body }: Answer): HttpAnswer {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new LimiterError(
      'ERR_CALLBACK',
      `onBreach answered the status ${show(status)}; expected an integer from 200 to 599`,
    )
  }
  const list: string[] = []
  appendHeaders(list, headers, 'onBreach')
  if (body !== undefined && !hasHeader(list, 'content-type')) {
    list.push(
      'Content-Type',
      typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    )
  }
  if (!hasHeader(list, 'cache-control')) list.push(...NO_STORE)
  return {
    status,
    headers: list,
    body: body === undefined ? '' : typeof body === 'string' ? body : toJson(atOnce(body, 'onBreach')),
  }
}

function toJson(body: object): string {
  let text: string | undefined
  try {
    text = JSON.stringify(body)
  } catch (cause) {
    throw new LimiterError('ERR_CALLBACK', 'onBreach answered a body that cannot be written as JSON', { cause })
  }
  if (text === undefined) throw new LimiterError('ERR_CALLBACK', 'onBreach answered a body for which JSON has no text')
  return text
}
