/** The forms in which an error can be answered: a page, problem details (RFC 9457), plain text. */
export type AnswerForm = 'html' | 'problem' | 'text'

/** In the order in which we choose where the client has no preference. */
const FORMS: readonly AnswerForm[] = ['text', 'problem', 'html']

/**
 * The form that an `Accept` header asks for (RFC 9110 §12.5.1): the one of the highest quality; among equals the one
 * that the client lists first; without a preference, or where none of ours is acceptable, text. Any kind of JSON asks for
 * problem details.
 */
export function negotiate(accept: string | undefined): AnswerForm {
  if (accept === undefined || accept === '*/*') return 'text'
  const ranges = accept.split(',').map(parseRange)
  let chosen: AnswerForm = 'text'
  let best: Range = { type: '', quality: 0 }
  let bestPlace = ranges.length
  for (const form of FORMS) {
    const place = mostSpecific(ranges, form)
    const range = ranges[place]
    if (range === undefined || range.quality < best.quality || range.quality === 0) continue
    if (range.quality > best.quality || place < bestPlace) {
      chosen = form
      best = range
      bestPlace = place
    }
  }
  return chosen
}

/** A media range of an `Accept` header. */
interface Range {
  /** Without parameters, in lower case: `text/html`, or with stars in place of its halves. */
  readonly type: string
  readonly quality: number
}

function parseRange(text: string): Range {
  const semicolon = text.indexOf(';')
  if (semicolon < 0) return { type: text.trim().toLowerCase(), quality: 1 }
  const value = /;\s*q\s*=\s*([\d.]+)\s*(?:;|$)/i.exec(text)?.[1]
  const quality = value === undefined ? 1 : Math.min(Number(value) || 0, 1)
  return { type: text.slice(0, semicolon).trim().toLowerCase(), quality }
}

/** Where the range stands that speaks of this form most precisely; −1 where none does. */
function mostSpecific(ranges: readonly Range[], form: AnswerForm): number {
  let place = -1
  let most = 0
  for (const [i, { type, quality }] of ranges.entries()) {
    const specificity = matches(type, form)
    // Several kinds of JSON are equally precise: the one that is wanted most speaks for all.
    if (specificity > most || (specificity === most && specificity > 0 && quality > (ranges[place]?.quality ?? 0))) {
      most = specificity
      place = i
    }
  }
  return place
}

/** How precisely a media range speaks of a form: 0 not at all, 1 as of everything, 2 by its first half, 3 by name. */
function matches(type: string, form: AnswerForm): 0 | 1 | 2 | 3 {
  if (type === '*/*') return 1
  if (form === 'problem') {
    if (type === 'application/*') return 2
    return type.endsWith('/json') || type.endsWith('+json') ? 3 : 0
  }
  if (type === 'text/*') return 2
  return type === (form === 'html' ? 'text/html' : 'text/plain') ? 3 : 0
}
